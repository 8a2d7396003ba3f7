// A damaged file gives one ProgramError or answers that leave the damaged part out; never anything else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { ProgramError } from '../../debug-adapter/program/program.ts';
import { typeName, typeSize } from '../../debug-adapter/program/types-of.ts';
import type { Type } from '../../debug-adapter/program/types.ts';
import { codeAddresses, elfOfFixture, fixtureBytes, fixtureNames } from './fixtures.ts';

const MUTANTS_PER_PROGRAM = Number(process.env['SDEI_DAMAGE_RUNS'] ?? 60);

for (const name of fixtureNames) {
  const original = fixtureBytes(name);
  const addresses = codeAddresses(elfOfFixture(name)).filter((_, index) => index % 7 === 0);

  test(`${name} with changed bytes`, () => {
    const random = generator(name.length * 7919);
    for (let run = 0; run < MUTANTS_PER_PROGRAM; run++) {
      const bytes = original.slice();
      for (let change = random(8); change >= 0; change--) {
        const offset = random(bytes.length);
        const values = [0, 0xff, 0x7f, 0x80, bytes[offset] ^ (1 << random(8)), random(256)];
        bytes[offset] = values[random(values.length)];
      }
      exercise(bytes, addresses, `run ${run}`);
    }
  });

  test(`${name} cut short`, () => {
    for (let length = 0; length < original.length; length += 97) exercise(original.slice(0, length), addresses, `${length} bytes`);
  });
}

function exercise(bytes: Uint8Array, addresses: readonly bigint[], what: string): void {
  try {
    const program = openProgram('fw.elf', bytes);
    program.sources();
    for (const pc of addresses) {
      const frame = { registers: new Map(Array.from({ length: 33 }, (_, register) => [register, 0x40001000n])), memory: readZeros, pc };
      program.sourceAt(pc);
      program.lineRangeAt(pc);
      program.isStatementStart(pc);
      program.symbolAt(pc);
      program.unwind(frame);
      program.callerRegisters(frame);
      program.functionAt(pc);
      program.inlineChainAt(pc).forEach((_, depth) => {
        for (const variable of program.variablesAt(pc, depth)) {
          variable.locate(frame);
          look(variable.type);
        }
      });
    }
    for (const source of program.sources()) {
      for (const line of program.linesWithCode(source, 0, 1000)) program.resolveLine(source, line);
    }
    for (const { type } of program.globals()) look(type);
    for (const name of ['_start', 'twice', 'enter']) program.functionsNamed(name);
    for (const name of ['struct node', 'u64', 'struct elsewhere']) look(program.typeNamed(name) ?? { kind: 'void' });
    assert.ok(program.symbols().length >= 0);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw new Error(`${what}: ${error instanceof Error ? error.stack : error}`);
  }
}

const readZeros = (_address: bigint, length: number): Uint8Array => new Uint8Array(Math.min(length, 4096));

function look(type: Type, depth = 0): void {
  typeName(type);
  typeSize(type);
  if (depth > 4) return;
  if ('members' in type) for (const member of type.members()) look(member.type(), depth + 1);
  if ('enumerators' in type) type.enumerators();
  if ('to' in type) look(type.to(), depth + 1);
  if ('element' in type) look(type.element(), depth + 1);
}

/** A linear congruential generator: the same mutants in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
