/** Values of a launch configuration against the keys that there are. */
import { unknownLaunchKey, wrongLaunchType } from './errors.ts';
import type { LaunchKey } from './launch-keys.ts';
import { nearest } from './nearest.ts';

/**
 * @param prefix of the keys' names in messages
 * @returns the values, with defaults
 * @throws UserError naming the first key that is wrong, its value and the mend
 */
export function checkKeys(
  given: Readonly<Record<string, unknown>>,
  keys: readonly LaunchKey[],
  prefix: string,
  ignored: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const known = new Map(keys.map((key) => [key.name, key]));
  for (const name of Object.keys(given)) {
    if (ignored.has(name) || name.startsWith('__')) continue;
    const key = known.get(name);
    if (key === undefined) {
      const guess = nearest(name, known.keys());
      throw unknownLaunchKey(prefix + name, guess === undefined ? undefined : prefix + guess);
    }
    if (given[name] !== undefined && given[name] !== null) checkValue(key, given[name], prefix + name);
  }
  return Object.fromEntries(keys.map((key) => [key.name, given[key.name] ?? key.default]));
}

function checkValue(key: LaunchKey, value: unknown, path: string): void {
  const is = typeOf(value);
  if (is !== key.type && is !== key.also) throw wrongLaunchType(path, value, expectation(key));
  if (typeof value === 'number' && key.type === 'integer') {
    if (value < (key.minimum ?? -Infinity) || value > (key.maximum ?? Infinity)) throw wrongLaunchType(path, value, expectation(key));
  }
  if (key.values !== undefined && !key.values.includes(value as string)) {
    const guess = typeof value === 'string' ? nearest(value, key.values) : undefined;
    throw wrongLaunchType(path, value, expectation(key), guess);
  }
  if (key.keys !== undefined && is === 'object') checkKeys(value as Record<string, unknown>, key.keys, `${path}.`);
}

export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return value === null ? 'null' : typeof value;
}

const typeWords = { string: 'a string', boolean: 'true or false', integer: 'a whole number', object: 'an object', array: 'a list' };

function expectation(key: LaunchKey): string {
  if (key.values !== undefined) return `one of ${key.values.map((value) => `"${value}"`).join(', ')}`;
  if (key.type === 'integer' && key.maximum !== undefined) {
    return `a whole number from ${key.minimum ?? 0} to ${key.maximum}${key.also === undefined ? '' : ` or ${typeWords[key.also]}`}`;
  }
  return key.also === undefined ? typeWords[key.type] : `${typeWords[key.type]} or ${typeWords[key.also]}`;
}

/** A list of strings, or the one string that stands for it. @throws UserError */
export function listOf(path: string, value: unknown): string[] {
  const list = typeof value === 'string' ? [value] : (value as unknown[]);
  for (const [index, item] of list.entries()) if (typeof item !== 'string') throw wrongLaunchType(`${path}[${index}]`, item, 'a string');
  return list as string[];
}
