/** The whole machine as plain structured-cloneable data, and a hash of it: equal machines have equal hashes. */
import { OFFSET } from './cpu-state.ts';
import type { Machine, Schedule } from './machine.ts';
import type { Pe, SavedProcessState } from './pe.ts';
import type { SemihostingState } from './semihosting/semihosting.ts';
import type { SdeiSnapshot } from './sdei/dispatcher.ts';
import { SLOT } from './system/storage.ts';
import { VIRT } from './virt.ts';

interface PeState {
  /** The register block: X and V registers, PC, NZCV, FPCR and FPSR, the exclusive monitor. */
  readonly block: Uint8Array;
  readonly systemRegisters: BigUint64Array;
  readonly state: SavedProcessState;
  readonly power: Pe['power'];
  readonly waiting: Pe['waiting'];
  readonly eventRegister: boolean;
  readonly retired: number;
  readonly counted: Pe['counted'];
}

/**
 * Everything but RAM. Not part of it: breakpoints and stop conditions, which are the debugger's, and console output that nobody has taken
 * yet.
 */
export interface StateBesidesRam {
  readonly pes: readonly PeState[];
  readonly schedule: Schedule;
  readonly sdei: SdeiSnapshot;
  /** By the device's base address. */
  readonly devices: readonly (readonly [base: number, state: unknown])[];
  /** Absent: the machine has no semihosting. */
  readonly semihosting?: SemihostingState;
}
export interface MachineState extends StateBesidesRam {
  readonly ram: Uint8Array;
}

/** The same state as `after`, with those registers of `before` that are equal: both together take little more memory than one. */
export const sharedState = (before: StateBesidesRam, after: StateBesidesRam): StateBesidesRam => ({
  ...after,
  pes: after.pes.map((pe, n) => {
    const { block, systemRegisters } = before.pes[n];
    return {
      ...pe,
      block: hasSameBytes(block, pe.block) ? block : pe.block,
      systemRegisters: hasSameBytes(systemRegisters, pe.systemRegisters) ? systemRegisters : pe.systemRegisters,
    };
  }),
});
function hasSameBytes(one: Uint8Array | BigUint64Array, other: Uint8Array | BigUint64Array): boolean {
  const [words, others] = [one, other].map(({ buffer, byteOffset, byteLength }) => new Int32Array(buffer, byteOffset, byteLength >> 2));
  for (let n = 0; n < words.length; n++) if (words[n] !== others[n]) return false;
  return true;
}
/** Registers of all PEs: what states may share. */
export const registersOf = ({ pes }: StateBesidesRam): readonly (Uint8Array | BigUint64Array)[] =>
  pes.flatMap(({ block, systemRegisters }) => [block, systemRegisters]);

/** A PE that has executed nothing between two saved states, and whose registers are the same. @param after shares what it can with `before` */
export const isUntouched = (before: PeState, after: PeState): boolean =>
  before.retired === after.retired &&
  before.systemRegisters === after.systemRegisters &&
  before.block === after.block &&
  JSON.stringify(before.state) === JSON.stringify(after.state);

/** To be called between runs only. */
export const saveMachine = (machine: Machine): MachineState => ({ ...saveBesidesRam(machine), ram: machine.ram.slice() });

/** To be called between runs only. */
export function saveBesidesRam(machine: Machine): StateBesidesRam {
  machine.settle();
  return {
    pes: machine.pes.map((pe) => ({
      block: pe.block.slice(),
      systemRegisters: pe.systemRegisters.slice(),
      state: pe.state.saved,
      power: pe.power,
      waiting: pe.waiting,
      eventRegister: pe.eventRegister,
      retired: pe.retired,
      counted: { ...pe.counted },
    })),
    schedule: machine.saveSchedule(),
    sdei: machine.sdei.snapshotState(),
    devices: devicesOf(machine).map(({ base, device }) => [base, device.snapshotState()]),
    ...(machine.semihosting && { semihosting: machine.semihosting.snapshotState() }),
  };
}

/**
 * Brings a machine of the same size into a saved state.
 * @param withSdei false: the dispatcher keeps its own state (another profile, filled through its registers)
 * @throws RangeError if the machine has another number of PEs or another size of RAM
 */
export function restoreMachine(machine: Machine, saved: MachineState, withSdei = true): void {
  const { pes, ram } = machine;
  if (saved.pes.length !== pes.length || saved.ram.length !== ram.length) {
    throw new RangeError(
      `The saved machine has ${saved.pes.length} PEs and ${saved.ram.length} bytes of RAM, this one ${pes.length} and ${ram.length}: they must be the same.`,
    );
  }
  restoreRam(machine, saved.ram);
  restoreBesidesRam(machine, saved, withSdei);
}
/** RAM must be as it was then, or the caller's to bring there. */
export function restoreBesidesRam(machine: Machine, saved: StateBesidesRam, withSdei = true): void {
  for (const [n, pe] of machine.pes.entries()) restorePe(pe, saved.pes[n]);
  if (withSdei) machine.sdei.restoreState(saved.sdei);
  for (const { base, device } of devicesOf(machine)) {
    const found = saved.devices.find(([savedBase]) => savedBase === base);
    if (found) device.restoreState(found[1]);
  }
  if (saved.semihosting) machine.semihosting?.restoreState(saved.semihosting);
  machine.restoreSchedule(saved.schedule);
}

/** Equal for machines that are equal but for their RAM. */
function textBesidesRam(machine: Machine): string {
  machine.settle();
  return JSON.stringify(
    [
      machine.pes.map(architecturalState),
      machine.saveSchedule(),
      machine.sdei.snapshotState(),
      devicesOf(machine).map(({ device }) => device.snapshotState()),
      ...(machine.semihosting ? [machine.semihosting.snapshotState()] : []),
    ],
    (key, value: unknown) => (key === 'reported' || key === 'ticks' ? undefined : key === 'stops' ? [] : plain(value)),
  );
}
/** What JSON has no form for. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Int32Array | BigUint64Array, String);
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
}

/** All that a run depends on from here on, in pieces: what it is configured to be, its state, and every page of RAM that was ever written. */
export function* contentsOf(machine: Machine): Generator<string | Uint8Array> {
  const text = JSON.stringify(machine.configuration, (_, value: unknown) => plain(value));
  yield `${text}\n${textBesidesRam(machine)}\n`;
  const count = machine.ram.length / PAGE;
  for (let page = 0; page < count; page++) {
    const first = page;
    while (page < count && machine.memory.wasWritten(VIRT.RAM + page * PAGE)) page++;
    if (page === first) continue;
    yield `${first} ${page}\n`;
    yield machine.ram.subarray(first * PAGE, page * PAGE);
  }
}

/** 16 hexadecimal digits. Not cryptographic. */
export function hashMachine(machine: Machine): string {
  const text = textBesidesRam(machine);
  const hash = newHash();
  const codes = new Int32Array(text.length);
  for (let n = 0; n < text.length; n++) codes[n] = text.charCodeAt(n);
  hash.add(codes);
  hash.add(new Int32Array(machine.ram.buffer, machine.ram.byteOffset, machine.ram.length >> 2));
  return hash.digits();
}

const PAGE = 4096;

const devicesOf = (machine: Machine) => machine.memory.devices;

function restorePe(pe: Pe, saved: PeState): void {
  pe.block.set(saved.block);
  pe.systemRegisters.set(saved.systemRegisters);
  Object.assign(pe.state, saved.state);
  pe.power = saved.power;
  pe.waiting = saved.waiting;
  pe.eventRegister = saved.eventRegister;
  pe.retired = saved.retired;
  Object.assign(pe.counted, saved.counted);
}

/** Writes only pages that differ: what the engine made of the others stays good. */
function restoreRam(machine: Machine, saved: Uint8Array): void {
  const now = new Int32Array(machine.ram.buffer, machine.ram.byteOffset, machine.ram.length >> 2);
  const then = new Int32Array(saved.buffer, saved.byteOffset, saved.length >> 2);
  const words = PAGE / 4;
  for (let page = 0; page < now.length; page += words) {
    let word = page;
    const end = Math.min(page + words, now.length);
    while (word < end && now[word] === then[word]) word++;
    if (word < end) machine.writePhysical(VIRT.RAM + page * 4, saved.subarray(page * 4, end * 4));
  }
}

/** What the architecture knows of a PE: the block also holds the engine's own variables, and flags in more than one form. */
function architecturalState(pe: Pe): unknown {
  const exclusive = pe.field(OFFSET.MONITOR_SIZE);
  const block = new DataView(pe.block.buffer, pe.block.byteOffset);
  const monitor = [OFFSET.MONITOR_ADDRESS, OFFSET.MONITOR_VALUE, OFFSET.MONITOR_VALUE_HIGH].map((at) => block.getBigUint64(at, true));
  return {
    x: Array.from({ length: 31 }, (_, n) => pe.x(n)),
    v: Array.from({ length: 32 }, (_, n) => pe.v(n)),
    pc: pe.pc,
    pstate: pe.pstate,
    sp: Array.from(pe.bankedSp, (_, el) => pe.stackPointer(el)),
    fpcr: pe.field(OFFSET.FPCR),
    fpsr: pe.field(OFFSET.FPSR),
    exclusive,
    monitor: exclusive === 0 ? [] : monitor,
    systemRegisters: Object.values(SLOT).map((slot) => pe.systemRegisters[slot]),
    power: pe.power,
    waiting: pe.waiting,
    eventRegister: pe.eventRegister,
    retired: pe.retired,
  };
}

/** Two lanes of 32 bits, each multiplied and folded word by word. */
function newHash() {
  let even = 0x9e37_79b9 | 0;
  let odd = 0x85eb_ca6b | 0;
  return {
    add(words: Int32Array): void {
      let a = even ^ words.length;
      let b = odd;
      let n = 0;
      for (; n + 1 < words.length; n += 2) {
        a = Math.imul(a ^ words[n], 0x01a7_4c97);
        a ^= a >>> 15;
        b = Math.imul(b ^ words[n + 1], 0x2c1b_3c6d);
        b ^= b >>> 13;
      }
      if (n < words.length) a = Math.imul(a ^ words[n], 0x01a7_4c97);
      even = Math.imul(a ^ (a >>> 16) ^ b, 0x7feb_352d);
      odd = Math.imul(b ^ (b >>> 15) ^ even, 0x297a_2d39 | 1);
    },
    digits: (): string => [even, odd].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join(''),
  };
}
