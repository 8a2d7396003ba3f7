import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHarness } from '../../debug-adapter/conformance/sdei-harness.ts';
import { handleConduitCall } from '../../emulator/smccc/conduit-call.ts';
import { decodeFunctionId, isPlayedCall } from '../../emulator/smccc/function-id.ts';
import { psciCalls } from '../../emulator/smccc/psci-calls.ts';

const NOT_SUPPORTED = 0xffff_ffff_ffff_ffffn;
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

/** PE 1 is off; a log of what PSCI asked of the machine. */
function conduit() {
  const { pes, dispatcher } = createHarness('spec');
  pes[1].power = 'off';
  const log: unknown[][] = [];
  const record =
    (what: string) =>
    (...args: unknown[]) =>
      void log.push([what, ...args]);
  const psci = {
    startPe: record('startPe'),
    stopPe: record('stopPe'),
    suspendPe: record('suspendPe'),
    systemOff: record('systemOff'),
    systemReset: record('systemReset'),
  };
  return {
    pes,
    log,
    call(x0: bigint, ...args: bigint[]) {
      pes[0].setX(0, x0);
      args.forEach((value, n) => pes[0].setX(n + 1, value));
      return handleConduitCall({ pes, sdei: dispatcher, psci }, pes[0]);
    },
  };
}

/** Call, arguments, X0 on return, what the machine was asked. */
const calls: readonly [title: string, x0: bigint, args: bigint[], result: bigint | 'gone', asked?: unknown[]][] = [
  ['PSCI_VERSION is 1.1', 0x8400_0000n, [], 0x0001_0001n],
  ['X0 above W0 is ignored', 0xdead_beef_8400_0000n, [], 0x0001_0001n],
  ['the SVE hint is ignored', 0x8401_0000n, [], 0x0001_0001n],
  ['PSCI_VERSION has no 64-bit form', 0xc400_0000n, [], -1n],
  ['CPU_ON', 0xc400_0003n, [1n, 0x4010_0000n, 0xffff_ffff_0000_0001n], 0n, ['startPe', 1, 0x4010_0000n, 0xffff_ffff_0000_0001n]],
  [
    '32-bit CPU_ON reads W registers',
    0x8400_0003n,
    [0xff_0000_0001n, 0xff_4010_0000n, 0xff_0000_0007n],
    0n,
    ['startPe', 1, 0x4010_0000n, 7n],
  ],
  ['CPU_ON of a PE that is on', 0xc400_0003n, [0n, 0x4010_0000n, 0n], -4n],
  ['CPU_ON of an unknown PE', 0xc400_0003n, [2n, 0x4010_0000n, 0n], -2n],
  ['CPU_ON at an odd address', 0xc400_0003n, [1n, 0x4010_0001n, 0n], -9n],
  ['CPU_OFF', 0x8400_0002n, [], 'gone', ['stopPe', 0]],
  ['CPU_SUSPEND to standby', 0xc400_0001n, [0n, 0n, 0n], 0n, ['suspendPe', 0, { kind: 'standby' }]],
  [
    'CPU_SUSPEND to power-down',
    0xc400_0001n,
    [0x0001_0000n, 0x4010_0000n, 9n],
    'gone',
    ['suspendPe', 0, { kind: 'powerDown', entry: 0x4010_0000n, contextId: 9n }],
  ],
  ['CPU_SUSPEND with reserved bits', 0xc400_0001n, [0x8000_0000n, 0n, 0n], -2n],
  ['CPU_SUSPEND to power-down at an odd address', 0xc400_0001n, [0x0001_0000n, 2n, 0n], -9n],
  ['AFFINITY_INFO of a PE that is on', 0xc400_0004n, [0n, 0n], 0n],
  ['AFFINITY_INFO of a PE that is off', 0xc400_0004n, [1n, 0n], 1n],
  ['AFFINITY_INFO of an unknown PE', 0xc400_0004n, [2n, 0n], -2n],
  ['AFFINITY_INFO of the cluster', 0xc400_0004n, [1n, 1n], 0n],
  ['AFFINITY_INFO beyond level 3', 0xc400_0004n, [0n, 4n], -2n],
  ['MIGRATE_INFO_TYPE', 0x8400_0006n, [], 2n],
  ['MIGRATE does not exist', 0x8400_0005n, [0n], -1n],
  ['SYSTEM_OFF', 0x8400_0008n, [], 'gone', ['systemOff']],
  ['SYSTEM_RESET', 0x8400_0009n, [], 'gone', ['systemReset']],
  ['SYSTEM_RESET2, warm', 0xc400_0012n, [0n, 0n], 'gone', ['systemReset']],
  ['SYSTEM_RESET2, vendor', 0xc400_0012n, [0x8000_0000n, 0n], -2n],
  ['PSCI_FEATURES of CPU_SUSPEND', 0x8400_000an, [0xc400_0001n], 0n],
  ['PSCI_FEATURES of SYSTEM_SUSPEND', 0x8400_000an, [0xc400_000en], -1n],
  ['PSCI_FEATURES of SMCCC_VERSION', 0x8400_000an, [0x8000_0000n], 0n],
  ['SMCCC_VERSION is 1.1', 0x8000_0000n, [], 0x0001_0001n],
  ['SMCCC_ARCH_FEATURES of itself', 0x8000_0001n, [0x8000_0001n], 0n],
  ['SMCCC_ARCH_FEATURES of a workaround', 0x8000_0001n, [0x8000_8000n], -1n],
  ['SDEI_VERSION', 0xc400_0020n, [], 1n << 48n],
  ['SDEI in 32 bits', 0x8400_0020n, [], -1n],
  ['vendor hypervisor UID', 0x8600_ff01n, [], -1n],
  ['TRNG_VERSION', 0x8400_0050n, [], -1n],
];

for (const [title, x0, args, result, asked] of calls) {
  test(`conduit: ${title}`, () => {
    const { call, pes, log } = conduit();
    const outcome = call(x0, ...args);
    assert.deepEqual(log, asked ? [asked] : []);
    if (outcome.service === 'sdei') {
      assert.equal(outcome.call.result, result);
    } else if (result === 'gone') {
      assert.equal(outcome.result, undefined);
    } else {
      assert.equal(outcome.result !== undefined && signed(outcome.result), result);
      assert.equal(outcome.error !== undefined, result < 0n);
    }
    if (result !== 'gone') assert.equal(signed(pes[0].x(0)), result);
  });
}

test('conduit: an unknown call is named by its identifier', () => {
  const { call } = conduit();
  assert.deepEqual(call(0xc300_0001n), {
    service: 'none',
    functionId: 0xc300_0001,
    name: 'SMCCC call 0xc3000001',
    arguments: [],
    result: NOT_SUPPORTED,
    error: 'NOT_SUPPORTED',
  });
});

const raises: readonly [event: bigint, registered: boolean, result: bigint, error?: string][] = [
  [806n, true, 0n],
  [806n, false, -3n, 'DENIED'],
  [0n, true, -2n, 'INVALID_PARAMETERS'],
  [5n, false, -2n, 'INVALID_PARAMETERS'],
];
for (const [event, registered, result, error] of raises) {
  test(`conduit: RAISE_EVENT(${event})${registered ? ' with a handler' : ''} answers ${error ?? 'SUCCESS'}`, () => {
    const { call, pes } = conduit();
    if (registered) call(0xc400_0021n, event, 0x4010_0000n, 0n, 0n, 0n);
    const outcome = call(0xc200_0001n, event);
    assert.equal(signed(pes[0].x(0)), result);
    assert.deepEqual(outcome.service === 'sip' && [outcome.name, outcome.error], ['RAISE_EVENT', error]);
    assert.equal('error' in outcome, error !== undefined);
  });
}

test('conduit: PSCI_FEATURES knows every call of this machine', () => {
  for (const { functionId, smc64 } of psciCalls) {
    for (const id of smc64 ? [functionId, functionId + 0x4000_0000] : [functionId]) {
      const { call, pes } = conduit();
      call(0x8400_000an, BigInt(id));
      assert.equal(pes[0].x(0), 0n, `0x${id.toString(16)}`);
    }
  }
});

const played: readonly [x0: bigint, boolean][] = [
  [0n, false],
  [1n, false],
  [2n, false],
  [3n, false],
  [4n, false],
  [0x1234n, false],
  [0x4008_0800n, false],
  [0xffff_ffff_0000_0002n, false],
  [0x8400_0000n, true],
  [0xc400_0020n, true],
  [0xffff_ffff_c400_0020n, true],
  [0x4400_0020n, true],
  [0x0200_0001n, true],
  [0x3200_0000n, true],
  [0x4001_0000n, false],
];
for (const [x0, expected] of played) {
  test(`HVC #0 with X0 = 0x${x0.toString(16)} ${expected ? 'calls the played level' : "goes to the guest's EL2"}`, () =>
    assert.equal(isPlayedCall(Number(BigInt.asUintN(32, x0))), expected));
}

test('a function identifier has its fields', () => {
  assert.deepEqual(decodeFunctionId(0xc401_0021), { id: 0xc400_0021, fast: true, bits: 64, owner: 4, sveHint: true, number: 0x21 });
  assert.deepEqual(decodeFunctionId(0x0200_0001), { id: 0x0200_0001, fast: false, bits: 32, owner: 2, sveHint: false, number: 1 });
});
