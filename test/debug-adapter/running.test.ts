import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { makers } from '../../debug-adapter/makers.ts';
import { guests, withSession } from './support/session-client.ts';

test('a guest that spins can be paused, and paused again', () =>
  withSession(async (client) => {
    await client.launch('spin.elf');
    await client.start();
    for (let count = 0; count < 2; count++) {
      assert.deepEqual(await client.go('pause'), { event: 'stopped', body: { reason: 'pause', threadId: 1, allThreadsStopped: true } });
      assert.match((await client.stack())[0], /^_start spin\.S:\d+$/);
      await client.request('continue', { threadId: 1 });
    }
  }));

test('a call that changes the caller’s registers is told, and is where one may stop', () =>
  withSession(async (client) => {
    await client.launch('clobbering-call.elf');
    await client.request('setExceptionBreakpoints', { filters: ['call.clobbered'] });
    await client.start();
    const { body } = await client.stop();
    assert.match(String(body.text), /X19 = 0xbad instead of 0x19/);
    const told = client.messages
      .filter(({ event }) => event === 'output')
      .map((message) => String((message.body as { output: string }).output));
    assert.equal(
      told.filter((text) => /^The call by HVC #0 at main.* with X0 = 0x1000 returned with X19 = 0xbad instead of 0x19\./.test(text)).length,
      1,
    );
  }));

test('a step of a PE that sleeps, and that nobody wakes, can be paused', () =>
  withSession(async (client) => {
    await client.launch('two-pes.elf', { cpus: 2 });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
    await client.start();
    await client.stop();
    // PE0 asks for ever whether PE1 is off.
    const source = { path: path.join(guests, 'two-pes.c') };
    const { targets } = await client.request('gotoTargets', { source, line: 74 });
    await client.go('goto', { targetId: targets[0].id });
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    for (let isAsleep = false; !isAsleep; isAsleep = / · waiting/.test((await client.request('threads')).threads[1].name)) {
      await client.request('continue', { threadId: 1 });
      await client.go('pause');
    }
    await client.request('stepIn', { threadId: 2, granularity: 'instruction' });
    await client.request('pause', { threadId: 2 });
    assert.equal((await client.stop()).body.reason, 'pause');
  }));

test('a step that never ends can be paused', () =>
  withSession(async (client) => {
    await client.launch('jump-to-data.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    // "b ." in place of the first instruction: a line that is never left.
    await client.request('writeMemory', { memoryReference: '0x40100000', data: btoa('\x00\x00\x00\x14') });
    await client.request('next', { threadId: 1 });
    assert.equal((await client.go('pause')).body.reason, 'pause');
    assert.equal(await client.pc(), 0x40100000n);
  }));

test('a breakpoint set while the guest runs is hit', () =>
  withSession(async (client) => {
    await client.launch('spin.elf');
    await client.start();
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x40100004', hitCondition: '3' }] });
    const { body } = await client.stop();
    assert.equal(body.reason, 'instruction breakpoint');
    assert.equal(await client.pc(), 0x40100004n);
    assert.equal(client.messages.filter(({ event }) => event === 'stopped').length, 1);
  }));

test('breakpoints set before the launch bind when the program is there', () =>
  withSession(async (client) => {
    await client.request('initialize', { adapterID: 'x' });
    const [pending] = await client.breakAt('first-event.c', 40);
    assert.deepEqual([pending.verified, pending.message], [false, 'Waits for the program to be loaded.']);
    await client.request('configurationDone');
    await client.launch('first-event.elf');
    const { body } = await client.stop();
    assert.deepEqual([body.reason, body.hitBreakpointIds], ['breakpoint', [pending.id]]);
    const changed = client.messages.find(({ event }) => event === 'breakpoint')?.body as { breakpoint: { verified: boolean } };
    assert.equal(changed.breakpoint.verified, true);
  }));

test('a breakpoint at the entry point is hit before the first instruction', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '0x40100000' }] });
    await client.start();
    await client.stop();
    assert.equal(await client.pc(), 0x40100000n);
    assert.equal(await client.evaluate('$time'), '0');
    assert.equal((await client.go('continue')).event, 'terminated');
  }));

test('one breakpoint or filter that cannot be set does not keep the others from being set', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    const references = ['here', '0x40100001', '0x40100004'];
    const { breakpoints } = await client.request('setInstructionBreakpoints', {
      breakpoints: references.map((instructionReference) => ({ instructionReference })),
    });
    assert.deepEqual(
      breakpoints.map(({ verified, message }: { verified: boolean; message?: string }) => message ?? verified),
      [
        'instructionReference "here" is not an address. Write it as 0x… or in decimal.',
        'No instruction starts at 0x40100001: addresses of A64 instructions are multiples of 4.',
        true,
      ],
    );
    const filters = await client.request('setExceptionBreakpoints', { filters: ['uncaught', 'sdei.dispatch'] });
    assert.deepEqual(
      filters.breakpoints?.map(({ verified }: { verified: boolean }) => verified),
      [false, true],
    );
    await client.start();
    assert.equal((await client.stop()).body.reason, 'instruction breakpoint');
    assert.equal((await client.go('continue')).body.reason, 'exception');
  }));

test('an event injected at an exact place interrupts exactly there', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { inject: ['0@signal_in_the_middle+0x58#3'] });
    await client.breakAt('first-event.c', 38);
    await client.start();
    await client.stop();
    const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
    const label = stackFrames.findIndex(({ presentationHint }: { presentationHint?: string }) => presentationHint === 'label');
    assert.equal(stackFrames[label + 1].instructionPointerReference, '0x40100098');
    assert.equal(await client.evaluate('i', stackFrames[label + 1].id), '2');
  }));

test('restart begins anew, with the same breakpoints', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    const [{ id }] = await client.breakAt('first-event.c', 40);
    await client.start();
    await client.stop();
    const time = await client.evaluate('$time');
    await client.go('continue');
    await client.request('restart');
    const { body } = await client.stop();
    assert.deepEqual(body.hitBreakpointIds, [id]);
    assert.equal(await client.evaluate('$time'), time);
    await client.request('restart', { arguments: { program: `${import.meta.dirname}/../guests/first-event.elf`, stopOnEntry: true } });
    assert.equal((await client.stop()).body.reason, 'entry');
  }));

test('noDebug runs past breakpoints', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { noDebug: true, stopOnEntry: true });
    await client.breakAt('first-event.c', 40);
    await client.start();
    assert.equal((await client.stop()).event, 'terminated');
  }));

const faults: readonly [string, RegExp][] = [['jump-to-data.elf', /Undefined instruction 0x00000000 at 0x4010/]];

for (const [guest, text] of faults) {
  test(`${guest} stops with the explanation`, () =>
    withSession(async (client) => {
      await client.launch(guest);
      await client.start();
      const { body } = await client.stop();
      assert.equal(body.reason, 'exception');
      assert.match(body.text ?? '', text);
      const { exceptionId } = await client.request('exceptionInfo', { threadId: 1 });
      assert.equal(exceptionId, 'lockup');
    }));
}

test('console output comes as events and as output, or as one of them', async () => {
  for (const [mode, events, output] of [
    ['both', true, true],
    ['terminal', true, false],
    ['debugConsole', false, true],
  ] as const) {
    await withSession(async (client) => {
      await client.launch('first-event.elf', { console: mode });
      await client.start();
      await client.stop();
      const data = client.messages.filter(({ event }) => event === 'sdei/console').map(({ body }) => atob((body as { data: string }).data));
      assert.equal(data.join('').includes('power off'), events, mode);
      assert.equal(client.outputs('stdout').includes('power off'), output, mode);
    });
  }
});

test('an edit is told to a client that can hear it', () =>
  withSession(async (client) => {
    await client.request('initialize', { adapterID: 'x', supportsMemoryEvent: true, supportsInvalidatedEvent: true });
    await client.request('launch', { program: `${import.meta.dirname}/../guests/first-event.elf`, stopOnEntry: true });
    await client.start();
    await client.stop();
    const before = client.messages.length;
    await client.request('writeMemory', { memoryReference: '0x40110000', data: 'AQI=' });
    const events = client.messages.slice(before).filter(({ type }) => type === 'event');
    assert.deepEqual(
      events.map(({ event, body }) => [event, body]),
      [
        ['memory', { memoryReference: '0x40110000', offset: 0, count: 2 }],
        ['invalidated', { areas: ['stacks', 'variables'] }],
        ['sdei/changed', {}],
      ],
    );
  }));

test('frames and variables of an earlier stop have nothing to show, and nothing can be done with them', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
    const { scopes } = await client.request('scopes', { frameId: stackFrames[0].id });
    await client.go('next');
    assert.deepEqual(await client.request('scopes', { frameId: stackFrames[0].id }), { scopes: [] });
    assert.deepEqual(await client.request('variables', { variablesReference: scopes[0].variablesReference }), { variables: [] });
    assert.match((await client.ask('evaluate', { expression: '$x0', frameId: stackFrames[0].id })).message ?? '', /earlier stop/);
    assert.match((await client.ask('restartFrame', { frameId: stackFrames[0].id })).message ?? '', /earlier stop/);
    assert.match((await client.ask('variables', { variablesReference: 9999 })).message ?? '', /9999/);
    assert.match((await client.ask('scopes', { frameId: 9999 })).message ?? '', /There is no frame 9999/);
  }));

test('an internal fault of a run is a stop that says so, and the session goes on', () =>
  withSession(
    async (client) => {
      await client.launch('spin.elf');
      await client.start();
      const { body } = await client.stop();
      assert.deepEqual(
        [body.reason, body.text],
        ['exception', 'Internal error in a run: out of order. Please report it with what led to it.'],
      );
      assert.equal((await client.request('exceptionInfo', { threadId: 1 })).exceptionId, 'internal-error');
      assert.equal((await client.stack()).length, 1);
    },
    {
      ...makers,
      createTarget: (machine) => {
        const target = makers.createTarget(machine);
        return Object.assign(Object.create(target), { resume: () => Promise.reject(new Error('out of order')) });
      },
    },
  ));

test("a breakpoint's condition can be changed, removed and given again between runs", () =>
  withSession(async (client) => {
    await client.launch('nested-critical.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    const goTo = async (condition: string | undefined) => {
      await client.request('setFunctionBreakpoints', {
        breakpoints: [{ name: 'on_event', ...(condition !== undefined && { condition }) }],
      });
      const { event } = await client.go('continue');
      return event === 'stopped' ? client.evaluate('event') : event;
    };
    assert.equal(await goTo('event == 804'), '804');
    await client.request('restart');
    await client.stop();
    assert.equal(await goTo('event == 806'), '806');
    assert.equal(await goTo('event == 804'), '804');
    assert.equal(await goTo('event == 806'), 'terminated');
    await client.end();
  }));
