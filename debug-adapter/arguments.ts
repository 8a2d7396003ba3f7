/** Shapes of request arguments as data, checked before a handler sees them. */
import { quoted } from './errors.ts';

export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'count'
  | 'reference'
  | 'object'
  | 'any'
  | readonly [Shape]
  | { readonly [key: string]: Shape };

/** Of a reference, as the protocol says of each: 2^31 - 1. A client may hear its own again. */
const LARGEST_REFERENCE = 2 ** 31 - 1;

const words: Record<string, string> = {
  string: 'a string',
  boolean: 'true or false',
  integer: 'a whole number',
  count: 'a whole number, 0 or more',
  reference: `a whole number from 0 to ${LARGEST_REFERENCE}`,
  object: 'an object',
};

/**
 * Compares a value with a shape. A key written `key?` may be absent (or null); keys that the shape does not name pass.
 * @returns what is wrong, in words that continue "Wrong arguments of X: ", or `undefined`
 */
export function problemOf(shape: Shape, value: unknown, where = 'arguments'): string | undefined {
  const expected = (what: string) => `"${where}" is ${describe(value)}, expected ${what}`;
  if (typeof shape === 'string') return matches(shape, value) ? undefined : expected(words[shape]);
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return expected('an array');
    for (const [index, item] of value.entries()) {
      const problem = problemOf(shape[0], item, `${where}[${index}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return expected('an object');
  const fields = value as Record<string, unknown>;
  for (const { key, optional, inner } of keysOf(shape as KeyedShape)) {
    const field = fields[key];
    if (field === undefined || field === null) {
      if (!optional) return `"${pathOf(where, key)}" is missing`;
      // What is null is as if it were not there.
      if (key in fields) delete fields[key];
      continue;
    }
    if (typeof inner === 'string' && matches(inner, field)) continue;
    const problem = problemOf(inner, field, pathOf(where, key));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const pathOf = (where: string, key: string): string => (where === 'arguments' ? key : `${where}.${key}`);

type KeyedShape = Readonly<Record<string, Shape>>;
interface Key {
  readonly key: string;
  readonly optional: boolean;
  readonly inner: Shape;
}
/** Each shape is read once: it is asked for at every request. */
const known = new WeakMap<KeyedShape, readonly Key[]>();
function keysOf(shape: KeyedShape): readonly Key[] {
  let keys = known.get(shape);
  if (keys === undefined) {
    keys = Object.entries(shape).map(([name, inner]) => {
      const optional = name.endsWith('?');
      return { key: optional ? name.slice(0, -1) : name, optional, inner };
    });
    known.set(shape, keys);
  }
  return keys;
}

function matches(shape: string, value: unknown): boolean {
  switch (shape) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'reference':
      return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= LARGEST_REFERENCE;
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'any':
      return true;
    default:
      return typeof value === shape;
  }
}

const describe = (value: unknown): string => (value === undefined ? 'missing' : quoted(value, 60));
