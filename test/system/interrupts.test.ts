import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptStatus, pendingInterrupt, wakesFromWfi } from '../../emulator/system/interrupts.ts';
import { type Given, type Mode, peAt } from './support.ts';

const RW = 1n << 31n;
const TGE = 1n << 27n;
const E2H = 1n << 34n;
const [FMO, IMO, AMO, VF, VI, VSE] = [3n, 4n, 5n, 6n, 7n, 8n].map((bit) => 1n << bit);

/** HCR_EL2 bits, the exception level, masks (DAIF), the lines; then what is taken where. */
const cases: readonly (readonly [string, Mode, bigint, number, { irq?: boolean; fiq?: boolean }, string])[] = [
  ['nothing pending', 'EL1h', 0n, 0, {}, 'none'],
  ['IRQ at EL1', 'EL1h', 0n, 0, { irq: true }, 'irq EL1'],
  ['IRQ at EL0', 'EL0t', 0n, 0, { irq: true }, 'irq EL1'],
  ['IRQ masked by PSTATE.I', 'EL1h', 0n, 2, { irq: true }, 'none'],
  ['IRQ at EL0 masked by PSTATE.I', 'EL0t', 0n, 2, { irq: true }, 'none'],
  ['IRQ is not masked by PSTATE.F, A, D', 'EL1h', 0n, 13, { irq: true }, 'irq EL1'],
  ['FIQ masked by PSTATE.F', 'EL1h', 0n, 1, { fiq: true }, 'none'],
  ['FIQ goes before IRQ', 'EL1h', 0n, 0, { irq: true, fiq: true }, 'fiq EL1'],
  ['IRQ while FIQ is masked', 'EL1h', 0n, 1, { irq: true, fiq: true }, 'irq EL1'],
  ['IRQ for EL1 waits while EL2 runs', 'EL2h', 0n, 0, { irq: true }, 'none'],
  ['IMO routes to EL2, unmasked from EL1', 'EL1h', IMO, 15, { irq: true }, 'irq EL2'],
  ['IMO at EL2', 'EL2h', IMO, 0, { irq: true }, 'irq EL2'],
  ['IMO at EL2 masked', 'EL2h', IMO, 2, { irq: true }, 'none'],
  ['IMO does not route FIQ', 'EL1h', IMO, 0, { fiq: true }, 'fiq EL1'],
  ['TGE routes to EL2', 'EL0t', TGE, 15, { irq: true }, 'irq EL2'],
  ['TGE at EL2', 'EL2h', TGE, 0, { irq: true }, 'irq EL2'],
  ["a host's EL0 masks by PSTATE", 'EL0t', TGE | E2H, 2, { irq: true }, 'none'],
  ["a host's EL0 takes to EL2", 'EL0t', TGE | E2H, 0, { irq: true }, 'irq EL2'],
  ['virtual IRQ', 'EL1h', IMO | VI, 0, {}, 'irq EL1'],
  ['virtual IRQ masked', 'EL1h', IMO | VI, 2, {}, 'none'],
  ['virtual IRQ needs IMO', 'EL1h', VI, 0, {}, 'none'],
  ['virtual IRQ does not exist at EL2', 'EL2h', IMO | VI, 0, {}, 'none'],
  ['virtual IRQ does not exist with TGE', 'EL0t', IMO | VI | TGE, 0, {}, 'none'],
  ['virtual FIQ', 'EL0t', FMO | VF, 0, {}, 'fiq EL1'],
  ['virtual SError', 'EL1h', AMO | VSE, 0, {}, 'serror EL1 iss 1000003'],
  ['virtual SError masked by PSTATE.A', 'EL1h', AMO | VSE, 4, {}, 'none'],
  ['a physical IRQ for EL2 goes before a virtual one', 'EL1h', IMO | VI, 0, { irq: true }, 'irq EL2'],
];

for (const [name, mode, hcr, daif, { irq = false, fiq = false }, expected] of cases) {
  test(`${name}: ${expected}`, () => {
    const given: Given = { HCR_EL2: RW | hcr, VSESR_EL2: 0x100_0003n };
    const pe = peAt(mode, given);
    pe.state.daif = daif;
    const found = pendingInterrupt(pe, irq, fiq);
    const iss = found?.iss === undefined ? '' : ` iss ${found.iss.toString(16)}`;
    assert.equal(found ? `${found.kind} EL${found.target}${iss}` : 'none', expected);
  });
}

for (const [name, hcr, irq, expected] of [
  ['a masked physical interrupt', 0n, true, true],
  ['nothing', 0n, false, false],
  ['a virtual interrupt', IMO | VI, false, true],
  ['a virtual interrupt that is not routed', VI, false, false],
] as const) {
  test(`WFI: ${name} ${expected ? 'wakes' : 'does not wake'}`, () => {
    const pe = peAt('EL1h', { HCR_EL2: RW | hcr });
    pe.state.daif = 15;
    assert.equal(wakesFromWfi(pe, irq, false), expected);
  });
}

for (const [name, mode, hcr, lines, expected] of [
  ['physical at EL1', 'EL1h', 0n, [true, true], 0xc0n],
  ['virtual at EL1 where routed', 'EL1h', IMO | VI | FMO, [false, true], 0x80n],
  ['physical at EL2', 'EL2h', IMO | VI, [false, false], 0n],
  ['virtual SError', 'EL1h', AMO | VSE, [false, false], 0x100n],
] as const) {
  test(`ISR_EL1: ${name}`, () => {
    const pe = peAt(mode, { HCR_EL2: RW | hcr });
    assert.equal(interruptStatus(pe, lines[0], lines[1]), expected);
  });
}
