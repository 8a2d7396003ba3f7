/**
 * A property's value. `true`: it has none, being there is what it says. A number: one cell (32 bits); a bigint: two cells, the more
 * significant first; a string or a list of strings: each ends with a zero byte; a list of numbers: one cell each.
 */
export type PropertyValue = true | number | bigint | string | readonly string[] | readonly number[];

export interface DeviceNode {
  readonly properties: Readonly<Record<string, PropertyValue>>;
  /** By name with unit address: `memory@40000000`. */
  readonly children?: Readonly<Record<string, DeviceNode>>;
}

const TOKEN = { BEGIN_NODE: 1, END_NODE: 2, PROP: 3, END: 9 } as const;
const MAGIC = 0xd00d_feed;
const HEADER_BYTES = 40;
/** One entry of zeros: nothing is reserved. */
const RESERVATION_BYTES = 16;

const text = new TextEncoder();
const alignUp = (length: number, alignment: number): number => Math.ceil(length / alignment) * alignment;

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Big-endian 32-bit words. */
function cells(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word);
  return bytes;
}

const isStrings = (value: readonly string[] | readonly number[]): value is readonly string[] => typeof value[0] === 'string';

function valueBytes(value: PropertyValue): Uint8Array {
  if (value === true) return new Uint8Array();
  if (typeof value === 'number') return cells([value]);
  if (typeof value === 'bigint') return cells([Number(value >> 32n), Number(value & 0xffff_ffffn)]);
  if (typeof value === 'string') return text.encode(`${value}\0`);
  return isStrings(value) ? text.encode(value.map((item) => `${item}\0`).join('')) : cells(value);
}

/** A device tree blob, version 17 (Devicetree Specification 0.4, chapter 5). */
export function flattenDeviceTree(root: DeviceNode): Uint8Array {
  const structure: Uint8Array[] = [];
  const strings: Uint8Array[] = [];
  const offsets = new Map<string, number>();
  let stringBytes = 0;

  const padded = (bytes: Uint8Array): void => {
    structure.push(bytes, new Uint8Array(alignUp(bytes.length, 4) - bytes.length));
  };
  const nameOffset = (name: string): number => {
    const known = offsets.get(name);
    if (known !== undefined) return known;
    const offset = stringBytes;
    const bytes = text.encode(`${name}\0`);
    strings.push(bytes);
    stringBytes += bytes.length;
    offsets.set(name, offset);
    return offset;
  };
  const node = (name: string, { properties, children = {} }: DeviceNode): void => {
    structure.push(cells([TOKEN.BEGIN_NODE]));
    padded(text.encode(`${name}\0`));
    for (const [property, value] of Object.entries(properties)) {
      const bytes = valueBytes(value);
      structure.push(cells([TOKEN.PROP, bytes.length, nameOffset(property)]));
      padded(bytes);
    }
    for (const [child, below] of Object.entries(children)) node(child, below);
    structure.push(cells([TOKEN.END_NODE]));
  };
  node('', root);
  structure.push(cells([TOKEN.END]));

  const structureBlock = join(structure);
  const structureOffset = HEADER_BYTES + RESERVATION_BYTES;
  const stringsOffset = structureOffset + structureBlock.length;
  const bootPe = 0;
  const header = cells([
    MAGIC,
    stringsOffset + stringBytes,
    structureOffset,
    stringsOffset,
    HEADER_BYTES,
    17, // version
    16, // last compatible version
    bootPe,
    stringBytes,
    structureBlock.length,
  ]);
  return join([header, new Uint8Array(RESERVATION_BYTES), structureBlock, ...strings]);
}
