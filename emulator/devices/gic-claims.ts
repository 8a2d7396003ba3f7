import { type Gic, type Interrupt, INTERRUPTS } from './gic.ts';

/**
 * What the level above the client does with interrupts that it binds to its own events. Reports of claimed interrupts come by
 * `Gic.onClaimed`.
 */
export function interruptClaims(gic: Gic) {
  const change = (intid: number, pe: number, update: (interrupt: Interrupt) => void): void => {
    const interrupt = gic.interrupt(intid, pe);
    if (!interrupt) throw new Error(`INTID ${intid} does not exist: there are ${INTERRUPTS}`);
    update(interrupt);
    gic.changed();
  };
  return {
    isActive: (intid: number, pe: number): boolean => gic.interrupt(intid, pe)?.active ?? false,
    isPending: (intid: number, pe: number): boolean => {
      const interrupt = gic.interrupt(intid, pe);
      return interrupt !== undefined && gic.isPending(interrupt);
    },
    exists: (intid: number): boolean => intid < INTERRUPTS,
    /** There is one security state: every interrupt is the client's. */
    isClientOwned: (intid: number): boolean => intid < INTERRUPTS,
    isEdge: (intid: number): boolean => gic.interrupt(intid, 0)?.edge ?? false,
    level: (intid: number, pe: number): boolean => gic.interrupt(intid, pe)?.line ?? false,
    /** Drops the pending state, and withholds the interrupt from the client. */
    claim: (intid: number, pe: number): void =>
      change(intid, pe, (interrupt) => {
        interrupt.latched = false;
        interrupt.claimed = true;
      }),
    unclaim: (intid: number, pe: number): void =>
      change(intid, pe, (interrupt) => {
        interrupt.claimed = false;
      }),
    setActive: (intid: number, pe: number, active: boolean): void =>
      change(intid, pe, (interrupt) => {
        interrupt.active = active;
      }),
    setEnabled: (intid: number, pe: number, enabled: boolean): void =>
      change(intid, pe, (interrupt) => {
        interrupt.enabled = enabled;
      }),
  };
}
