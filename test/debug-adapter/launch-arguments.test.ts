import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { launchKeys } from '../../debug-adapter/launch-keys.ts';
import { createEmulatorTarget } from '../../debug-adapter/target/emulator-target.ts';
import { defaultSdeiConfiguration } from '../../emulator/sdei/configuration.ts';

const parse = (more: Record<string, unknown> = {}) => parseLaunchArguments({ program: 'guest.elf', ...more });

test('defaults', () => {
  assert.deepEqual(parse(), {
    program: 'guest.elf',
    symbols: [],
    machine: {
      cpus: 1,
      memoryBytes: 128 * 1024 * 1024,
      client: 'EL1',
      conduit: 'hvc',
      sdei: {
        profile: 'spec',
        version: [1, 0],
        bindSlots: { private: 3, shared: 3 },
        events: [
          { number: 804, type: 'private', priority: 'critical' },
          { number: 805, type: 'shared', priority: 'critical' },
          { number: 806, type: 'private', priority: 'normal' },
          { number: 807, type: 'shared', priority: 'normal' },
        ],
        bugCompatible: false,
      },
      irqchip: 'kernel',
    },
    stopOnEntry: false,
    stepIntoHandlers: false,
    stopAtEnd: 'never',
    inject: [],
    sourceMap: {},
    console: 'both',
    noDebug: false,
    historyBytes: 256 << 20,
    bootCache: true,
  });
});

const accepted: readonly [string, Record<string, unknown>, (launch: ReturnType<typeof parse>) => unknown, unknown][] = [
  ['no history', { history: false }, ({ historyBytes }) => historyBytes, undefined],
  ['much history', { history: '1G' }, ({ historyBytes }) => historyBytes, 1 << 30],
  ['client at EL2 calls by SMC', { client: 'EL2' }, ({ machine }) => machine.conduit, 'smc'],
  ['client at EL1 may call by SMC', { conduit: 'smc' }, ({ machine }) => machine.conduit, 'smc'],
  ['memory in megabytes', { memory: '512M' }, ({ machine }) => machine.memoryBytes, 512 << 20],
  ['memory in kibibytes', { memory: '64KiB' }, ({ machine }) => machine.memoryBytes, 64 << 10],
  ['memory as a number', { memory: 1 << 20 }, ({ machine }) => machine.memoryBytes, 1 << 20],
  ['one injection without a list', { inject: '0@main' }, ({ inject }) => inject, ['0@main']],
  ['entry as a number', { entry: 0x40080000 }, ({ entry }) => entry, '1074266112'],
  ['version 1.1', { sdei: { version: '1.1' } }, ({ machine }) => machine.sdei.version, [1, 1]],
  ['no platform events', { sdei: { events: [] } }, ({ machine }) => machine.sdei.events, []],
  [
    'an event with defaults',
    { sdei: { events: [{ number: 9 }] } },
    ({ machine }) => machine.sdei.events,
    [{ number: 9, type: 'private', priority: 'normal' }],
  ],
  [
    'an event of an interrupt',
    { sdei: { events: [{ number: 9, type: 'shared', interrupt: 40 }] } },
    ({ machine }) => machine.sdei.events,
    [{ number: 9, type: 'shared', priority: 'normal', interrupt: 40 }],
  ],
  [
    'relative entry points',
    { sdei: { version: '1.1', relativeMode: true } },
    ({ machine }) => [machine.sdei.version, machine.sdei.relativeMode],
    [[1, 1], true],
  ],
  ['one kind of bind slots', { sdei: { bindSlots: { shared: 0 } } }, ({ machine }) => machine.sdei.bindSlots, { private: 3, shared: 0 }],
  [
    'bind slots by number',
    { sdei: { bindSlots: { shared: [5, 6] } } },
    ({ machine }) => machine.sdei.bindSlots,
    { private: 3, shared: [5, 6] },
  ],
  [
    "the editor's own keys pass",
    {
      type: 'sdei',
      request: 'launch',
      name: 'x',
      preLaunchTask: 'make',
      __sessionId: '1',
      debugServer: 4711,
      host: 'localhost',
      command: 'launch',
    },
    ({ program }) => program,
    'guest.elf',
  ],
  [
    'a kernel',
    { program: undefined, kernel: 'Image', initrd: 'disk', bootArguments: 'quiet' },
    ({ program, kernel }) => [program, kernel],
    [undefined, { image: 'Image', initrd: 'disk', bootArguments: 'quiet' }],
  ],
  [
    'a seed for KASLR',
    { program: undefined, kernel: 'Image', kaslrSeed: '0xffffffffffffffff' },
    ({ kernel }) => kernel?.kaslrSeed,
    0xffff_ffff_ffff_ffffn,
  ],
  [
    'a program that is loaded elsewhere than it is linked',
    { program: 'pay@1.elf@0x40100000' },
    ({ program, programOffset }) => [program, programOffset],
    ['pay@1.elf', 0x4010_0000n],
  ],
  ['one that is not', { program: 'a@b.elf' }, ({ program, programOffset }) => [program, programOffset], ['a@b.elf', undefined]],
  [
    'symbols that are linked, elsewhere, and sections here and there',
    { symbols: ['vmlinux', 'a@b.elf', 'pay.elf@-0x1000', 'pay.elf@20', 'mod.ko@.text=0x10,.init.text=32'] },
    ({ symbols }) => symbols,
    [
      { path: 'vmlinux', offset: 0n },
      { path: 'a@b.elf', offset: 0n },
      { path: 'pay.elf', offset: -0x1000n },
      { path: 'pay.elf', offset: 20n },
      {
        path: 'mod.ko',
        offset: 0n,
        sections: new Map([
          ['.text', 0x10n],
          ['.init.text', 32n],
        ]),
      },
    ],
  ],
  ['no semihosting', {}, ({ semihostingArguments }) => semihostingArguments, undefined],
  ['semihosting', { semihosting: true }, ({ semihostingArguments }) => semihostingArguments, ''],
  [
    'arguments of a program',
    { semihosting: true, bootArguments: 'a b' },
    ({ semihostingArguments, kernel }) => [semihostingArguments, kernel],
    ['a b', undefined],
  ],
  ['a kernel alone', { program: undefined, kernel: 'Image' }, ({ kernel }) => kernel, { image: 'Image', bootArguments: '' }],
  ['null counts as absent', { cpus: null }, ({ machine }) => machine.cpus, 1],
];

for (const [title, args, pick, expected] of accepted) test(title, () => assert.deepEqual(pick(parse(args)), expected));

const refused: readonly [Record<string, unknown>, string][] = [
  [{ program: undefined }, 'Launch key "program" is missing. Set it to the path of an AArch64 ELF file.'],
  [{ program: '' }, 'Launch key "program" is "", expected the path of an AArch64 ELF file.'],
  [{ program: 7 }, 'Launch key "program" is 7, expected a string.'],
  [{ progam: 'x' }, 'Unknown launch key "progam". Did you mean "program"?'],
  [{ colour: 'red' }, 'Unknown launch key "colour". Remove it.'],
  [{ cpus: 0 }, 'Launch key "cpus" is 0, expected a whole number from 1 to 8.'],
  [{ cpus: 9 }, 'Launch key "cpus" is 9, expected a whole number from 1 to 8.'],
  [{ cpus: 1.5 }, 'Launch key "cpus" is 1.5, expected a whole number from 1 to 8.'],
  [{ cpus: '2' }, 'Launch key "cpus" is "2", expected a whole number from 1 to 8.'],
  [{ client: 'el1' }, 'Launch key "client" is "el1", expected one of "EL1", "EL2". Did you mean "EL1"?'],
  [{ client: 'EL3' }, 'Launch key "client" is "EL3", expected one of "EL1", "EL2". Did you mean "EL1"?'],
  [
    { client: 'EL2', conduit: 'hvc' },
    'Launch key "conduit" is "hvc", but "client" is "EL2", whose HVC goes to the guest itself. Set "conduit" to "smc" or leave it out.',
  ],
  [{ memory: '12Q' }, 'Launch key "memory" is "12Q", expected a size such as "512M", from "64K" to "3G", a multiple of 64K.'],
  [{ memory: 1000 }, 'Launch key "memory" is 1000, expected a size such as "512M", from "64K" to "3G", a multiple of 64K.'],
  [{ memory: '4G' }, 'Launch key "memory" is "4G", expected a size such as "512M", from "64K" to "3G", a multiple of 64K.'],
  [{ sdei: [] }, 'Launch key "sdei" is [], expected an object.'],
  [{ sdei: { profil: 'kvm' } }, 'Unknown launch key "sdei.profil". Did you mean "sdei.profile"?'],
  [{ sdei: { profile: 'kvm9' } }, 'Launch key "sdei.profile" is "kvm9", expected one of "spec", "tfa", "kvm", "qemu". Did you mean "kvm"?'],
  [{ sdei: { version: 1 } }, 'Launch key "sdei.version" is 1, expected one of "1.0", "1.1".'],
  [{ sdei: { bindSlots: { private: -1 } } }, 'Launch key "sdei.bindSlots.private" is -1, expected a whole number from 0 to 80 or a list.'],
  [{ sdei: { bindSlots: { shared: [1, 'x'] } } }, 'Launch key "sdei.bindSlots.shared[1]" is "x", expected an event number.'],
  [
    { sdei: { events: [804] } },
    'Launch key "sdei.events[0]" is 804, expected an object such as {"number": 804, "type": "shared", "priority": "critical"}.',
  ],
  [{ sdei: { events: [{}] } }, 'Launch key "sdei.events[0].number" is missing. Set it to the event number, for example 804.'],
  [{ sdei: { events: [{ number: 0 }] } }, 'Launch key "sdei.events[0].number" is 0, expected a whole number from 1 to 2147483647.'],
  [
    { sdei: { events: [{ number: 5 }, { number: 5 }] } },
    'Launch key "sdei.events[1].number" is 5, but another entry declares the same event. Give each event once.',
  ],
  [
    { sdei: { events: [{ number: 5, interrupt: 5 }] } },
    'Launch key "sdei.events[0].interrupt" is 5, expected a whole number from 16 to 1019.',
  ],
  ...['pay.elf@0x2', 'pay.elf@-6', 'pay.elf@0x10000000000000000'].map((symbols): [Record<string, unknown>, string] => [
    { symbols: ['vmlinux', symbols] },
    `Launch key "symbols[1]" is "${symbols}", expected after the @ an offset of less than 2^64 that is a multiple of 4, the size of an instruction.`,
  ]),
  [
    { program: 'pay.elf@0x2' },
    'Launch key "program" is "pay.elf@0x2", expected after the @ an offset of less than 2^64 that is a multiple of 4, the size of an instruction.',
  ],
  [{ inject: [3] }, 'Launch key "inject[0]" is 3, expected a string.'],
  [{ sourceMap: { '/a': 1 } }, 'Launch key "sourceMap["/a"]" is 1, expected the path of a folder.'],
  [{ stopOnEntry: 'yes' }, 'Launch key "stopOnEntry" is "yes", expected true or false.'],
  [
    { kernel: 'Image' },
    'Launch key "kernel" is "Image", but "program" is given too. Keep one of them; name a vmlinux in "symbols" to debug the kernel.',
  ],
  [{ program: undefined, kernel: '' }, 'Launch key "kernel" is "", expected the path of an arm64 kernel image.'],
  [{ program: undefined, kernel: 'Image', initrd: '' }, 'Launch key "initrd" is "", expected the path of an initial RAM disk.'],
  [
    { program: undefined, kernel: 'Image', entry: 'start' },
    'Launch key "entry" is "start", but "kernel" is given, which starts at its first instruction. Remove "entry".',
  ],
  [
    { initrd: 'disk' },
    'Launch key "initrd" is "disk", but there is no "kernel" that it is for. Set "kernel" to an arm64 kernel image, or remove it.',
  ],
  [
    { bootArguments: 'quiet' },
    'Launch key "bootArguments" is "quiet", but there is no "kernel" that it is for, and a program is given its command line by semihosting only. Set "kernel" to an arm64 kernel image, set "semihosting" to true, or remove it.',
  ],
  [{ gdbServer: 70000 }, 'Launch key "gdbServer" is 70000, expected a whole number from 0 to 65535.'],
  [
    { irqchip: 'user', client: 'EL2' },
    'Launch key "irqchip" is "user", but "client" is "EL2", which no hypervisor is above: device_irq_level is for guests at EL1. Set "client" to "EL1" or leave "irqchip" out.',
  ],
  [
    { hypStub: '4.12', client: 'EL2' },
    'Launch key "hypStub" is "4.12", but "client" is "EL2": the guest starts at EL2, and brings a stub of its own. Set "client" to "EL1" or leave "hypStub" out.',
  ],
  [{ hypStub: '5.10' }, 'Launch key "hypStub" is "5.10", expected one of "4.11", "4.12", "5.12", "6.0", "6.19". Did you mean "5.12"?'],
  ...[0, '0', 'seed', '0x10000000000000000'].map((kaslrSeed): [Record<string, unknown>, string] => [
    { program: undefined, kernel: 'Image', kaslrSeed },
    `Launch key "kaslrSeed" is ${JSON.stringify(kaslrSeed)}, expected a number such as "0x123456789abcdef", from 1 to 2^64 - 1.`,
  ]),
  [
    { kaslrSeed: 5 },
    'Launch key "kaslrSeed" is 5, but there is no "kernel" that it is for. Set "kernel" to an arm64 kernel image, or remove it.',
  ],
  [{ semihosting: 'on' }, 'Launch key "semihosting" is "on", expected true or false.'],
  [{ irqchip: 'usr' }, 'Launch key "irqchip" is "usr", expected one of "kernel", "user". Did you mean "user"?'],
  [{ history: '64K' }, 'Launch key "history" is "64K", expected a size such as "256M", at least "1M", or false.'],
  [{ history: 5 }, 'Launch key "history" is 5, expected a string or true or false.'],
];

for (const [args, message] of refused) test(`refused: ${JSON.stringify(args)}`, () => assert.throws(() => parse(args), { message }));

test('every key is described, and a default is one of its values', () => {
  for (const key of launchKeys) {
    assert.match(key.description, /^[A-Z].*\.$|\.\.$/s, key.name);
    if (key.values !== undefined && key.default !== undefined) assert.ok(key.values.includes(key.default as string), key.name);
  }
});

for (const profile of ['spec', 'tfa', 'kvm', 'qemu'] as const) {
  test(`defaults of profile ${profile} are the dispatcher's`, () => {
    const { events: _, ...own } = defaultSdeiConfiguration(profile);
    const { events: declared, ...launched } = parse({ sdei: { profile } }).machine.sdei;
    assert.deepEqual(launched, own);
    assert.equal(declared.length, 4);
  });
}

const impossible: readonly [sdei: Record<string, unknown>, message: string][] = [
  [{ relativeMode: true }, 'Launch key "sdei.relativeMode" needs SDEI 1.1, and "sdei.version" is [1, 0]. Set it to [1, 1].'],
  [
    { profile: 'qemu', bindSlots: { private: 16 } },
    'Launch key "sdei.bindSlots.private" is 16: profile qemu has numbers for 0 to 15 private slots (from 0x40000001).',
  ],
  [
    { profile: 'kvm', events: [{ number: 1 }] },
    'Launch key "sdei.events[0].number" is 1: that event exists already in profile kvm. Give it another number.',
  ],
  [
    { events: [{ number: 9, interrupt: 40 }] },
    'Launch key "sdei.events[0].interrupt" is 40, an SPI: its event is shared. Set "type" to "shared".',
  ],
];
for (const [sdei, message] of impossible) {
  test(`no machine for sdei ${JSON.stringify(sdei)}`, () =>
    assert.throws(() => createEmulatorTarget(parse({ memory: '1M', sdei }).machine), { name: 'Error', message }));
}
