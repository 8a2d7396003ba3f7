/** `sdei-debug migrate`: a guest goes on under another dispatcher. */
import { parseLaunchArguments } from '../launch-arguments.ts';
import { makers } from '../makers.ts';
import { textOfRegister } from '../pseudo-register-text.ts';
import { firstDifference, type TraceDifference, traceToEnd } from './event-trace.ts';
import { launchFileOptions } from './asked-launch.ts';
import { askedGuest, guestAt, guestOptions, placeOptions } from './guest-at.ts';
import { launchOptions } from './launch-flags.ts';
import { type Arrival, arrive, type MigrationStream, streamOf } from './migration.ts';
import { helpOf, numberOf, type Option, parseOptions, UsageError, valueOf } from './options.ts';
import { idText, registerNamed } from './pseudo-register-id.ts';
import type { Streams } from './streams.ts';

const profiles = 'spec|tfa|kvm|qemu';

const ownOptions: readonly Option[] = [
  ...launchFileOptions,
  ...placeOptions,
  { name: 'to', value: profiles, description: 'Profile of the destination.' },
  { name: 'from', value: profiles, description: 'Profile of the source; default that of --sdei-profile.' },
  { name: 'drop', value: 'ID', repeats: true, description: 'Leave this register out of the stream: an id or a name.' },
  { name: 'verify-trace', description: 'Run source and destination to the end and compare events, console and registers.' },
  { name: 'max-instructions', value: 'N', description: 'Compare so many instructions at most; default 100000000.' },
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

const help = () => `sdei-debug migrate GUEST.elf --at PLACE --to PROFILE [options]
sdei-debug migrate --kernel IMAGE [--initrd FILE] --at PLACE --to PROFILE [options]

Runs the guest to PLACE, moves it into a fresh machine with another SDEI dispatcher, whose state comes through KVM's pseudo firmware
registers only, and tells what did not arrive.
Exit status: 0 everything arrived (and the traces are equal); 1 something did not; 2 wrong usage or input.

${helpOf(ownOptions)}

Launch keys (as in launch.json):
${helpOf(guestOptions)}
`;

interface Outcome extends Arrival {
  readonly ok: boolean;
  /** What no register can hold: nothing was moved. */
  readonly refused: readonly string[];
  readonly registers: readonly { readonly pe: number; readonly id: string; readonly name: string; readonly value: string }[];
  /** The source's dispatches and completions after the move; absent without `--verify-trace`. */
  readonly events?: readonly string[];
  readonly difference?: TraceDifference;
}

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function migrate(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('migrate', args, [...ownOptions, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(help());
    return 0;
  }
  const to = valueOf(parsed, 'to');
  if (to === undefined || !profiles.split('|').includes(to))
    throw new UsageError(
      `Option "--to" is ${to === undefined ? 'missing' : `"${to}"`}, expected one of ${profiles.replaceAll('|', ', ')}.`,
    );
  if (!parsed.options.has('at') && !parsed.options.has('at-instruction'))
    throw new UsageError('Where to migrate? Give --at SYMBOL+OFFSET, or --at-instruction N.');
  const from = valueOf(parsed, 'from');
  const asked = await askedGuest('migrate', parsed);
  const under = (profile: string) => parseLaunchArguments({ ...asked, sdei: { ...(asked.sdei as object | undefined), profile } });
  const sourceLaunch = from === undefined ? parseLaunchArguments(asked) : under(from);
  const destinationLaunch = under(to);
  const limit = numberOf(parsed, 'max-instructions', 1) ?? 100_000_000;

  const { target: source, images, pe } = await guestAt(sourceLaunch, parsed, streams);
  const dropped = parsed.options.get('drop');
  const drops = (Array.isArray(dropped) ? (dropped as readonly string[]) : []).map(
    (text) => registerNamed('drop', text, source.sdei.pseudoRegisters(0)).id,
  );
  const { pc } = source.pes[pe];
  const about = {
    from: sourceLaunch.machine.sdei.profile,
    to: destinationLaunch.machine.sdei.profile,
    at: { pe, pc: `0x${pc.toString(16)}`, place: images.describe(pc), instructions: source.time },
  };
  const result = await move();
  if (parsed.options.has('json')) streams.out(`${JSON.stringify({ ...about, ...result })}\n`);
  else {
    const problems = [...result.refused, ...result.missing, ...result.unexpected, ...result.differing];
    streams.out(`${about.from} to ${about.to}, PE${pe} at ${about.at.place}, after ${about.at.instructions} instructions\n`);
    for (const problem of problems) streams.out(`  ${problem}\n`);
    if (result.difference !== undefined) {
      const { what, source: here, destination: there } = result.difference;
      streams.out(`  The runs differ, first in ${what}:\n    source       ${here}\n    destination  ${there}\n`);
    }
    if (result.ok)
      streams.out(
        result.events === undefined
          ? '  All registers arrived.\n'
          : `  Both runs are the same to the end: ${result.events.length} dispatches and completions.\n`,
      );
  }
  return result.ok ? 0 : 1;

  async function move(): Promise<Outcome> {
    const stream = streamOf(source, new Set(sourceLaunch.machine.sdei.events.map(({ number }) => number)));
    if (!('machine' in stream)) return { ok: false, refused: stream, registers: [], missing: [], unexpected: [], differing: [] };
    const sent: MigrationStream = { ...stream, registers: stream.registers.filter(({ id }) => !drops.includes(id)) };
    const destination = makers.createTarget(destinationLaunch.machine);
    const arrival = arrive(destination, sent);
    const arrived = arrival.missing.length + arrival.unexpected.length + arrival.differing.length === 0;
    const registers = sent.registers.map(({ pe: of, id, name, value }) => ({ pe: of, id: idText(id), name, value: textOfRegister(value) }));
    if (!parsed.options.has('verify-trace')) return { ok: arrived, refused: [], registers, ...arrival };
    const sourceRun = await traceToEnd(source, limit);
    const difference = firstDifference(sourceRun, await traceToEnd(destination, limit));
    return {
      ok: arrived && difference === undefined,
      refused: [],
      registers,
      ...arrival,
      events: sourceRun.events,
      ...(difference === undefined ? {} : { difference }),
    };
  }
}
