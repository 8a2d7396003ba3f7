import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode, groups } from '../../emulator/a64/decode.ts';
import { encode } from '../../emulator/a64/encoding.ts';
import type { Instruction } from '../../emulator/a64/instruction.ts';
import { type CpuState, engines, type Outcome } from './engines.ts';
import { CODE, DATA, initialRegions, initialState, randomNumbers, WORD_OFFSET } from './oracle/executions.ts';

/** Bases of loads and stores hold this register; nothing writes it. */
const BASE = 28;
const PROGRAM_WORDS = 32;
const PROGRAMS = 400;

const straight: readonly Instruction[] = [
  'add-subtract',
  'logical',
  'move-wide',
  'bitfield',
  'extract',
  'data-processing-1-source',
  'data-processing-2-source',
  'data-processing-3-source',
  'conditional',
].flatMap((group) => Object.values(groups[group]));
const { loadStoreUnsignedImmediate, loadStoreUnscaledImmediate } = groups['load-store-register'];
const { loadStorePair } = groups['load-store-pair'];
const { conditionalBranchImmediate, compareAndBranchImmediate, testAndBranchImmediate } = groups.branches;

/** Branches lead over the next instruction. */
const FORWARD = 2;
const fixedFields: ReadonlyMap<Instruction, Readonly<Record<string, number>>> = new Map<Instruction, Record<string, number>>([
  [loadStoreUnsignedImmediate, { Rn: BASE }],
  [loadStoreUnscaledImmediate, { Rn: BASE }],
  [loadStorePair, { Rn: BASE, mode: 2 }],
  [conditionalBranchImmediate, { imm19: FORWARD }],
  [compareAndBranchImmediate, { imm19: FORWARD }],
  [testAndBranchImmediate, { imm14: FORWARD }],
]);
const special = [...fixedFields.keys()];

function randomProgram(random: () => number): number[] {
  const pick = <T>(list: readonly T[]): T => list[random() % list.length];
  const words: number[] = [];
  while (words.length < PROGRAM_WORDS) {
    const instruction = random() % 3 ? pick(straight) : pick(special);
    const fields = Object.fromEntries(instruction.encoding.fields.map(({ name, width }) => [name, random() % 2 ** width]));
    const word = encode(instruction.encoding, { ...fields, ...fixedFields.get(instruction) });
    const result = decode(word);
    if (result.kind === 'instruction' && result.decoded.d !== BASE && result.decoded.a !== BASE) words.push(word);
  }
  return words;
}

const describeOutcome = ({ ending, state, written }: Outcome): unknown => ({
  ending,
  nzcv: state.nzcv,
  pc: (state.pc - CODE).toString(16),
  registers: [...state.x, state.sp, ...state.v, BigInt(state.fpsr)].map((value) => value.toString(16)),
  written: written.map(([address, byte]) => `${address.toString(16)}=${byte.toString(16)}`),
});

describe('random programs end in the same state', () => {
  const [oracle, ...others] = engines.map((create) => create());
  for (const engine of [oracle, ...others]) engine.load(initialRegions('memory'));
  for (const engine of others) {
    it(`on the ${engine.name} engine as on the ${oracle.name} engine`, () => {
      const random = randomNumbers(0xa64);
      let executed = 0;
      for (let i = 0; i < PROGRAMS; i++) {
        const program = randomProgram(random);
        const start = initialState('data', program, 0xa64, i);
        const before: CpuState = { ...start, x: start.x.map((value, index) => (index === BASE ? DATA + 0x1000n : value)) };
        const expected = oracle.run(program, before);
        if (expected.state.pc >= CODE + BigInt(WORD_OFFSET + 4 * PROGRAM_WORDS)) executed++;
        const text = program.map((word) => `0x${word.toString(16)}`).join(' ');
        assert.deepEqual(describeOutcome(engine.run(program, before)), describeOutcome(expected), text);
      }
      assert.ok(executed > PROGRAMS / 2, `only ${executed} of ${PROGRAMS} programs ran to their end`);
    });
  }
});
