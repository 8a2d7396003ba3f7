/** Names of classes and variables as the linker has them: scopes and template arguments (Itanium C++ ABI §5.1.2, §5.1.5). */

const builtIn: Readonly<Record<string, string>> = {
  v: 'void',
  w: 'wchar_t',
  b: 'bool',
  c: 'char',
  a: 'signed char',
  h: 'unsigned char',
  s: 'short',
  t: 'unsigned short',
  i: 'int',
  j: 'unsigned int',
  l: 'long',
  m: 'unsigned long',
  x: 'long long',
  y: 'unsigned long long',
  n: '__int128',
  o: 'unsigned __int128',
  f: 'float',
  d: 'double',
  e: 'long double',
  Ds: 'char16_t',
  Di: 'char32_t',
  Du: 'char8_t',
  Dn: 'decltype(nullptr)',
};
const suffixes: Readonly<Record<string, string>> = { P: '*', R: '&', O: '&&', K: ' const', V: ' volatile' };
/** As demanglers write literals of a type (§5.1.5.9, "expr-primary"). */
const literalSuffixes: Readonly<Record<string, string>> = { i: '', j: 'u', l: 'l', m: 'ul', x: 'll', y: 'ull' };

/** Of what is written in another way than here: substitutions, expressions, functions. */
class NotRead extends Error {}

export interface EncodedName {
  /** With its scopes, as demanglers write it: `hw::Ring<int, 4>`. */
  readonly full: string;
  /** Of its last part, with the brackets; '': none. */
  readonly arguments: string;
}

/**
 * `6HolderIlE`, `N2hw4PortE`: what stands behind `_Z`, if it is nothing but names, with numbers, pointers and the like as arguments.
 * `undefined`: it is more than that.
 */
export function readEncodedName(encoded: string): EncodedName | undefined {
  let at = 0;
  const next = (text: string): boolean => {
    const isNext = encoded.startsWith(text, at);
    if (isNext) at += text.length;
    return isNext;
  };
  const matched = (pattern: RegExp): string => {
    const [found = ''] = pattern.exec(encoded.slice(at)) ?? [];
    at += found.length;
    return found;
  };

  function sourceName(): string {
    const length = matched(/^\d+/);
    if (length === '') throw new NotRead();
    const name = encoded.slice(at, at + Number(length));
    at += Number(length);
    matched(/^B\d+\w*?(?=[EIN])/);
    return name.startsWith('_GLOBAL__N_') ? '(anonymous namespace)' : name;
  }
  function name(): EncodedName {
    const isNested = next('N');
    let full = next('St') ? 'std' : '';
    let last = '';
    do {
      const part = sourceName();
      last = next('I') ? `<${list()}>` : '';
      full += `${full === '' ? '' : '::'}${part}${last}`;
    } while (isNested && !next('E'));
    return { full, arguments: last };
  }
  function list(): string {
    const found: string[] = [];
    while (!next('E')) found.push(next('J') ? list() : argument());
    return found.filter((one) => one !== '').join(', ');
  }
  function argument(): string {
    if (!next('L')) return type();
    if (next('_Z')) throw new NotRead();
    const of = encoded[at];
    const named = type();
    const value = matched(/^n?\d+/).replace('n', '-');
    if (value === '' || !next('E')) throw new NotRead();
    if (of === 'b') return value === '0' ? 'false' : 'true';
    const suffix = literalSuffixes[of];
    return suffix === undefined ? `(${named})${value}` : value + suffix;
  }
  function type(): string {
    const suffix = suffixes[encoded[at]];
    if (suffix !== undefined) {
      at++;
      return type() + suffix;
    }
    const word = builtIn[encoded.slice(at, at + 2)] === undefined ? encoded.slice(at, at + 1) : encoded.slice(at, at + 2);
    const plain = builtIn[word];
    if (plain === undefined) return name().full;
    at += word.length;
    return plain;
  }

  try {
    const read = name();
    return at === encoded.length ? read : undefined;
  } catch (error) {
    if (error instanceof NotRead) return undefined;
    throw error;
  }
}
