import { THREAD_POINTERS } from '../program/dwarf/registers.ts';
import type { FrameContext, FrameRegisters, Program } from '../program/program.ts';
import type { AddressSpace, Target } from '../target/target.ts';
import type { CodePlace, FrameView } from './frame-view.ts';

/** A frame ready to be computed in: its memory and the context that locations are found with. */
export interface Scene {
  readonly frame: FrameView;
  readonly context: FrameContext;
  readonly space: AddressSpace;
  /** The names of this frame change only with this address. */
  readonly lookupPc: bigint;
}

export function sceneOf(frame: FrameView): Scene {
  const space: AddressSpace = { kind: 'virtual', pe: frame.pe, el: frame.exceptionLevel };
  const lookupPc = frame.lookupPc ?? frame.pc;
  const { target } = frame;
  return {
    frame,
    space,
    lookupPc,
    context: {
      registers: registersOf(frame),
      memory: (address, length) => target.readMemory(address, length, space),
      pc: lookupPc,
      cfa: frame.cfa,
    },
  };
}

/** As unwound, except for what an edit may have changed since: those of the PE and of a saved context are read where they are. */
function registersOf(frame: FrameView): FrameRegisters {
  const { target, pe, live, interruptedBy, registers } = frame;
  if (live) return liveRegisters(target, pe);
  return new ComputedRegisters((register) => {
    // No call or exception saves them: they are the thread's, not the frame's.
    if (THREAD_POINTERS.has(register)) return threadPointer(target, pe, register);
    if (interruptedBy === undefined) return registers.get(register);
    const context = target.sdei.pes[pe]?.running[interruptedBy];
    return (register === 32 ? context?.pc : context?.x[register]) ?? registers.get(register);
  });
}

/** The image that covers an address; the first one when none does. */
export function programAt(programs: readonly Program[], pc: bigint): Program | undefined {
  if (programs.length <= 1) return programs[0];
  // Of two that know the same function, one may have been stripped of the rest.
  const knowing = programs.filter((program) => program.functionAt(pc));
  return (
    (knowing.length > 1 ? knowing.find((program) => program.sourceAt(pc)) : undefined) ??
    knowing[0] ??
    programs.find((program) => program.symbolAt(pc)) ??
    programs[0]
  );
}

export const dwarfRegisterNames: readonly string[] = [
  ...Array.from({ length: 31 }, (_, n) => `x${n}`),
  'sp',
  'pc',
  'elr_mode',
  '',
  ...THREAD_POINTERS.values(),
  ...Array.from({ length: 24 }, () => ''),
  ...Array.from({ length: 32 }, (_, n) => `v${n}`),
];

/**
 * The innermost frame of a PE that stands at `place`, reading registers from the machine when they are asked for:
 * one such scene serves every hit of a breakpoint.
 */
export function liveScene(place: CodePlace, pe: number): Scene {
  const { target, programs, pc } = place;
  const registers = liveRegisters(target, pe);
  const program = programAt(programs, pc);
  const space: AddressSpace = { kind: 'virtual', pe };
  const memory = (address: bigint, length: number) => target.readMemory(address, length, space);
  const cfa = () => program?.unwind({ registers, pc, memory })?.cfa;
  const frame: FrameView = {
    target,
    programs,
    pe,
    level: 0,
    pc,
    inlineDepth: place.inlineDepth ?? 0,
    registers,
    live: true,
    get cfa() {
      return cfa();
    },
    get handler() {
      const depth = target.sdei.pes[pe]?.running.length ?? 0;
      return depth > 0 ? depth - 1 : undefined;
    },
  };
  const context: FrameContext = {
    registers,
    memory,
    pc,
    get cfa() {
      return cfa();
    },
  };
  return { frame, space, lookupPc: pc, context };
}

const liveRegisters = (target: Target, pe: number): FrameRegisters =>
  new ComputedRegisters((register) => {
    if (THREAD_POINTERS.has(register)) return threadPointer(target, pe, register);
    const name = dwarfRegisterNames[register];
    if (!name || register === 33 || (register >= 64 && !hasVectors(target))) return undefined;
    return target.readRegister(pe, name);
  });

/** `undefined`: the target has no such register. */
function threadPointer(target: Target, pe: number, register: number): bigint | undefined {
  const name = dwarfRegisterNames[register];
  return target.systemRegisters.some((known) => known.name === name) ? target.readRegister(pe, name) : undefined;
}

export const hasVectors = (target: Target): boolean => target.coreRegisters.some(({ name }) => name === 'v0');

/** A map in the eyes of its readers, without a copy of what it reads from. */
class ComputedRegisters extends Map<number, bigint> {
  readonly #read: (register: number) => bigint | undefined;

  constructor(read: (register: number) => bigint | undefined) {
    super();
    this.#read = read;
  }
  override get(register: number): bigint | undefined {
    return this.#read(register);
  }
  override has(register: number): boolean {
    return this.#read(register) !== undefined;
  }
}
