// Variables that C declares and assembly defines: the symbol says where, the declaration what. gdb 13 says the same of each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadedAt } from '../../debug-adapter/program/loaded-at.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import type { Program } from '../../debug-adapter/program/program.ts';
import { typeName } from '../../debug-adapter/program/types-of.ts';

const rows: readonly (readonly [guest: string, name: string, type: string, address: bigint])[] = [
  ['hyp-stub', 'stub_vectors', 'uint64_t', 0x4010_4020n],
  ['kvm-vectors', 'stub_vectors', 'uint64_t', 0x4010_6400n],
  ['kvm-vectors', 'el2_translation_table', 'uint64_t [512]', 0x4010_5000n],
];
const open = (guest: string): Program => {
  const elf = path.join(import.meta.dirname, `../guests/${guest}.elf`);
  return openProgram(elf, readFileSync(elf));
};

for (const [guest, name, type, address] of rows)
  test(`${guest}: ${name}`, () => {
    const program = open(guest);
    for (const [moved, offset] of [
      [program, 0n],
      [loadedAt(program, 0x1_0000n), 0x1_0000n],
    ] as const) {
      const variable = moved.global(name);
      assert.equal(variable && typeName(variable.type), type);
      const location = variable?.locate({ registers: new Map(), memory: () => new Uint8Array(), pc: 0n });
      assert.deepEqual(location, { kind: 'memory', address: address + offset });
    }
    assert.equal(program.global(`${name}_that_is_not_there`), undefined);
  });

test('a function that is declared as one is no variable', () => assert.equal(open('kvm-vectors').global('main'), undefined));
