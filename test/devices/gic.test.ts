import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptClaims } from '../../emulator/devices/gic-claims.ts';
import { interruptController, interruptLines } from '../../emulator/devices/gic-cpu-interface.ts';
import { gicDistributor, gicRedistributors } from '../../emulator/devices/gic-frames.ts';
import { Gic } from '../../emulator/devices/gic.ts';
import type { InterruptController } from '../../emulator/system/services.ts';

const [SGI, TIMER, UART] = [1, 27, 33];
const GICD = {
  CTLR: 0x000,
  TYPER: 0x004,
  IGROUPR: 0x080,
  ISENABLER: 0x100,
  ICENABLER: 0x180,
  ISPENDR: 0x200,
  ICPENDR: 0x280,
  ISACTIVER: 0x300,
  ICACTIVER: 0x380,
  IPRIORITYR: 0x400,
  ICFGR: 0xc00,
  IROUTER: 0x6000,
};
const SGI_BASE = 0x1_0000;
const STRIDE = 0x2_0000;

/** A GIC as an operating system sets it up: everything group 1, priority 0xA0, routed to PE 0, timer and UART enabled. */
function machine(pes = 2) {
  const gic = new Gic(pes);
  const distributor = gicDistributor(gic);
  const redistributors = gicRedistributors(gic);
  const cpu: InterruptController = interruptController(gic);
  distributor.write(GICD.CTLR, 4, 0x12n);
  for (let n = 1; n < 9; n++) distributor.write(GICD.IGROUPR + 4 * n, 4, 0xffff_ffffn);
  for (let intid = 32; intid < 64; intid++) distributor.write(GICD.IPRIORITYR + intid, 1, 0xa0n);
  distributor.write(GICD.ISENABLER + 4, 4, 1n << BigInt(UART - 32));
  for (let pe = 0; pe < pes; pe++) {
    redistributors.write(pe * STRIDE + 0x14, 4, 0n);
    const base = pe * STRIDE + SGI_BASE;
    redistributors.write(base + GICD.IGROUPR, 4, 0xffff_ffffn);
    redistributors.write(base + GICD.ISENABLER, 4, (1n << BigInt(TIMER)) | (1n << BigInt(SGI)));
    for (let n = 0; n < 8; n++) redistributors.write(base + GICD.IPRIORITYR + 4 * n, 4, 0xa0a0_a0a0n);
    cpu.writeRegister(pe, 'ICC_PMR_EL1', 0xf0n);
    cpu.writeRegister(pe, 'ICC_IGRPEN1_EL1', 1n);
  }
  return { gic, distributor, redistributors, cpu };
}
const IRQ = { irq: true, fiq: false };
const NONE = { irq: false, fiq: false };

test('a level-sensitive PPI: pending while its line is high, active between acknowledge and end', () => {
  const { gic, cpu } = machine();
  gic.setLine(TIMER, true, 1);
  assert.deepEqual(interruptLines(gic, 0), NONE);
  assert.deepEqual(interruptLines(gic, 1), IRQ);
  assert.equal(cpu.readRegister(1, 'ICC_HPPIR1_EL1'), BigInt(TIMER));
  assert.equal(cpu.acknowledge(1, 1), TIMER);
  assert.deepEqual(interruptLines(gic, 1), NONE);
  assert.equal(cpu.readRegister(1, 'ICC_RPR_EL1'), 0xa0n);
  cpu.writeRegister(1, 'ICC_EOIR1_EL1', BigInt(TIMER));
  assert.deepEqual(interruptLines(gic, 1), IRQ);
  gic.setLine(TIMER, false, 1);
  assert.deepEqual(interruptLines(gic, 1), NONE);
  assert.equal(cpu.readRegister(1, 'ICC_RPR_EL1'), 0xffn);
});

test('an SPI goes where GICD_IROUTER says', () => {
  const { gic, distributor, cpu } = machine();
  gic.setLine(UART, true);
  assert.deepEqual(interruptLines(gic, 0), IRQ);
  distributor.write(GICD.IROUTER + 8 * UART, 8, 1n);
  assert.deepEqual(interruptLines(gic, 0), NONE);
  assert.equal(cpu.acknowledge(1, 1), UART);
  distributor.write(GICD.IROUTER + 8 * UART + 4, 4, 1n);
  assert.equal(distributor.read(GICD.IROUTER + 8 * UART, 8), 0x1_0000_0001n);
});

test('an edge-triggered SPI is pending once per edge', () => {
  const { gic, distributor, cpu } = machine();
  distributor.write(GICD.ICFGR + 8, 4, 0x8n);
  assert.equal(distributor.read(GICD.ICFGR + 8, 4), 0x8n);
  gic.setLine(UART, true);
  assert.equal(cpu.acknowledge(0, 1), UART);
  cpu.writeRegister(0, 'ICC_EOIR1_EL1', BigInt(UART));
  assert.deepEqual(interruptLines(gic, 0), NONE);
  gic.setLine(UART, false);
  gic.setLine(UART, true);
  assert.deepEqual(interruptLines(gic, 0), IRQ);
});

test('an edge while active is taken afterwards', () => {
  const { gic, distributor, cpu } = machine();
  distributor.write(GICD.ICFGR + 8, 4, 0x8n);
  gic.setLine(UART, true);
  cpu.acknowledge(0, 1);
  gic.setLine(UART, false);
  gic.setLine(UART, true);
  assert.deepEqual(interruptLines(gic, 0), NONE);
  cpu.writeRegister(0, 'ICC_EOIR1_EL1', BigInt(UART));
  assert.equal(cpu.acknowledge(0, 1), UART);
});

/** ICC_SGI1R_EL1 written by PE 0 of four: who gets SGI 1. */
for (const [name, value, targets] of [
  ['target list', 0x0100_000an, [1, 3]],
  ['itself', 0x0100_0001n, [0]],
  ['all others', 0x100_0100_0000n, [1, 2, 3]],
  ['another cluster', 0x0101_000fn, []],
  ['another range', 0x1000_0100_000fn, []],
] as const) {
  test(`SGI to ${name}`, () => {
    const { gic, cpu } = machine(4);
    cpu.writeRegister(0, 'ICC_SGI1R_EL1', value);
    assert.deepEqual(
      [0, 1, 2, 3].filter((pe) => interruptLines(gic, pe).irq),
      targets,
    );
    for (const pe of targets) assert.equal(cpu.acknowledge(pe, 1), SGI);
  });
}

/** What keeps a pending interrupt from the PE, one thing each. */
const withheld: Readonly<Record<string, (m: ReturnType<typeof machine>) => void>> = {
  'disabled in the distributor': ({ distributor }) => distributor.write(GICD.ICENABLER + 4, 4, 2n),
  'group disabled in the distributor': ({ distributor }) => distributor.write(GICD.CTLR, 4, 1n),
  'group disabled in the CPU interface': ({ cpu }) => cpu.writeRegister(0, 'ICC_IGRPEN1_EL1', 0n),
  'priority mask': ({ cpu }) => cpu.writeRegister(0, 'ICC_PMR_EL1', 0xa0n),
  'sleeping redistributor': ({ redistributors }) => redistributors.write(0x14, 4, 2n),
  'already active': ({ distributor }) => distributor.write(GICD.ISACTIVER + 4, 4, 2n),
  'routed elsewhere': ({ distributor }) => distributor.write(GICD.IROUTER + 8 * UART, 8, 0x100n),
  'claimed from above': ({ gic }) => interruptClaims(gic).claim(UART, 0),
};
for (const [name, withhold] of Object.entries(withheld)) {
  test(`withheld: ${name}`, () => {
    const m = machine();
    m.gic.setLine(UART, true);
    assert.deepEqual(interruptLines(m.gic, 0), IRQ);
    withhold(m);
    assert.deepEqual(interruptLines(m.gic, 0), NONE);
    assert.equal(m.cpu.acknowledge(0, 1), 1023);
  });
}

test('group 0 is FIQ, and is acknowledged by ICC_IAR0_EL1 only', () => {
  const { gic, distributor, cpu } = machine();
  distributor.write(GICD.CTLR, 4, 3n);
  distributor.write(GICD.IGROUPR + 4, 4, 0xffff_fffdn);
  cpu.writeRegister(0, 'ICC_IGRPEN0_EL1', 1n);
  gic.setLine(UART, true);
  assert.deepEqual(interruptLines(gic, 0), { irq: false, fiq: true });
  assert.equal(cpu.acknowledge(0, 1), 1023);
  assert.equal(cpu.acknowledge(0, 0), UART);
  cpu.writeRegister(0, 'ICC_EOIR1_EL1', BigInt(UART));
  assert.equal(cpu.readRegister(0, 'ICC_RPR_EL1'), 0xa0n);
  cpu.writeRegister(0, 'ICC_EOIR0_EL1', BigInt(UART));
  assert.equal(cpu.readRegister(0, 'ICC_RPR_EL1'), 0xffn);
});

test('a more urgent interrupt preempts, an equally urgent one waits; ends come in reverse order', () => {
  const { gic, distributor, cpu } = machine();
  gic.setLine(TIMER, true, 0);
  assert.equal(cpu.acknowledge(0, 1), TIMER);
  gic.setLine(UART, true);
  assert.deepEqual(interruptLines(gic, 0), NONE);
  distributor.write(GICD.IPRIORITYR + UART, 1, 0x80n);
  assert.equal(cpu.acknowledge(0, 1), UART);
  assert.equal(cpu.readRegister(0, 'ICC_AP1R0_EL1'), (1n << 16n) | (1n << 20n));
  cpu.writeRegister(0, 'ICC_EOIR1_EL1', BigInt(UART));
  assert.equal(cpu.readRegister(0, 'ICC_RPR_EL1'), 0xa0n);
  cpu.writeRegister(0, 'ICC_EOIR1_EL1', BigInt(TIMER));
  assert.equal(cpu.readRegister(0, 'ICC_AP1R0_EL1'), 0n);
});

test('the binary point makes priorities of one group wait', () => {
  const { gic, distributor, cpu } = machine();
  cpu.writeRegister(0, 'ICC_BPR1_EL1', 6n); // Groups of 64.
  gic.setLine(TIMER, true, 0);
  assert.equal(cpu.acknowledge(0, 1), TIMER);
  distributor.write(GICD.IPRIORITYR + UART, 1, 0x80n);
  gic.setLine(UART, true);
  assert.deepEqual(interruptLines(gic, 0), NONE);
  distributor.write(GICD.IPRIORITYR + UART, 1, 0x40n);
  assert.deepEqual(interruptLines(gic, 0), IRQ);
});

test('an interrupt whose group changes while it is active ends by the register that it was acknowledged with', () => {
  const { gic, distributor, cpu } = machine();
  gic.setLine(UART, true);
  assert.equal(cpu.acknowledge(0, 1), UART);
  distributor.write(GICD.IGROUPR + 4, 4, 0xffff_fffdn);
  cpu.writeRegister(0, 'ICC_EOIR0_EL1', BigInt(UART));
  assert.equal(cpu.readRegister(0, 'ICC_RPR_EL1'), 0xa0n);
  cpu.writeRegister(0, 'ICC_EOIR1_EL1', BigInt(UART));
  assert.equal(cpu.readRegister(0, 'ICC_RPR_EL1'), 0xffn);
  assert.equal(gic.interrupt(UART, 0)?.active, false);
});

test('of equal priorities the lower INTID is first', () => {
  const { gic, cpu } = machine();
  gic.setLine(UART, true);
  gic.setLine(TIMER, true, 0);
  gic.setPending(SGI, 0);
  assert.equal(cpu.acknowledge(0, 1), SGI);
});

test('EOImode = 1: EOIR drops the priority, DIR deactivates', () => {
  const { gic, cpu } = machine();
  cpu.writeRegister(0, 'ICC_CTLR_EL1', 2n);
  gic.setLine(UART, true);
  assert.equal(cpu.acknowledge(0, 1), UART);
  cpu.writeRegister(0, 'ICC_EOIR1_EL1', BigInt(UART));
  assert.equal(cpu.readRegister(0, 'ICC_RPR_EL1'), 0xffn);
  assert.deepEqual(interruptLines(gic, 0), NONE);
  cpu.writeRegister(0, 'ICC_DIR_EL1', BigInt(UART));
  assert.deepEqual(interruptLines(gic, 0), IRQ);
});

test('software makes pending and takes it back', () => {
  const { gic, distributor, redistributors } = machine();
  distributor.write(GICD.ISPENDR + 4, 4, 2n);
  assert.deepEqual(interruptLines(gic, 0), IRQ);
  assert.equal(distributor.read(GICD.ICPENDR + 4, 4), 2n);
  distributor.write(GICD.ICPENDR + 4, 4, 2n);
  assert.deepEqual(interruptLines(gic, 0), NONE);
  redistributors.write(STRIDE + SGI_BASE + GICD.ISPENDR, 4, 1n << BigInt(TIMER));
  assert.deepEqual(interruptLines(gic, 1), IRQ);
});

/** Reads of registers after the set-up above. */
const reads: readonly (readonly ['D' | 'R', number, 4 | 8, bigint])[] = [
  ['D', GICD.CTLR, 4, 0x52n],
  ['D', GICD.TYPER, 4, 0x0378_0008n],
  ['D', 0xffe8, 4, 0x3bn],
  ['D', GICD.ISENABLER, 4, 0n],
  ['D', GICD.ISENABLER + 4, 4, 2n],
  ['D', GICD.IPRIORITYR + 32, 4, 0xa0a0_a0a0n],
  ['D', GICD.IGROUPR + 36, 4, 0n],
  ['R', 0x0008, 8, 0n],
  ['R', STRIDE + 0x0008, 8, 0x1_0000_0110n],
  ['R', STRIDE + 0x000c, 4, 1n],
  ['R', 0x0014, 4, 0n],
  ['R', SGI_BASE + GICD.ISENABLER, 4, 0x0800_0002n],
  ['R', SGI_BASE + GICD.ICFGR, 4, 0xaaaa_aaaan],
  ['R', SGI_BASE + GICD.ICFGR + 4, 4, 0n],
];
for (const [frame, offset, size, expected] of reads) {
  test(`GIC${frame} offset 0x${offset.toString(16)} reads 0x${expected.toString(16)}`, () => {
    const { distributor, redistributors } = machine();
    assert.equal((frame === 'D' ? distributor : redistributors).read(offset, size), expected);
  });
}

test('the CPU interface after reset', () => {
  const cpu = interruptController(new Gic(1));
  const read = (name: string): bigint => cpu.readRegister(0, `ICC_${name}`);
  assert.deepEqual(
    ['PMR_EL1', 'BPR0_EL1', 'BPR1_EL1', 'CTLR_EL1', 'SRE_EL1', 'SRE_EL2', 'IGRPEN1_EL1', 'RPR_EL1', 'HPPIR1_EL1'].map(read),
    [0n, 2n, 3n, 0x8400n, 7n, 15n, 0n, 0xffn, 1023n],
  );
  cpu.writeRegister(0, 'ICC_PMR_EL1', 0xffn);
  cpu.writeRegister(0, 'ICC_BPR1_EL1', 0n);
  assert.deepEqual(['PMR_EL1', 'BPR1_EL1'].map(read), [0xf8n, 3n]);
});

test('a claimed interrupt is reported to whoever claimed it', () => {
  const { gic } = machine();
  const reports: string[] = [];
  gic.onClaimed = (intid, pe, level) => reports.push(`${intid} PE ${pe} ${level ? 'high' : 'low'}`);
  const claims = interruptClaims(gic);
  claims.claim(TIMER, 1);
  gic.setLine(TIMER, true, 1);
  gic.setLine(TIMER, false, 1);
  gic.setLine(TIMER, true, 0);
  assert.deepEqual(reports, [`${TIMER} PE 1 high`, `${TIMER} PE 1 low`]);
  gic.setLine(TIMER, true, 1);
  claims.unclaim(TIMER, 1);
  assert.deepEqual(interruptLines(gic, 1), IRQ);
  assert.throws(() => claims.claim(5000, 0), { message: 'INTID 5000 does not exist: there are 288' });
});

test('what is not there is refused by name', () => {
  const { distributor, redistributors } = machine();
  assert.throws(() => redistributors.write(STRIDE + 0x70, 8, 0n), {
    message: 'GICv3 redistributor of PE 1 register GICR_PROPBASER (offset 0x0070) is not implemented yet',
  });
  assert.throws(() => distributor.write(GICD.TYPER, 4, 0n), {
    message: 'GICv3 distributor register GICD_TYPER (offset 0x0004) is read-only',
  });
  assert.throws(() => distributor.read(0x5000, 4), { message: 'GICv3 distributor offset 0x5000 is reserved' });
  assert.throws(() => distributor.read(GICD.ISENABLER + 1, 1), {
    message: 'GICv3 distributor register GICD_ISENABLER0 cannot be accessed with 1 bytes at offset 0x101',
  });
});

test('a restored GIC goes on as the saved one', () => {
  const { gic, distributor, cpu } = machine();
  gic.setLine(UART, true);
  cpu.acknowledge(0, 1);
  gic.setLine(TIMER, true, 1);
  const state = structuredClone(distributor.snapshotState());
  cpu.writeRegister(0, 'ICC_EOIR1_EL1', BigInt(UART));
  gic.setLine(TIMER, false, 1);
  distributor.restoreState(state);
  assert.equal(cpu.readRegister(0, 'ICC_RPR_EL1'), 0xa0n);
  assert.deepEqual([interruptLines(gic, 0), interruptLines(gic, 1)], [NONE, IRQ]);
});
