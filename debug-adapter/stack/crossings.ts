/**
 * The stack of a PE across everything that was not a call: SDEI dispatches (what was interrupted is the dispatcher's saved context,
 * so it is known at every instruction of the handler) and exceptions taken to EL2.
 */
import { hasVectors } from '../evaluate/scene.ts';
import type { Images } from '../images.ts';
import type { FrameRegisters, MemoryReader } from '../program/program.ts';
import type { Target, TargetInterruptedContext } from '../target/target.ts';
import { ELR, LR, PC, SP, V0 } from './registers.ts';
import { registersKeptByEntryCode } from './entry-code.ts';
import { registersSavedAtArgument } from './saved-context.ts';
import { callerByCfi, callerOf, type CodeFrame, codeStart, frameAt, registersOutside } from './unwinder.ts';

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
  /** Levels whose SPSR and ELR still tell what their last exception interrupted. */
  const fresh = new Set([1, 2]);
  let isInterrupter: Segment['isInterrupter'] = () => false;

  while (entries.length < mostFrames) {
    const level = exceptionLevelOf(pstate);
    const isEntered = level === 2 && client === 'EL1' && fresh.has(2) && !hostsEl2(target, pe);
    const context = isEntered ? undefined : running[handler];
    const registration = context && registrationOf(target, context, pe);
    const segment: Segment = {
      images,
      memory: (address, length) => target.readMemory(address, length, { kind: 'virtual', pe, el: level }),
      isBase: isIn(registration === undefined ? { ranges: [] } : codeAround(registration.entryPoint, images), images),
      isInterrupted: (caller) => context !== undefined && caller.pc === context.pc && isEnteredElsewhere(registration, images),
      // Frame records of EL1 say nothing about who called code at EL2.
      callerOf: isEntered ? callerByCfi : callerOf,
      isInterrupter,
    };
    const { frames, outside, exit } = walk(segment, frameAt(registers, registers.get(PC) ?? 0n), mostFrames - entries.length);
    for (const [index, { frame, cfa }] of frames.entries()) {
      entries.push({
        kind: 'code',
        frame,
        exceptionLevel: level,
        ...(cfa === undefined ? {} : { cfa }),
        ...(index === 0 ? { pstate } : {}),
        ...(handler >= 0 ? { handler } : {}),
        ...(index === 0 && interruptedBy !== undefined ? { interruptedBy } : {}),
      });
    }

    const outermost = frames[frames.length - 1].frame;
    const isException =
      exit === 'interrupted' ||
      (exit === 'end' && fresh.has(level) && (isEntered || isInVectors(target, images, pe, level, outermost.lookupPc)));
    if (isException) {
      const pc = exit === 'interrupted' ? outside.get(PC) : target.readRegister(pe, `ELR_EL${level}`);
      if (pc === undefined) break;
      const isKnown = fresh.delete(level);
      if (isKnown) pstate = target.readRegister(pe, `SPSR_EL${level}`);
      const from = isKnown ? ` from ${modeName(pstate)}` : '';
      entries.push({ kind: 'label', text: `EL${level} exception entered${from} here`, boundary: 'exception' });
      registers = interruptedRegisters(target, pe, { pc, pstate, x: [] }, outside, level);
      interruptedBy = undefined;
      isInterrupter = isIn(codeAround(outermost.lookupPc, images), images);
    } else if (context !== undefined) {
      entries.push({ kind: 'label', text: dispatchLabel(context), boundary: 'sdei-dispatch' });
      const kept = registration === undefined ? outside : keptByHandler(registration, outermost, outside, segment);
      registers = interruptedRegisters(target, pe, context, kept, level);
      pstate = context.pstate;
      interruptedBy = handler;
      isInterrupter = () => false;
      handler--;
    } else break;
  }
  return entries;
}

/** X18-X30 and SP as the dispatch has left them: where call frame information does not tell, by what the entry code has done with them. */
function keptByHandler(
  registration: Registration,
  outermost: CodeFrame,
  outside: FrameRegisters,
  { images, memory }: Segment,
): FrameRegisters {
  const entry = entryOf(registration, outermost, images);
  const isDescribed = images.at(outermost.lookupPc)?.program.hasCallFrameInformation(outermost.lookupPc) ?? false;
  const inCode = isDescribed ? [] : registersKeptByEntryCode(entry, outermost.pc, outermost.registers, memory);
  return new Map([...outside, ...inCode, ...registersSavedAtArgument(entry, outermost.pc, registration.argument, memory)]);
}

/** A piece of stack made by calls alone. */
interface Segment {
  readonly images: Images;
  readonly memory: MemoryReader;
  /** Is this frame the one a dispatch entered? Nobody called it. */
  readonly isBase: (frame: CodeFrame) => boolean;
  /** Is what looks like a caller the code that the dispatch interrupted? A handler may make a frame record that says so, as Linux' does. */
  readonly isInterrupted: (caller: CodeFrame) => boolean;
  readonly callerOf: typeof callerOf;
  /** Is this frame in the code that interrupted the segment? That code was not its caller: what X30 says is a leftover. */
  readonly isInterrupter: (frame: CodeFrame) => boolean;
}

interface Walk {
  readonly frames: readonly { readonly frame: CodeFrame; readonly cfa?: bigint }[];
  /** Registers outside of the last frame, as far as it preserves them. */
  readonly outside: FrameRegisters;
  /** `interrupted`: call frame information says that an exception entered the last frame; PC of `outside` is where. */
  readonly exit: 'base' | 'interrupted' | 'end';
}

function walk(
  { images, memory, isBase, isInterrupted, callerOf: findCaller, isInterrupter }: Segment,
  innermost: CodeFrame,
  most: number,
): Walk {
  const frames: { frame: CodeFrame; cfa?: bigint }[] = [];
  for (let frame = innermost; ; ) {
    if (isBase(frame)) {
      frames.push({ frame });
      return { frames, outside: registersOutside(frame, images, memory), exit: 'base' };
    }
    const found = findCaller(frame, images, memory);
    if (found !== undefined && isInterrupted(found)) {
      frames.push({ frame });
      return { frames, outside: registersOutside(frame, images, memory), exit: 'base' };
    }
    const caller = found !== undefined && frames.length === 0 && isInterrupter(found) ? undefined : found;
    frames.push({ frame, ...(caller?.frameCfa === undefined ? {} : { cfa: caller.frameCfa }) });
    if (caller?.interrupted) return { frames, outside: caller.registers, exit: 'interrupted' };
    if (caller === undefined || frames.length >= most || !makesProgress(frame, caller))
      return { frames, outside: frame.registers, exit: 'end' };
    frame = caller;
  }
}

/** Other code may follow in the last of the sixteen vectors, under a name of its own. */
function isInVectors(target: Target, images: Images, pe: number, level: number, pc: bigint): boolean {
  const vectors = target.readRegister(pe, `VBAR_EL${level}`);
  return pc >= vectors && pc < vectors + 0x800n && images.symbolAt(pc)?.name === images.symbolAt(vectors)?.name;
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

/**
 * The registers of a PE as they are now, under their DWARF numbers; of the vectors what calls preserve for outer frames, the low halves of V8-V15.
 */
export function liveRegisters(target: Target, pe: number, exceptionLevel: number): Map<number, bigint> {
  const registers = new Map<number, bigint>();
  for (let index = 0; index <= LR; index++) registers.set(index, target.readRegister(pe, `x${index}`));
  registers.set(SP, target.readRegister(pe, 'sp')).set(PC, target.readRegister(pe, 'pc'));
  if (hasVectors(target))
    for (let index = 8; index <= 15; index++) registers.set(V0 + index, BigInt.asUintN(64, target.readRegister(pe, `v${index}`)));
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
  if (level > 0 && (level !== interruptingLevel || context.x.length > 0)) registers.set(ELR, target.readRegister(pe, `ELR_EL${level}`));
  else registers.delete(ELR);
  return registers;
}

interface CodeRange {
  readonly ranges: readonly { readonly low: bigint; readonly high: bigint }[];
  readonly symbol?: string;
}

interface Registration {
  readonly entryPoint: bigint;
  readonly argument: bigint;
}

/** How the handler of a running event was registered. */
function registrationOf(target: Target, context: TargetInterruptedContext, pe: number): Registration | undefined {
  const events = target.sdei.events.filter(({ number, entryPoint }) => number === context.event && entryPoint !== undefined);
  const event = events.find((candidate) => candidate.pe === pe) ?? events[0];
  return event?.entryPoint === undefined ? undefined : { entryPoint: event.entryPoint, argument: event.argument ?? 0n };
}

/** By a trampoline that no symbol names, as Linux' under KPTI: the frame that the dispatch entered cannot be told by its address. */
const isEnteredElsewhere = (registration: Registration | undefined, images: Images): boolean =>
  registration !== undefined && images.symbolAt(registration.entryPoint) === undefined;

/** Where the code that `frame` is in was entered: a trampoline may have led there, as Linux' does under KPTI, which leaves X1 as it was. */
function entryOf({ entryPoint }: Registration, { lookupPc }: CodeFrame, images: Images): bigint {
  const here = codeStart(lookupPc, images);
  return here === undefined || here === codeStart(entryPoint, images) ? entryPoint : here;
}

function codeAround(address: bigint, images: Images): CodeRange {
  const symbol = images.symbolAt(address)?.name;
  return { ranges: images.functionAt(address)?.ranges ?? [], ...(symbol === undefined ? {} : { symbol }) };
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
  return above > below || (above === below && caller.lookupPc !== frame.lookupPc);
}
