import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator } from '../../emulator/emulator.ts';
import { operations } from '../../emulator/semihosting/operations.ts';
import { CODE, interruptEnabled, machineWith } from '../support/machine.ts';
import { newAddressSpace, NORMAL, translatedMachine } from '../support/translated-machine.ts';
import { D, PageTables } from '../system/translation-oracle/page-tables.ts';
import { hlt, hvc } from '../system/support.ts';

const HLT = hlt(0xf000);
/** Where blocks and buffers are. */
const BLOCK = 0x4020_0000n;
const BUFFER = 0x4020_1000n;
const NOWHERE = 0x1000n;
const semihosting = { commandLine: new TextEncoder().encode('guest.elf -v'), heapBase: 0x4030_0000 };

const machine = (words: readonly number[] = Array.from({ length: 64 }, () => HLT)): Emulator => machineWith(words, { semihosting });
const number = (name: string): bigint => BigInt(operations.find((one) => one.name === name)?.number ?? -1);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textAt = (emulator: Emulator, address: bigint, length: number): string =>
  new TextDecoder().decode(emulator.readPhysical(address, length));
const output = (emulator: Emulator): string => new TextDecoder().decode(emulator.takeConsoleOutput());

function place(emulator: Emulator, fields: readonly bigint[], address = BLOCK): bigint {
  const view = new DataView(new ArrayBuffer(fields.length * 8));
  for (const [n, field] of fields.entries()) view.setBigUint64(n * 8, BigInt.asUintN(64, field), true);
  emulator.writePhysical(address, new Uint8Array(view.buffer));
  return address;
}
/** One call; a list is a parameter block. @returns X0, signed, or why the run has stopped */
function call(emulator: Emulator, name: string, parameter: bigint | readonly bigint[] = 0n): bigint | string {
  emulator.writeRegister(0, 'x0', number(name));
  emulator.writeRegister(0, 'x1', typeof parameter === 'bigint' ? parameter : place(emulator, parameter));
  const first = emulator.run(1);
  const stop = emulator.pes[0].waiting ? emulator.run(1) : first;
  if (stop.kind === 'budget') return BigInt.asIntN(64, emulator.readRegister(0, 'x0') ?? 0n);
  return 'why' in stop ? `${stop.kind}: ${stop.why}` : 'what' in stop ? `${stop.kind}: ${stop.what}` : stop.kind;
}
/** Of a file name of BUFFER. */
function open(emulator: Emulator, name: string, mode: bigint): bigint {
  emulator.writePhysical(BUFFER, bytesOf(name));
  return call(emulator, 'SYS_OPEN', [BUFFER, mode, BigInt(name.length)]) as bigint;
}

/** Operation, block or X1, what is typed before; X0 or the stop, SYS_ERRNO, console output. Handles: 1 input, 2 output, 3 features. */
const cases: readonly (readonly [string, bigint | readonly bigint[], bigint | string, errno?: bigint, printed?: string, typed?: string])[] =
  [
    ['SYS_CLOSE', [1n], 0n],
    ['SYS_CLOSE', [4n], -1n, 9n],
    ['SYS_CLOSE', [-1n], -1n, 9n],
    ['SYS_WRITEC', BUFFER, 3n, 0n, 'A'],
    ['SYS_WRITE0', BUFFER, 4n, 0n, 'Alphabet'],
    ['SYS_WRITE', [2n, BUFFER, 5n], 0n, 0n, 'Alpha'],
    ['SYS_WRITE', [1n, BUFFER, 5n], 0n, 0n, 'Alpha'],
    ['SYS_WRITE', [2n, NOWHERE, 0n], 0n],
    ['SYS_WRITE', [3n, BUFFER, 5n], 5n, 9n],
    ['SYS_WRITE', [9n, BUFFER, 5n], 5n, 9n],
    ['SYS_READ', [1n, BUFFER, 4n], 1n, 0n, '', 'abc'],
    ['SYS_READ', [1n, BUFFER, 2n], 0n, 0n, '', 'abc'],
    ['SYS_READ', [1n, BUFFER, 40n], 0n, 0n, '', 'more bytes than any receive FIFO would hold'],
    ['SYS_READ', [1n, BUFFER, 0n], 0n],
    ['SYS_READ', [1n, BUFFER, 1n], 'halted: awaits-input'],
    ['SYS_READ', [3n, BUFFER, 64n], 59n],
    ['SYS_READ', [7n, BUFFER, 4n], 4n, 9n],
    // qemu-system-aarch64 7.2 with a chardev waits here, too, but returns each character one call late, and 0 first.
    ['SYS_READC', 0n, 0x7an, 0n, '', 'z'],
    ['SYS_READC', 0n, 'halted: awaits-input'],
    ['SYS_ISERROR', [-1n], 1n],
    ['SYS_ISERROR', [0x7fff_ffff_ffff_ffffn], 0n],
    ['SYS_ISTTY', [2n], 1n],
    ['SYS_ISTTY', [3n], 0n],
    ['SYS_ISTTY', [0n], -1n, 9n],
    ['SYS_SEEK', [3n, 5n], 0n],
    ['SYS_SEEK', [3n, 6n], -1n, 22n],
    ['SYS_SEEK', [2n, 0n], -1n, 29n],
    ['SYS_SEEK', [8n, 0n], -1n, 9n],
    ['SYS_FLEN', [3n], 5n],
    ['SYS_FLEN', [2n], 0n],
    ['SYS_FLEN', [8n], -1n, 9n],
    ['SYS_OPEN', [BUFFER, 0n, 8n], -1n, 13n],
    ['SYS_OPEN', [BUFFER, 12n, 8n], -1n, 22n],
    ['SYS_OPEN', [BUFFER, 0n, 5000n], -1n, 36n],
    ['SYS_TMPNAM', [BUFFER, 1n, 64n], -1n, 13n],
    ['SYS_REMOVE', [BUFFER, 8n], -1n, 13n],
    ['SYS_RENAME', [BUFFER, 8n, BUFFER, 4n], -1n, 13n],
    ['SYS_SYSTEM', [BUFFER, 8n], -1n, 13n],
    ['SYS_CLOCK', 0n, 0n],
    ['SYS_TIME', 0n, 1_767_225_600n],
    ['SYS_ERRNO', 0n, 0n],
    ['SYS_GET_CMDLINE', [BUFFER, 13n], 0n],
    ['SYS_GET_CMDLINE', [BUFFER, 12n], -1n, 7n],
    ['SYS_HEAPINFO', [BUFFER], 0n],
    ['SYS_ELAPSED', BUFFER, 0n],
    ['SYS_TICKFREQ', 0n, 1_000_000_000n],
    ['SYS_EXIT', [0x20026n, 3n], 'exit'],
    ['SYS_EXIT_EXTENDED', [0x20026n, 0n], 'exit'],
    ['SYS_WRITEC', NOWHERE, 'bad-semihosting-call: its character at 0x1000 (1 byte) is not memory'],
    ['SYS_WRITE0', NOWHERE, 'bad-semihosting-call: its text at 0x1000 has no zero byte at its end, 0 bytes on'],
    ['SYS_WRITE0', 0x40ff_fff8n, 'bad-semihosting-call: its text at 0x40fffff8 has no zero byte at its end, 8 bytes on'],
    ['SYS_WRITE', NOWHERE, 'bad-semihosting-call: its parameter block at 0x1000 (24 bytes) is not memory'],
    ['SYS_WRITE', 0x40ff_fff0n, 'bad-semihosting-call: its parameter block at 0x40fffff0 (24 bytes) is not memory'],
    ['SYS_WRITE', [2n, NOWHERE, 5n], 'bad-semihosting-call: its buffer at 0x1000 (5 bytes) is not memory'],
    ['SYS_WRITE', [2n, -1n, 5n], 'bad-semihosting-call: its buffer at 0xffffffffffffffff (5 bytes) is not memory'],
    ['SYS_READ', [1n, 0x0400_0000n, 4n], 'bad-semihosting-call: its buffer at 0x4000000 (4 bytes) is not writable memory', 0n, '', 'abc'],
    ['SYS_READ', [1n, BUFFER, 1n << 60n], `bad-semihosting-call: its buffer at 0x40201000 (${1n << 60n} bytes) is not writable memory`],
    ['SYS_OPEN', [NOWHERE, 0n, 8n], 'bad-semihosting-call: its file name at 0x1000 (8 bytes) is not memory'],
    ['SYS_HEAPINFO', [NOWHERE], 'bad-semihosting-call: its four addresses at 0x1000 (32 bytes) is not writable memory'],
    ['SYS_ELAPSED', NOWHERE, 'bad-semihosting-call: its number of ticks at 0x1000 (8 bytes) is not writable memory'],
    ['SYS_GET_CMDLINE', [NOWHERE, 13n], 'bad-semihosting-call: its buffer at 0x1000 (13 bytes) is not writable memory'],
  ];

for (const [name, parameter, result, errno = 0n, printed = '', typed = ''] of cases) {
  const given =
    typeof parameter === 'bigint' ? `0x${parameter.toString(16)}` : parameter.map((field) => `0x${field.toString(16)}`).join(' ');
  test(`${name} ${given}${typed === '' ? '' : ` after "${typed}"`}: ${result}`, () => {
    const emulator = machine();
    assert.deepEqual([open(emulator, ':tt', 0n), open(emulator, ':tt', 4n), open(emulator, ':semihosting-features', 1n)], [1n, 2n, 3n]);
    emulator.writePhysical(0x40ff_ffe0n, new Uint8Array(32).fill(0x20));
    emulator.writePhysical(BUFFER, bytesOf('Alphabet\0'));
    if (typed !== '') emulator.sendConsoleInput(bytesOf(typed));
    const before = emulator.pes[0].pc;
    assert.equal(call(emulator, name, parameter), result);
    assert.equal(output(emulator), printed);
    const isDone = typeof result === 'bigint' || result === 'exit';
    assert.equal(emulator.pes[0].pc, isDone ? before + 4n : before);
    if (typeof result !== 'bigint' || name === 'SYS_ERRNO') return;
    assert.equal(call(emulator, 'SYS_ERRNO'), errno);
  });
}

test('every operation has a row above', () => {
  const seen = new Set<string>(cases.map(([name]) => name));
  assert.deepEqual(
    operations.filter(({ name }) => !seen.has(name)),
    [],
  );
});

test('operations that there are not stop the run with their number', () => {
  const known = new Set(operations.map((one) => one.number));
  for (const unknown of [0, 0x0b, 0x14, 0x17, 0x19, 0x21, 0x32, 0x100, 0xffff_ffff]) {
    assert.ok(!known.has(unknown));
    const emulator = machine();
    emulator.writeRegister(0, 'x0', BigInt(unknown));
    const what = `semihosting operation 0x${unknown.toString(16)}`;
    assert.deepEqual(emulator.run(10), { kind: 'unimplemented', pe: 0, pc: CODE, encoding: HLT, what });
  }
});

test('what operations write', () => {
  const emulator = machine();
  const handle = open(emulator, ':semihosting-features', 0n);
  call(emulator, 'SYS_READ', [handle, BUFFER, 64n]);
  assert.equal(textAt(emulator, BUFFER, 5), 'SHFB\x03');
  call(emulator, 'SYS_GET_CMDLINE', [BUFFER, 64n]);
  assert.equal(textAt(emulator, BUFFER, 13), 'guest.elf -v\0');
  assert.equal(new DataView(emulator.readPhysical(BLOCK, 16).buffer).getBigUint64(8, true), 12n);
  call(emulator, 'SYS_HEAPINFO', [BUFFER]);
  const heap = new BigUint64Array(emulator.readPhysical(BUFFER, 32).buffer);
  assert.deepEqual([...heap], [0x4030_0000n, 0x4100_0000n, 0x4100_0000n, 0x4030_0000n]);
  emulator.sendConsoleInput(bytesOf('hello'));
  const input = open(emulator, ':tt', 0n);
  call(emulator, 'SYS_READ', [input, BUFFER, 5n]);
  assert.equal(textAt(emulator, BUFFER, 5), 'hello');
});

test('handles are given again when they are closed', () => {
  const emulator = machine();
  assert.deepEqual([open(emulator, ':tt', 0n), open(emulator, ':tt', 8n)], [1n, 2n]);
  call(emulator, 'SYS_CLOSE', [1n]);
  assert.deepEqual([open(emulator, ':tt', 4n), open(emulator, ':tt', 4n)], [1n, 3n]);
});

test('time is that of the machine: 1 ns an instruction', () => {
  // subs x2, x2, #1; b.ne .-4
  const emulator = machineWith([0xf100_0442, 0x54ff_ffe1, ...Array.from({ length: 8 }, () => HLT)], { semihosting });
  emulator.writeRegister(0, 'x2', 15_000_000n);
  emulator.run(30_000_000);
  assert.equal(call(emulator, 'SYS_CLOCK'), 3n);
  call(emulator, 'SYS_ELAPSED', BUFFER);
  assert.equal(new DataView(emulator.readPhysical(BUFFER, 8).buffer).getBigUint64(0, true), 30_000_001n);
});

/** `[reason, subcode]`; status and the reason's name. */
const exits: readonly (readonly [readonly [bigint, bigint], number, string?])[] = [
  [[0x20026n, 0n], 0],
  [[0x20026n, 255n], 255],
  [[0x20026n, -1n], -1],
  [[0x20023n, 7n], 1, 'ADP_Stopped_RunTimeErrorUnknown'],
  [[0x20020n, 0n], 1, 'ADP_Stopped_BreakPoint'],
  [[0x1234n, 0n], 1, 'reason 0x1234'],
];
test('exits', () => {
  for (const operation of ['SYS_EXIT', 'SYS_EXIT_EXTENDED']) {
    for (const [block, status, reason] of exits) {
      const emulator = machine();
      emulator.writeRegister(0, 'x0', number(operation));
      emulator.writeRegister(0, 'x1', place(emulator, block));
      assert.deepEqual(emulator.run(10), { kind: 'exit', pe: 0, status, operation, ...(reason !== undefined && { reason }) });
      assert.equal(emulator.instructions, 1);
    }
  }
});

test('the end of input is told, until something is typed', () => {
  const emulator = machine();
  const input = open(emulator, ':tt', 0n);
  emulator.sendConsoleInput(bytesOf('a'));
  emulator.endConsoleInput();
  assert.equal(call(emulator, 'SYS_READC'), 0x61n);
  assert.equal(call(emulator, 'SYS_READC'), -1n);
  assert.equal(call(emulator, 'SYS_READ', [input, BUFFER, 9n]), 9n);
  emulator.sendConsoleInput(bytesOf('b'));
  assert.equal(call(emulator, 'SYS_READC'), 0x62n);
  assert.equal(call(emulator, 'SYS_READC'), 'halted: awaits-input');
  emulator.endConsoleInput();
  assert.equal(emulator.run(1).kind, 'budget');
  assert.equal(emulator.readRegister(0, 'x0'), 0xffff_ffff_ffff_ffffn);
});

test('at EL0, EL1 and EL2', () => {
  for (const [pstate, el] of [
    [0x3c0n, 0],
    [0x3c5n, 1],
    [0x3c9n, 2],
  ] as const) {
    const emulator = machine();
    emulator.writeRegister(0, 'pstate', pstate);
    emulator.writePhysical(BUFFER, bytesOf(`EL${el}\0`));
    call(emulator, 'SYS_WRITE0', BUFFER);
    assert.deepEqual([emulator.pes[0].exceptionLevel, output(emulator)], [el, `EL${el}`]);
  }
});

test('addresses are translated as the PE does it', () => {
  const tables = new PageTables(0x4080_0000n);
  const space = newAddressSpace(tables);
  const virtual = 0x7fff_0000_0000n;
  tables.set(space, virtual, 3, BUFFER | NORMAL | D.PAGE);
  const emulator = translatedMachine([HLT, HLT, HLT], tables, space, { semihosting });
  emulator.writePhysical(BUFFER, bytesOf('mapped\0'));
  assert.equal(call(emulator, 'SYS_WRITE0', virtual), 4n);
  assert.equal(output(emulator), 'mapped');
  assert.match(String(call(emulator, 'SYS_WRITE0', BUFFER)), /^bad-semihosting-call: its text at 0x40201000/);
});

test('a watchpoint sees what a call reads and writes', () => {
  for (const access of ['read', 'write'] as const) {
    const emulator = machine();
    const input = open(emulator, ':tt', 0n);
    emulator.sendConsoleInput(bytesOf('abc'));
    emulator.setWatchpoints([{ kind: 'memory', access, ranges: [{ address: Number(BUFFER) + 2, length: 1 }] }]);
    const [name, block] = access === 'read' ? (['SYS_WRITE', [input, BUFFER, 3n]] as const) : (['SYS_READ', [input, BUFFER, 3n]] as const);
    emulator.writeRegister(0, 'x0', number(name));
    emulator.writeRegister(0, 'x1', place(emulator, block));
    const { pc } = emulator.pes[0];
    const stop = emulator.run(10);
    assert.deepEqual(stop, {
      kind: 'watchpoint',
      pe: 0,
      pc,
      watchpoint: 0,
      isDone: true,
      access: { kind: access, address: Number(BUFFER), size: 3 },
    });
    assert.equal(emulator.pes[0].pc, pc + 4n);
  }
});

test('a watchpoint sees nothing of what a call has not read, or of a call that is not done', () => {
  const emulator = machine();
  emulator.writePhysical(BUFFER, bytesOf('ab\0cd'));
  const watch = (address: bigint) =>
    emulator.setWatchpoints([{ kind: 'memory', access: 'readWrite', ranges: [{ address: Number(address), length: 1 }] }]);
  watch(BUFFER + 3n);
  assert.equal(call(emulator, 'SYS_WRITE0', BUFFER), 4n);
  watch(BUFFER + 2n);
  assert.equal(call(emulator, 'SYS_WRITE0', BUFFER), 'watchpoint');
  watch(BLOCK);
  open(emulator, ':tt', 4n);
  emulator.writeRegister(0, 'x0', number('SYS_WRITE'));
  emulator.writeRegister(0, 'x1', place(emulator, [1n, NOWHERE, 5n]));
  assert.equal(emulator.run(10).kind, 'bad-semihosting-call');
  assert.equal(emulator.run(10).kind, 'bad-semihosting-call');
});

const READC = 0xd280_00e0; // mov x0, #7
const LOOP = 0x1400_0000; // b .
const timer = [
  0xd284_e201, // mov x1, #10000
  0xd51b_e201, // msr cntp_tval_el0, x1
  0xd280_0021, // mov x1, #1
  0xd51b_e221, // msr cntp_ctl_el0, x1
];
/** add x5, x5, #1; msr cntp_ctl_el0, xzr; eret */
const handler = Uint32Array.of(0x9100_04a5, 0xd51b_e23f, 0xd69f_03e0);

for (const isMasked of [false, true]) {
  test(`a call that waits for input ${isMasked ? 'is not disturbed by a masked interrupt' : 'is interrupted, and goes on waiting'}`, () => {
    for (const hotThreshold of [0, 1]) {
      const unmask = isMasked ? 0xd503_201f : 0xd503_42ff; // nop or msr daifclr, #2
      const words = [...interruptEnabled(30), unmask, ...timer, READC, HLT, LOOP];
      const emulator = machineWith(words, { semihosting, hotThreshold });
      emulator.writeRegister(0, 'VBAR_EL1', 0x4018_0000n);
      emulator.writePhysical(0x4018_0280n, new Uint8Array(handler.buffer));
      assert.deepEqual(emulator.run(1_000_000), { kind: 'halted', why: 'awaits-input' });
      const hltAt = CODE + BigInt(4 * (words.length - 2));
      assert.deepEqual([emulator.pes[0].pc, emulator.pes[0].waiting, emulator.readRegister(0, 'x5')], [hltAt, true, isMasked ? 0n : 1n]);
      assert.deepEqual(emulator.run(1_000_000), { kind: 'halted', why: 'awaits-input' });
      emulator.sendConsoleInput(bytesOf('k'));
      assert.equal(emulator.run(100).kind, 'budget');
      assert.deepEqual([emulator.pes[0].pc, emulator.readRegister(0, 'x0')], [hltAt + 4n, 0x6bn]);
    }
  });
}

test('an event is delivered to a PE that waits for input, which goes on waiting behind it', () => {
  const HVC = hvc(0);
  const emulator = machineWith([HVC, HVC, HVC, READC, HLT, LOOP], { semihosting });
  const entry = 0x4018_0000n;
  // add x20, x20, #1; mov x0, #0xc4000025 (SDEI_EVENT_COMPLETE); mov x1, #0; hvc #0
  const code = Uint32Array.of(0x9100_0694, 0xd280_04a0, 0xf2b8_8000, 0xd280_0001, HVC);
  emulator.writePhysical(entry, new Uint8Array(code.buffer));
  const calls = [
    [0xc400_0021n, 0n, entry, 0n, 0n], // SDEI_EVENT_REGISTER
    [0xc400_0022n, 0n], // SDEI_EVENT_ENABLE
    [0xc400_002cn], // SDEI_PE_UNMASK
  ];
  for (const values of calls) {
    for (const [n, value] of values.entries()) emulator.writeRegister(0, `x${n}`, value);
    emulator.run(1);
    assert.equal(emulator.readRegister(0, 'x0'), 0n);
  }
  assert.deepEqual(emulator.run(1000), { kind: 'halted', why: 'awaits-input' });
  assert.equal(emulator.trigger(0, 0).accepted, true);
  assert.deepEqual(emulator.run(1000), { kind: 'halted', why: 'awaits-input' });
  assert.deepEqual([emulator.pes[0].pc, emulator.readRegister(0, 'x20')], [CODE + 16n, 1n]);
  emulator.sendConsoleInput(bytesOf('!'));
  emulator.run(10);
  assert.equal(emulator.readRegister(0, 'x0'), 0x21n);
});

test('calls from translated code do what those from interpreted code do', () => {
  const words = [
    0xd280_7d02, // mov x2, #1000
    0xd280_0060, // loop: mov x0, #3
    0xaa03_03e1, // mov x1, x3
    HLT,
    0x8b02_0084, // add x4, x4, x2
    0xf100_0442, // subs x2, x2, #1
    0x54ff_ff61, // b.ne loop
    LOOP,
  ];
  const [interpreted, translated] = [0, 2].map((hotThreshold) => {
    const emulator = machineWith(words, { semihosting, hotThreshold });
    emulator.writePhysical(BUFFER, bytesOf('x'));
    emulator.writeRegister(0, 'x3', BUFFER);
    emulator.run(7000);
    return [emulator.stateHash(), output(emulator), emulator.instructions];
  });
  assert.equal(interpreted[1], 'x'.repeat(1000));
  assert.deepEqual(translated, interpreted);
});

test('off: HLT #0xF000 is UNDEFINED, and told once to who wants to know', () => {
  const words = [HLT, HLT, LOOP];
  const emulator = machineWith(words);
  emulator.writeRegister(0, 'VBAR_EL1', 0x4018_0000n);
  // mrs x9, elr_el1; add x9, x9, #4; msr elr_el1, x9; eret
  emulator.writePhysical(0x4018_0200n, new Uint8Array(Uint32Array.of(0xd538_4029, 0x9100_1129, 0xd518_4029, 0xd69f_03e0).buffer));
  emulator.setStopConditions({ semihostingOff: true });
  assert.deepEqual(emulator.run(100), { kind: 'semihosting-off', pe: 0, pc: CODE });
  assert.equal(emulator.readRegister(0, 'ESR_EL1'), 0x200_0000n);
  assert.equal(emulator.run(100).kind, 'budget');
  assert.equal(emulator.pes[0].pc, CODE + 8n);
});

test('any other HLT stays UNDEFINED', () => {
  const emulator = machineWith([hlt(0xf001)], { semihosting });
  emulator.writeRegister(0, 'VBAR_EL1', 0x4018_0000n);
  emulator.run(1);
  assert.deepEqual([emulator.pes[0].pc, emulator.readRegister(0, 'ESR_EL1')], [0x4018_0200n, 0x200_0000n]);
});
