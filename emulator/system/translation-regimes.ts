import type { Pe } from '../pe.ts';
import { PHYSICAL_ADDRESS_BITS } from './features.ts';
import { type RegisterName, SLOT } from './storage.ts';
import type { WalkParameters } from './translation-table-walk.ts';

/**
 * What the control registers of a PE say about translation, worked out once per change of them. Register values are pairs of 32-bit words:
 * whether they changed is asked at every change of exception level.
 */

/** An address range of stage 1: what TTBR0 or TTBR1 is for. */
export interface AddressRange extends WalkParameters {
  /** TCR.EPDn */
  readonly walksDisabled: boolean;
  /** TCR.TBIn: bits 63:56 of an address are ignored. */
  readonly topByteIgnored: boolean;
}

export interface StageOne {
  readonly regime: 'EL1&0' | 'EL2' | 'EL2&0';
  /** SCTLR.M, as far as HCR_EL2 lets it count. */
  readonly enabled: boolean;
  /** From TTBR0_ELx. */
  readonly lower: AddressRange;
  /** From TTBR1_ELx; absent in the EL2 regime. */
  readonly upper: AddressRange | undefined;
  readonly wxn: boolean;
  /** SCTLR.A */
  readonly alignmentChecked: boolean;
  /** No data access may be unaligned: SCTLR.A, or everything is Device memory, as it is with stage 1 off. */
  readonly isStrict: boolean;
  /** SCTLR.C */
  readonly dataCacheable: boolean;
  readonly mairLow: number;
  readonly mairHigh: number;
  /** HCR_EL2.DC: with stage 1 off, memory is Normal. */
  readonly defaultCacheable: boolean;
  /** Stage 2 of the same accesses; absent: off. */
  readonly stage2: StageTwo | undefined;
}

export interface StageTwo extends WalkParameters {
  /** HCR_EL2.PTW: stage 1 tables must not be in Device memory. */
  readonly protectsWalks: boolean;
}

/** Index of {@link TranslationRegimes.versions}: EL1&0, and EL2 or EL2&0. */
export type RegimeIndex = 1 | 2;

const WATCHED: Readonly<Record<RegimeIndex, readonly RegisterName[]>> = {
  1: ['TTBR0_EL1', 'TTBR1_EL1', 'SCTLR_EL1', 'TCR_EL1', 'MAIR_EL1', 'VTCR_EL2', 'VTTBR_EL2', 'HCR_EL2'],
  2: ['TTBR0_EL2', 'TTBR1_EL2', 'SCTLR_EL2', 'TCR_EL2', 'MAIR_EL2', 'HCR_EL2'],
};
const [TTBR0, TTBR1, SCTLR, TCR, MAIR] = [0, 1, 2, 3, 4];

/** HCR_EL2 bits that translation depends on: for EL1&0 VM, PTW, DC, TGE; E2H in the high word. */
const HCR = { VM: 1 << 0, PTW: 1 << 2, DC: 1 << 12, TGE: 1 << 27, E2H_HIGH: 1 << 2 } as const;
const HCR_LOW = HCR.VM | HCR.PTW | HCR.DC | HCR.TGE;
const ASID_BITS = 0xffff_0000 | 0;

const PHYSICAL_SIZES = [32, 36, 40, 42, 44, 48, 48, 48];
const outputSize = (field: number): number => Math.min(PHYSICAL_SIZES[field & 7], PHYSICAL_ADDRESS_BITS);
const GRANULES_0 = [12, 16, 14, 12];
const GRANULES_1 = [12, 14, 12, 16];

/** Where a first table of 2^(3 + indexBits) bytes starts. */
function tableBase(low: number, high: number, indexBits: number): number {
  const alignment = Math.max(3 + indexBits, 4);
  return (high & 0xffff) * 2 ** 32 + ((low & -(2 ** alignment)) >>> 0);
}

function addressRange(
  low: number,
  high: number,
  sizeOffset: number,
  granule: number,
  output: number,
  walksDisabled: boolean,
  topByteIgnored: boolean,
): AddressRange {
  const asked = 64 - (sizeOffset & 63);
  const inputSize = asked < 25 || asked > 48 ? 0 : asked;
  const stride = granule - 3;
  const startLevel = 4 - Math.ceil((inputSize - granule) / stride);
  const indexBits = inputSize - (granule + (3 - startLevel) * stride);
  const baseTooLarge = output < 48 && (high & 0xffff) >>> (output - 32) !== 0;
  return {
    granule,
    inputSize,
    startLevel,
    base: inputSize === 0 ? 0 : tableBase(low, high, indexBits),
    baseTooLarge,
    outputSize: output,
    walksDisabled,
    topByteIgnored,
  };
}

/** VTCR_EL2 and VTTBR_EL2. `inputSize` 0: they contradict each other, so that every access is a level 0 translation fault. */
function stageTwo(control: number, low: number, high: number, protectsWalks: boolean): StageTwo {
  const granule = GRANULES_0[(control >>> 14) & 3];
  const stride = granule - 3;
  const asked = 64 - (control & 63);
  const sl0 = (control >>> 6) & 3;
  const startLevel = granule === 12 ? 2 - sl0 : 3 - sl0;
  const indexBits = asked - (granule + (3 - startLevel) * stride);
  const needsLargeAddresses = sl0 === 2 && PHYSICAL_ADDRESS_BITS < (granule === 14 ? 42 : 44);
  const isPossible =
    sl0 !== 3 && !needsLargeAddresses && asked >= 25 && asked <= PHYSICAL_ADDRESS_BITS && indexBits >= 1 && indexBits <= stride + 4;
  const output = outputSize(control >>> 16);
  return {
    granule,
    inputSize: isPossible ? asked : 0,
    startLevel,
    base: isPossible ? tableBase(low, high, indexBits) : 0,
    baseTooLarge: output < 48 && (high & 0xffff) >>> (output - 32) !== 0,
    outputSize: output,
    protectsWalks,
  };
}

/** Translation control of one PE. */
export class TranslationRegimes {
  /** How often something changed that everything of a regime depends on, and (`local`) only what EL0 and non-global entries depend on. */
  readonly versions: Readonly<Record<RegimeIndex, { all: number; local: number }>> = { 1: { all: 0, local: 0 }, 2: { all: 0, local: 0 } };
  private readonly words: Int32Array;
  private readonly seen: Readonly<Record<RegimeIndex, Int32Array>>;
  private readonly stages: { 1: StageOne | undefined; 2: StageOne | undefined } = { 1: undefined, 2: undefined };

  constructor(pe: Pe) {
    const { buffer, byteOffset, length } = pe.systemRegisters;
    this.words = new Int32Array(buffer, byteOffset, length * 2);
    this.seen = { 1: new Int32Array(WATCHED[1].length * 2), 2: new Int32Array(WATCHED[2].length * 2) };
  }

  /** HCR_EL2.{E2H,TGE} = {1,1} */
  get isHost(): boolean {
    return (this.words[SLOT.HCR_EL2 * 2] & HCR.TGE) !== 0 && (this.words[SLOT.HCR_EL2 * 2 + 1] & HCR.E2H_HIGH) !== 0;
  }
  /** Which regime translates for an exception level. */
  indexFor(el: number): RegimeIndex {
    return el === 2 || (el === 0 && this.isHost) ? 2 : 1;
  }

  /** Stage 1 (and 2) for accesses of an exception level. */
  stageOne(el: number): StageOne {
    const index = this.indexFor(el);
    this.refresh(index);
    return this.stages[index] as StageOne;
  }

  /** Looks at the registers; counts in {@link versions} what changed since the last look. */
  refresh(index: RegimeIndex): void {
    const seen = this.seen[index];
    const slots = SLOTS[index];
    const { words } = this;
    let changed = this.stages[index] === undefined ? 2 : 0;
    const last = slots.length - 1;
    for (let i = 0; i <= last; i++) {
      let low = words[slots[i]];
      let high = words[slots[i] + 1];
      if (i === last) {
        low &= index === 1 ? HCR_LOW : 0;
        high &= HCR.E2H_HIGH;
      }
      if (seen[i * 2] === low && seen[i * 2 + 1] === high) continue;
      const onlyAsid = i === TTBR1 && seen[i * 2] === low && ((seen[i * 2 + 1] ^ high) & ~ASID_BITS) === 0;
      changed = Math.max(changed, i === TTBR0 || onlyAsid ? 1 : 2);
      seen[i * 2] = low;
      seen[i * 2 + 1] = high;
    }
    if (changed === 0) return;
    const version = this.versions[index];
    if (changed === 2) version.all += 1;
    else version.local += 1;
    this.stages[index] = this.derive(index, seen);
  }

  /**
   * Stands for everything that the translation of an address depends on besides the tables' contents; `upper` for that of a global page of the
   * upper range. Empty: addresses are physical addresses.
   */
  mappingKey(index: RegimeIndex, upper: boolean): string {
    const { enabled, stage2 } = this.stages[index] as StageOne;
    if (!enabled && !stage2) return '';
    const seen = this.seen[index];
    if (!upper) return `${index} ${seen.join(' ')}`;
    return `${index} upper ${seen[TTBR1 * 2]} ${seen[TTBR1 * 2 + 1] & ~ASID_BITS} ${seen.subarray(SCTLR * 2).join(' ')}`;
  }

  private derive(index: RegimeIndex, seen: Int32Array): StageOne {
    const low = (register: number): number => seen[register * 2];
    const high = (register: number): number => seen[register * 2 + 1];
    const hcr = seen.length / 2 - 1;
    const sctlr = low(SCTLR);
    const control = low(TCR);
    const isTwoRanges = index === 1 || (high(hcr) & HCR.E2H_HIGH) !== 0;
    const output = outputSize(isTwoRanges ? high(TCR) : control >>> 16);
    const hasStage2 = index === 1 && !this.isHost && (low(hcr) & (HCR.VM | HCR.DC)) !== 0;
    const isTaken = index === 1 && (low(hcr) & (HCR.TGE | HCR.DC)) !== 0;
    const enabled = (sctlr & 1) !== 0 && !isTaken;
    const defaultCacheable = index === 1 && (low(hcr) & HCR.DC) !== 0;
    return {
      regime: index === 1 ? 'EL1&0' : isTwoRanges ? 'EL2&0' : 'EL2',
      enabled,
      lower: addressRange(
        low(TTBR0),
        high(TTBR0),
        control,
        GRANULES_0[(control >>> 14) & 3],
        output,
        isTwoRanges && (control & (1 << 7)) !== 0,
        isTwoRanges ? (high(TCR) & (1 << 5)) !== 0 : (control & (1 << 20)) !== 0,
      ),
      upper: isTwoRanges
        ? addressRange(
            low(TTBR1),
            high(TTBR1),
            control >>> 16,
            GRANULES_1[(control >>> 30) & 3],
            output,
            (control & (1 << 23)) !== 0,
            (high(TCR) & (1 << 6)) !== 0,
          )
        : undefined,
      wxn: (sctlr & (1 << 19)) !== 0,
      alignmentChecked: (sctlr & 2) !== 0,
      isStrict: (sctlr & 2) !== 0 || (!enabled && !defaultCacheable),
      dataCacheable: (sctlr & 4) !== 0,
      mairLow: low(MAIR),
      mairHigh: high(MAIR),
      defaultCacheable,
      stage2: hasStage2 ? stageTwo(low(5), low(6), high(6), (low(hcr) & HCR.PTW) !== 0) : undefined,
    };
  }
}

const SLOTS: Readonly<Record<RegimeIndex, Int32Array>> = {
  1: Int32Array.from(WATCHED[1], (name) => SLOT[name] * 2),
  2: Int32Array.from(WATCHED[2], (name) => SLOT[name] * 2),
};

const known = new WeakMap<Pe, TranslationRegimes>();

export function regimesOf(pe: Pe): TranslationRegimes {
  let regimes = known.get(pe);
  if (!regimes) {
    regimes = new TranslationRegimes(pe);
    known.set(pe, regimes);
  }
  return regimes;
}
