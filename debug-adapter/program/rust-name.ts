/** What stands in the source for a linker's name of Rust: "Symbol Mangling" in the rustc book (v0), and the one before it, which looks like C++. */

/** @returns `undefined` if it is none, or one that this cannot read */
export function readRustName(name: string): string | undefined {
  // What optimization appends begins with a point: `.llvm.123`, `.cold`.
  const [, modern] = /^_R([A-Z]\w*)(?:\..*)?$/.exec(name) ?? [];
  if (modern !== undefined) return new NewName(modern).read();
  const legacy = /^_ZN(.*)17h[0-9a-f]{16}E(?:\..*)?$/.exec(name);
  return legacy ? readLegacy(legacy[1]) : undefined;
}

const legacyEscapes: Readonly<Record<string, string>> = { SP: '@', BP: '*', RF: '&', LT: '<', GT: '>', LP: '(', RP: ')', C: ',' };

function readLegacy(encoded: string): string | undefined {
  const parts: string[] = [];
  for (let at = 0; at < encoded.length; ) {
    const [digits = ''] = /^[1-9]\d*/.exec(encoded.slice(at)) ?? [];
    const begin = at + digits.length;
    at = begin + Number(digits);
    if (digits === '' || at > encoded.length) return undefined;
    parts.push(readLegacyPart(encoded.slice(begin, at)));
  }
  return parts.length === 0 ? undefined : parts.join('::');
}

/** An underscore stands before what would otherwise begin with an escape. */
const readLegacyPart = (part: string): string =>
  part
    .replace(/^_(?=\$)/, '')
    .replaceAll('..', '::')
    .replaceAll(/\$(?:u([0-9a-f]{1,6})|([A-Z]+))\$/g, (escape, code: string | undefined, word: string) =>
      code === undefined ? (legacyEscapes[word] ?? escape) : String.fromCodePoint(Number.parseInt(code, 16)),
    );

const basicTypes: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
};
const MOST_NESTED = 200;
/** Names may refer back to parts of themselves, which makes short ones endless. */
const LONGEST = 20_000;

class Unreadable extends Error {}

/** By recursive descent along the book's grammar, whose names the methods have. */
class NewName {
  readonly #encoded: string;
  #at = 0;
  #depth = 0;
  #written = 0;
  /** Lifetimes that `for<…>` has introduced around here. */
  #lifetimes = 0;

  constructor(encoded: string) {
    this.#encoded = encoded;
  }

  read(): string | undefined {
    try {
      const path = this.#path(true);
      // The crate that has instantiated it, which is not shown.
      if (this.#at < this.#encoded.length) this.#path(false);
      return this.#at === this.#encoded.length ? path : undefined;
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  #peek(letter: string): boolean {
    return this.#encoded[this.#at] === letter;
  }
  #eat(letter: string): boolean {
    const is = this.#peek(letter);
    if (is) this.#at++;
    return is;
  }
  #next(): string {
    const letter = this.#encoded[this.#at++];
    if (letter === undefined) throw new Unreadable();
    return letter;
  }
  #nested<Result>(read: () => Result): Result {
    if (++this.#depth > MOST_NESTED || (this.#written += 1) > LONGEST) throw new Unreadable();
    const result = read();
    this.#depth--;
    return result;
  }
  #until<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    while (!this.#eat('E')) items.push(read());
    return items;
  }

  /** Those of 64 bits tell crates apart, and need not be exact. */
  #base62(): number {
    if (this.#eat('_')) return 0;
    let value = 0;
    for (;;) {
      const letter = this.#next();
      if (letter === '_') return value + 1;
      const digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(letter);
      if (digit < 0) throw new Unreadable();
      value = value * 62 + digit;
    }
  }
  #optional(tag: string): number {
    return this.#eat(tag) ? this.#base62() + 1 : 0;
  }
  #backref<Result>(read: () => Result): Result {
    const begin = this.#at - 1;
    const to = this.#base62();
    if (to >= begin) throw new Unreadable();
    const after = this.#at;
    this.#at = to;
    const result = this.#nested(read);
    this.#at = after;
    return result;
  }

  #identifier(): { readonly name: string; readonly disambiguator: number } {
    const disambiguator = this.#optional('s');
    return { name: this.#undisambiguated(), disambiguator };
  }
  #undisambiguated(): string {
    const isPunycode = this.#eat('u');
    const [digits = ''] = /^(?:0|[1-9]\d*)/.exec(this.#encoded.slice(this.#at)) ?? [];
    if (digits === '') throw new Unreadable();
    this.#at += digits.length;
    this.#eat('_');
    const name = this.#encoded.slice(this.#at, this.#at + Number(digits));
    if (name.length < Number(digits)) throw new Unreadable();
    this.#at += name.length;
    return isPunycode ? `punycode{${name.replace(/_(?=[^_]*$)/, '-')}}` : name;
  }

  /** @param isValue in an expression: generic arguments stand behind `::` */
  #path(isValue: boolean): string {
    return this.#nested(() => {
      const tag = this.#next();
      switch (tag) {
        case 'C':
          return this.#identifier().name;
        case 'M':
        case 'X': {
          // Where the `impl` stands, which is not shown.
          this.#optional('s');
          this.#path(false);
          const type = this.#type();
          return tag === 'M' ? `<${type}>` : `<${type} as ${this.#path(false)}>`;
        }
        case 'Y': {
          const type = this.#type();
          return `<${type} as ${this.#path(false)}>`;
        }
        case 'N': {
          const namespace = this.#next();
          const path = this.#path(isValue);
          const { name, disambiguator } = this.#identifier();
          if (/[a-z]/.test(namespace)) return name === '' ? path : `${path}::${name}`;
          const kind = namespace === 'C' ? 'closure' : namespace === 'S' ? 'shim' : namespace;
          return `${path}::{${kind}${name === '' ? '' : `:${name}`}#${disambiguator}}`;
        }
        case 'I': {
          const path = this.#path(isValue);
          const list = this.#until(() => this.#genericArgument());
          return `${path}${isValue ? '::' : ''}<${list.join(', ')}>`;
        }
        case 'B':
          return this.#backref(() => this.#path(isValue));
        default:
          throw new Unreadable();
      }
    });
  }

  #genericArgument(): string {
    if (this.#eat('L')) return this.#lifetime(this.#base62());
    return this.#eat('K') ? this.#constant() : this.#type();
  }
  #lifetime(index: number): string {
    if (index === 0) return "'_";
    const depth = this.#lifetimes - index;
    if (depth < 0) throw new Unreadable();
    return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`;
  }
  /** `for<'a> `, around what `read` gives. */
  #binder(read: () => string): string {
    const count = this.#optional('G');
    if (count > LONGEST) throw new Unreadable();
    this.#lifetimes += count;
    const names = Array.from({ length: count }, (_, index) => this.#lifetime(count - index));
    const text = read();
    this.#lifetimes -= count;
    return count === 0 ? text : `for<${names.join(', ')}> ${text}`;
  }

  #type(): string {
    return this.#nested(() => {
      const tag = this.#next();
      const basic = basicTypes[tag];
      if (basic !== undefined) return basic;
      switch (tag) {
        case 'A': {
          const element = this.#type();
          return `[${element}; ${this.#constant()}]`;
        }
        case 'S':
          return `[${this.#type()}]`;
        case 'T': {
          const types = this.#until(() => this.#type());
          return `(${types.join(', ')}${types.length === 1 ? ',' : ''})`;
        }
        case 'R':
        case 'Q': {
          const lifetime = this.#eat('L') ? this.#base62() : 0;
          return `&${lifetime === 0 ? '' : `${this.#lifetime(lifetime)} `}${tag === 'Q' ? 'mut ' : ''}${this.#type()}`;
        }
        case 'P':
          return `*const ${this.#type()}`;
        case 'O':
          return `*mut ${this.#type()}`;
        case 'F':
          return this.#binder(() => this.#signature());
        case 'D': {
          const bounds = this.#binder(() => this.#until(() => this.#dynTrait()).join(' + '));
          if (!this.#eat('L')) throw new Unreadable();
          const lifetime = this.#base62();
          return `dyn ${bounds}${lifetime === 0 ? '' : ` + ${this.#lifetime(lifetime)}`}`;
        }
        case 'B':
          return this.#backref(() => this.#type());
        default:
          this.#at--;
          return this.#path(false);
      }
    });
  }
  #signature(): string {
    const unsafe = this.#eat('U') ? 'unsafe ' : '';
    let abi = '';
    if (this.#eat('K')) abi = `extern "${this.#eat('C') ? 'C' : this.#undisambiguated().replaceAll('_', '-')}" `;
    const parameters = this.#until(() => this.#type());
    const result = this.#type();
    return `${unsafe}${abi}fn(${parameters.join(', ')})${result === '()' ? '' : ` -> ${result}`}`;
  }
  #dynTrait(): string {
    const path = this.#path(false);
    const bindings: string[] = [];
    while (this.#eat('p')) {
      const name = this.#undisambiguated();
      bindings.push(`${name} = ${this.#type()}`);
    }
    if (bindings.length === 0) return path;
    return path.endsWith('>') ? `${path.slice(0, -1)}, ${bindings.join(', ')}>` : `${path}<${bindings.join(', ')}>`;
  }

  #constant(): string {
    return this.#nested(() => {
      if (this.#eat('B')) return this.#backref(() => this.#constant());
      const tag = this.#next();
      if (tag === 'p') return '_';
      const type = basicTypes[tag];
      if (type === 'bool' || type === 'char') {
        const value = this.#hexadecimal();
        if (type === 'bool') return value === 0n ? 'false' : 'true';
        return value < 0x110000n ? `'${String.fromCodePoint(Number(value))}'` : `'\\u{${value.toString(16)}}'`;
      }
      // Other constants are not written by stable compilers.
      if (type === undefined || !/^[iu]/.test(type)) throw new Unreadable();
      const sign = this.#eat('n') ? '-' : '';
      return `${sign}${this.#hexadecimal()}`;
    });
  }
  #hexadecimal(): bigint {
    const [digits = ''] = /^[0-9a-f]*/.exec(this.#encoded.slice(this.#at)) ?? [];
    this.#at += digits.length;
    if (!this.#eat('_')) throw new Unreadable();
    return digits === '' ? 0n : BigInt(`0x${digits}`);
  }
}
