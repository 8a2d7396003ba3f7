import { FILL, FILL_KIND, FILL_RANGE, KNOWN_BLOCKS, KNOWN_BLOCKS_BYTES, TLB_CONTEXTS, tlbBank, tlbLog } from '../cpu-state.ts';
import type { MemoryRange } from '../memory/physical-memory.ts';
import { mayBeEntered } from '../system/mmu.ts';
import type { AddressRange, StageOne } from '../system/translation-regimes.ts';

/** RAM, and where generated code finds out which of its pages entries may be made for: a byte each. */
export interface FillableRam extends Pick<MemoryRange, 'base' | 'size' | 'host'> {
  readonly readablePages: number;
  readonly writablePages: number;
}

/** What contexts allow, as bits n of {@link FILL.READABLE}: n is 1 for a page that EL0 may access plus 2 for a read-only one. */
const ALL = 0b1111;
const NOT_READ_ONLY = 0b0011;
const USER = 0b1010;
const ALLOWED: readonly number[] = TLB_CONTEXTS.map((name) => (name === 'EL0' ? USER : name.endsWith('PAN') ? ALL & ~USER : ALL));

/** Keeps {@link FILL} and {@link KNOWN_BLOCKS} as the function `fill` of `tlb-fill.ts` needs them. */
export class FillParameters {
  private readonly words: Int32Array;
  private readonly ram: FillableRam;

  constructor(memory: ArrayBuffer, pes: number, ram: FillableRam) {
    this.words = new Int32Array(memory);
    this.ram = ram;
    for (let pe = 0; pe < pes; pe++) {
      TLB_CONTEXTS.forEach((_name, context) => {
        const at = this.place(pe, context);
        this.set(at + FILL.BANK, tlbBank(pe, context, false));
        this.set(at + FILL.LOG, tlbLog(pes, pe, context, false));
        this.set(at + FILL.KNOWN_BLOCKS, knownBlocks(pe));
        this.set(at + FILL.RAM_HOST, ram.host);
        this.set(at + FILL.READABLE_PAGES, ram.readablePages);
        this.set(at + FILL.WRITABLE_PAGES, ram.writablePages);
        this.setWide(at + FILL.RAM_BASE, ram.base);
      });
      this.forgetBlocks(pe);
    }
  }

  private place(pe: number, context: number): number {
    return FILL.AREA + (pe * TLB_CONTEXTS.length + context) * FILL.BYTES;
  }
  private set(at: number, value: number): void {
    this.words[at >> 2] = value;
  }
  /** @param value below 2^53 */
  private setWide(at: number, value: number): void {
    this.set(at, value | 0);
    this.set(at + 4, Math.floor(value / 2 ** 32));
  }

  /** The translation of a context has changed. */
  describe(pe: number, context: number, stage: StageOne): void {
    const at = this.place(pe, context);
    const { enabled, stage2, lower, upper } = stage;
    this.set(at + FILL.KIND, stage2 ? FILL_KIND.HOST : enabled ? FILL_KIND.TABLES : FILL_KIND.FLAT);
    const isEl2Only = stage.regime === 'EL2';
    const allowed = isEl2Only ? ALL : ALLOWED[context];
    this.set(at + FILL.READABLE, allowed);
    this.set(at + FILL.WRITABLE, allowed & NOT_READ_ONLY);
    let attributes = 0;
    for (let index = 0; index < 8; index++) if (mayBeEntered(stage, index)) attributes |= 1 << index;
    this.set(at + FILL.ATTRIBUTES, attributes);
    const reachable = enabled ? Math.min(this.ram.size, Math.max(2 ** lower.outputSize - this.ram.base, 0)) : this.ram.size;
    this.setWide(at + FILL.RAM_BYTES, reachable);
    this.describeRange(at + FILL.RANGES, lower);
    this.describeRange(at + FILL.RANGES + FILL_RANGE.BYTES, upper);
  }
  private describeRange(at: number, range: AddressRange | undefined): void {
    const isWalked = range !== undefined && range.inputSize !== 0 && !range.walksDisabled && !range.baseTooLarge;
    const table = isWalked ? range.base - this.ram.base : -1;
    this.set(at + FILL_RANGE.TABLE, table >= 0 && table < this.ram.size ? this.ram.host + table : 0);
    this.set(at + FILL_RANGE.IGNORED, range?.topByteIgnored ? 8 : 0);
    if (!isWalked) return;
    const { granule, inputSize, startLevel } = range;
    const lsb = granule + (3 - startLevel) * (granule - 3);
    this.set(at + FILL_RANGE.INPUT_SIZE, inputSize);
    this.set(at + FILL_RANGE.LSB, lsb);
    this.set(at + FILL_RANGE.MASK, 2 ** (inputSize - lsb) - 1);
    this.set(at + FILL_RANGE.GRANULE, granule);
  }

  /** Entries of a block may be made as long as nobody says {@link forgetBlocks}. `size`: log2 */
  noteBlock(pe: number, high: number, low: number, size: number): void {
    const number = (low >>> size) | (high << (32 - size));
    const at = (knownBlocks(pe) + (number & (KNOWN_BLOCKS.ENTRIES - 1)) * KNOWN_BLOCKS.BYTES) >> 2;
    this.words[at] = (low & -(2 ** size)) | size;
    this.words[at + 1] = high;
  }
  forgetBlocks(pe: number): void {
    this.words.fill(0, knownBlocks(pe) >> 2, (knownBlocks(pe) + KNOWN_BLOCKS_BYTES) >> 2);
  }
}

const knownBlocks = (pe: number): number => KNOWN_BLOCKS.AREA + pe * KNOWN_BLOCKS_BYTES;
