/**
 * The walk of one stage's translation tables (AArch64.TranslationTableWalk), without permissions. Pure: descriptors come through a callback.
 *
 * It runs at every TLB miss, so 64-bit values are pairs of 32-bit numbers, `high` and `low`; physical addresses are plain numbers.
 */

/** Where descriptors are read from. */
export interface DescriptorMemory {
  /** Puts the 64-bit word at a physical address into {@link low} and {@link high}. @returns false: nothing answers there */
  readDescriptor(physicalAddress: number): boolean;
  readonly low: number;
  readonly high: number;
}

/** What the control registers say about one address range of one stage. */
export interface WalkParameters {
  /** log2 of the granule: 12, 14 or 16 bits. */
  readonly granule: number;
  /** Size of input addresses in bits; 0: the size that the register asks for is not possible. */
  readonly inputSize: number;
  readonly startLevel: number;
  /** Address of the first table: physical, or intermediate under stage 2. */
  readonly base: number;
  /** The table's address has bits above {@link outputSize}. */
  readonly baseTooLarge: boolean;
  /** Size of output addresses in bits. */
  readonly outputSize: number;
}

/** Fault status codes by level: status = kind + level. */
export const LEVEL_FAULT = { ADDRESS_SIZE: 0x00, TRANSLATION: 0x04, ACCESS_FLAG: 0x08, PERMISSION: 0x0c, EXTERNAL_ON_WALK: 0x14 } as const;

/** {@link Walk.status}: the descriptor was found. */
export const FOUND = -1;
/** {@link Walk.status}: stage 2 refused the address of a descriptor. */
export const STAGE_2_REFUSED = -2;

export interface Walk {
  /** A fault status code, {@link FOUND} or {@link STAGE_2_REFUSED}. */
  readonly status: number;
  readonly level: number;
  /** The block or page descriptor. */
  readonly low: number;
  readonly high: number;
  /** Bits 63:59 of the table descriptors on the way, ORed: NSTable, APTable[1:0], UXNTable, PXNTable from bit 4 down. */
  readonly tableAttributes: number;
  /** Physical address of the 4 KB page. */
  readonly page: number;
  /** log2 of what the descriptor maps. */
  readonly size: number;
}

const failed = (status: number, level: number): Walk => ({ status, level, low: 0, high: 0, tableAttributes: 0, page: 0, size: 0 });

/** Bits `lsb + count - 1` : `lsb` of high:low; fewer than 32. */
function bitsAt(high: number, low: number, lsb: number, count: number): number {
  const value = lsb >= 32 ? high >>> (lsb - 32) : lsb === 0 ? low : (low >>> lsb) | (high << (32 - lsb));
  return value & ((1 << count) - 1);
}

/**
 * @param high, low an input address that lies in the range
 * @param stage2 of a stage 1 walk under stage 2: the physical address of a descriptor, or -1 if stage 2 refuses the access
 * @param ignoreAccessFlag for debuggers
 */
export function translationTableWalk(
  parameters: WalkParameters,
  high: number,
  low: number,
  memory: DescriptorMemory,
  stage2: ((intermediateAddress: number) => number) | undefined,
  ignoreAccessFlag = false,
): Walk {
  const { granule, outputSize } = parameters;
  const stride = granule - 3;
  /** Bits of the high word that an output address must not have. */
  const excess = outputSize < 48 ? 0xffff & -(1 << (outputSize - 32)) : 0;
  if (parameters.baseTooLarge) return failed(LEVEL_FAULT.ADDRESS_SIZE, 0);

  let table = parameters.base;
  let tableAttributes = 0;
  let top = parameters.inputSize;
  for (let level = parameters.startLevel; ; level++) {
    const lsb = granule + (3 - level) * stride;
    const address = table + bitsAt(high, low, lsb, top - lsb) * 8;
    const physical = stage2 ? stage2(address) : address;
    if (physical < 0) return failed(STAGE_2_REFUSED, level);
    if (!memory.readDescriptor(physical)) return failed(LEVEL_FAULT.EXTERNAL_ON_WALK + level, level);
    const { low: entryLow, high: entryHigh } = memory;

    if (!(entryLow & 1)) return failed(LEVEL_FAULT.TRANSLATION + level, level);
    const isTable = level < 3 && (entryLow & 2) !== 0;
    if (isTable) {
      if (entryHigh & excess) return failed(LEVEL_FAULT.ADDRESS_SIZE + level, level);
      tableAttributes |= entryHigh >>> 27;
      table = (entryHigh & 0xffff) * 0x1_0000_0000 + ((entryLow & -(1 << granule)) >>> 0);
      top = lsb;
      continue;
    }
    const isAllowed = level === 3 ? (entryLow & 2) !== 0 : level === 2 || (level === 1 && granule === 12);
    if (!isAllowed) return failed(LEVEL_FAULT.TRANSLATION + level, level);
    if (entryHigh & excess) return failed(LEVEL_FAULT.ADDRESS_SIZE + level, level);
    if (!(entryLow & 0x400) && !ignoreAccessFlag) return failed(LEVEL_FAULT.ACCESS_FLAG + level, level);
    // No block is larger than 1 GB: the bits that the input address gives are in its low word.
    const within = (1 << lsb) - 1;
    const page = (entryHigh & 0xffff) * 0x1_0000_0000 + (((entryLow & ~within) | (low & within & ~0xfff)) >>> 0);
    return { status: FOUND, level, low: entryLow, high: entryHigh, tableAttributes, page, size: lsb };
  }
}
