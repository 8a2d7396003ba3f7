import type { Pe } from '../pe.ts';
import { isHost, tge } from './configuration.ts';
import type { AsynchronousException } from './exceptions.ts';
import { anyOf, mask, stored } from './storage.ts';

const HCR = {
  VF: mask('HCR_EL2.VF'),
  VI: mask('HCR_EL2.VI'),
  VSE: mask('HCR_EL2.VSE'),
  FMO: mask('HCR_EL2.FMO'),
  IMO: mask('HCR_EL2.IMO'),
  AMO: mask('HCR_EL2.AMO'),
};
/** Whether HCR_EL2 makes any interrupt pending for a virtual machine. */
export const isVirtualPending = anyOf('HCR_EL2', HCR.VF | HCR.VI | HCR.VSE);
const DAIF = { A: 4, I: 2, F: 1 } as const;

/** One row per asynchronous exception: who routes and masks it, and what makes it pending for a virtual machine. */
const KINDS = [
  { kind: 'fiq', routes: HCR.FMO, virtual: HCR.VF, masks: DAIF.F },
  { kind: 'irq', routes: HCR.IMO, virtual: HCR.VI, masks: DAIF.I },
  { kind: 'serror', routes: HCR.AMO, virtual: HCR.VSE, masks: DAIF.A },
] as const;

/** Whether a physical interrupt whose HCR_EL2 routing bit is `routes` can be taken now, and where. */
function physicalTarget(pe: Pe, routes: bigint, masks: number): 1 | 2 | undefined {
  const el = pe.state.exceptionLevel;
  const isMasked = (pe.state.daif & masks) !== 0;
  const toEl2 = tge(pe) || (stored(pe, 'HCR_EL2') & routes) !== 0n;
  if (!toEl2) return el === 2 || isMasked ? undefined : 1;
  if (el === 2) return isMasked ? undefined : 2;
  return isHost(pe) && isMasked ? undefined : 2;
}

/** A virtual interrupt is for EL1, and masked as EL1's own. */
function isVirtualTaken(pe: Pe, row: (typeof KINDS)[number]): boolean {
  const hcr = stored(pe, 'HCR_EL2');
  return (
    (hcr & row.virtual) !== 0n && (hcr & row.routes) !== 0n && !tge(pe) && pe.state.exceptionLevel < 2 && (pe.state.daif & row.masks) === 0
  );
}

/**
 * The interrupt that is to be taken before the next instruction, if any: the levels of the PE's physical inputs, and the virtual ones of
 * HCR_EL2.{VF,VI,VSE}. FIQ goes before IRQ, IRQ before SError.
 */
export function pendingInterrupt(pe: Pe, irqLine: boolean, fiqLine: boolean): AsynchronousException | undefined {
  if (!irqLine && !fiqLine && !isVirtualPending(pe)) return undefined;
  for (const row of KINDS) {
    if (row.kind === 'serror' ? false : row.kind === 'irq' ? irqLine : fiqLine) {
      const target = physicalTarget(pe, row.routes, row.masks);
      if (target !== undefined) return { kind: row.kind, target };
    }
    if (isVirtualTaken(pe, row))
      return { kind: row.kind, target: 1, iss: row.kind === 'serror' ? Number(stored(pe, 'VSESR_EL2') & 0x1ff_ffffn) : undefined };
  }
  return undefined;
}

/** Whether WFI ends: an interrupt is pending that could be taken if PSTATE did not mask it. */
export function wakesFromWfi(pe: Pe, irqLine: boolean, fiqLine: boolean): boolean {
  if (irqLine || fiqLine) return true;
  const hcr = stored(pe, 'HCR_EL2');
  return pe.state.exceptionLevel < 2 && !tge(pe) && KINDS.some((row) => (hcr & row.virtual) !== 0n && (hcr & row.routes) !== 0n);
}

/** ISR_EL1: what is pending for the level that reads it, virtual for EL1 where HCR_EL2 routes the physical one to EL2. */
export function interruptStatus(pe: Pe, irqLine: boolean, fiqLine: boolean): bigint {
  const hcr = stored(pe, 'HCR_EL2');
  const status = (row: (typeof KINDS)[number], physical: boolean): boolean =>
    pe.state.exceptionLevel === 1 && (hcr & row.routes) !== 0n ? (hcr & row.virtual) !== 0n : physical;
  const [fiq, irq, serror] = KINDS;
  return (status(serror, false) ? 0x100n : 0n) | (status(irq, irqLine) ? 0x80n : 0n) | (status(fiq, fiqLine) ? 0x40n : 0n);
}
