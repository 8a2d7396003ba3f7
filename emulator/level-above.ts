import type { Pe } from './pe.ts';
import type { InterruptPort, SdeiHost, SdeiPe } from './sdei/sdei-host.ts';
import { SLOT } from './system/storage.ts';

/** The client's registers that the level above reads and writes, by the client's exception level. */
const CLIENT = {
  1: { elr: SLOT.ELR_EL1, spsr: SLOT.SPSR_EL1, sctlr: SLOT.SCTLR_EL1, vbar: SLOT.VBAR_EL1 },
  2: { elr: SLOT.ELR_EL2, spsr: SLOT.SPSR_EL2, sctlr: SLOT.SCTLR_EL2, vbar: SLOT.VBAR_EL2 },
} as const;

/** A PE as the level above the client sees it. `client`: the client's exception level. */
export function peSeenFromAbove(pe: Pe, client: 1 | 2): SdeiPe {
  const { elr, spsr, sctlr, vbar } = CLIENT[client];
  return {
    index: pe.index,
    affinity: BigInt(pe.index),
    get power() {
      return pe.power;
    },
    get exceptionLevel() {
      return pe.state.exceptionLevel;
    },
    x: (n) => pe.x(n),
    setX: (n, value) => pe.setX(n, value),
    get pc() {
      return pe.pc;
    },
    set pc(value) {
      pe.pc = value;
    },
    get pstate() {
      return pe.pstate;
    },
    set pstate(value) {
      pe.pstate = value;
    },
    get elrClient() {
      return pe.systemRegisters[elr];
    },
    set elrClient(value) {
      pe.systemRegisters[elr] = value;
    },
    get spsrClient() {
      return pe.systemRegisters[spsr];
    },
    set spsrClient(value) {
      pe.systemRegisters[spsr] = value;
    },
    get sctlrClient() {
      return pe.systemRegisters[sctlr];
    },
    get vbarClient() {
      return pe.systemRegisters[vbar];
    },
    get hcrEl2() {
      return client === 2 ? pe.systemRegisters[SLOT.HCR_EL2] : 0n;
    },
    clearExclusiveMonitor() {
      pe.clearExclusiveMonitor();
      pe.eventRegister = true;
    },
    wake() {
      pe.waiting = undefined;
    },
  };
}

/** The dispatcher's host. `now`: instructions retired by all PEs. */
export function sdeiHost(pes: readonly SdeiPe[], client: 'EL1' | 'EL2', interrupts: InterruptPort, now: () => number): SdeiHost {
  return {
    pes,
    client,
    interrupts,
    features: { pan: true, uao: true, ssbs: false, bti: false, mte: false, nmi: false, dit: false, vhe: true },
    get time() {
      return now();
    },
  };
}
