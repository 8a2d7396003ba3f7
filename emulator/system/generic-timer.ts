import type { Pe } from '../pe.ts';
import { COUNTER_FREQUENCY_HZ } from './features.ts';
import { e2h, elIsInHost, isHost, tge } from './configuration.ts';
import { SLOT, type RegisterName, mask, store, stored } from './storage.ts';

/** Machine time (instructions, nanoseconds) of one increment of the counter. */
export const TIME_PER_COUNT = 1_000_000_000 / COUNTER_FREQUENCY_HZ;

/** A timer of a PE, named by its registers, with its private interrupt and the machines' wiring of it. */
export const TIMERS = {
  'EL1 physical': { ctl: 'CNTP_CTL_EL0', cval: 'CNTP_CVAL_EL0', hasOffset: false, intid: 30 },
  'EL1 virtual': { ctl: 'CNTV_CTL_EL0', cval: 'CNTV_CVAL_EL0', hasOffset: true, intid: 27 },
  'EL2 physical': { ctl: 'CNTHP_CTL_EL2', cval: 'CNTHP_CVAL_EL2', hasOffset: false, intid: 26 },
  'EL2 virtual': { ctl: 'CNTHV_CTL_EL2', cval: 'CNTHV_CVAL_EL2', hasOffset: false, intid: 28 },
} as const;
export type TimerName = keyof typeof TIMERS;
export const TIMER_NAMES = Object.keys(TIMERS) as readonly TimerName[];

const CTL = { ENABLE: mask('CNTV_CTL_EL0.ENABLE'), IMASK: mask('CNTV_CTL_EL0.IMASK'), ISTATUS: mask('CNTV_CTL_EL0.ISTATUS') };
const U64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** CNTPCT_EL0 */
export const physicalCount = (time: number): bigint => BigInt(Math.floor(time / TIME_PER_COUNT));

/** CNTVCT_EL0 as the current exception level reads it: without offset for EL2 with E2H, and for EL0 of a host. */
export const virtualCount = (pe: Pe, time: number): bigint =>
  elIsInHost(pe, pe.state.exceptionLevel) ? physicalCount(time) : U64(physicalCount(time) - stored(pe, 'CNTVOFF_EL2'));

/** What the timer compares CVAL with. */
export const timerCount = (pe: Pe, timer: TimerName, time: number): bigint =>
  TIMERS[timer].hasOffset ? U64(physicalCount(time) - stored(pe, 'CNTVOFF_EL2')) : physicalCount(time);

const ENABLE = Number(CTL.ENABLE);
const ENABLE_AND_IMASK = Number(CTL.ENABLE | CTL.IMASK);
/** Enabled, and not masked. Most timers are not, and everybody asks often. */
const maySignal = (pe: Pe, timer: TimerName): boolean => (pe.systemRegisterWords[CONTROL_WORD[timer]] & ENABLE_AND_IMASK) === ENABLE;
const CONTROL_WORD = Object.fromEntries(TIMER_NAMES.map((name) => [name, 2 * SLOT[TIMERS[name].ctl]])) as Readonly<
  Record<TimerName, number>
>;

const isConditionMet = (pe: Pe, timer: TimerName, time: number): boolean =>
  (stored(pe, TIMERS[timer].ctl) & CTL.ENABLE) !== 0n && timerCount(pe, timer, time) >= stored(pe, TIMERS[timer].cval);

/** CNTx_CTL: ISTATUS is 0 while the timer is disabled. */
export const timerControl = (pe: Pe, timer: TimerName, time: number): bigint =>
  (stored(pe, TIMERS[timer].ctl) & (CTL.ENABLE | CTL.IMASK)) | (isConditionMet(pe, timer, time) ? CTL.ISTATUS : 0n);

/** CNTx_TVAL: the 32-bit distance to CVAL, negative when it has passed. */
export const timerValue = (pe: Pe, timer: TimerName, time: number): bigint =>
  BigInt.asUintN(32, stored(pe, TIMERS[timer].cval) - timerCount(pe, timer, time));

/** A write to CNTx_TVAL sets CVAL that far (signed 32 bits) from now. */
export function setTimerValue(pe: Pe, timer: TimerName, value: bigint, time: number): void {
  store(pe, TIMERS[timer].cval, U64(timerCount(pe, timer, time) + BigInt.asIntN(32, value)));
}

/** The timer's interrupt output: enabled, not masked, condition met. */
export const timerLevel = (pe: Pe, timer: TimerName, time: number): boolean => maySignal(pe, timer) && isConditionMet(pe, timer, time);

/** Machine time at which the output of some timer of the PE rises next; Infinity if none is running towards it. */
export function nextDeadline(pe: Pe, time: number): number {
  let deadline = Number.POSITIVE_INFINITY;
  for (const timer of TIMER_NAMES) {
    if (!maySignal(pe, timer)) continue;
    const remaining = stored(pe, TIMERS[timer].cval) - timerCount(pe, timer, time);
    if (remaining > 0n) deadline = Math.min(deadline, (Math.floor(time / TIME_PER_COUNT) + Number(remaining)) * TIME_PER_COUNT);
  }
  return deadline;
}

/** Machine time of the next event of the event streams (CNTKCTL_EL1.EVNTEN, CNTHCTL_EL2.EVNTEN), which ends WFE; Infinity without one. */
export function nextEventStreamTime(pe: Pe, time: number): number {
  const streams: [RegisterName, bigint][] = [['CNTHCTL_EL2', physicalCount(time)]];
  if (!isHost(pe)) streams.push(['CNTKCTL_EL1', U64(physicalCount(time) - stored(pe, 'CNTVOFF_EL2'))]);
  let next = Number.POSITIVE_INFINITY;
  for (const [name, count] of streams) {
    const control = stored(pe, name);
    if (!(control & 4n)) continue;
    const bit = 1n << ((control >> 4n) & 15n);
    const period = bit * 2n;
    const phase = control & 8n ? 0n : bit;
    const remaining = (((phase - count) % period) + period) % period || period;
    next = Math.min(next, (Math.floor(time / TIME_PER_COUNT) + Number(remaining)) * TIME_PER_COUNT);
  }
  return next;
}

/** Bits of CNTKCTL_EL1, and of CNTHCTL_EL2 for a host, that allow EL0 an access. */
const EL0 = { 'physical count': 1n << 0n, 'virtual count': 1n << 1n, 'EL1 virtual': 1n << 8n, 'EL1 physical': 1n << 9n };
/** Bits of CNTHCTL_EL2 that allow EL1 (and EL0) an access, without and with HCR_EL2.E2H. */
const EL1 = { 'physical count': [1n << 0n, 1n << 10n], 'EL1 physical': [1n << 1n, 1n << 11n] } as const;

/** Where an access to the counter or an EL1 timer traps from the current exception level. */
export function timerAccessTrap(pe: Pe, what: keyof typeof EL0): 'EL1' | 'EL2' | undefined {
  const el = pe.state.exceptionLevel;
  if (el === 2) return undefined;
  if (el === 0) {
    if (isHost(pe)) return stored(pe, 'CNTHCTL_EL2') & EL0[what] ? undefined : 'EL2';
    if (!(stored(pe, 'CNTKCTL_EL1') & EL0[what])) return tge(pe) ? 'EL2' : 'EL1';
  }
  if (what === 'physical count' || what === 'EL1 physical') {
    return stored(pe, 'CNTHCTL_EL2') & EL1[what][e2h(pe) ? 1 : 0] ? undefined : 'EL2';
  }
  return undefined;
}
