/** `sdei-debug conform --guest`: where a guest's behaviour depends on the dispatcher. */
import { describeCall } from '../conformance/call-names.ts';
import type { Images } from '../images.ts';
import { parseLaunchArguments } from '../launch-arguments.ts';
import type { Target, TargetStop } from '../target/target.ts';
import { startGuest } from './started-guest.ts';
import type { Streams } from './streams.ts';

const profiles = ['spec', 'tfa', 'kvm', 'qemu'] as const;

interface GuestTrace {
  /** Calls with their results, dispatches and completions, in order. */
  readonly lines: readonly string[];
  readonly console: readonly string[];
  readonly end: string;
}

export interface GuestReport {
  readonly guest: string;
  /** The guest does the same under every dispatcher. */
  readonly independent: boolean;
  readonly profiles: readonly {
    readonly profile: (typeof profiles)[number];
    readonly end: string;
    readonly calls: number;
    /** First difference from `spec`; absent: none. */
    readonly difference?: { readonly what: 'call or event' | 'console' | 'end'; readonly spec: string; readonly here: string };
  }[];
}

/** @param launch keys besides `program` and the profile. @throws UserError */
export async function compareProfiles(
  program: string,
  launch: Readonly<Record<string, unknown>>,
  maxInstructions: number,
  streams: Streams,
): Promise<GuestReport> {
  const traces: { profile: (typeof profiles)[number]; trace: GuestTrace }[] = [];
  for (const profile of profiles) {
    const given = parseLaunchArguments({ ...launch, sdei: { ...(launch.sdei as object | undefined), profile }, program });
    const { target, images } = await startGuest(given, streams);
    traces.push({ profile, trace: await traceOf(target, images, maxInstructions) });
  }
  const reference = traces[0].trace;
  const rows = traces.map(({ profile, trace }) => {
    const difference = firstDifference(reference, trace);
    return { profile, end: trace.end, calls: trace.lines.length, ...(difference === undefined ? {} : { difference }) };
  });
  return { guest: program, independent: rows.every(({ difference }) => difference === undefined), profiles: rows };
}

async function traceOf(target: Target, images: Images, maxInstructions: number): Promise<GuestTrace> {
  const lines: string[] = [];
  target.setStopConditions({ conduitCall: true, sdeiDispatch: true, sdeiCompletion: true });
  const note = (stop: TargetStop): void => {
    if (stop.kind === 'sdei-dispatch')
      lines.push(
        `PE${stop.pe} event ${stop.event} dispatched, interrupting EL${stop.interruptedEl} at ${images.describe(stop.interruptedPc)}`,
      );
    else if (stop.kind === 'sdei-completion') lines.push(`PE${stop.pe} event ${stop.event} ended, going on at ${images.describe(stop.pc)}`);
  };
  let stop: TargetStop;
  for (;;) {
    const left = maxInstructions - target.time;
    stop = left <= 0 ? { kind: 'budget' } : await target.resume({ maxInstructions: left });
    if (stop.kind === 'sdei-dispatch' || stop.kind === 'sdei-completion') {
      note(stop);
      continue;
    }
    if (stop.kind !== 'conduit-call') break;
    const { pe, pc, x0 } = stop;
    const { name, parameters } = describeCall(x0);
    const args = Array.from({ length: parameters }, (_, n) => `0x${target.readRegister(pe, `x${n + 1}`).toString(16)}`);
    const depth = target.sdei.pes[pe].running.length;
    const after = target.step(pe);
    const { running } = target.sdei.pes[pe];
    const hasReturned = target.pes[pe].pc === pc + 4n;
    const result = hasReturned ? target.readRegister(pe, 'x0') : running.length > depth ? running[depth].x[0] : undefined;
    lines.push(`PE${pe} ${name}(${args.join(', ')})${result === undefined ? '' : ` = ${signed(result)}`}`);
    if (after !== undefined) {
      note(after);
      if (after.kind === 'system-off' || after.kind === 'system-reset' || after.kind === 'halted') {
        stop = after;
        break;
      }
    }
  }
  return { lines, console: new TextDecoder().decode(target.takeConsoleOutput()).split('\n'), end: stop.kind };
}

const signed = (value: bigint): string => {
  const number = BigInt.asIntN(64, value);
  return number < 16n ? `${number}` : `0x${number.toString(16)}`;
};

/** What SDEI_VERSION answers is meant to differ; what a guest makes of it shows elsewhere. */
const comparable = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/SDEI_VERSION\(\) = .*/, 'SDEI_VERSION()'));

function firstDifference(spec: GuestTrace, here: GuestTrace): GuestReport['profiles'][number]['difference'] {
  const lists = [
    ['call or event', comparable(spec.lines), comparable(here.lines)],
    ['console', spec.console, here.console],
    ['end', [spec.end], [here.end]],
  ] as const;
  for (const [what, left, right] of lists) {
    for (let n = 0; n < Math.max(left.length, right.length); n++) {
      if (left[n] !== right[n]) return { what, spec: left[n] ?? 'nothing more', here: right[n] ?? 'nothing more' };
    }
  }
  return undefined;
}

export function textFromGuestReport({ profiles: rows, independent }: GuestReport): string {
  const lines = rows.map(({ profile, end, calls, difference }) => {
    const head = `  ${profile.padEnd(5)} ${calls} calls and events, ended with ${end}`;
    if (profile === 'spec') return head;
    if (difference === undefined) return `${head}: as in spec`;
    return `${head}: differs, first in ${difference.what}\n          spec  ${difference.spec}\n          ${profile.padEnd(5)} ${difference.here}`;
  });
  return [independent ? 'The guest does the same under every dispatcher.' : 'The guest depends on the dispatcher.', ...lines].join('\n');
}
