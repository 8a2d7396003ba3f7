/** Why the guest stands still, as gdb is told (GDB manual, "Stop Reply Packets"). */
import type { Ended } from '../target/run-control.ts';
import { endText, exitCodeOf, type MachineStop, type Stop, wordsOf } from '../target/stop-reason.ts';
import type { Target } from '../target/target.ts';
import type { GdbBreakpoints } from './breakpoints.ts';
import type { StopKnowledge } from './client.ts';
import type { GdbGuest } from './guest.ts';
import { type GdbRegister, registerHex } from './registers.ts';
import { threadId } from './threads.ts';

/** GDB's own signal numbers (`include/gdb/signals.def`). */
const SIGINT = 2;
const SIGILL = 4;
const SIGTRAP = 5;
const SIGABRT = 6;
const SIGSEGV = 11;
const SIGSTOP = 17;

/**
 * gdb and LLDB expect SIGTRAP for what they have asked for themselves: a step, their breakpoints and watchpoints. In the middle of a line they go on
 * from any other one without a word; from SIGSTOP they do not.
 */
const signalOfStop: Readonly<Record<Exclude<Stop['kind'], 'machine'>, number>> = {
  entry: SIGTRAP,
  step: SIGTRAP,
  breakpoint: SIGSTOP,
  data: SIGSTOP,
  pause: SIGINT,
  goto: SIGTRAP,
  restart: SIGTRAP,
  fault: SIGABRT,
  end: SIGSTOP,
  'history-start': SIGTRAP,
  'trace-opened': SIGTRAP,
};
const signalOfMachineStop: Readonly<Partial<Record<MachineStop['kind'], number>>> = {
  unimplemented: SIGILL,
  'bad-semihosting-call': SIGSEGV,
  lockup: SIGSEGV,
};

/** Sent without being asked for: x29, sp and pc, which gdb needs at every stop. */
const expedited = [29, 31, 32];

export function stopReply(guest: GdbGuest, ended: Ended, registers: readonly GdbRegister[], knows: StopKnowledge): string {
  if (ended.kind === 'off') return `W${twoDigits(exitCodeOf(ended.end))}`;
  const { target } = guest;
  const { pe } = ended.stop;
  const values = expedited.map((number) => `${twoDigits(number)}:${registerHex(registers[number], target, pe)};`);
  const { signal, reason } = stopWords(guest, ended.stop);
  const threads = knows.threads ? threadsText(target) : '';
  return `T${twoDigits(signal)}thread:${threadId(pe)};${threads}${values.join('')}${reason === undefined ? '' : reasonText(reason, knows)}`;
}
const twoDigits = (value: number): string => value.toString(16).padStart(2, '0');
const threadsText = ({ pes }: Target): string =>
  `threads:${pes.map(({ index }) => threadId(index)).join(',')};thread-pcs:${pes.map(({ pc }) => pc.toString(16)).join(',')};`;

/** @returns gdb's signal number, and what it has asked for that was met, as a stop reply says it */
export function stopWords({ target, breakpoints }: GdbGuest, stop: Stop): { readonly signal: number; readonly reason: string | undefined } {
  const reason = askedFor(stop, breakpoints, target.pes[stop.pe].pc);
  return { signal: reason === undefined ? signalOf(stop) : SIGTRAP, reason };
}
/** That of a breakpoint is told only to those who have said that they know it. */
function reasonText(reason: string, knows: StopKnowledge): string {
  if (reason !== 'swbreak' && reason !== 'hwbreak') return `${reason};`;
  return knows[reason] ? `${reason}:;` : '';
}

const signalOf = (stop: Stop): number =>
  stop.kind === 'machine' ? (signalOfMachineStop[stop.stop.kind] ?? SIGSTOP) : signalOfStop[stop.kind];

/** Why it stopped, if that is something gdb has asked for and can be told. */
function askedFor(stop: Stop, breakpoints: GdbBreakpoints, pc: bigint): string | undefined {
  if (stop.kind === 'history-start') return 'replaylog:begin';
  if (stop.kind === 'data') return breakpoints.reasonOf(stop);
  if (stop.kind !== 'breakpoint') return undefined;
  return breakpoints.software.has(pc) ? 'swbreak' : breakpoints.hardware.has(pc) ? 'hwbreak' : undefined;
}

/** What a signal number cannot say. */
export function explanationOf({ images, target, breakpoints }: GdbGuest, ended: Ended): string | undefined {
  if (ended.kind === 'off') return ended.end.kind === 'system-off' ? undefined : `The guest has ${endText(ended.end)}.`;
  const { stop } = ended;
  switch (stop.kind) {
    case 'fault':
      return stop.text;
    case 'machine':
      return wordsOf(stop.stop, images).text;
    case 'end':
      return `The guest has ${endText(stop.end)}. Going on ends it.`;
    case 'breakpoint':
    case 'data':
      if (askedFor(stop, breakpoints, target.pes[stop.pe].pc) !== undefined) return undefined;
      return stop.kind === 'data' ? stop.text : "Stopped at a breakpoint of the editor's session.";
    default:
      return undefined;
  }
}
