/** Right requests in any order and at any time around launch, configurationDone, stop, restart and disconnect. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guests, type Message, SessionClient } from '../debug-adapter/support/session-client.ts';
import { createRandom, oneOf, type Random } from './random.ts';

const SESSIONS = 200;

type Ask = readonly [command: string, args?: object];
const breakpoints: readonly Ask[] = [
  ['setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] }],
  ['setBreakpoints', { source: { path: `${guests}/first-event.c` }, breakpoints: [{ line: 76 }] }],
  ['setExceptionBreakpoints', { filters: ['sdei.dispatch'] }],
];
const others: readonly Ask[] = [
  ['threads'],
  ['stackTrace', { threadId: 1 }],
  ['continue', { threadId: 1 }],
  ['pause', { threadId: 1 }],
  ['next', { threadId: 1 }],
  ['stepBack', { threadId: 1 }],
  ['reverseContinue', { threadId: 1 }],
  ['evaluate', { expression: '$pc', context: 'watch' }],
  ['sdei/timeline'],
  ['restart', {}],
];

/** launch and what a client sends with it, where a client may send it. */
function orderOf(random: Random): Ask[] {
  const asked: Ask[] = [['initialize', { adapterID: 'sdei' }]];
  const launch: Ask = [
    'launch',
    { program: `${guests}/first-event.elf`, memory: '2M', stopOnEntry: random(2) === 0, stopAtEnd: oneOf(random, ['never', 'always']) },
  ];
  const first: Ask[] = [...breakpoints.filter(() => random(3) > 0), ['configurationDone']];
  first.splice(random(first.length + 1), 0, launch);
  asked.push(...first);
  for (let n = random(12); n > 0; n--) asked.push(oneOf(random, random(4) === 0 ? breakpoints : others));
  asked.push(['disconnect', {}]);
  return asked;
}

interface Bound {
  readonly id: number;
  readonly verified: boolean;
}

function wrongIn(messages: readonly Message[], orders: readonly Ask[]): string[] {
  const wrong: string[] = [];
  const answers = orders.map((_, n) => messages.filter(({ type, request_seq }) => type === 'response' && request_seq === n + 1));
  for (const [n, [command]] of orders.entries()) if (answers[n].length !== 1) wrong.push(`${command} has ${answers[n].length} answers`);
  const place = (find: (message: Message) => boolean) => messages.findIndex(find);
  const answered = (command: string) => place((one) => one.type === 'response' && one.command === command);
  const stopped = place(({ event }) => event === 'stopped');
  if (stopped >= 0 && stopped < Math.max(answered('launch'), answered('configurationDone'))) wrong.push('stopped before it was started');
  if (place(({ event }) => event === 'initialized') < answered('initialize')) wrong.push('initialized before its answer');
  const bound = new Map<number, boolean>();
  for (const { type, command, event, body } of messages) {
    const { breakpoints: set, breakpoint } = (body ?? {}) as { breakpoints?: Bound[]; breakpoint?: Bound };
    if (type === 'response' && (command === 'setBreakpoints' || command === 'setFunctionBreakpoints'))
      for (const { id, verified } of set ?? []) bound.set(id, verified);
    if (event === 'breakpoint' && breakpoint) bound.set(breakpoint.id, breakpoint.verified);
  }
  for (const [id, isBound] of bound) if (!isBound) wrong.push(`breakpoint ${id} is not bound`);
  // Between two stops it must have gone on, and it is not said to go on twice.
  let stands = false;
  for (const { type, event, command, success } of messages) {
    if (event === 'stopped') {
      if (stands) wrong.push('stopped twice');
      stands = true;
    } else if (
      event === 'continued' ||
      (type === 'response' && success && /^(continue|next|stepBack|reverseContinue|restart)$/.test(command ?? ''))
    )
      stands = false;
  }
  return wrong;
}

test(`${SESSIONS} sessions in any order: each request has its answer, and no event comes before its time`, async () => {
  let stops = 0;
  for (let seed = 0; seed < SESSIONS; seed++) {
    const random = createRandom(30_000_000 + seed);
    const orders = orderOf(random);
    const client = new SessionClient();
    const answers = orders.map(() => Promise.resolve({} as Message));
    for (const [n, [command, args]] of orders.entries()) {
      answers[n] = client.send(command, args).answer;
      const pause = random(4);
      if (pause === 0) await answers[n];
      else if (pause === 1) await new Promise((resolve) => setImmediate(resolve));
      else if (pause === 2 && n > 4) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(answers);
    await client.session.settled();
    const told = orders.map(([command]) => command).join(' ');
    assert.deepEqual([...wrongIn(client.messages, orders), ...client.problems], [], `seed ${seed}: ${told}`);
    stops += client.messages.filter(({ event }) => event === 'stopped').length;
  }
  assert.ok(stops > SESSIONS / 2, `${stops} stops`);
});
