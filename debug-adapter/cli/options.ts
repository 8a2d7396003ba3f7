/** Command-line words as data: what a command accepts, and one-line errors for what it does not. */
import { nearest } from '../nearest.ts';

/** The command line or an input file is wrong; `message` is one line that says how to mend it. */
export class UsageError extends Error {}

export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** What follows: absent for a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeats?: boolean;
  readonly description: string;
}

export interface ParsedOptions {
  readonly words: readonly string[];
  /** Switches: `true`; others: the values in order. */
  readonly options: ReadonlyMap<string, true | readonly string[]>;
}

/** Takes `--name value` and `--name=value`. @throws UsageError */
export function parseOptions(command: string, given: readonly string[], known: readonly Option[]): ParsedOptions {
  const words: string[] = [];
  const options = new Map<string, true | readonly string[]>();
  for (let index = 0; index < given.length; index++) {
    const word = given[index];
    if (!word.startsWith('--') || word === '--') {
      if (word.startsWith('-') && word.length > 1)
        throw new UsageError(`Unknown option "${word}" of ${command}. Try "sdei-debug ${command} --help".`);
      words.push(word);
      continue;
    }
    const [, name, inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? ['', word.slice(2)];
    const option = known.find((candidate) => candidate.name === name);
    if (option === undefined) {
      const guess = nearest(
        name,
        known.map((candidate) => candidate.name),
      );
      throw new UsageError(
        `Unknown option "--${name}" of ${command}. ${guess === undefined ? `Try "sdei-debug ${command} --help".` : `Did you mean "--${guess}"?`}`,
      );
    }
    if (option.value === undefined) {
      if (inline !== undefined) throw new UsageError(`Option "--${name}" takes no value, but "${inline}" was given. Write "--${name}".`);
      options.set(name, true);
      continue;
    }
    const value = inline ?? given[++index];
    if (value === undefined) throw new UsageError(`Option "--${name}" needs a value: --${name} ${option.value}.`);
    const before = options.get(name);
    if (before !== undefined && !option.repeats) throw new UsageError(`Option "--${name}" is given twice. Give it once.`);
    options.set(name, [...(Array.isArray(before) ? (before as readonly string[]) : []), value]);
  }
  return { words, options };
}

export const helpOf = (options: readonly Option[]): string =>
  options.map(({ name, value, description }) => `  --${`${name} ${value ?? ''}`.padEnd(28)} ${description}`).join('\n');

/** The last value of an option. */
export function valueOf({ options }: ParsedOptions, name: string): string | undefined {
  const values = options.get(name);
  return values === undefined || values === true ? undefined : values.at(-1);
}

/** @throws UsageError unless the option is absent or a whole number within bounds */
export function numberOf(parsed: ParsedOptions, name: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
  const text = valueOf(parsed, name);
  if (text === undefined) return undefined;
  const number = /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(Number.isSafeInteger(number) && number >= minimum && number <= maximum)) {
    throw new UsageError(`Option "--${name}" is "${text}", expected a whole number from ${minimum} to ${maximum}.`);
  }
  return number;
}
