/** `sdei-debug conform`: the SDEI cases against our dispatcher. */
import { writeFile } from 'node:fs/promises';
import { runConformance, textFromReport } from './conform.ts';
import { compareProfiles, textFromGuestReport } from './conform-guest.ts';
import { junitFromReport } from './junit.ts';
import { launchFromFlags, launchOptions } from './launch-flags.ts';
import { helpOf, numberOf, type Option, type ParsedOptions, parseOptions, UsageError, valueOf } from './options.ts';
import type { Streams } from './streams.ts';

const profiles = ['spec', 'tfa', 'kvm', 'qemu'] as const;
const clients = ['EL1', 'EL2'] as const;

const options: readonly Option[] = [
  { name: 'profile', value: profiles.join('|'), description: 'Whose behaviour is checked; default spec.' },
  { name: 'client', value: clients.join('|'), description: 'Exception level of the client: EL1 by HVC, EL2 (VHE) by SMC; default EL1.' },
  { name: 'shard', value: 'I/N', description: 'Only part I of N.' },
  { name: 'junit', value: 'FILE', description: 'Write the results as JUnit XML too.' },
  { name: 'guest', value: 'GUEST.elf', description: 'Instead: run this guest under every profile and say where it depends on one.' },
  { name: 'max-instructions', value: 'N', description: 'With --guest: end each run after N instructions; default 100000000.' },
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

/** @returns the exit status. @throws UsageError */
export async function conform(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('conform', args, [...options, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(
      `sdei-debug conform [CASE or GROUP ...] [options]\n\nExit status: 0 all pass, 1 some do not (or the guest depends on the profile), 2 wrong usage.\n\n${helpOf(options)}\n\nWith --guest, launch keys (as in launch.json):\n${helpOf(launchOptions.filter(({ name }) => name !== 'client'))}\n`,
    );
    return 0;
  }
  const guest = valueOf(parsed, 'guest');
  if (guest !== undefined) return conformGuest(guest, parsed, streams);
  const foreign = launchOptions.find((option) => option.name !== 'client' && parsed.options.has(option.name));
  if (foreign !== undefined) throw new UsageError(`Option "--${foreign.name}" is about a guest. Give one with --guest GUEST.elf.`);
  const name = valueOf(parsed, 'profile') ?? 'spec';
  const profile = profiles.find((known) => known === name);
  if (profile === undefined) throw new UsageError(`Option "--profile" is "${name}", expected one of ${profiles.join(', ')}.`);
  const level = valueOf(parsed, 'client') ?? 'EL1';
  const client = clients.find((known) => known === level);
  if (client === undefined) throw new UsageError(`Option "--client" is "${level}", expected ${clients.join(' or ')}.`);
  const shardText = valueOf(parsed, 'shard');
  const shard = shardText === undefined ? undefined : /^(\d+)\/(\d+)$/.exec(shardText);
  if (shard === null) throw new UsageError(`Option "--shard" is "${shardText}", expected a part and a count such as 1/8.`);
  try {
    const begun = performance.now();
    const report = runConformance({
      profile,
      client,
      ...(parsed.words.length === 0 ? {} : { only: parsed.words }),
      ...(shard === undefined ? {} : { shard: { index: Number(shard[1]), count: Number(shard[2]) } }),
    });
    const seconds = (performance.now() - begun) / 1000;
    const junit = valueOf(parsed, 'junit');
    if (junit !== undefined) await write(junit, junitFromReport(report, seconds));
    if (parsed.options.has('json')) streams.out(`${JSON.stringify({ ...report, seconds })}\n`);
    else streams.out(`${textFromReport(report)}\n${seconds.toFixed(2)} s\n`);
    return report.failed === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

async function conformGuest(guest: string, parsed: ParsedOptions, streams: Streams): Promise<number> {
  const foreign = ['profile', 'shard', 'junit', 'sdei-profile'].find((name) => parsed.options.has(name)) ?? parsed.words[0];
  if (foreign !== undefined) throw new UsageError(`Option "--guest" runs the guest under every profile: leave out "${foreign}".`);
  const report = await compareProfiles(guest, launchFromFlags(parsed), numberOf(parsed, 'max-instructions', 1) ?? 100_000_000, streams);
  streams.out(parsed.options.has('json') ? `${JSON.stringify(report)}\n` : `${textFromGuestReport(report)}\n`);
  return report.independent ? 0 : 1;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new UsageError(`Cannot write "${file}" (--junit): ${(error as Error).message}.`);
  }
}
