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

/** The stacks of a stop: computed when asked for, kept until the guest changes, with ids that are never used again. */
export interface Stacks {
  of(pe: number): readonly StackLine[];
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
    line: (id) => lines.get(id),
    invalidate() {
      stacks.clear();
      ids.clear();
      lines.clear();
    },
    refresh: () => stacks.clear(),
  };
}

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
      const name = images.describe(frame.lookupPc).replace(/\+0x[0-9a-f]+$/, '');
      lines.push({ ...common, id: nextId(), name, view: view(0), ...(location === undefined ? {} : { location }) });
    }
    for (const [inlineDepth, { name, location }] of chain.entries()) {
      lines.push({ ...common, id: nextId(), name, view: view(inlineDepth), ...(location === undefined ? {} : { location }) });
    }
  }
  return lines;
}
