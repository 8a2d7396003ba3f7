/** Which guest a command is about, and its settings: a word, flags, and the launch.json that they go before. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { launchFromFile } from './launch-file.ts';
import { launchFromFlags } from './launch-flags.ts';
import { type Option, type ParsedOptions, UsageError, valueOf } from './options.ts';

export const launchFileOptions: readonly Option[] = [
  {
    name: 'launch',
    value: 'FILE',
    description: 'Take the settings of a launch.json (-: from standard input); flags given here go before them.',
  },
  { name: 'config', value: 'NAME', description: 'Which configuration of --launch; not needed if there is one.' },
];

/** Launch arguments, not checked yet. @throws UsageError */
export async function askedLaunch(command: string, parsed: ParsedOptions): Promise<Record<string, unknown>> {
  const file = valueOf(parsed, 'launch');
  const [program, more] = parsed.words;
  if (more !== undefined) throw new UsageError(`One guest at a time, but "${more}" was given besides "${program}".`);
  if (file === undefined && parsed.options.has('config')) throw new UsageError('Option "--config" needs --launch FILE.');
  if (file === undefined && program === undefined && !parsed.options.has('kernel'))
    throw new UsageError(
      `Which guest? Write "sdei-debug ${command} GUEST.elf" or "sdei-debug ${command} --kernel IMAGE", or give --launch FILE.`,
    );
  const fromFile = file === undefined ? {} : launchFromFile(file, await readText(file), valueOf(parsed, 'config'));
  const fromFlags = launchFromFlags(parsed);
  return {
    ...fromFile,
    ...fromFlags,
    ...(fromFile.sdei !== undefined && fromFlags.sdei !== undefined
      ? { sdei: { ...(fromFile.sdei as object), ...(fromFlags.sdei as object) } }
      : {}),
    ...(program === undefined ? {} : { program }),
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await (file === '-' ? text(process.stdin) : readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`Cannot read "${file}" (--launch): ${(error as Error).message}.`);
  }
}
