import { OFFSET, SLOT_SP } from '../cpu-state.ts';
import type { Pe } from '../pe.ts';
import type { ChangedRegister } from '../stop-reason.ts';
import type { Conduit } from '../system/services.ts';

/**
 * A call by HVC #0 or SMC #0 may change X0-X18 ("hyp-abi" of Linux; SMCCC allows less still): the others are the caller's. Calls that the
 * guest's own EL2 code answers are remembered, and compared when that code returns to the caller.
 */
const FIRST_KEPT = 19;
const LAST_KEPT = 30;
const KEPT_WORDS = (LAST_KEPT - FIRST_KEPT + 1) * 2;
/** Words of a remembered call: the registers, then these. */
const PC = KEPT_WORDS;
const SP = PC + 2;
const X0 = SP + 2;
const CONDUIT = X0 + 2;
const SITE = CONDUIT + 1;
const CALL_WORDS = SITE + 1;
/** Of each PE; calls that never return (HVC_SOFT_RESTART) leave at the far end. */
const LONGEST_LIST = 8;

const STACK_POINTER = (OFFSET.X + SLOT_SP * 8) >> 2;
const COUNTER = OFFSET.PC >> 2;
/** Places of calls that are told apart. */
const SITES = 1024;
const OFTEN_GOOD = 255;

/** Plain data. */
export interface GuestCallsState {
  readonly open: readonly Int32Array[];
  readonly good: Uint8Array;
  readonly sample: number;
}

export interface ClobberedCall {
  /** Of the HVC or SMC. */
  readonly pc: bigint;
  readonly conduit: Conduit;
  readonly x0: bigint;
  readonly changed: readonly ChangedRegister[];
}

/** Calls of the guest's own EL2 code that have not returned. Nothing that a run depends on; called at every HVC, so it makes no objects. */
export class GuestCalls {
  private readonly memory: Int32Array;
  /** Of each PE, the oldest call first. */
  private readonly open: readonly Int32Array[];
  private readonly counts: Int32Array;
  /** How often calls from a place with an X0 have returned as they should, up to {@link OFTEN_GOOD}. */
  private readonly good = new Uint8Array(SITES);
  private sample = 0;

  constructor(memory: ArrayBuffer, pes: number) {
    this.memory = new Int32Array(memory);
    this.open = Array.from({ length: pes }, () => new Int32Array(LONGEST_LIST * CALL_WORDS));
    this.counts = new Int32Array(pes);
  }

  /** The PE stands at the HVC or SMC, which the guest's own EL2 code is going to answer. */
  begin(pe: Pe, conduit: Conduit, which: 'always' | 'sampled'): void {
    const { memory } = this;
    const block = pe.address >> 2;
    const site = ((memory[block + COUNTER] >> 2) ^ (memory[block + (OFFSET.X >> 2)] * 31)) & (SITES - 1);
    if (this.good[site] === OFTEN_GOOD && which === 'sampled' && (this.sample++ & 15) !== 0) return;
    const calls = this.open[pe.index];
    if (this.counts[pe.index] === LONGEST_LIST) {
      calls.copyWithin(0, CALL_WORDS);
      this.counts[pe.index] -= 1;
    }
    const call = this.counts[pe.index] * CALL_WORDS;
    this.counts[pe.index] += 1;
    const kept = block + ((OFFSET.X + FIRST_KEPT * 8) >> 2);
    for (let n = 0; n < KEPT_WORDS; n++) calls[call + n] = memory[kept + n];
    calls[call + PC] = memory[block + COUNTER];
    calls[call + PC + 1] = memory[block + COUNTER + 1];
    calls[call + SP] = memory[block + STACK_POINTER];
    calls[call + SP + 1] = memory[block + STACK_POINTER + 1];
    calls[call + X0] = memory[block + (OFFSET.X >> 2)];
    calls[call + X0 + 1] = memory[block + (OFFSET.X >> 2) + 1];
    calls[call + CONDUIT] = conduit === 'hvc' ? 0 : 1;
    calls[call + SITE] = site;
  }
  private noteGood(site: number): void {
    if (this.good[site] < OFTEN_GOOD) this.good[site] += 1;
  }

  /** The PE has just returned from an exception of EL2. @returns what it should not have changed, if that ended a call */
  end(pe: Pe): ClobberedCall | undefined {
    const { memory } = this;
    const calls = this.open[pe.index];
    const block = pe.address >> 2;
    const pc = block + COUNTER;
    const sp = block + STACK_POINTER;
    for (let index = this.counts[pe.index] - 1; index >= 0; index--) {
      const call = index * CALL_WORDS;
      const isItsReturn =
        memory[pc] === ((calls[call + PC] + 4) | 0) && memory[sp] === calls[call + SP] && memory[sp + 1] === calls[call + SP + 1];
      if (!isItsReturn) continue;
      this.counts[pe.index] = index;
      const kept = block + ((OFFSET.X + FIRST_KEPT * 8) >> 2);
      for (let n = 0; n < KEPT_WORDS; n++) if (memory[kept + n] !== calls[call + n]) return this.describe(pe, call);
      this.noteGood(calls[call + SITE]);
      return undefined;
    }
    return undefined;
  }
  private describe(pe: Pe, call: number): ClobberedCall {
    const calls = this.open[pe.index];
    const read = (word: number): bigint => BigInt.asUintN(64, (BigInt(calls[word + 1]) << 32n) | BigInt(calls[word] >>> 0));
    const registers = Array.from({ length: LAST_KEPT - FIRST_KEPT + 1 }, (_, n) => ({
      name: `x${FIRST_KEPT + n}`,
      before: read(call + n * 2),
      after: pe.x(FIRST_KEPT + n),
    }));
    return {
      pc: read(call + PC),
      conduit: calls[call + CONDUIT] === 0 ? 'hvc' : 'smc',
      x0: read(call + X0),
      changed: registers.filter(({ before, after }) => before !== after),
    };
  }

  forget(): void {
    this.counts.fill(0);
    this.good.fill(0);
  }
  snapshotState(): GuestCallsState {
    const open = this.open.map((calls, pe) => calls.slice(0, this.counts[pe] * CALL_WORDS));
    return { open, good: this.good.slice(), sample: this.sample };
  }
  restoreState({ open, good, sample }: GuestCallsState): void {
    for (const [pe, calls] of open.entries()) {
      this.open[pe].set(calls);
      this.counts[pe] = calls.length / CALL_WORDS;
    }
    this.good.set(good);
    this.sample = sample;
  }
}
