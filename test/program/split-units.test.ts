// Debug information in files of its own (-gsplit-dwarf), which the host reads. `test/accuracy/record.ts` builds the programs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { typeName } from '../../debug-adapter/program/types-of.ts';
import type { Program } from '../../debug-adapter/program/program.ts';

const fixtures = path.join(import.meta.dirname, '../accuracy/fixtures');
const open = (name: string, ...split: string[]): Program => {
  const read = (file: string) => ({ path: file, bytes: readFileSync(path.join(fixtures, file)) });
  return openProgram(`${name}.elf`, read(`${name}.elf`).bytes, split.map(read));
};

/** What the split unit is needed for: functions, declarations, types, variables, and where they are. */
function answers(program: Program) {
  const [mixed] = program.functionsNamed('mixed');
  const { low, high } = mixed.ranges[0];
  const registers = new Map(Array.from({ length: 96 }, (_, register) => [register, 0x4000_0000n + BigInt(register)]));
  const addresses = Array.from({ length: Number(high - low) / 4 }, (_, index) => low + BigInt(index) * 4n);
  return {
    declared: mixed.declaration?.line,
    global: program.global('sink')?.declaration?.line,
    pair: program.typeNamed('struct pair')?.kind,
    variables: addresses.map((pc) => {
      const frame = { registers, memory: (_: bigint, length: number) => new Uint8Array(length), pc };
      return program.variablesAt(pc).map((variable) => [variable.name, variable.locate(frame)] as const);
    }),
  };
}

for (const name of ['gcc-gdwarf-5', 'gcc-gdwarf-4', 'clang-gdwarf-5', 'clang-gdwarf-4'].map((one) => `uncommon-split-${one}`)) {
  test(`${name}: the file that is wanted is named, and told if it is missing`, () => {
    const program = open(name);
    assert.deepEqual(
      program.splitFiles().map((file) => path.basename(file.name)),
      [`${name}.dwo`],
    );
    assert.deepEqual(program.variablesAt(program.functionsNamed('mixed')[0].breakpointAddress), []);
    assert.match(
      program.warnings.join(),
      /Functions and variables of ".*\.dwo" are missing: it is neither in "\." nor beside the program\./,
    );
  });

  test(`${name}: with it everything is there`, () => {
    const program = open(name, `${name}.dwo`);
    assert.deepEqual(program.splitFiles(), []);
    const { declared, global, pair, variables } = answers(program);
    assert.deepEqual([declared, global, pair], [77, 12, 'struct']);
    assert.ok(variables.every((list) => list.map(([variable]) => variable).join() === 'pair,reals,narrow,wide,sum'));
    assert.ok(new Set(variables.flat().map(([, { kind }]) => kind)).size > 2);
    assert.deepEqual(program.warnings, []);
  });
}

for (const name of ['uncommon-split-clang-gdwarf-5', 'uncommon-split-clang-gdwarf-4'])
  test(`${name}: a package says the same`, () => {
    assert.deepEqual(answers(open(name, `${name}.dwp`)), answers(open(name, `${name}.dwo`)));
  });

test('a file of another program, or none at all, is told and left', () => {
  const other = open('uncommon-split-gcc-gdwarf-5', 'uncommon-split-gcc-gdwarf-4.dwo');
  assert.equal(other.splitFiles().length, 1);
  const damaged = openProgram('x.elf', readFileSync(path.join(fixtures, 'uncommon-split-gcc-gdwarf-5.elf')), [
    { path: 'x.dwo', bytes: new Uint8Array(10) },
  ]);
  assert.equal(damaged.splitFiles().length, 1);
  assert.match(damaged.warnings.join(), /"x\.dwo" cannot be used: Cannot load "x\.dwo": not an ELF file/);
});

for (const file of ['gcc-dwarf4.dwo', 'gcc-dwarf4.dwp', 'gcc-dwarf5.dwo', 'clang-dwarf4.dwo', 'clang-dwarf5.dwo', 'clang-dwarf5.dwp'])
  test(`split-types-${file}: types in units of their own are found by their signatures`, () => {
    const objects = path.join(import.meta.dirname, 'objects');
    const split = path.join(objects, `split-types-${file}`);
    const elf = split.replace(/\.dw[op]$/, '.elf');
    const program = openProgram(elf, readFileSync(elf), [{ path: split, bytes: readFileSync(split) }]);
    const type = program.typeNamed('struct outer');
    assert.ok(type?.kind === 'struct');
    assert.deepEqual(
      type.members().map(({ name, offset, type: of }) => `${offset} ${typeName(of())} ${name}`),
      ['0 struct inner in', '8 union {...} u', '16 enum colour colour', '24 struct outer * next'],
    );
    const [work] = program.functionsNamed('work');
    assert.deepEqual(
      program.variablesAt(work.breakpointAddress).map(({ name, type: of }) => `${typeName(of)} ${name}`),
      ['struct outer * object'],
    );
    assert.deepEqual(program.warnings, []);
  });

test('where a synthetic pointer of a split unit leads to, which gcc leaves unsaid, is not known', () => {
  const read = (file: string) => ({ path: file, bytes: readFileSync(path.join(import.meta.dirname, 'objects', file)) });
  const program = openProgram('optimized-away-split.elf', read('optimized-away-split.elf').bytes, [read('optimized-away-split.dwo')]);
  const pointers = program.functionsNamed('work').flatMap(({ ranges: [{ low, high }] }) =>
    Array.from({ length: Number(high - low) / 4 }, (_, index) => low + BigInt(index) * 4n).flatMap((pc) =>
      program.variablesAt(pc).flatMap((variable) => {
        const location = variable.locate({ registers: new Map(), memory: (_, length) => new Uint8Array(length), pc });
        return location.kind === 'implicit-pointer' ? [location.target().kind] : [];
      }),
    ),
  );
  assert.ok(pointers.length > 0);
  assert.deepEqual([...new Set(pointers)], ['optimized-out']);
});
