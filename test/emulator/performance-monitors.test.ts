/** The performance monitors in a machine: which instruction a counter overflows after, and what becomes of the interrupt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emulator } from '../../emulator/emulator.ts';
import { CODE, machineWith, interruptEnabled } from '../support/machine.ts';

const VECTORS = CODE + 0x2000n;
const PMU = 23;
const INST_RETIRED = 0x08n;
const CPU_CYCLES = 0x11n;
const EL0_ONLY = 1n << 31n;
const EL1_ONLY = 1n << 30n;

/** PPI 23. */
const interruptOn = interruptEnabled(23);
const counting = [
  0x9100056b, // add x11, x11, #1
  0x17ffffff, // b .-4
];
const callingEl1 = [
  0xd2800001, // mov x1, #0
  0xd5184001, // msr spsr_el1, x1
  0x10000061, // adr x1, el0
  0xd5184021, // msr elr_el1, x1
  0xd69f03e0, // eret
  0x9100056b, // el0: add x11, x11, #1
  0xd4000001, // svc #0
  0x17fffffe, // b el0
];
const supervisorCall = [
  0x9100058c, // add x12, x12, #1
  0xd503201f, // nop
  0xd69f03e0, // eret
];
const interruptHandler = [
  0xd5384034, // mrs x20, elr_el1
  0xd53b9e75, // mrs x21, pmovsset_el0
  0xd53be816, // mrs x22, pmevcntr0_el0
  0xd538cc17, // mrs x23, icc_iar1_el1
  0x14000000, // b .
];

interface Overflow {
  readonly title: string;
  readonly code: readonly number[];
  readonly type: bigint;
  /** How many more make the counter overflow. */
  readonly distance: bigint;
  /** Where the interrupt comes, in instructions of `code`. */
  readonly at: bigint;
  /** X11, X12 there. */
  readonly rounds: readonly [bigint, bigint];
  /** What has been counted since, when the handler's third instruction looks. */
  readonly since: bigint;
}

const overflows: readonly Overflow[] = [
  { title: 'INST_RETIRED, odd', code: counting, type: INST_RETIRED, distance: 20_001n, at: 1n, rounds: [10_001n, 0n], since: 2n },
  { title: 'INST_RETIRED, even', code: counting, type: INST_RETIRED, distance: 20_000n, at: 0n, rounds: [10_000n, 0n], since: 2n },
  { title: 'CPU_CYCLES', code: counting, type: CPU_CYCLES, distance: 777n, at: 1n, rounds: [389n, 0n], since: 2n },
  {
    title: 'INST_RETIRED of EL0',
    code: callingEl1,
    type: INST_RETIRED | EL0_ONLY,
    distance: 3001n,
    at: 6n,
    rounds: [1001n, 1000n],
    since: 0n,
  },
  {
    title: 'INST_RETIRED of EL1, where interrupts are masked until its ERET',
    code: callingEl1,
    type: INST_RETIRED | EL1_ONLY,
    distance: 5n + 3000n + 1n,
    at: 7n,
    rounds: [1001n, 1001n],
    since: 2n + 2n,
  },
];

function machineOf({ code, type, distance }: Overflow, hotThreshold: number | undefined): Emulator {
  const emulator = machineWith([...interruptOn, ...code], { hotThreshold });
  const put = (address: bigint, words: readonly number[]) =>
    emulator.writePhysical(address, new Uint8Array(Uint32Array.from(words).buffer));
  put(VECTORS + 0x280n, interruptHandler);
  put(VECTORS + 0x480n, interruptHandler);
  put(VECTORS + 0x400n, supervisorCall);
  emulator.run(interruptOn.length);
  const registers = {
    VBAR_EL1: VECTORS,
    DAIF: 0n,
    PMEVCNTR0_EL0: (1n << 32n) - distance,
    PMEVTYPER0_EL0: type,
    PMCNTENSET_EL0: 1n,
    PMINTENSET_EL1: 1n,
    PMCR_EL0: 1n,
  };
  for (const [name, value] of Object.entries(registers)) assert.equal(emulator.writeRegister(0, name, value), true, name);
  return emulator;
}

for (const overflow of overflows) {
  test(`${overflow.title}: the interrupt comes after the instruction that overflows, in every tier and budget`, () => {
    for (const hotThreshold of [0, 1, undefined]) {
      for (const budget of [3, 1000, 1_000_000]) {
        const emulator = machineOf(overflow, hotThreshold);
        while (emulator.readRegister(0, 'x23') === 0n) assert.equal(emulator.run(budget).kind, 'budget');
        const [elr, flags, counter, intid, x11, x12] = ['x20', 'x21', 'x22', 'x23', 'x11', 'x12'].map((name) =>
          emulator.readRegister(0, name),
        );
        assert.deepEqual(
          { at: ((elr as bigint) - CODE) / 4n - BigInt(interruptOn.length), flags, counter, intid, rounds: [x11, x12] },
          { at: overflow.at, flags: 1n, counter: overflow.since, intid: BigInt(PMU), rounds: overflow.rounds },
          `threshold ${hotThreshold}, budget ${budget}`,
        );
      }
    }
  });
}

test('WFI waits for the overflow interrupt', () => {
  const waiting = [0xd503207f /* wfi */, 0xd53b9d01 /* mrs x1, pmccntr_el0 */, 0x14000000 /* b . */];
  const cases: readonly (readonly [string, readonly number[], string, bigint])[] = [
    ['enabled', [...interruptOn, ...waiting], 'budget', 0n],
    ['not enabled in the interrupt controller', waiting, 'halted', 0n],
  ];
  for (const [title, words, end, count] of cases) {
    const emulator = machineWith(words);
    emulator.run(words.length - waiting.length);
    emulator.writeRegister(0, 'PMCCNTR_EL0', (1n << 64n) - 12_345n);
    for (const name of ['PMCNTENSET_EL0', 'PMINTENSET_EL1']) emulator.writeRegister(0, name, 1n << 31n);
    emulator.writeRegister(0, 'PMCR_EL0', 1n);
    assert.equal(emulator.run(3).kind, end, title);
    assert.deepEqual([emulator.readRegister(0, 'x1'), emulator.readRegister(0, 'PMOVSSET_EL0')], [count, 1n << 31n], title);
  }
});

test('two counters in a chain make one of 64 bits', () => {
  const emulator = machineWith([...interruptOn, ...counting]);
  emulator.run(interruptOn.length);
  const registers = { PMEVTYPER2_EL0: INST_RETIRED, PMEVTYPER3_EL0: 0x1en, PMEVCNTR2_EL0: 0xffff_fff0n, PMEVCNTR3_EL0: 0xffff_ffffn };
  for (const [name, value] of Object.entries({ ...registers, PMCNTENSET_EL0: 12n, PMINTENSET_EL1: 8n, PMCR_EL0: 1n }))
    emulator.writeRegister(0, name, value);
  const read = (): unknown[] => ['PMEVCNTR2_EL0', 'PMEVCNTR3_EL0', 'PMOVSSET_EL0', 'ISR_EL1'].map((name) => emulator.readRegister(0, name));
  emulator.run(15);
  assert.deepEqual(read(), [0xffff_ffffn, 0xffff_ffffn, 0n, 0n]);
  emulator.run(2);
  assert.deepEqual(read(), [1n, 0n, 12n, 0x80n]);
});

/** Binds an event to the overflow interrupt; its handler sets the counter back, clears the overflow and completes. */
const boundEvent = [
  0xd28005a0, // mov x0, #0x2d (SDEI_INTERRUPT_BIND of PPI 23)
  0xf2b88000, // movk x0, #0xc400, lsl #16
  0xd28002e1, // mov x1, #0x17
  0xd4000002, // hvc #0x0
  0xaa0003f3, // mov x19, x0
  0xaa0003e1, // mov x1, x0
  0xd2800420, // mov x0, #0x21 (SDEI_EVENT_REGISTER)
  0xf2b88000, // movk x0, #0xc400, lsl #16
  0x100002c2, // adr x2, handler
  0xd2800003, // mov x3, #0x0
  0xd2800004, // mov x4, #0x0
  0xd2800005, // mov x5, #0x0
  0xd4000002, // hvc #0x0
  0xaa1303e1, // mov x1, x19
  0xd2800440, // mov x0, #0x22 (SDEI_EVENT_ENABLE)
  0xf2b88000, // movk x0, #0xc400, lsl #16
  0xd4000002, // hvc #0x0
  0xd2800580, // mov x0, #0x2c (SDEI_PE_UNMASK)
  0xf2b88000, // movk x0, #0xc400, lsl #16
  0xd4000002, // hvc #0x0
  0x12800c69, // mov w9, #0xffffff9c
  0xd51be809, // msr pmevcntr0_el0, x9
  0xd2800100, // mov x0, #0x8
  0xd51bec00, // msr pmevtyper0_el0, x0
  0xd2800020, // mov x0, #0x1
  0xd51b9c20, // msr pmcntenset_el0, x0
  0xd5189e20, // msr pmintenset_el1, x0
  0xd51b9c00, // msr pmcr_el0, x0
  0x9100056b, // loop: add x11, x11, #0x1
  0x17ffffff, // b 70 <loop>
  0x9100077b, // handler: add x27, x27, #0x1
  0xd2800020, // mov x0, #0x1
  0xd51be809, // msr pmevcntr0_el0, x9
  0xd51b9c60, // msr pmovsclr_el0, x0
  0xd2800001, // mov x1, #0x0
  0xd28004a0, // mov x0, #0x25 (SDEI_EVENT_COMPLETE)
  0xf2b88000, // movk x0, #0xc400, lsl #16
  0xd4000002, // hvc #0x0
];
const LOOP = CODE + 28n * 4n;
/** From the MSR that starts the counter to the first overflow, and from the handler's MSR to the next: that MSR counts. */
const DISTANCE = 100;
const AFTER_RESET = 6;

test('the overflow interrupt as an SDEI event: dispatched after exactly that instruction, once for each overflow', () => {
  for (const hotThreshold of [0, 1, undefined]) {
    for (const budget of [13, 1_000_000]) {
      const emulator = machineWith(boundEvent, { hotThreshold });
      while (emulator.instructions < 100_000) emulator.run(Math.min(budget, 100_000 - emulator.instructions));
      const [first, second, ...more] = emulator.sdei.deliveries();
      // The MSR of PMCR_EL0, then 99 of the loop.
      assert.deepEqual([first.at, first.interrupted.pc], [27 + DISTANCE, LOOP + 4n]);
      assert.deepEqual(
        [second.at - first.at, second.interrupted.pc],
        [2 + DISTANCE, LOOP + 4n + 4n * BigInt((DISTANCE - AFTER_RESET) % 2)],
      );
      for (const [n, delivery] of more.entries()) assert.equal(delivery.at, second.at + (n + 1) * (2 + DISTANCE));
      assert.equal(more.length + 2, Math.floor((100_000 - first.at) / (2 + DISTANCE)) + 1);
      const { counts, intid } = emulator.sdei.events().find(({ source }) => source === 'interrupt') ?? assert.fail('bound');
      assert.equal(intid, PMU);
      assert.deepEqual([counts.triggered, counts.collapsed, counts.refused], [counts.delivered, 0, 0]);
    }
  }
});
