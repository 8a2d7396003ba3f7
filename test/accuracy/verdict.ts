/** Why this debugger and gdb differ, and who is right. */
import type { Difference } from './compare.ts';
import type { BothViews } from './stops.ts';
import { type FrameSeen, spellFrame } from './view.ts';

export interface Verdict {
  readonly right: 'ours' | 'unknown';
  readonly why: string;
}

const NONE = '<optimized out>';

interface Rule {
  readonly why: string;
  readonly right: Verdict['right'];
  readonly holds: (difference: Difference, views: BothViews, lineByLlvm: (pc: bigint) => string | undefined) => boolean;
}

const isFrames = ({ kind }: Difference) => kind === 'frames' || kind === 'frame';
const names = (frames: readonly FrameSeen[]) => frames.map(spellFrame).join();
const hasOurFrames = ({ ours, moment }: BothViews) => names(ours.frames) === moment.frames.join();
/** gdb's frames are those that were executed. Below a dispatch gdb has some that are not. */
const hasGdbFrames = ({ ours, gdb, moment }: BothViews) =>
  names(ours.label === undefined ? gdb.frames : gdb.frames.slice(0, moment.frames.length)) === moment.frames.join();

/** The first that holds counts. */
const rules: readonly Rule[] = [
  {
    right: 'ours',
    why: 'gdb has another frame or stack pointer: the calls and returns that were executed say so (no frame information in an epilogue or late in a prologue, or a frame rebuilt for a tail call)',
    holds: (difference, views) => isFrames(difference) && hasOurFrames(views) && !hasGdbFrames(views),
  },
  {
    right: 'ours',
    why: 'a value in a frame that gdb takes for another one',
    holds: (difference, views) => difference.kind === 'value' && hasOurFrames(views) && !hasGdbFrames(views),
  },
  {
    right: 'ours',
    // Where rows of one address are of several lines, such as `is_stmt 80` and then `81`, the first of them cover no instruction (DWARF 5 §6.2.2):
    // the instruction is of line 81, as llvm-symbolizer and LLDB have it, and a breakpoint on either line stops at it. gdb shows 80.
    why: 'gdb goes by statements only, or to the line before code that belongs to none; llvm-symbolizer says the same as we',
    holds: ({ kind, ours, frame }, { ours: { pc } }, lineByLlvm) =>
      kind === 'line' && frame === 0 && lineByLlvm(BigInt(pc)) === (ours === '-' ? 'no line' : ours),
  },
  {
    right: 'ours',
    why: 'a call made by code that an exception entered: gdb shows the line after it',
    holds: ({ kind, function: name, frame }) => kind === 'line' && frame > 0 && name === 'resume_entry',
  },
  {
    right: 'ours',
    why: 'a part of an aggregate that the compiler describes no more: gdb shows 0',
    holds: ({ kind, ours, gdb, what }) => kind === 'value' && ours === NONE && gdb === '0' && /[.[]/.test(what),
  },
  {
    right: 'unknown',
    why: 'in a register that calls may change (x0 to x17): gdb takes it for unchanged, which holds if the called function happens not to use it; we say optimized out',
    // Parameters of these are passed on from a register of their callers.
    holds: ({ kind, ours, gdb, frame, function: name }) =>
      kind === 'value' && (frame > 0 || name === 'recurse' || name === 'use') && ours === NONE && gdb !== '-',
  },
  {
    right: 'unknown',
    why: 'an array whose length or place is in such a register: gdb takes that for unchanged',
    holds: ({ kind, frame, ours, what }, { ours: { frames } }) => {
      const whole = frames[frame].locals[/^\w+/.exec(what)?.[0] ?? ''];
      return kind === 'value' && frame > 0 && (ours === '-' || ours === whole) && (whole === NONE || whole === '[]');
    },
  },
  {
    right: 'unknown',
    why: 'an array of variable length before its length or place is set',
    holds: ({ kind, ours, gdb, function: name }) =>
      kind === 'value' && name === 'variable_length' && (ours === '-' || ours === '""' || ours.startsWith('<cannot')) && /^<|^-$/.test(gdb),
  },
  {
    right: 'ours',
    why: 'a string whose length is gone: we show it to its end, gdb one character',
    holds: ({ kind, ours, gdb }) => kind === 'value' && ours.startsWith(gdb.slice(0, 2)) && /^"[^"]"$/.test(gdb),
  },
  {
    right: 'ours',
    why: 'a part of an aggregate that is gone: gdb takes it for a pointer',
    holds: ({ kind, gdb }) => kind === 'value' && gdb === '<synthetic pointer>',
  },
  {
    right: 'ours',
    why: 'an argument that the description of the call tells (DW_OP_entry_value); gdb does not find it',
    holds: ({ kind, ours, gdb, frame }) => kind === 'value' && frame === 0 && gdb === NONE && /^(0x[0-9a-f]+|-?[0-9.]+)$/.test(ours),
  },
  {
    right: 'ours',
    why: 'an aggregate that has lost its first part and not all: gdb takes all of it for lost',
    holds: ({ kind, frame, what }, { ours, gdb }) => {
      const [whole] = what.split(/[.[]/);
      const parts = Object.entries(ours.frames[frame].locals).flatMap(([name, value]) => (name.startsWith(`${whole}.`) ? [value] : []));
      const isLost = gdb.frames[frame]?.locals[whole] === NONE;
      return kind === 'value' && isLost && parts[0] === NONE && parts.some((value) => value !== NONE);
    },
  },
];

export function verdictOn(difference: Difference, views: BothViews, lineByLlvm: (pc: bigint) => string | undefined): Verdict | undefined {
  const rule = rules.find(({ holds }) => holds(difference, views, lineByLlvm));
  return rule && { right: rule.right, why: rule.why };
}
