// C++: names with their scopes. cplusplus/build.sh says how the program is built; gdb 13 and llvm-symbolizer 14 have the same names.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { typeName } from '../../debug-adapter/program/types-of.ts';

const programs = ['scopes', 'scopes-types'].map((name) => {
  const elf = path.join(import.meta.dirname, `cplusplus/${name}.elf`);
  return { name, program: openProgram(elf, readFileSync(elf)) };
});

const functions: readonly (readonly [wanted: string, ...found: string[]])[] = [
  ['write', 'hw::uart::Port::write(char const*) const', 'hw::uart::Port::write(int)', 'other::write(other::Regs)'],
  ['Port::write', 'hw::uart::Port::write(char const*) const', 'hw::uart::Port::write(int)'],
  ['hw::uart::Port::write(int)', 'hw::uart::Port::write(int)'],
  ['Port::write(const char *)', 'hw::uart::Port::write(char const*) const'],
  ['::other::write', 'other::write(other::Regs)'],
  ['uart::tick', 'hw::uart::(anonymous namespace)::tick(int)'],
  ['push', 'Ring<int, 4>::push(int)', 'Ring<long, 2>::push(long)'],
  ['Ring<long,2>::push', 'Ring<long, 2>::push(long)'],
  ['Port::Port', 'hw::uart::Port::Port(int)'],
  ['references', 'references(int&, int const&, int&&)'],
  ['inlined', 'inlined(int)', 'inlined(int)'],
  ['main', 'main'],
  ['_ZN7Derived3sumEi', 'Derived::sum(int)'],
  ['Derived::nothing'],
];
for (const { name, program } of programs) {
  for (const [wanted, ...found] of functions)
    test(`${name}: functions named '${wanted}'`, () => {
      const infos = program.functionsNamed(wanted);
      assert.deepEqual(infos.map((info) => info.name).sort(), found);
      assert.equal(new Set(infos.map(({ breakpointAddress }) => breakpointAddress)).size, found.length);
    });

  test(`${name}: a frame, a symbol and an inlined call have the names that the source has`, () => {
    const [info] = program.functionsNamed('hw::uart::Port::write(int)');
    assert.deepEqual(program.symbolAt(info.ranges[0].low + 4n), { name: 'hw::uart::Port::write(int)', offset: 4n });
    assert.equal(program.symbolAt(program.symbol('_ZN2hw4uart4Port6openedE')?.address ?? 0n)?.name, 'hw::uart::Port::opened');
    const [inlined] = program.functionsNamed('inlined');
    assert.deepEqual(
      program.inlineChainAt(inlined.breakpointAddress).map((frame) => frame.name),
      ['inlined(int)', 'work()'],
    );
    // What debug information has no name for.
    const thunk = program.symbol('_ZThn8_N6Square4nameEi')?.address ?? 0n;
    assert.deepEqual(
      program.inlineChainAt(thunk).map((frame) => frame.name),
      ['non-virtual thunk to Square::name(int)'],
    );
    assert.equal(program.scopeAt(info.breakpointAddress), 'hw::uart::Port');
    assert.equal(program.scopeAt(inlined.breakpointAddress), '');
  });

  test(`${name}: types are named with their scopes and without a keyword, and found so`, () => {
    for (const [wanted, shown, size] of [
      ['hw::uart::Regs', 'hw::uart::Regs', 8],
      ['uart::Regs', 'hw::uart::Regs', 8],
      ['struct other::Regs', 'other::Regs', 3],
      ['Port::Config', 'hw::uart::Port::Config', 4],
      ['Ring<int,4>', 'Ring<int, 4>', 16],
      ['hw::uart::Port::State', 'hw::uart::Port::State', 4],
    ] as const) {
      const type = program.typeNamed(wanted);
      assert.deepEqual([type && typeName(type), type && 'size' in type && type.size], [shown, size], wanted);
    }
    assert.equal(program.typeNamed('hw::Regs'), undefined);
    const text = (global: string) => typeName(program.global(global)?.type ?? { kind: 'void' });
    assert.deepEqual(['field', 'method', 'mode'].map(text), ['int hw::uart::Port::*', 'int (hw::uart::Port::*)(int)', 'hw::uart::Mode']);
    const [references] = program.functionsNamed('references');
    assert.deepEqual(
      program.variablesAt(references.breakpointAddress).map(({ type }) => typeName(type)),
      ['int &', 'const int &', 'int &&', 'int'],
    );
  });
}

for (const version of [4, 5])
  test(`as g++ describes them in DWARF ${version}, functions of templates and of inline namespaces have their usual names`, () => {
    const elf = path.join(import.meta.dirname, `cplusplus/gcc-${version}.elf`);
    const program = openProgram(elf, readFileSync(elf));
    for (const [wanted, found] of [
      ['stat::Sum<long>::set', 'stat::Sum<long>::set(long)'],
      ['Sum<long int>::set', 'stat::Sum<long>::set(long)'],
      ['outer::inl', 'outer::v2::inl(int)'],
      ['::outer::inl(int)', 'outer::v2::inl(int)'],
      ['conv<long>', 'Box<short, 3>::conv<long>(long)'],
      ['Box<short,3>::conv', 'Box<short, 3>::conv<long>(long)'],
    ])
      assert.deepEqual(
        program.functionsNamed(wanted).map(({ name }) => name),
        [found],
        wanted,
      );
    assert.equal(program.typeNamed('Sum<long>') && typeName(program.typeNamed('stat::Sum<long>') ?? { kind: 'void' }), 'stat::Sum<long>');
    assert.deepEqual(program.functionsNamed('old::inl'), []);
  });
