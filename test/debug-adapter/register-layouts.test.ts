/** Registers whose bits mean something else in another state: fields by the layout that holds, wherever they are shown or named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SystemRegister, SystemRegisterValue } from '../../debug-adapter/custom-requests.ts';
import { targetDescription } from '../../debug-adapter/gdb-server/target-description.ts';
import { gdbRegisters } from '../../debug-adapter/gdb-server/registers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { guest } from '../cli/sdei-debug.ts';
import { type SessionClient, withSession } from './support/session-client.ts';

const E2H = 1n << 34n;
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** At its first instruction, at EL2, with these values. */
async function withRegisters(client: SessionClient, values: Readonly<Record<string, bigint>>): Promise<void> {
  await client.launch('el2-client.elf', { client: 'EL2', stopOnEntry: true });
  await client.start();
  await client.stop();
  for (const [name, value] of Object.entries(values)) await client.request('setExpression', { expression: `$${name}`, value: hex(value) });
}

/** In this state a field reads so; a text in slashes: that error. */
const rows: readonly (readonly [state: Readonly<Record<string, bigint>>, fields: Readonly<Record<string, string | RegExp>>])[] = [
  [
    { HCR_EL2: 0n, TCR_EL2: 0x8013_3519n },
    {
      'TCR_EL2.TBI': '1',
      'TCR_EL2.PS': '3 (42 bits)',
      'TCR_EL2.T0SZ': '0x19',
      'TCR_EL2.T1SZ': /\$TCR_EL2 has no field 'T1SZ' while HCR_EL2\.E2H = 0\. Its fields then are TBI, PS, TG0, SH0, ORGN0, IRGN0, T0SZ\./,
    },
  ],
  [
    { HCR_EL2: E2H, TCR_EL2: 0x5_b513_3519n },
    {
      'TCR_EL2.T1SZ': '0x13',
      'TCR_EL2.TG1': '2 (4 KB)',
      'TCR_EL2.IPS': '5 (48 bits)',
      'TCR_EL2.T0SZ': '0x19',
      'TCR_EL2.TBI': /\$TCR_EL2 has no field 'TBI' while HCR_EL2\.E2H = 1\. Its fields then are TBI1, TBI0, AS, IPS, /,
      'TCR_EL2.TBX': /\$TCR_EL2 has no field 'TBX'/,
    },
  ],
  [
    { HCR_EL2: 0n, CPTR_EL2: 0x10_0400n },
    { 'CPTR_EL2.TTA': '1', 'CPTR_EL2.TFP': '1', 'CPTR_EL2.FPEN': /no field 'FPEN' while HCR_EL2\.E2H = 0/ },
  ],
  [
    { HCR_EL2: E2H, CPTR_EL2: 0x30_0000n },
    { 'CPTR_EL2.TTA': '0', 'CPTR_EL2.FPEN': '3 (nothing traps)', 'CPTR_EL2.TFP': /no field 'TFP' while HCR_EL2\.E2H = 1/ },
  ],
  [
    { HCR_EL2: 0n, CNTHCTL_EL2: 1n },
    { 'CNTHCTL_EL2.EL1PCTEN': '1', 'CNTHCTL_EL2.EL1PCEN': '0' },
  ],
  [
    { HCR_EL2: E2H, CNTHCTL_EL2: 0x401n },
    { 'CNTHCTL_EL2.EL1PCTEN': '1', 'CNTHCTL_EL2.EL0PCTEN': '1', 'CNTHCTL_EL2.EL1PTEN': '0' },
  ],
  [
    { PAR_EL1: 0xff00_0000_4010_0b80n },
    { 'PAR_EL1.PA': '0x40100', 'PAR_EL1.SH': '3 (inner shareable)', 'PAR_EL1.FST': /while PAR_EL1\.F = 0/ },
  ],
  [
    { PAR_EL1: 0xa0fn },
    { 'PAR_EL1.FST': '7 (translation fault, level 3)', 'PAR_EL1.S': '1 (stage 2)', 'PAR_EL1.PA': /while PAR_EL1\.F = 1/ },
  ],
];
for (const [state, fields] of rows) {
  test(`fields with ${Object.entries(state)
    .map(([name, value]) => `${name} = ${hex(value)}`)
    .join(', ')}`, () =>
    withSession(async (client) => {
      await withRegisters(client, state);
      for (const [field, expected] of Object.entries(fields)) {
        if (typeof expected === 'string') assert.equal(await client.evaluate(`$${field}`), expected, field);
        else assert.match((await client.ask('evaluate', { expression: `$${field}`, context: 'watch' })).message ?? '', expected, field);
      }
    }));
}

test('a field is written where it is now', () =>
  withSession(async (client) => {
    await withRegisters(client, { HCR_EL2: 0n, CNTHCTL_EL2: 0n });
    await client.request('setExpression', { expression: '$CNTHCTL_EL2.EL1PCTEN', value: '1' });
    assert.equal(await client.evaluate('$CNTHCTL_EL2'), '0x1');
    await client.request('setExpression', { expression: '$HCR_EL2', value: hex(E2H) });
    await client.request('setExpression', { expression: '$CNTHCTL_EL2.EL1PCTEN', value: '1' });
    assert.equal(await client.evaluate('$CNTHCTL_EL2'), '0x401');
  }));

test('lists show the fields that there are: completions, Variables, the requests of the view', () =>
  withSession(async (client) => {
    await withRegisters(client, { HCR_EL2: 0n, PAR_EL1: 0xa0fn });
    const labels = async (text: string): Promise<string[]> =>
      (await client.request('completions', { text, column: text.length + 1 })).targets.map(({ label }: { label: string }) => label);
    const children = async (expression: string): Promise<string[]> => {
      const body = await client.request('evaluate', { expression, context: 'watch' });
      const { variables } = await client.request('variables', { variablesReference: body.variablesReference });
      assert.equal(body.namedVariables, variables.length);
      return variables.map(({ name }: { name: string }) => name);
    };
    assert.deepEqual(await labels('$PAR_EL1.'), ['S', 'PTW', 'FST', 'F']);
    assert.deepEqual(await children('$PAR_EL1'), ['S', 'PTW', 'FST', 'F']);
    assert.deepEqual(await children('$CPTR_EL2'), ['TCPAC', 'TTA', 'TFP']);
    const { registers } = (await client.request('sdei/systemRegisterTable')) as { registers: SystemRegister[] };
    const index = registers.findIndex(({ name }) => name === 'CPTR_EL2');
    const valueNow = async () =>
      ((await client.request('sdei/systemRegisters', { pe: 0 })) as { values: SystemRegisterValue[] }).values[index];
    const { layout, layoutText } = await valueNow();
    assert.deepEqual([layout, layoutText], [undefined, 'HCR_EL2.E2H = 0']);
    await client.request('setExpression', { expression: '$HCR_EL2', value: hex(E2H) });
    const host = await valueNow();
    assert.equal(host.layoutText, 'HCR_EL2.E2H = 1');
    assert.deepEqual(
      registers[index].layouts?.[host.layout ?? -1].fields.map(({ name }) => name),
      ['TCPAC', 'TTA', 'FPEN'],
    );
    assert.deepEqual(await children('$CPTR_EL2'), ['TCPAC', 'TTA', 'FPEN']);
  }));

test('a data breakpoint on a field is on the bits where it is, and refused where it is not', () =>
  withSession(async (client) => {
    await withRegisters(client, { HCR_EL2: E2H, CNTHCTL_EL2: 0n });
    const { dataId, description } = await client.request('dataBreakpointInfo', { name: '$CNTHCTL_EL2.EL0PCTEN' });
    assert.ok(dataId !== null, description);
    const { dataId: none, description: why } = await client.request('dataBreakpointInfo', { name: '$CNTHCTL_EL2.EL1PCEN' });
    assert.equal(none, null);
    assert.match(why, /no field 'EL1PCEN' while HCR_EL2\.E2H = 1/);
  }));

test('gdb, which is told of fields once, has such registers as numbers', async () => {
  const { target } = await loadGuest(parseLaunchArguments({ program: guest('el2-client'), client: 'EL2' }), nodeHost, makers);
  const text = targetDescription(gdbRegisters(target));
  assert.match(text, /<reg name="TCR_EL1"[^>]* type="TCR_EL1_fields"/);
  for (const name of ['TCR_EL2', 'CPTR_EL2', 'PAR_EL1']) assert.match(text, new RegExp(`<reg name="${name}"[^>]* type="uint64"`));
});
