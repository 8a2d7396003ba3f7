/**
 * What a debugger needs of a machine. No DAP and no emulator types: `emulator-target.ts` is the only file that imports the emulator.
 *
 * Reading and writing state is synchronous and only meaningful while nothing runs (the machine lives in this thread and runs in slices);
 * `resume` is the one asynchronous operation. Reads have no side effects on the guest. PEs are named by index.
 */
export interface Target {
  readonly pes: readonly PeInfo[];
  /** Instructions retired by all PEs since reset: the machine's time. */
  readonly time: number;

  /** Copies bytes to physical memory before the start. @returns how many could be placed (fewer: outside RAM). */
  load(physicalAddress: bigint, bytes: Uint8Array): number;
  /** The same of so many bytes that are not in memory yet: `fill` gets the RAM that they are for. @throws RangeError if that is outside */
  loadBy(physicalAddress: bigint, length: number, fill: (into: Uint8Array) => void): void;
  readonly ram: { readonly base: bigint; readonly size: bigint };
  /** Starts PE 0 at `entry`; the others wait for PSCI CPU_ON. @param x0 0 if absent, as the other registers */
  start(entry: bigint, x0?: bigint): void;

  /** Names of {@link RegisterInfo}, case-insensitive: `x0`…`x30`, `w0`…, `sp`, `pc`, `pstate`, `SCTLR_EL1`, … @throws TargetError on an unknown name. */
  readRegister(pe: number, name: string): bigint;
  writeRegister(pe: number, name: string, value: bigint): void;
  /** Why a system register is not to be read, or its value means nothing at present. */
  registerNote(pe: number, name: string): { readonly unread?: string; readonly unknown?: string };
  /** X0-X30, SP, PC, PSTATE, then V registers where implemented. */
  readonly coreRegisters: readonly RegisterInfo[];
  /** Every implemented system register. */
  readonly systemRegisters: readonly SystemRegisterInfo[];

  /** By the PE's present translation (`virtual`, its current EL) or physically. Shorter than asked where memory ends; devices are not read. */
  readMemory(address: bigint, length: number, space?: AddressSpace): Uint8Array;
  /** @returns bytes written; stops at the first that is not RAM. */
  writeMemory(address: bigint, bytes: Uint8Array, space?: AddressSpace): number;

  /** Where the PE would fetch the instruction at a virtual address from; `undefined`: it could not. */
  physicalAddress(pe: number, address: bigint): bigint | undefined;

  /** What the PE would find around a virtual address at its current exception level. Nothing is read. */
  memoryRegion(pe: number, address: bigint): MemoryRegion;

  /** Name of the call that HVC #0 or SMC #0 of a PE with this X0 would be; `undefined`: it has none. */
  callName(pe: number, x0: bigint): string | undefined;

  /** Replaces all breakpoints; takes effect at the next resume. */
  setBreakpoints(breakpoints: readonly TargetBreakpoint[]): void;
  setStopConditions(conditions: TargetStopConditions): void;
  /** Replaces all watchpoints; takes effect at once. A stop names one by its place in this list. */
  setWatchpoints(watchpoints: readonly TargetWatchpoint[]): void;
  /** Where memory of a space is at present, in order; what is not mapped is left out. */
  physicalRanges(address: bigint, length: number, space: AddressSpace): readonly { readonly address: number; readonly length: number }[];

  /**
   * Runs until something of {@link TargetStop} happens, in slices that yield to the event loop, so that `pause` works within 50 ms.
   * An instruction at the starting PC that has a breakpoint is executed first (once).
   */
  resume(plan: ResumePlan): Promise<TargetStop>;
  /** Ends the present `resume` with `{ kind: 'pause' }`; nothing if it has ended. */
  pause(): void;
  /** Executes exactly one instruction of one PE (a WFI waits for its wake-up), synchronously. `undefined`: nothing special happened. */
  step(pe: number): TargetStop | undefined;

  /** A person has seen this PE stand where it is: a call by HVC or SMC that it is about to make is no news. */
  told(pe: number): void;

  /** The whole machine as structured-cloneable data; no more than that is known of it. Only while nothing runs. */
  saveState(): unknown;
  /**
   * Into a machine of the same PEs and memory. Breakpoints and stop conditions stay.
   * @param withSdei false: the SDEI dispatcher keeps its own state. @throws TargetError for a machine of another size
   */
  restoreState(state: unknown, withSdei?: boolean): void;
  /** Equal for machines in the same state. */
  stateHash(): string;

  readonly timeTravel: TimeTravel;

  /** Console output since the last call. */
  takeConsoleOutput(): Uint8Array;
  /** Where lines begin in what {@link takeConsoleOutput} gave last, and the instructions that had retired before a line's first byte was written. */
  readonly consoleLines: readonly { readonly offset: number; readonly instruction: number }[];
  sendConsoleInput(bytes: Uint8Array): void;
  /** Nothing more will be typed: a guest that reads by semihosting is told so. */
  endConsoleInput(): void;

  readonly sdei: TargetSdei;
}

/** A moment of a run. Several may have the same instruction count: inputs and interrupts come between two instructions. */
export interface Moment {
  readonly instruction: number;
  readonly ticks: number;
  readonly inputs: number;
}

/** All that a run from the same beginning depends on, as structured-cloneable data, and how far it is known. */
export interface Recording {
  readonly inputs: readonly { readonly at: Moment; readonly what: { readonly kind: string } }[];
  readonly end: Moment;
}

/** Of each PE, what two moments tell of the time between. */
export interface MarkedMoment extends Moment {
  /** Instructions it has retired: where they are as many, it has executed nothing. */
  readonly retired: readonly number[];
  /** Where it is the same, its core registers have never been others. */
  readonly touched: readonly number[];
}

/** As of when it is asked. */
export interface TargetHistory {
  /** Oldest first, at least one; the first is as far as one can go back. */
  readonly checkpoints: readonly MarkedMoment[];
  /** The present. */
  readonly end: Moment;
  /** Its memory was once too short for what the guest wrote between two checkpoints: there may be next to no way back. */
  readonly isTooSmall: boolean;
}

/** A future that another one has taken the place of. */
export interface LeftFuture {
  readonly recording: Recording;
  /** Up to where the one that has begun is the same. */
  readonly parting: Moment;
}

/** How a run began, for another target with the same contents. Plain data, but for RAM. */
export interface Beginning {
  readonly at: Moment;
  /** The machine's own. */
  readonly known: unknown;
  /** Numbers of the pages of RAM that have changed. */
  readonly pages: Int32Array;
  /** Their contents; to be read before anything runs on. */
  ram(): Iterable<Uint8Array>;
}

/** Going back and forth along what has happened. In the past, `resume` and `step` repeat it, and every edit begins another future there. */
export interface TimeTravel {
  /**
   * To be called after `start`: from now on checkpoints are taken, which may use this much memory.
   * @param notesBeginning so that there is a {@link beginning}
   */
  keepHistory(memoryBytes: number, notesBeginning?: boolean): void;
  /** Absent: none is kept. */
  readonly history: TargetHistory | undefined;
  readonly moment: Moment;
  readonly isInPast: boolean;
  /** @throws TargetError if no history is kept */
  readonly recording: Recording;
  /** What an edit in the past has taken the place of since this was asked last. */
  takeLeft(): LeftFuture | undefined;
  /** Up to where `recording` is what happened here, too. @throws TargetError if no history is kept */
  partingFrom(recording: Recording): Moment;
  /**
   * From here on `recording` is what happened; goes back to where it parts from what did.
   * @param isHeard its console output has been taken before. @throws TargetError if that is not on record any more
   */
  follow(recording: Recording, isHeard?: boolean): void;
  /** All that a run depends on besides what comes from outside, in pieces. To be called before anything runs. */
  contents(): Iterable<string | Uint8Array>;
  /** {@link beginning} comes up to here, if it can: while nothing has come from outside, or stopped the run but a breakpoint. */
  noteHere(): void;
  /** How this run began, up to some checkpoint before anything came from outside, or stopped it but a breakpoint. Absent: not known. */
  readonly beginning: Beginning | undefined;
  /**
   * Comes to the end of `beginning`, of a run that had the same {@link contents}, as if it had run there.
   * @param ram what {@link Beginning.ram} gave, one after the other; asked for if it is wanted
   * @returns false, and nothing has changed: what is to stop the guest now might have done so on the way; or it is beyond already, or
   * something has come from outside, or some of `ram` is missing
   */
  takeOver(beginning: Omit<Beginning, 'ram'>, ram: () => Uint8Array | undefined): boolean;
  /** {@link Moment.inputs} when that many instructions had retired. */
  inputsAt(instruction: number): number;
  /**
   * Exactly there; nothing stops on the way.
   * @param breathe called now and then; what it returns ends the journey, on the way. Absent: it is made in one go
   * @throws TargetError if it is not on record
   */
  travel<Result = never>(to: Moment, breathe?: () => Promise<Result | undefined>): Promise<Result | undefined>;
  /** Lets happen what is recorded before the next instruction. @returns the PE that executes it */
  settle(): number;
  /**
   * Repeats what happened, from here to `until`, telling of every stop on the way.
   * @param breathe called now and then; what it returns ends the repetition
   */
  repeat<Result>(until: Moment, visit: (stop: TargetStop) => void, breathe: () => Promise<Result | undefined>): Promise<Result | undefined>;
  /** Repeats a single instruction, whichever PE's it is. */
  repeatOne(): void;
  /**
   * Repeats a piece of what the others did before this PE executes its next instruction. Runs and steps in the past would do so as well, but not
   * in pieces.
   * @returns `undefined`: it does so now, or the past is over
   */
  repeatUntilTurnOf(pe: number): TargetStop | undefined;
  /**
   * Repeats a piece of what everybody did before this PE had retired so many instructions; nothing stops on the way.
   * @returns whether it has now, this very moment, or the past is over
   */
  repeatUntilRetired(pe: number, retired: number): boolean;
}

/** Of two moments of one run. */
export function isBefore(one: Moment, other: Moment): boolean {
  if (one.instruction !== other.instruction) return one.instruction < other.instruction;
  return one.ticks < other.ticks || one.inputs < other.inputs;
}

export class TargetError extends Error {}

export interface PeInfo {
  readonly index: number;
  readonly power: 'on' | 'off' | 'suspended';
  /** In WFI or WFE. */
  readonly waiting: boolean;
  /** Instructions it has retired. */
  readonly retired: number;
  /** 0-3 */
  readonly exceptionLevel: number;
  readonly pc: bigint;
  readonly mpidr: bigint;
  /** With a user interrupt controller (KVM_CAP_ARM_USER_IRQ): `device_irq_level` of kvm_run, as of the last exit. */
  readonly deviceIrqLevel?: number;
  /** How often a changed level made the vCPU exit. */
  readonly levelExits?: number;
}

export interface RegisterInfo {
  /** As the Arm ARM spells it (`SCTLR_EL1`), core registers in lower case (`x0`). */
  readonly name: string;
  readonly bits: 32 | 64 | 128;
  readonly writable: boolean;
  /** What a person looks for it under: `Control`, `Exception handling`, `Timer`, …; core registers: `Core`. */
  readonly group: string;
  readonly description?: string;
  readonly fields?: readonly RegisterField[];
  /** Other fields, in states of which the first that holds counts. */
  readonly layouts?: readonly RegisterLayout[];
}
/** What a register's bits are while a bit of a register, `REGISTER.FIELD`, is 1. */
export interface RegisterLayout {
  readonly where: string;
  readonly register: string;
  readonly bit: number;
  readonly fields: readonly RegisterField[];
}
export interface SystemRegisterInfo extends RegisterInfo {
  /** As assemblers spell it without a name: `S3_0_C1_C0_0`. */
  readonly encoding: string;
  readonly access: 'RW' | 'RO' | 'WO';
  /** The exception level in its name; without one, the lowest that gets at it. */
  readonly level: number;
  /** Bits that a write changes; the others are RES0, RES1 or read-only. */
  readonly writableBits: bigint;
}
export interface RegisterField {
  readonly name: string;
  readonly msb: number;
  readonly lsb: number;
  /** Meaning of values, where they have names. */
  readonly values?: Readonly<Record<number, string>>;
}

/** `virtual`: as PE `pe` (default 0) would translate at its current EL, or as at exception level `el`. */
export type AddressSpace = { readonly kind: 'virtual'; readonly pe?: number; readonly el?: number } | { readonly kind: 'physical' };

/** Structurally what `emulator/memory-region.ts` describes. */
export interface MemoryRegion {
  /** Virtual addresses, half-open; `end` may be 2^64. */
  readonly start: bigint;
  readonly end: bigint;
  /** Absent: it is not mapped, or nothing is there. */
  readonly mapped?: {
    /** Of the address that was asked for. */
    readonly physical: number;
    readonly kind: 'memory' | 'device';
    readonly name: string;
    readonly read: boolean;
    readonly write: boolean;
    readonly execute: boolean;
  };
}

/**
 * A 64-bit integer computed from registers and memory, as data; structurally what `emulator/formula.ts` describes. Values of fewer bits
 * stand extended, with their sign or with zeros, as their type says.
 */
export type Formula =
  | { readonly kind: 'constant'; readonly value: bigint }
  /** X0-X30; 31 is SP. */
  | { readonly kind: 'register'; readonly index: number }
  | { readonly kind: 'load'; readonly address: Formula; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly kind: 'extend'; readonly operand: Formula; readonly size: 1 | 2 | 4; readonly signed: boolean }
  | { readonly kind: 'binary'; readonly operator: FormulaOperator; readonly left: Formula; readonly right: Formula }
  | { readonly kind: 'both' | 'either'; readonly left: Formula; readonly right: Formula };

export type FormulaOperator =
  | 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr_s' | 'shr_u'
  | 'eq' | 'ne' | 'lt_s' | 'lt_u' | 'le_s' | 'le_u' | 'gt_s' | 'gt_u' | 'ge_s' | 'ge_u'; // biome-ignore format: a list

export interface TargetBreakpoint {
  readonly address: bigint;
  /** Only this PE; absent: any. */
  readonly pe?: number;
  /** Reached by whatever virtual address. Absent: the address is virtual. */
  readonly isPhysical?: boolean;
  /** Where this is 0 there is no breakpoint. Absent: always one. */
  readonly condition?: Formula;
}

/** A register's name, the id of a KVM pseudo register, what kvm_run says of interrupt levels, or what the dispatcher says of the PE. */
export type TargetValue =
  | { readonly register: string }
  | { readonly kvmRegister: bigint }
  | 'device_irq_level'
  | 'sdei_masked'
  | 'sdei_depth'
  | 'sdei_event'
  | 'sdei_pending';

/** What to stop at besides places; in the machine's words. */
export type TargetWatchpoint =
  | {
      readonly kind: 'memory';
      /** Physical: {@link Target.physicalRanges}. */
      readonly ranges: readonly { readonly address: number; readonly length: number }[];
      /** change: a write that leaves other bytes there than before. */
      readonly access: 'read' | 'write' | 'readWrite' | 'change';
      /** before: the instruction has not been executed; absent: it has. */
      readonly stops?: 'before';
    }
  | {
      readonly kind: 'value';
      readonly pe: number;
      readonly what: TargetValue;
      /** Bits that count; absent: all. */
      readonly mask?: bigint;
    };

export interface TargetStopConditions {
  sdeiDispatch?: boolean | readonly number[];
  sdeiCompletion?: boolean | readonly number[];
  sdeiCallFailed?: boolean;
  sdeiPended?: boolean;
  sdeiClobbered?: boolean;
  handlerException?: boolean;
  exceptionLevel?: boolean;
  conduitCall?: boolean;
  deviceIrqLevel?: boolean;
  /** A semihosting call of a guest whose machine has none; told once. */
  semihostingOff?: boolean;
  /** An access where neither memory nor a device is, or none that takes it; told once for each page. */
  nothingThere?: boolean;
  /** `sampled`: of a call that has returned as it should 255 times, every 16th is compared. */
  clobberedCall?: 'always' | 'sampled';
}

export interface ResumePlan {
  /** Run only this PE, the others stay where they are. Absent: all. */
  readonly onlyPe?: number;
  /** Extra breakpoints of this resume alone (step over, step out). */
  readonly until?: readonly TargetBreakpoint[];
  /** Stop after this many instructions of the whole machine, exactly. */
  readonly maxInstructions?: number;
  /** Time does not jump where PEs that are held could run: the one that runs, and sleeps, is halted. */
  readonly keepsTime?: boolean;
  /** Somebody may type: a guest that waits for input of the console, and for nothing else, is waited for. Absent: that is a stop. */
  readonly waitsForInput?: boolean;
  /** Called at each stop but the end of `maxInstructions`; true: it is none, the run goes on at once. */
  readonly passes?: (stop: TargetStop) => boolean;
}

/** Same vocabulary as the machine's stop reason, plus the debugger's own. */
export type TargetStop =
  | { kind: 'budget' }
  | { kind: 'pause' }
  | { kind: 'breakpoint'; pe: number; pc: bigint }
  /** `depth`: handlers that run on the PE, this one included. */
  | {
      kind: 'sdei-dispatch';
      pe: number;
      event: number;
      priority: 'normal' | 'critical';
      interruptedPc: bigint;
      interruptedEl: number;
      depth: number;
    }
  | {
      kind: 'sdei-completion';
      pe: number;
      event: number;
      priority: 'normal' | 'critical';
      how: 'complete' | 'resume';
      pc: bigint;
      el: number;
      depth: number;
    }
  /** Became pending and waits for `pe`, which is at `pc`; `reason` is a word, `text` the same in words. */
  | {
      kind: 'sdei-pended';
      pe: number;
      pc: bigint;
      el: number;
      event: number;
      priority: 'normal' | 'critical';
      reason: string;
      text: string;
    }
  /** The handler has ended with registers changed that no completion restores; the PE goes on at `pc`. */
  | {
      kind: 'sdei-clobbered';
      pe: number;
      pc: bigint;
      el: number;
      event: number;
      how: 'complete' | 'resume';
      changed: readonly ChangedRegister[];
    }
  /** `class`: a word for ESR_ELx.EC, or `type`; `description`: the syndrome in words. The PE is at the vector. */
  | {
      kind: 'handler-exception';
      pe: number;
      pc: bigint;
      event: number;
      depth: number;
      from: number;
      to: number;
      type: 'synchronous' | 'irq' | 'fiq' | 'serror';
      class: string;
      esr?: bigint;
      far?: bigint;
      description?: string;
    }
  /** By the instruction at `pc`. `how`: `eret`, `dispatch`, `completion`, or the exception's word. */
  | { kind: 'exception-level'; pe: number; pc: bigint; from: number; to: number; how: string; description?: string }
  | {
      kind: 'sdei-call-failed';
      pe: number;
      pc: bigint;
      el: number;
      functionId: number;
      call: string;
      /** That the call names; absent: none. */
      event?: number;
      arguments: readonly bigint[];
      status: string;
      result: bigint;
      /** Why, in words: `the handler is not registered`. */
      reason?: string;
    }
  | { kind: 'conduit-call'; pe: number; pc: bigint; el: number; conduit: 'hvc' | 'smc'; immediate: number; x0: bigint; call?: string }
  | { kind: 'device-irq-level'; pe: number; pc: bigint; level: number; before: number }
  /** `watchpoint` is its place in the list that was set, `pc` that of the instruction which did it; `isDone`: it has been executed. */
  | {
      kind: 'watchpoint';
      pe: number;
      pc: bigint;
      watchpoint: number;
      isDone: boolean;
      access?: { readonly kind: 'read' | 'write'; readonly address: number; readonly size: number };
      change?: { readonly before: bigint | undefined; readonly after: bigint | undefined };
    }
  | {
      kind: 'clobbered-call';
      pe: number;
      pc: bigint;
      el: number;
      conduit: 'hvc' | 'smc';
      x0: bigint;
      changed: readonly ChangedRegister[];
    }
  | { kind: 'system-off' }
  | { kind: 'exit'; pe: number; status: number; operation: string; reason?: string }
  | { kind: 'system-reset' }
  | { kind: 'halted'; why: 'all-pes-off' | 'nothing-can-wake' | 'awaits-input' | 'others-stand-still' }
  | { kind: 'unimplemented'; pe: number; pc: bigint; encoding: number; what: string }
  | { kind: 'bad-semihosting-call'; pe: number; pc: bigint; operation: string; why: string }
  | { kind: 'semihosting-off'; pe: number; pc: bigint }
  | { kind: 'nothing-there'; pe: number; pc: bigint; access: 'read' | 'write' | 'execute'; address: bigint; physical: bigint }
  | { kind: 'lockup'; pe: number; pc: bigint; vector: bigint; esr: bigint; message: string };

export interface ChangedRegister {
  readonly name: string;
  readonly before: bigint;
  readonly after: bigint;
  /** The event whose handler interrupted the one that has ended, and left the register so when it ended itself. Absent: none has. */
  readonly by?: { readonly event: number; readonly how: 'complete' | 'resume' };
}

/** Everything about SDEI; structurally what `emulator/sdei/sdei-view.ts` describes. */
export interface TargetSdei {
  readonly events: readonly TargetSdeiEvent[];
  readonly pes: readonly TargetSdeiPe[];
  readonly deliveries: readonly TargetDelivery[];
  /** The last of them: at most so many. */
  latestDeliveries(most: number): readonly TargetDelivery[];
  /** Since the start, remembered or not. */
  readonly deliveryCount: number;
  /** Raises an event as its source would: event 0 as SDEI_EVENT_SIGNAL does, others as their platform does. */
  trigger(event: number, pe: number): { accepted: boolean; outcome?: 'dispatches' | 'pending'; message: string };
  /** Calls the dispatcher as the guest would, without running guest code. @returns X0 and its name (`DENIED`), absent for success. */
  call(
    pe: number,
    name: 'SDEI_EVENT_ENABLE' | 'SDEI_EVENT_DISABLE' | 'SDEI_PE_MASK' | 'SDEI_PE_UNMASK',
    event?: number,
  ): { result: bigint; error?: string };
  /** KVM pseudo firmware registers of a PE, all ten, in id order. */
  pseudoRegisters(pe: number): readonly TargetPseudoRegister[];
  /** @param strict refuse what KVM takes without a look. @throws TargetError with KVM's error name (ENOENT, EINVAL, EPERM) and why. */
  writePseudoRegister(pe: number, id: bigint, bytes: Uint8Array, strict?: boolean): void;
  /**
   * Changes what SDEI_EVENT_COMPLETE of a running handler will restore. `level` indexes `pes[pe].running`; `name` is `x0`…`x17`, `pc` or `pstate`.
   * Absent: the context is read-only. @throws TargetError when the value is not acceptable (a PSTATE of an impossible mode)
   */
  writeInterruptedContext?(pe: number, level: number, name: string, value: bigint): void;
}

export interface TargetSdeiEvent {
  readonly number: number;
  readonly type: 'private' | 'shared';
  readonly priority: 'normal' | 'critical';
  readonly signalable: boolean;
  readonly source: 'software' | 'platform' | 'interrupt';
  readonly intid?: number;
  readonly pe?: number;
  readonly state: 'unregistered' | 'registered' | 'enabled' | 'registeredRunning' | 'enabledRunning' | 'unregisterPending';
  readonly pending: boolean;
  readonly entryPoint?: bigint;
  readonly argument?: bigint;
  readonly routing?: { readonly mode: 'RM_ANY' | 'RM_PE'; readonly affinity: bigint };
  readonly counts: {
    readonly triggered: number;
    readonly delivered: number;
    readonly completed: number;
    readonly collapsed: number;
    readonly refused: number;
  };
}
export interface TargetInterruptedContext {
  readonly event: number;
  readonly priority: 'normal' | 'critical';
  readonly x: readonly bigint[];
  readonly pc: bigint;
  readonly pstate: bigint;
  readonly at: number;
}
export interface TargetSdeiPe {
  readonly pe: number;
  readonly masked: boolean;
  /** Outermost first. */
  readonly running: readonly TargetInterruptedContext[];
}
export interface TargetDelivery {
  readonly event: number;
  readonly priority: 'normal' | 'critical';
  readonly pe: number;
  readonly at: number;
  readonly interrupted: { readonly pc: bigint; readonly el: number };
  readonly ended?: 'complete' | 'resume' | 'reset';
  readonly endedAt?: number;
}
export interface TargetPseudoRegister {
  readonly id: bigint;
  readonly name: string;
  readonly bytes: number;
  readonly value?: Uint8Array;
  /** Why it cannot be read in this state. */
  readonly error?: string;
  readonly writable: boolean;
}
