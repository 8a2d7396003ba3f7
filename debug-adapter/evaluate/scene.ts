import type { FrameContext, Program } from '../program/program.ts';
import type { AddressSpace } from '../target/target.ts';
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
      registers: frame.registers,
      memory: (address, length) => target.readMemory(address, length, space),
      pc: lookupPc,
      cfa: frame.cfa,
    },
  };
}

/** The image that covers an address; the first one when none does. */
export function programAt(programs: readonly Program[], pc: bigint): Program | undefined {
  if (programs.length <= 1) return programs[0];
  return programs.find((program) => program.functionAt(pc)) ?? programs.find((program) => program.symbolAt(pc)) ?? programs[0];
}

export const dwarfRegisterNames: readonly string[] = [
  ...Array.from({ length: 31 }, (_, n) => `x${n}`),
  'sp',
  'pc',
  'elr_mode',
  ...Array.from({ length: 30 }, () => ''),
  ...Array.from({ length: 32 }, (_, n) => `v${n}`),
];

/**
 * The innermost frame of a PE that stands at `place`, reading registers from the machine when they are asked for:
 * one such scene serves every hit of a breakpoint.
 */
export function liveScene(place: CodePlace, pe: number): Scene {
  const { target, programs, pc } = place;
  const registers = new LiveRegisters((name) => target.readRegister(pe, name));
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

/** A map in the eyes of its readers, without a copy of the machine's registers. */
class LiveRegisters extends Map<number, bigint> {
  readonly #read: (name: string) => bigint;

  constructor(read: (name: string) => bigint) {
    super();
    this.#read = read;
  }
  override get(register: number): bigint | undefined {
    const name = dwarfRegisterNames[register];
    return name && register <= 32 ? this.#read(name) : undefined;
  }
  override has(register: number): boolean {
    return register >= 0 && register <= 32;
  }
}
