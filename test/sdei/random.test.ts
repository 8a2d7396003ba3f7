/** Random steps: the machine does what the model does, and with its defects the dispatcher still keeps its promises. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noInterrupts } from '../../emulator/sdei/interrupt-binding.ts';
import { kvmRegisters, setKvmRegister } from '../../emulator/sdei/kvm-registers.ts';
import {
  type Step,
  callIdentifier,
  configurationFor,
  createComparison,
  findDisagreement,
  newTally,
  stepsFor,
} from './machine-against-model.ts';
import { type Client, type Profile, createModel } from './model.ts';
import { dispatcherWith, noFeatures } from './support.ts';

const profiles: readonly Profile[] = ['spec', 'tfa', 'kvm', 'qemu'];
const clients: readonly Client[] = ['EL1', 'EL2'];
const SEED = 54;
const CALLS = 3000;

for (const profile of profiles) {
  for (const client of clients) {
    test(`profile ${profile}, client at ${client}: the machine does what the model does over ${CALLS} random calls`, () => {
      const tally = newTally();
      const disagreement = findDisagreement({ profile, client, span: client === 'EL1' }, SEED, CALLS, tally);
      assert.equal(disagreement, undefined);
      const { calls, otherSteps, deliveries, nested, shared } = tally;
      assert.ok(deliveries > (calls + otherSteps) / 100, `${deliveries} deliveries are too few`);
      if (profile === 'kvm') return;
      assert.ok(nested > calls / 100 && shared > calls / 50, `${nested} nested and ${shared} shared handlers are too few`);
    });
  }
}

test('a disagreement is found and comes down to a few steps', () => {
  const wrong = findDisagreement({ profile: 'spec', client: 'EL1', span: true }, SEED, 2000, newTally(), (setting) =>
    createModel({ ...setting, profile: 'tfa' }),
  );
  assert.ok(wrong);
  const [what, seed, ...steps] = wrong.split('\n');
  assert.match(what, /, in the model |where the model has|the model/);
  assert.match(seed, /^seed \d+, after \d+ shrinks; steps:$/);
  assert.ok(steps.length <= 4, wrong);
});

test('a comparison names the step and what differs', () => {
  const setting = { profile: 'spec', client: 'EL1', span: true } as const;
  const mask = { kind: 'call', name: 'SDEI_PE_MASK', args: [], pe: 1, at: 3n, flags: 0n } as const;
  const comparison = createComparison(setting, (given) => {
    const model = createModel(given);
    model.pes[1].masked = false;
    return model;
  });
  assert.match(comparison.run([mask]) ?? '', /^after step 1 \(.*"SDEI_PE_MASK".*\): PE1 x0 is 0x0, in the model 0x1$/);
  assert.equal(createComparison(setting).run([mask]), undefined);
});

const kvmWrite = fc.record({
  kind: fc.constant('kvm' as const),
  pe: fc.nat({ max: 1 }),
  register: fc.nat({ max: kvmRegisters.length - 1 }),
  value: fc.nat({ max: 7 }),
  strict: fc.boolean(),
});

for (const profile of profiles) {
  test(`profile ${profile} with its defects keeps its promises over random steps and register writes`, () => {
    const setting = { profile, client: 'EL1', span: true } as const;
    const step = fc.oneof({ weight: 9, arbitrary: stepsFor(setting) }, { weight: 1, arbitrary: kvmWrite });
    fc.assert(
      fc.property(fc.array(step, { minLength: 200, maxLength: 200, size: 'max' }), (sequence) => {
        const real = dispatcherWith(
          { ...configurationFor(setting), bugCompatible: true },
          { features: noFeatures, interrupts: { ...noInterrupts, exists: (id) => id < 288, isClientOwned: (id) => id < 288 } },
        );
        for (const now of sequence) {
          if (now.kind === 'kvm') {
            const { id, bytes } = kvmRegisters[now.register];
            setKvmRegister(real.dispatcher, now.pe, id, new Uint8Array(bytes).fill(now.value, 0, 1), now.strict);
          } else perform(real, now);
          real.dispatcher.deliverPending(now.pe);
          checkPromises(real.dispatcher, profile === 'tfa');
        }
      }),
      { numRuns: 25, seed: SEED, unbiased: true },
    );
  });
}

/** Steps that concern the dispatcher alone. */
function perform({ dispatcher, pes }: ReturnType<typeof dispatcherWith>, now: Step): void {
  const pe = pes[now.pe];
  switch (now.kind) {
    case 'call':
      if (pe.power === 'off') return;
      now.args.forEach((value, n) => pe.setX(n + 1, BigInt.asUintN(64, value)));
      dispatcher.call(pe, Number(callIdentifier(now.name)));
      return;
    case 'trigger':
      dispatcher.trigger(Number(now.event), now.pe);
      return;
    case 'edge':
      dispatcher.interruptRose(now.intid, now.pe);
      return;
    case 'off':
      pe.power = 'off';
      dispatcher.peStopped(now.pe);
      return;
    case 'on':
    case 'wake':
      if (pe.power === 'on') return;
      pe.power = 'on';
      dispatcher.peStarted(now.pe);
      return;
    case 'powerDown':
      if (pe.power === 'on') dispatcher.peWokeFromPowerDown(now.pe);
      return;
    default:
  }
}

const isRunning = {
  unregistered: false,
  registered: false,
  enabled: false,
  registeredRunning: true,
  enabledRunning: true,
  unregisterPending: true,
};

/**
 * Triggers add up; a handler runs exactly where its event says; a snapshot tells everything.
 * @param forgetsPowerOff a stack of dispatches may hold handlers of the PE's earlier life
 */
function checkPromises(dispatcher: ReturnType<typeof dispatcherWith>['dispatcher'], forgetsPowerOff = false): void {
  const events = dispatcher.events();
  for (const { number, counts, pending } of events) {
    assert.equal(
      counts.triggered,
      counts.delivered + counts.collapsed + counts.refused + counts.discarded + Number(pending),
      `counts of event ${number}`,
    );
  }
  const running = events.filter(({ state }) => isRunning[state]).map(({ number, pe }) => `${number} on PE${pe}`);
  const stacks = dispatcher.pes().flatMap(({ pe, running: handlers }) => handlers.map(({ event: number }) => `${number} on PE${pe}`));
  const live = forgetsPowerOff ? stacks.filter((handler) => running.includes(handler)) : stacks;
  assert.deepEqual(running.toSorted(), live.toSorted());
  const open = dispatcher.deliveries().filter(({ ended }) => ended === undefined).length;
  assert.ok(open <= stacks.length, `${open} deliveries without an end, ${stacks.length} running handlers`);
}
