/** What PSCI needs of the machine. PEs are named by index. */
export interface PsciHost {
  /**
   * Switches a PE on that is off: at the client's initial exception level, MMU off, PC = `entry`, X0 = `contextId`. The machine then tells
   * the dispatcher (`peStarted`).
   */
  startPe(pe: number, entry: bigint, contextId: bigint): void;
  /** Switches the calling PE off. The machine tells the dispatcher (`peStopped`). */
  stopPe(pe: number): void;
  /**
   * `standby`: the PE waits as in WFI and returns from the call. `powerDown`: its state is lost; on the next wake-up event it starts at
   * `entry` with X0 = `contextId`, and the machine tells the dispatcher (`peWokeFromPowerDown`).
   */
  suspendPe(
    pe: number,
    how: { readonly kind: 'standby' } | { readonly kind: 'powerDown'; readonly entry: bigint; readonly contextId: bigint },
  ): void;
  systemOff(): void;
  systemReset(): void;
}
