import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SessionClient, withSession } from './support/session-client.ts';

/** Runs to a line of a guest's source, with no breakpoints left. */
async function runTo(client: SessionClient, file: string, line: number): Promise<void> {
  const [{ verified, line: actual }] = await client.breakAt(file, line);
  assert.deepEqual([verified, actual], [true, line]);
  await client.start();
  assert.equal((await client.stop()).body.reason, 'breakpoint');
  await client.breakAt(file);
}

const top = async (client: SessionClient) => (await client.stack())[0];

interface Row {
  readonly title: string;
  readonly guest: string;
  readonly options?: Record<string, unknown>;
  readonly from: readonly [file: string, line: number];
  readonly steps: readonly (readonly [command: string, where: RegExp, args?: Record<string, unknown>])[];
  readonly says?: RegExp;
}

const rows: readonly Row[] = [
  {
    title: 'over a line that signals an event: the handler runs unseen',
    guest: 'first-event.elf',
    from: ['first-event.c', 76],
    steps: [['next', /^signal_in_the_middle first-event\.c:67$/]],
    says: /^1 event handled during the step: #0, \d+ instructions\n$/,
  },
  {
    title: 'into a line that signals an event: the handler runs unseen, too',
    guest: 'first-event.elf',
    from: ['first-event.c', 76],
    steps: [
      ['stepIn', /^this_pe sdei\.c:\d+$/],
      ['stepOut', /^signal_in_the_middle first-event\.c:76$/],
      ['stepIn', /^signal_in_the_middle first-event\.c:67$/],
    ],
    says: /^1 event handled/,
  },
  {
    title: 'over a line that signals an event, going into handlers: the handler, and back at the interrupted instruction',
    guest: 'first-event.elf',
    options: { stepIntoHandlers: true },
    from: ['first-event.c', 76],
    steps: [
      ['next', /^sdei_handler_entry handler-entry\.S:\d+$/],
      ['stepOut', /^signal_in_the_middle first-event\.c:76$/],
      ['next', /^signal_in_the_middle first-event\.c:67$/],
    ],
  },
  {
    title: 'out of a function in which an event comes from outside, going into handlers',
    guest: 'first-event.elf',
    options: { inject: ['0@signal_in_the_middle+0x58'], stepIntoHandlers: true },
    from: ['first-event.c', 70],
    steps: [['stepOut', /^sdei_handler_entry handler-entry\.S:\d+$/]],
  },
  {
    title: 'over a line at whose end an event comes from outside',
    guest: 'first-event.elf',
    options: { inject: ['0@signal_in_the_middle+0x58'] },
    from: ['first-event.c', 70],
    steps: [['next', /^signal_in_the_middle first-event\.c:71$/]],
    says: /^1 event handled during the step: #0, /,
  },
  {
    title: 'over a call in which an event comes from outside',
    guest: 'first-event.elf',
    options: { inject: ['0@print+0x8#6'] },
    from: ['first-event.c', 79],
    steps: [['next', /^signal_in_the_middle first-event\.c:81$/]],
    says: /^1 event handled during the step: #0, /,
  },
  {
    title: 'one instruction at which an event comes from outside',
    guest: 'first-event.elf',
    options: { inject: ['0@signal_in_the_middle+0x58'] },
    from: ['first-event.c', 70],
    steps: [
      ['stepIn', /^signal_in_the_middle first-event\.c:71$/, { granularity: 'instruction' }],
      ['stepIn', /^signal_in_the_middle first-event\.c:71$/, { granularity: 'instruction' }],
      ['stepIn', /^signal_in_the_middle first-event\.c:72$/, { granularity: 'instruction' }],
    ],
    says: /^1 event handled during the step: #0, /,
  },
  {
    title: 'inside a handler: lines of the handler',
    guest: 'first-event.elf',
    from: ['first-event.c', 38],
    steps: [
      ['next', /^on_event first-event\.c:39$/],
      ['next', /^on_event first-event\.c:40$/],
    ],
  },
  {
    title: 'into a function, past its prologue; over a call; out of it',
    guest: 'first-event.elf',
    from: ['first-event.c', 100],
    steps: [
      ['stepIn', /^signal_in_the_middle first-event\.c:62$/],
      ['next', /^signal_in_the_middle first-event\.c:63$/],
      ['stepOut', /^main first-event\.c:10[01]$/],
    ],
    says: /^1 event handled during the step: #0, /,
  },
  {
    title: 'from the end of a function into its caller',
    guest: 'first-event.elf',
    from: ['first-event.c', 57],
    steps: [
      ['stepIn', /./],
      ['stepOut', /^on_resume first-event\.c:5[78]$|^resume_entry/],
    ],
  },
  {
    title: 'out of the handler: the interrupted instruction',
    guest: 'nested-critical.elf',
    from: ['nested-critical.c', 37],
    steps: [
      ['stepOut', /^sdei_handler_entry handler-entry\.S:\d+$/],
      ['stepOut', /^smccc smccc\.S:13$/],
      ['stepOut', /^raise_event sdei\.c:\d+$/],
    ],
  },
  {
    title: 'over a line of a normal handler during which a critical one comes',
    guest: 'nested-critical.elf',
    from: ['nested-critical.c', 37],
    steps: [['next', /^on_event nested-critical\.c:/]],
    says: /^1 event handled during the step: #804, /,
  },
  {
    title: 'over hvc to the hyp-stub, by instruction',
    guest: 'hyp-stub.elf',
    from: ['common/smccc.S', 12],
    steps: [['next', /^smccc smccc\.S:13$/, { granularity: 'instruction' }]],
  },
  {
    title: 'into hvc to the hyp-stub and out again',
    guest: 'hyp-stub.elf',
    from: ['common/smccc.S', 12],
    steps: [
      ['stepIn', /^hyp_stub_vectors hyp-stub\.S:/, { granularity: 'instruction' }],
      ['next', /^hyp_stub_call hyp-stub\.S:/, { granularity: 'instruction' }],
      ['stepOut', /^smccc smccc\.S:13$/],
    ],
  },
  {
    title: 'into hvc by line',
    guest: 'hyp-stub.elf',
    from: ['common/smccc.S', 12],
    steps: [['stepIn', /^hyp_stub_vectors hyp-stub\.S:/]],
  },
  {
    title: 'over hvc to the played dispatcher',
    guest: 'first-event.elf',
    from: ['common/smccc.S', 12],
    steps: [['stepIn', /^smccc smccc\.S:13$/]],
  },
  {
    title: 'over smc of a client at EL2',
    guest: 'el2-client.elf',
    options: { client: 'EL2' },
    from: ['common/smccc.S', 12],
    steps: [['stepIn', /^smccc smccc\.S:13$/, { granularity: 'instruction' }]],
  },
];

for (const { title, guest, options, from, steps, says } of rows) {
  test(title, () =>
    withSession(async (client) => {
      await client.launch(guest, options);
      await runTo(client, ...from);
      for (const [command, where, args] of steps) {
        const stop = await client.go(command, args);
        assert.equal(stop.body.reason, 'step');
        assert.match(await top(client), where);
      }
      if (says !== undefined) assert.match(client.outputs('console'), says);
    }),
  );
}

test('a breakpoint in a handler that runs during a step stops there', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    await runTo(client, 'first-event.c', 76);
    await client.breakAt('first-event.c', 40);
    assert.equal((await client.go('next')).body.reason, 'breakpoint');
    assert.match(await top(client), /^on_event first-event\.c:40$/);
  }));

test('stepping every line of a guest to its end shows each line once per pass and ends with the guest', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    await runTo(client, 'first-event.c', 84);
    let steps = 0;
    for (let stop = await client.go('next'); stop.event === 'stopped'; stop = await client.go('next')) {
      steps++;
      assert.match(await top(client), /^(main|_start) /);
      assert.ok(steps < 60);
    }
    assert.match(client.outputs('stdout'), /2 events handled, power off/);
  }));

test('there is nothing to step out to from the outermost frame', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    assert.match((await client.ask('stepOut', { threadId: 1 })).message ?? '', /outermost frame/);
  }));

test('with singleThread the other PE stays where it is', () =>
  withSession(async (client) => {
    await client.launch('two-pes.elf', { cpus: 2 });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
    await client.start();
    assert.equal((await client.stop()).body.threadId, 2);
    const before = await client.pc(1);
    for (let count = 0; count < 5; count++) await client.go('stepIn', { threadId: 2, singleThread: true, granularity: 'instruction' });
    assert.equal(await client.pc(1), before);
  }));

test('a PE that is off cannot be stepped', () =>
  withSession(async (client) => {
    await client.launch('two-pes.elf', { cpus: 2, stopOnEntry: true });
    await client.start();
    await client.stop();
    const { message } = await client.ask('next', { threadId: 2 });
    assert.equal(message, 'PE1 is off and cannot be stepped. Continue until it is switched on (PSCI CPU_ON).');
  }));

test('going into handlers, by line: every stop forwards is one backwards, too, and it can be switched', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { stepIntoHandlers: true });
    await runTo(client, 'first-event.c', 76);
    const stops: string[] = [];
    const here = async () => `${await top(client)} ${await client.evaluate('$pc')} ${await client.evaluate('$time')}`;
    while (!/first-event\.c:67$/.test(await top(client)) && stops.length < 200) {
      stops.push(await here());
      await client.go('next');
    }
    assert.ok(stops.filter((stop) => stop.startsWith('sdei_handler_entry')).length > 5);
    assert.match(await top(client), /^signal_in_the_middle first-event\.c:67$/);
    assert.equal(client.outputs('console').includes('handled during the step'), false);
    for (const stop of stops.reverse()) {
      await client.go('stepBack');
      assert.equal(await here(), stop);
    }
    await client.request('sdei/setStepIntoHandlers', { enabled: false });
    await client.go('next');
    assert.match(await top(client), /^signal_in_the_middle first-event\.c:67$/);
    assert.match(client.outputs('console'), /1 event handled during the step: #0, /);
  }));
