/** Where a value is: reading and writing its bytes. */
import type { Location, Piece, Unplaced } from '../program/program.ts';
import type { Cell } from './cell.ts';
import { ExpressionError } from './expression-error.ts';
import { dwarfRegisterNames, type Scene } from './scene.ts';

export type Place =
  | { readonly kind: 'memory'; readonly address: bigint; readonly bit?: BitRange }
  /** `offset` bytes into something that is not, or not only, in memory; `name` is the variable's. */
  | { readonly kind: 'slice'; readonly location: Location; readonly offset: number; readonly bit?: BitRange; readonly name?: string }
  | { readonly kind: 'cell'; readonly cell: Cell };

/** Bits of a bit-field, counted from the least significant bit of the place's first byte. */
export interface BitRange {
  readonly offset: number;
  readonly size: number;
}

/** The value exists in the source but not in the machine now: `display` stands in its stead in views. */
export class ValueUnavailable extends ExpressionError {
  readonly display: string;

  constructor(display: string, message: string) {
    super(message);
    this.display = display;
  }
}

export const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** @throws ValueUnavailable for what has no address, saying why */
export function placeOf(location: Location, name?: string): Place {
  if (location.kind === 'unplaced') throw unplaced(location.why, subject(name));
  return location.kind === 'memory' ? location : { kind: 'slice', location, offset: 0, name };
}

export function placeOfBytes(bytes: Uint8Array): Place {
  return { kind: 'slice', location: { kind: 'value', bytes }, offset: 0 };
}

/** The place of a member `offset` bytes into this one. */
export function partOf(place: Place, offset: number, bit?: BitRange): Place {
  if (place.kind === 'memory') return { kind: 'memory', address: BigInt.asUintN(64, place.address + BigInt(offset)), bit };
  if (place.kind === 'slice') return { ...place, offset: place.offset + offset, bit };
  throw new ExpressionError(`'$${place.cell.name}' has no members in memory.`);
}

/** What a pointer without a value points at; `undefined`: it has a value, or nobody knows. */
export function implicitTarget(place: Place): Place | undefined {
  if (place.kind !== 'slice') return undefined;
  let { location, offset } = place;
  if (location.kind === 'pieces') {
    if (!location.pieces.every(isOfBytes)) return undefined;
    const [piece] = piecesIn(location.pieces, offset, 1, place.name);
    [location, offset] = [piece.part, piece.from];
  }
  if (location.kind !== 'implicit-pointer' || offset !== 0) return undefined;
  return partOf(placeOf(location.target()), location.offset);
}

/** @throws ValueUnavailable when any of the bytes cannot be read */
export function readPlace(scene: Scene, place: Place, size: number): Uint8Array {
  if (place.kind === 'memory') return readMemory(scene, place.address, size);
  if (place.kind === 'slice') {
    const { location, offset, bit, name } = place;
    if (location.kind === 'pieces' && !location.pieces.every(isOfBytes))
      return bitsOfPieces(scene, location.pieces, offset, size, bit, name);
    return sliceOf(scene, location, offset, size, name);
  }
  return bytesOf(place.cell.read?.(scene) ?? 0n, size);
}

/** @throws ValueUnavailable naming the first address that cannot be read */
export function readMemory(scene: Scene, address: bigint, size: number): Uint8Array {
  const bytes = scene.frame.target.readMemory(address, size, scene.space);
  if (bytes.length < size) {
    const missing = hex(BigInt.asUintN(64, address + BigInt(bytes.length)));
    throw new ValueUnavailable(`<cannot read ${missing}>`, `Memory at ${missing} cannot be read.`);
  }
  return bytes;
}

const subject = (name: string | undefined) => (name === undefined ? 'The value' : `'${name}'`);
const optimizedOut = (name: string | undefined) => new ValueUnavailable('<optimized out>', `${subject(name)} is optimized out here.`);

/** @param subject such as `'counter'` */
function unplaced(why: Unplaced, subject: string): ValueUnavailable {
  switch (why.kind) {
    case 'no-thread':
      return new ValueUnavailable(
        '<no thread>',
        `${subject} is thread-local, and no thread is there yet: ${why.register}, by which the program finds such variables, is 0. Go on until the program has written ${why.register} on this PE.`,
      );
    case 'several-thread-pointers': {
      const [first] = why.registers;
      return new ValueUnavailable(
        '<one of several threads>',
        `${subject} is thread-local, and the program finds such variables by ${why.registers.join(' and ')}: which of them is meant here nobody can tell. Select a frame of a function that uses it, or evaluate *(TYPE *)($${first} + ${hex(why.offset)}).`,
      );
    }
    case 'several-symbols':
      return new ValueUnavailable(
        `<one of ${why.symbols.join(', ')}>`,
        `${subject} is thread-local, and which of ${why.symbols.join(' and ')} it is nobody can tell: evaluate one of these, with its name in quotes.`,
      );
    case 'shared-object':
      return new ValueUnavailable(
        '<no thread-local storage>',
        `${subject} is thread-local in a shared object, and where that has such variables its dynamic linker decides. Link the program with -static, -pie or -static-pie.`,
      );
    case 'emulated':
      return new ValueUnavailable(
        '<emulated thread-local storage>',
        `${subject} is thread-local by emulation: where it is only __emutls_get_address(&${why.control}) knows. Compile without -femulated-tls.`,
      );
  }
}

function sliceOf(scene: Scene, location: Location, offset: number, size: number, variable: string | undefined): Uint8Array {
  switch (location.kind) {
    case 'optimized-out':
      throw optimizedOut(variable);
    case 'unplaced':
      throw unplaced(location.why, subject(variable));
    case 'implicit-pointer':
      throw new ValueUnavailable(
        '<synthetic pointer>',
        `${subject(variable)} is a synthetic pointer: what it points at is known, but has no address. Evaluate what it points at.`,
      );
    case 'memory':
      return readMemory(scene, location.address + BigInt(offset), size);
    case 'value':
      return padded(location.bytes.subarray(offset, offset + size), size);
    case 'register': {
      const value = scene.context.registers.get(location.register);
      // Of a vector calls preserve the low half, which is all that an outer frame has of it.
      const isHalf = location.register >= 64 && !scene.frame.live && offset + size > 8;
      if (value === undefined || isHalf) {
        const name = dwarfRegisterNames[location.register] || `register ${location.register}`;
        throw new ValueUnavailable('<not saved>', `${subject(variable)} is in ${name}, which the called functions did not save.`);
      }
      return bytesOf(value >> BigInt(offset * 8), size);
    }
    case 'pieces': {
      const result = new Uint8Array(size);
      for (const { part, from, to, start } of piecesIn(location.pieces, offset, size, variable))
        result.set(sliceOf(scene, part, from, to - from, variable), start);
      return result;
    }
  }
}

const isOfBytes = ({ bits, skip }: Piece): boolean => bits % 8 === 0 && skip % 8 === 0;

/** As {@link sliceOf}, of pieces that end inside bytes; with `bit` only those bits are asked for, the others are 0. */
function bitsOfPieces(
  scene: Scene,
  pieces: readonly Piece[],
  offset: number,
  size: number,
  bit: BitRange | undefined,
  variable: string | undefined,
): Uint8Array {
  const low = offset * 8 + (bit?.offset ?? 0);
  const high = low + (bit?.size ?? size * 8);
  let value = 0n;
  let begin = 0;
  for (const { bits, skip, location } of pieces) {
    const from = Math.max(low, begin);
    const to = Math.min(high, begin + bits);
    if (from < to) {
      const first = skip + from - begin;
      const bytes = sliceOf(scene, location, first >> 3, ((first & 7) + to - from + 7) >> 3, variable);
      value |= extractBits(bytes, { offset: first & 7, size: to - from }) << BigInt(from - offset * 8);
    }
    begin += bits;
  }
  if (begin < high) throw optimizedOut(variable);
  return bytesOf(value, size);
}

function piecesIn(pieces: readonly Piece[], offset: number, size: number, variable?: string) {
  const result: { part: Location; from: number; to: number; start: number }[] = [];
  let begin = 0;
  for (const piece of pieces) {
    if (!isOfBytes(piece)) throw new ExpressionError(`${subject(variable)} is in pieces of single bits here, which cannot be written.`);
    const [pieceSize, skip] = [piece.bits / 8, piece.skip / 8];
    const from = Math.max(offset - begin, 0);
    const to = Math.min(offset + size - begin, pieceSize);
    if (from < to) result.push({ part: piece.location, from: from + skip, to: to + skip, start: begin + from - offset });
    begin += pieceSize;
  }
  if (begin < offset + size) throw optimizedOut(variable);
  return result;
}

/** @throws ExpressionError when the place cannot be written, naming why */
export function writePlace(scene: Scene, place: Place, bytes: Uint8Array): void {
  if (place.kind === 'cell') throw new ExpressionError(`'$${place.cell.name}' cannot be written as bytes.`);
  if (place.kind === 'memory') return writeMemory(scene, place.address, bytes);
  writeSlice(scene, place.location, place.offset, bytes, place.name);
}

function writeMemory(scene: Scene, address: bigint, bytes: Uint8Array): void {
  const written = scene.frame.target.writeMemory(address, bytes, scene.space);
  if (written < bytes.length) throw new ExpressionError(`Memory at ${hex(address + BigInt(written))} cannot be written.`);
}

function writeSlice(scene: Scene, location: Location, offset: number, bytes: Uint8Array, variable: string | undefined): void {
  switch (location.kind) {
    case 'optimized-out':
      throw new ExpressionError(`${subject(variable)} is optimized out here: there is no place to write it to.`);
    case 'unplaced':
      throw unplaced(location.why, subject(variable));
    case 'implicit-pointer':
      throw new ExpressionError(`${subject(variable)} is a synthetic pointer, made by the compiler: there is no place to write it to.`);
    case 'value':
      throw new ExpressionError(`${subject(variable)} is a constant here, made by the compiler: there is no place to write it to.`);
    case 'memory':
      return writeMemory(scene, location.address + BigInt(offset), bytes);
    case 'register': {
      const old = scene.context.registers.get(location.register) ?? 0n;
      const mask = ((1n << BigInt(bytes.length * 8)) - 1n) << BigInt(offset * 8);
      return writeFrameRegister(scene, location.register, (old & ~mask) | (integerFrom(bytes) << BigInt(offset * 8)));
    }
    case 'pieces':
      for (const { part, from, to, start } of piecesIn(location.pieces, offset, bytes.length))
        writeSlice(scene, part, from, bytes.subarray(start, start + to - from), variable);
  }
}

/** Writes a register of the frame by its DWARF number: in the PE, or in the saved context of the handler that interrupted the frame. */
export function writeFrameRegister(scene: Scene, register: number, value: bigint): void {
  const { target, pe, live, interruptedBy } = scene.frame;
  const name = dwarfRegisterNames[register];
  if (!name) throw new ExpressionError(`DWARF register ${register} cannot be written.`);
  if (live) return attempt(() => target.writeRegister(pe, name, value));
  if (interruptedBy !== undefined && (register <= 17 || register === 32)) return writeInterruptedContext(scene, interruptedBy, name, value);
  throw new ExpressionError(`${name} of an outer frame cannot be written; select the innermost frame to change the register itself.`);
}

export function writeInterruptedContext(scene: Scene, level: number, name: string, value: bigint): void {
  const { target, pe } = scene.frame;
  const { sdei } = target;
  if (!sdei.writeInterruptedContext) throw new ExpressionError(`${name} of the interrupted context cannot be written on this target.`);
  attempt(() => sdei.writeInterruptedContext?.(pe, level, name, value));
}

/** Runs a call of the target, whose refusals are the person's to read. */
export function attempt<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (error instanceof ExpressionError || !(error instanceof Error)) throw error;
    throw new ExpressionError(error.message);
  }
}

/** Little endian, unsigned. */
export function integerFrom(bytes: Uint8Array): bigint {
  switch (bytes.length) {
    case 1:
      return BigInt(bytes[0]);
    case 2:
      return BigInt(bytes[0] | (bytes[1] << 8));
    case 4:
      return BigInt(word(bytes, 0));
    case 8:
      return BigInt(word(bytes, 0)) | (BigInt(word(bytes, 4)) << 32n);
    default: {
      let value = 0n;
      for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
      return value;
    }
  }
}

const word = (bytes: Uint8Array, at: number) => (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;

/** Little endian, modulo the size. */
export function bytesOf(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  // Bytes are taken from numbers: a BigInt for each would cost more than all the rest of a condition.
  for (let at = 0, rest = value; at < size; at += 4, rest >>= 32n) {
    const word = Number(BigInt.asUintN(32, rest));
    for (let index = at; index < at + 4 && index < size; index++) bytes[index] = word >>> (8 * (index - at));
  }
  return bytes;
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length === size) return bytes;
  const result = new Uint8Array(size);
  result.set(bytes);
  return result;
}

/** The bytes that hold a bit-field. */
export const bytesOfBits = (bit: BitRange): number => (bit.offset + bit.size + 7) >> 3;

export function extractBits(bytes: Uint8Array, bit: BitRange): bigint {
  return BigInt.asUintN(bit.size, integerFrom(bytes) >> BigInt(bit.offset));
}

export function insertBits(bytes: Uint8Array, bit: BitRange, value: bigint): Uint8Array {
  const mask = ((1n << BigInt(bit.size)) - 1n) << BigInt(bit.offset);
  return bytesOf((integerFrom(bytes) & ~mask) | ((value << BigInt(bit.offset)) & mask), bytes.length);
}
