import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makers } from '../../debug-adapter/makers.ts';
import { RawClient, guest } from './support/raw-client.ts';
import { Machine } from '../../emulator/machine.ts';
import { type SessionClient, withSession } from './support/session-client.ts';

const GUEST_SOURCE = 'nested-critical.c';

/** Every core register, as the client sees them. */
async function registers(client: SessionClient): Promise<string> {
  const { stackFrames } = await client.request('stackTrace', { threadId: 1, levels: 1 });
  const names = [...Array.from({ length: 31 }, (_, n) => `x${n}`), 'sp', 'pc', 'pstate'];
  const values = [];
  for (const name of names) values.push(`${name} ${await client.evaluate(`$${name}`, stackFrames[0].id)}`);
  return values.join('\n');
}

async function stoppedAt(client: SessionClient, line: number, options: Record<string, unknown> = {}): Promise<void> {
  await client.launch('nested-critical.elf', options);
  const [{ line: actual }] = await client.breakAt(GUEST_SOURCE, line);
  assert.equal(actual, line);
  await client.start();
  assert.equal((await client.stop()).body.reason, 'breakpoint');
  await client.breakAt(GUEST_SOURCE);
}

test('steps by instruction across a dispatch, back and forward again: the same registers', () =>
  withSession(async (client) => {
    await stoppedAt(client, 75);
    const seen = [await registers(client)];
    for (let count = 0; count < 60; count++) {
      await client.go('stepIn', { granularity: 'instruction' });
      seen.push(await registers(client));
    }
    assert.match(client.outputs('console'), /2 events handled during the step: #806, \d+ instructions; #804/);
    for (let count = 59; count >= 0; count--) {
      assert.equal((await client.go('stepBack', { granularity: 'instruction' })).body.reason, 'step');
      assert.equal(await registers(client), seen[count], `after ${count} steps`);
    }
    for (let count = 1; count <= 60; count++) {
      await client.go('stepIn', { granularity: 'instruction' });
      assert.equal(await registers(client), seen[count], `forward again, after ${count} steps`);
    }
  }));

test('steps by line, back over calls and handlers, and out into the caller', () =>
  withSession(async (client) => {
    await stoppedAt(client, 67);
    const seen = [];
    for (let count = 0; count < 6; count++) {
      seen.push((await client.stack())[0]);
      await client.go('next');
    }
    for (const place of seen.reverse()) {
      await client.go('stepBack');
      assert.equal((await client.stack())[0], place);
    }
  }));

test('back from the first line of a function comes the line that called it', () =>
  withSession(async (client) => {
    await stoppedAt(client, 75);
    await client.go('stepIn');
    const stack = await client.stack();
    assert.match(stack[0], /^raise_event /);
    for (let count = 0; count < 3 && !/^main /.test((await client.stack())[0]); count++) await client.go('stepBack');
    assert.equal((await client.stack())[0], 'main nested-critical.c:75');
  }));

test('reverseContinue goes to the last breakpoint, to the last stop that a filter asks for, then to where history begins', () =>
  withSession(async (client) => {
    await stoppedAt(client, 80);
    const present = await registers(client);
    await client.breakAt(GUEST_SOURCE, 37);
    const stop = await client.go('reverseContinue');
    assert.equal(stop.body.reason, 'breakpoint');
    assert.match((await client.stack())[0], /^on_event nested-critical\.c:37$/);
    assert.match(client.outputs('console'), /In the past, at instruction \d+ of \d+\. Going on repeats what happened/);
    const { threads } = await client.request('threads');
    assert.match(threads[0].name, /SDEI #806 · in the past: instruction \d+ of \d+$/);

    await client.request('setExceptionBreakpoints', { filters: ['sdei.dispatch'] });
    const dispatch = await client.go('reverseContinue');
    assert.equal(dispatch.body.text?.includes('SDEI event 806'), true);
    const start = await client.go('reverseContinue');
    assert.deepEqual([start.body.reason, start.body.text], ['step', 'Nothing is on record before this instruction.']);

    await client.request('setExceptionBreakpoints', { filters: [] });
    assert.equal((await client.go('continue')).body.reason, 'breakpoint');
    await client.breakAt(GUEST_SOURCE, 80);
    assert.equal((await client.go('continue')).body.reason, 'breakpoint');
    assert.equal(await registers(client), present);
    assert.match(client.outputs('console'), /In the present again, at instruction \d+\./);
    await client.breakAt(GUEST_SOURCE);
    assert.equal((await client.go('continue')).event, 'terminated');
    assert.equal(client.outputs('stdout').match(/enter event 806/g)?.length, 1);
  }));

test('an edit in the past begins another future, and it is said', () =>
  withSession(async (client) => {
    await stoppedAt(client, 80);
    await client.breakAt(GUEST_SOURCE, 37);
    await client.go('reverseContinue');
    await client.request('evaluate', { expression: '$x28 = 5', context: 'repl' });
    assert.match(
      client.outputs('console'),
      /Another future begins at instruction \d+, "branch 1": what came after it is kept as branch "main"\./,
    );
    const { threads } = await client.request('threads');
    assert.doesNotMatch(threads[0].name, /past/);
    assert.equal((await client.go('continue')).event, 'terminated');
  }));

test('with "history": false there is no way back, and it is said how to have one', () =>
  withSession(async (client) => {
    await stoppedAt(client, 75, { history: false });
    const { success, message } = await client.ask('stepBack', { threadId: 1 });
    assert.deepEqual(
      [success, message],
      [false, 'No history is kept: there is no way back. Remove "history": false from the launch configuration.'],
    );
    assert.ok(client.messages.every(({ event }) => event !== 'capabilities'));
  }));

test('stepping back is offered once there is something to go back to', async (context) => {
  const client = new RawClient(context);
  const { body } = await client.request('initialize', { adapterID: 'sdei' });
  assert.equal(body.supportsStepBack, undefined);
  await client.request('launch', { program: guest('nested-critical.elf'), stopOnEntry: true });
  await client.request('configurationDone');
  await client.event('stopped');
  assert.ok(client.messages.every((message) => message.event !== 'capabilities'));
  const pcs: string[] = [];
  const pc = async (): Promise<string> => {
    const { body: stack } = await client.request('stackTrace', { threadId: 1, levels: 1 });
    return stack.stackFrames[0].instructionPointerReference;
  };
  for (let count = 0; count < 20; count++) {
    pcs.push(await pc());
    await client.request('stepIn', { threadId: 1, granularity: 'instruction' });
    await client.event('stopped');
  }
  assert.deepEqual(await client.event('capabilities'), { capabilities: { supportsStepBack: true } });
  for (const expected of pcs.reverse()) {
    await client.request('stepBack', { threadId: 1, granularity: 'instruction' });
    await client.event('stopped');
    assert.equal(await pc(), expected);
  }
  await client.end();
});

/** `function file:line` of the innermost frame. */
const here = async (client: SessionClient): Promise<string> => (await client.stack())[0];

test('back out of a function to its call, and out of a handler to what it interrupted', () =>
  withSession(async (client) => {
    await stoppedAt(client, 37);
    assert.equal(await here(client), 'on_event nested-critical.c:37');
    const outer = (await client.stack()).slice(1);
    await client.go('sdei/stepBackOut');
    assert.match(await here(client), /^sdei_handler_entry handler-entry\.S:/);
    await client.go('sdei/stepBackOut');
    const stack = await client.stack();
    assert.match(stack[0], /^smccc /);
    assert.deepEqual(stack.slice(1), outer.slice(outer.indexOf(stack[1])));
    assert.doesNotMatch((await client.request('threads')).threads[0].name, /SDEI/);
  }));

/** A PE sleeps while another one works: what that has done is not looked through one instruction after the other. */
for (const [command, args, end] of [
  ['stepBack', { granularity: 'instruction' }, 'wait_for two-pes.c:28'],
  ['stepBack', {}, 'wait_for two-pes.c:28'],
  ['sdei/stepBackInto', {}, 'wait_for two-pes.c:28'],
] as const) {
  test(`back from where a PE has long slept: ${command} ${JSON.stringify(args)}`, () => {
    let repeated = 0;
    const createTarget: typeof makers.createTarget = (...how) => {
      const target = makers.createTarget(...how);
      const { timeTravel } = target;
      const repeatOne = (): void => {
        repeated++;
        timeTravel.repeatOne();
      };
      return Object.assign(Object.create(target), { timeTravel: Object.assign(Object.create(timeTravel), { repeatOne }) });
    };
    return withSession(
      async (client) => {
        await client.launch('two-pes.elf', { cpus: 2 });
        await client.breakAt('two-pes.c', 36);
        await client.start();
        assert.equal((await client.stop()).body.threadId, 2);
        const asleep = await client.pc(1);
        await client.go(command, args);
        assert.equal((await client.stack(1))[0], end);
        if (command === 'stepBack' && 'granularity' in args) assert.equal(await client.pc(1), asleep - 4n);
        assert.ok(repeated < 200, `${repeated} instructions looked at`);
      },
      { ...makers, createTarget },
    );
  });
}

test('back into a function that has returned', () =>
  withSession(async (client) => {
    await stoppedAt(client, 75);
    await client.go('sdei/stepBackInto');
    const [innermost, ...others] = await client.stack();
    assert.doesNotMatch(innermost, /^main /);
    assert.ok(
      others.some((line) => line.startsWith('main ')),
      others.join('\n'),
    );
  }));

test('the last write to a variable, a register, a system register and a pseudo register', () =>
  withSession(async (client) => {
    await stoppedAt(client, 80);
    const rows: readonly [name: string, text: RegExp, stack: RegExp][] = [
      ['critical_source.handled', /writes critical_source\.handled, which becomes 1\.$/, /^on_event nested-critical\.c:32$/],
      ['$VBAR_EL1', /writes \$VBAR_EL1, which becomes 0x[0-9a-f]+\.$/, /crt0\.S/],
      ['$KVM_REG_ARM_SDEI_PE_STATE', /writes \$KVM_REG_ARM_SDEI_PE_STATE, which becomes 0\.$/, /smccc/],
      ['$sdei_event', /which becomes/, /smccc|handler-entry/],
      ['$x19', /writes \$x19, which becomes/, /./],
    ];
    for (const [name, text, stack] of rows) {
      const { body } = await client.go('sdei/lastWrite', { name });
      assert.match(body.text ?? '', text);
      assert.match(await here(client), stack);
      await client.breakAt(GUEST_SOURCE, 80);
      assert.equal((await client.go('continue')).body.reason, 'breakpoint');
      await client.breakAt(GUEST_SOURCE);
    }
    const now = await registers(client);
    const { body } = await client.go('sdei/lastWrite', { name: '$VBAR_EL2' });
    assert.match(body.text ?? '', /^\$VBAR_EL2 has not been written since instruction \d+, where history begins\.$/);
    assert.equal(await registers(client), now);
  }));

test('bookmarks and instruction counts are places to go to', () =>
  withSession(async (client) => {
    await stoppedAt(client, 67);
    const early = await registers(client);
    const { instruction, place } = await client.request('sdei/addBookmark', { name: 'early' });
    assert.match(place, /^main\+0x[0-9a-f]+ \(nested-critical\.c:67\)$/);
    await client.breakAt(GUEST_SOURCE, 80);
    await client.go('continue');
    await client.request('sdei/addBookmark', { name: 'late' });
    assert.equal((await client.go('sdei/goTo', { bookmark: 'early' })).body.reason, 'goto');
    assert.equal(await registers(client), early);
    await client.go('sdei/goTo', { instruction: instruction + 1 });
    const { bookmarks, time } = await client.request('sdei/bookmarks');
    assert.deepEqual(
      bookmarks.map(({ name }: { name: string }) => name),
      ['early', 'late'],
    );
    assert.deepEqual([time.now, time.isInPast], [instruction + 1, true]);
    assert.deepEqual(client.messages.filter(({ event }) => event === 'sdei/time').at(-1)?.body, time);
    const { success, message } = await client.ask('sdei/goTo', { threadId: 1, instruction: time.to + 1 });
    assert.deepEqual(
      [success, message],
      [false, `Instruction ${time.to + 1} is not on record. One can go to instructions ${time.from} to ${time.to}.`],
    );
    await client.request('evaluate', { expression: '$x28 = 5', context: 'repl' });
    assert.equal((await client.request('sdei/bookmarks')).bookmarks.length, 1, 'another future has no late bookmark');
    assert.match((await client.ask('sdei/goTo', { threadId: 1, bookmark: 'late' })).message ?? '', /no bookmark "late".*early/);
  }));

const badNames: readonly (readonly [name: string, problem: string])[] = [
  ['', 'it could not be written behind "goto"'],
  [' early', 'it could not be written behind "goto"'],
  ['two  blanks', 'it could not be written behind "goto"'],
  ['1,000', '"goto" takes that for an instruction'],
  ['@7', '"goto" takes that for an instruction'],
  ['start', '"goto" has that word for itself'],
];
test('a bookmark has a name that goto reaches it by', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf', { stopOnEntry: true });
    await client.start();
    await client.stop();
    const said = async (name: string) => (await client.ask('sdei/addBookmark', { name })).message;
    for (const [name, problem] of badNames)
      assert.equal(await said(name), `A bookmark cannot be called "${name}": ${problem}. Give it another name.`);
    assert.match((await said('a'.repeat(81))) ?? '', /^A bookmark cannot be called "a{59}…": 80 characters are the most\./);
    assert.deepEqual((await client.request('sdei/bookmarks')).bookmarks, []);
    for (const name of ['a'.repeat(80), '1st event', 'end of it']) {
      assert.equal(await said(name), undefined);
      await client.request('evaluate', { expression: `goto ${name}`, context: 'repl' });
      await client.stop();
    }
    assert.match(
      (await client.ask('evaluate', { expression: 'goto -5', context: 'repl' })).message ?? '',
      /^There is no bookmark "-5"\. There are: /,
    );
  }));

test('a stop in the past says so', () =>
  withSession(async (client) => {
    await stoppedAt(client, 80);
    const stopped = (await client.go('stepBack')).body as { description?: string };
    assert.equal(stopped.description, 'In the past: paused on step');
  }));

test('history that has too little memory for what the guest writes says so once, and how far back one can go', () =>
  withSession(async (client) => {
    await client.launch('../../bench/memory.elf', { history: '1M', memory: '128M' });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'psci_system_off' }] });
    await client.start();
    await client.stop();
    const [, from] =
      /^History has too little memory for what the guest writes .* one can go back to instruction (\d+) now, .* Give "history" more memory\.$/m.exec(
        client.outputs('console'),
      ) ?? [];
    assert.ok(Number(from) > 0, client.outputs('console'));
    const { time } = await client.request('sdei/bookmarks');
    assert.equal(time.from, Number(from));
    await client.go('sdei/goTo', { instruction: time.from });
    assert.equal((await client.go('reverseContinue')).body.text, 'Nothing is on record before this instruction.');
    await client.go('continue');
    assert.equal(client.outputs('console').match(/^History has/gm)?.length, 1);
  }));

test('what would change the guest is refused while it goes backwards', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    await client.breakAt('first-event.c', 103);
    await client.start();
    await client.stop();
    await client.breakAt('first-event.c');
    client.session.receive({ seq: 1000, type: 'request', command: 'reverseContinue', arguments: { threadId: 1 } });
    assert.equal((await client.ask('sdei/trigger', { event: 804, pe: 0 })).message, 'notStopped');
    assert.notEqual((await client.stop()).body.reason, 'exception');
    assert.equal((await client.go('continue')).event, 'terminated');
  }));

const endRows: readonly (readonly [title: string, launch: Record<string, unknown>, breaks: boolean, stops: boolean])[] = [
  ['by default', {}, true, false],
  ['asked for after a stop, without one', { stopAtEnd: 'afterStop' }, false, false],
  ['asked for after a stop, with one', { stopAtEnd: 'afterStop' }, true, true],
  ['asked for always', { stopAtEnd: 'always' }, false, true],
  ['asked for always, without a history', { stopAtEnd: 'always', history: false }, false, false],
  ['asked for always, run without debugging', { stopAtEnd: 'always', noDebug: true }, false, false],
];
for (const [title, launch, breaks, stops] of endRows) {
  test(`the end of a guest ${stops ? 'is a stop' : 'ends the session'}: ${title}`, () =>
    withSession(async (client) => {
      await client.launch('nested-critical.elf', launch);
      if (breaks) await client.breakAt(GUEST_SOURCE, 80);
      await client.start();
      if (breaks) {
        await client.stop();
        await client.request('continue', { threadId: 1 });
      }
      const { event, body } = await client.stop();
      assert.equal(event, stops ? 'stopped' : 'terminated');
      if (stops)
        assert.match(body.text ?? '', /^The guest has switched itself off \(PSCI SYSTEM_OFF\)\. Go back from here, or continue to end/);
    }));
}

test('from its end one goes back and comes again; going on from there ends the session, and an edit makes another future', () =>
  withSession(async (client) => {
    await client.launch('nested-critical.elf', { stopAtEnd: 'always' });
    await client.start();
    await client.stop();
    const end = await client.evaluate('$time');
    assert.match((await here(client)) ?? '', /^smccc /);
    await client.go('stepBack', { granularity: 'instruction' });
    assert.equal(Number(await client.evaluate('$time')), Number(end) - 1);
    await client.breakAt(GUEST_SOURCE, 37);
    assert.equal((await client.go('reverseContinue')).body.reason, 'breakpoint');
    await client.breakAt(GUEST_SOURCE);
    assert.equal((await client.go('continue')).body.reason, 'pause');
    assert.equal(await client.evaluate('$time'), end);
    // The call is not made: the code behind it runs.
    await client.request('evaluate', { expression: '$x28 = 5', context: 'repl' });
    await client.go('stepIn', { granularity: 'instruction' });
    assert.equal(Number(await client.evaluate('$time')), Number(end) + 1);
    await client.go('stepBack', { granularity: 'instruction' });
    await client.go('stepBack', { granularity: 'instruction' });
    await client.request('evaluate', { expression: '$x28 = 6', context: 'repl' });
    assert.equal((await client.go('continue')).body.reason, 'pause');
    assert.equal((await client.go('next')).event, 'terminated');
    assert.equal(client.outputs('stdout').match(/enter event 806/g)?.length, 1);
    assert.equal(client.messages.filter(({ event }) => event === 'exited').length, 1);
  }));

/** Stands in the past of a guest whose PE1 sleeps, with so much behind it that PE0 has done by spinning. */
async function pastOfASleeper(client: SessionClient): Promise<void> {
  await client.launch('two-pes.elf', { cpus: 2 });
  await client.breakAt('two-pes.c', 73);
  await client.start();
  await client.stop();
  const stood = Number(await client.evaluate('$time'));
  const branchToItself = btoa('\x00\x00\x00\x14');
  await client.request('writeMemory', { memoryReference: `0x${(await client.pc()).toString(16)}`, data: branchToItself });
  await client.breakAt('two-pes.c');
  // However busy the host is, repeating that takes longer than a pause.
  for (let now = stood; now < stood + 300_000_000; now = Number(await client.evaluate('$time'))) {
    await client.request('continue', { threadId: 1 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.go('pause');
  }
  await client.go('sdei/goTo', { instruction: stood + 100 });
}

for (const [request, args] of [
  ['next', { singleThread: true }],
  ['next', {}],
  ['stepIn', { singleThread: true, granularity: 'instruction' }],
] as const) {
  test(`a step in the past of a PE that sleeps while others run can be paused: ${request} ${JSON.stringify(args)}`, () =>
    withSession(async (client) => {
      await pastOfASleeper(client);
      await client.request(request, { threadId: 2, ...args });
      const { body } = await client.go('pause', { threadId: 2 });
      assert.deepEqual([body.reason, body.threadId], ['pause', 2]);
      const [, { name }] = (await client.request('threads')).threads;
      assert.match(name, /^PE1 · EL1h · waiting · in the past/);
    }));
}

test('a PE that goes on alone in the past takes the others with it, as recorded, and says so; one that cannot is the one that stops', () =>
  withSession(async (client) => {
    await client.launch('two-pes.elf', { cpus: 2 });
    await client.breakAt('two-pes.c', 73);
    await client.start();
    await client.stop();
    const stood = await client.evaluate('$time');
    assert.deepEqual(await client.request('continue', { threadId: 2, singleThread: true }), { allThreadsContinued: false });
    const { body } = await client.stop();
    assert.deepEqual([body.description, body.threadId], ['The PE cannot go on alone', 2]);
    await client.go('sdei/goTo', { instruction: 1000 });
    assert.deepEqual(await client.request('continue', { threadId: 2, singleThread: true }), { allThreadsContinued: true });
    assert.deepEqual((await client.stop()).body, body);
    assert.equal(await client.evaluate('$time'), stood);
  }));

for (const [what, watch] of [
  ['a breakpoint', false],
  ['a data breakpoint', true],
] as const) {
  test(`reverseContinue with singleThread stops only at ${what} that its own PE met, in the order of time`, () =>
    withSession(async (client) => {
      await client.launch('two-pes.elf', { cpus: 2, stopAtEnd: 'always' });
      if (watch) {
        const { dataId } = await client.request('dataBreakpointInfo', { name: 'step' });
        await client.request('setDataBreakpoints', { breakpoints: [{ dataId: dataId as string, accessType: 'write' }] });
      } else await client.breakAt('two-pes.c', 17, 27, 35);
      await client.start();
      const forwards: number[] = [];
      let stopped = await client.stop();
      for (; stopped.body.reason !== 'pause'; stopped = await client.go('continue')) forwards.push(Number(stopped.body.threadId));
      assert.ok(forwards.includes(1) && forwards.includes(2), forwards.join());
      const end = Number(await client.evaluate('$time'));
      for (const singleThread of [undefined, false, true]) {
        for (const threadId of [1, 2]) {
          await client.go('sdei/goTo', { instruction: end });
          const met: number[] = [];
          for (;;) {
            const { body } = await client.go('reverseContinue', { threadId, ...(singleThread === undefined ? {} : { singleThread }) });
            if (body.text === 'Nothing is on record before this instruction.') break;
            met.unshift(Number(body.threadId));
          }
          assert.deepEqual(met, singleThread === true ? forwards.filter((one) => one === threadId) : forwards);
        }
      }
    }));
}

for (const [what, hasBreakpoint, singleThread] of [
  ['a data breakpoint alone', false, false],
  ['beside a breakpoint, of that PE only', true, true],
] as const) {
  test(`reverseContinue to a register of a PE that sleeps does not repeat what others did meanwhile: ${what}`, (t) =>
    withSession(async (client) => {
      await pastOfASleeper(client);
      const { time } = await client.request('sdei/bookmarks');
      await client.go('sdei/goTo', { instruction: time?.to as number });
      await client.request('setDataBreakpoints', { breakpoints: [{ dataId: 'pe1/cell/sp', accessType: 'write' }] });
      if (hasBreakpoint) await client.breakAt('two-pes.c', 78);
      let executed = 0;
      const { run } = Machine.prototype;
      t.mock.method(Machine.prototype, 'run', function (this: Machine, ...args: Parameters<typeof run>) {
        const before = this.instructions;
        const stop = run.apply(this, args);
        executed += this.instructions - before;
        return stop;
      });
      const { body } = await client.go('reverseContinue', { threadId: 2, singleThread });
      assert.deepEqual([body.reason, body.threadId], ['data breakpoint', 2]);
      assert.ok(executed < 100_000_000, `${executed.toLocaleString('en')} instructions were repeated`);
    }));
}

test('where the present was left at a hit, the hit is met again and not counted again', async () => {
  const places: string[][] = [];
  for (const goesBack of [false, true]) {
    await withSession(async (client) => {
      await client.launch('first-event.elf', { stopAtEnd: 'always' });
      await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'print', hitCondition: '%2' }] });
      const { dataId } = await client.request('dataBreakpointInfo', { name: 'event_log.handled' });
      await client.request('setDataBreakpoints', { breakpoints: [{ dataId, hitCondition: '%2' }] });
      await client.start();
      const seen: string[] = [];
      for (let stop = await client.stop(); stop.body.reason !== 'pause'; stop = await client.go('continue')) {
        const here = `${stop.body.reason} ${await client.evaluate('$time')}`;
        seen.push(here);
        if (!goesBack) continue;
        await client.go('stepBack', { granularity: 'instruction' });
        const again = await client.go('continue');
        assert.equal(`${again.body.reason} ${await client.evaluate('$time')}`, here);
      }
      places.push(seen);
    });
  }
  assert.ok(places[0].length > 3);
  assert.deepEqual(places[1], places[0]);
});
