import type { Beginning, BeginningWithRam } from './beginning.ts';
import type { LineBegin } from './devices/pl011.ts';
import type { CheckpointOptions } from './checkpoints.ts';
import { type CoreRegister, coreRegisterNamed, coreRegisters } from './core-registers.ts';
import { type Input, type InputKind, type InputResult, type Moment, performInput } from './input-log.ts';
import { Machine, type MachineBreakpoint, type MachineWatchpoint } from './machine.ts';
import type { MachineConfiguration } from './machine-configuration.ts';
import { type MachineState, contentsOf, hashMachine, restoreMachine, saveMachine } from './machine-state.ts';
import type { ContextField } from './sdei/views.ts';
import { type KvmError, getKvmRegister, kvmRegisters } from './sdei/kvm-registers.ts';
import type { StopConditions, StopReason } from './stop-reason.ts';
import {
  type RegisterNote,
  type SystemRegister,
  debuggerNote,
  debuggerRead,
  systemRegisterNamed,
  systemRegisters,
} from './system/system-registers.ts';
import { type History, type LeftFuture, partingOf, type Recording, TimeTravel } from './time-travel.ts';
import { reserveMemory } from './machine/reserved-memory.ts';
import { memoryRegion, type MemoryRegion } from './memory-region.ts';
import { VIRT, layOutMemory } from './virt.ts';
import { type PhysicalRange, physicalRanges, readVirtual, writeVirtual } from './virtual-memory.ts';

export type { MachineBreakpoint, MachineWatchpoint } from './machine.ts';
export type { MachineConfiguration } from './machine-configuration.ts';
export type { PhysicalRange } from './virtual-memory.ts';
export type { CheckpointOptions } from './checkpoints.ts';
export type { Moment } from './input-log.ts';
export { isBefore } from './input-log.ts';
export type { Beginning, BeginningWithRam } from './beginning.ts';
export type { History, LeftFuture, Recording } from './time-travel.ts';
export { RecordingError } from './time-travel.ts';
export type { MachineState } from './machine-state.ts';
export { encodingName } from './system/system-registers.ts';
export type { StopConditions, StopReason } from './stop-reason.ts';

/** Makes ready what the next machine of so many PEs and so much RAM will take. */
export const reserveMachine = ({ cpus, memoryBytes }: Pick<MachineConfiguration, 'cpus' | 'memoryBytes'>): void =>
  reserveMemory(layOutMemory(cpus, memoryBytes).totalPages);

const nothingKept: { readonly bytes: Uint8Array; readonly lines: readonly LineBegin[] } = { bytes: new Uint8Array(), lines: [] };

/**
 * The emulator's interface: an AArch64 machine with the level above its client. Everything is synchronous; {@link run} comes back with
 * exactly one reason. Reading never changes the guest.
 */
export class Emulator {
  private readonly machine: Machine;
  /** Absent: nothing is recorded. */
  private time: TimeTravel | undefined;
  /** Console output of the present, from before somebody went to the past. */
  private keptOutput = nothingKept;
  private lines: readonly LineBegin[] = [];
  readonly ram: { readonly base: bigint; readonly size: bigint };
  private readonly mpidrs: readonly bigint[];

  constructor(configuration: MachineConfiguration) {
    this.machine = new Machine(configuration);
    this.ram = { base: BigInt(VIRT.RAM), size: BigInt(configuration.memoryBytes) };
    this.mpidrs = this.machine.pes.map(({ index }) => 0x8000_0000n | BigInt(index));
  }

  // --- running ----------------------------------------------------------------------------------------------------------------------

  /** Copies bytes to RAM before the start. @returns how many could be placed */
  load(physicalAddress: bigint, bytes: Uint8Array): number {
    return this.machine.writePhysical(Number(physicalAddress), bytes);
  }
  /** The same of so many bytes that are not in memory yet: `fill` gets the RAM that they are for. @throws RangeError if that is outside */
  loadBy(physicalAddress: bigint, length: number, fill: (into: Uint8Array) => void): void {
    this.machine.fillPhysical(Number(physicalAddress), length, fill);
  }
  /** Starts PE 0 at `entry`, at the client's exception level; the others wait for PSCI CPU_ON. @param x0 the other registers are 0 */
  start(entry: bigint, x0 = 0n): void {
    this.machine.start(entry, x0);
  }
  /**
   * Runs at most exactly `budget` instructions.
   * @param onlyPe the other PEs stay where they are
   * @param keepsTime it is halted where time would pass only since others that could run do not: a share of a step, not a run of its own
   */
  run(budget: number, onlyPe?: number, keepsTime?: boolean): StopReason {
    return (this.time ?? this.machine).run(budget, onlyPe, keepsTime);
  }
  /** One more stop of what has happened; a run would begin with it. `undefined`: there is none. */
  takeStop(): StopReason | undefined {
    return this.machine.takeStop();
  }
  /** Executes one instruction of a PE, breakpoints or not. `undefined`: nothing special happened. */
  step(pe: number): StopReason | undefined {
    return (this.time ?? this.machine).step(pe);
  }
  /**
   * After {@link step}: the debugger's user knows that this PE stands where it is, and what stops before the instruction there (a breakpoint, a
   * call by HVC or SMC) does not any more. Where {@link run} has stopped, that is known.
   */
  told(pe: number): void {
    this.machine.told(pe);
  }
  /** Instructions retired by all PEs since the start: the machine's time. */
  get instructions(): number {
    return this.machine.instructions;
  }
  /** Replaces all breakpoints. */
  setBreakpoints(breakpoints: readonly MachineBreakpoint[]): void {
    this.machine.setBreakpoints(breakpoints);
  }
  /** Replaces all watchpoints; a stop names one by its place in this list. Where none is set, they cost nothing. */
  setWatchpoints(watchpoints: readonly MachineWatchpoint[]): void {
    this.machine.setWatchpoints(watchpoints);
  }
  setStopConditions(conditions: StopConditions): void {
    if (this.machine.stopConditions !== conditions) this.machine.stopConditions = conditions;
  }

  // --- time travel ------------------------------------------------------------------------------------------------------------------

  /** From now on one can go back to any moment from here on. To be called after {@link start}. @throws RangeError: too little memory */
  keepHistory(options: CheckpointOptions): void {
    this.time = new TimeTravel(this.machine, options);
  }
  get keepsHistory(): boolean {
    return this.time !== undefined;
  }
  /** Absent: none is kept. Who asks has it begin here at the latest, which takes a moment where memory was too short. */
  get history(): History | undefined {
    return this.time?.history;
  }
  get moment(): Moment {
    return this.time?.moment ?? { instruction: this.machine.instructions, ticks: this.machine.ticks, inputs: 0 };
  }
  /** The first moment on record with so many instructions. */
  firstMomentOf(instruction: number): Moment {
    return this.time?.firstMomentOf(instruction) ?? { instruction, ticks: 0, inputs: 0 };
  }
  /** Before the end of the recording: runs repeat it, and edits begin another future from there. */
  get isInPast(): boolean {
    return this.time?.isInPast ?? false;
  }
  /**
   * Goes to a moment of the recording exactly, backwards or forwards; a number: the first moment with so many instructions. The console says
   * nothing again.
   * @throws RangeError if it is not on record
   */
  runTo(moment: Moment | number): void {
    const way = this.runningTo(moment, Number.POSITIVE_INFINITY);
    while (!way.next().done);
  }
  /** The same in pieces of about so many instructions. Who ends it between two of them is on the way, in the past. */
  runningTo(moment: Moment | number, piece: number): Generator<void, void, void> {
    const time = this.recorded;
    this.keptOutput = { bytes: this.takeConsoleOutput(), lines: this.lines };
    return time.travelling(moment, piece);
  }
  /** All that this run depends on besides what was loaded. @throws RangeError if no history is kept */
  get recording(): Recording {
    return this.recorded.recording;
  }
  /** What an input in the past has taken the place of since this was asked last. */
  takeLeft(): LeftFuture | undefined {
    return this.time?.takeLeft();
  }
  /** Up to where `recording` is what happened here, too. @throws RangeError if no history is kept */
  partingFrom(recording: Recording): Moment {
    return partingOf(this.recorded.recording, recording);
  }
  /**
   * From here on `recording` is what happened; the machine goes back to where it parts from what did.
   * @throws RangeError if that is not on record any more, or no history is kept
   */
  follow(recording: Recording, isHeard?: boolean): void {
    this.keptOutput = { bytes: this.takeConsoleOutput(), lines: this.lines };
    this.recorded.follow(recording, isHeard);
  }
  private get recorded(): TimeTravel {
    if (!this.time) throw new RangeError('No history is kept: there is no way back.');
    return this.time;
  }
  /** All that this run depends on besides inputs, in pieces. To be called before it runs. */
  contents(): Generator<string | Uint8Array> {
    return contentsOf(this.machine);
  }
  /** {@link beginning} comes up to here, if nothing has come from outside, or stopped this run that is no breakpoint. Nothing if no history is kept. */
  noteHere(): void {
    this.time?.noteHere();
  }
  /**
   * How this run began, up to a checkpoint before anything came from outside or stopped it that is no breakpoint. Absent: there is none.
   */
  get beginning(): BeginningWithRam | undefined {
    return this.time?.beginning;
  }
  /**
   * Comes to the end of the beginning of a run that had the same {@link contents}, with the same history and console output as if it had run
   * there.
   * @param pages numbers of pages of RAM, ascending: all that were written
   * @param read what is in them, one after the other; asked for if it is wanted
   * @returns false, and nothing has changed: breakpoints, watchpoints or stop conditions as they are now might have stopped it on the way; or it is
   * there already, or something has come from outside, or nobody takes notes of its beginning; or contents
   * are missing
   * @throws RangeError if no history is kept
   */
  takeOver(beginning: Beginning, pages: Int32Array, read: () => Uint8Array | undefined): boolean {
    this.keptOutput = { bytes: this.takeConsoleOutput(), lines: this.lines };
    return this.recorded.takeOver(beginning, pages, read);
  }
  /** In the past: lets everything happen that is recorded before the next instruction retires (inputs, interrupts, the end of a wait). */
  settle(): void {
    this.time?.settle();
  }
  /**
   * In the past: the other PEs run as they did, about so many instructions at most.
   * @returns `undefined`: this PE executes the next instruction, or the past is over
   */
  followUntilTurnOf(pe: number, budget: number): StopReason | undefined {
    return this.time?.followUntilTurnOf(pe, budget);
  }
  /**
   * In the past: everything happens as it did, about so many instructions at most; nothing stops on the way.
   * @returns whether this PE has retired so many instructions now, this very moment, or the past is over
   */
  followUntilRetired(pe: number, retired: number, budget: number): boolean {
    return this.time?.followUntilRetired(pe, retired, budget) ?? true;
  }
  /** The PE that executed last or, after {@link settle}, executes next. */
  get currentPe(): number {
    return this.machine.currentPe;
  }
  private input<Kind extends InputKind>(input: Input<Kind>): InputResult<Kind> {
    return this.time ? this.time.input(input) : performInput(this.machine, input);
  }

  // --- state ------------------------------------------------------------------------------------------------------------------------

  get pes(): readonly {
    index: number;
    power: 'on' | 'off' | 'suspended';
    waiting: boolean;
    retired: number;
    exceptionLevel: number;
    pc: bigint;
    mpidr: bigint;
    deviceIrqLevel?: number;
    levelExits?: number;
  }[] {
    const { pes, userIrqchip } = this.machine;
    return pes.map(({ index, power, waiting, retired, state, pc }) => {
      const info = {
        index,
        power,
        waiting: waiting !== undefined,
        retired,
        exceptionLevel: state.exceptionLevel,
        pc,
        mpidr: this.mpidrs[index],
      };
      return userIrqchip === undefined ? info : { ...info, ...userIrqchip.kvmRun(index) };
    });
  }
  readonly coreRegisters: readonly CoreRegister[] = coreRegisters;
  readonly systemRegisters: readonly SystemRegister[] = systemRegisters;

  /** By name, in any case: `x0`, `w0`, `lr`, `sp`, `pc`, `pstate`, `SCTLR_EL1`. `undefined`: there is no such register. */
  readRegister(pe: number, name: string): bigint | undefined {
    const core = coreRegisterNamed(name);
    if (core) return core.read(this.machine.pes[pe]);
    const row = systemRegisterNamed(name);
    return row && debuggerRead(this.machine.pes[pe], row, this.machine.services);
  }
  /** Of a system register. */
  registerNote(pe: number, name: string): RegisterNote {
    const row = systemRegisterNamed(name);
    return row ? debuggerNote(this.machine.pes[pe], row, this.machine.services) : {};
  }
  /** @throws Error saying why the value is refused. @returns false if there is no such register */
  writeRegister(pe: number, name: string, value: bigint): boolean {
    const core = coreRegisterNamed(name);
    if (core?.name === 'pstate') checkPstate(value);
    if (!core && !systemRegisterNamed(name)) return false;
    return this.input({ kind: 'register', pe, name, value });
  }

  /** The whole machine as plain data, RAM included. */
  saveState(): MachineState {
    return saveMachine(this.machine);
  }
  /**
   * Brings this machine into a saved state; breakpoints and stop conditions stay as they are, history begins anew.
   * @param withSdei false: the dispatcher keeps its own state
   * @throws RangeError if the saved machine has another number of PEs or size of RAM
   */
  restoreState(state: MachineState, withSdei = true): void {
    restoreMachine(this.machine, state, withSdei);
    this.time = this.time?.startedAnew();
  }
  /** A hash of {@link saveState}: equal for machines in the same state, however they got there. */
  stateHash(): string {
    return hashMachine(this.machine);
  }

  readPhysical(address: bigint, length: number): Uint8Array {
    return this.machine.memory.read(Number(address), length);
  }
  writePhysical(address: bigint, bytes: Uint8Array): number {
    return this.input({ kind: 'memory', address: Number(address), bytes: bytes.slice() });
  }
  /** Where a PE would fetch the instruction at a virtual address from; `undefined`: it could not. */
  physicalAddress(pe: number, address: bigint): bigint | undefined {
    return this.machine.physicalAddress(pe, address);
  }
  /** As the PE would translate at exception level `el`, absent: its current one. Fewer bytes where memory ends. */
  readVirtual(pe: number, address: bigint, length: number, el?: number): Uint8Array {
    const { memory, pes } = this.machine;
    return readVirtual(memory, pes[pe], address, length, el ?? pes[pe].state.exceptionLevel);
  }
  /** Where a virtual range is in memory, as {@link readVirtual} sees it: pieces in order; what is not mapped is left out. */
  physicalRanges(pe: number, address: bigint, length: number, el?: number): readonly PhysicalRange[] {
    const { memory, pes } = this.machine;
    return physicalRanges(memory, pes[pe], address, length, el ?? pes[pe].state.exceptionLevel);
  }
  /** What the PE would find around a virtual address at its current exception level. */
  memoryRegion(pe: number, address: bigint): MemoryRegion {
    const { memory, pes } = this.machine;
    return memoryRegion(memory, pes[pe], address, pes[pe].state.exceptionLevel);
  }
  writeVirtual(pe: number, address: bigint, bytes: Uint8Array, el?: number): number {
    const seen = this.machine.pes[pe];
    return writeVirtual(
      this.machine.memory,
      (physical, part) => this.input({ kind: 'memory', address: physical, bytes: part.slice() }),
      seen,
      address,
      bytes,
      el ?? seen.state.exceptionLevel,
    );
  }

  /** Name of the call that HVC #0 or SMC #0 with this X0 would be; absent: it has none. */
  nameOfCall(pe: number, x0: bigint): string | undefined {
    return this.machine.nameOfCall(this.machine.pes[pe], x0);
  }
  /** Bytes that the guest sent to the UART since the last call. */
  takeConsoleOutput(): Uint8Array {
    const kept = this.keptOutput;
    const { uart } = this.machine;
    if (kept.bytes.length === 0 && !uart.hasOutput) {
      this.lines = nothingKept.lines;
      return nothingKept.bytes;
    }
    const begins = uart.lineBegins;
    const lines =
      kept.lines.length === 0 ? begins : [...kept.lines, ...begins.map((one) => ({ ...one, offset: one.offset + kept.bytes.length }))];
    this.lines = lines;
    const output = uart.takeOutput();
    if (kept.bytes.length === 0) return output;
    this.keptOutput = nothingKept;
    return Uint8Array.from([...kept.bytes, ...output]);
  }
  /** Where lines begin in what {@link takeConsoleOutput} gave last. */
  get consoleLines(): readonly LineBegin[] {
    return this.lines;
  }
  sendConsoleInput(bytes: Uint8Array): void {
    this.input({ kind: 'consoleInput', bytes: bytes.slice() });
  }
  /** Nothing more will be typed: a guest that reads by semihosting is told. */
  endConsoleInput(): void {
    if (this.machine.semihosting) this.input({ kind: 'consoleEnd' });
  }

  // --- SDEI -------------------------------------------------------------------------------------------------------------------------

  get sdei(): Pick<Machine['sdei'], 'events' | 'pes' | 'deliveries' | 'deliveryCount'> {
    return this.machine.sdei;
  }
  trigger(event: number, pe: number): ReturnType<Machine['trigger']> {
    return this.input({ kind: 'trigger', event, pe });
  }
  sdeiCall(...call: Parameters<Machine['sdeiCall']>): ReturnType<Machine['sdeiCall']> {
    return this.input({ kind: 'sdeiCall', call });
  }
  /** @param depth 0 is the outermost running handler. @throws Error saying why the value is refused */
  editInterruptedContext(pe: number, depth: number, field: ContextField, value: bigint): void {
    if (field === 'pstate') checkPstate(value);
    this.input({ kind: 'interruptedContext', pe, depth, field, value });
  }
  readonly kvmRegisters: typeof kvmRegisters = kvmRegisters;
  /** KVM_GET_ONE_REG */
  getKvmRegister(pe: number, id: bigint): Uint8Array | KvmError {
    return getKvmRegister(this.machine.sdei, pe, id);
  }
  /** KVM_SET_ONE_REG. `undefined`: done. */
  setKvmRegister(pe: number, id: bigint, value: Uint8Array, strict = false): KvmError | undefined {
    return this.input({ kind: 'kvmRegister', pe, id, value: value.slice(), strict });
  }
}

/** @throws Error for a PSTATE that no exception return could establish */
function checkPstate(value: bigint): void {
  const el = Number((value >> 2n) & 3n);
  if (value & 16n)
    throw new Error(`PSTATE 0x${value.toString(16)} selects AArch32 (bit 4), which this machine does not implement. Clear bit 4.`);
  if (value & 2n || el === 3 || (el === 0 && value & 1n)) {
    throw new Error(
      `PSTATE 0x${value.toString(16)} has no valid mode in bits 3:0. Use 0 (EL0t), 4 (EL1t), 5 (EL1h), 8 (EL2t) or 9 (EL2h).`,
    );
  }
}
