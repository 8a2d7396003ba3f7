/** Short versions of what `npm run test:sdei` does at length. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countEvents } from './event-sums.ts';
import { migrateAtRandom } from './migrations.ts';
import type { Profile } from './model.ts';

const profiles: readonly Profile[] = ['spec', 'tfa', 'kvm', 'qemu'];

for (const profile of profiles) {
  test(`profile ${profile}: 5000 triggers are delivered, collapsed, refused, discarded, or pending still`, () => {
    const { raised, delivered, collapsed, refused, discarded, pending, differing } = countEvents(profile, 5000, 1);
    assert.deepEqual(differing, []);
    assert.equal(raised, 5000);
    assert.equal(delivered + collapsed + refused + discarded + pending, raised);
    assert.ok(delivered > 500 && collapsed > 500 && refused > 500, `${delivered} delivered, ${collapsed} collapsed, ${refused} refused`);
  });
}

for (const profile of profiles) {
  test(`profile ${profile}: a guest with events 0 and 1 only is the same after a migration anywhere`, async () => {
    const { equal, refused, wrong } = await migrateAtRandom('first-event', profile, 6, 1);
    assert.deepEqual([equal, refused, wrong], [6, 0, []]);
  });
}

const guests = [
  [
    'nested-critical',
    /^KVM_REG_ARM_SDEI_EVENT_REGISTERED has bits for the private normal events 0 and 1 only, and the private critical event/,
  ],
  ['watchdog', /^event N is bound to INTID 30 \(SDEI_INTERRUPT_BIND\), and no KVM register holds a binding\.$/],
] as const;
for (const [name, reason] of guests) {
  test(`${name}: a migration is equal, or refused with the reason`, async () => {
    const { equal, refused, reasons, wrong } = await migrateAtRandom(name, 'spec', 40, 1);
    assert.deepEqual(wrong, []);
    assert.equal(equal + refused, 40);
    assert.ok(equal > 0 && refused > equal, `${equal} equal, ${refused} refused`);
    assert.ok([...reasons.keys()].some((text) => reason.test(text)));
  });
}
