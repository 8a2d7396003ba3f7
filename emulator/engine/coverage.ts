/** Which instructions a run may have executed so far: those that were decoded, and through which virtual pages code was fetched. */

const PAGE = 4096;
const WORDS_PER_PAGE = PAGE / 4;
/** 32-bit words with a bit for each instruction of a page. */
const BIT_WORDS = WORDS_PER_PAGE / 32;

/** Plain data, of a moment. */
export interface CoverageState {
  /** Physical addresses of pages with code. */
  readonly pages: Float64Array;
  /** 32 words for each of them, in their order; bit n of the page is its instruction n. */
  readonly bits: Uint32Array;
  /** Virtual page addresses, one for each pair of a virtual page and a physical page that code was fetched by. */
  readonly virtualPages: BigUint64Array;
  /** The other half of each pair. */
  readonly physicalPages: Float64Array;
}

export class Coverage {
  private readonly bitsOfPage = new Map<number, Uint32Array>();
  private readonly physicalOfVirtual = new Map<bigint, number[]>();
  private pairs = 0;

  /** Instructions `first` to `end` (without) of a physical page were decoded. */
  decoded(page: number, first: number, end: number): void {
    const bits = this.bitsOf(page);
    for (let n = first; n < end; n++) bits[n >> 5] |= 1 << (n & 31);
  }
  /** Code was fetched from a physical page by a virtual address in `virtualPage`. */
  fetched(virtualPage: bigint, physicalPage: number): void {
    const known = this.physicalOfVirtual.get(virtualPage);
    if (known?.includes(physicalPage)) return;
    this.pairs += 1;
    if (known) known.push(physicalPage);
    else this.physicalOfVirtual.set(virtualPage, [physicalPage]);
  }
  /** As {@link mayHaveExecuted} of a virtual address, of this moment. */
  has(address: bigint): boolean {
    const pages = this.physicalOfVirtual.get(address & ~0xfffn) ?? [];
    return pages.some((page) => {
      const bits = this.bitsOfPage.get(page);
      return bits !== undefined && isSet(bits, 0, address);
    });
  }

  snapshotState(): CoverageState {
    const pages = Float64Array.from(this.bitsOfPage.keys());
    const bits = new Uint32Array(pages.length * BIT_WORDS);
    let at = 0;
    for (const one of this.bitsOfPage.values()) {
      bits.set(one, at);
      at += BIT_WORDS;
    }
    const virtualPages = new BigUint64Array(this.pairs);
    const physicalPages = new Float64Array(this.pairs);
    let pair = 0;
    for (const [virtualPage, physical] of this.physicalOfVirtual) {
      for (const page of physical) {
        virtualPages[pair] = virtualPage;
        physicalPages[pair++] = page;
      }
    }
    return { pages, bits, virtualPages, physicalPages };
  }
  /** What was covered then is covered, too. */
  add({ pages, bits, virtualPages, physicalPages }: CoverageState): void {
    for (const [n, page] of pages.entries()) {
      const known = this.bitsOf(page);
      for (let word = 0; word < BIT_WORDS; word++) known[word] |= bits[n * BIT_WORDS + word];
    }
    for (const [n, virtualPage] of virtualPages.entries()) this.fetched(virtualPage, physicalPages[n]);
  }
  private bitsOf(page: number): Uint32Array {
    let bits = this.bitsOfPage.get(page);
    if (bits === undefined) {
      bits = new Uint32Array(BIT_WORDS);
      this.bitsOfPage.set(page, bits);
    }
    return bits;
  }
}

/** @param first word of the page's bits */
function isSet(bits: Uint32Array, first: number, address: bigint): boolean {
  const n = Number(address & 0xfffn) >> 2;
  return ((bits[first + (n >> 5)] >>> (n & 31)) & 1) === 1;
}

/**
 * Whether the instruction at an address may have been executed: true also for neighbours that were decoded with others.
 * @param isPhysical absent: the address is virtual, whatever mapped it then
 */
export function mayHaveExecuted({ pages, bits, virtualPages, physicalPages }: CoverageState, address: bigint, isPhysical = false): boolean {
  const isDecoded = (page: number): boolean => {
    const place = pages.indexOf(page);
    return place >= 0 && isSet(bits, place * BIT_WORDS, address);
  };
  const page = address & ~0xfffn;
  if (isPhysical) return isDecoded(Number(page));
  for (let n = virtualPages.indexOf(page); n >= 0; n = virtualPages.indexOf(page, n + 1)) if (isDecoded(physicalPages[n])) return true;
  return false;
}
