import type { Pe } from './pe.ts';
import { FIRST_KEPT, KEPT, type KeptRegisters } from './sdei/kept-registers.ts';
import { SAVED_REGISTERS, type SavedContext } from './sdei/saved-context.ts';
import type { InterruptPort, SdeiHost, SdeiPe } from './sdei/sdei-host.ts';
import { SLOT } from './system/storage.ts';

/** The client's registers that the level above reads and writes, by the client's exception level. */
const CLIENT = {
  1: { elr: SLOT.ELR_EL1, spsr: SLOT.SPSR_EL1, sctlr: SLOT.SCTLR_EL1, vbar: SLOT.VBAR_EL1 },
  2: { elr: SLOT.ELR_EL2, spsr: SLOT.SPSR_EL2, sctlr: SLOT.SCTLR_EL2, vbar: SLOT.VBAR_EL2 },
} as const;

/** A PE as the level above the client sees it. A class, since accessors of object literals are slow. */
class PeSeenFromAbove implements SdeiPe {
  readonly index: number;
  readonly affinity: bigint;
  private readonly pe: Pe;
  private readonly client: 1 | 2;

  /** @param client the client's exception level */
  constructor(pe: Pe, client: 1 | 2) {
    this.index = pe.index;
    this.affinity = BigInt(pe.index);
    this.pe = pe;
    this.client = client;
  }

  get power(): Pe['power'] {
    return this.pe.power;
  }
  get exceptionLevel(): number {
    return this.pe.state.exceptionLevel;
  }
  x(n: number): bigint {
    return this.pe.x(n);
  }
  setX(n: number, value: bigint): void {
    this.pe.setX(n, value);
  }
  w(n: number): number {
    return this.pe.w(n);
  }
  saveContext(context: SavedContext): void {
    this.pe.saveContext(context, SAVED_REGISTERS);
  }
  restoreContext(context: SavedContext): void {
    this.pe.restoreContext(context, SAVED_REGISTERS);
  }
  saveKept(kept: KeptRegisters): void {
    const { pe, client } = this;
    const { systemRegisterWords: words } = pe;
    const { elr, spsr } = CLIENT[client];
    pe.saveWords(kept, FIRST_KEPT);
    kept[2 * KEPT.ELR] = words[2 * elr];
    kept[2 * KEPT.ELR + 1] = words[2 * elr + 1];
    kept[2 * KEPT.SPSR] = words[2 * spsr];
    kept[2 * KEPT.SPSR + 1] = words[2 * spsr + 1];
  }
  hasKept(kept: KeptRegisters): boolean {
    const { pe, client } = this;
    const { systemRegisterWords: words } = pe;
    const { elr, spsr } = CLIENT[client];
    return (
      kept[2 * KEPT.ELR] === words[2 * elr] &&
      kept[2 * KEPT.ELR + 1] === words[2 * elr + 1] &&
      kept[2 * KEPT.SPSR] === words[2 * spsr] &&
      kept[2 * KEPT.SPSR + 1] === words[2 * spsr + 1] &&
      pe.hasWords(kept, FIRST_KEPT)
    );
  }
  clearX(first: number, last: number): void {
    this.pe.clearX(first, last);
  }
  get pc(): bigint {
    return this.pe.pc;
  }
  set pc(value: bigint) {
    this.pe.pc = value;
  }
  get pstate(): bigint {
    return this.pe.pstate;
  }
  set pstate(value: bigint) {
    this.pe.pstate = value;
  }
  setPstate(bits: number): void {
    this.pe.pstateBits = bits;
  }
  get elrClient(): bigint {
    return this.pe.systemRegisters[CLIENT[this.client].elr];
  }
  set elrClient(value: bigint) {
    this.pe.systemRegisters[CLIENT[this.client].elr] = value;
  }
  get spsrClient(): bigint {
    return this.pe.systemRegisters[CLIENT[this.client].spsr];
  }
  set spsrClient(value: bigint) {
    this.pe.systemRegisters[CLIENT[this.client].spsr] = value;
  }
  get sctlrClient(): bigint {
    return this.pe.systemRegisters[CLIENT[this.client].sctlr];
  }
  get vbarClient(): bigint {
    return this.pe.systemRegisters[CLIENT[this.client].vbar];
  }
  get hcrEl2(): bigint {
    return this.client === 2 ? this.pe.systemRegisters[SLOT.HCR_EL2] : 0n;
  }
  clearExclusiveMonitor(): void {
    this.pe.clearExclusiveMonitor();
    this.pe.eventRegister = true;
  }
  wake(): void {
    this.pe.waiting = undefined;
  }
}

/** @param client the client's exception level */
export const peSeenFromAbove = (pe: Pe, client: 1 | 2): SdeiPe => new PeSeenFromAbove(pe, client);

/** A class, since an accessor in an object literal makes the whole object slow. */
class Timed {
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }
  get time(): number {
    return this.now();
  }
}

/** The dispatcher's host. `now`: instructions retired by all PEs. */
export function sdeiHost(pes: readonly SdeiPe[], client: 'EL1' | 'EL2', interrupts: InterruptPort, now: () => number): SdeiHost {
  return Object.assign(new Timed(now), {
    pes,
    client,
    interrupts,
    features: { pan: true, uao: true, ssbs: false, bti: false, mte: false, nmi: false, dit: false, vhe: true },
  });
}
