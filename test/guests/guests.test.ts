import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runGuest } from './run-guest.ts';

const watchdogEvent = { spec: '0x40000001', tfa: '0x3e8', qemu: '0x40000001' };

/** `title`, launch keys, what is printed (addresses in the guest as `…`), and the deliveries as `event on PE: how it ended`. */
const cases: readonly {
  readonly guest: string;
  readonly launch?: Readonly<Record<string, unknown>>;
  readonly prints: readonly string[];
  readonly deliveries?: readonly string[];
}[] = [
  {
    guest: 'first-event',
    prints: [
      'SDEI 1.0',
      'register -> 0',
      'enable -> 0',
      'unmask -> 0',
      'event 0 handled: interrupted at … with PSTATE 0x600003c5, X0 0x0',
      'signal -> 0; sum 31, last values 5 9 2 6',
      'event 0 handled: interrupted at … with PSTATE 0x600003c5, X0 0x0',
      'resumed elsewhere, now back to … with PSTATE 0x600003c5',
      'signal -> 0; sum 31, last values 5 9 2 6',
      '2 events handled, power off',
    ],
    deliveries: ['0 on PE 0: complete', '0 on PE 0: resume'],
  },
  {
    guest: 'nested-critical',
    prints: [
      'event 804 (critical): register -> 0, enable -> 0',
      'event 806 (normal): register -> 0, enable -> 0',
      'unmask -> 0',
      'enter event 806 (normal) at depth 1: interrupted at … with PSTATE 0x800003c5',
      'enter event 804 (critical) at depth 2: interrupted at … with PSTATE 0x600003c5',
      'context: X0 0x0 X1 0x324',
      'leave event 804 (critical) at depth 2, status 7, back to …',
      'raise 804 -> 0',
      'leave event 806 (normal) at depth 1, status 7, back to …',
      'raise 806 -> 0',
      '1 critical, 1 normal, depth 0, power off',
    ],
    deliveries: ['806 on PE 0: complete', '804 on PE 0: complete'],
  },
  {
    guest: 'two-pes',
    launch: { cpus: 2 },
    prints: [
      'PE 0: CPU_ON -> 0',
      'PE 1: context 0x5de1, register -> 0, enable -> 0, unmask -> 0',
      'PE 1: event 0 handled on PE 1, interrupted at … with PSTATE 0x800003c5',
      'PE 0: signal -> 0, event handled',
      'PE 1: switches itself off',
      'PE 0: PE 1 is off, power off',
    ],
    deliveries: ['0 on PE 1: complete'],
  },
  {
    guest: 'two-pes',
    launch: { cpus: 1 },
    prints: ['PE 0: CPU_ON -> -2', 'there is no PE 1: start this guest with two PEs (--cpus 2)'],
  },
  ...(['spec', 'tfa', 'kvm', 'qemu'] as const).map((profile) => ({
    guest: 'cpu-hotplug',
    launch: { cpus: 2, sdei: { profile } },
    prints: [
      ...[1, 2, 3].flatMap((round) => [
        `PE 1: round ${round}, status 0, register -> 0, enable -> 0, unmask -> 0`,
        'PE 1: event 0',
        'PE 0: signal -> 0, handled',
        `PE 1: unregister -> 0, mask -> ${profile === 'kvm' ? 0 : 1}`,
        `PE 0: signal -> ${profile === 'spec' ? 0 : -2}, no event`,
      ]),
      '3 events in 3 rounds, power off',
    ],
    deliveries: ['0 on PE 1: complete', '0 on PE 1: complete', '0 on PE 1: complete'],
  })),
  ...(['spec', 'tfa', 'qemu'] as const).flatMap((profile) =>
    (['kernel', 'user'] as const).map((irqchip) => ({
      guest: 'watchdog',
      launch: { irqchip, sdei: { profile } },
      prints: [
        `bind interrupt 30 -> ${watchdogEvent[profile]}`,
        'register -> 0, enable -> 0, unmask -> 0',
        ...[1, 2, 3].map((n) => `${n}0 s: event ${watchdogEvent[profile]}, alive (${n} items done)`),
        `40 s: event ${watchdogEvent[profile]}, hangs at … with PSTATE 0x200003c5`,
      ],
      deliveries: ['complete', 'complete', 'complete', 'undefined'].map((end) => `${Number(watchdogEvent[profile])} on PE 0: ${end}`),
    })),
  ),
  {
    guest: 'watchdog',
    launch: { sdei: { profile: 'kvm' } },
    prints: ['bind interrupt 30 -> 0xffffffffffffffff', 'no interrupt can be bound here'],
  },
  {
    guest: 'kdump-cpu-off',
    launch: { cpus: 2 },
    prints: [
      'first payload, PE 1: register -> 0, enable -> 0, unmask -> 0',
      'first payload, PE 0: signal to PE 1 -> 0',
      'second payload, PE 0: 0xc4000020(0x0) -> 0x1000000000000',
      'second payload, PE 0: 0xc4000031(0x0) -> 0x0',
      'second payload, PE 0: 0xc4000032(0x0) -> 0x0',
      'second payload, PE 0: 0xc400002c(0x0) -> 0x0',
      'second payload, PE 0: 0xc4000021(0x0) -> 0x0',
      'second payload, PE 0: 0xc4000022(0x0) -> 0x0',
      'second payload, PE 0: 0xc400002f(0x0) -> 0x0',
      'second payload, PE 0: 0x0(0x0) -> 0x1',
      'second payload: 8 calls, power off',
    ],
    deliveries: ['0 on PE 1: undefined', '0 on PE 0: complete'],
  },
  ...[{ profile: 'kvm' }, { events: [{ number: 1 }] }].map((sdei) => ({
    guest: 'async-page-fault',
    launch: { sdei },
    prints: [
      'enable -> 0, unmask -> 0',
      ...[0, 1, 2].flatMap((page) => [
        `event 1: page ${page} is not present, task waits at …`,
        `page ${page} is ready, the other task did ${page + 1}000 things`,
        `task: raise -> 0, page ${page} holds ${100 + page}`,
      ]),
      'sum 303, power off',
    ],
    deliveries: ['1 on PE 0: resume', '1 on PE 0: resume', '1 on PE 0: resume'],
  })),
  { guest: 'async-page-fault', prints: ['register -> -2: there is no event 1 here; KVM has it (--sdei-profile kvm)'] },
  {
    guest: 'kvm-vectors',
    prints: [
      'HVC_RESET_VECTORS -> 0x0',
      'HVC_SET_VECTORS -> 0x0',
      'kvm_init -> 0x0',
      '  SCTLR_EL2.M 1, VBAR_EL2 is ours',
      '  HVC_SET_VECTORS -> 0xbadca11',
      '  HVC_FINALISE_EL2 -> 0xbadca11',
      '  0x1234 -> 0xffffffffffffffff',
      '  guest: SMC at …, X0 0x84000000',
      '  guest: WFI at …',
      '  guest: HVC #1, X0 0x10001, X19 0x19',
      'HVC_RESET_VECTORS -> 0x0',
      '  0x1234 -> 0xbadca11',
      'HVC_SET_VECTORS -> 0x0',
      'kvm_init -> 0x0',
      'HVC_SOFT_RESTART -> 0x0',
      "  X1 0x11 X2 0x22, SCTLR_EL2.M 0, VBAR_EL2 is the stub's",
      'power off',
    ],
  },
  {
    guest: 'hyp-stub',
    prints: [
      'HVC_RESET_VECTORS -> 0x0',
      '0x4 -> 0xbadca11',
      '0x1234 -> 0xbadca11',
      'HVC_SOFT_RESTART -> 0x0',
      '  reached EL2 with X1 0x11 X2 0x22, VBAR_EL2 0x4000000',
      'HVC_SET_VECTORS -> 0x0',
      '  own vectors: the call ran at EL2',
      '  own vectors: 0x1234 -> 0xbadca11',
      'HVC_RESET_VECTORS -> 0x0',
      '0x1000 -> 0xbadca11',
      'HVC_FINALISE_EL2 -> 0x0',
      '  now at EL2',
      '  back at EL1',
      'power off',
    ],
  },
  {
    guest: 'el2-client',
    launch: { client: 'EL2' },
    prints: [
      'SDEI 1.0, client at EL2',
      'register -> 0',
      'enable -> 0',
      'unmask -> 0',
      'event 0 handled at EL2: interrupted at … with PSTATE 0x800003c9, X0 0x0',
      'signal -> 0',
      'event 0 handled at EL2: interrupted at … with PSTATE 0x600003c9, X0 0x0',
      'resumed elsewhere at EL2, now back to … with PSTATE 0x600003c9',
      'signal -> 0',
      '2 events handled, power off',
    ],
    deliveries: ['0 on PE 0: complete', '0 on PE 0: resume'],
  },
  { guest: 'el2-client', prints: ['this guest is built for a client at EL2, but was started at EL1'] },
  { guest: 'first-event', launch: { client: 'EL2' }, prints: ['this guest is built for a client at EL1, but was started at EL2'] },
  { guest: 'undefined', prints: ['synchronous exception from current EL with SP_ELx: ESR 0x2000000 ELR … FAR 0x0'] },
  { guest: 'unaligned', prints: ['synchronous exception from current EL with SP_ELx: ESR 0x96000021 ELR … FAR …'] },
];

for (const { guest, launch = {}, prints, deliveries = [] } of cases) {
  test(`${guest} ${JSON.stringify(launch)} prints what it should and switches off`, () => {
    const run = runGuest(guest, launch);
    assert.deepEqual(run.console.replaceAll(/0x401[0-9a-f]{5}/g, '…').split('\n'), [...prints, '']);
    assert.deepEqual(run.stop, { kind: 'system-off' });
    assert.deepEqual(
      run.deliveries.map(({ event, pe, ended }) => `${event} on PE ${pe}: ${ended}`),
      deliveries,
    );
  });
}

test('the critical handler of nested-critical runs inside the normal one', () => {
  const [normal, critical] = runGuest('nested-critical').deliveries;
  assert.ok(normal.at < critical.at && (critical.endedAt ?? Infinity) < (normal.endedAt ?? 0));
});

test('jump-to-data ends in a lockup, as nothing handles its exception', () => {
  assert.equal(runGuest('jump-to-data').stop.kind, 'lockup');
});

test('spin uses up any budget', () => {
  assert.deepEqual(runGuest('spin', {}, 12_345).stop, { kind: 'budget' });
});
