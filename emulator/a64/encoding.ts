/**
 * A64 encodings as the Arm ARM draws them: 32 bits, high to low, e.g. `"sf:1 op:1 S:1 100010 sh:1 imm12:12 Rn:5 Rd:5"`.
 * A word `name:width` is an operand field, digits are fixed bits, `x` is a bit the PE ignores.
 */
type FieldOf<Word extends string> = Word extends `${infer Name}:${string}` ? Name : never;
type FieldsOf<Pattern extends string> = Pattern extends `${infer Head} ${infer Tail}` ? FieldOf<Head> | FieldsOf<Tail> : FieldOf<Pattern>;

/** Operand fields of an encoding, unsigned, keyed by their Arm ARM name. */
export type Fields<Pattern extends string> = { readonly [Name in FieldsOf<Pattern>]: number };

export interface Field {
  readonly name: string;
  readonly lsb: number;
  readonly width: number;
  /** As many ones as it is wide. */
  readonly mask: number;
}

export interface Encoding {
  readonly pattern: string;
  /** Bits that are fixed, and their values, both as unsigned 32-bit numbers. */
  readonly mask: number;
  readonly value: number;
  readonly fields: readonly Field[];
}

/** @throws Error if the pattern is not exactly 32 bits wide or names a field twice. */
export function parseEncoding(pattern: string): Encoding {
  let lsb = 32;
  let mask = 0;
  let value = 0;
  const fields: Field[] = [];
  for (const word of pattern.split(' ')) {
    const [name, width] = word.split(':');
    if (width !== undefined) {
      if (!/^[1-9][0-9]?$/.test(width)) throw new Error(`encoding "${pattern}": field ${name} has no valid width`);
      if (fields.some((field) => field.name === name)) throw new Error(`encoding "${pattern}" names the field ${name} twice`);
      lsb -= Number(width);
      fields.push({ name, lsb, width: Number(width), mask: 2 ** Number(width) - 1 });
    } else {
      if (!/^[01x]+$/.test(word)) throw new Error(`encoding "${pattern}": "${word}" is neither bits nor a field`);
      for (const bit of word) {
        lsb -= 1;
        if (bit !== 'x') {
          mask |= 1 << lsb;
          if (bit === '1') value |= 1 << lsb;
        }
      }
    }
  }
  if (lsb !== 0) throw new Error(`encoding "${pattern}" is ${32 - lsb} bits wide, expected 32`);
  return { pattern, mask: mask >>> 0, value: value >>> 0, fields };
}

export function extract(encoding: Encoding, word: number): Record<string, number> {
  const fields: Record<string, number> = {};
  extractInto(fields, encoding, word);
  return fields;
}

/** {@link extract} into an object that is used again: decoding a word allocates nothing for its fields. */
export function extractInto(fields: Record<string, number>, encoding: Encoding, word: number): void {
  for (const { name, lsb, mask } of encoding.fields) fields[name] = (word >>> lsb) & mask;
}

/** The inverse of {@link extract}: tests assemble with it. Ignored bits (`x`) are 0. */
export function encode(encoding: Encoding, fields: Readonly<Record<string, number>>): number {
  let word = encoding.value;
  for (const { name, lsb, width } of encoding.fields) {
    const bits = fields[name];
    if (bits === undefined || bits < 0 || bits >= 2 ** width) throw new Error(`field ${name}=${bits} does not fit in ${width} bits`);
    word |= bits << lsb;
  }
  return word >>> 0;
}
