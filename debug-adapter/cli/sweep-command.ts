/** `sdei-debug sweep`: where an event breaks what it interrupts. */
import type { Images } from '../images.ts';
import { parseLaunchArguments } from '../launch-arguments.ts';
import { namedPlace } from '../named-place.ts';
import { launchFileOptions } from './asked-launch.ts';
import { askedGuest, guestOptions } from './guest-at.ts';
import { launchOptions } from './launch-flags.ts';
import { helpOf, numberOf, type Option, parseOptions, UsageError, valueOf } from './options.ts';
import { startGuest } from './started-guest.ts';
import type { Streams } from './streams.ts';
import { type SweepReport, sweep } from './sweep.ts';

const MOST_POINTS = 10_000;
const MOST_INSTRUCTIONS = 100_000_000;
const LATE = 100_000;
/** Of a range, in bytes: as much as the code of a kernel. Each of its instructions is a breakpoint at first. */
const MOST_BYTES = 16 << 20;
/** Of places that are listed for the same message; `--json` has all. */
const MOST_LISTED = 3;

const ownOptions: readonly Option[] = [
  ...launchFileOptions,
  { name: 'event', value: 'N', description: 'Which event; default 0.' },
  {
    name: 'range',
    value: 'FUNCTION',
    description: 'Where: a function, or FROM..TO (symbols with an offset, or addresses; TO is not in it).',
  },
  {
    name: 'invariant',
    value: 'EXPRESSION',
    repeats: true,
    description: 'In C: must not be 0 where the handler begins, and behind its end. Names are those of the range.',
  },
  { name: 'points', value: 'N', description: `The first N instructions that are executed there; default ${MOST_POINTS}.` },
  { name: 'max-instructions', value: 'N', description: `Of the run without the event; default ${MOST_INSTRUCTIONS}.` },
  { name: 'late', value: 'N', description: `How many instructions later than it the others may end; default ${LATE}.` },
  { name: 'shard', value: 'I/N', description: 'Only part I of N.' },
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

const help = () => `sdei-debug sweep GUEST.elf --range FUNCTION [options]
sdei-debug sweep --kernel IMAGE --symbols vmlinux --range FUNCTION [options]

Raises an event at each instruction that the guest executes in a range, each time in a run of its own, and tells where that breaks
something: an --invariant, registers that a handler must not change, an exception in a handler, or a run that ends otherwise.
Exit status: 0 nothing breaks; 1 something does; 2 wrong usage or input.

${helpOf(ownOptions)}

Launch keys (as in launch.json):
${helpOf(guestOptions)}
`;

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function sweepCommand(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('sweep', args, [...ownOptions, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(help());
    return 0;
  }
  const launch = parseLaunchArguments(await askedGuest('sweep', parsed));
  const text = valueOf(parsed, 'range');
  if (text === undefined) throw new UsageError('Where? Give --range FUNCTION, or --range FROM..TO.');
  const event = numberOf(parsed, 'event', 0) ?? 0;
  const shard = shardOf(valueOf(parsed, 'shard'));
  const given = parsed.options.get('invariant');
  const guest = await startGuest(launch, streams);
  const { target, images } = guest;
  const events = [...new Set(target.sdei.events.map(({ number }) => number))];
  if (!events.includes(event)) throw new UsageError(`Option "--event" is "${event}", and the machine has the events ${events.join(', ')}.`);
  target.timeTravel.keepHistory(launch.historyBytes ?? 1 << 28);
  const range = () => rangeOf(text, images);
  range();
  const begun = performance.now();
  const report = await sweep(guest, {
    event,
    range,
    invariants: Array.isArray(given) ? (given as readonly string[]) : [],
    maxPoints: numberOf(parsed, 'points', 1) ?? MOST_POINTS,
    maxInstructions: numberOf(parsed, 'max-instructions', 1) ?? MOST_INSTRUCTIONS,
    late: numberOf(parsed, 'late', 0) ?? LATE,
    ...(shard && { shard }),
  });
  const seconds = (performance.now() - begun) / 1000;
  if (report.executed === 0)
    throw new UsageError(`Option "--range" is "${text}", and the run (${report.undisturbed}) executes nothing there.`);
  // Not of this part alone: in each part that would be no error, and nothing would have been tried.
  if (!report.isHandled)
    throw new UsageError(
      `Option "--event" is "${event}", and ${
        report.isCut
          ? `at the first ${report.executed} instructions executed in ${text} there is no handler for it. Give more --points, or`
          : `wherever ${text} is executed there is no handler for it. Give`
      } a range behind its registration.`,
    );
  const { isHandled: _, ...told } = report;
  if (parsed.options.has('json')) streams.out(`${JSON.stringify({ event, range: text, ...told, seconds })}\n`);
  else streams.out(textOf(event, text, report));
  return report.findings.length === 0 ? 0 : 1;
}

function textOf(event: number, range: string, { executed, points, refused, isCut, findings }: SweepReport): string {
  const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
  const part = points === executed ? '' : `${points} of `;
  const first = isCut ? 'the first ' : '';
  const head = `Event ${event} at ${part}${first}${plural(executed, 'instruction')} executed in ${range}${refused === 0 ? '' : `; ${plural(refused, 'time')} there was no handler for it`}.`;
  const broken = new Set(findings.map(({ inject }) => inject)).size;
  const lines = [...new Set(findings.map(({ message }) => message))].flatMap((message) => {
    const same = findings.filter((one) => one.message === message);
    const more = same.length - MOST_LISTED;
    return [
      `  ${message}`,
      ...same.slice(0, MOST_LISTED).map(({ inject, place }) => `      --inject '${inject}'  ${place}`),
      ...(more > 0 ? [`      and ${more} more (--json lists them)`] : []),
    ];
  });
  const calm = points === refused ? 'It was not raised in this part.' : 'Nothing breaks.';
  const verdict = findings.length === 0 ? calm : `${plural(broken, 'point')} where it breaks something:`;
  return `${[head, verdict, ...lines].join('\n')}\n`;
}

/** @throws UsageError */
function rangeOf(text: string, images: Images): { low: bigint; high: bigint } {
  const wrong = (problem: string) => new UsageError(`Option "--range" is "${text}", ${problem}`);
  const find = (name: string) => {
    const found = namedPlace(name, images);
    if ('problem' in found) throw wrong(`but ${found.problem}`);
    return found;
  };
  const [from, to, ...more] = text.split('..');
  if (more.length > 0) throw wrong('which has more than two ends. Give a function, or FROM..TO.');
  const { address: low, size = 0 } = find(from);
  const high = to === undefined ? low + BigInt(size) : find(to).address;
  if (high <= low) throw wrong('which holds no instruction. Give a function, or FROM..TO.');
  if (high - low > MOST_BYTES) throw wrong(`which has ${high - low} bytes, and ${MOST_BYTES} are the most. Give less of it.`);
  return { low, high };
}

/** @throws UsageError */
function shardOf(text: string | undefined): { index: number; count: number } | undefined {
  if (text === undefined) return undefined;
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index === undefined || index < 1 || index > count)
    throw new UsageError(`Option "--shard" is "${text}", expected a part and a count such as 1/8.`);
  return { index, count };
}
