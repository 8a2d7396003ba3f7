/** Why the guest stands still, as gdb is told (GDB manual, "Stop Reply Packets"). */
import type { Ended } from '../target/run-control.ts';
import { endText, exitCodeOf, type MachineStop, type Stop, wordsOf } from '../target/stop-reason.ts';
import type { GdbGuest } from './guest.ts';
import { type GdbRegister, registerHex } from './registers.ts';

/** GDB's own signal numbers (`include/gdb/signals.def`). */
const SIGINT = 2;
const SIGILL = 4;
const SIGTRAP = 5;
const SIGABRT = 6;
const SIGSEGV = 11;

const signalOfStop: Readonly<Record<Exclude<Stop['kind'], 'machine'>, number>> = {
  entry: SIGTRAP,
  step: SIGTRAP,
  breakpoint: SIGTRAP,
  data: SIGTRAP,
  pause: SIGINT,
  goto: SIGTRAP,
  restart: SIGTRAP,
  fault: SIGABRT,
  end: SIGTRAP,
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

/** @param knows which stop reasons the client understands */
export function stopReply(
  { target, breakpoints }: GdbGuest,
  ended: Ended,
  registers: readonly GdbRegister[],
  knows: { readonly swbreak: boolean; readonly hwbreak: boolean },
): string {
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  if (ended.kind === 'off') return `W${hex(exitCodeOf(ended.end))}`;
  const { stop } = ended;
  const signal = stop.kind === 'machine' ? (signalOfMachineStop[stop.stop.kind] ?? SIGTRAP) : signalOfStop[stop.kind];
  const values = expedited.map((number) => `${hex(number)}:${registerHex(registers[number], target, stop.pe)};`);
  const reason = breakpoints.reasonOf(stop) || reasonOf(stop, breakpoints.software.has(target.pes[stop.pe].pc), knows);
  return `T${hex(signal)}thread:${(stop.pe + 1).toString(16)};${values.join('')}${reason}`;
}

function reasonOf({ kind }: Stop, isSoftware: boolean, knows: { readonly swbreak: boolean; readonly hwbreak: boolean }): string {
  if (kind === 'history-start') return 'replaylog:begin;';
  if (kind !== 'breakpoint') return '';
  if (isSoftware) return knows.swbreak ? 'swbreak:;' : '';
  return knows.hwbreak ? 'hwbreak:;' : '';
}

/** What a signal number cannot say. */
export function explanationOf({ images }: GdbGuest, ended: Ended): string | undefined {
  if (ended.kind === 'off') return ended.end.kind === 'system-off' ? undefined : `The guest has ${endText(ended.end)}.`;
  if (ended.stop.kind === 'fault') return ended.stop.text;
  return ended.stop.kind === 'machine' ? wordsOf(ended.stop.stop, images).text : undefined;
}
