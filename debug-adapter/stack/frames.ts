import type { FrameView } from '../evaluate/frame-view.ts';
import type { Image, Images } from '../images.ts';
import type { SourceLocation } from '../program/program.ts';
import type { Target } from '../target/target.ts';
import { stackOf } from './crossings.ts';

/** A line of the call stack. */
export type StackLine = FrameLine | { readonly kind: 'label'; readonly id: number; readonly name: string };

export interface FrameLine {
  readonly kind: 'frame';
  readonly id: number;
  readonly name: string;
  readonly view: FrameView;
  readonly location?: SourceLocation;
  readonly image?: Image;
}

/** The innermost frame as far as it is known without its callers. */
export type TopLine = Omit<FrameLine, 'view'> & { readonly pc: bigint; readonly isInlined: boolean };

/** The stacks of a stop: computed when asked for, kept until the guest changes, with ids that are never used again. */
export interface Stacks {
  of(pe: number): readonly StackLine[];
  /** What the first line shows, without unwinding anything: what a client asks for first after each stop. */
  top(pe: number): TopLine;
  /** Whether {@link of} has been computed for this stop. */
  isKnown(pe: number): boolean;
  /** `undefined`: an id of an earlier stop, or none at all. */
  line(id: number): StackLine | undefined;
  /** The guest has run: all ids die. */
  invalidate(): void;
  /** Registers or memory have been edited: stacks are computed anew, lines keep their ids. */
  refresh(): void;
}

export function createStacks(target: Target, images: Images, client: 'EL1' | 'EL2', nextId: () => number): Stacks {
  const stacks = new Map<number, StackLine[]>();
  const ids = new Map<string, number>();
  const lines = new Map<number, StackLine>();
  /** PEs by the ids of lines that only {@link Stacks.top} has told. */
  const tops = new Map<number, number>();
  const idOf = (pe: number, index: number): number => {
    const key = `${pe}:${index}`;
    let id = ids.get(key);
    if (id === undefined) ids.set(key, (id = nextId()));
    return id;
  };
  return {
    of(pe) {
      let stack = stacks.get(pe);
      if (stack === undefined) {
        let index = 0;
        stacks.set(pe, (stack = linesOf(target, images, client, pe, () => idOf(pe, index++))));
        for (const line of stack) lines.set(line.id, line);
      }
      return stack;
    },
    top(pe) {
      const { pc } = target.pes[pe];
      const [inner] = images.inlineChainAt(pc);
      const image = images.at(pc);
      const location = inner === undefined ? images.sourceAt(pc) : inner.location;
      const id = idOf(pe, 0);
      tops.set(id, pe);
      return {
        kind: 'frame',
        id,
        name: inner?.name ?? nameAt(images, pc),
        pc,
        isInlined: inner?.inlined ?? false,
        ...(location === undefined ? {} : { location }),
        ...(image === undefined ? {} : { image }),
      };
    },
    isKnown: (pe) => stacks.has(pe),
    line(id) {
      const pe = tops.get(id);
      if (pe !== undefined && !lines.has(id)) this.of(pe);
      return lines.get(id);
    },
    invalidate() {
      for (const known of [stacks, ids, lines, tops]) if (known.size > 0) known.clear();
    },
    refresh: () => stacks.clear(),
  };
}

const nameAt = (images: Images, pc: bigint): string => images.symbolAt(pc)?.name ?? `0x${pc.toString(16)}`;

function linesOf(target: Target, images: Images, client: 'EL1' | 'EL2', pe: number, nextId: () => number): StackLine[] {
  const lines: StackLine[] = [];
  for (const [level, entry] of stackOf(target, images, client, pe).entries()) {
    if (entry.kind === 'label') {
      lines.push({ kind: 'label', id: nextId(), name: entry.text });
      continue;
    }
    const { frame, cfa, exceptionLevel, pstate, handler, interruptedBy } = entry;
    const chain = images.inlineChainAt(frame.lookupPc);
    const view = (inlineDepth: number): FrameView => ({
      target,
      programs: images.programs,
      pe,
      level,
      pc: frame.pc,
      lookupPc: frame.lookupPc,
      inlineDepth,
      registers: frame.registers,
      live: level === 0,
      ...(level === 0 ? {} : { exceptionLevel }),
      ...(pstate === undefined ? {} : { pstate }),
      ...(cfa === undefined ? {} : { cfa }),
      ...(handler === undefined ? {} : { handler }),
      ...(interruptedBy === undefined ? {} : { interruptedBy }),
    });
    const image = images.at(frame.lookupPc);
    const common = { kind: 'frame' as const, ...(image === undefined ? {} : { image }) };
    if (chain.length === 0) {
      const location = images.sourceAt(frame.lookupPc);
      const name = nameAt(images, frame.lookupPc);
      lines.push({ ...common, id: nextId(), name, view: view(0), ...(location === undefined ? {} : { location }) });
    }
    for (const [inlineDepth, { name, location }] of chain.entries()) {
      lines.push({ ...common, id: nextId(), name, view: view(inlineDepth), ...(location === undefined ? {} : { location }) });
    }
  }
  return lines;
}
