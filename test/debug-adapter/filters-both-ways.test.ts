/** What exception filters stop at in a session: forwards up to the guest's end, and the same backwards from there. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { type SessionClient, withSession } from './support/session-client.ts';

interface Row {
  readonly guest?: string;
  readonly filter: string;
  readonly condition?: string;
  /** Titles, in order. */
  readonly stops: readonly string[];
}

const rows: readonly Row[] = [
  {
    filter: 'sdei.pended',
    stops: ['SDEI event 0 is pending', 'SDEI event 806 is pending', 'SDEI event 0 is pending'],
  },
  { filter: 'sdei.pended', condition: 'criticalRuns, normalRuns', stops: ['SDEI event 806 is pending', 'SDEI event 0 is pending'] },
  { filter: 'sdei.pended', condition: 'event == 0 and reason == masked', stops: ['SDEI event 0 is pending'] },
  { filter: 'sdei.exception', stops: ['Exception in the handler of SDEI event 806'] },
  { filter: 'sdei.exception', condition: 'dataAbort and far == 0x10', stops: ['Exception in the handler of SDEI event 806'] },
  { filter: 'sdei.exception', condition: 'irq', stops: [] },
  {
    filter: 'sdei.clobbered',
    stops: [
      'The handler of SDEI event 0 changed X19',
      'The handler of SDEI event 804 changed SP_EL0',
      'The handler of SDEI event 806 changed ELR_EL1, SPSR_EL1; SP_EL0 was left changed by event 804',
    ],
  },
  { filter: 'sdei.clobbered', condition: 'x19', stops: ['The handler of SDEI event 0 changed X19'] },
  {
    filter: 'sdei.clobbered',
    condition: 'register == ELR_EL1',
    stops: ['The handler of SDEI event 806 changed ELR_EL1, SPSR_EL1; SP_EL0 was left changed by event 804'],
  },
  { filter: 'sdei.clobbered', condition: 'how == resume', stops: ['The handler of SDEI event 804 changed SP_EL0'] },
  { filter: 'exceptionLevel', stops: ['EL1 to EL0', 'EL0 to EL1', 'EL1 to EL0', 'EL0 to EL1'] },
  { filter: 'exceptionLevel', condition: '1', stops: ['EL0 to EL1', 'EL0 to EL1'] },
  { filter: 'exceptionLevel', condition: 'eret and from == 1', stops: ['EL1 to EL0', 'EL1 to EL0'] },
  { filter: 'sdei.dispatch', condition: 'depth > 1', stops: ['SDEI event 804 dispatched'] },
  { filter: 'sdei.dispatch', condition: 'prio == critical and el == 1', stops: ['SDEI event 804 dispatched'] },
  { filter: 'sdei.completion', condition: 'how == resume', stops: ['SDEI event 804 completed'] },
  {
    filter: 'sdei.completion',
    condition: 'SDEI_EVENT_COMPLETE',
    stops: ['SDEI event 0 completed', 'SDEI event 806 completed', 'SDEI event 0 completed'],
  },
  {
    guest: 'watchdog',
    filter: 'sdei.dispatch',
    condition: 'el == 1 and depth == 1',
    stops: Array<string>(4).fill('SDEI event 1073741825 dispatched'),
  },
  { guest: 'hyp-stub', filter: 'conduit', condition: 'HVC_SET_VECTORS', stops: ['HVC #0: HVC_SET_VECTORS'] },
  { guest: 'hyp-stub', filter: 'conduit', condition: 'HVC_SOFT_RESTART and el == 1', stops: ['HVC #0: HVC_SOFT_RESTART'] },
];

const MOST = 20;

interface Seen {
  readonly title: string;
  readonly filter: string;
  /** Instructions retired, and where the PE is. */
  readonly place: string;
}

async function stopsUpTo(client: SessionClient, command: 'continue' | 'reverseContinue', end: string): Promise<Seen[]> {
  const seen: Seen[] = [];
  const inWords = (description = ''): string => description.replace(/^In the past: /, '');
  let { body } = command === 'continue' ? await client.stop() : await client.go(command);
  for (; body.reason === 'exception' && seen.length < MOST; { body } = await client.go(command)) {
    const { exceptionId, description } = await client.request('exceptionInfo', { threadId: 1 });
    assert.equal(description, body.text);
    const place = `${await client.evaluate('$time')} ${await client.evaluate('$pc')}`;
    seen.push({ title: inWords(body.description), filter: exceptionId, place });
  }
  assert.equal(inWords(body.description), end);
  return seen;
}

for (const { guest = 'faulty-handlers', filter, condition, stops } of rows) {
  test(`${filter} if ${condition ?? 'always'}, both ways`, () =>
    withSession(async (client) => {
      await client.launch(`${guest}.elf`, { stopAtEnd: 'always' });
      const { breakpoints } = await client.request('setExceptionBreakpoints', {
        filters: [],
        filterOptions: [{ filterId: filter, condition }],
      });
      assert.deepEqual(breakpoints, [{ verified: true }]);
      await client.start();
      const forwards = await stopsUpTo(client, 'continue', 'Switched off');
      assert.deepEqual(
        forwards.map(({ title, filter: id }) => [title, id]),
        stops.map((title) => [title, filter]),
      );
      assert.deepEqual(await stopsUpTo(client, 'reverseContinue', 'Start of history'), forwards.reverse());
    }));
}

const texts: readonly (readonly [filter: string, text: RegExp])[] = [
  [
    'sdei.pended',
    /^SDEI event 0 \(normal\) became pending and is not dispatched: PE0 is masked \(SDEI_PE_MASK\)\. PE0 is at EL1, at unmask \(faulty-handlers\.S:\d+\)\.$/,
  ],
  [
    'sdei.exception',
    /^While the handler of SDEI event 806 runs, PE0 took a synchronous exception at EL1, at bad_read \(faulty-handlers\.S:\d+\): data abort: synchronous external abort, on a read \(ESR_EL1 = 0x96000010, FAR_EL1 = 0x10\)\. The PE is at the vector, at EL1\.$/,
  ],
  [
    'sdei.clobbered',
    /^The handler of SDEI event 0 ended by SDEI_EVENT_COMPLETE with X19 = 0xbad instead of 0x19\. SDEI_EVENT_COMPLETE restores X0 to X17, PC and PSTATE only: the code at \S+ \(faulty-handlers\.S:\d+\) goes on with what is left in the others\.$/,
  ],
  ['exceptionLevel', /^PE0 went from EL1, at down \(faulty-handlers\.S:\d+\), to EL0 by ERET\.$/],
];

for (const [filter, text] of texts) {
  test(`what is told at the first stop of ${filter}`, () =>
    withSession(async (client) => {
      await client.launch('faulty-handlers.elf');
      await client.request('setExceptionBreakpoints', { filters: [filter] });
      await client.start();
      assert.match(String((await client.stop()).body.text), text);
    }));
}

test('registers that a handler has changed are told without a filter, once for each handler', () =>
  withSession(async (client) => {
    await client.launch('faulty-handlers.elf');
    await client.start();
    await client.stop();
    const told = client.outputs('stderr').match(/^The handler of SDEI event \d+ ended by \S+ with \S+/gm);
    assert.deepEqual(told, [
      'The handler of SDEI event 0 ended by SDEI_EVENT_COMPLETE with X19',
      'The handler of SDEI event 804 ended by SDEI_EVENT_COMPLETE_AND_RESUME with SP_EL0',
      'The handler of SDEI event 806 ended by SDEI_EVENT_COMPLETE with SP_EL0',
    ]);
  }));

test('steps by instruction go on behind a stop that two filters ask for, and behind one that a condition leaves out', () =>
  withSession(async (client) => {
    await client.launch('faulty-handlers.elf');
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'at_el0' }] });
    await client.start();
    await client.stop();
    const filterOptions = [{ filterId: 'exceptionLevel', condition: 'eret' }, { filterId: 'sdei.clobbered' }, { filterId: 'sdei.pended' }];
    await client.request('setExceptionBreakpoints', { filters: [], filterOptions });
    const seen: string[] = [];
    for (let count = 0; count < 4; count++) {
      const { body } = await client.go('stepIn', { granularity: 'instruction' });
      seen.push(`${body.reason} EL${await client.evaluate('$el')}`);
    }
    // mov, svc, cbz, eret
    assert.deepEqual(seen, ['step EL0', 'step EL1', 'step EL1', 'exception EL0']);
  }));

test('a step over a line stops at the call in its middle that a filter asks for, and goes on from there', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    const source = { path: path.join(import.meta.dirname, '../guests/first-event.c') };
    await client.request('setBreakpoints', { source, breakpoints: [{ line: 76 }] });
    await client.start();
    await client.stop();
    await client.request('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [{ filterId: 'conduit', condition: 'SDEI_EVENT_SIGNAL' }],
    });
    assert.equal((await client.go('next')).body.description, 'HVC #0: SDEI_EVENT_SIGNAL');
    assert.match(await client.evaluate('$pc'), /<signal_in_the_middle\+172>/);
    assert.equal((await client.go('next')).body.reason, 'step');
  }));

for (const [inject, filter] of [
  ['0@at_el0', 'exceptionLevel'],
  ['804@handler_of_0', 'sdei.dispatch'],
  ['806@own_vectors+0x200', 'sdei.exception'],
] as const) {
  test(`an event injected at ${inject} comes also where ${filter} stops`, async () => {
    const ends: string[] = [];
    for (const filters of [[], [filter]]) {
      await withSession(async (client) => {
        await client.launch('faulty-handlers.elf', { inject: [inject], stopAtEnd: 'always' });
        await client.request('setExceptionBreakpoints', { filters });
        await client.start();
        const stops = await stopsUpTo(client, 'continue', 'Switched off');
        assert.equal(stops.length > 0, filters.length > 0);
        ends.push(await client.evaluate('$time'));
      });
    }
    assert.equal(ends[1], ends[0]);
  });
}
