/** What the editor's views read: all of it in one request, and none of it changes the guest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomRequests, SystemRegister, SystemRegisterValue, ViewAnswer, ViewPart } from '../../debug-adapter/custom-requests.ts';
import { makers } from '../../debug-adapter/makers.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { type SessionClient, withSession } from './support/session-client.ts';

const ask = async (client: SessionClient, parts: readonly ViewPart[]): Promise<readonly ViewAnswer[]> =>
  (await client.request('sdei/views', { parts })).answers;

async function registersOf(client: SessionClient, pe = 0): Promise<ReadonlyMap<string, SystemRegister & SystemRegisterValue>> {
  const [table, values] = (await ask(client, [
    { request: 'sdei/systemRegisterTable' },
    { request: 'sdei/systemRegisters', arguments: { pe } },
  ])) as [{ body: CustomRequests['sdei/systemRegisterTable'][1] }, { body: CustomRequests['sdei/systemRegisters'][1] }];
  assert.deepEqual(
    values.body.values.map(({ name }) => name),
    table.body.registers.map(({ name }) => name),
  );
  return new Map(table.body.registers.map((register, index) => [register.name, { ...register, ...values.body.values[index] }]));
}

async function stopInHandler(
  client: SessionClient,
  program = 'first-event',
  line = 'on_event',
  more: Record<string, unknown> = {},
): Promise<void> {
  await client.launch(`${program}.elf`, more);
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: line }] });
  await client.start();
  await client.stop();
}

test('what views show is read in one request, as it is read alone, and what cannot be read spoils nothing else', () =>
  withSession(async (client) => {
    await stopInHandler(client);
    const parts: ViewPart[] = [
      { request: 'sdei/state' },
      { request: 'sdei/pseudoRegisters', arguments: { pe: 7 } },
      { request: 'sdei/pseudoRegisters', arguments: { pe: 0 } },
      { request: 'sdei/systemRegisters', arguments: {} },
      { request: 'sdei/systemRegisters', arguments: { pe: 0 } },
      { request: 'sdei/timeline' },
      { request: 'sdei/trigger' as 'sdei/state', arguments: { event: 0, pe: 0 } },
    ];
    const answers = await ask(client, parts);
    for (const [index, { request, arguments: args = {} }] of parts.entries()) {
      const answer = answers[index];
      if ('body' in answer) assert.deepEqual(answer.body, await client.request(request, args), request);
    }
    assert.deepEqual(
      answers.map((answer) => ('error' in answer ? answer.error : 'body')),
      [
        'body',
        'There is no PE 7: this machine has PE 0 to 0.',
        'body',
        'Wrong arguments of sdei/systemRegisters: "pe" is missing.',
        'body',
        'body',
        '"sdei/trigger" is not a request of views. Use one of sdei/state, sdei/timeline, sdei/pseudoRegisters, sdei/systemRegisterTable, sdei/systemRegisters.',
      ],
    );
  }));

test('reading every system register changes nothing, and where a read of the guest would, that is said', async () => {
  let target: Target | undefined;
  const parts = {
    ...makers,
    createTarget: (machine: Parameters<typeof makers.createTarget>[0]) => (target = makers.createTarget(machine)),
  };
  await withSession(async (client) => {
    await stopInHandler(client, 'watchdog');
    assert.ok(target);
    const before = target.stateHash();
    const registers = await registersOf(client);
    assert.equal(target.stateHash(), before);
    for (const group of [0, 1]) assert.equal(registers.get(`ICC_IAR${group}_EL1`)?.unread, 'a read has an effect');
    assert.equal(registers.get('ICC_EOIR1_EL1')?.unread, 'write-only');
    for (const { name, value, unread } of registers.values()) {
      assert.notEqual(value === undefined, unread === undefined, name);
      if (unread === undefined) continue;
      // The same in expressions, which Variables and Watch show.
      assert.equal(await client.evaluate(`$${name}`), `<${unread}>`);
      const { message } = await client.ask('evaluate', { expression: `$${name} + 1`, context: 'watch' });
      assert.equal(message, `$${name} has no value to show: ${unread}.`);
    }
  }, parts);
});

test('values are those of the PE, with their code and what is UNKNOWN of them', () =>
  withSession(async (client) => {
    await stopInHandler(client, 'two-pes', 'on_event', { cpus: 2 });
    const [zero, one] = [await registersOf(client, 0), await registersOf(client, 1)];
    assert.deepEqual([zero.get('MPIDR_EL1')?.value, one.get('MPIDR_EL1')?.value], ['0x80000000', '0x80000001']);
    assert.match(zero.get('VBAR_EL1')?.symbol ?? '', /^\w+$/);
    assert.equal(zero.get('FAR_EL1')?.unknown, 'ESR_EL1.EC (0x0) is none that sets it');
    const { fields, ...sctlr } = zero.get('SCTLR_EL1') ?? assert.fail();
    assert.deepEqual(
      [sctlr.level, sctlr.group, sctlr.access, sctlr.encoding, sctlr.description],
      [1, 'Control', 'RW', 'S3_0_C1_C0_0', 'System control'],
    );
    assert.equal(BigInt(sctlr.writableBits) & 0x5n, 0x5n);
    assert.deepEqual(fields.at(-1), { name: 'M', msb: 0, lsb: 0, values: { 0: 'MMU off', 1: 'MMU on' } });
    assert.equal(zero.get('CurrentEL')?.level, 1);
    assert.equal(zero.get('ICC_SGI1R_EL1')?.access, 'WO');
  }));

test('a PE that is off says what it is, before it is on and behind CPU_OFF', () =>
  withSession(async (client) => {
    await client.launch('cpu-hotplug.elf', { cpus: 2, stopOnEntry: true, stopAtEnd: 'always' });
    await client.start();
    for (const _ of ['before', 'behind']) {
      await client.stop();
      assert.match((await client.request('threads')).threads[1].name, /off/);
      const { stackFrames } = await client.request('stackTrace', { threadId: 2, startFrame: 0, levels: 1 });
      assert.equal(await client.evaluate('$MPIDR_EL1', stackFrames[0].id), '0x80000001');
      assert.equal(await client.evaluate('$MPIDR_EL1.Aff0', stackFrames[0].id), '1');
      const [zero, one] = [await registersOf(client, 0), await registersOf(client, 1)];
      for (const name of ['MIDR_EL1', 'ID_AA64PFR0_EL1', 'ID_AA64MMFR0_EL1', 'CTR_EL0'])
        assert.equal(one.get(name)?.value, zero.get(name)?.value, name);
      await client.request('continue', { threadId: 1 });
    }
  }));

test('a field is set by its expression in the innermost frame of any PE', () =>
  withSession(async (client) => {
    await stopInHandler(client, 'two-pes', 'on_event', { cpus: 2 });
    for (const pe of [0, 1]) {
      const bit = async () => BigInt((await registersOf(client, pe)).get('SCTLR_EL1')?.value ?? assert.fail()) & 0x8000n;
      const before = await bit();
      const { stackFrames } = await client.request('stackTrace', { threadId: pe + 1, startFrame: 0, levels: 1 });
      const args = { expression: '$SCTLR_EL1.UCT', value: before === 0n ? '0x1' : '0x0', frameId: stackFrames[0].id };
      await client.request('setExpression', args);
      assert.notEqual(await bit(), before);
    }
  }));
