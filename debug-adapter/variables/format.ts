/** The text of a value, from its bytes and its type. Knows no DAP. */
import { isStruct, scalarOf, sizeOf, stripped } from '../evaluate/c-types.ts';
import { typeName } from '../program/types-of.ts';
import { isPresent } from '../evaluate/members.ts';
import {
  type BitRange,
  bytesOfBits,
  extractBits,
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
import { realFromBytes } from '../evaluate/typed.ts';
import type { Member, Type } from '../program/types.ts';
import { type Format, type Limits, limitsOf } from './format-options.ts';
import { charactersFor, radixText, scalarText } from './scalar-text.ts';
import { type ArrayType, countedText, stringOf, stringText } from './text.ts';

/** Bytes of the value from `offset`; with `bit` only those bits are asked for. @throws ValueUnavailable */
type ByteSource = (offset: number, size: number, bit?: BitRange) => Uint8Array;

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
  readonly #limit: Limits;
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
    this.#limit = limitsOf(format);
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
