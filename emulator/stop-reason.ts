/** Why a run ended: made once by the machine, translated once by whoever asked. `pe` is the PE's index. */
export type StopReason =
  /** The instruction budget given to `run` is used up, to the instruction. */
  | { kind: 'budget' }
  /** The instruction at `pc` has a breakpoint and has not been executed. */
  | { kind: 'breakpoint'; pe: number; pc: bigint }
  /** A stop condition of {@link StopConditions}: the PE is at the first instruction of the handler. */
  | { kind: 'sdei-dispatch'; pe: number; event: number; priority: Priority; interruptedPc: bigint; interruptedEl: number; depth: number }
  /** SDEI_EVENT_COMPLETE or SDEI_EVENT_COMPLETE_AND_RESUME has just ended a handler. */
  | {
      kind: 'sdei-completion';
      pe: number;
      event: number;
      priority: Priority;
      how: 'complete' | 'resume';
      /** Where the PE goes on. */
      pc: bigint;
      el: number;
      /** Handlers that ran on the PE, this one included. */
      depth: number;
    }
  /**
   * An event has just become pending and cannot be dispatched: to `pe`, which is about to execute `pc`, for `reason`, which `text` tells in
   * words.
   */
  | { kind: 'sdei-pended'; pe: number; pc: bigint; el: number; event: number; priority: Priority; reason: WaitReason; text: string }
  /**
   * A handler has just ended with registers changed that no completion restores and that the interrupted context goes on with. `pc` is where
   * the PE goes on.
   */
  | {
      kind: 'sdei-clobbered';
      pe: number;
      pc: bigint;
      el: number;
      event: number;
      how: 'complete' | 'resume';
      changed: readonly ChangedRegister[];
    }
  /**
   * While the handler of `event` runs, the PE has taken an exception from exception level `from` to `to`, where it is at the vector. `pc` is
   * the instruction that it was taken at; `class` a word for ESR_ELx.EC, or `type`. `esr`, `far`, `description`: where the exception sets them.
   */
  | {
      kind: 'handler-exception';
      pe: number;
      pc: bigint;
      event: number;
      depth: number;
      from: number;
      to: number;
      type: ExceptionType;
      class: string;
      esr?: bigint;
      far?: bigint;
      description?: string;
    }
  /**
   * The PE is at another exception level than before the instruction at `pc`. `how`: `eret`, `dispatch`, `completion`, or what was taken: a
   * word for ESR_ELx.EC, `irq`, `fiq`, `serror`; `description` is the syndrome in words.
   */
  | { kind: 'exception-level'; pe: number; pc: bigint; from: number; to: number; how: string; description?: string }
  /** An SDEI call has just returned an error to the guest. `pc` is the conduit instruction's address, `reason` the dispatcher's in words. */
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
      reason?: string;
    }
  /** An HVC or SMC instruction at `pc` is about to be executed; `x0` holds the function identifier, and `call` is its name if it has one. */
  | { kind: 'conduit-call'; pe: number; pc: bigint; el: number; conduit: 'hvc' | 'smc'; immediate: number; x0: bigint; call?: string }
  /**
   * With a user interrupt controller: a vCPU's `device_irq_level` has just changed from `before` to `level`, which is an exit to user space
   * (KVM_EXIT_INTR) before the guest runs on. User space has given the changed levels to its interrupt controller.
   */
  | { kind: 'device-irq-level'; pe: number; pc: bigint; level: number; before: number }
  /**
   * What a watchpoint watches was accessed or has changed, by the instruction at `pc` of `pe`, or by what happened there. `watchpoint` is its
   * index; `isDone`: the instruction has been executed. Of memory: the physical address of the access; of values: what they were and are.
   */
  | {
      kind: 'watchpoint';
      pe: number;
      pc: bigint;
      watchpoint: number;
      isDone: boolean;
      access?: { readonly kind: 'read' | 'write'; readonly address: number; readonly size: number };
      change?: { readonly before: bigint | undefined; readonly after: bigint | undefined };
    }
  /**
   * The guest's own EL2 code has just returned to `el` from a call by HVC #0 or SMC #0 at `pc` with X0 = `x0`, and has changed registers that
   * are the caller's.
   */
  | {
      kind: 'clobbered-call';
      pe: number;
      pc: bigint;
      el: number;
      conduit: 'hvc' | 'smc';
      x0: bigint;
      changed: readonly ChangedRegister[];
    }
  /** PSCI SYSTEM_OFF. */
  | { kind: 'system-off' }
  /** The guest has ended itself by a semihosting call. `reason`: what SYS_EXIT gave as such, absent: the program's own end. */
  | { kind: 'exit'; pe: number; status: number; operation: string; reason?: string }
  /** PSCI SYSTEM_RESET or SYSTEM_RESET2. */
  | { kind: 'system-reset' }
  /**
   * No PE is on, or every PE that is on waits for something that no timer, device or PE can bring: `awaits-input`, a semihosting call for the
   * console. `others-stand-still`: the PE that was to go on alone waits or is off, and another could go on.
   */
  | { kind: 'halted'; why: 'all-pes-off' | 'nothing-can-wake' | 'awaits-input' | 'others-stand-still' }
  /** The guest needs something this machine does not implement. The instruction at `pc` has not been executed. */
  | { kind: 'unimplemented'; pe: number; pc: bigint; encoding: number; what: string }
  /** A semihosting call names memory that is not there. The HLT at `pc` has not been executed. */
  | { kind: 'bad-semihosting-call'; pe: number; pc: bigint; operation: string; why: string }
  /** The machine has no semihosting, and the HLT #0xF000 at `pc` has just been taken as UNDEFINED. Told once. */
  | { kind: 'semihosting-off'; pe: number; pc: bigint }
  /**
   * The PE has just taken a synchronous external abort for the instruction at `pc`: at `address`, which is `physical` there, nothing answers.
   * Told once for each page and kind of access.
   */
  | { kind: 'nothing-there'; pe: number; pc: bigint; access: 'read' | 'write' | 'execute'; address: bigint; physical: bigint }
  /**
   * An exception whose vector cannot be executed: the guest would loop there for ever.
   * `message` tells the first exception in words; `pc` is where it happened, `vector` where it led.
   */
  | { kind: 'lockup'; pe: number; pc: bigint; vector: bigint; esr: bigint; message: string };

export type Priority = 'normal' | 'critical';
export type ExceptionType = 'synchronous' | 'irq' | 'fiq' | 'serror';

/**
 * Why a pending event waits: its PE is masked, off or suspended, or runs a critical or normal handler that it does not preempt; its own
 * handler runs or is disabled; it is routed elsewhere; nothing has asked for a delivery (a defect of the KVM series).
 */
export type WaitReason = 'masked' | 'off' | 'suspended' | 'criticalRuns' | 'normalRuns' | 'running' | 'disabled' | 'routed' | 'forgotten';

export interface ChangedRegister {
  readonly name: string;
  readonly before: bigint;
  readonly after: bigint;
  /** The event whose handler interrupted the one that has ended, and left the register so when it ended itself. Absent: none has. */
  readonly by?: { readonly event: number; readonly how: 'complete' | 'resume' };
}

/** What ends a run besides breakpoints. Absent = does not stop. */
export interface StopConditions {
  /** `true` for every event, or the event numbers that stop. */
  sdeiDispatch?: boolean | readonly number[];
  sdeiCompletion?: boolean | readonly number[];
  sdeiCallFailed?: boolean;
  sdeiPended?: boolean;
  sdeiClobbered?: boolean;
  handlerException?: boolean;
  exceptionLevel?: boolean;
  conduitCall?: boolean;
  deviceIrqLevel?: boolean;
  semihostingOff?: boolean;
  nothingThere?: boolean;
  /** `sampled`: of a call that has returned as it should 255 times, every 16th is compared. */
  clobberedCall?: 'always' | 'sampled';
}
