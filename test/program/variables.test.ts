// Where variables are at the stops of a real run, against gdb: addresses, values, and what is optimized out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bigintFromBytes } from '../../debug-adapter/program/dwarf/expressions.ts';
import type { FrameContext, Variable } from '../../debug-adapter/program/program.ts';
import { typeSize } from '../../debug-adapter/program/types-of.ts';
import { fixtureNames, openFixture, stopsOf, traceOf } from './fixtures.ts';

for (const name of fixtureNames) {
  test(`${name}: scalar variables are where gdb finds them`, () => {
    const program = openFixture(name);
    const lastValues = new Map<string, string>();
    for (const { frame, call, variables: expected } of stopsOf(traceOf(name))) {
      const visible = new Map(program.variablesAt(frame.pc).map((variable) => [variable.name, variable]));
      for (const [variableName, place] of Object.entries(expected)) {
        const variable = visible.get(variableName);
        assert.ok(variable !== undefined, variableName);
        const actual = spell(variable, frame);
        const what = `${variableName} at 0x${frame.pc.toString(16)}`;
        const key = `${call} ${variableName}`;
        if (place === '?' && actual !== '?') {
          // gdb does not find what a parameter was on entry if it cannot follow a signed return address or does not know the call:
          // then it is what it was when last seen in this call, if it was.
          assert.equal(actual, lastValues.get(key) ?? actual, what);
        } else {
          assert.equal(actual, place, what);
          lastValues.set(key, place);
        }
      }
    }
  });
}

function spell(variable: Variable, frame: FrameContext): string {
  const location = variable.locate(frame);
  const bits = (typeSize(variable.type) ?? 8) * 8;
  switch (location.kind) {
    case 'memory':
      return `@0x${location.address.toString(16)}`;
    case 'register':
      return `0x${BigInt.asUintN(bits, frame.registers.get(location.register) ?? 0n).toString(16)}`;
    case 'value':
      return `0x${BigInt.asUintN(bits, bigintFromBytes(location.bytes)).toString(16)}`;
    default:
      return '?';
  }
}
