// Unwinding from every instruction of a real run: the callers, their stack pointers and callee-saved registers are known from
// having watched the calls being made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtureNames, openFixture, stopsOf, type Trace, traceOf } from './fixtures.ts';

const SP = 31;
const FIRST_CALLEE_SAVED = 19;

for (const name of fixtureNames) {
  test(`${name}: every instruction of a run unwinds to the callers that made the calls`, () => {
    const program = openFixture(name);
    let checked = 0;
    const trace = traceOf(name);
    const { calls } = trace;
    for (const { frame: innermost, call: innermostCall } of stopsOf(trace)) {
      const pc = spell(innermost.pc);
      checked++;
      let frame = innermost;
      for (let call: number | null = innermostCall; call !== null; call = calls[call][0]) {
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

const spell = (value: bigint | undefined): string | undefined => (value === undefined ? undefined : `0x${value.toString(16)}`);
