/**
 * The scenario `kdump-cpu-off`: PE 1 is stopped by event 0, its handler ends in one of four ways, and a second payload initialises SDEI
 * anew. What is left in the dispatcher, and what does the second payload meet first?
 */
import { describeCall } from '../conformance/call-names.ts';
import { createImages } from '../images.ts';
import { parseLaunchArguments } from '../launch-arguments.ts';
import { loadGuest } from '../load-guest.ts';
import { makers } from '../makers.ts';
import { nodeHost } from '../node-host.ts';
import { bytesFromBase64 } from '../base64.ts';
import type { Target, TargetStop } from '../target/target.ts';
import { kdumpCpuOffElf } from './kdump-cpu-off.generated.ts';

export const scenarioProfiles = ['spec', 'tfa', 'kvm', 'qemu'] as const;
export type ScenarioProfile = (typeof scenarioProfiles)[number];

/** In the order of the guest's `enum ending`. */
export const endings = [
  { id: 'resume-park', title: 'COMPLETE_AND_RESUME, then park' },
  { id: 'resume-cpu-off', title: 'COMPLETE_AND_RESUME, then CPU_OFF' },
  { id: 'cpu-off', title: 'CPU_OFF without completing' },
  { id: 'park', title: 'park without completing' },
] as const;

export interface ScenarioCall {
  readonly pe: number;
  /** `SDEI_PRIVATE_RESET`, or `event 0 arrives`. */
  readonly call: string;
  /** Signed, as the guest sees it; of `event 0 arrives`: how often. */
  readonly result: string;
  readonly failed: boolean;
  /** The dispatcher's rule, where the call failed or the event did not arrive. */
  readonly rule?: string;
}

export interface ScenarioRow {
  readonly profile: ScenarioProfile;
  readonly ending: (typeof endings)[number]['id'];
  readonly title: string;
  /** PE 1 as the second payload finds it. */
  readonly residual: {
    readonly power: string;
    readonly masked: boolean;
    /** Events whose handlers the dispatcher holds for running, outermost first. */
    readonly running: readonly number[];
    /** State of event 0 on PE 1. */
    readonly event0: string;
    readonly text: string;
  };
  /** Calls of the second payload in order. */
  readonly calls: readonly ScenarioCall[];
  /** Absent: everything went well. */
  readonly firstFailure?: ScenarioCall;
  /** How the run ended: `system-off` if the second payload got through. */
  readonly end: TargetStop['kind'];
}

const GUEST = 'kdump-cpu-off.elf';
const BUDGET = 5_000_000;

/** One ending under one dispatcher. */
export async function runKdumpCpuOff(profile: ScenarioProfile, ending: number): Promise<ScenarioRow> {
  const launch = parseLaunchArguments({ program: GUEST, cpus: 2, memory: '2M', sdei: { profile } });
  const host = { ...nodeHost, readFile: async () => bytesFromBase64(kdumpCpuOffElf) ?? new Uint8Array() };
  const loaded = await loadGuest(launch, host, makers);
  const { target } = loaded;
  const images = createImages(loaded.images);
  const address = (name: string): bigint => {
    const symbol = images.symbol(name);
    if (symbol === undefined) throw new Error(`Internal error: ${GUEST} has no symbol ${name}.`);
    return symbol.address;
  };
  target.writeMemory(address('ending'), Uint8Array.of(ending), { kind: 'physical' });
  target.start(loaded.entry, loaded.x0);
  target.setStopConditions({});
  target.setBreakpoints([{ address: address('initialise_this_pe'), pe: 0 }]);
  await target.resume({ maxInstructions: BUDGET });
  const residual = residualOf(target);

  target.setBreakpoints([]);
  target.setStopConditions({ sdeiCallFailed: true });
  const reasons: string[] = [];
  let stop: TargetStop;
  for (;;) {
    stop = await target.resume({ maxInstructions: BUDGET });
    if (stop.kind !== 'sdei-call-failed') break;
    reasons.push(stop.reason ?? stop.status);
  }
  const calls = callsOf(target, address('records'), address('record_count'), reasons);
  const { id, title } = endings[ending];
  const firstFailure = calls.find(({ failed }) => failed);
  return { profile, ending: id, title, residual, calls, ...(firstFailure === undefined ? {} : { firstFailure }), end: stop.kind };
}

const stateWords: Readonly<Record<string, string>> = {
  unregistered: 'unregistered',
  registered: 'registered',
  enabled: 'enabled',
  registeredRunning: 'running, disabled',
  enabledRunning: 'running',
  unregisterPending: 'running, unregister-pending',
};

function residualOf(target: Target): ScenarioRow['residual'] {
  const { power } = target.pes[1];
  const { masked, running: stack } = target.sdei.pes[1];
  const event0 = target.sdei.events.find(({ number, pe }) => number === 0 && pe === 1)?.state ?? 'unregistered';
  const running = stack.map(({ event }) => event);
  const text = `PE 1 ${power}, ${masked ? 'masked' : 'unmasked'}, event 0 ${stateWords[event0]}${running.length === 0 ? '' : ', its handler not completed'}`;
  return { power, masked, running, event0, text };
}

function callsOf(target: Target, records: bigint, count: bigint, reasons: readonly string[]): ScenarioCall[] {
  const words = (at: bigint, number: number): bigint[] => {
    const bytes = target.readMemory(at, number * 8, { kind: 'physical' });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: number }, (_, n) => view.getBigInt64(n * 8, true));
  };
  let failures = 0;
  return Array.from({ length: Number(words(count, 1)[0]) }, (_, n) => {
    const [pe, functionId, , result] = words(records + BigInt(n) * 32n, 4);
    const of = Number(pe);
    if (functionId === 0n) {
      const failed = result === 0n;
      const rule = failed ? { rule: target.sdei.trigger(0, of).message } : {};
      return { pe: of, call: 'event 0 arrives', result: `${result}`, failed, ...rule };
    }
    const failed = result < 0n;
    const call = describeCall(functionId).name;
    const shown = call === 'SDEI_VERSION' && !failed ? `0x${result.toString(16)}` : `${result}`;
    return { pe: of, call, result: shown, failed, ...(failed ? { rule: reasons[failures++] ?? 'PSCI' } : {}) };
  });
}
