import { EXIT, OFFSET, STATE } from './cpu-state.ts';
import type { Device } from './devices/device.ts';
import { interruptClaims } from './devices/gic-claims.ts';
import { interruptController, interruptLines } from './devices/gic-cpu-interface.ts';
import { gicDistributor, gicRedistributors } from './devices/gic-frames.ts';
import { Gic } from './devices/gic.ts';
import { Pl011 } from './devices/pl011.ts';
import { Pl031 } from './devices/pl031.ts';
import { DerivedFields } from './derived-fields.ts';
import { type CodePage, Engine } from './engine/engine.ts';
import { type DataFault, MemoryAccess } from './engine/memory-access.ts';
import { Records } from './engine/records.ts';
import { Tlb } from './engine/tlb.ts';
import { GO_ON, LEAVE } from './engine/slow-access.ts';
import { hypStubImage } from './hyp-stub/hyp-stub.generated.ts';
import { peSeenFromAbove, sdeiHost } from './level-above.ts';
import { lockupMessage } from './lockup.ts';
import type { MachineConfiguration } from './machine-configuration.ts';
import { type MemoryRange, PhysicalMemory } from './memory/physical-memory.ts';
import { Pe } from './pe.ts';
import { type SdeiCallOutcome, type SdeiDispatcher, createSdeiDispatcher } from './sdei/dispatcher.ts';
import type { SdeiPe } from './sdei/sdei-host.ts';
import type { TriggerResult } from './sdei/sdei-view.ts';
import { type ConduitOutcome, handleConduitCall } from './smccc/conduit-call.ts';
import type { PsciHost } from './smccc/psci-host.ts';
import type { StopConditions, StopReason } from './stop-reason.ts';
import { floatingPointTrap, isStackAlignmentChecked } from './system/configuration.ts';
import { FAULT_STATUS } from './system/exception-classes.ts';
import { type Exception, type TakenException, takeException } from './system/exceptions.ts';
import { TIMERS, TIMER_NAMES, type TimerName, nextDeadline, nextEventStreamTime, timerLevel } from './system/generic-timer.ts';
import { executeHostInstruction } from './system/host-instructions.ts';
import { pendingInterrupt, wakesFromWfi } from './system/interrupts.ts';
import { type Translation, isTopByteIgnored, translateAddress } from './system/mmu.ts';
import type { InterruptController, SystemServices, TlbInvalidation } from './system/services.ts';
import { dataAbort, illegalExecutionState, instructionAbort, pcAlignmentFault, spAlignmentFault } from './system/syndromes.ts';
import { regimesOf } from './system/translation-regimes.ts';
import { resetPe } from './reset.ts';
import { type KvmRun, UserIrqchip, deviceIrqBits } from './user-irqchip.ts';
import { VIRT, layOutMemory } from './virt.ts';

/** A PE runs this many instructions before the next one has its turn. */
export const QUANTUM = 20_000;
/** Generated code is left at least this often, so that newly optimised code is entered. */
const SLICE = 250_000;

export interface MachineBreakpoint {
  readonly address: bigint;
  /** Only this PE; absent: any. */
  readonly pe?: number;
}

/** Plain data. */
export interface Schedule {
  readonly current: number;
  readonly quantumLeft: number;
  readonly retired: number;
  /** See {@link Machine.ticks}. */
  readonly ticks: number;
  readonly skipped: number;
  readonly stops: readonly StopReason[];
  readonly reported: { readonly pe: number; readonly pc: bigint } | undefined;
  readonly wakeUps: readonly (readonly [pe: number, how: { readonly entry: bigint; readonly contextId: bigint }])[];
  readonly lines: readonly { readonly irq: boolean; readonly fiq: boolean }[];
  readonly linesChanged: boolean;
  /** With a user interrupt controller: of each vCPU. */
  readonly kvmRuns?: readonly KvmRun[];
}

/** The `virt` machine: PEs, memory, devices, the level above the client, and the schedule they run by. */
export class Machine {
  readonly configuration: MachineConfiguration;
  readonly pes: readonly Pe[];
  readonly memory: PhysicalMemory;
  /** RAM as it is; to be written through {@link writePhysical} only. */
  readonly ram: Uint8Array;
  readonly uart = new Pl011();
  private readonly rtc = new Pl031(() => this.clock);
  readonly gic: Gic;
  /** Absent: the interrupt controller sees the timers itself. */
  readonly userIrqchip: UserIrqchip | undefined;
  readonly sdei: SdeiDispatcher;
  /** What system registers and instructions need. */
  readonly services: SystemServices;
  stopConditions: StopConditions = {};

  private readonly view: DataView;
  private readonly records: Records;
  private readonly tlb: Tlb;
  private readonly access: MemoryAccess;
  private readonly engine: Engine;
  private readonly seenFromAbove: readonly SdeiPe[];
  private current = 0;
  /** Instructions that the current PE may still run before another one has its turn. */
  private quantumLeft = QUANTUM;
  private retired = 0;
  /**
   * What the machine has done since the last instruction retired: interrupts taken, turns given to a PE, waits skipped. With
   * {@link instructions} it names a moment of a run.
   */
  ticks = 0;
  /** Instructions granted to the engine at present, 0 outside it. */
  private granted = 0;
  /** Time that passed while every PE waited, in instructions. */
  private skipped = 0;
  breakpoints: readonly MachineBreakpoint[] = [];
  /** Stops that happened and have not been reported yet. */
  private readonly stops: StopReason[] = [];
  /** Where a stop has been reported: going on from there does not stop again for the same reason. */
  private reported: { pe: number; pc: bigint } | undefined;

  constructor(configuration: MachineConfiguration) {
    this.configuration = configuration;
    this.gic = new Gic(configuration.cpus);
    this.userIrqchip = configuration.irqchip === 'user' ? new UserIrqchip(configuration.cpus) : undefined;
    this.lines = Array.from({ length: configuration.cpus }, () => ({ irq: false, fiq: false }));
    this.services = this.makeServices();
    const layout = layOutMemory(configuration.cpus, configuration.memoryBytes);
    const memory = new WebAssembly.Memory({ initial: layout.totalPages });
    this.view = new DataView(memory.buffer);
    const redistributors = gicRedistributors(this.gic);
    this.memory = new PhysicalMemory(memory.buffer, layout.ranges, [
      { ...VIRT.GIC_DISTRIBUTOR, device: this.yielding(gicDistributor(this.gic)) },
      { base: VIRT.GIC_REDISTRIBUTORS.base, size: redistributors.size, device: this.yielding(redistributors) },
      { ...VIRT.UART, device: this.yielding(this.uart) },
      { ...VIRT.RTC, device: this.yielding(this.rtc) },
    ]);
    const [ram] = layout.ranges;
    this.ram = new Uint8Array(memory.buffer, ram.host, ram.size);
    this.memory.write(VIRT.ROM.base, hypStubImage, true);
    this.pes = Array.from({ length: configuration.cpus }, (_, index) => new Pe(index, memory.buffer));
    this.records = new Records(memory.buffer, layout.records.area, layout.records.bytes);
    this.tlb = new Tlb(memory.buffer, this.pes);
    this.access = new MemoryAccess(memory.buffer, this.memory, this.records, this.tlb, () => this.pes[this.current]);
    const hostInstruction = (word: number): number => this.hostInstruction(word >>> 0);
    this.engine = new Engine(
      memory,
      this.records,
      { fast: { ...this.access.imports(false), hostInstruction }, exact: { ...this.access.imports(true), hostInstruction } },
      (pc) => this.codePageWithBreakpoints(pc),
      (physicalPage) => this.revokeWrites(physicalPage),
      configuration.hotThreshold,
    );
    this.engine.onFetch = (page, records, { isLocal = true, size = 12 }) => {
      const pe = this.pes[this.current];
      this.tlb.insertFetch(pe.index, pe.state.exceptionLevel, high(page), low(page), records, isLocal, size);
    };
    this.engine.branchAddress = (pc) => branchAddress(this.pes[this.current], pc);
    const client = configuration.client === 'EL2' ? 2 : 1;
    this.seenFromAbove = this.pes.map((pe) => peSeenFromAbove(pe, client));
    const host = sdeiHost(this.seenFromAbove, configuration.client, interruptClaims(this.gic), () => this.instructions);
    this.sdei = createSdeiDispatcher(host, configuration.sdei);
    this.gic.onClaimed = (intid, pe, level) => {
      if (level) this.sdei.interruptRose(intid, pe);
      else this.sdei.interruptFell(intid, pe);
      this.deliver(pe);
    };
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
    this.view.setInt32(STATE + OFFSET.BUDGET, 0, true);
  }

  // --- time -------------------------------------------------------------------------------------------------------------------------

  /** Instructions retired by all PEs. One that takes an exception counts. */
  get instructions(): number {
    if (this.granted === 0) return this.retired;
    return this.retired + this.granted - this.view.getInt32(STATE + OFFSET.BUDGET, true) - this.engine.reserved;
  }
  /** Machine time: instructions, and the time that passed while every PE waited. 1 = 1 ns. */
  get clock(): number {
    return this.instructions + this.skipped;
  }

  /** Whose turn it is. */
  get currentPe(): number {
    return this.current;
  }

  // --- starting and stopping PEs ----------------------------------------------------------------------------------------------------

  /** Starts PE 0; the others are off until CPU_ON. */
  start(entry: bigint, x0: bigint): void {
    this.startPe(0, entry, x0);
  }
  private startPe(index: number, entry: bigint, contextId: bigint): void {
    const pe = this.pes[index];
    resetPe(pe, this.configuration.client === 'EL2' ? 2 : 1);
    this.gic.resetCpuInterface(index);
    pe.pc = entry;
    pe.setX(0, contextId);
    this.contextChanged(pe);
    this.sdei.peStarted(index);
  }
  private readonly psci: PsciHost = {
    startPe: (pe, entry, contextId) => this.startPe(pe, entry, contextId),
    stopPe: (pe) => {
      this.pes[pe].power = 'off';
      this.sdei.peStopped(pe);
    },
    suspendPe: (pe, how) => {
      if (how.kind === 'standby') {
        this.pes[pe].waiting = 'wfi';
        return;
      }
      this.pes[pe].power = 'suspended';
      this.wakeUps.set(pe, how);
    },
    systemOff: () => this.stops.push({ kind: 'system-off' }),
    systemReset: () => this.stops.push({ kind: 'system-reset' }),
  };
  /** Where PEs in power-down suspend go on. */
  private readonly wakeUps = new Map<number, { entry: bigint; contextId: bigint }>();

  /** EL, SP selection or a control register changed: what the engine derives from them follows. */
  private contextChanged(pe: Pe): void {
    this.derived[pe.index].forget();
    this.modeChanged(pe);
  }
  /** Of each PE: what generated code goes by in each of its modes. */
  private readonly derived: readonly DerivedFields[];
  private modeChanged(pe: Pe): void {
    const fields = this.derived[pe.index];
    if (fields.recall(pe)) return;
    this.tlb.select(pe);
    pe.setField(OFFSET.SP_ALIGNMENT, isStackAlignmentChecked(pe) ? 15 : 0);
    pe.setField(OFFSET.FP_TRAP, floatingPointTrap(pe) ? 1 : 0);
    fields.note(pe);
  }

  // --- interrupts -------------------------------------------------------------------------------------------------------------------

  /** A device whose writes may move an interrupt line. */
  private yielding(device: Device): Device {
    return {
      name: device.name,
      size: device.size,
      read: (offset, size) => device.read(offset, size),
      write: (offset, size, value) => {
        device.write(offset, size, value);
        this.engine.yieldRequested = true;
      },
      snapshotState: () => device.snapshotState(),
      restoreState: (state) => device.restoreState(state),
    };
  }
  /** Levels of the PEs' interrupt inputs, as of the last {@link updateInterruptLines}. */
  private lines: { irq: boolean; fiq: boolean }[];
  /** Something that the lines depend on changed within the present stay in the engine. */
  private linesChanged = false;

  /** Time has passed, or a device or the interrupt controller was written: what do they signal now? */
  private updateInterruptLines(): void {
    this.linesChanged = false;
    const { clock } = this;
    for (const pe of this.pes) {
      for (const timer of TIMER_NAMES) {
        if (!this.userIrqchip || !USER_TIMERS.has(timer)) this.gic.setLine(TIMERS[timer].intid, timerLevel(pe, timer, clock), pe.index);
      }
      if (this.userIrqchip && pe.power !== 'off') this.exitIfLevelChanged(this.userIrqchip, pe, clock);
    }
    this.gic.setLine(VIRT.UART.intid, this.uart.interruptLevel);
    this.gic.setLine(VIRT.RTC.intid, this.rtc.interruptLevel);
    for (const { index } of this.pes) this.lines[index] = interruptLines(this.gic, index);
  }
  private exitIfLevelChanged(userIrqchip: UserIrqchip, pe: Pe, clock: number): void {
    const before = userIrqchip.exitIfChanged(pe, clock, (intid, level) => this.gic.setLine(intid, level, pe.index));
    if (before === undefined || !this.stopConditions.deviceIrqLevel) return;
    const { deviceIrqLevel: level } = userIrqchip.kvmRun(pe.index);
    this.stops.push({ kind: 'device-irq-level', pe: pe.index, pc: pe.pc, level, before });
  }
  private pendingInterrupt(pe: Pe): Exception | undefined {
    const { irq, fiq } = this.lines[pe.index];
    return pendingInterrupt(pe, irq, fiq);
  }

  // --- running ----------------------------------------------------------------------------------------------------------------------

  /** Runs until something stops the machine, at most exactly `budget` instructions. @param wantedPe the others stay where they are */
  run(budget: number, wantedPe?: number): StopReason {
    const onlyPe = this.pes.length === 1 ? undefined : wantedPe;
    const end = this.retired + budget;
    if (onlyPe !== undefined) this.switchTo(onlyPe);
    for (;;) {
      const stop = this.stops.shift();
      if (stop) return this.report(stop);
      if (this.retired >= end) return this.report({ kind: 'budget' });
      this.wakeDue();
      if (!this.schedule(onlyPe)) {
        if (this.skipToWakeUp()) continue;
        return this.report({ kind: 'halted', why: this.pes.every((pe) => pe.power === 'off') ? 'all-pes-off' : 'nothing-can-wake' });
      }
      const turn = onlyPe === undefined && this.pes.length > 1 ? this.quantumLeft : SLICE;
      this.execute(Math.min(end - this.retired, turn, SLICE, this.untilDeadline()));
    }
  }

  /** Executes one instruction of a PE, breakpoints or not. `undefined`: nothing special. */
  step(index: number): StopReason | undefined {
    const pending = this.stops.shift();
    if (pending) return this.report(pending);
    const pe = this.pes[index];
    const onlyPe = this.pes.length === 1 ? undefined : index;
    if (onlyPe !== undefined) this.switchTo(index);
    this.wakeDue();
    while (!this.schedule(onlyPe)) {
      if (!this.skipToWakeUp()) return this.report({ kind: 'halted', why: pe.power === 'off' ? 'all-pes-off' : 'nothing-can-wake' });
    }
    this.execute(1, true);
    const stop = this.stops.shift();
    this.reported = { pe: index, pc: pe.pc };
    return stop && this.report(stop);
  }

  /** Does the next thing that happens before another instruction retires. @returns false: there is none */
  tick(wantedPe?: number): boolean {
    const onlyPe = this.pes.length === 1 ? undefined : wantedPe;
    const before = this.ticks;
    if (onlyPe !== undefined) this.switchTo(onlyPe);
    if (this.ticks > before) return true;
    this.wakeDue();
    if (!this.schedule(onlyPe)) this.skipToWakeUp();
    else if (this.ticks === before) this.execute(0);
    return this.ticks > before;
  }
  /** Settles whose turn it is. @returns whether this PE executes the next instruction */
  isTurnOf(index: number, onlyPe?: number): boolean {
    if (onlyPe !== undefined) this.switchTo(onlyPe);
    this.wakeDue();
    return this.schedule(onlyPe) && this.current === index;
  }
  /** Stops that nobody has been told of are forgotten: somebody went elsewhere in time. */
  forgetStops(): void {
    this.stops.length = 0;
    this.reported = undefined;
  }

  private report(stop: StopReason): StopReason {
    // Nothing of the guest is done here: what stops at this instruction still does.
    if (stop.kind === 'device-irq-level') return stop;
    const pe = this.pes['pe' in stop ? stop.pe : this.current];
    this.reported = stop.kind === 'budget' ? undefined : { pe: pe.index, pc: pe.pc };
    return stop;
  }
  private alreadyReported(pe: Pe): boolean {
    return this.reported?.pe === pe.index && this.reported.pc === pe.pc;
  }

  /** WFE after a load-exclusive may end at any time: the store it waits for is noticed by looking again. */
  private isRunnable(pe: Pe): boolean {
    return pe.power === 'on' && (pe.waiting === undefined || (pe.waiting === 'wfe' && pe.field(OFFSET.MONITOR_SIZE) !== 0));
  }
  private switchTo(index: number): void {
    if (index === this.current) return;
    this.pes[this.current].makeWaiting();
    this.pes[index].makeCurrent();
    this.current = index;
    this.quantumLeft = QUANTUM;
    this.ticks += 1;
  }
  private translate(pe: Pe, address: bigint, access: 'execute' | 'any', el: number): Translation {
    return translateAddress(regimesOf(pe), this.memory, high(address), low(address), access, el, 0);
  }
  private codePageAt(pe: Pe, pc: bigint, el: number = pe.state.exceptionLevel): CodePage | undefined {
    const translation = this.translate(pe, pc, 'execute', el);
    if (translation.kind === 'fault') return undefined;
    const { physicalPage, nonGlobal, size } = translation;
    const range = this.memory.rangeAt(physicalPage);
    if (!range) return undefined;
    const isLocal = nonGlobal || (pc >> 55n) % 2n === 0n;
    return { physicalPage, hostPage: range.host + (physicalPage - range.base), isLocal, size };
  }
  /** Breakpoints are at virtual addresses: wherever such an address turns out to be, the instruction there is marked. */
  private codePageWithBreakpoints(pc: bigint): CodePage | undefined {
    const code = this.codePageAt(this.pes[this.current], pc);
    if (code && this.breakpoints.length > 0) this.markBreakpoints(pc & ~0xfffn, code.physicalPage);
    return code;
  }
  private markBreakpoints(page: bigint, physicalPage: number): void {
    for (const { address } of this.breakpoints) {
      if ((address & ~0xfffn) === page) this.records.addBreakpoint(physicalPage + Number(address & 0xfffn));
    }
  }
  /** A page has predecoded code now: whoever writes to it has to say so. */
  private revokeWrites(physicalPage: number): void {
    const range = this.memory.rangeAt(physicalPage);
    if (range) this.tlb.revokeWrites(range.host + (physicalPage - range.base));
  }
  /** Makes the PE whose turn it is the current one. @returns whether any can run */
  private schedule(onlyPe: number | undefined): boolean {
    if (onlyPe !== undefined || this.pes.length === 1) return this.isRunnable(this.pes[onlyPe ?? 0]);
    if (this.quantumLeft > 0 && this.isRunnable(this.pes[this.current])) return true;
    for (let n = 1; n <= this.pes.length; n++) {
      const index = (this.current + n) % this.pes.length;
      if (!this.isRunnable(this.pes[index])) continue;
      if (index === this.current) this.ticks += 1;
      this.switchTo(index);
      this.quantumLeft = QUANTUM;
      return true;
    }
    return false;
  }

  /** One stay of the current PE in the engine, and what came of it. `exactly`: breakpoints do not count. */
  private execute(budget: number, exactly = false): void {
    const pe = this.pes[this.current];
    pe.waiting = undefined;
    if (pe.state.illegal) {
      this.count(1);
      this.take(pe, illegalExecutionState());
      return;
    }
    this.updateInterruptLines();
    if (this.stops.length > 0) return;
    const interrupt = this.pendingInterrupt(pe);
    if (interrupt) {
      this.ticks += 1;
      this.take(pe, interrupt);
      return;
    }
    if (budget === 0) return;
    const past = this.alreadyReported(pe) && (this.breakpointAt(pe) || this.stopConditions.conduitCall === true);
    this.granted = exactly || past ? 1 : budget;
    this.view.setInt32(STATE + OFFSET.BUDGET, this.granted, true);
    const exit = exactly || past ? this.engine.runExact(1) : this.engine.run(budget);
    const done = this.granted - this.engine.left;
    this.granted = 0;
    this.count(done);
    if (done > 0 && this.reported?.pe === pe.index) this.reported = undefined;
    if (exit === 'breakpoint') {
      if (this.breakpointAt(pe)) this.stops.push({ kind: 'breakpoint', pe: pe.index, pc: pe.pc });
      else this.execute(1, true);
    } else if (exit === 'fault' || exit === 'fetch-fault' || exit === 'sp-alignment' || exit === 'pc-alignment') {
      this.count(1);
      this.take(pe, this.exceptionOf(pe, exit));
    } else if (exit === 'host') this.afterHost(pe);
  }
  private count(instructions: number): void {
    if (instructions > 0) this.ticks = 0;
    this.retired += instructions;
    if (this.pes.length > 1) this.quantumLeft -= instructions;
  }

  private exceptionOf(pe: Pe, exit: 'fault' | 'fetch-fault' | 'sp-alignment' | 'pc-alignment'): Exception {
    switch (exit) {
      case 'sp-alignment':
        return spAlignmentFault();
      case 'pc-alignment':
        return pcAlignmentFault(pe);
      case 'fetch-fault': {
        const translation = this.translate(pe, pe.pc, 'execute', pe.state.exceptionLevel);
        return translation.kind === 'fault'
          ? instructionAbort(pe, translation.status, translation)
          : instructionAbort(pe, FAULT_STATUS.EXTERNAL);
      }
      default: {
        const fault = this.access.fault as DataFault;
        return dataAbort({ ...fault, faultStatus: fault.status, instruction: fault.secondStage ? this.instructionWord(pe) : undefined });
      }
    }
  }

  /** Takes an exception; a vector that cannot be executed is where the guest ends. */
  private take(pe: Pe, exception: Exception): void {
    const pc = pe.pc;
    const from = pe.state.exceptionLevel;
    const taken = takeException(pe, exception);
    this.checkVector(pe, pc, from, taken);
  }
  private checkVector(pe: Pe, pc: bigint, from: number, { vector, esr, target }: TakenException): void {
    if (this.tlb.findFetch(pe.index, target, high(vector), low(vector)) || this.codePageAt(pe, vector)) return;
    const word = this.instructionWord(pe, pc, from);
    const message = lockupMessage({ pc, from, word, esr, vector, target });
    this.stops.push({ kind: 'lockup', pe: pe.index, pc, vector, esr, message });
  }
  private instructionWord(pe: Pe, pc: bigint = pe.pc, el: number = pe.state.exceptionLevel): number | undefined {
    const code = this.codePageAt(pe, pc, el);
    return code && this.view.getUint32(code.hostPage + Number(pc & 0xffcn), true);
  }

  // --- instructions that the machine executes ---------------------------------------------------------------------------------------

  /** What the engine calls for an instruction word. @returns whether it has to leave */
  private hostInstruction(word: number): number {
    const pe = this.pes[this.current];
    const el = pe.state.exceptionLevel;
    const pc = pe.pc;
    const result = executeHostInstruction(pe, word, this.services);
    if (result.kind === 'next') return 0;
    this.view.setInt32(STATE + OFFSET.EXIT, EXIT.HOST, true);
    if (result.kind === 'unimplemented') {
      this.stops.push({ kind: 'unimplemented', pe: pe.index, pc, encoding: word, what: result.what });
      return 1;
    }
    if (this.refused) {
      this.refused = false;
      pe.pc = pc;
      return 1;
    }
    this.view.setInt32(STATE + OFFSET.BUDGET, this.view.getInt32(STATE + OFFSET.BUDGET, true) - 1, true);
    if (result.kind === 'exception') this.checkVector(pe, pc, el, result.taken);
    const mustLook = this.linesChanged || this.stops.length > 0 || !this.isRunnable(pe) || pe.state.illegal || this.pendingInterrupt(pe);
    return mustLook ? LEAVE : GO_ON;
  }
  /** A conduit call was not made since a stop condition asks for the state before it. */
  private refused = false;

  private afterHost(pe: Pe): void {
    const what = this.access.unimplemented?.what;
    if (what === undefined) return;
    this.access.unimplemented = undefined;
    this.stops.push({ kind: 'unimplemented', pe: pe.index, pc: pe.pc, encoding: this.instructionWord(pe) ?? 0, what });
  }

  private conduitCall(pe: Pe, conduit: 'hvc' | 'smc', immediate: number): void {
    const pc = pe.pc - 4n;
    if (this.stopConditions.conduitCall && !(this.reported?.pe === pe.index && this.reported.pc === pc)) {
      this.stops.push({ kind: 'conduit-call', pe: pe.index, pc, conduit, immediate, x0: pe.x(0) });
      this.refused = true;
      return;
    }
    const outcome = handleConduitCall({ pes: this.seenFromAbove, sdei: this.sdei, psci: this.psci }, this.seenFromAbove[pe.index]);
    this.reportCall(pe, pc, outcome);
    this.deliver(pe.index);
  }
  private reportCall(pe: Pe, pc: bigint, outcome: ConduitOutcome): void {
    if (outcome.service !== 'sdei') return;
    const { name, arguments: args, status, result, reason, completion } = outcome.call;
    if (completion && matches(this.stopConditions.sdeiCompletion, completion.event)) {
      this.stops.push({ kind: 'sdei-completion', pe: pe.index, event: completion.event, how: completion.how, pc: pe.pc });
    }
    if (this.stopConditions.sdeiCallFailed && status !== undefined && status !== 'SUCCESS' && result !== undefined) {
      this.stops.push({
        kind: 'sdei-call-failed',
        pe: pe.index,
        pc,
        call: name,
        arguments: args,
        status,
        result,
        ...(reason !== undefined && { reason }),
      });
    }
  }
  /** Delivers what can be delivered; called after everything that may make an event deliverable. */
  private deliver(preferredPe: number): void {
    for (const { event, priority, pe, interrupted } of this.sdei.deliverPending(preferredPe)) {
      if (!matches(this.stopConditions.sdeiDispatch, event)) continue;
      this.stops.push({ kind: 'sdei-dispatch', pe, event, priority, interruptedPc: interrupted.pc, interruptedEl: interrupted.el });
    }
  }
  /** Raises an event as its source would, from outside the guest. */
  trigger(event: number, pe: number): TriggerResult {
    const result = this.sdei.trigger(event, pe);
    this.deliver(pe);
    return result;
  }
  /** A debugger changed the dispatcher's state. */
  deliverAfterEdit(pe: number): void {
    this.deliver(pe);
  }
  /** Makes an SDEI call on behalf of the guest. */
  sdeiCall(
    pe: number,
    name: 'SDEI_EVENT_ENABLE' | 'SDEI_EVENT_DISABLE' | 'SDEI_PE_MASK' | 'SDEI_PE_UNMASK',
    ...x: readonly bigint[]
  ): SdeiCallOutcome {
    const outcome = this.sdei.callFor(pe, name, ...x);
    this.deliver(pe);
    return outcome;
  }

  // --- waiting ----------------------------------------------------------------------------------------------------------------------

  /** Machine time of the next thing that a timer does, seen from now, in instructions; at least 1. */
  private untilDeadline(): number {
    return Math.max(1, this.nextDeadline() - this.clock);
  }
  private nextDeadline(): number {
    let deadline = this.rtc.nextDeadline;
    for (const pe of this.pes) {
      if (pe.power === 'off') continue;
      deadline = Math.min(deadline, nextDeadline(pe, this.clock));
      if (pe.waiting === 'wfe') deadline = Math.min(deadline, nextEventStreamTime(pe, this.clock));
    }
    return deadline;
  }
  /** Every PE waits: lets time pass until a timer can wake one. @returns whether there is such a time */
  private skipToWakeUp(): boolean {
    const deadline = this.nextDeadline();
    if (deadline === Number.POSITIVE_INFINITY) return false;
    this.skipped += Math.max(0, deadline - this.clock);
    this.ticks += 1;
    this.wakeDue();
    return true;
  }
  /** Wakes the PEs whose timer or event stream has come to it. */
  private wakeDue(): void {
    if (this.pes.every((pe) => pe.waiting === undefined && pe.power !== 'suspended')) return;
    this.updateInterruptLines();
    for (const pe of this.pes) {
      if (pe.power === 'off' || (pe.waiting === undefined && pe.power === 'on')) continue;
      const streamed = pe.waiting === 'wfe' && nextEventStreamTime(pe, this.clock - 1) <= this.clock;
      if (streamed || this.isWokenByInterrupt(pe)) this.wake(pe);
    }
  }
  private isWokenByInterrupt(pe: Pe): boolean {
    const { irq, fiq } = this.lines[pe.index];
    return wakesFromWfi(pe, irq, fiq);
  }
  private wake(pe: Pe): void {
    pe.waiting = undefined;
    const how = this.wakeUps.get(pe.index);
    if (!how) return;
    this.wakeUps.delete(pe.index);
    resetPe(pe, this.configuration.client === 'EL2' ? 2 : 1);
    pe.pc = how.entry;
    pe.setX(0, how.contextId);
    this.contextChanged(pe);
    this.sdei.peWokeFromPowerDown(pe.index);
  }

  // --- saving -----------------------------------------------------------------------------------------------------------------------

  /** What belongs to no part of the machine: time, whose turn it is, what waits. */
  saveSchedule(): Schedule {
    const { current, quantumLeft, retired, ticks, skipped, stops, reported, wakeUps, lines, linesChanged } = this;
    return {
      current,
      quantumLeft,
      retired,
      ticks,
      skipped,
      stops: [...stops],
      reported,
      wakeUps: [...wakeUps],
      lines: lines.map((line) => ({ ...line })),
      linesChanged,
      ...(this.userIrqchip && { kvmRuns: this.userIrqchip.snapshotState() }),
    };
  }
  /** To be called last: what is derived from the machine's state is derived anew. */
  restoreSchedule({ stops, wakeUps, lines, current, kvmRuns, ...numbers }: Schedule): void {
    if (current !== this.current) this.switchTo(current);
    Object.assign(this, numbers);
    this.stops.splice(0, Number.POSITIVE_INFINITY, ...stops);
    this.wakeUps.clear();
    for (const [pe, how] of wakeUps) this.wakeUps.set(pe, how);
    this.lines = lines.map((line) => ({ ...line }));
    if (kvmRuns) this.userIrqchip?.restoreState(kvmRuns);
    this.tlb.flush();
    for (const pe of this.pes) this.contextChanged(pe);
  }

  // --- what the debugger does -------------------------------------------------------------------------------------------------------

  /** Replaces all breakpoints; addresses are virtual, whatever maps them. */
  setBreakpoints(breakpoints: readonly MachineBreakpoint[]): void {
    this.breakpoints = breakpoints;
    const physical = new Set<number>();
    for (const { address } of breakpoints) {
      for (const pe of this.pes) {
        for (const el of [0, 1, 2]) {
          const translation = this.translate(pe, address, 'any', el);
          if (translation.kind === 'page') physical.add(translation.physicalPage + Number(address & 0xfffn));
        }
      }
    }
    this.records.setBreakpoints(physical, breakpoints.length > 0);
    // Pages that are mapped later are marked when they are fetched from.
    this.engine.flushFetch();
  }
  private breakpointAt(pe: Pe): boolean {
    return this.breakpoints.some(({ address, pe: only }) => address === pe.pc && (only === undefined || only === pe.index));
  }

  writePhysical(address: number, bytes: Uint8Array): number {
    for (let page = address - (address % 4096); page < address + bytes.length; page += 4096) this.memory.willWrite(page);
    const written = this.memory.write(address, bytes);
    for (let done = 0; done < written; done += 4096 - ((address + done) % 4096)) {
      this.records.invalidate(address + done, Math.min(written - done, 4096 - ((address + done) % 4096)));
    }
    return written;
  }

  /** From now on the first write to each page of RAM is told to {@link PhysicalMemory.willWrite} before it happens. */
  watchWrites(willWrite: (page: number) => void): void {
    this.memory.willWrite = willWrite;
    this.tlb.revokeAllWrites();
  }
  /** Brings a page of RAM back to earlier contents. Code that stays the same on it stays translated. */
  restorePage(page: number, contents: Uint8Array): void {
    const range = this.memory.rangeAt(page) as MemoryRange;
    const start = range.host + (page - range.base);
    const now = new Int32Array(this.view.buffer, start, 1024);
    const then = new Int32Array(contents.buffer, contents.byteOffset, 1024);
    for (let word = 0; word < 1024; word++) {
      if (now[word] === then[word]) continue;
      const first = word;
      while (word < 1024 && now[word] !== then[word]) {
        now[word] = then[word];
        word++;
      }
      this.records.invalidate(page + first * 4, (word - first) * 4);
    }
  }

  /** TLBI */
  private invalidateTranslations({ scope, operand }: TlbInvalidation, pe: number | undefined): void {
    switch (scope) {
      case 'address':
        this.tlb.flushPage(operand & 0xfff_ffff_ffffn, pe);
        return;
      case 'asid':
        this.tlb.flushLocal(pe);
        return;
      default:
        this.tlb.flush(pe);
    }
  }

  private makeServices(): SystemServices {
    const descriptors = (): PhysicalMemory => this.memory;
    return timed(() => this.clock, {
      get descriptors() {
        return descriptors();
      },
      client: this.configuration.client,
      conduit: this.configuration.conduit,
      conduitCall: (pe, conduit, immediate) => this.conduitCall(pe, conduit, immediate),
      zeroBlock: (_pe, address, bytes) => {
        const fault = this.access.zeroBlock(address, bytes);
        return fault && dataAbort({ ...fault, faultStatus: fault.status });
      },
      // Writes to predecoded code are seen as they happen.
      invalidateInstructions: () => {},
      invalidateTranslations: (pe, what) => this.invalidateTranslations(what, what.innerShareable ? undefined : pe.index),
      sendEvent: () => {
        for (const pe of this.pes) {
          pe.eventRegister = true;
          if (pe.waiting === 'wfe') pe.waiting = undefined;
        }
      },
      wakeupPending: (pe) => {
        this.updateInterruptLines();
        return this.isWokenByInterrupt(pe);
      },
      outputsChanged: () => {
        this.linesChanged = true;
      },
      interruptController: noticing(interruptController(this.gic), () => {
        this.linesChanged = true;
      }),
      interruptLines: (pe) => this.lines[pe.index],
    });
  }
}

/** Timers whose output a user interrupt controller learns from `device_irq_level`. */
const USER_TIMERS: ReadonlySet<TimerName> = new Set(deviceIrqBits.flatMap((row) => ('timer' in row ? [row.timer] : [])));

/** An interrupt controller whose writes and acknowledgements are noticed. */
const noticing = (controller: InterruptController, changed: () => void): InterruptController => ({
  readRegister: (pe, register) => controller.readRegister(pe, register),
  writeRegister(pe, register, value) {
    controller.writeRegister(pe, register, value);
    changed();
  },
  acknowledge(pe, group) {
    changed();
    return controller.acknowledge(pe, group);
  },
});

/** Adds a clock that is read when asked. */
const timed = (now: () => number, services: Omit<SystemServices, 'time'>): SystemServices =>
  Object.defineProperty(services, 'time', { get: now, enumerable: true }) as SystemServices;

const high = (address: bigint): number => Number(address >> 32n) | 0;
const low = (address: bigint): number => Number(address & 0xffff_ffffn) | 0;

/** AArch64.BranchAddr: where top bytes are ignored, the PC has none. */
function branchAddress(pe: Pe, pc: bigint): bigint {
  const stage = regimesOf(pe).stageOne(pe.state.exceptionLevel);
  if (!isTopByteIgnored(stage, high(pc))) return pc;
  return stage.upper ? BigInt.asUintN(64, BigInt.asIntN(56, pc)) : pc & 0xff_ffff_ffff_ffffn;
}

const matches = (condition: boolean | readonly number[] | undefined, event: number): boolean =>
  Array.isArray(condition) ? condition.includes(event) : condition === true;
