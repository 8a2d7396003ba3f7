/** `sdei-debug diff`: how two runs end, beside each other. */
import { nodeHost } from '../node-host.ts';
import { differencesOf, endReport, type ReportSection } from '../trace/end-report.ts';
import { openTrace, recordsOfTrace } from '../trace/open-trace.ts';
import { recordsOf } from '../trace/records.ts';
import { helpOf, type Option, parseOptions, UsageError } from './options.ts';
import { loadRecordedGuest } from './recorded-guest.ts';
import type { Streams } from './streams.ts';

const ownOptions: readonly Option[] = [
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

const help = () => `sdei-debug diff ONE.sdeitrace[#BRANCH] OTHER.sdeitrace[#BRANCH] [options]

Repeats two runs, or two futures of one, and tells in what their ends differ: deliveries, SDEI, console, registers.
Exit status: 0 nothing differs; 1 something does; 2 wrong usage or input.

${helpOf(ownOptions)}
`;

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function diff(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('diff', args, ownOptions);
  if (parsed.options.has('help')) {
    streams.out(help());
    return 0;
  }
  const [one, other, more] = parsed.words;
  if (other === undefined || more !== undefined)
    throw new UsageError(
      'Which two? Write "sdei-debug diff ONE.sdeitrace OTHER.sdeitrace", with "#BRANCH" behind a file for one of its branches.',
    );
  const differences = differencesOf(await endOf(one, streams), await endOf(other, streams));
  if (parsed.options.has('json')) streams.out(`${JSON.stringify({ one, other, differences })}\n`);
  else {
    streams.out(`--- ${one}\n+++ ${other}\n`);
    for (const { section, one: here, other: there } of differences)
      streams.out(`${section}\n${here.map((line) => `- ${line}\n`).join('')}${there.map((line) => `+ ${line}\n`).join('')}`);
  }
  return differences.length === 0 ? 0 : 1;
}

async function endOf(word: string, streams: Streams): Promise<readonly ReportSection[]> {
  const [, file = word, branch] = /^(.*?\.sdeitrace)#(.+)$/.exec(word) ?? [];
  const { given, host, trace } = await openTrace(file, nodeHost);
  const { recording, branches } = trace.manifest;
  const wanted =
    branch === undefined || branch === branches?.current ? recording : branches?.others.find(({ name }) => name === branch)?.recording;
  if (wanted === undefined) {
    const known =
      branches === undefined ? 'It has none' : `There are: ${[branches.current, ...branches.others.map(({ name }) => name)].join(', ')}`;
    throw new UsageError(`"${file}" has no branch "${branch}". ${known}.`);
  }
  const { target, images } = await loadRecordedGuest(given, streams, host, trace);
  target.timeTravel.follow(wanted);
  const { console } = wanted === recording ? await recordsOfTrace(target, images, trace) : await recordsOf(target, images);
  return endReport(
    target,
    images,
    console.map(({ text }) => String(text)),
  );
}
