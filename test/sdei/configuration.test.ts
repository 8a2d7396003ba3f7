import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSdeiConfiguration, validateSdeiConfiguration } from '../../emulator/sdei/configuration.ts';
import type { SdeiConfiguration } from '../../emulator/sdei/sdei-view.ts';
import { dispatcherWith } from './support.ts';

const event = (number: number, more: object = {}) =>
  ({ number, type: 'private', priority: 'normal', ...more }) as SdeiConfiguration['events'][number];

const good: readonly [string, Partial<SdeiConfiguration>][] = [
  ['nothing said', {}],
  [
    'platform events of every kind',
    {
      events: [
        event(804, { priority: 'critical' }),
        event(805, { type: 'shared' }),
        event(0x4000_0800, { type: 'shared', priority: 'critical' }),
      ],
    },
  ],
  ['interrupts', { events: [event(10, { interrupt: 23 }), event(11, { type: 'shared', interrupt: 40 })] }],
  ['relative mode of 1.1', { version: [1, 1], relativeMode: true }],
  ['platform events beside those of KVM', { profile: 'kvm', bindSlots: { private: 0, shared: 0 }, events: [event(804)] }],
  ['the largest event number and its neighbours', { events: [event(1), event(0x00ff_ffff), event(0x40ff_ffff)] }],
  ['slots by their numbers', { bindSlots: { private: [0x4000_0100, 7], shared: [0x4000_0200] }, events: [event(8)] }],
  ['slots below the slots in use', { bindSlots: { private: 2, shared: 2 }, events: [event(0x4000_0003)] }],
];
for (const [title, change] of good) {
  test(`SDEI configuration: ${title}`, () => assert.deepEqual(validateSdeiConfiguration({ ...defaultSdeiConfiguration(), ...change }), []));
}

test('SDEI configuration: the defaults of each profile are fine and without defects', () => {
  for (const profile of ['spec', 'tfa', 'kvm', 'qemu'] as const) {
    const configuration = defaultSdeiConfiguration(profile);
    assert.deepEqual(validateSdeiConfiguration(configuration), []);
    assert.deepEqual([configuration.profile, configuration.bugCompatible, configuration.events], [profile, false, []]);
  }
});

test('SDEI configuration: a dispatcher is not made of an impossible one', () => {
  assert.throws(() => dispatcherWith({ events: [event(0)] }), /RangeError: "sdei.events\[0\].number" is 0: event 0 always exists/);
});

const bad: readonly [string, Partial<SdeiConfiguration>, RegExp][] = [
  ['event 0', { events: [event(0)] }, /"sdei.events\[0\].number" is 0: event 0 always exists/],
  [
    'the same event twice',
    { events: [event(5), event(5)] },
    /"sdei.events\[1\].number" is 5: that event exists already\. Give it another number/,
  ],
  ['bit 31', { events: [event(0x8000_0000)] }, /is 2147483648: bit 31 of an event number is 0/],
  ['a negative number', { events: [event(-1)] }, /is -1: bit 31/],
  ['a fraction', { events: [event(1.5)] }, /is 1.5: an event number is an integer/],
  ['reserved bits', { events: [event(0x0100_0000)] }, /\(0x1000000\): bits 29:24 of an event number are reserved/],
  ['a number of the slots', { events: [event(0x4000_0001)] }, /SDEI_INTERRUPT_BIND gives out this number/],
  ['a type that is none', { events: [event(5, { type: 'both' })] }, /"sdei.events\[0\].type" is "both"/],
  ['a priority that is none', { events: [event(5, { priority: 'high' })] }, /"sdei.events\[0\].priority" is "high"/],
  [
    'a critical interrupt event',
    { events: [event(5, { priority: 'critical', interrupt: 23 })] },
    /"priority" is "critical": interrupt events are normal/,
  ],
  ['an SGI', { events: [event(5, { interrupt: 3 })] }, /"sdei.events\[0\].interrupt" is 3: an event's interrupt is a PPI/],
  ['an SPI for a private event', { events: [event(5, { interrupt: 40 })] }, /is 40, an SPI: its event is shared/],
  ['one interrupt twice', { events: [event(5, { interrupt: 23 }), event(6, { interrupt: 23 })] }, /is 23, which raises event 5 already/],
  ['a profile that is none', { profile: 'xen' as 'spec' }, /"sdei.profile" is "xen": no such profile. Use spec, tfa, kvm, qemu/],
  [
    "profile kvm's own event",
    { profile: 'kvm', bindSlots: { private: 0, shared: 0 }, events: [event(1)] },
    /exists already in profile kvm/,
  ],
  [
    'too many slots',
    { profile: 'qemu', bindSlots: { private: 16, shared: 16 } },
    /"sdei.bindSlots.private" is 16: profile qemu has numbers for 0 to 15/,
  ],
  ['a negative number of slots', { bindSlots: { private: 3, shared: -1 } }, /"sdei.bindSlots.shared" is -1/],
  [
    'relative mode of a profile',
    { profile: 'tfa', version: [1, 1], relativeMode: true },
    /"sdei.relativeMode" is true: relative mode is DEN0054's \(1.1\), and profile tfa has none/,
  ],
  [
    'slots of a profile without binding',
    { profile: 'kvm', bindSlots: { private: 1, shared: 0 } },
    /"sdei.bindSlots.private" is 1: profile kvm has no SDEI_INTERRUPT_BIND/,
  ],
  [
    'slot numbers of a profile without binding',
    { profile: 'kvm', bindSlots: { private: 0, shared: [5] } },
    /"sdei.bindSlots.shared" is \[5\]: profile kvm has no SDEI_INTERRUPT_BIND/,
  ],
  ['a slot with number 0', { bindSlots: { private: [0], shared: 0 } }, /"sdei.bindSlots.private\[0\]" is 0: event 0 always exists/],
  ['a slot number with bit 31', { bindSlots: { private: 0, shared: [0x8000_0000] } }, /"sdei.bindSlots.shared\[0\]" is 2147483648: bit 31/],
  [
    'a slot number with reserved bits',
    { bindSlots: { private: [1, 0x0200_0000], shared: 0 } },
    /"sdei.bindSlots.private\[1\]" is 33554432 \(0x2000000\): bits 29:24/,
  ],
  ['a slot number twice', { bindSlots: { private: [7, 7], shared: 0 } }, /"sdei.bindSlots.private\[1\]" is 7, as is number 0 of the list/],
  [
    'a slot number of both kinds',
    { bindSlots: { private: [7], shared: [8, 7] } },
    /"sdei.bindSlots.shared\[1\]" is 7, which is a private slot too/,
  ],
  [
    'an event with the number of a named slot',
    { bindSlots: { private: [7], shared: 0 }, events: [event(7)] },
    /SDEI_INTERRUPT_BIND gives out this number \(private slots/,
  ],
  ['relative mode of 1.0', { relativeMode: true }, /"sdei.relativeMode" needs SDEI 1.1/],
  ['a negative version', { version: [-1, 0] }, /"sdei.version" is \[-1, 0\]/],
  ['a fraction of a version', { version: [1, 0.5] }, /"sdei.version" is \[1, 0.5\]/],
  ['a version too large', { version: [0x8000, 0] }, /"sdei.version" is \[32768, 0\]/],
];
for (const [title, change, message] of bad) {
  test(`SDEI configuration: ${title} is refused in one sentence`, () => {
    const problems = validateSdeiConfiguration({ ...defaultSdeiConfiguration(), ...change });
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0], message);
  });
}
