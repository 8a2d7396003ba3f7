/** The text of a value, from its bytes and its type. Knows no DAP. */
import { isStruct, scalarOf, sizeOf, type StructType, stripped, wrap } from '../evaluate/c-types.ts';
import { typeName } from '../program/types-of.ts';
import { type Cell, shortName } from '../evaluate/cell.ts';
import { basesOf, fixedOffset, isPresent } from '../evaluate/members.ts';
import {
  type BitRange,
  bytesOf,
  bytesOfBits,
  extractBits,
  hex,
  integerFrom,
  type Place,
  readMemory,
  readPlace,
  ValueUnavailable,
} from '../evaluate/place.ts';
import { quadText, realText } from '../evaluate/real.ts';
import type { Scene } from '../evaluate/scene.ts';
import { elementsOf, type Slice, sliceOf } from '../evaluate/slices.ts';
import { type FoundStatic, isStatic, membersInOrder, staticPlace } from '../evaluate/static-members.ts';
import type { FormatLetter } from '../evaluate/syntax.ts';
import { realFromBytes } from '../evaluate/typed.ts';
import type { Member, Method, Type } from '../program/types.ts';
import { type ArrayType, type Characters, characterText, charactersOf, codePointText, countedText, stringOf, stringText } from './text.ts';

export interface Format {
  readonly letter?: FormatLetter;
  /** DAP `format.hex`: integers in hexadecimal. */
  readonly hex?: boolean;
  /** Nothing is left out for brevity: for the clipboard. */
  readonly full?: boolean;
}

/** Bytes of the value from `offset`; with `bit` only those bits are asked for. @throws ValueUnavailable */
type ByteSource = (offset: number, size: number, bit?: BitRange) => Uint8Array;

/** One-line summaries end with an ellipsis after about this many characters, and show this many levels. */
const summary = { length: 120, depth: 3, string: 200 };
const everything = { length: 1_000_000, depth: 32, string: 65_536 };
/** A symbol without a size covers whatever follows it; an address this far away has nothing to do with it. */
const farthestFromSymbol = 0x1000n;
const blockSize = 4096;

/** The value at a place. Never throws for what the guest's state makes unreadable: the reason stands in the text. */
export function formatPlace(scene: Scene, type: Type, place: Place, format: Format = {}, bit?: BitRange): string {
  const source = sourceAt(scene, place, bit ? bytesOfBits(bit) : sizeOf(type));
  return new Writer(scene, source, format, place.kind === 'memory' ? place.address : undefined).text(type, 0, bit, 0);
}

/** Reads the first block at once, so that a struct costs one read. */
function sourceAt(scene: Scene, place: Place, size: number): ByteSource {
  let block: Uint8Array | undefined;
  return (offset, length, bit) => {
    if (place.kind !== 'memory') {
      const rest = place.kind === 'slice' ? { ...place, offset: place.offset + offset, bit: bit ?? place.bit } : place;
      return readPlace(scene, rest, length);
    }
    if (offset + length > Math.min(size, blockSize)) return readMemory(scene, place.address + BigInt(offset), length);
    block ??= scene.frame.target.readMemory(place.address, Math.min(size, blockSize), scene.space);
    if (offset + length <= block.length) return block.subarray(offset, offset + length);
    return readMemory(scene, place.address + BigInt(offset), length);
  };
}

class Writer {
  readonly #scene: Scene;
  readonly #source: ByteSource;
  readonly #format: Format;
  readonly #limit: typeof summary;
  /** Not in memory: what has no size may be gone all the same. */
  readonly #isPartial: boolean;
  /** Of what is in memory. */
  readonly #address: bigint | undefined;
  #written = 0;
  readonly #virtualBases = new Set<string>();

  constructor(scene: Scene, source: ByteSource, format: Format, address: bigint | undefined) {
    this.#isPartial = address === undefined;
    this.#address = address;
    this.#scene = scene;
    this.#source = source;
    this.#format = format;
    this.#limit = format.full ? everything : summary;
  }

  text(type: Type, offset: number, bit: BitRange | undefined, depth: number): string {
    try {
      const text = this.#value(type, offset, bit, depth);
      if (!isStruct(stripped(type))) this.#written += text.length;
      return text;
    } catch (error) {
      if (error instanceof ValueUnavailable) return error.display;
      throw error;
    }
  }

  #value(type: Type, offset: number, bit: BitRange | undefined, depth: number): string {
    const plain = stripped(type);
    switch (plain.kind) {
      case 'struct':
      case 'union':
      case 'class': {
        if (depth >= this.#limit.depth) return '{…}';
        const lost = plain.size > 0 ? this.#lostAt(offset) : undefined;
        const slice = sliceOf(plain);
        if (slice) return this.#slice(slice, offset, depth);
        const isThere = (member: Member) => isPresent(member, (from, size) => this.#source(offset + from, size));
        const present = membersInOrder(plain).filter((member) => isStatic(member) || (isThere(member) && !this.#isShown(member)));
        const memberText = (member: Member): string =>
          member.locate ? this.#virtualBase(member, offset) : this.text(member.type(), offset + member.offset, member.bit, depth + 1);
        return unlessLost(lost, (part) =>
          this.#list(present, (member) => {
            if (isStatic(member)) return this.#static(member);
            const name = member.name === undefined ? '' : member.base ? `<${member.name}> = ` : `${member.name} = `;
            this.#written += name.length + 2;
            return name + part(memberText(member));
          }),
        );
      }
      case 'array':
        return this.#array(type, plain, offset, depth);
      case 'function':
        return 'function';
      case 'void':
        return 'void';
      case 'incomplete':
        return `<${typeName(plain)} is not defined in this program>`;
      case 'base':
        if (plain.encoding === 'float') return this.#real(plain.size, offset);
        if (plain.encoding === 'complex') {
          const half = plain.size / 2;
          return `${this.#real(half, offset)} + ${this.#real(half, offset + half)}i`;
        }
        break;
      default:
    }
    // What stands in its memory is no part of it.
    if (plain.kind === 'pointer' && plain.isNull) return scalarText(this.#scene, type, 0n, 64, this.#format);
    const scalar = scalarOf(type);
    const [size, signed] = scalar?.kind === 'integer' ? [scalar.size, scalar.signed] : [8, false];
    const raw = bit ? extractBits(this.#source(offset, bytesOfBits(bit), bit), bit) : integerFrom(this.#source(offset, size));
    const bits = bit?.size ?? size * 8;
    return scalarText(this.#scene, type, signed ? BigInt.asIntN(bits, raw) : raw, bits, this.#format);
  }

  /**
   * What stands in the stead of a value that is not there at all. Of what is not in memory only a part may be gone: the text of the first byte,
   * which the rest may have too. @throws ValueUnavailable of what is in memory
   */
  #lostAt(offset: number): string | undefined {
    try {
      this.#source(offset, 1);
    } catch (error) {
      if (!(error instanceof ValueUnavailable) || !this.#isPartial) throw error;
      return error.display;
    }
    return undefined;
  }

  /** One level of it: it may be an object of this very class. */
  #static(found: FoundStatic): string {
    const name = `static ${found.member.name} = `;
    const text = this.#staticValue(found);
    this.#written += name.length + 2 + text.length;
    return name + text;
  }
  #staticValue(found: FoundStatic): string {
    const type = found.member.type();
    const plain = stripped(type);
    if (isStruct(plain) || (plain.kind === 'array' && !stringOf(plain))) return '{…}';
    try {
      return formatPlace(this.#scene, type, staticPlace(found, this.#scene.frame.programs)(this.#scene), this.#format);
    } catch (error) {
      if (error instanceof ValueUnavailable) return error.display;
      throw error;
    }
  }

  /** A virtual base that several bases share stands with the first of them. */
  #isShown({ name, locate }: Member): boolean {
    if (!locate || name === undefined) return false;
    const isShown = this.#virtualBases.has(name);
    this.#virtualBases.add(name);
    return isShown;
  }

  #virtualBase({ type, locate }: Member, offset: number): string {
    const memory = this.#scene.context.memory;
    const address = this.#address === undefined ? undefined : locate?.(this.#address + BigInt(offset), memory);
    if (address === undefined) return '<optimized out>';
    const text = formatPlace(this.#scene, type(), { kind: 'memory', address }, this.#format);
    this.#written += text.length;
    return text;
  }

  #real(size: number, offset: number): string {
    const bytes = this.#source(offset, size);
    const { letter } = this.#format;
    if (letter === 'x' || letter === 'b' || letter === 'o') return radixText(integerFrom(bytes), letter);
    return size <= 8 ? realText(realFromBytes(bytes), size) : quadText(integerFrom(bytes));
  }

  #array(type: Type, array: ArrayType, offset: number, depth: number): string {
    const element = array.element();
    const size = sizeOf(element);
    const characters = charactersFor(stringOf(array), size, this.#format.letter);
    const { count } = array;
    if (count === undefined) {
      try {
        if (characters) return stringText((from, length) => this.#source(offset + from, length), this.#limit.string, undefined, characters);
        if (this.#isPartial) this.#source(offset, 1);
      } catch (error) {
        // Where memory ends a flexible array has no elements.
        if (!(error instanceof ValueUnavailable) || this.#isPartial) throw error;
      }
      return '[]';
    }
    if (characters) return stringText((from, length) => this.#source(offset + from, length), this.#limit.string, sizeOf(type), characters);
    if (depth >= this.#limit.depth) return '{…}';
    const lost = this.#isPartial && count > 0 && size > 0 ? this.#lostAt(offset) : undefined;
    return unlessLost(lost, (part) =>
      this.#list(Array.from({ length: Math.min(count, this.#limit.length) }), (_, index) => {
        this.#written += 2;
        return part(this.text(element, offset + index * size, undefined, depth + 1));
      }),
    );
  }

  #slice(slice: Slice, offset: number, depth: number): string {
    const { address, count } = elementsOf(slice, (from, size) => this.#source(offset + from, size));
    const read = (from: number, size: number) => readMemory(this.#scene, address + BigInt(from), size);
    if (slice.isText) return countedText(read, this.#limit.string, count);
    const inside = new Writer(this.#scene, read, this.#format, address);
    const size = sizeOf(slice.element);
    return this.#list(Array.from({ length: Math.min(count, this.#limit.length) }), (_, index) => {
      // Counted together: what has not been set yet may be a slice of itself.
      inside.#written = this.#written + 2;
      const text = inside.text(slice.element, index * size, undefined, depth + 1);
      this.#written = inside.#written;
      return text;
    });
  }

  #list<Item>(items: readonly Item[], write: (item: Item, index: number) => string): string {
    const parts: string[] = [];
    for (const [index, item] of items.entries()) {
      if (this.#written > this.#limit.length) {
        parts.push('…');
        break;
      }
      parts.push(write(item, index));
    }
    return `{${parts.join(', ')}}`;
  }
}

/**
 * What is lost as a whole is said to be so once.
 * @param lost the text of a part that is lost; absent: there is none
 * @param list of all parts, each passed through
 */
function unlessLost(lost: string | undefined, list: (part: (text: string) => string) => string): string {
  let isLost = lost !== undefined;
  const text = list((part) => {
    isLost &&= part === lost;
    return part;
  });
  return isLost && lost !== undefined ? lost : text;
}

/** What `,s` makes text of, beyond what is text anyway. */
const charactersFor = (own: Characters | undefined, size: number, letter: FormatLetter | undefined): Characters | undefined =>
  letter === 's' ? (own ?? (size === 1 ? { size: 1, prefix: '' } : undefined)) : letter ? undefined : own;

/** @param value in the type's range; @param bits its width */
export function scalarText(scene: Scene, type: Type, value: bigint, bits: number, format: Format): string {
  const { letter } = format;
  const unsigned = BigInt.asUintN(bits, value);
  switch (letter) {
    case 'x':
    case 'o':
    case 'b':
      return radixText(unsigned, letter);
    case 'd':
      return String(BigInt.asIntN(bits, value));
    case 'u':
      return String(unsigned);
    case 'c':
      return characterText(unsigned & 0xffn);
    case 'a':
      return addressText(scene, unsigned);
    default:
  }
  const plain = stripped(type);
  if (plain.kind === 'pointer' && plain.isNull) return 'nullptr';
  if (plain.kind === 'pointer') return pointerText(scene, plain.to(), unsigned, format);
  const number = format.hex ? hex(unsigned) : String(value);
  if (plain.kind === 'enum') return enumText(plain, value) ?? number;
  if (plain.kind !== 'base') return number;
  if (plain.pointsToMember)
    return (
      (plain.size === 16 ? methodPointerText(scene, plain.pointsToMember, unsigned) : memberPointerText(plain.pointsToMember, value)) ??
      number
    );
  if (plain.encoding === 'boolean') return value === 0n ? 'false' : value === 1n ? 'true' : number;
  // A bit-field of characters is narrower than one.
  const characters = charactersOf(type);
  if (characters?.size === 1) return `${number} ${characterText(value & 0xffn)}`;
  if (characters || plain.encoding === 'utf') return `${number} ${codePointText(characters?.prefix ?? '', unsigned)}`;
  return number;
}

/** `&Vec::y`, `nullptr`; `undefined`: no member is there that such a pointer can point at. */
function memberPointerText({ owner, to }: NonNullable<(Type & { kind: 'base' })['pointsToMember']>, offset: bigint): string | undefined {
  if (offset === -1n) return 'nullptr';
  const type = stripped(owner());
  const wanted = typeName(stripped(to()));
  const found = isStruct(type) ? memberAtOffset(type, Number(offset), wanted, 0) : undefined;
  return found && `&${found}`;
}

/** `&virtual Base::write(int)`, `0x40100120 <Vec::plus(int)>`, as gdb has it; `undefined`: no function is there in the virtual table. */
function methodPointerText(
  scene: Scene,
  { owner }: NonNullable<(Type & { kind: 'base' })['pointsToMember']>,
  value: bigint,
): string | undefined {
  const [first, second] = [BigInt.asUintN(64, value), BigInt.asIntN(64, value >> 64n)];
  const adjustment = Number(second >> 1n);
  if ((second & 1n) === 0n) {
    if (first === 0n) return 'nullptr';
    return `${addressText(scene, first)}${adjustment === 0 ? '' : `, this adjustment ${adjustment}`}`;
  }
  const type = stripped(owner());
  const method = isStruct(type) ? virtualMethod(type, Number(first) / 8, adjustment, 0) : undefined;
  return method && `&virtual ${method.fullName}`;
}

/** By its place in the table of a base that stands at an offset, whose methods have been counted there. */
function virtualMethod(type: StructType, index: number, offset: number, depth: number): Method | undefined {
  const own = offset === 0 ? type.methods?.().find(({ virtualIndex }) => virtualIndex === index) : undefined;
  if (own || depth > MOST_BASES) return own;
  for (const base of basesOf(type)) {
    const start = fixedOffset(base);
    if (start === undefined || offset < start || offset >= start + base.type.size) continue;
    const found = virtualMethod(base.type, index, offset - start, depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** Bases are looked into too, and what has no name. */
function memberAtOffset(type: StructType, offset: number, wanted: string, depth: number): string | undefined {
  for (const member of depth > MOST_BASES ? [] : type.members()) {
    if (member.locate || member.bit || member.variant) continue;
    if (member.base === undefined && member.name !== undefined) {
      if (member.offset === offset && typeName(stripped(member.type())) === wanted) return `${type.name ?? '?'}::${member.name}`;
      continue;
    }
    const inner = stripped(member.type());
    const found = isStruct(inner) ? memberAtOffset(inner, offset - member.offset, wanted, depth + 1) : undefined;
    if (found !== undefined) return member.base ? found : found.replace(/^.*::/s, `${type.name ?? '?'}::`);
  }
  return undefined;
}

/** Damaged debug information has classes that are bases of themselves. */
const MOST_BASES = 16;

function radixText(value: bigint, letter: 'x' | 'o' | 'b'): string {
  if (letter === 'x') return hex(value);
  if (letter === 'b') return `0b${value.toString(2)}`;
  return value === 0n ? '0' : `0${value.toString(8)}`;
}

/** `0x40081234 <handler+8>` */
export function addressText({ frame: { programs } }: Scene, address: bigint): string {
  const name = symbolText(programs, address);
  return name === undefined ? hex(address) : `${hex(address)} <${name}>`;
}

function symbolText(programs: Scene['frame']['programs'], address: bigint): string | undefined {
  if (address === 0n) return undefined;
  for (const program of programs) {
    const symbol = program.symbolAt(address);
    if (symbol && symbol.offset < farthestFromSymbol) return symbol.offset === 0n ? symbol.name : `${symbol.name}+${symbol.offset}`;
  }
  return undefined;
}

function pointerText(scene: Scene, to: Type, address: bigint, { letter, full }: Format): string {
  const text = addressText(scene, address);
  const characters = charactersFor(charactersOf(to), sizeOf(to), letter === 's' ? letter : undefined);
  if (address === 0n || !characters) return text;
  try {
    const read = (from: number, length: number) => readMemory(scene, address + BigInt(from), length);
    return `${text} ${stringText(read, (full ? everything : summary).string, undefined, characters)}`;
  } catch (error) {
    if (error instanceof ValueUnavailable) return `${text} ${error.display}`;
    throw error;
  }
}

type EnumType = Extract<Type, { kind: 'enum' }>;

/** A name, or for flags the names of the bits; `undefined` when the enumeration says nothing about the value. */
export function enumText(type: EnumType, value: bigint): string | undefined {
  const enumerators = type.enumerators();
  const named = (name: string) => (type.enumeratorScope === undefined ? name : `${type.enumeratorScope}::${name}`);
  const exact = enumerators.find((enumerator) => enumerator.value === value);
  if (exact) return named(exact.name);
  if (!isFlags(enumerators.map((enumerator) => enumerator.value))) return undefined;
  let rest = BigInt.asUintN(type.size * 8, value);
  const names: string[] = [];
  for (const { name, value: bits } of enumerators) {
    if (!isSingleBit(bits) || (rest & bits) === 0n) continue;
    names.push(named(name));
    rest &= ~bits;
  }
  if (names.length === 0) return undefined;
  return [...names, ...(rest ? [hex(rest)] : [])].join(' | ');
}

const isSingleBit = (value: bigint) => value > 0n && (value & (value - 1n)) === 0n;

/** Single bits and unions of them, and not simply counted through. */
function isFlags(values: readonly bigint[]): boolean {
  const distinct = [...new Set(values)];
  const bits = distinct.filter(isSingleBit).reduce((all, value) => all | value, 0n);
  if (bits === 0n || distinct.some((value) => value < 0n || (value & ~bits) !== 0n)) return false;
  const highest = distinct.reduce((a, b) => (a > b ? a : b));
  const lowest = distinct.reduce((a, b) => (a < b ? a : b));
  return BigInt(distinct.length) !== highest - lowest + 1n;
}

/** A register or field: hexadecimal where a bit pattern is meant, with the name of the value or what it decodes to. */
export function formatCell(scene: Scene, cell: Cell, value: bigint, format: Format = {}): string {
  const scalar = scalarOf(cell.type);
  if (format.letter) return scalarText(scene, cell.type, wrap(value, (cell.bits + 7) >> 3, false), cell.bits, format);
  if (scalar?.kind === 'real') return realText(realFromBytes(bytesOf(value, scalar.size)), scalar.size);
  if (scalar?.kind === 'pointer') return addressText(scene, value);
  if (scalar?.kind === 'integer' && scalar.boolean) return value === 0n ? 'false' : 'true';
  const number =
    cell.decimal && !format.hex ? String(value) : value < 10n && cell.bits < 32 ? String(value) : hex(BigInt.asUintN(cell.bits, value));
  const name = cell.values?.[Number(value)];
  if (name !== undefined) return `${number} (${name})`;
  const description = cell.describe?.(value, scene);
  return description === undefined ? number : `${number} ${description}`;
}

/** The first parts of a cell that is only made of them. @throws ValueUnavailable */
export function partsText(scene: Scene, cell: Cell, format: Format = {}): string {
  let text = '';
  for (const part of cell.parts ?? []) {
    if (text.length > summary.length / 2) return `{${text}, …}`;
    text += `${text && ', '}${shortName(part)} = ${part.read ? formatCell(scene, part, part.read(scene), format) : '{…}'}`;
  }
  return `{${text}}`;
}
