/** Why a run ended: made once by the machine, translated once by whoever asked. `pe` is the PE's index. */
export type StopReason =
  /** The instruction budget given to `run` is used up, to the instruction. */
  | { kind: 'budget' }
  /** The instruction at `pc` has a breakpoint and has not been executed. */
  | { kind: 'breakpoint'; pe: number; pc: bigint }
  /** A stop condition of {@link StopConditions}: the PE is at the first instruction of the handler. */
  | { kind: 'sdei-dispatch'; pe: number; event: number; priority: Priority; interruptedPc: bigint; interruptedEl: number }
  /** SDEI_EVENT_COMPLETE or SDEI_EVENT_COMPLETE_AND_RESUME has just ended a handler. */
  | { kind: 'sdei-completion'; pe: number; event: number; how: 'complete' | 'resume'; pc: bigint }
  /** An SDEI call has just returned an error to the guest. `pc` is the conduit instruction's address, `reason` the dispatcher's in words. */
  | {
      kind: 'sdei-call-failed';
      pe: number;
      pc: bigint;
      call: string;
      arguments: readonly bigint[];
      status: string;
      result: bigint;
      reason?: string;
    }
  /** An HVC or SMC instruction at `pc` is about to be executed; `x0` holds the function identifier, and `call` is its name if it has one. */
  | { kind: 'conduit-call'; pe: number; pc: bigint; conduit: 'hvc' | 'smc'; immediate: number; x0: bigint; call?: string }
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
   * The guest's own EL2 code has just returned from a call by HVC #0 or SMC #0 at `pc` with X0 = `x0`, and has changed registers that are the
   * caller's.
   */
  | {
      kind: 'clobbered-call';
      pe: number;
      pc: bigint;
      conduit: 'hvc' | 'smc';
      x0: bigint;
      changed: readonly { readonly name: string; readonly before: bigint; readonly after: bigint }[];
    }
  /** PSCI SYSTEM_OFF. */
  | { kind: 'system-off' }
  /** The guest has ended itself by a semihosting call. `reason`: what SYS_EXIT gave as such, absent: the program's own end. */
  | { kind: 'exit'; pe: number; status: number; operation: string; reason?: string }
  /** PSCI SYSTEM_RESET or SYSTEM_RESET2. */
  | { kind: 'system-reset' }
  /** No PE is on, or every PE that is on waits for something that no timer, device or PE can bring: `awaits-input`, a semihosting call for the console. */
  | { kind: 'halted'; why: 'all-pes-off' | 'nothing-can-wake' | 'awaits-input' }
  /** The guest needs something this machine does not implement. The instruction at `pc` has not been executed. */
  | { kind: 'unimplemented'; pe: number; pc: bigint; encoding: number; what: string }
  /** A semihosting call names memory that is not there. The HLT at `pc` has not been executed. */
  | { kind: 'bad-semihosting-call'; pe: number; pc: bigint; operation: string; why: string }
  /** The machine has no semihosting, and the HLT #0xF000 at `pc` has just been taken as UNDEFINED. Told once. */
  | { kind: 'semihosting-off'; pe: number; pc: bigint }
  /**
   * An exception whose vector cannot be executed: the guest would loop there for ever.
   * `message` tells the first exception in words; `pc` is where it happened, `vector` where it led.
   */
  | { kind: 'lockup'; pe: number; pc: bigint; vector: bigint; esr: bigint; message: string };

export type Priority = 'normal' | 'critical';

/** What ends a run besides breakpoints. Absent = does not stop. */
export interface StopConditions {
  /** `true` for every event, or the event numbers that stop. */
  sdeiDispatch?: boolean | readonly number[];
  sdeiCompletion?: boolean | readonly number[];
  sdeiCallFailed?: boolean;
  conduitCall?: boolean;
  deviceIrqLevel?: boolean;
  semihostingOff?: boolean;
  /** `sampled`: of a call that has returned as it should 255 times, every 16th is compared. */
  clobberedCall?: 'always' | 'sampled';
}
