/** `sdei-debug conform`: the SDEI cases against our dispatcher. */
import { runConformance, textFromReport } from './conform.ts';
import { helpOf, type Option, parseOptions, UsageError, valueOf } from './options.ts';
import type { Streams } from './streams.ts';

const profiles = ['spec', 'tfa', 'kvm', 'qemu'] as const;

const options: readonly Option[] = [
  { name: 'profile', value: profiles.join('|'), description: 'Whose behaviour is checked; default spec.' },
  { name: 'shard', value: 'I/N', description: 'Only part I of N.' },
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

/** @returns the exit status. @throws UsageError */
export function conform(args: readonly string[], streams: Streams): number {
  const parsed = parseOptions('conform', args, options);
  if (parsed.options.has('help')) {
    streams.out(
      `sdei-debug conform [CASE or GROUP ...] [options]\n\nExit status: 0 all pass, 1 some do not, 2 wrong usage.\n\n${helpOf(options)}\n`,
    );
    return 0;
  }
  const name = valueOf(parsed, 'profile') ?? 'spec';
  const profile = profiles.find((known) => known === name);
  if (profile === undefined) throw new UsageError(`Option "--profile" is "${name}", expected one of ${profiles.join(', ')}.`);
  const shardText = valueOf(parsed, 'shard');
  const shard = shardText === undefined ? undefined : /^(\d+)\/(\d+)$/.exec(shardText);
  if (shard === null) throw new UsageError(`Option "--shard" is "${shardText}", expected a part and a count such as 1/8.`);
  try {
    const report = runConformance({
      profile,
      ...(parsed.words.length === 0 ? {} : { only: parsed.words }),
      ...(shard === undefined ? {} : { shard: { index: Number(shard[1]), count: Number(shard[2]) } }),
    });
    streams.out(parsed.options.has('json') ? `${JSON.stringify(report)}\n` : `${textFromReport(report)}\n`);
    return report.failed === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
