/** Conditions that the machine computes itself say the same as those that the debugger computes, and cost the guest no time. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { compileExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { guests, SessionClient } from './support/session-client.ts';

const program = makers.openProgram('first-event.elf', readFileSync(path.join(guests, 'first-event.elf')));
const target = makers.createTarget(parseLaunchArguments({ program: 'first-event.elf' }).machine);
const LOOP_LINE = 72;

/** Over the loop of signal_in_the_middle: `i` is an int, `current` a struct, `table` a pointer to 32 bits without sign. */
const computedByTheMachine = [
  'i == 3', 'i != 3 && i != 4', 'i < 2 || i > 5', '!(i & 1)', 'i - 4 < 0', '-i <= -6', 'i * 3 - 2 == 7', '(i ^ 5) == 1', '~i == -4', '(i | 1) == 5',
  'i << 1 == 6', 'i >> 1 == 2', '-i >> 1 == -2', '(unsigned)-i > 4294967290u', '(unsigned char)(i + 253) == 1', '(signed char)(i + 125) < 0',
  '(short)(i * 20000) < 0', '(long)i == 6', '(unsigned long)-1 == -1L', 'current.value == 5', 'current.sum > 9', 'current.index >= 6u', 'table[i] == 1',
  'table[i + 1] == 5', '*(table + i + 1) > 5', '&table[i] == table + 2', '&table[i] - 1 == table', 'i != 0 && *(&table[i] - 1) == 4', '&current.value == 0', 'table',
  '$x0 == $x0', '$lr == 0 || $sp', '$w3 == $x3 || 1', '$sp > 0x40000000', '*(unsigned long *)$sp != 0', 'event_log.handled == 1', '(int)event_log.handled - 1 < 0',
  '1', '0', 'history[i & 3] == 0', 'length > signal_at && signal_at == 5', '*(unsigned int *)0 == 7', '*(char *)0xffffffffffff == 1 && 0', 'i == 2 ^ i == 3',
]; // biome-ignore format: a list
const computedHere = [
  'i % 2',
  'i / 2 == 1',
  'i ? i : 7',
  '$sdei_depth == 0',
  '$pstate',
  'current.value / (i - 3) == 1',
  '(double)i > 2.5',
  '*cursor == 1',
];

const at = program.resolveLine(program.sources().find((source) => source.endsWith('first-event.c')) ?? '', LOOP_LINE);
const pc = at?.addresses[0] ?? 0n;
const formulaOf = (text: string) => compileExpression(text, { target, programs: [program], pc }).formula;

/** What a log point with the condition prints, up to the end of the guest, and when that is. */
async function run(condition: string): Promise<string[]> {
  const client = new SessionClient();
  try {
    await client.launch('first-event.elf', { history: false });
    const source = { path: path.join(guests, 'first-event.c') };
    const breakpoints = [{ line: LOOP_LINE, condition, logMessage: '{i} {current.sum} {$time}' }, { line: 103 }];
    const set = await client.request('setBreakpoints', { source, breakpoints });
    assert.deepEqual(
      set.breakpoints.map(({ verified }: { verified: boolean }) => verified),
      [true, true],
      set.breakpoints[0].message,
    );
    await client.start();
    for (;;) {
      const { body } = await client.stop();
      const stops = body.text === undefined ? [] : [body.text];
      if (stops.length > 0) return [...stops, await client.evaluate('$time')];
      return [...client.outputs('console').split('\n'), await client.evaluate('$time')];
    }
  } finally {
    await client.end();
  }
}

/** The same condition in a form that the machine does not take. */
const unknownToTheMachine = (condition: string) => `(${condition}) ? 1 : 0`;

for (const condition of computedByTheMachine) {
  test(`${condition}`, async () => {
    assert.ok(formulaOf(condition) !== undefined);
    assert.equal(formulaOf(unknownToTheMachine(condition)), undefined);
    const [ours, theirs] = [await run(condition), await run(unknownToTheMachine(condition))];
    assert.deepEqual(ours.map(withoutCondition), theirs.map(withoutCondition));
  });
}
const withoutCondition = (text: string) => text.replace(/^Condition ".*?": /, '');

for (const condition of computedHere) test(`${condition} is not for the machine`, () => assert.equal(formulaOf(condition), undefined));

test('two breakpoints at one place: either condition stops, and each counts for itself', async () => {
  const client = new SessionClient();
  try {
    await client.launch('first-event.elf', { history: false });
    const [{ id: byLine }] = (
      await client.request('setBreakpoints', {
        source: { path: path.join(guests, 'first-event.c') },
        breakpoints: [{ line: LOOP_LINE, condition: 'i == 2' }],
      })
    ).breakpoints;
    const instructionReference = `0x${pc.toString(16)}`;
    const [{ id: byAddress }] = (
      await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference, condition: 'i == 2 || i == 4' }] })
    ).breakpoints;
    await client.start();
    assert.deepEqual((await client.stop()).body.hitBreakpointIds, [byLine, byAddress]);
    assert.deepEqual((await client.go('continue')).body.hitBreakpointIds, [byAddress]);
    assert.equal(await client.evaluate('i'), '4');
  } finally {
    await client.end();
  }
});
