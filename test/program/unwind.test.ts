// Unwinding from every instruction of a real run: the callers, their stack pointers and callee-saved registers are known from
// having watched the calls being made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameContext, Program } from '../../debug-adapter/program/program.ts';
import { fixtureNames, openFixture, type Trace, traceOf } from './fixtures.ts';

const SP = 31;
const FIRST_CALLEE_SAVED = 19;

for (const name of fixtureNames) {
  // clang 14 describes AArch64 frames as they are at calls, not inside of prologues and epilogues.
  const isExactAtCallsOnly = name.startsWith('clang');
  test(`${name}: every ${isExactAtCallsOnly ? 'call' : 'instruction'} of a run unwinds to the callers that made the calls`, () => {
    const program = openFixture(name);
    let checked = 0;
    const { calls, stops } = traceOf(name);
    const words = new Map<bigint, bigint>();
    const registers = new Map<number, bigint>();
    for (const [pc, innermost, changedRegisters, changedWords] of stops) {
      for (const [register, value] of Object.entries(changedRegisters)) registers.set(Number(register), BigInt(value));
      for (const [address, value] of Object.entries(changedWords)) words.set(BigInt(address), BigInt(value));
      if (isExactAtCallsOnly && !isCall(program, BigInt(pc))) continue;
      checked++;
      let frame: FrameContext = { registers: new Map(registers), memory: wordsAsMemory(words), pc: BigInt(pc) };
      for (let call: number | null = innermost; call !== null; call = calls[call][0]) {
        const [, returnAddress, ...atCall]: Trace['calls'][number] = calls[call];
        const caller = program.unwind(frame);
        assert.ok(caller !== undefined, `no caller at ${pc}`);
        const found = [
          caller.pc,
          caller.registers.get(SP),
          ...atCall.slice(1).map((_, index) => caller.registers.get(FIRST_CALLEE_SAVED + index)),
        ];
        const expected = [returnAddress, ...atCall].map(BigInt);
        assert.deepEqual(found.map(spell), expected.map(spell), `caller ${call} at ${pc}`);
        frame = { registers: caller.registers, memory: frame.memory, pc: caller.pc - 1n };
      }
    }
    assert.ok(checked > 0);
  });
}

/** BL or BLR. */
function isCall({ segments }: Program, pc: bigint): boolean {
  for (const { virtualAddress, bytes } of segments) {
    const offset = Number(pc - virtualAddress);
    if (offset < 0 || offset + 4 > bytes.length) continue;
    const instruction = new DataView(bytes.buffer, bytes.byteOffset + offset, 4).getUint32(0, true);
    return (instruction & 0xfc000000) >>> 0 === 0x94000000 || (instruction & 0xfffffc1f) >>> 0 === 0xd63f0000;
  }
  return false;
}

const spell = (value: bigint | undefined): string | undefined => (value === undefined ? undefined : `0x${value.toString(16)}`);

/** Memory of 8-byte words, 0 where nothing is known. */
const wordsAsMemory =
  (words: ReadonlyMap<bigint, bigint>) =>
  (address: bigint, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    for (let offset = 0; offset + 8 <= length; offset += 8) view.setBigUint64(offset, words.get(address + BigInt(offset)) ?? 0n, true);
    return bytes;
  };
