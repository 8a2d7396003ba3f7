import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SessionClient, withSession } from './support/session-client.ts';

async function stoppedInMain(client: SessionClient, options: Record<string, unknown> = {}): Promise<void> {
  await client.launch('nested-critical.elf', options);
  await client.breakAt('nested-critical.c', 75);
  await client.start();
  await client.stop();
  await client.breakAt('nested-critical.c');
}

async function watch(
  client: SessionClient,
  name: string,
  more: Record<string, unknown> = {},
  args: Record<string, unknown> = {},
): Promise<number> {
  const { dataId, accessTypes } = await client.request('dataBreakpointInfo', { name, ...args });
  assert.ok(accessTypes.includes(more.accessType ?? 'write'), String(accessTypes));
  const { breakpoints } = await client.request('setDataBreakpoints', { breakpoints: [{ dataId, ...more }] });
  assert.deepEqual(breakpoints, [{ id: breakpoints[0].id, verified: true }]);
  return breakpoints[0].id;
}

/** Continues to the end. @returns text and place of every stop */
async function stops(client: SessionClient, id: number): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const { event, body } = await client.go('continue');
    if (event === 'terminated') return seen;
    assert.equal(body.reason, 'data breakpoint');
    assert.deepEqual(body.hitBreakpointIds, [id]);
    seen.push(`${body.text} | ${(await client.stack())[0]}`);
  }
}

test('a variable: each change, with the values and the place that made it', () =>
  withSession(async (client) => {
    await stoppedInMain(client);
    const id = await watch(client, 'depth');
    assert.deepEqual(await stops(client, id), [
      'depth: 0 → 1, by the instruction at on_event+0x28 (nested-critical.c:29). | on_event nested-critical.c:31',
      'depth: 1 → 2, by the instruction at on_event+0x28 (nested-critical.c:29). | on_event nested-critical.c:31',
      'depth: 2 → 1, by the instruction at on_event+0xc8 (nested-critical.c:46). | on_event nested-critical.c:48',
      'depth: 1 → 0, by the instruction at on_event+0xc8 (nested-critical.c:46). | on_event nested-critical.c:48',
    ]);
  }));

const rows: readonly [what: string, name: string, more: Record<string, unknown>, texts: readonly RegExp[]][] = [
  ['a member, of a variable', 'critical_source.handled', {}, [/^critical_source\.handled: 0 → 1, .*nested-critical\.c:32/]],
  ['with a condition', 'depth', { condition: 'depth == 2' }, [/^depth: 1 → 2/]],
  ['with a hit count', 'depth', { hitCondition: '3' }, [/^depth: 2 → 1/]],
  ['whoever reads it', 'critical_source.handled', { accessType: 'read' }, [/was read .*:32/, /was read .*:80/]],
  ['every access', 'critical_source.handled', { accessType: 'readWrite' }, [/was read .*:32/, /0 → 1, .*:32/, /was read .*:80/]],
  ['a pseudo register', '$KVM_REG_ARM_SDEI_PE_STATE', {}, []],
  ['the number of handlers that run', '$sdei_depth', {}, [/0 → 1/, /1 → 2/, /2 → 1/, /1 → 0/]],
  ['a system register', '$VBAR_EL1', {}, []],
  ['a field of PSTATE, written by the dispatcher', '$pstate.SP', {}, []],
];
for (const [what, name, more, texts] of rows) {
  test(`${what}: ${name} ${JSON.stringify(more)}`, () =>
    withSession(async (client) => {
      await stoppedInMain(client);
      const id = await watch(client, name, more);
      const seen = await stops(client, id);
      assert.equal(seen.length, texts.length, seen.join('\n'));
      for (const [index, text] of texts.entries()) assert.match(seen[index], text);
    }));
}

test('a variable of the Variables view, and a register of its group', () =>
  withSession(async (client) => {
    await stoppedInMain(client);
    const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
    const { scopes } = await client.request('scopes', { frameId: stackFrames[0].id });
    const reference = (name: string): number => scopes.find((scope: { name: string }) => scope.name === name).variablesReference;
    await client.request('variables', { variablesReference: reference('Registers') });
    const id = await watch(client, 'x19', {}, { variablesReference: reference('Registers') });
    const { body } = await client.go('continue');
    assert.deepEqual(body.hitBreakpointIds, [id]);
    assert.match(body.text ?? '', /^\$x19: \S+ → \S+, by the instruction at \S+/);
    const local = await client.request('dataBreakpointInfo', { variablesReference: reference('Locals'), name: 'status' });
    assert.equal(local.dataId === null, true, 'an earlier stop');
  }));

/** Whether it is worth keeping for the next session. */
const kept: readonly [name: string, canPersist: boolean][] = [
  ['event_log', true],
  ['event_log.interrupted_x[1]', true],
  ['$x19', true],
  ['$SCTLR_EL1.M', true],
  // In a register at present, and on the stack.
  ['event', false],
  ['*(long *)$sp', false],
];
test('what belongs to a frame is not kept for the next session', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    await client.breakAt('first-event.c', 44);
    await client.start();
    await client.stop();
    for (const [name, canPersist] of kept)
      assert.equal((await client.request('dataBreakpointInfo', { name })).canPersist, canPersist, name);
    const none = await client.ask('dataBreakpointInfo', { name: '0x40103000', asAddress: true, bytes: 0 });
    assert.equal(none.message, '"bytes" is 0: at least one byte can be watched.');
  }));

const refused: readonly [name: string, description: string][] = [
  ['$pc', '$pc changes with every instruction: there is nothing to watch.'],
  ['$CNTVCT_EL0', '$CNTVCT_EL0 changes with every instruction: there is nothing to watch.'],
  ['depth + 1', "'depth + 1' is a computed value: it has no place that could be watched."],
  ['nothing', "No variable 'nothing' here."],
];
for (const [name, description] of refused) {
  test(`not watched: ${name}`, () =>
    withSession(async (client) => {
      await stoppedInMain(client);
      assert.deepEqual(await client.request('dataBreakpointInfo', { name }), { dataId: null, description });
    }));
}

test('a data id of an earlier session waits for the launch, and nonsense is refused in words', () =>
  withSession(async (client) => {
    await client.request('initialize', { adapterID: 'sdei' });
    const ids = ['pe0/cell/VBAR_EL2', 'pe7/cell/x0', 'pe0/cell/x99'];
    const { breakpoints } = await client.request('setDataBreakpoints', { breakpoints: ids.map((dataId) => ({ dataId })) });
    for (const { verified, message } of breakpoints) assert.deepEqual([verified, message], [false, 'Waits for the program to be loaded.']);
    await client.launch('hyp-stub.elf');
    const changed = client.messages
      .filter(({ event }) => event === 'breakpoint')
      .map(({ body }) => (body as { breakpoint: unknown }).breakpoint);
    assert.deepEqual(changed, [
      { id: 1, verified: true },
      { id: 2, verified: false, reason: 'failed', message: changed[1] && (changed[1] as { message: string }).message },
      { id: 3, verified: false, reason: 'failed', message: 'There is no register "x99".' },
    ]);
    await client.start();
    const { body } = await client.stop();
    assert.match(body.text ?? '', /^\$VBAR_EL2: \S+ → \S+, by the instruction at /);
  }));

test('backwards: before the instruction that made the last change, across handlers, and from there to the one before', () =>
  withSession(async (client) => {
    await client.launch('nested-critical.elf');
    await client.breakAt('nested-critical.c', 80);
    await client.start();
    await client.stop();
    await client.breakAt('nested-critical.c');
    await watch(client, 'depth');
    const seen = [];
    for (let count = 0; count < 5; count++) {
      const { body } = await client.go('reverseContinue');
      seen.push([body.reason, body.text, await client.evaluate('depth')]);
    }
    const ahead = (at: string, becomes: number) => `The instruction at on_event+${at} writes depth, which becomes ${becomes}.`;
    assert.deepEqual(seen, [
      ['data breakpoint', ahead('0xc8 (nested-critical.c:46)', 0), '1'],
      ['data breakpoint', ahead('0xc8 (nested-critical.c:46)', 1), '2'],
      ['data breakpoint', ahead('0x28 (nested-critical.c:29)', 2), '1'],
      ['data breakpoint', ahead('0x28 (nested-critical.c:29)', 1), '0'],
      ['step', 'Nothing is on record before this instruction.', '0'],
    ]);
    const { body } = await client.go('continue');
    assert.match(body.text ?? '', /^depth: 0 → 1/);
  }));

test('an address of a space: physical, or as a PE sees it at an exception level', () =>
  withSession(async (client) => {
    await stoppedInMain(client);
    const address = await client.evaluate('&depth,x');
    for (const [name, dataId] of [
      [`PA:${address}`, `PA/memory/${address}/4`],
      [`el1:${address}`, `EL1@PE0/memory/${address}/4`],
      [`EL2@PE0:${address}`, `EL2@PE0/memory/${address}/4`],
    ]) {
      const { accessTypes, ...info } = await client.request('dataBreakpointInfo', { name, asAddress: true, bytes: 4 });
      assert.deepEqual(info, { dataId, description: `${name}, 4 bytes at ${address}`, canPersist: true });
    }
    const id = await watch(client, `PA:${address}`, {}, { asAddress: true, bytes: 4 });
    const { body } = await client.go('continue');
    assert.deepEqual(
      [body.hitBreakpointIds, body.text],
      [[id], `PA:${address}: 0 → 1, by the instruction at on_event+0x28 (nested-critical.c:29).`],
    );
    // Ids of an earlier session.
    const dataIds = [
      `EL1@PE0/memory/${address}/4`,
      'PA/memory/0xffffffffffffffff/4',
      `EL1@PE1/memory/${address}/4`,
      `EL3@PE0/memory/${address}/4`,
    ];
    const { breakpoints } = await client.request('setDataBreakpoints', { breakpoints: dataIds.map((dataId) => ({ dataId })) });
    assert.deepEqual(
      breakpoints.map(({ verified, reason }: { verified: boolean; reason?: string }) => [verified, reason]),
      [
        [true, undefined],
        [false, 'pending'],
        [false, 'failed'],
        [false, 'failed'],
      ],
    );
    const next = await client.go('continue');
    assert.match(next.body.text ?? '', new RegExp(`^EL1:${address}: 1 → 2, `, 'i'));
    const refusedInfo = await client.ask('dataBreakpointInfo', { name: `EL3:${address}`, asAddress: true });
    assert.match(refusedInfo.message ?? '', /^name "EL3:0x\w+" names no memory\./);
    const noPe = await client.ask('dataBreakpointInfo', { name: `EL1@PE4:${address}`, asAddress: true });
    assert.match(noPe.message ?? '', /PE ?4/);
  }));

test('what cannot be watched is not offered, and what is wrong with a data breakpoint is told where it is set', () =>
  withSession(async (client) => {
    await stoppedInMain(client);
    const info = (name: string, bytes: number) => client.request('dataBreakpointInfo', { name, asAddress: true, bytes });
    assert.deepEqual(await info('0x40100000', 999_999_999_999), {
      dataId: null,
      description: '_start has 999999999999 bytes, and 1048576 are the most that is watched at once: watch a part of it.',
    });
    assert.match((await info('0xffffffffffffffff', 8)).description, /: the last of 8 bytes is outside the 64-bit address space\.$/);
    assert.ok((await info('0xffffffffffffffff', 1)).dataId);
    const { dataId } = await client.request('dataBreakpointInfo', { name: 'depth' });
    const set = async (more: object) => (await client.request('setDataBreakpoints', { breakpoints: [{ dataId, ...more }] })).breakpoints[0];
    for (const [more, message] of [
      [{ accessType: 'weird' }, 'There is no access "weird". Write "read", "write" or "readWrite".'],
      [{ condition: '1 +' }, "The expression '1 +' ends too early."],
      [{ hitCondition: '99999999999999999999' }, 'Hit condition "99999999999999999999" never holds: hits count from 1 to 1000000000.'],
    ] as const) {
      const { verified, message: said, reason } = await set(more);
      assert.deepEqual([verified, said, reason], [false, message, 'failed']);
    }
    // Names and types mean what they do where the write happens.
    for (const condition of ['nowhere == 1', '(some_type)depth == 1', '(depth) + 1 == 2'])
      assert.equal((await set({ condition })).verified, true);
  }));

test('backwards from right behind an instruction that was told of for something else first', () =>
  withSession(async (client) => {
    await client.launch('faulty-handlers.elf', { stopAtEnd: 'always' });
    await client.start();
    await client.stop();
    // This call ends a handler that has changed X19, which is told in any case, and leads to the next one.
    const { instants } = await client.request('sdei/timeline');
    const { id, instruction } = instants.find(({ text }: { text: string }) => text.startsWith('Event 806 '));
    await client.go('sdei/goTo', { instant: id });
    const { dataId } = await client.request('dataBreakpointInfo', { name: '$x0' });
    await client.request('setDataBreakpoints', { breakpoints: [{ dataId }] });
    const { body } = await client.go('reverseContinue');
    assert.match(String(body.text), /^The instruction at handler_of_0\+0x4c .* writes \$x0, which becomes 0x326\.$/);
    assert.equal(Number(await client.evaluate('$time')), instruction);
  }));
