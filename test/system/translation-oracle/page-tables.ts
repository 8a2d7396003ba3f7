/** Builds translation tables in a part of memory: words by physical address. */
export class PageTables {
  readonly words = new Map<bigint, bigint>();
  private next: bigint;

  constructor(start: bigint) {
    this.next = start;
  }
  /** Room for `count` tables of a granule, aligned to all of it. */
  allocate(granule: number, count = 1n): bigint {
    const bytes = (1n << BigInt(granule)) * count;
    this.next = (this.next + bytes - 1n) & -bytes;
    const at = this.next;
    this.next += bytes;
    return at;
  }
  /**
   * Puts a descriptor where the walk from `root` finds it, with tables on the way.
   * @param tableBits attributes for table descriptors that are made
   */
  set(space: AddressSpace, address: bigint, level: number, descriptor: bigint, tableBits = 0n): void {
    const { granule, startLevel, inputSize } = space;
    let table = space.root;
    let top = BigInt(inputSize);
    for (let at = startLevel; ; at++) {
      const lsb = BigInt(granule + (3 - at) * (granule - 3));
      const entry = table + ((address & ((1n << top) - 1n)) >> lsb) * 8n;
      if (at === level) {
        this.words.set(entry, descriptor);
        return;
      }
      let below = this.words.get(entry);
      if (below === undefined || (below & 3n) !== 3n) {
        below = this.allocate(granule) | 3n | tableBits;
        this.words.set(entry, below);
      }
      table = below & 0xffff_ffff_f000n & -(1n << BigInt(granule));
      top = lsb;
    }
  }
}

export interface AddressSpace {
  readonly root: bigint;
  /** log2 */
  readonly granule: number;
  readonly inputSize: number;
  readonly startLevel: number;
}

const bit = (n: number): bigint => 1n << BigInt(n);

/** Descriptor bits. */
export const D = {
  BLOCK: 1n,
  PAGE: 3n,
  /** MAIR index */
  attr: (index: number): bigint => BigInt(index) << 2n,
  USER: bit(6),
  READ_ONLY: bit(7),
  INNER_SHAREABLE: 3n << 8n,
  AF: bit(10),
  NON_GLOBAL: bit(11),
  CONTIGUOUS: bit(52),
  PXN: bit(53),
  UXN: bit(54),
  PXN_TABLE: bit(59),
  UXN_TABLE: bit(60),
  NO_USER_TABLE: bit(61),
  READ_ONLY_TABLE: bit(62),
  /** Stage 2 */
  S2_READ: bit(6),
  S2_WRITE: bit(7),
  s2Attr: (memAttr: number): bigint => BigInt(memAttr) << 2n,
} as const;
