/** Random calls, triggers and power changes on two PEs: the dispatcher and the independent model agree after every step. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CallName } from '../../emulator/sdei/call.ts';
import { noInterrupts } from '../../emulator/sdei/interrupt-binding.ts';
import { kvmRegisters, setKvmRegister } from '../../emulator/sdei/kvm-registers.ts';
import type { SdeiConfiguration } from '../../emulator/sdei/sdei-view.ts';
import { createModel } from './model.ts';
import { dispatcherWith, noFeatures } from './support.ts';

/** `SDEI_RANDOM_STEPS=1000000 npm test` runs longer; `SDEI_RANDOM_SEED` repeats a run. */
const steps = Number(process.env.SDEI_RANDOM_STEPS ?? 20_000);
const seed = process.env.SDEI_RANDOM_SEED === undefined ? 54 : Number(process.env.SDEI_RANDOM_SEED);
const stepsPerRun = 200;

const pe = fc.nat({ max: 1 });
const event = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0n, 804n, 806n, 807n, 808n) },
  { weight: 6, arbitrary: fc.constantFrom(0x4000_0001n, 0x4000_0002n, 0x4000_1000n, 0x4000_1001n) },
  { weight: 1, arbitrary: fc.constantFrom(1n, -1n, 0x10000n) },
);
const entry = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(0x4010_0000n, 0x4020_0000n, 0x4030_0000n) },
  { weight: 1, arbitrary: fc.constant(0x4030_0002n) },
);
const affinity = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0n, 1n) }, { weight: 1, arbitrary: fc.constantFrom(2n, 0xffff_ffffn) });
const intid = fc.constantFrom(23n, 24n, 25n, 40n, 41n, 42n, 29n, 3n, 1020n);

interface CallStep {
  readonly kind: 'call';
  readonly pe: number;
  readonly name: CallName;
  readonly args: bigint[];
}
const call = (name: CallName, ...args: fc.Arbitrary<bigint>[]): fc.Arbitrary<CallStep> =>
  fc.record({ kind: fc.constant('call' as const), pe, name: fc.constant(name), args: fc.tuple(...args) });
const small = (max: number): fc.Arbitrary<bigint> => fc.nat({ max }).map(BigInt);

const step = fc.oneof(
  { weight: 20, arbitrary: call('SDEI_EVENT_REGISTER', event, entry, small(9), fc.constantFrom(0n, 0n, 0n, 0n, 1n, 1n, 1n, 2n), affinity) },
  { weight: 20, arbitrary: call('SDEI_EVENT_ENABLE', event) },
  { weight: 3, arbitrary: call('SDEI_EVENT_DISABLE', event) },
  { weight: 3, arbitrary: call('SDEI_EVENT_CONTEXT', small(18)) },
  { weight: 12, arbitrary: call('SDEI_EVENT_COMPLETE', small(1)) },
  { weight: 4, arbitrary: call('SDEI_EVENT_COMPLETE_AND_RESUME', entry) },
  { weight: 3, arbitrary: call('SDEI_EVENT_UNREGISTER', event) },
  { weight: 2, arbitrary: call('SDEI_EVENT_STATUS', event) },
  { weight: 2, arbitrary: call('SDEI_EVENT_GET_INFO', event, small(5)) },
  { weight: 4, arbitrary: call('SDEI_EVENT_ROUTING_SET', event, small(2), affinity) },
  { weight: 2, arbitrary: call('SDEI_PE_MASK') },
  { weight: 10, arbitrary: call('SDEI_PE_UNMASK') },
  { weight: 5, arbitrary: call('SDEI_INTERRUPT_BIND', intid) },
  { weight: 2, arbitrary: call('SDEI_INTERRUPT_RELEASE', event) },
  { weight: 6, arbitrary: call('SDEI_EVENT_SIGNAL', fc.constantFrom(0n, 0n, 0n, 1n), affinity) },
  { weight: 1, arbitrary: call('SDEI_FEATURES', small(2)) },
  { weight: 1, arbitrary: call('SDEI_VERSION') },
  { weight: 1, arbitrary: call('SDEI_PRIVATE_RESET') },
  { weight: 1, arbitrary: call('SDEI_SHARED_RESET') },
  { weight: 25, arbitrary: fc.record({ kind: fc.constant('raise' as const), pe, event }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('interrupt' as const), pe, intid }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('register' as const), pe, n: fc.nat({ max: 30 }), value: small(1000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('off' as const, 'suspend' as const), pe }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('on' as const), pe }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function machine(configuration: Partial<SdeiConfiguration> = {}) {
  return dispatcherWith(
    {
      bindSlots: { private: 2, shared: 2 },
      events: [
        { number: 804, type: 'private', priority: 'critical' },
        { number: 806, type: 'private', priority: 'normal' },
        { number: 807, type: 'shared', priority: 'normal' },
        { number: 808, type: 'shared', priority: 'critical' },
      ],
      ...configuration,
    },
    { features: noFeatures, interrupts: { ...noInterrupts, isClientOwned: (id) => id !== 29 } },
  );
}

/** Without a model nothing is compared. */
function perform({ dispatcher, pes }: ReturnType<typeof machine>, model: ReturnType<typeof createModel> | undefined, now: Step): void {
  switch (now.kind) {
    case 'call': {
      if (pes[now.pe].power === 'off') return;
      now.args.forEach((value, n) => {
        pes[now.pe].setX(n + 1, BigInt.asUintN(64, value));
        if (model) model.pes[now.pe].x[n + 1] = BigInt.asUintN(64, value);
      });
      const outcome = dispatcher.call(pes[now.pe], dispatcherCallId(now.name));
      const result = outcome.completion ? 'ND' : outcome.result;
      if (!model) break;
      const expected = model.call(now.pe, now.name, now.args);
      assert.equal(result, expected === 'ND' ? 'ND' : BigInt.asUintN(64, expected), `${now.name}(${now.args.join(', ')}) on PE${now.pe}`);
      break;
    }
    case 'raise':
      dispatcher.trigger(Number(now.event), now.pe);
      model?.raise(Number(now.event), now.pe);
      break;
    case 'interrupt':
      dispatcher.interruptRose(Number(now.intid), now.pe);
      model?.interrupt(Number(now.intid), now.pe);
      break;
    case 'register':
      pes[now.pe].setX(now.n, now.value);
      if (model) model.pes[now.pe].x[now.n] = now.value;
      break;
    case 'off':
      pes[now.pe].power = 'off';
      dispatcher.peStopped(now.pe);
      model?.switchOff(now.pe);
      break;
    case 'on':
      if (pes[now.pe].power === 'on') return;
      pes[now.pe].power = 'on';
      dispatcher.peStarted(now.pe);
      model?.switchOn(now.pe);
      break;
    case 'suspend':
      dispatcher.peWokeFromPowerDown(now.pe);
      model?.suspendAndWake(now.pe);
      break;
    default:
      now satisfies never;
  }
  dispatcher.deliverPending(now.pe);
  model?.poll(now.pe);
}

const ids = [
  'VERSION',
  'EVENT_REGISTER',
  'EVENT_ENABLE',
  'EVENT_DISABLE',
  'EVENT_CONTEXT',
  'EVENT_COMPLETE',
  'EVENT_COMPLETE_AND_RESUME',
  'EVENT_UNREGISTER',
  'EVENT_STATUS',
  'EVENT_GET_INFO',
  'EVENT_ROUTING_SET',
  'PE_MASK',
  'PE_UNMASK',
  'INTERRUPT_BIND',
  'INTERRUPT_RELEASE',
  'EVENT_SIGNAL',
  'FEATURES',
  'PRIVATE_RESET',
  'SHARED_RESET',
];
const dispatcherCallId = (name: CallName): number => 0xc400_0020 + ids.indexOf(name.slice('SDEI_'.length));

const stateBits = { unregistered: 0, registered: 1, enabled: 3, registeredRunning: 5, enabledRunning: 7, unregisterPending: 4 };

/** What can be seen of both, in one form. */
function seenOf({ dispatcher, pes }: ReturnType<typeof machine>) {
  return {
    events: dispatcher.events().map(({ number, state, pending }) => `${number}:${stateBits[state]}${pending ? 'p' : ''}`),
    pes: pes.map(({ x, pc, pstate, elrClient, spsrClient }, n) => ({
      x: Array.from({ length: 31 }, (_, r) => x(r)),
      pc,
      pstate,
      elrClient,
      spsrClient,
      masked: dispatcher.pes()[n].masked,
      running: dispatcher.pes()[n].running.map((context) => context.event),
    })),
  };
}
function seenOfModel(model: ReturnType<typeof createModel>) {
  return {
    events: [...model.events]
      .sort(([a], [b]) => a - b)
      .flatMap(([number, { instances }]) =>
        instances.map((i) => `${number}:${Number(i.registered) + 2 * Number(i.enabled) + 4 * Number(i.running)}${i.pending ? 'p' : ''}`),
      ),
    pes: model.pes.map(({ x, pc, pstate, elr, spsr, masked, stack }) => ({
      x,
      pc,
      pstate,
      elrClient: elr,
      spsrClient: spsr,
      masked,
      running: stack.map((saved) => saved.event),
    })),
  };
}

const kvmWrite = fc.record({
  kind: fc.constant('kvm' as const),
  pe,
  register: fc.nat({ max: kvmRegisters.length - 1 }),
  value: fc.nat({ max: 7 }),
  strict: fc.boolean(),
});

for (const profile of ['spec', 'tfa', 'kvm', 'qemu'] as const) {
  test(`profile ${profile} with its defects keeps its promises over random steps and register writes`, () => {
    const numRuns = Math.max(1, Math.round(steps / 4 / stepsPerRun));
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 9, arbitrary: step }, { weight: 1, arbitrary: kvmWrite }), {
          minLength: stepsPerRun,
          maxLength: stepsPerRun,
        }),
        (sequence) => {
          const real = machine({ profile, bugCompatible: true });
          for (const now of sequence) {
            if (now.kind === 'kvm') {
              const { id, bytes } = kvmRegisters[now.register];
              setKvmRegister(real.dispatcher, now.pe, id, new Uint8Array(bytes).fill(now.value, 0, 1), now.strict);
              real.dispatcher.deliverPending(now.pe);
            } else {
              perform(real, undefined, now);
            }
            checkPromises(real.dispatcher, profile === 'tfa');
          }
        },
      ),
      { numRuns, seed },
    );
  });
}

/**
 * Triggers add up; a handler runs exactly where its event says; a snapshot tells everything.
 * @param forgetsPowerOff a stack of dispatches may hold handlers of the PE's earlier life
 */
function checkPromises(dispatcher: ReturnType<typeof machine>['dispatcher'], forgetsPowerOff = false): void {
  const events = dispatcher.events();
  for (const { number, counts, pending } of events) {
    assert.equal(
      counts.triggered,
      counts.delivered + counts.collapsed + counts.refused + counts.discarded + Number(pending),
      `counts of event ${number}`,
    );
  }
  const running = events.filter(({ state }) => stateBits[state] >= 4).map(({ number, pe }) => `${number} on PE${pe}`);
  const stacks = dispatcher.pes().flatMap(({ pe, running: handlers }) => handlers.map(({ event: number }) => `${number} on PE${pe}`));
  const live = forgetsPowerOff ? stacks.filter((handler) => running.includes(handler)) : stacks;
  assert.deepEqual(running.toSorted(), live.toSorted());
  const open = dispatcher.deliveries().filter(({ ended }) => ended === undefined).length;
  assert.ok(open <= stacks.length, `${open} deliveries without an end, ${stacks.length} running handlers`);
}

test(`the dispatcher and the model agree over ${steps} random steps (seed ${seed})`, () => {
  let nested = 0;
  let inShared = 0;
  let delivered = 0;
  const numRuns = Math.max(1, Math.round(steps / stepsPerRun));
  fc.assert(
    fc.property(fc.array(step, { minLength: stepsPerRun, maxLength: stepsPerRun }), (sequence) => {
      const real = machine();
      const model = createModel();
      for (const now of sequence) {
        perform(real, model, now);
        assert.deepEqual(seenOf(real), seenOfModel(model));
        if (model.pes.some(({ stack }) => stack.length === 2)) nested++;
        if (model.events.get(807)?.instances[0].running) inShared++;
      }
      checkPromises(real.dispatcher);
      delivered += real.dispatcher.deliveryCount();
    }),
    { numRuns, seed, endOnFailure: process.env.SDEI_RANDOM_STEPS !== undefined },
  );
  assert.ok(
    delivered > steps / 50 && nested > steps / 100 && inShared > steps / 100,
    `too few of ${steps} steps were of interest: ${delivered} deliveries, ${nested} nested, ${inShared} in a shared handler`,
  );
});
