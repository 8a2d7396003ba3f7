import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SessionClient, withSession } from './support/session-client.ts';

async function stopped(client: SessionClient): Promise<void> {
  await client.launch('first-event.elf');
  await client.breakAt('first-event.c', 38);
  await client.start();
  await client.stop();
}
const say = async (client: SessionClient, expression: string): Promise<string> => {
  const { success, message, body } = await client.ask('evaluate', { expression, context: 'repl' });
  return success ? (body as { result: string }).result : `error: ${message}`;
};

const answers: readonly (readonly [text: string, answer: RegExp])[] = [
  [
    'sdei status',
    /^PE0: on, EL1, unmasked, event 0 \(normal\) over signal_in_the_middle\+0x\w+\nevent 0 PE0: private, normal, enabledRunning, /,
  ],
  ['  sdei   status ', /^PE0: /],
  ['sdei hash', /^[0-9a-f]{16} after 1357 instructions$/],
  ['sdei help', /^sdei status +PEs and events/],
  ['inject 0', /^Event 0 is pending/],
  ['inject 806 PE0', /^error: .*806/],
  ['inject 0 3', /^error: There is no PE 3/],
  [
    'inject zero',
    /^error: "inject zero" is not understood\. Write "inject EVENT \[PE\] \| EVENT@PLACE#N \| none", for example "inject 0@main#2"\.$/,
  ],
  ['inject 0@print', /^Event 0 is raised at print \(console\.c:\d+\), the next time a PE comes there\.$/],
  ['inject 0@print+0x8#3', /^Event 0 is raised at print\+0x8 \(console\.c:\d+\), when a PE has come there 3 times\.$/],
  ['inject none', /^Forgotten: 0@print, 0@print\+0x8#3\.$/],
  ['inject none', /^No injection was waiting\.$/],
  ['inject 0@prind', /^error: Injection "0@prind" cannot be used: there is no symbol "prind"\. Did you mean "print"\?/],
  ['inject 99@print', /^error: Injection "99@print" cannot be used: the machine has no event 99 /],
  [
    'inject 0@print#99999999999999999999',
    /^error: Injection "0@print#9{20}" cannot be used: N is 9{20}, and counts from 1 to 1000000000\. Write EVENT@SYMBOL/,
  ],
  [`inject 0@print#${'9'.repeat(500)}`, /^error: Injection "0@print#9{51}…" cannot be used: N is 9{59}…, and counts from 1 /],
  ['inject 0@print#0', /: N is 0, and counts from 1 to /],
  ['inject 99999999999999999999@print', /: the machine has no event 9{20} \(it has 0, /],
  ['inject 0@print+0x99999999999999999999', /: print\+0x9{20} is outside the 64-bit address space\. /],
  ['memory _start 8', /^0x40100000 {2}40 42 38 d5( [0-9a-f]{2}){4} +\S+$/],
  ['memory PA:0x40100000 20', /^0x40100000 {2}40 42 38 d5 .*\n0x40100010 {2}/],
  ['memory EL2:0x40100000 4', /^0x40100000 {2}40 42 38 d5 +@B8\.$/],
  ['memory EL1@PE0:0x40100000 4', /^0x40100000 {2}40 42 38 d5/],
  ['memory EL1@PE7:0x40100000', /^error: There is no PE 7/],
  ['memory EL3:0x40100000', /^error: Address "EL3:0x40100000" names no memory\. Write the address alone, or "PA:", /],
  ['memory 0x10 4', /^error: Nothing is mapped, and no memory, at 0x10\.$/],
  ['memory _start 99999999999999', /^error: COUNT is 9{14}, and 1 to 65536 bytes are shown at once\.$/],
  ['memory _start 0', /^error: COUNT is 0, and 1 to /],
  ['memory _start 0x8', /^0x40100000 {2}40 42 38 d5( [0-9a-f]{2}){4} /],
  ['memory [4] 8', /^error: "memory \[4\] 8" is not understood\. Write "memory \[PA:/],
  ['memory $pc 4', /^0x4010\w+ {2}/],
  ['memory &event_log 8', /^0x4010\w+ {2}/],
  ['memory event_log 8', /^0x4010\w+ {2}/],
  ['memory PA:(char *)&event_log + 4 0x10', /^0x4010\w+ {2}/],
  ['memory no_such 4', /^error: No variable 'no_such' here/],
  ['memory 99999999999999999999999', /^error: Address 0x\w+ is outside the 64-bit address space\.$/],
  ['inject', /^error: "inject" is not all of a command\. Write "inject EVENT .*", for example "inject 0@main#2"\.$/],
  [' memory ', /^error: "memory" is not all of a command\. Write "memory \[PA:.*", for example "memory 0x40100000 64"\.$/],
  ['last', /^error: "last" is not all of a command\. Write "last EXPRESSION", for example "last \$pc"\.$/],
  ['writes', /^error: "writes" is not all of a command\. Write "writes EXPRESSION", for example "writes \$sp"\.$/],
  ['goto', /^error: "goto" is not all of a command\. Write "goto INSTRUCTION\|.*", for example "goto 1000"\.$/],
  ['sdei', /^error: "sdei" is not understood\. Write "sdei status", "sdei hash", "sdei help"\.$/],
  ['sdei state', /^error: "sdei state" is not understood\. Write "sdei status", /],
  ['sdei status now', /^error: "sdei status now" is not understood\. Write "sdei status"\.$/],
  ['goto ,', /^error: There is no bookmark ","/],
  ['goto nowhere', /^error: There is no bookmark "nowhere"/],
  ['goto 99999999999999999999999', /^error: Instruction 9{23} is not on record/],
  ['goto 999999999', /^error: Instruction 999999999 is not on record/],
  ['last no_such_thing', /^error: .*no_such_thing/],
  ['log->handled', /^0$/],
];
test('words of the Debug Console', () =>
  withSession(async (client) => {
    await stopped(client);
    for (const [text, answer] of answers) assert.match(await say(client, text), answer, text);
  }));

test('what is written to may be an expression that begins with an operator', () =>
  withSession(async (client) => {
    await stopped(client);
    assert.equal(await say(client, 'writes *(long *)&event_log'), 'Looking for all writes to *(long *)&event_log.');
  }));

test('a variable of the name of a word is reached wherever the text is no command', () =>
  withSession(async (client) => {
    await client.launch('steps.elf');
    await client.breakAt('steps.c', 37);
    await client.start();
    await client.stop();
    const last = await say(client, 'last');
    assert.match(last, /^\d+$/);
    assert.equal(await say(client, 'last + 1'), String(Number(last) + 1));
    assert.equal(await say(client, 'last = 5'), '5');
    assert.match(await say(client, 'last before'), /^Looking for the last write to before\.$/);
  }));

const journeys: readonly (readonly [text: string, reason: string, answer: RegExp, then: readonly [expression: string, value: RegExp]])[] = [
  ['goto 100', 'goto', /^To instruction 100\.$/, ['$time', /^100$/]],
  ['goto @1,000', 'goto', /^To instruction 1000\.$/, ['$time', /^1000$/]],
  ['goto start', 'goto', /^To instruction 0\.$/, ['$time', /^0$/]],
  ['goto end', 'goto', /^To instruction \d+\.$/, ['$sdei_event', /^0$/]],
  ['goto here', 'goto', /^To bookmark "here"\.$/, ['$sdei_event', /^0$/]],
  ['last $sdei_depth', 'data breakpoint', /^Looking for the last write to \$sdei_depth\.$/, ['$sdei_depth', /^0$/]],
];
test('words that go elsewhere in time', () =>
  withSession(async (client) => {
    await stopped(client);
    await client.request('sdei/addBookmark', { name: 'here' });
    for (const [text, reason, answer, [expression, value]] of journeys) {
      assert.match(await say(client, text), answer);
      assert.equal((await client.stop()).body.reason, reason, text);
      assert.match(await client.evaluate(expression), value, text);
    }
  }));

test('words are completed at the beginning of a line', () =>
  withSession(async (client) => {
    await stopped(client);
    const labels = async (text: string) =>
      (await client.request('completions', { text, column: text.length + 1 })).targets
        .filter(({ type }: { type: string }) => type === 'keyword')
        .map(({ label, start, length }: { label: string; start: number; length: number }) => `${label} ${start}+${length}`);
    assert.deepEqual(await labels('sd'), ['sdei status 1+2', 'sdei hash 1+2', 'sdei help 1+2']);
    assert.deepEqual(await labels('sdei s'), ['sdei status 1+6']);
    assert.deepEqual(await labels(' go'), ['goto 2+2']);
    assert.deepEqual(await labels('1 + go'), []);
    assert.deepEqual(await labels('goto s'), ['start 6+1']);
    assert.deepEqual(await labels('inject 80'), ['804 8+2', '805 8+2', '806 8+2', '807 8+2']);
    assert.deepEqual(await labels('inject 0'), ['0 8+1']);
    assert.deepEqual(await labels('last s'), []);
  }));

test('what follows goto: ends, bookmarks, branches', () =>
  withSession(async (client) => {
    await stopped(client);
    await client.request('sdei/addBookmark', { name: 'first stop' });
    await client.go('sdei/goTo', { instruction: 100 });
    await say(client, '$x28 = 5');
    await client.request('sdei/addBookmark', { name: 'edited' });
    const { targets } = await client.request('completions', { text: '  goto ', column: 8 });
    const words = targets.filter(({ type }: { type: string }) => type === 'keyword');
    assert.deepEqual(
      words.map(({ label, detail, start, length }: Record<string, unknown>) => `${label} (${detail}) ${start}+${length}`),
      [
        'start (The first moment on record.) 8+0',
        'end (The last moment on record.) 8+0',
        'edited (Bookmark at instruction 100.) 8+0',
        'main (Branch to instruction 1357.) 8+0',
      ],
    );
  }));

test('what follows last is completed as an expression', () =>
  withSession(async (client) => {
    await stopped(client);
    const { targets } = await client.request('completions', { text: 'last event_l', column: 13 });
    assert.deepEqual(
      targets.map(({ label, start, length }: Record<string, unknown>) => `${label} ${start}+${length}`),
      ['event_log 6+7'],
    );
  }));

for (const [base, capabilities] of [
  [1, {}],
  [0, { linesStartAt1: false, columnsStartAt1: false }],
] as const) {
  test(`what is written in several lines is completed where the cursor is, counted from ${base}`, () =>
    withSession(async (client) => {
      await client.launch('first-event.elf');
      await client.breakAt('first-event.c', 40);
      await client.start();
      await client.stop();
      await client.request('initialize', { adapterID: 'sdei', ...capabilities });
      const text = 'event_log.\n  inter + 1 +\nmai';
      const complete = async (line: number | undefined, column: number) => {
        const at = { column: column + base, ...(line === undefined ? {} : { line: line + base }) };
        const { targets } = await client.request('completions', { text, ...at });
        return targets.map(({ label, start, length }: Record<string, number>) => `${label} ${start - base}+${length}`);
      };
      assert.deepEqual(await complete(1, 7), ['interrupted_pc 2+5', 'interrupted_pstate 2+5', 'interrupted_x 2+5']);
      assert.deepEqual(await complete(2, 3), ['main 0+3']);
      assert.deepEqual(await complete(9, 3), ['main 0+3']);
      assert.deepEqual(await complete(undefined, 7), ['event_log 0+7']);
      assert.deepEqual(await complete(0, 7), ['event_log 0+7']);
    }));
}
