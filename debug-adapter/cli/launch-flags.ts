/** Launch keys as command-line flags: the same names in kebab case, the same checks. */
import { type LaunchKey, launchKeys } from '../launch-keys.ts';
import { type Option, type ParsedOptions, UsageError } from './options.ts';

interface Flag {
  readonly option: Option;
  readonly path: readonly string[];
  readonly key: LaunchKey;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const words = { string: 'TEXT', integer: 'N', boolean: 'true|false', array: 'TEXT', object: 'JSON' };

function flagsOf(keys: readonly LaunchKey[], path: readonly string[] = []): Flag[] {
  return keys.flatMap((key): Flag[] => {
    const here = [...path, key.name];
    if (key.type === 'object' && key.keys !== undefined) return flagsOf(key.keys, here);
    const isJson = key.type === 'object' || (key.type === 'array' && key.also === undefined);
    const value = key.type === 'boolean' ? undefined : (key.values?.join('|') ?? (isJson ? 'JSON' : words[key.type]));
    return [
      {
        key,
        path: here,
        option: { name: here.map(kebab).join('-'), value, repeats: key.type === 'array' && !isJson, description: key.description },
      },
    ];
  });
}

/** Of an editor's session; for gdb there is `sdei-debug gdb-server`, for traces `sdei-debug query`. */
const notFlags = new Set(['program', 'gdbServer', 'stepIntoHandlers', 'stopAtEnd', 'trace', 'bootCache']);

const flags = flagsOf(launchKeys.filter(({ name }) => !notFlags.has(name)));

export const launchOptions: readonly Option[] = flags.map(({ option }) => option);

/** What the flags say, as launch.json would. @throws UsageError */
export function launchFromFlags(parsed: ParsedOptions): Record<string, unknown> {
  const launch: Record<string, unknown> = {};
  for (const { option, path, key } of flags) {
    const given = parsed.options.get(option.name);
    if (given === undefined) continue;
    let place = launch;
    for (const name of path.slice(0, -1)) place = (place[name] ??= {}) as Record<string, unknown>;
    place[path[path.length - 1]] = valueOfFlag(option, key, given);
  }
  return launch;
}

function valueOfFlag(option: Option, key: LaunchKey, given: true | readonly string[]): unknown {
  if (given === true) return true;
  const text = given[given.length - 1];
  if (option.repeats) return given;
  if (option.value === 'JSON') {
    try {
      return JSON.parse(text);
    } catch {
      throw new UsageError(`Option "--${option.name}" is "${text}", expected JSON.`);
    }
  }
  if (key.also === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (key.also === 'array' && text.includes(',')) return text.split(',').map(Number);
  return key.type === 'integer' && /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : text;
}
