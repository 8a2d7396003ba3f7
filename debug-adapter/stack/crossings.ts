/**
 * The stack of a PE across everything that was not a call: SDEI dispatches (what was interrupted is the dispatcher's saved context,
 * so it is known at every instruction of the handler) and exceptions taken to EL2.
 */
import type { Images } from '../images.ts';
import type { FrameRegisters, MemoryReader } from '../program/program.ts';
import type { Target, TargetInterruptedContext } from '../target/target.ts';
import { callerByCfi, callerOf, type CodeFrame, ELR, frameAt, LR, PC, registersOutside, SP } from './unwinder.ts';

export type StackEntry = CodeEntry | LabelEntry;

export interface CodeEntry {
  readonly kind: 'code';
  readonly frame: CodeFrame;
  /** Canonical frame address, where unwinding tells. */
  readonly cfa?: bigint;
  readonly exceptionLevel: number;
  /** Known for the innermost frame of each segment. */
  readonly pstate?: bigint;
  /** Index into `running` of the handler this frame is part of. */
  readonly handler?: number;
  /** Index into `running` of the handler that interrupted exactly this frame. */
  readonly interruptedBy?: number;
}

export interface LabelEntry {
  readonly kind: 'label';
  readonly text: string;
  /** What ends when the code above the label is left. */
  readonly boundary: 'sdei-dispatch' | 'exception';
}

const mostFrames = 500;

/** Innermost first. Never empty: the innermost entry is where the PE is. */
export function stackOf(target: Target, images: Images, client: 'EL1' | 'EL2', pe: number): StackEntry[] {
  const entries: StackEntry[] = [];
  const running = target.sdei.pes[pe]?.running ?? [];
  let handler = running.length - 1;
  let interruptedBy: number | undefined;
  let pstate = target.readRegister(pe, 'pstate');
  let registers: FrameRegisters = liveRegisters(target, pe, exceptionLevelOf(pstate));
  let mayBeEntered = client === 'EL1' && !hostsEl2(target, pe);

  while (entries.length < mostFrames) {
    const exceptionLevel = exceptionLevelOf(pstate);
    const memory: MemoryReader = (address, length) => target.readMemory(address, length, { kind: 'virtual', pe, el: exceptionLevel });
    const wasEntered = exceptionLevel === 2 && mayBeEntered;
    const wasDispatched = !wasEntered && handler >= 0;
    const isBase = wasDispatched ? isIn(handlerFunction(target, images, running[handler], pe), images) : () => false;

    let outside = registers;
    let frame = frameAt(registers, registers.get(PC) ?? 0n);
    for (let isFirst = true; entries.length < mostFrames; isFirst = false) {
      const isLast = isBase(frame);
      const caller = isLast ? undefined : wasEntered ? callerByCfi(frame, images, memory) : callerOf(frame, images, memory);
      entries.push({
        kind: 'code',
        frame,
        exceptionLevel,
        ...(caller?.frameCfa === undefined ? {} : { cfa: caller.frameCfa }),
        ...(isFirst ? { pstate } : {}),
        ...(handler >= 0 ? { handler } : {}),
        ...(isFirst && interruptedBy !== undefined ? { interruptedBy } : {}),
      });
      const leaves = wasEntered && caller?.interrupted;
      outside = isLast ? registersOutside(frame, images, memory) : leaves ? caller.registers : frame.registers;
      if (caller === undefined || leaves || !makesProgress(frame, caller)) break;
      frame = caller;
    }

    if (wasEntered) {
      mayBeEntered = false;
      pstate = target.readRegister(pe, 'SPSR_EL2');
      entries.push({ kind: 'label', text: `EL2 exception entered from ${modeName(pstate)} here`, boundary: 'exception' });
      registers = interruptedRegisters(target, pe, { pc: target.readRegister(pe, 'ELR_EL2'), pstate, x: [] }, outside, exceptionLevel);
      interruptedBy = undefined;
    } else if (wasDispatched) {
      const context = running[handler];
      entries.push({ kind: 'label', text: dispatchLabel(context), boundary: 'sdei-dispatch' });
      registers = interruptedRegisters(target, pe, context, outside, exceptionLevel);
      pstate = context.pstate;
      interruptedBy = handler;
      handler--;
    } else break;
  }
  return entries;
}

/** EL2 is the guest's own host (VHE), not entered from a lower level. */
function hostsEl2(target: Target, pe: number): boolean {
  const HCR_EL2_TGE = 1n << 27n;
  const HCR_EL2_E2H = 1n << 34n;
  const hcr = target.readRegister(pe, 'HCR_EL2');
  return (hcr & HCR_EL2_E2H) !== 0n && (hcr & HCR_EL2_TGE) !== 0n;
}

export const dispatchLabel = (context: TargetInterruptedContext): string =>
  `SDEI event ${context.event} (${context.priority}) interrupted ${modeName(context.pstate)} here`;

/** `EL1h`, from an SPSR. */
export function modeName(pstate: bigint): string {
  const level = exceptionLevelOf(pstate);
  return level === 0 ? 'EL0' : `EL${level}${pstate & 1n ? 'h' : 't'}`;
}

export const exceptionLevelOf = (pstate: bigint): number => Number((pstate >> 2n) & 3n);

/** The registers of a PE as they are now, under their DWARF numbers. */
export function liveRegisters(target: Target, pe: number, exceptionLevel: number): Map<number, bigint> {
  const registers = new Map<number, bigint>();
  for (let index = 0; index <= LR; index++) registers.set(index, target.readRegister(pe, `x${index}`));
  registers.set(SP, target.readRegister(pe, 'sp')).set(PC, target.readRegister(pe, 'pc'));
  return exceptionLevel > 0 ? registers.set(ELR, target.readRegister(pe, `ELR_EL${exceptionLevel}`)) : registers;
}

/**
 * The registers of interrupted code. `context` has what was saved; the others are what they were `outside` the frames that interrupted it.
 * SP is the banked register that the interrupted PSTATE selects, which is what unwinding recovered if the interrupting code uses it too.
 */
function interruptedRegisters(
  target: Target,
  pe: number,
  context: { readonly pc: bigint; readonly pstate: bigint; readonly x: readonly bigint[] },
  outside: FrameRegisters,
  interruptingLevel: number,
): FrameRegisters {
  const registers = new Map(outside).set(PC, context.pc);
  for (const [index, value] of context.x.entries()) registers.set(index, value);
  const level = exceptionLevelOf(context.pstate);
  if (level === 0 || !(context.pstate & 1n)) registers.set(SP, target.readRegister(pe, 'SP_EL0'));
  else if (level !== interruptingLevel) registers.set(SP, target.readRegister(pe, `SP_EL${level}`));
  if (level > 0) registers.set(ELR, target.readRegister(pe, `ELR_EL${level}`));
  else registers.delete(ELR);
  return registers;
}

interface CodeRange {
  readonly ranges: readonly { readonly low: bigint; readonly high: bigint }[];
  readonly symbol?: string;
}

/** The code that contains a handler's registered entry point. */
function handlerFunction(target: Target, images: Images, context: TargetInterruptedContext, pe: number): CodeRange {
  const registration =
    target.sdei.events.find((event) => event.number === context.event && event.pe === pe && event.entryPoint !== undefined) ??
    target.sdei.events.find((event) => event.number === context.event && event.entryPoint !== undefined);
  const entryPoint = registration?.entryPoint;
  if (entryPoint === undefined) return { ranges: [] };
  const symbol = images.symbolAt(entryPoint)?.name;
  return { ranges: images.functionAt(entryPoint)?.ranges ?? [], ...(symbol === undefined ? {} : { symbol }) };
}

const isIn =
  ({ ranges, symbol }: CodeRange, images: Images) =>
  ({ lookupPc }: CodeFrame): boolean =>
    ranges.some(({ low, high }) => lookupPc >= low && lookupPc < high) ||
    (symbol !== undefined && images.symbolAt(lookupPc)?.name === symbol);

/** A corrupt stack must not repeat itself. */
function makesProgress(frame: CodeFrame, caller: CodeFrame): boolean {
  const below = frame.registers.get(SP);
  const above = caller.registers.get(SP);
  if (below === undefined || above === undefined) return true;
  return above > below || (above === below && caller.pc !== frame.pc);
}
