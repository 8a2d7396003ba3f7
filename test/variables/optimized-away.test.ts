// What optimization has done away with, as gdb 13 shows it at the same places under qemu-aarch64.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withSession } from '../debug-adapter/support/session-client.ts';

test('what a synthetic pointer points at is read, by expressions and in the Variables view', () =>
  withSession(async (client) => {
    await client.launch('../program/objects/optimized-away.elf');
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x40001044' }] });
    await client.start();
    await client.stop();

    const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
    const frameId = stackFrames[0].id;
    for (const [expression, value] of [
      ['box', '<synthetic pointer>'],
      ['*box', '{first = 41, second = 7, letters = {3, 4}}'],
      ['box->second', '7'],
      ['box[0].second', '7'],
      ['box->letters[1]', '4'],
      ['*one + box->first', '87'],
      ['one[0]', '46'],
    ])
      assert.equal(await client.evaluate(expression, frameId), value, expression);
    assert.match((await client.ask('evaluate', { expression: 'box + 1', frameId })).message ?? '', /'box' is a synthetic pointer/);

    const { scopes } = await client.request('scopes', { frameId });
    const { variables } = await client.request('variables', { variablesReference: scopes[0].variablesReference });
    const shown = new Map<string, { value: string; variablesReference: number; evaluateName: string }>(
      variables.map((variable: { name: string }) => [variable.name, variable]),
    );
    const inside = async (name: string) =>
      (await client.request('variables', { variablesReference: shown.get(name)?.variablesReference })).variables.map(
        (variable: { name: string; value: string; evaluateName: string }) => [variable.name, variable.value, variable.evaluateName],
      );
    assert.deepEqual(await inside('box'), [
      ['first', '41', 'box->first'],
      ['second', '7', 'box->second'],
      ['letters', '{3, 4}', 'box->letters'],
    ]);
    assert.deepEqual(await inside('one'), [['*one', '46', '*one']]);
  }));

test('an argument that a copy of the function does not take is what its caller would have passed', () =>
  withSession(async (client) => {
    await client.launch('../program/objects/optimized-away.elf');
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x4000101c' }] });
    await client.start();
    await client.stop();
    assert.deepEqual((await client.stack()).slice(0, 2), ['scale optimized-away.c:22', 'call optimized-away.c:27']);
    assert.deepEqual([await client.evaluate('value'), await client.evaluate('flavour')], ['101', '109']);
  }));
