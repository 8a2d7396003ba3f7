import type { Pe } from '../pe.ts';
import { EVENT_COUNTERS } from './features.ts';
import { SLOT, anyOf, mask, store, stored } from './storage.ts';

/**
 * The performance monitors (Arm ARM, "The Performance Monitors Extension"). A cycle is 1 ns of machine time, and INST_RETIRED counts what the
 * machine does: an instruction that takes an exception is one, too. A counter's storage holds its value as of {@link Pe.counted}, and is
 * brought up to date before anything changes that decides what counts.
 */

/** The cycle counter's number: its bit in PMCNTENSET_EL0 and the others. */
const CYCLE = 31;
const COUNTERS: readonly number[] = [...Array.from({ length: EVENT_COUNTERS }, (_, n) => n), CYCLE];
const ALL_COUNTERS = COUNTERS.reduce((bits, n) => bits | (1n << BigInt(n)), 0n);

/** PMCEID0_EL0 in `registers/monitors.ts` lists them. */
const EVENT = { SW_INCR: 0x00, INST_RETIRED: 0x08, CPU_CYCLES: 0x11, CHAIN: 0x1e } as const;
const slots = SLOT as Readonly<Record<string, number>>;
const valueSlot = (n: number): number => slots[n === CYCLE ? 'PMCCNTR_EL0' : `PMEVCNTR${n}_EL0`];
const typeSlot = (n: number): number => slots[n === CYCLE ? 'PMCCFILTR_EL0' : `PMEVTYPER${n}_EL0`];
const width = (n: number): bigint => (n === CYCLE ? 64n : 32n);

const E = mask('PMCR_EL0.E');
const HPME = mask('MDCR_EL2.HPME');
const P = 31n;
const U = 30n;
const NSK = 29n;
const NSU = 28n;
const NSH = 27n;

/** How many event counters are not the hypervisor's (MDCR_EL2.HPMN). */
export const guestCounters = (pe: Pe): number => Math.min(EVENT_COUNTERS, Number(stored(pe, 'MDCR_EL2') & mask('MDCR_EL2.HPMN')));

/** Bits of the counters that the current exception level can reach. */
export function reachableCounters(pe: Pe): bigint {
  if (pe.state.exceptionLevel === 2) return ALL_COUNTERS;
  return (1n << BigInt(CYCLE)) | ((1n << BigInt(guestCounters(pe))) - 1n);
}

const mayGuestCount = anyOf('PMCR_EL0', E);
const mayHypervisorCount = anyOf('MDCR_EL2', HPME);
/** Whether any counter may be counting: a quick question. */
export const mayCount = (pe: Pe): boolean => mayGuestCount(pe) || mayHypervisorCount(pe);

const isSwitchedOn = (pe: Pe, n: number): boolean => (n !== CYCLE && n >= guestCounters(pe) ? mayHypervisorCount(pe) : mayGuestCount(pe));

function counts(pe: Pe, n: number, el: number): boolean {
  if (!((stored(pe, 'PMCNTENSET_EL0') >> BigInt(n)) & 1n) || !isSwitchedOn(pe, n)) return false;
  const type = pe.systemRegisters[typeSlot(n)];
  const bit = (at: bigint): bigint => (type >> at) & 1n;
  if (el === 2) return bit(NSH) === 1n;
  return el === 1 ? bit(P) === bit(NSK) : bit(U) === bit(NSU);
}

const eventOf = (pe: Pe, n: number): number => (n === CYCLE ? EVENT.CPU_CYCLES : Number(pe.systemRegisters[typeSlot(n)] & 0xffffn));

/** A moment as counters see it. */
export interface Progress {
  /** Machine time. */
  readonly time: number;
  /** Instructions that the PE has retired. */
  readonly retired: number;
}

function stepsSince(pe: Pe, n: number, now: Progress): number {
  const event = eventOf(pe, n);
  if (event !== EVENT.CPU_CYCLES && event !== EVENT.INST_RETIRED) return 0;
  if (!counts(pe, n, pe.counted.el)) return 0;
  return event === EVENT.CPU_CYCLES ? now.time - pe.counted.time : now.retired - pe.counted.retired;
}

interface Reached {
  /** By counter number. */
  readonly values: readonly bigint[];
  /** PMOVSSET_EL0 */
  readonly overflowed: bigint;
}

/** Where the counters have come to; nothing changes. @param increments PMSWINC_EL0 */
function reached(pe: Pe, now: Progress, increments = 0n): Reached {
  const values: bigint[] = [];
  let overflowed = stored(pe, 'PMOVSSET_EL0');
  let carry = 0n;
  for (const n of COUNTERS) {
    const sum = pe.systemRegisters[valueSlot(n)] + BigInt(stepsSince(pe, n, now)) + otherSteps(pe, n, carry, increments);
    const wraps = sum >> width(n);
    values[n] = sum - (wraps << width(n));
    if (wraps > 0n) overflowed |= 1n << BigInt(n);
    carry = n % 2 === 0 ? wraps : 0n;
  }
  return { values, overflowed };
}

function otherSteps(pe: Pe, n: number, carry: bigint, increments: bigint): bigint {
  const event = eventOf(pe, n);
  const steps = event === EVENT.CHAIN && n % 2 === 1 ? carry : event === EVENT.SW_INCR ? (increments >> BigInt(n)) & 1n : 0n;
  return steps > 0n && counts(pe, n, pe.counted.el) ? steps : 0n;
}

/** A counter's value now; nothing changes. */
export const counterValue = (pe: Pe, n: number, now: Progress): bigint =>
  mayCount(pe) ? reached(pe, now).values[n] : pe.systemRegisters[valueSlot(n)];
export const cycleCount = (pe: Pe, now: Progress): bigint => counterValue(pe, CYCLE, now);
/** PMOVSSET_EL0 now; nothing changes. */
export const overflowFlags = (pe: Pe, now: Progress): bigint => (mayCount(pe) ? reached(pe, now).overflowed : stored(pe, 'PMOVSSET_EL0'));

/**
 * Brings all counters of a PE up to date. To be called before a change of the registers that control them, or after one of its EL.
 * @param increments PMSWINC_EL0
 */
export function settleCounters(pe: Pe, now: Progress, increments = 0n): void {
  if (mayCount(pe)) {
    const { values, overflowed } = reached(pe, now, increments);
    for (const n of COUNTERS) pe.systemRegisters[valueSlot(n)] = values[n];
    store(pe, 'PMOVSSET_EL0', overflowed);
  }
  pe.counted.time = now.time;
  pe.counted.retired = now.retired;
  pe.counted.el = pe.state.exceptionLevel;
}

/** PMCCNTR_EL0 or PMEVCNTR<n>_EL0. The counters are up to date. */
export function setCounter(pe: Pe, n: number, value: bigint): void {
  pe.systemRegisters[valueSlot(n)] = BigInt.asUintN(Number(width(n)), value);
}
export const setCycleCount = (pe: Pe, value: bigint): void => setCounter(pe, CYCLE, value);

/** PMEVTYPER<n>_EL0; 31: PMCCFILTR_EL0. */
export const counterType = (pe: Pe, n: number): bigint => pe.systemRegisters[typeSlot(n)];
export function setCounterType(pe: Pe, n: number, value: bigint): void {
  pe.systemRegisters[typeSlot(n)] = value & (n === CYCLE ? 0xf800_0000n : 0xf800_03ffn);
}

/** AArch64.CheckForPMUOverflow: the level of the interrupt. The counters are up to date. */
export function overflowLevel(pe: Pe): boolean {
  const signalled = stored(pe, 'PMOVSSET_EL0') & stored(pe, 'PMINTENSET_EL1');
  return signalled !== 0n && COUNTERS.some((n) => (signalled >> BigInt(n)) & 1n && isSwitchedOn(pe, n));
}

/**
 * Machine time until an overflow raises the interrupt, if the PE stays at its exception level; Infinity if none does. The counters are up to
 * date.
 * @param runs the PE retires instructions meanwhile
 */
export function timeToInterrupt(pe: Pe, runs: boolean): number {
  const el = pe.state.exceptionLevel;
  const silent = ~stored(pe, 'PMINTENSET_EL1') | stored(pe, 'PMOVSSET_EL0');
  const isMoving = (n: number): boolean => {
    const event = eventOf(pe, n);
    return (event === EVENT.CPU_CYCLES || (event === EVENT.INST_RETIRED && runs)) && counts(pe, n, el);
  };
  const left = (n: number): bigint => (1n << width(n)) - pe.systemRegisters[valueSlot(n)];
  let time = Number.POSITIVE_INFINITY;
  for (const n of COUNTERS) {
    if ((silent >> BigInt(n)) & 1n) continue;
    const isChained = n !== CYCLE && n % 2 === 1 && eventOf(pe, n) === EVENT.CHAIN && counts(pe, n, el);
    if (isChained && isMoving(n - 1)) time = Math.min(time, Number(left(n - 1) + ((left(n) - 1n) << width(n - 1))));
    else if (isMoving(n)) time = Math.min(time, Number(left(n)));
  }
  return time > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : time;
}

/** The counter that PMXEVTYPER_EL0 and PMXEVCNTR_EL0 mean; absent: the exception level cannot reach it. */
export function selectedCounter(pe: Pe): number | undefined {
  const selected = Number(stored(pe, 'PMSELR_EL0'));
  return (reachableCounters(pe) >> BigInt(selected)) & 1n ? selected : undefined;
}

/** Names of PMEVCNTR<n>_EL0, and of PMEVTYPER<n>_EL0. */
export const eventCounterNames = Array.from({ length: EVENT_COUNTERS }, (_, n) => [`PMEVCNTR${n}_EL0`, `PMEVTYPER${n}_EL0`] as const);
