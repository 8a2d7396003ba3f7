/** `sdei-debug scenario`: a question about dispatchers, answered by running it. */
import { nearest } from '../nearest.ts';
import { endings, runKdumpCpuOff, type ScenarioRow, scenarioProfiles } from './kdump-cpu-off.ts';
import { helpOf, type Option, parseOptions, UsageError, valueOf } from './options.ts';
import type { Streams } from './streams.ts';

const scenarios = { 'kdump-cpu-off': 'a PE is stopped by event 0; how may its handler end so that a dump kernel can use SDEI?' };

const options: readonly Option[] = [
  { name: 'profile', value: scenarioProfiles.join('|'), description: 'Only this dispatcher; default all.' },
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

/** @returns the exit status. @throws UsageError */
export async function scenario(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('scenario', args, options);
  if (parsed.options.has('help')) {
    const list = Object.entries(scenarios).map(([name, question]) => `  ${name}  ${question}`);
    streams.out(
      `sdei-debug scenario NAME [options]\n\n${list.join('\n')}\n\nExit status: 0 the table was made, 2 wrong usage.\n\n${helpOf(options)}\n`,
    );
    return 0;
  }
  const [name, ...more] = parsed.words;
  if (name === undefined || more.length > 0 || !Object.hasOwn(scenarios, name)) {
    const guess = name === undefined ? undefined : nearest(name, Object.keys(scenarios));
    throw new UsageError(
      `${name === undefined ? 'Which scenario?' : `Unknown scenario "${parsed.words.join(' ')}".`} ${guess === undefined ? `There is ${Object.keys(scenarios).join(', ')}.` : `Did you mean "${guess}"?`}`,
    );
  }
  const only = valueOf(parsed, 'profile');
  const profiles = scenarioProfiles.filter((profile) => only === undefined || profile === only);
  if (profiles.length === 0) throw new UsageError(`Option "--profile" is "${only}", expected one of ${scenarioProfiles.join(', ')}.`);
  const rows: ScenarioRow[] = [];
  for (const ending of endings.keys()) for (const profile of profiles) rows.push(await runKdumpCpuOff(profile, ending));
  streams.out(parsed.options.has('json') ? `${JSON.stringify({ scenario: name, rows })}\n` : textOf(rows));
  return 0;
}

function textOf(rows: readonly ScenarioRow[]): string {
  const lines: string[] = [];
  for (const { id, title } of endings) {
    lines.push(`The handler on PE 1 ends by: ${title}`);
    for (const { profile, residual, firstFailure, end } of rows.filter(({ ending }) => ending === id)) {
      lines.push(`  ${profile.padEnd(5)} left behind: ${residual.text}`);
      lines.push(
        `        second payload: ${firstFailure === undefined ? (end === 'system-off' ? 'everything succeeds' : `stuck (${end})`) : failureText(firstFailure)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function failureText({ pe, call, result, rule }: NonNullable<ScenarioRow['firstFailure']>): string {
  return call === 'event 0 arrives' ? `event 0 never arrives on PE ${pe}. ${rule}` : `${call} on PE ${pe} returns ${result}: ${rule}`;
}
