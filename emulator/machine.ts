import { OFFSET, STATE } from './cpu-state.ts';
import type { Device } from './devices/device.ts';
import { interruptClaims } from './devices/gic-claims.ts';
import { gicDistributor, gicRedistributors } from './devices/gic-frames.ts';
import { Gic } from './devices/gic.ts';
import { Pl011 } from './devices/pl011.ts';
import { Pl031 } from './devices/pl031.ts';
import { DerivedFields } from './derived-fields.ts';
import type { Coverage } from './engine/coverage.ts';
import { Engine } from './engine/engine.ts';
import { MemoryAccess } from './engine/memory-access.ts';
import { MemoryWatch, type MemoryWatchpoint } from './engine/memory-watch.ts';
import { Records } from './engine/records.ts';
import { Tlb } from './engine/tlb.ts';
import { DEFAULT_ERA, hypStubCallName, hypStubOf } from './hyp-stub/kernel-eras.ts';
import { peSeenFromAbove, sdeiHost } from './level-above.ts';
import { CallsUpwards, type GuestCall } from './machine/calls-upwards.ts';
import { CodePages, type MachineBreakpoint, branchAddress } from './machine/code-pages.ts';
import { ExceptionStops } from './machine/exception-stops.ts';
import { GuestCalls } from './machine/guest-calls.ts';
import { GuestExceptions } from './machine/guest-exceptions.ts';
import { InterruptLines, type InterruptLinesState } from './machine/interrupt-lines.ts';
import { RamWrites } from './machine/ram-writes.ts';
import { takeMemory } from './machine/reserved-memory.ts';
import { type Awaited, RunLoop } from './machine/run-loop.ts';
import { SemihostingPort } from './machine/semihosting-port.ts';
import { systemServices } from './machine/services.ts';
import { Stops, type StopsState } from './machine/stops.ts';
import { Turns, type TurnsState } from './machine/turns.ts';
import { ValueWatch, type ValueWatchpoint, watchedValue } from './machine/value-watch.ts';
import { Waits, type WaitsState } from './machine/waits.ts';
import type { MachineConfiguration } from './machine-configuration.ts';
import { PhysicalMemory } from './memory/physical-memory.ts';
import { Pe } from './pe.ts';
import { resetPe } from './reset.ts';
import { type SdeiCallOutcome, type SdeiDispatcher, createSdeiDispatcher } from './sdei/dispatcher.ts';
import type { TriggerResult } from './sdei/sdei-view.ts';
import { Semihosting } from './semihosting/semihosting.ts';
import { playedCall } from './smccc/call-name.ts';
import type { PsciHost } from './smccc/psci-host.ts';
import type { StopConditions, StopReason } from './stop-reason.ts';
import { floatingPointTrap, isStackAlignmentChecked } from './system/configuration.ts';
import { mayCount, settleCounters } from './system/performance-monitors.ts';
import { INLINE_MASKING, inlineAccess } from './system/inline-access.ts';
import type { SystemServices } from './system/services.ts';
import { stored } from './system/storage.ts';
import { UserIrqchip } from './user-irqchip.ts';
import { VIRT, layOutMemory } from './virt.ts';

export type { MachineBreakpoint } from './machine/code-pages.ts';
/** What a debugger watches. */
export type MachineWatchpoint = MemoryWatchpoint | ValueWatchpoint;

/** What belongs to no single part of the machine: time, whose turn it is, what waits. Plain data. */
export interface Schedule extends TurnsState, StopsState, WaitsState, InterruptLinesState {}

/** The `virt` machine: PEs, memory, devices, the level above the client. It puts the parts together; `machine/run-loop.ts` runs them. */
export class Machine {
  readonly configuration: MachineConfiguration;
  readonly pes: readonly Pe[];
  readonly memory: PhysicalMemory;
  /** RAM as it is; to be written through {@link writePhysical} only. */
  readonly ram: Uint8Array;
  readonly uart = new Pl011(() => this.instructions);
  readonly gic: Gic;
  /** Absent: the interrupt controller sees the timers itself. */
  readonly userIrqchip: UserIrqchip | undefined;
  readonly sdei: SdeiDispatcher;
  /** Absent: HLT #0xF000 is UNDEFINED. */
  readonly semihosting: Semihosting | undefined;
  /** What system registers and instructions need. */
  readonly services: SystemServices;

  private readonly tlb: Tlb;
  private readonly engine: Engine;
  private readonly turns: Turns;
  private readonly stops = new Stops();
  private readonly lines: InterruptLines;
  private readonly waits: Waits;
  private readonly code: CodePages;
  private readonly records: Records;
  private readonly calls: CallsUpwards;
  readonly guestCalls: GuestCalls;
  private readonly ramWrites: RamWrites;
  private readonly memoryWatch: MemoryWatch;
  private readonly values = new ValueWatch((watchpoint) => watchedValue(this, watchpoint));
  private readonly loop: RunLoop;
  /** Of each PE: what generated code goes by in each of its modes. */
  private readonly derived: readonly DerivedFields[];

  constructor(configuration: MachineConfiguration) {
    const { cpus, client } = configuration;
    this.configuration = configuration;
    const layout = layOutMemory(cpus, configuration.memoryBytes);
    const memory = takeMemory(layout.totalPages);
    const { buffer } = memory;
    const view = new DataView(buffer);
    this.pes = Array.from({ length: cpus }, (_, index) => new Pe(index, buffer));
    this.turns = new Turns(this.pes, () => view.getInt32(STATE + OFFSET.BUDGET, true) + this.engine.reserved);

    this.gic = new Gic(cpus);
    const rtc = new Pl031(() => this.turns.clock);
    const redistributors = gicRedistributors(this.gic);
    this.memory = new PhysicalMemory(buffer, layout.ranges, [
      { ...VIRT.GIC_DISTRIBUTOR, device: this.yielding(gicDistributor(this.gic)) },
      { base: VIRT.GIC_REDISTRIBUTORS.base, size: redistributors.size, device: this.yielding(redistributors) },
      { ...VIRT.UART, device: this.yielding(this.uart) },
      { ...VIRT.RTC, device: this.yielding(rtc) },
    ]);
    const [ram] = layout.ranges;
    this.ram = new Uint8Array(buffer, ram.host, ram.size);
    this.memory.write(VIRT.ROM.base, hypStubOf(configuration.hypStub ?? DEFAULT_ERA), true);

    const records = new Records(buffer, layout.records.area, layout.records.bytes);
    this.records = records;
    this.tlb = new Tlb(buffer, this.pes, { ...ram, ...layout.pages });
    this.ramWrites = new RamWrites(buffer, this.memory, records, this.tlb);
    this.memoryWatch = new MemoryWatch(this.memory);
    const access = new MemoryAccess(buffer, this.memory, records, this.tlb, this.memoryWatch, () => this.turns.pe);
    this.code = new CodePages(this.pes, this.memory, memory, view, records, () => this.turns.pe);
    const hostInstruction = (word: number): number => this.loop.hostInstruction(word >>> 0);
    this.engine = new Engine(
      memory,
      records,
      { fast: { ...access.imports(false), hostInstruction }, exact: { ...access.imports(true), hostInstruction } },
      (pc) => this.code.atMarked(this.turns.pe, pc),
      (physicalPage) => this.ramWrites.revoke(physicalPage),
      configuration.hotThreshold,
      this.pes.length,
    );
    this.engine.onFetch = (high, low, pageRecords, { isLocal = true, size = 12 }) => {
      const { pe } = this.turns;
      this.tlb.insertFetch(pe.index, pe.state.exceptionLevel, high, low, pageRecords, isLocal, size);
    };
    this.engine.branchAddress = (pc) => branchAddress(this.turns.pe, pc);

    const seenFromAbove = this.pes.map((pe) => peSeenFromAbove(pe, this.clientLevel));
    const host = sdeiHost(seenFromAbove, client, interruptClaims(this.gic), () => this.instructions);
    this.sdei = createSdeiDispatcher(host, configuration.sdei);
    const exceptionStops = new ExceptionStops(this.stops, this.sdei);
    this.calls = new CallsUpwards({ pes: seenFromAbove, sdei: this.sdei, psci: this.psci }, this.pes, this.stops, exceptionStops);
    this.gic.onClaimed = (intid, pe, level) => {
      if (level) this.sdei.interruptRose(intid, pe);
      else this.sdei.interruptFell(intid, pe);
      this.calls.deliver(pe);
    };

    this.userIrqchip = configuration.irqchip === 'user' ? new UserIrqchip(cpus) : undefined;
    const sources = [
      { intid: VIRT.UART.intid, device: this.uart },
      { intid: VIRT.RTC.intid, device: rtc },
    ];
    this.lines = new InterruptLines(this.pes, this.gic, sources, this.userIrqchip, (pe, before) => this.levelExit(pe, before));
    this.waits = new Waits(
      this.pes,
      this.turns,
      this.lines,
      () => rtc.nextDeadline,
      () => this.semihosting?.hasInput === true,
      (pe, { entry, contextId }) => {
        this.reset(pe, entry, contextId);
        this.sdei.peWokeFromPowerDown(pe.index);
      },
    );
    const { pes, turns, stops, lines, waits, code, calls, tlb, engine, gic, memoryWatch, values } = this;
    const port = new SemihostingPort({
      pes,
      memory: this.memory,
      memoryWatch,
      ramWrites: this.ramWrites,
      uart: this.uart,
      turns,
      lines,
      stops,
    });
    this.semihosting = configuration.semihosting && new Semihosting(port, configuration.semihosting);
    const { semihosting } = this;
    this.services = systemServices({ configuration, pes, memory: this.memory, access, tlb, gic, turns, lines, calls, stops, semihosting });
    this.guestCalls = new GuestCalls(buffer, cpus);
    const exceptions = new GuestExceptions(code, access, tlb, stops, exceptionStops);
    const { services } = this;
    this.loop = new RunLoop({
      pes,
      view,
      engine,
      access,
      services,
      turns,
      stops,
      lines,
      waits,
      code,
      exceptions,
      exceptionStops,
      memoryWatch,
      values,
      guestCalls: this.guestCalls,
      nameOfCall: (pe) => this.nameOfCall(pe),
    });

    this.derived = this.pes.map(() => new DerivedFields());
    this.tlb.onMappingChange = () => {
      for (const fields of this.derived) fields.forget();
    };
    for (const pe of this.pes) {
      pe.onContextChange = () => this.contextChanged(pe);
      pe.onModeChange = () => this.modeChanged(pe);
    }
    this.pes[0].makeCurrent();
    for (const pe of this.pes) this.contextChanged(pe);
    view.setInt32(STATE + OFFSET.BUDGET, 0, true);
  }

  private get clientLevel(): 1 | 2 {
    return this.configuration.client === 'EL2' ? 2 : 1;
  }
  /** The stub's while its vectors are installed, else the played level's. */
  nameOfCall(pe: Pe, x0: bigint = pe.x(0)): string | undefined {
    const isStubThere = this.configuration.client === 'EL1' && stored(pe, 'VBAR_EL2') === BigInt(VIRT.ROM.base);
    return (isStubThere ? hypStubCallName(this.configuration.hypStub ?? DEFAULT_ERA, x0) : undefined) ?? playedCall(x0)?.name;
  }
  private levelExit(pe: Pe, before: number): void {
    if (!this.stopConditions.deviceIrqLevel) return;
    const { deviceIrqLevel: level } = (this.userIrqchip as UserIrqchip).kvmRun(pe.index);
    this.stops.push({ kind: 'device-irq-level', pe: pe.index, pc: pe.pc, level, before });
  }
  /** A device whose writes may move an interrupt line. */
  private yielding(device: Device): Device {
    return {
      name: device.name,
      size: device.size,
      read: (offset, size) => device.read(offset, size),
      write: (offset, size, value) => {
        const isQuiet = device.isQuiet?.(offset, value);
        device.write(offset, size, value);
        if (!isQuiet) this.engine.yieldRequested = true;
      },
      isQuiet: (offset, value) => device.isQuiet?.(offset, value) === true,
      snapshotState: () => device.snapshotState(),
      restoreState: (state) => device.restoreState(state),
    };
  }
  /** EL, SP selection or a control register changed: what the engine derives from them follows. */
  private contextChanged(pe: Pe): void {
    this.derived[pe.index].forget();
    this.lines.tell(pe);
    this.modeChanged(pe);
  }
  private modeChanged(pe: Pe): void {
    if (mayCount(pe) && pe.counted.el !== pe.state.exceptionLevel) {
      settleCounters(pe, this.turns.progress(pe, this.turns.granted > 0 ? 1 : 0));
      this.lines.haveChanged = true;
    }
    const fields = this.derived[pe.index];
    if (fields.recall(pe)) return;
    this.tlb.select(pe);
    pe.setField(OFFSET.SP_ALIGNMENT, isStackAlignmentChecked(pe) ? 15 : 0);
    pe.setField(OFFSET.FP_TRAP, floatingPointTrap(pe) ? 1 : 0);
    // Who watches a value is asked about every instruction that may change PSTATE.
    pe.setField(OFFSET.INLINE_ACCESS, inlineAccess(pe) & (this.values.isActive ? ~INLINE_MASKING : -1));
    fields.note(pe);
  }

  // --- starting and stopping PEs ----------------------------------------------------------------------------------------------------

  /** Starts PE 0; the others are off until CPU_ON. */
  start(entry: bigint, x0: bigint): void {
    this.startPe(0, entry, x0);
  }
  private startPe(index: number, entry: bigint, contextId: bigint): void {
    this.reset(this.pes[index], entry, contextId);
    this.gic.resetCpuInterface(index);
    this.sdei.peStarted(index);
  }
  private reset(pe: Pe, entry: bigint, contextId: bigint): void {
    resetPe(pe, this.clientLevel);
    pe.pc = entry;
    pe.setX(0, contextId);
    this.contextChanged(pe);
  }
  private readonly psci: PsciHost = {
    startPe: (pe, entry, contextId) => this.startPe(pe, entry, contextId),
    stopPe: (pe) => {
      this.pes[pe].power = 'off';
      this.sdei.peStopped(pe);
    },
    suspendPe: (pe, how) => {
      if (how.kind === 'standby') this.pes[pe].waiting = 'wfi';
      else this.waits.powerDown(this.pes[pe], how);
    },
    systemOff: () => this.stops.push({ kind: 'system-off' }),
    systemReset: () => this.stops.push({ kind: 'system-reset' }),
  };

  // --- running ----------------------------------------------------------------------------------------------------------------------

  /** Instructions retired by all PEs. One that takes an exception counts. */
  get instructions(): number {
    return this.turns.instructions;
  }
  /** See {@link Turns.ticks}. */
  get ticks(): number {
    return this.turns.ticks;
  }
  /** Whose turn it is. */
  get currentPe(): number {
    return this.turns.current;
  }
  /**
   * Runs until something stops the machine, at most exactly `budget` instructions.
   * @param onlyPe the others stay where they are
   * @param keepsTime it is halted where time would pass only since others that could run do not
   * @param awaited there the budget counts as used
   */
  run(budget: number, onlyPe?: number, keepsTime?: boolean, awaited?: Awaited): StopReason {
    return this.loop.run(budget, onlyPe, keepsTime, awaited);
  }
  /** Executes one instruction of a PE, breakpoints or not. `undefined`: nothing special. */
  step(pe: number): StopReason | undefined {
    return this.loop.step(pe);
  }
  told(pe: number): void {
    this.stops.told(this.pes[pe]);
  }
  /** Does the next thing that happens before another instruction retires. @returns false: there is none */
  tick(onlyPe?: number): boolean {
    return this.loop.tick(onlyPe);
  }
  /** Settles whose turn it is. @returns whether this PE executes the next instruction */
  isTurnOf(pe: number, onlyPe?: number): boolean {
    return this.loop.isTurnOf(pe, onlyPe);
  }

  // --- saving -----------------------------------------------------------------------------------------------------------------------

  /** Brings everything that is computed when somebody asks up to date, which is no change of the machine. */
  settle(): void {
    for (const pe of this.pes) settleCounters(pe, this.turns.progress(pe));
  }
  saveSchedule(): Schedule {
    return {
      ...this.turns.snapshotState(),
      ...this.stops.snapshotState(),
      ...this.waits.snapshotState(),
      ...this.lines.snapshotState(),
    };
  }
  /** To be called last: what is derived from the machine's state is derived anew. */
  restoreSchedule(schedule: Schedule): void {
    this.turns.restoreState(schedule);
    this.stops.restoreState(schedule);
    this.waits.restoreState(schedule);
    this.lines.restoreState(schedule);
    this.tlb.flush();
    for (const pe of this.pes) this.contextChanged(pe);
  }

  // --- what the debugger does -------------------------------------------------------------------------------------------------------

  get stopConditions(): StopConditions {
    return this.stops.conditions;
  }
  set stopConditions(conditions: StopConditions) {
    this.stops.conditions = conditions;
    this.sdei.tell({ pended: conditions.sdeiPended === true, clobbered: conditions.sdeiClobbered === true });
  }
  /** A stop of what has happened that nobody has been told of yet. */
  takeStop(): StopReason | undefined {
    return this.stops.shift();
  }
  /** Stops that nobody has been told of are forgotten: somebody went elsewhere in time. */
  forgetStops(): void {
    this.stops.forget();
    this.guestCalls.forget();
  }
  /** Something has happened that run() is to return next. */
  get hasUntoldStops(): boolean {
    return this.stops.arePending;
  }
  physicalAddress(pe: number, address: bigint): bigint | undefined {
    return this.code.physicalAddress(this.pes[pe], address);
  }
  get breakpoints(): readonly MachineBreakpoint[] {
    return this.code.breakpoints;
  }
  /** Replaces all breakpoints; virtual addresses are meant whatever maps them. */
  setBreakpoints(breakpoints: readonly MachineBreakpoint[]): void {
    this.code.setBreakpoints(breakpoints);
    this.engine.flushFetch();
  }

  /** Is told what is executed, from before the first instruction on; `undefined`: nobody is any more. */
  set coverage(coverage: Coverage | undefined) {
    this.records.coverage = coverage;
  }

  /** Replaces all watchpoints; a stop names one by its place in this list. */
  setWatchpoints(watchpoints: readonly MachineWatchpoint[]): void {
    this.watchpoints = watchpoints;
    this.memoryWatch.set(watchpoints.map((one) => (one.kind === 'memory' ? one : undefined)));
    this.values.set(watchpoints.map((one) => (one.kind === 'value' ? one : undefined)));
    this.code.watchWrites(this.values.writes);
    this.tlb.forgetPermissions();
    for (const pe of this.pes) this.contextChanged(pe);
  }
  watchpoints: readonly MachineWatchpoint[] = [];

  /** @returns how many bytes could be placed */
  writePhysical(address: number, bytes: Uint8Array): number {
    return this.ramWrites.write(address, bytes);
  }
  /** The same of so many bytes of RAM: `fill` gets them. @throws RangeError if they are not all RAM */
  fillPhysical(address: number, length: number, fill: (into: Uint8Array) => void): void {
    const start = address - VIRT.RAM;
    if (start < 0 || start + length > this.ram.length) throw new RangeError(`no RAM for ${length} bytes from 0x${address.toString(16)} on`);
    this.ramWrites.fill(address, length, () => {
      fill(this.ram.subarray(start, start + length));
      return length;
    });
  }
  /** From now on the first write to each page of RAM is told to `onWrite` before it happens. */
  watchWrites(onWrite: (page: number) => void): void {
    this.ramWrites.watch(onWrite);
  }
  /** The first write to these pages does not have to be told any more. `pages`: 1 for each of them, by its number in RAM. */
  allowWrites(pages: Uint8Array): void {
    if (!this.memoryWatch.isActive) this.ramWrites.allow(pages);
  }
  /** Brings a page of RAM back to earlier contents. Code that stays the same on it stays translated. */
  restorePage(page: number, contents: Uint8Array): void {
    this.ramWrites.restorePage(page, contents);
  }

  /** Raises an event as its source would, from outside the guest. */
  trigger(event: number, pe: number): TriggerResult {
    return this.calls.trigger(event, pe);
  }
  /** A debugger changed the dispatcher's state. */
  deliverAfterEdit(pe: number): void {
    this.calls.deliver(pe);
  }
  /** Makes an SDEI call on behalf of the guest. */
  sdeiCall(pe: number, name: GuestCall, ...x: readonly bigint[]): SdeiCallOutcome {
    return this.calls.sdeiCall(pe, name, ...x);
  }
}
