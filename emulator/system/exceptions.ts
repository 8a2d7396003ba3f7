import type { Pe } from '../pe.ts';
import { setsPan, tge } from './configuration.ts';
import { EC, sameLevelIsNext } from './exception-classes.ts';
import { anyOf, mask, SLOT, store, stored } from './storage.ts';

/** An exception that an instruction causes. Functions that make them: `syndromes.ts`. */
export interface SynchronousException {
  readonly kind: 'synchronous';
  /** ESR_ELx.EC; for classes that differ by origin, the one from a lower exception level. */
  readonly ec: number;
  /** ESR_ELx.ISS */
  readonly iss: number;
  /** Goes to FAR_ELx; absent: FAR_ELx stays. */
  readonly faultAddress?: bigint;
  /** Of a stage 2 fault; its page goes to HPFAR_EL2. */
  readonly intermediateAddress?: number;
  /** Preferred exception return address; absent: the instruction at the PC. */
  readonly returnAddress?: bigint;
  /** Absent: EL1, or EL2 if that is where the PE is or HCR_EL2.TGE sends EL0 there. */
  readonly target?: 1 | 2;
  /** MDCR_EL2.TDE routes it as well. */
  readonly isDebug?: boolean;
}

/** An interrupt or SError; `target` as `interrupts.ts` found it. Returns to the PC. */
export interface AsynchronousException {
  readonly kind: 'irq' | 'fiq' | 'serror';
  readonly target: 1 | 2;
  /** SError: ESR_ELx.ISS. */
  readonly iss?: number;
}

export type Exception = SynchronousException | AsynchronousException;

/** What became of an exception. */
export interface TakenException {
  readonly source: number;
  readonly target: 1 | 2;
  readonly vector: bigint;
  /** ESR_EL<target>; IRQ and FIQ leave it as it was. */
  readonly esr: bigint;
}

const KIND_OFFSET = { synchronous: 0x000, irq: 0x080, fiq: 0x100, serror: 0x180 } as const;
const IL = 1n << 25n;
const routesDebug = anyOf('MDCR_EL2', mask('MDCR_EL2.TDE'));
const routesExternalAborts = anyOf('HCR_EL2', mask('HCR_EL2.TEA'));
const VSE = mask('HCR_EL2.VSE');
/** The registers of an exception that is taken to a level. */
const TARGET = {
  1: { vbar: SLOT.VBAR_EL1, esr: SLOT.ESR_EL1, far: SLOT.FAR_EL1, spsr: SLOT.SPSR_EL1, elr: SLOT.ELR_EL1 },
  2: { vbar: SLOT.VBAR_EL2, esr: SLOT.ESR_EL2, far: SLOT.FAR_EL2, spsr: SLOT.SPSR_EL2, elr: SLOT.ELR_EL2 },
} as const;

/** A synchronous external abort, also one on a translation table walk. */
const isExternalAbort = ({ ec, iss }: SynchronousException): boolean =>
  (ec === EC.DATA_ABORT || ec === EC.INSTRUCTION_ABORT) && ((iss & 0x3f) === 0x10 || (iss & 0x3c) === 0x14);

/** Where an exception goes: never to a lower exception level. */
export function targetLevel(pe: Pe, exception: Exception): 1 | 2 {
  if (pe.state.exceptionLevel === 2 || exception.target === 2) return 2;
  if (pe.state.exceptionLevel === 0 && tge(pe)) return 2;
  if (exception.kind === 'synchronous' && isExternalAbort(exception) && routesExternalAborts(pe)) return 2;
  if (exception.kind === 'synchronous' && exception.isDebug && routesDebug(pe)) return 2;
  return 1;
}

/** Distance from VBAR_EL<target>, for a PE whose state is still that of the source. */
export function vectorOffset(pe: Pe, target: 1 | 2, kind: Exception['kind']): number {
  const origin = pe.state.exceptionLevel < target ? 0x400 : pe.state.stackPointerSelect ? 0x200 : 0x000;
  return origin + KIND_OFFSET[kind];
}

/**
 * Takes an exception: the PE continues at the vector, at the target exception level, with everything masked.
 * Source: AArch64.TakeException
 */
export function takeException(pe: Pe, exception: Exception): TakenException {
  const source = pe.state.exceptionLevel;
  const target = targetLevel(pe, exception);
  const slots = TARGET[target];
  const registers = pe.systemRegisters;
  const vector = BigInt.asUintN(64, registers[slots.vbar] + BigInt(vectorOffset(pe, target, exception.kind)));

  if (exception.kind !== 'irq' && exception.kind !== 'fiq') {
    const lower = exception.kind === 'synchronous' ? exception.ec : EC.SERROR;
    const ec = source === target && sameLevelIsNext.has(lower) ? lower + 1 : lower;
    registers[slots.esr] = (BigInt(ec) << 26n) | IL | BigInt(exception.iss ?? 0);
  }
  const returnAddress = exception.kind === 'synchronous' ? (exception.returnAddress ?? pe.pc) : pe.pc;
  if (exception.kind === 'synchronous' && exception.faultAddress !== undefined) {
    registers[slots.far] = exception.faultAddress;
  }
  if (exception.kind === 'synchronous' && exception.intermediateAddress !== undefined) {
    store(pe, 'HPFAR_EL2', BigInt(Math.floor(exception.intermediateAddress / 4096)) << 4n);
  }

  registers[slots.spsr] = pe.pstate;
  registers[slots.elr] = returnAddress;
  // Every SError here is a virtual one: taking it ends it.
  if (exception.kind === 'serror') store(pe, 'HCR_EL2', stored(pe, 'HCR_EL2') & ~VSE);
  pe.clearExclusiveMonitor();
  pe.waiting = undefined;

  pe.state.daif = 15;
  pe.state.softwareStep = 0;
  pe.state.illegal = 0;
  pe.state.uao = 0;
  if (setsPan(pe, target)) pe.state.pan = 1;
  pe.setMode(target, 1);
  pe.pc = vector;
  return { source, target, vector, esr: registers[slots.esr] };
}

const SPSR_MODE_SP = 1n;
const SPSR_MODE_RESERVED = 2n;
const SPSR_MODE_AARCH32 = 16n;

/** IllegalExceptionReturn(spsr): what is wrong with returning to `spsr` from the current state; absent: nothing. */
export function illegalReturn(pe: Pe, spsr: bigint): string | undefined {
  const el = Number((spsr >> 2n) & 3n);
  if (spsr & SPSR_MODE_AARCH32) return 'AArch32 state is not implemented';
  if (spsr & SPSR_MODE_RESERVED) return 'M[1] is 1';
  if (el === 3) return 'EL3 is not implemented';
  if (el === 0 && spsr & SPSR_MODE_SP) return 'EL0 has no stack pointer of its own to select';
  if (el > pe.state.exceptionLevel) return `EL${el} is higher than EL${pe.state.exceptionLevel}`;
  if (el === 1 && tge(pe)) return 'HCR_EL2.TGE = 1 leaves no EL1';
  return undefined;
}

/**
 * ERET. An illegal return keeps EL and SP and sets PSTATE.IL, so that the next instruction takes {@link illegalExecutionState}.
 * @returns what made it illegal
 * Source: AArch64.ExceptionReturn, SetPSTATEFromPSR
 */
export function exceptionReturn(pe: Pe): string | undefined {
  const slots = TARGET[pe.state.exceptionLevel === 2 ? 2 : 1];
  const spsr = pe.systemRegisters[slots.spsr];
  const illegal = illegalReturn(pe, spsr);
  pe.pc = pe.systemRegisters[slots.elr];
  pe.clearExclusiveMonitor();
  pe.eventRegister = true;

  const bits = Number(spsr & 0xffff_ffffn);
  pe.nzcv = bits >>> 28;
  pe.state.daif = (bits >>> 6) & 15;
  pe.state.pan = (bits >>> 22) & 1;
  pe.state.uao = (bits >>> 23) & 1;
  // Software step is never active: MDSCR_EL1.SS cannot be set (DebugExceptionReturnSS is then 0).
  pe.state.softwareStep = 0;
  if (illegal !== undefined) {
    pe.state.illegal = 1;
    pe.onContextChange(pe);
  } else {
    pe.state.illegal = (bits >>> 20) & 1;
    pe.setMode((bits >>> 2) & 3, bits & 1);
  }
  return illegal;
}
