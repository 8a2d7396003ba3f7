/** A dispatcher over plain objects: PEs that hold registers and nothing else. */

import { newPe } from '../../debug-adapter/conformance/sdei-harness.ts';
import type { CallName } from '../../emulator/sdei/call.ts';
import { callNamed } from '../../emulator/sdei/calls.ts';
import { defaultSdeiConfiguration } from '../../emulator/sdei/configuration.ts';
import { createSdeiDispatcher, type SdeiCallOutcome } from '../../emulator/sdei/dispatcher.ts';
import type { SdeiHost, SdeiPe } from '../../emulator/sdei/sdei-host.ts';
import type { SdeiConfiguration } from '../../emulator/sdei/sdei-view.ts';

export interface PlainPe extends SdeiPe {
  power: 'on' | 'off' | 'suspended';
  exceptionLevel: number;
  sctlrClient: bigint;
  vbarClient: bigint;
  hcrEl2: bigint;
  /** How often the exclusive monitor was cleared, and the PE woken. */
  cleared: number;
  woken: number;
}

export function plainPe(index: number): PlainPe {
  return {
    ...newPe(index, 'EL1'),
    pc: 0x4008_0000n,
    pstate: 0x5n,
    elrClient: 0n,
    spsrClient: 0n,
    sctlrClient: 1n << 23n,
    vbarClient: 0n,
    hcrEl2: 0n,
    cleared: 0,
    woken: 0,
    clearExclusiveMonitor() {
      this.cleared++;
    },
    wake() {
      this.woken++;
    },
  };
}

export interface PlainHost extends SdeiHost {
  readonly pes: readonly PlainPe[];
  client: 'EL1' | 'EL2';
  features: SdeiHost['features'];
  time: number;
}

export const noFeatures: SdeiHost['features'] = {
  pan: false,
  uao: false,
  ssbs: false,
  bti: false,
  mte: false,
  nmi: false,
  dit: false,
  vhe: false,
};

export function dispatcherWith(configuration: Partial<SdeiConfiguration> = {}, change: Partial<PlainHost> = {}) {
  const host: PlainHost = { pes: [plainPe(0), plainPe(1)], client: 'EL1', features: noFeatures, time: 0, ...change };
  const events: SdeiConfiguration['events'] = [
    { number: 804, type: 'private', priority: 'critical' },
    { number: 806, type: 'private', priority: 'normal' },
    { number: 807, type: 'shared', priority: 'normal' },
  ];
  const dispatcher = createSdeiDispatcher(host, { ...defaultSdeiConfiguration(), events, ...configuration });
  /** As the guest makes it, with what becomes deliverable. */
  const call = (pe: number, name: CallName, ...args: bigint[]): SdeiCallOutcome => {
    args.forEach((value, n) => host.pes[pe].setX(n + 1, value));
    const outcome = dispatcher.call(host.pes[pe], callNamed(name).functionId);
    dispatcher.deliverPending(pe);
    return outcome;
  };
  return {
    host,
    pes: host.pes,
    dispatcher,
    call,
    /** Registers and enables. */
    handle(pe: number, event: bigint, entryPoint = 0x4010_0000n): void {
      call(pe, 'SDEI_EVENT_REGISTER', event, entryPoint, 0x1234n, 0n, 0n);
      call(pe, 'SDEI_EVENT_ENABLE', event);
    },
    raise(event: number, pe = 0) {
      const result = dispatcher.trigger(event, pe);
      dispatcher.deliverPending(pe);
      return result;
    },
    counts: (event: number, pe = 0) => dispatcher.events().filter(({ number }) => number === event)[pe].counts,
    depth: (pe = 0) => dispatcher.pes()[pe].running.length,
  };
}

export type Plain = ReturnType<typeof dispatcherWith>;
