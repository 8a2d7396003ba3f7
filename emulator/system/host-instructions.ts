import { decode } from '../a64/decode.ts';
import type { Pe } from '../pe.ts';
import { floatingPointTrap, isHost, sctlr, tge } from './configuration.ts';
import { conduitOutcome } from './conduits.ts';
import { type Exception, type TakenException, exceptionReturn, takeException } from './exceptions.ts';
import type { RegisterEncoding } from './register.ts';
import type { Conduit, SystemServices } from './services.ts';
import { mask, store, stored } from './storage.ts';
import {
  hypervisorCall,
  softwareBreakpoint,
  supervisorCall,
  trappedFloatingPoint,
  trappedSmc,
  trappedSystemAccess,
  trappedWaitFor,
  undefinedInstruction,
} from './syndromes.ts';
import { systemInstruction } from './system-instructions.ts';
import { type AccessResult, findSystemRegister, isPlainlyRead, readSystemRegister, writeSystemRegister } from './system-registers.ts';

/** What executing an instruction led to. */
export type HostResult =
  /** Done; the PC is at the next instruction and nothing else changed that decides how to go on. */
  | { readonly kind: 'next' }
  /** Done; PC, exception level, masks, translation, timers or waiting changed: look at everything again. */
  | { readonly kind: 'control' }
  /** An exception was taken: the PC is at its vector. */
  | { readonly kind: 'exception'; readonly taken: TakenException }
  /** Not executed, the PC is still at it: the machine does not implement `what`. */
  | { readonly kind: 'unimplemented'; readonly what: string }
  /** Not executed, the PC is still at it: the semihosting call names memory that is not there. */
  | { readonly kind: 'bad-call'; readonly operation: string; readonly why: string };

const NEXT: HostResult = { kind: 'next' };
const CONTROL: HostResult = { kind: 'control' };

function take(pe: Pe, exception: Exception): HostResult {
  return { kind: 'exception', taken: takeException(pe, exception) };
}

function advance(pe: Pe, result: HostResult): HostResult {
  pe.advance();
  return result;
}

const bits = (word: number, msb: number, lsb: number): number => (word << (31 - msb)) >>> (31 - msb + lsb);

/**
 * Executes the instruction `word` at the PC, one of those that semantics leave to the host: all of the system instruction space, exception
 * generation and return, whatever does not decode, and floating-point instructions while they trap.
 */
export function executeHostInstruction(pe: Pe, word: number, services: SystemServices): HostResult {
  if (bits(word, 31, 22) === 0b1101010100) return systemSpace(pe, word, services);
  if (bits(word, 31, 24) === 0b11010100) return exceptionGeneration(pe, word, services);
  if (word >>> 0 === 0xd69f_03e0) return pe.state.exceptionLevel === 0 ? take(pe, undefinedInstruction()) : returnFromException(pe);
  const trap = isFloatingPoint(word) && decode(word).kind === 'instruction' ? floatingPointTrap(pe) : undefined;
  if (trap) return take(pe, trap === 'undefined-instruction' ? undefinedInstruction() : trappedFloatingPoint(trap === 'EL2' ? 2 : 1));
  const what = unimplementedInstruction(word);
  return what === undefined ? take(pe, undefinedInstruction()) : { kind: 'unimplemented', what };
}

/** Whole classes of the instruction set that are architected and not implemented; anything else that does not decode is UNDEFINED. */
export function unimplementedInstruction(word: number): string | undefined {
  const op0 = bits(word, 28, 25);
  if (op0 === 0b0000 && word >>> 31 === 1) return 'SME instruction';
  if (op0 === 0b0010) return 'SVE instruction';
  return undefined;
}

/** Floating-point and Advanced SIMD, loads and stores included: the words that CheckFPAdvSIMDEnabled64 holds for. */
function isFloatingPoint(word: number): boolean {
  const op0 = bits(word, 28, 25);
  return (op0 & 0b0111) === 0b0111 || ((op0 & 0b0101) === 0b0100 && bits(word, 26, 26) === 1);
}

function exceptionGeneration(pe: Pe, word: number, services: SystemServices): HostResult {
  const immediate = bits(word, 20, 5);
  switch (word & 0x00e0_001f) {
    case 0x0000_0001:
      return take(pe, supervisorCall(immediate));
    case 0x0000_0002:
      return conduitInstruction(pe, 'hvc', immediate, services);
    case 0x0000_0003:
      return conduitInstruction(pe, 'smc', immediate, services);
    case 0x0020_0000:
      return take(pe, softwareBreakpoint(immediate));
    case 0x0040_0000:
      return immediate === SEMIHOSTING_IMMEDIATE ? semihostingCall(pe, services) : take(pe, undefinedInstruction());
    // HLT and DCPS<n>: halting debug is never enabled.
    default:
      return take(pe, undefinedInstruction());
  }
}

function conduitInstruction(pe: Pe, conduit: Conduit, immediate: number, services: SystemServices): HostResult {
  switch (conduitOutcome(pe, conduit, immediate, services)) {
    case 'undefined':
      return take(pe, undefinedInstruction());
    case 'to-EL2':
      return take(pe, hypervisorCall(immediate));
    case 'trapped-to-EL2':
      return take(pe, trappedSmc(immediate));
    case 'played':
      pe.advance();
      services.conduitCall(pe, conduit, immediate);
      return CONTROL;
  }
}

/** Of the HLT that makes a semihosting call. */
const SEMIHOSTING_IMMEDIATE = 0xf000;

/** A call that waits is an instruction that branches to itself. */
function semihostingCall(pe: Pe, services: SystemServices): HostResult {
  const outcome = services.semihostingCall(pe);
  if (outcome === 'off') return take(pe, undefinedInstruction());
  switch (outcome.kind) {
    case 'done':
      return advance(pe, CONTROL);
    case 'waits':
      pe.waiting = 'input';
      return CONTROL;
    case 'unknown':
      return { kind: 'unimplemented', what: `semihosting operation 0x${outcome.number.toString(16)}` };
    case 'bad-address':
      return { kind: 'bad-call', operation: outcome.operation, why: outcome.why };
  }
}

function returnFromException(pe: Pe): HostResult {
  exceptionReturn(pe);
  return CONTROL;
}

/** X<rt>, or zero. */
const operand = (pe: Pe, rt: number): bigint => (rt === 31 ? 0n : pe.x(rt));

/** What a word of the system instruction space does, once its fields have been looked at. */
type Prepared = (pe: Pe, services: SystemServices) => HostResult;

const prepared = new Map<number, Prepared>();

function systemSpace(pe: Pe, word: number, services: SystemServices): HostResult {
  let execute = prepared.get(word | 0);
  if (!execute) prepared.set(word | 0, (execute = prepare(word)));
  return execute(pe, services);
}

const UNDEFINED: Prepared = (pe) => take(pe, undefinedInstruction());

function prepare(word: number): Prepared {
  const isRead = bits(word, 21, 21) === 1;
  const encoding: RegisterEncoding = {
    op0: bits(word, 20, 19),
    op1: bits(word, 18, 16),
    crn: bits(word, 15, 12),
    crm: bits(word, 11, 8),
    op2: bits(word, 7, 5),
  };
  const rt = bits(word, 4, 0);
  if (encoding.op0 >= 2) {
    return isRead
      ? (plainRead(encoding, rt) ?? ((pe, services) => moveFromSystem(pe, encoding, rt, services)))
      : (pe, services) => moveToSystem(pe, encoding, rt, services);
  }
  if (encoding.op0 === 1) {
    if (isRead) return UNDEFINED; // SYSL: there is none.
    const execute = systemInstruction(encoding, rt);
    return (pe, services) => {
      const result = execute(pe, operand(pe, rt), services);
      if (result.kind === 'done') return advance(pe, result.isControl ? CONTROL : NEXT);
      return result.kind === 'exception' ? take(pe, result.exception) : result;
    };
  }
  if (isRead || rt !== 31) return UNDEFINED;
  if (encoding.crn === 4) return (pe) => moveImmediate(pe, encoding);
  if (encoding.op1 !== 3) return UNDEFINED;
  if (encoding.crn === 2) return (pe, services) => hint(pe, encoding, services);
  if (encoding.crn === 3) return (pe) => barrier(pe, encoding);
  return UNDEFINED;
}

const finish = (pe: Pe, result: AccessResult): HostResult | undefined =>
  result.kind === 'value' ? undefined : result.kind === 'exception' ? take(pe, result.exception) : result;

function moveFromSystem(pe: Pe, encoding: RegisterEncoding, rt: number, services: SystemServices): HostResult {
  const result = readSystemRegister(pe, encoding, rt, services);
  if (result.kind === 'value') {
    pe.setX(rt, result.value);
    return advance(pe, result.isControl ? CONTROL : NEXT);
  }
  return finish(pe, result) as HostResult;
}

/** MRS of a register that nothing traps or redirects. */
function plainRead(encoding: RegisterEncoding, rt: number): Prepared | undefined {
  const row = findSystemRegister(encoding);
  if (!row || !isPlainlyRead(row)) return undefined;
  const { readLevel = 3, index, trap, read } = row;
  return (pe, services) => {
    if (pe.state.exceptionLevel < readLevel || trap?.(pe, true) !== undefined) return moveFromSystem(pe, encoding, rt, services);
    pe.setX(rt, read ? read(pe, services) : pe.systemRegisters[index]);
    return advance(pe, NEXT);
  };
}

function moveToSystem(pe: Pe, encoding: RegisterEncoding, rt: number, services: SystemServices): HostResult {
  const result = writeSystemRegister(pe, encoding, rt, operand(pe, rt), services);
  return finish(pe, result) ?? advance(pe, result.kind === 'value' && result.isControl ? CONTROL : NEXT);
}

const UMA = mask('SCTLR_EL1.UMA');

/** MSR (immediate): `crm` is the immediate. */
function moveImmediate(pe: Pe, encoding: RegisterEncoding): HostResult {
  const { op1, op2, crm } = encoding;
  const el = pe.state.exceptionLevel;
  const isPrivileged = el > 0;
  switch ((op1 << 3) | op2) {
    case 0b000_011: // UAO
      if (!isPrivileged) break;
      pe.state.uao = crm & 1;
      pe.onContextChange(pe);
      return advance(pe, CONTROL);
    case 0b000_100: // PAN
      if (!isPrivileged) break;
      pe.state.pan = crm & 1;
      pe.onContextChange(pe);
      return advance(pe, CONTROL);
    case 0b000_101: // SPSel
      if (!isPrivileged) break;
      pe.setMode(el, crm & 1);
      return advance(pe, CONTROL);
    case 0b011_110: // DAIFSet
    case 0b011_111: // DAIFClr
      if (!isPrivileged && !(sctlr(pe) & UMA)) return take(pe, trappedSystemAccess(encoding, 31, false, tge(pe) ? 2 : 1));
      if (op2 === 0b110) {
        pe.state.daif |= crm;
        return advance(pe, NEXT);
      }
      pe.state.daif &= ~crm;
      return advance(pe, CONTROL);
  }
  return take(pe, undefinedInstruction());
}

function barrier(pe: Pe, { op2 }: RegisterEncoding): HostResult {
  switch (op2) {
    case 2: // CLREX
      pe.clearExclusiveMonitor();
      return advance(pe, NEXT);
    case 4: // DSB
    case 5: // DMB
      return advance(pe, NEXT);
    case 6: // ISB
      return advance(pe, CONTROL);
    default:
      return take(pe, undefinedInstruction());
  }
}

/** HINT: what is not allocated is NOP. */
function hint(pe: Pe, { crm, op2 }: RegisterEncoding, services: SystemServices): HostResult {
  switch ((crm << 3) | op2) {
    case 2:
      return waitFor(pe, 'wfe', services);
    case 3:
      return waitFor(pe, 'wfi', services);
    case 4: // SEV
      services.sendEvent(pe);
      return advance(pe, CONTROL);
    case 5: // SEVL
      pe.eventRegister = true;
      return advance(pe, NEXT);
    case 16:
      errorSynchronizationBarrier(pe);
      return advance(pe, CONTROL);
    default:
      return advance(pe, NEXT);
  }
}

const TRAPS = {
  wfi: { el0: mask('SCTLR_EL1.nTWI'), below: mask('HCR_EL2.TWI') },
  wfe: { el0: mask('SCTLR_EL1.nTWE'), below: mask('HCR_EL2.TWE') },
};

/** WFI, WFE: trapped only if the PE would really wait. */
function waitFor(pe: Pe, what: 'wfi' | 'wfe', services: SystemServices): HostResult {
  if (what === 'wfe' && pe.eventRegister) {
    pe.eventRegister = false;
    return advance(pe, NEXT);
  }
  if (what === 'wfi' && services.wakeupPending(pe)) return advance(pe, CONTROL);
  const el = pe.state.exceptionLevel;
  if (el === 0 && !(sctlr(pe) & TRAPS[what].el0)) return take(pe, trappedWaitFor(what, tge(pe) ? 2 : 1));
  if (el < 2 && !(el === 0 && isHost(pe)) && stored(pe, 'HCR_EL2') & TRAPS[what].below) return take(pe, trappedWaitFor(what, 2));
  pe.waiting = what;
  return advance(pe, CONTROL);
}

const VIRTUAL_SERROR = { pending: mask('HCR_EL2.VSE'), enabled: mask('HCR_EL2.AMO') };
const DEFERRED = mask('VDISR_EL2.A');

/** ESB: a pending virtual SError that PSTATE masks is deferred (AArch64.vESBOperation). There are no physical SErrors. */
function errorSynchronizationBarrier(pe: Pe): void {
  const hcr = stored(pe, 'HCR_EL2');
  if (pe.state.exceptionLevel === 2 || tge(pe) || !(hcr & VIRTUAL_SERROR.enabled) || !(hcr & VIRTUAL_SERROR.pending)) return;
  if (!(pe.state.daif & 4)) return;
  store(pe, 'VDISR_EL2', DEFERRED | (stored(pe, 'VSESR_EL2') & 0x1ff_ffffn));
  store(pe, 'HCR_EL2', hcr & ~VIRTUAL_SERROR.pending);
}
