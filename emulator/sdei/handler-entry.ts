/** PE state at handler entry and after a completion (DEN0054, "Event handler entry context" and "SDEI_EVENT_COMPLETE_AND_RESUME"). */

import type { Behaviour } from './behaviour.ts';
import type { SdeiHost, SdeiPe } from './sdei-host.ts';
import { CONTEXT, SAVED_REGISTERS, type SavedContext } from './saved-context.ts';

const MODE = 0x1f;
const DAIF = 0x3c0;
const BTYPE = 0xc00;
const SSBS = 1 << 12;
const ALLINT = 1 << 13;
const IL = 1 << 20;
const SS = 1 << 21;
const PAN = 1 << 22;
const UAO = 1 << 23;
const TCO = 1 << 25;

const SCTLR_SPAN = 1n << 23n;
const SCTLR_DSSBS = 1n << 44n;
const SCTLR_SPINTMASK = 1n << 62n;
const HCR_TGE = 1n << 27n;
const HCR_E2H = 1n << 34n;

/** PSTATE at the client's exception level on its own stack, exceptions masked. */
function clientPstate(host: SdeiHost): number {
  return DAIF | (host.client === 'EL2' ? 0b01001 : 0b00101);
}

const isVheHost = ({ features }: SdeiHost, { hcrEl2 }: SdeiPe): boolean =>
  features.vhe && (hcrEl2 & HCR_E2H) !== 0n && (hcrEl2 & HCR_TGE) !== 0n;

/** As an exception taken to the client's exception level leaves PSTATE (`AArch64.TakeException`). */
function pstateOfException(host: SdeiHost, pe: SdeiPe, old: number): number {
  const { features } = host;
  let pstate = (old & ~(MODE | DAIF | IL | SS)) | clientPstate(host);
  if (features.bti) pstate &= ~BTYPE;
  if (features.ssbs) pstate = pe.sctlrClient & SCTLR_DSSBS ? pstate | SSBS : pstate & ~SSBS;
  if (features.nmi) pstate = pe.sctlrClient & SCTLR_SPINTMASK ? pstate & ~ALLINT : pstate | ALLINT;
  if (features.pan && (host.client === 'EL1' || isVheHost(host, pe)) && (pe.sctlrClient & SCTLR_SPAN) === 0n) pstate |= PAN;
  if (features.uao) pstate &= ~UAO;
  if (features.mte) pstate |= TCO;
  return pstate;
}

function withClientMode(host: SdeiHost, pstate: number): number {
  return (pstate & ~MODE) | clientPstate(host);
}

const pstateBits = (context: SavedContext): number => Number(BigInt.asUintN(32, context[CONTEXT.PSTATE]));

/** Puts the PE at the first instruction of a handler. ELR_ELc and SPSR_ELc stay as they are. @param interrupted what it is taken from */
export function enterHandler(
  host: SdeiHost,
  behaviour: Behaviour,
  pe: SdeiPe,
  interrupted: SavedContext,
  event: number,
  entryPoint: bigint,
  argument: bigint,
): void {
  const pstate = pstateBits(interrupted);
  if (behaviour.scratchAtEntry === 'zero') pe.clearX(4, SAVED_REGISTERS - 1);
  pe.setX(0, BigInt(event));
  pe.setX(1, argument);
  pe.setX(2, interrupted[CONTEXT.PC]);
  pe.setX(3, interrupted[CONTEXT.PSTATE]);
  pe.setPstate(behaviour.pstateAtEntry === 'exception' ? pstateOfException(host, pe, pstate) : withClientMode(host, pstate));
  pe.pc = entryPoint;
  pe.clearExclusiveMonitor();
  pe.wake();
}

/** Goes on in the interrupted context. X18-X30 and the client's system registers stay as the handler left them. */
export function resumeInterrupted(pe: SdeiPe, context: SavedContext): void {
  pe.restoreContext(context);
  pe.clearExclusiveMonitor();
}

/** Goes on at `address` as if the interrupted context had just taken an exception to the client's exception level. */
export function resumeAt(host: SdeiHost, behaviour: Behaviour, pe: SdeiPe, context: SavedContext, address: bigint): void {
  pe.restoreContext(context);
  pe.elrClient = context[CONTEXT.PC];
  pe.spsrClient = context[CONTEXT.PSTATE];
  pe.setPstate(behaviour.pstateAtResume === 'cleared' ? clientPstate(host) : withClientMode(host, pstateBits(context)));
  pe.pc = address;
  pe.clearExclusiveMonitor();
}
