import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StopReason } from '../../emulator/emulator.ts';
import { CODE, machineWith, interruptEnabled } from '../support/machine.ts';

const SPIN = 0x14000000; // b .

test('a budget is used to the instruction', () => {
  for (const budget of [1, 2, 3, 159, 160, 161, 1000, 123_457]) {
    const emulator = machineWith([0x91000400 /* add x0, x0, #1 */, 0x17ffffff /* b .-4 */]);
    assert.deepEqual(emulator.run(budget), { kind: 'budget' });
    assert.equal(emulator.instructions, budget);
    assert.equal(emulator.readRegister(0, 'x0'), BigInt(Math.ceil(budget / 2)), `after ${budget} instructions`);
  }
});

test('a budget ends before the instruction that cannot be fetched', () => {
  for (const hotThreshold of [0, 1]) {
    for (const target of [0x1_0000_0000n, CODE + 2n]) {
      const emulator = machineWith([0xd61f0020 /* br x1 */], { hotThreshold });
      emulator.writeRegister(0, 'x1', target);
      assert.deepEqual(emulator.run(1), { kind: 'budget' });
      assert.equal(emulator.instructions, 1);
      assert.equal(emulator.readRegister(0, 'pc'), target);
      assert.equal(emulator.run(1).kind, 'lockup');
      assert.equal(emulator.instructions, 2);
      assert.equal(emulator.readRegister(0, 'ELR_EL1'), target);
    }
  }
});

test('straight-line code ends at the budget and goes on across a page', () => {
  const words = [
    ...new Array<number>(1023).fill(0xd503201f /* nop */),
    ...new Array<number>(4).fill(0x91000400 /* add x0, x0, #1 */),
    SPIN,
  ];
  const emulator = machineWith(words);
  emulator.run(1025);
  assert.equal(emulator.readRegister(0, 'pc'), CODE + 4100n);
  assert.equal(emulator.readRegister(0, 'x0'), 2n);
  emulator.run(100_000);
  assert.equal(emulator.readRegister(0, 'x0'), 4n);
});

test('a page of code that is overwritten whole, and again, is executed as it is then', () => {
  for (const hotThreshold of [0, 5]) {
    const emulator = machineWith(
      [
        0xd2a80202, // mov x2, #0x40100000
        0x91400842, // add x2, x2, #2, lsl #12: on a page of its own
        0x180001e1, // ldr w1, f
        0x180001e3, // ldr w3, f + 4
        0xd2800004, // mov x4, #0
        0x11008021, // again: add w1, w1, #0x20: the next immediate
        0xb900005f, // str wzr, [x2]
        0xb900045f, // str wzr, [x2, #4]
        0xb9000041, // str w1, [x2]
        0xb9000443, // str w3, [x2, #4]
        0xd5033fdf, // isb
        0xd63f0040, // blr x2
        0x8b000084, // add x4, x4, x0
        0xf101901f, // cmp x0, #100
        0x54fffee1, // b.ne again
        SPIN,
        0xd503201f, // nop
        0xd2800000, // f: mov x0, #0
        0xd65f03c0, // ret
      ],
      { hotThreshold },
    );
    emulator.run(10_000);
    assert.equal(emulator.readRegister(0, 'x4'), 5050n);
  }
});

test('what is written to the UART is sent once, however it is written', () => {
  const emulator = machineWith([
    0xd2a12000, // mov x0, #0x9000000
    0x52800821, // mov w1, #0x41
    0x52800842, // mov w2, #0x42
    0x39000002, // strb w2, [x0]
    0x29000801, // stp w1, w2, [x0]: the data register, and the one behind it
    0xb9000001, // str w1, [x0]
    0xb9401803, // ldr w3, [x0, #0x18]
    SPIN,
  ]);
  emulator.run(1000);
  assert.equal(new TextDecoder().decode(emulator.takeConsoleOutput()), 'BAA');
  assert.equal(emulator.readRegister(0, 'x3'), 0x90n);
});

test('an instruction that was executed and is then overwritten is executed anew', () => {
  const emulator = machineWith([
    0x10000102, // adr x2, f
    0x94000007, // bl f
    0xaa0003f3, // mov x19, x0
    0x180000e1, // ldr w1, replacement
    0xb9000041, // str w1, [x2]
    0x94000003, // bl f
    0xaa0003f4, // mov x20, x0
    SPIN,
    0xd2800020, // f: mov x0, #1
    0xd65f03c0, // ret
    0xd2800040, // replacement: mov x0, #2
  ]);
  emulator.run(1000);
  assert.deepEqual([emulator.readRegister(0, 'x19'), emulator.readRegister(0, 'x20')], [1n, 2n]);
});

test('the very next instruction can be overwritten', () => {
  for (const budget of [10, 1000]) {
    const emulator = machineWith([
      0x10000062, // adr x2, next
      0x18000081, // ldr w1, replacement
      0xb9000041, // str w1, [x2]
      0xd2800020, // next: mov x0, #1
      SPIN,
      0xd2800040, // replacement: mov x0, #2
    ]);
    emulator.run(budget);
    assert.equal(emulator.readRegister(0, 'x0'), 2n);
  }
});

const countToFive = [
  0xd2800000, // mov x0, #0
  0x91000400, // loop: add x0, x0, #1
  0xf100141f, // cmp x0, #5
  0x54ffffc1, // b.ne loop
  SPIN,
];

test('a breakpoint stops before its instruction, each time it is reached', () => {
  const emulator = machineWith(countToFive);
  emulator.setBreakpoints([{ address: CODE + 8n }]);
  for (let hit = 1n; hit <= 5n; hit++) {
    assert.deepEqual(emulator.run(1000), { kind: 'breakpoint', pe: 0, pc: CODE + 8n });
    assert.equal(emulator.readRegister(0, 'x0'), hit);
  }
  assert.deepEqual(emulator.run(1000), { kind: 'budget' });
});

test('a breakpoint at the first instruction stops before anything has run', () => {
  const emulator = machineWith(countToFive);
  emulator.setBreakpoints([{ address: CODE }]);
  assert.deepEqual(emulator.run(1000), { kind: 'breakpoint', pe: 0, pc: CODE });
  assert.equal(emulator.instructions, 0);
});

test('a breakpoint of another PE does not stop this one, and one that is removed does not stop', () => {
  const emulator = machineWith(countToFive, { cpus: 2 });
  emulator.setBreakpoints([{ address: CODE + 8n, pe: 1 }]);
  assert.deepEqual(emulator.run(5), { kind: 'budget' });
  emulator.setBreakpoints([]);
  assert.deepEqual(emulator.run(1000), { kind: 'budget' });
  assert.equal(emulator.readRegister(0, 'x0'), 5n);
});

test('breakpoints do not change what a run counts', () => {
  const plain = machineWith(countToFive);
  plain.run(12);
  const stopped = machineWith(countToFive);
  stopped.setBreakpoints([{ address: CODE + 8n }]);
  let left = 12;
  while (left > 0) {
    const before = stopped.instructions;
    stopped.run(left);
    left -= stopped.instructions - before;
  }
  assert.equal(stopped.instructions, plain.instructions);
  assert.equal(stopped.readRegister(0, 'pc'), plain.readRegister(0, 'pc'));
});

test('step executes one instruction, also at a breakpoint', () => {
  const emulator = machineWith(countToFive);
  emulator.setBreakpoints([{ address: CODE + 4n }]);
  assert.equal(emulator.step(0), undefined);
  assert.equal(emulator.step(0), undefined);
  assert.equal(emulator.readRegister(0, 'pc'), CODE + 8n);
  assert.equal(emulator.instructions, 2);
});

test('floating-point traps until CPACR_EL1.FPEN allows it, and cumulative flags reach FPSR', () => {
  const enable = [0xd2a00600 /* mov x0, #3 << 20 */, 0xd5181040 /* msr cpacr_el1, x0 */];
  const third = [
    0x1e6e1001 /* fmov d1, #1.0 */, 0x1e611002 /* fmov d2, #3.0 */, 0x1e621820 /* fdiv d0, d1, d2 */, 0xd53b4421 /* mrs x1, fpsr */,
  ];
  const emulator = machineWith([...enable, ...third, SPIN]);
  emulator.run(20);
  assert.equal(emulator.readRegister(0, 'v0'), 0x3fd5_5555_5555_5555n);
  assert.equal(emulator.readRegister(0, 'x1'), 0x10n);
  const trapped = machineWith([0xd2800025 /* mov x5, #1 */, ...third, SPIN]);
  trapped.run(2);
  assert.equal(trapped.readRegister(0, 'esr_el1'), 0x1fe0_0000n);
  assert.equal(trapped.readRegister(0, 'elr_el1'), CODE + 4n);
});

test('what is not implemented stops loudly, before the instruction', () => {
  const cases: [string, number[], number, RegExp][] = [
    [
      'big-endian data',
      [0xd5381000 /* mrs x0, sctlr_el1 */, 0xb2670000 /* orr x0, x0, #1 << 25 */, 0xd5181000 /* msr sctlr_el1, x0 */],
      2,
      /big-endian data/,
    ],
  ];
  for (const [what, words, index, message] of cases) {
    const emulator = machineWith([...words, SPIN]);
    const stop = emulator.run(1000) as Extract<StopReason, { kind: 'unimplemented' }>;
    assert.equal(stop.kind, 'unimplemented', what);
    assert.match(stop.what, message);
    assert.deepEqual([stop.pc, stop.encoding], [CODE + BigInt(index * 4), words[index]], what);
    assert.equal(emulator.readRegister(0, 'pc'), stop.pc);
    assert.equal(emulator.instructions, index);
  }
});

test('an exception without vectors is a lock-up that names what happened', () => {
  const cases: [string, number[], RegExp][] = [
    ['data executed', [0], /Undefined instruction 0x00000000 at 0x40100000 \(EL1\).*vector 0x200/],
    ['an access to nothing', [0xf9400001 /* ldr x1, [x0] */], /data abort.*0x40100000|at 0x40100000.*data abort/i],
    ['a jump to nothing', [0xd61f0000 /* br x0 */], /0x0 \(EL1\)/],
    ['an unaligned device access', [0x100000a0 /* adr x0, .+20 */, 0xf8401001 /* ldur x1, [x0, #1] */], /alignment fault/],
    ['a misaligned PC', [0xd2800040 /* mov x0, #2 */, 0xd61f0000 /* br x0 */], /PC alignment/],
  ];
  for (const [what, words, message] of cases) {
    const stop = machineWith([...words, SPIN]).run(100_000) as Extract<StopReason, { kind: 'lockup' }>;
    assert.equal(stop.kind, 'lockup', what);
    assert.match(stop.message, message, what);
  }
});

test('what is wrong with the address of an instruction goes before PSTATE.IL', () => {
  for (const [elr, syndrome] of [
    [CODE + 0x20n, 0x3a00_0000n],
    [CODE + 0x22n, 0x8a00_0000n],
    [0n, 0x8600_0010n],
  ]) {
    const emulator = machineWith([0xd69f_03e0 /* eret */, SPIN]);
    emulator.writeRegister(0, 'VBAR_EL1', CODE & ~0x7ffn);
    emulator.writeRegister(0, 'SPSR_EL1', 0x10_03c5n);
    emulator.writeRegister(0, 'ELR_EL1', elr);
    emulator.run(2);
    assert.equal(emulator.readRegister(0, 'ESR_EL1'), syndrome);
    assert.equal(emulator.readRegister(0, 'ELR_EL1'), elr);
    assert.equal(emulator.readRegister(0, 'SPSR_EL1'), 0x10_03c5n);
  }
});

/** Sets the virtual timer to 1000 ticks from now, and waits. */
const sleepsForAWhile = [
  0xd53be040, // mrs x0, cntvct_el0
  0xd2807d01, // mov x1, #0x3e8
  0x8b010002, // add x2, x0, x1
  0xd51be342, // msr cntv_cval_el0, x2
  0xd2800023, // mov x3, #0x1
  0xd51be323, // msr cntv_ctl_el0, x3
  0xd503207f, // wfi
];

test('WFI lets time pass until the timer interrupt, then ends; with nothing to wait for the machine says so', () => {
  const emulator = machineWith([
    ...interruptEnabled(27),
    ...sleepsForAWhile,
    0xd53be044, // mrs x4, cntvct_el0
    0xd2800003, // mov x3, #0x0
    0xd51be323, // msr cntv_ctl_el0, x3
    0xd503207f, // wfi
    SPIN,
  ]);
  assert.deepEqual(emulator.run(1000), { kind: 'halted', why: 'nothing-can-wake' });
  assert.equal(emulator.instructions, 24);
  assert.equal(emulator.readRegister(0, 'x4'), emulator.readRegister(0, 'x2'));
});

test('a PE that waits executes where its PC is set to; one that is set to where it is waits on', () => {
  const emulator = machineWith([0xd503207f /* wfi */, SPIN, 0xd2800540 /* mov x0, #0x2a */, SPIN]);
  const halted = { kind: 'halted', why: 'nothing-can-wake' };
  assert.deepEqual(emulator.run(10), halted);
  emulator.writeRegister(0, 'pc', CODE + 4n);
  assert.deepEqual(emulator.run(10), halted);
  emulator.writeRegister(0, 'pc', CODE + 8n);
  assert.deepEqual(emulator.run(10), { kind: 'budget' });
  assert.equal(emulator.readRegister(0, 'x0'), 42n);
});

/** PE 0 starts PE 1 and goes on; PE 1 sets its timer and sleeps. */
const sleeper = [
  0x52800060, // mov w0, #0x3
  0x72b88000, // movk w0, #0xc400, lsl #16
  0xd2800021, // mov x1, #0x1
  0x10000082, // adr x2, 0x10 further
  0xd4000002, // hvc #0
  SPIN,
  0xd503201f, // nop
  ...sleepsForAWhile,
  SPIN,
];

test('where the PE that runs sleeps, and one that is held could run, time does not jump for a share of a step', () => {
  for (const keepsTime of [false, true]) {
    const emulator = machineWith(sleeper, { cpus: 2 });
    emulator.keepHistory({ interval: 1000, memoryBytes: 1 << 20 });
    emulator.run(6);
    assert.equal(emulator.pes[1].power, 'on');
    const before = emulator.readRegister(0, 'CNTVCT_EL0') ?? 0n;
    assert.deepEqual(emulator.run(500, 1, keepsTime), { kind: 'halted', why: 'others-stand-still' });
    const passed = (emulator.readRegister(0, 'CNTVCT_EL0') ?? 0n) - before;
    if (keepsTime) assert.ok(passed < 20n, `${passed}`);
    else assert.ok(passed >= 1000n, `${passed}`);
    emulator.run(50, 0);
    emulator.run(2000);
    // Repeated from the recording alone, it is the same.
    const hash = emulator.stateHash();
    const other = machineWith(sleeper, { cpus: 2 });
    other.keepHistory({ interval: 1000, memoryBytes: 1 << 20 });
    other.follow(emulator.recording);
    other.runTo(emulator.moment);
    assert.equal(other.stateHash(), hash);
  }
});

for (const client of ['EL1', 'EL2'] as const) {
  test(`a PE says what it is before it has ever been on, for a client at ${client}`, () => {
    const emulator = machineWith([SPIN], { cpus: 3, client });
    const before = emulator.stateHash();
    const isConstant = ({ name, writeLevel, group }: (typeof emulator.systemRegisters)[number]) =>
      (group === 'Identification' && writeLevel === undefined) || /^(V?M?PIDR|RVBAR|PMCEID\d|ICH_VTR)_EL\d$/.test(name);
    const names = emulator.systemRegisters.filter(isConstant).map(({ name }) => name);
    assert.ok(names.length > 30);
    for (const name of names) {
      const value = emulator.readRegister(0, name);
      const isAffinity = /^V?MPIDR_EL/.test(name);
      for (const pe of [1, 2]) assert.equal(emulator.readRegister(pe, name), isAffinity ? (value ?? 0n) + BigInt(pe) : value, name);
    }
    assert.equal(emulator.readRegister(2, 'MPIDR_EL1'), 0x8000_0002n);
    assert.equal(emulator.readRegister(2, 'VMPIDR_EL2'), 0x8000_0002n);
    assert.notEqual(emulator.readRegister(2, 'MIDR_EL1'), 0n);
    assert.equal(emulator.stateHash(), before);
  });
}

test('a read by the debugger changes nothing', () => {
  const emulator = machineWith(countToFive);
  emulator.run(3);
  const before = emulator.readRegister(0, 'pc');
  assert.equal(emulator.readVirtual(0, 0x0900_0000n, 4).length, 0, 'devices are not read');
  assert.equal(emulator.readVirtual(0, 0x40ff_fff0n, 64).length, 16, 'memory ends');
  assert.equal(emulator.readRegister(0, 'pc'), before);
});

test('a breakpoint is hit in any budget, also where only a few instructions are left', () => {
  const words = [...new Array<number>(40).fill(0xd503201f /* nop */), SPIN];
  for (const budget of [41, 100, 150, 200, 1000]) {
    const emulator = machineWith(words);
    emulator.setBreakpoints([{ address: CODE + 160n }]);
    assert.equal(emulator.run(budget).kind, 'breakpoint', `budget ${budget}`);
    assert.equal(emulator.instructions, 40);
  }
});
