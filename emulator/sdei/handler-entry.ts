/** PE state at handler entry and after a completion (DEN0054, "Event handler entry context" and "SDEI_EVENT_COMPLETE_AND_RESUME"). */

import type { Behaviour } from './behaviour.ts';
import type { SdeiHost, SdeiPe } from './sdei-host.ts';
import type { InterruptedContext } from './sdei-view.ts';

/** X0-X17: what SDEI_EVENT_CONTEXT shows and a completion restores. */
export const SAVED_REGISTERS = 18;

const MODE = 0x1fn;
const DAIF = 0x3c0n;
const BTYPE = 0xc00n;
const SSBS = 1n << 12n;
const ALLINT = 1n << 13n;
const IL = 1n << 20n;
const SS = 1n << 21n;
const PAN = 1n << 22n;
const UAO = 1n << 23n;
const TCO = 1n << 25n;

const SCTLR_SPAN = 1n << 23n;
const SCTLR_DSSBS = 1n << 44n;
const SCTLR_SPINTMASK = 1n << 62n;
const HCR_TGE = 1n << 27n;
const HCR_E2H = 1n << 34n;

/** PSTATE at the client's exception level on its own stack, exceptions masked. */
function clientPstate(host: SdeiHost): bigint {
  return DAIF | (host.client === 'EL2' ? 0b01001n : 0b00101n);
}

/** As an exception taken to the client's exception level leaves PSTATE (`AArch64.TakeException`). */
function pstateOfException(host: SdeiHost, pe: SdeiPe, old: bigint): bigint {
  const { features } = host;
  let pstate = (old & ~(MODE | DAIF | IL | SS)) | clientPstate(host);
  if (features.bti) pstate &= ~BTYPE;
  if (features.ssbs) pstate = pe.sctlrClient & SCTLR_DSSBS ? pstate | SSBS : pstate & ~SSBS;
  if (features.nmi) pstate = pe.sctlrClient & SCTLR_SPINTMASK ? pstate & ~ALLINT : pstate | ALLINT;
  const vheHost = features.vhe && (pe.hcrEl2 & HCR_E2H) !== 0n && (pe.hcrEl2 & HCR_TGE) !== 0n;
  if (features.pan && (pe.sctlrClient & SCTLR_SPAN) === 0n && (host.client === 'EL1' || vheHost)) pstate |= PAN;
  if (features.uao) pstate &= ~UAO;
  if (features.mte) pstate |= TCO;
  return pstate;
}

function withClientMode(host: SdeiHost, pstate: bigint): bigint {
  return (pstate & ~MODE) | clientPstate(host);
}

/** What a completion will restore. */
export function contextOf(pe: SdeiPe): Pick<InterruptedContext, 'x' | 'pc' | 'pstate'> {
  return { x: Array.from({ length: SAVED_REGISTERS }, (_, n) => pe.x(n)), pc: pe.pc, pstate: pe.pstate };
}

/** Puts the PE at the first instruction of a handler. ELR_ELc and SPSR_ELc stay as they are. */
export function enterHandler(host: SdeiHost, behaviour: Behaviour, pe: SdeiPe, event: number, entryPoint: bigint, argument: bigint): void {
  const { pc, pstate } = pe;
  if (behaviour.scratchAtEntry === 'zero') for (let n = 4; n < SAVED_REGISTERS; n++) pe.setX(n, 0n);
  pe.setX(0, BigInt(event));
  pe.setX(1, argument);
  pe.setX(2, pc);
  pe.setX(3, pstate);
  pe.pstate = behaviour.pstateAtEntry === 'exception' ? pstateOfException(host, pe, pstate) : withClientMode(host, pstate);
  pe.pc = entryPoint;
  pe.clearExclusiveMonitor();
  pe.wake();
}

/** Goes on in the interrupted context. X18-X30 and the client's system registers stay as the handler left them. */
export function resumeInterrupted(pe: SdeiPe, context: InterruptedContext): void {
  context.x.forEach((value, n) => pe.setX(n, value));
  pe.pstate = context.pstate;
  pe.pc = context.pc;
  pe.clearExclusiveMonitor();
}

/** Goes on at `address` as if the interrupted context had just taken an exception to the client's exception level. */
export function resumeAt(host: SdeiHost, behaviour: Behaviour, pe: SdeiPe, context: InterruptedContext, address: bigint): void {
  context.x.forEach((value, n) => pe.setX(n, value));
  pe.elrClient = context.pc;
  pe.spsrClient = context.pstate;
  pe.pstate = behaviour.pstateAtResume === 'cleared' ? clientPstate(host) : withClientMode(host, context.pstate);
  pe.pc = address;
  pe.clearExclusiveMonitor();
}
