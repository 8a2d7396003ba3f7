/** Registers and the dispatcher's state as something to watch: a run stops where their value changes. */
import { coreRegisterNamed } from '../core-registers.ts';
import type { Machine } from '../machine.ts';
import { SLOT_SP } from '../cpu-state.ts';
import type { WrittenState } from '../engine/writers.ts';
import { getKvmRegister } from '../sdei/kvm-registers.ts';
import { debuggerRead, systemRegisterNamed } from '../system/system-registers.ts';

export interface ValueWatchpoint {
  readonly kind: 'value';
  readonly pe: number;
  /** A register's name, the id of a KVM pseudo register, what kvm_run says of interrupt levels, or what the dispatcher says of the PE. */
  readonly what: { readonly register: string } | { readonly kvmRegister: bigint } | 'device_irq_level' | DispatcherValue;
  /** Bits that count; absent: all. */
  readonly mask?: bigint;
}

/** Whether the PE is masked, how many handlers run, the event of the innermost (-1: none), the lowest event that is pending (-1: none). */
export type DispatcherValue = 'sdei_masked' | 'sdei_depth' | 'sdei_event' | 'sdei_pending';

export interface ChangedValue {
  /** Index of the watchpoint. */
  readonly watchpoint: number;
  /** Absent: there was no value. */
  readonly before: bigint | undefined;
  readonly after: bigint | undefined;
}

/**
 * What has to be looked at: instructions that may write such state, or every instruction. Absent: system instructions, exceptions and
 * calls only, which are looked at anyway.
 */
function writersOf(register: string): WrittenState | 'every' | undefined {
  const name = register.toLowerCase();
  const general = /^[xw](\d+)$/.exec(name);
  if (general) return { slots: new Set([Number(general[1])]), flags: false };
  const slot = { lr: 30, fp: 29, sp: SLOT_SP, sp_el0: SLOT_SP, sp_el1: SLOT_SP, sp_el2: SLOT_SP }[name];
  if (slot !== undefined) return { slots: new Set([slot]), flags: false };
  if (name === 'pstate' || name === 'nzcv') return { slots: new Set(), flags: true };
  return name === 'fpsr' || coreRegisterNamed(name) ? 'every' : undefined;
}

/** `undefined`: there is no such register, or it has no value now. */
export function watchedValue({ pes, services, sdei, userIrqchip }: Machine, { pe, what }: ValueWatchpoint): bigint | undefined {
  if (what === 'device_irq_level') return userIrqchip && BigInt(userIrqchip.kvmRun(pe).deviceIrqLevel);
  if (typeof what === 'string') return dispatcherValue(sdei, pe, what);
  if ('kvmRegister' in what) {
    const bytes = getKvmRegister(sdei, pe, what.kvmRegister);
    return bytes instanceof Uint8Array ? bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) : undefined;
  }
  const core = coreRegisterNamed(what.register);
  if (core) return core.read(pes[pe]);
  const row = systemRegisterNamed(what.register);
  return row && debuggerRead(pes[pe], row, services);
}

function dispatcherValue(sdei: Machine['sdei'], index: number, what: DispatcherValue): bigint | undefined {
  const pe = sdei.pes()[index];
  if (pe === undefined) return undefined;
  switch (what) {
    case 'sdei_masked':
      return pe.masked ? 1n : 0n;
    case 'sdei_depth':
      return BigInt(pe.running.length);
    case 'sdei_event':
      return BigInt(pe.running.at(-1)?.event ?? -1);
    case 'sdei_pending': {
      const mine = sdei.events().filter((event) => event.pending && (event.pe === undefined || event.pe === index));
      return mine.reduce((least, { number }) => (least < 0 || number < least ? BigInt(number) : least), -1n);
    }
  }
}

export class ValueWatch {
  private readonly read: (watchpoint: ValueWatchpoint) => bigint | undefined;
  private watched: { readonly index: number; readonly watchpoint: ValueWatchpoint; last: bigint | undefined }[] = [];
  isActive = false;
  /** PEs of which every instruction has to be looked at. What others do to their registers ends a stay in the engine. */
  private everywhere: ReadonlySet<number> = new Set();
  /** Instructions that may write such state have to be looked at. */
  writes: WrittenState | undefined;

  constructor(read: (watchpoint: ValueWatchpoint) => bigint | undefined) {
    this.read = read;
  }

  /** @param watchpoints absent ones only keep their index */
  set(watchpoints: readonly (ValueWatchpoint | undefined)[]): void {
    this.watched = [...watchpoints.entries()].flatMap(([index, watchpoint]) =>
      watchpoint === undefined ? [] : [{ index, watchpoint, last: undefined }],
    );
    this.isActive = this.watched.length > 0;
    const writers = this.watched.flatMap(({ watchpoint: { pe, what } }) =>
      typeof what === 'object' && 'register' in what ? [{ pe, what: writersOf(what.register) }] : [],
    );
    this.everywhere = new Set(writers.flatMap(({ pe, what }) => (what === 'every' ? [pe] : [])));
    const some = writers.flatMap(({ pe, what }) => (what === undefined || what === 'every' || this.everywhere.has(pe) ? [] : [what]));
    const slots = new Set(some.flatMap((one) => [...one.slots]));
    this.writes = some.length === 0 ? undefined : { slots, flags: some.some(({ flags }) => flags) };
    this.begin();
  }
  /** Whether every instruction of this PE has to be looked at. */
  isEverywhereOn(pe: number): boolean {
    return this.everywhere.has(pe);
  }
  private valueOf(watchpoint: ValueWatchpoint): bigint | undefined {
    const value = this.read(watchpoint);
    return value === undefined || watchpoint.mask === undefined ? value : value & watchpoint.mask;
  }
  /** What is there now is no change. */
  begin(): void {
    for (const one of this.watched) one.last = this.valueOf(one.watchpoint);
  }
  /** What has changed since it was asked last. */
  changes(): readonly ChangedValue[] {
    const changed: ChangedValue[] = [];
    for (const one of this.watched) {
      const after = this.valueOf(one.watchpoint);
      if (after !== one.last) changed.push({ watchpoint: one.index, before: one.last, after });
      one.last = after;
    }
    return changed;
  }
}
