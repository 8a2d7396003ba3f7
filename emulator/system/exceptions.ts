import type { Pe } from '../pe.ts';
import { setsPan, tge } from './configuration.ts';
import { EC, sameLevelIsNext } from './exception-classes.ts';
import { stepAfterReturn } from './software-step.ts';
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
  /** The preferred exception return address is the next instruction's; absent: the one at the PC. */
  readonly returnsToNext?: boolean;
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
  readonly target: 1 | 2;
  /** Halves of the vector's address. */
  readonly vectorHigh: number;
  readonly vectorLow: number;
}

const KIND_OFFSET = { synchronous: 0x000, irq: 0x080, fiq: 0x100, serror: 0x180 } as const;
const IL = 1 << 25;
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
  const words = pe.systemRegisterWords;
  // Bits 10:0 of VBAR are zero.
  const vectorLow = words[2 * slots.vbar] | vectorOffset(pe, target, exception.kind);
  const vectorHigh = words[2 * slots.vbar + 1];

  if (exception.kind !== 'irq' && exception.kind !== 'fiq') {
    const lower = exception.kind === 'synchronous' ? exception.ec : EC.SERROR;
    const ec = source === target && sameLevelIsNext.has(lower) ? lower + 1 : lower;
    words[2 * slots.esr] = (ec << 26) | IL | (exception.iss ?? 0);
    words[2 * slots.esr + 1] = 0;
  }
  if (exception.kind === 'synchronous' && exception.faultAddress !== undefined) {
    registers[slots.far] = exception.faultAddress;
  }
  if (exception.kind === 'synchronous' && exception.intermediateAddress !== undefined) {
    store(pe, 'HPFAR_EL2', BigInt(Math.floor(exception.intermediateAddress / 4096)) << 4n);
  }

  // A stepped instruction that has not been done keeps its step; SVC, HVC and SMC are done.
  const isStepKept = pe.isStepped && !(exception.kind === 'synchronous' && exception.returnsToNext);
  pe.isStepped = false;
  words[2 * slots.spsr] = pe.pstateBits | (isStepKept ? SPSR_SS : 0);
  words[2 * slots.spsr + 1] = 0;
  if (exception.kind === 'synchronous' && exception.returnsToNext) pe.advance();
  words[2 * slots.elr] = pe.pcLow;
  words[2 * slots.elr + 1] = pe.pcHigh;
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
  pe.setPcWords(vectorLow, vectorHigh);
  return { target, vectorHigh, vectorLow };
}

const SPSR_SS = 1 << 21;
const SPSR_MODE_SP = 1;
const SPSR_MODE_RESERVED = 2;
const SPSR_MODE_AARCH32 = 16;

/** IllegalExceptionReturn(spsr): what is wrong with returning to `spsr` (bits 31:0) from the current state; absent: nothing. */
export function illegalReturn(pe: Pe, spsr: number): string | undefined {
  const el = (spsr >> 2) & 3;
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
  const words = pe.systemRegisterWords;
  const bits = words[2 * slots.spsr];
  const illegal = illegalReturn(pe, bits);
  const step = stepAfterReturn(pe, bits, illegal === undefined ? (bits >> 2) & 3 : pe.state.exceptionLevel);
  pe.setPcWords(words[2 * slots.elr], words[2 * slots.elr + 1]);
  pe.clearExclusiveMonitor();
  pe.eventRegister = true;

  pe.nzcv = bits >>> 28;
  pe.state.daif = (bits >>> 6) & 15;
  pe.state.pan = (bits >>> 22) & 1;
  pe.state.uao = (bits >>> 23) & 1;
  pe.state.softwareStep = step;
  if (illegal !== undefined) {
    pe.state.illegal = 1;
    pe.onContextChange(pe);
  } else {
    pe.state.illegal = (bits >>> 20) & 1;
    pe.setMode((bits >>> 2) & 3, bits & 1);
  }
  return illegal;
}
