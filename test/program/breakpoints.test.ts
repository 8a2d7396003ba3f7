// Where breakpoints go, against gdb.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { fixtureNames, openFixture, oracleOf } from './fixtures.ts';

const hex = (address: bigint) => `0x${address.toString(16)}`;

/** Lines and functions where we differ on purpose. */
const ownWay: Readonly<Record<string, readonly string[]>> = {
  // gdb has one place per block, so these loops and initializations twice: where they begin, and where they go on.
  'gcc-O2-dwarf4 shapes.c:124': ['0x40000234'],
  'gcc-O2-dwarf5-pac shapes.c:124': ['0x400002d8'],
  'gcc-O2-dwarf5-types-zstd shapes.c:124': ['0x40000234'],
  'gcc-Os-dwarf2 shapes.c:85': ['0x40000128'],
  'gcc-Os-dwarf2 shapes.c:124': ['0x40000220'],
};

for (const name of fixtureNames) {
  describe(name, () => {
    const program = openFixture(name);
    const { lines, functions } = oracleOf(name).gdb.breakpoints;

    test('function breakpoints stop where gdb stops', () => {
      for (const [functionName, addresses] of Object.entries(functions)) {
        const actual = program.functionsNamed(functionName).map(({ breakpointAddress }) => hex(breakpointAddress));
        assert.deepEqual(actual.sort(), ownWay[`${name} ${functionName}`] ?? addresses, functionName);
      }
    });

    test('line breakpoints stop where gdb stops', () => {
      for (const [source, rows] of Object.entries(lines)) {
        for (const [line, ...addresses] of rows) {
          const expected = ownWay[`${name} ${source}:${line}`] ?? (addresses.length === 0 ? undefined : addresses);
          assert.deepEqual(program.resolveLine(source, line)?.addresses.map(hex), expected, `${source}:${line}`);
        }
      }
    });
  });
}

// What gdb 13 says of each: `break NAME`.
for (const [elf, name, ...addresses] of [
  // link-time/build.sh: the linker has only the first, other units the rest.
  ['program/link-time/inlined', 'checked', '0x40000120', '0x40000144', '0x40000198'],
  // No variable of these moves, but those of other functions do: they are optimized too.
  ['accuracy/fixtures/uncommon-gcc-O2', 'complex_numbers', '0x40100220'],
  ['accuracy/fixtures/uncommon-gcc-O2', 'psci_cpu_off', '0x40101cf0'],
  ['accuracy/fixtures/uncommon-gcc-O0', 'complex_numbers', '0x401006ac'],
] as const)
  test(`${elf}: breakpoints on ${name} stop where gdb stops`, () => {
    const path = new URL(`../${elf}.elf`, import.meta.url);
    const program = openProgram(elf, readFileSync(path));
    assert.deepEqual(
      program
        .functionsNamed(name)
        .map(({ breakpointAddress }) => hex(breakpointAddress))
        .sort(),
      addresses,
    );
  });

describe('a line without code', () => {
  const program = openFixture('gcc-O0-dwarf5');
  test('goes to the next line of the file that has some', () => assert.equal(program.resolveLine('shapes.c', 97)?.line, 98));
  test('has no place after the last one', () => assert.equal(program.resolveLine('shapes.c', 144), undefined));
  test('of a file that is not part of the program has no place', () => assert.equal(program.resolveLine('other.c', 1), undefined));
});

test('lines with code are those of the range asked for', () => {
  assert.deepEqual(openFixture('gcc-O0-dwarf5').linesWithCode('shapes.c', 70, 82), [71, 72, 73, 76, 77, 81]);
});
