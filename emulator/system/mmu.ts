import { LEVEL_FAULT, type DescriptorMemory, FOUND, type Walk, translationTableWalk } from './translation-table-walk.ts';
import type { AddressRange, StageOne, StageTwo, TranslationRegimes } from './translation-regimes.ts';
import { FAULT_STATUS } from './exception-classes.ts';
import { PHYSICAL_ADDRESS_BITS } from './features.ts';

/**
 * `atomic`: reads and writes. `maintain`: DC and IC by address, which only EL0 needs a permission for; `invalidate`: DC IVAC, which needs to
 * write. `any`: whatever is there, for debuggers.
 */
export type AccessType = 'read' | 'write' | 'atomic' | 'execute' | 'maintain' | 'invalidate' | 'any';

/** Properties of an access besides its type, ORed. */
export const HOW = {
  /** PSTATE.PAN holds for it. */
  PAN: 1,
  /** Its address is not a multiple of its size. */
  UNALIGNED: 2,
  /** AT S1E<n>: the result is the intermediate address. */
  STAGE_1_ONLY: 4,
} as const;

export interface PageTranslation {
  readonly kind: 'page';
  /** Physical address of the 4 KB page. */
  readonly physicalPage: number;
  /** Device attributes, so unaligned accesses fault. */
  readonly deviceMemory: boolean;
  /** Valid under one ASID only. */
  readonly nonGlobal: boolean;
  /** log2 of the memory that the same stage 1 descriptor maps; 12 when translation is off. */
  readonly size: number;
  /** As a byte of MAIR_ELx. */
  readonly attributes: number;
  /** 0 non-shareable, 2 outer, 3 inner. */
  readonly shareability: number;
}

export interface TranslationFault {
  readonly kind: 'fault';
  /** DFSC or IFSC. */
  readonly status: number;
  /** Stage 2 faulted; then `ipa` says where. */
  readonly secondStage: boolean;
  /** It faulted on the address of a stage 1 descriptor. */
  readonly s2fs1walk: boolean;
  readonly ipa: number;
}

export type Translation = PageTranslation | TranslationFault;

const fault = (status: number): TranslationFault => ({ kind: 'fault', status, secondStage: false, s2fs1walk: false, ipa: 0 });
const stage2Fault = (status: number, s2fs1walk: boolean, ipa: number): TranslationFault => ({
  kind: 'fault',
  status,
  secondStage: true,
  s2fs1walk,
  ipa,
});

const DEVICE_nGnRnE = 0x00;
const NORMAL_WRITE_BACK = 0xff;
const NORMAL_WRITE_THROUGH = 0xaa;
const NORMAL_NON_CACHEABLE = 0x44;
const OUTER_SHAREABLE = 2;
const isDevice = (attributes: number): boolean => (attributes & 0xf0) === 0;

/** Descriptor bits: AP[2:1] in the low word, UXN and PXN in the high one. */
const AP_USER = 1 << 6;
const AP_READ_ONLY = 1 << 7;
const NON_GLOBAL = 1 << 11;
const UXN_HIGH = 1 << 22;
const PXN_HIGH = 1 << 21;
/** {@link Walk.tableAttributes} */
const TABLE = { AP_READ_ONLY: 8, AP_NO_USER: 4, UXN: 2, PXN: 1 } as const;

/** AArch64.CheckPermission: whether the access is refused. */
function isRefused(stage: StageOne, walk: Walk, access: AccessType, el: number, how: number): boolean {
  if (access === 'any') return false;
  const { low, high, tableAttributes } = walk;
  const isPrivileged = el > 0;
  const mayWriteAtAll = (low & AP_READ_ONLY) === 0 && (tableAttributes & TABLE.AP_READ_ONLY) === 0;
  const isUserPage = stage.regime !== 'EL2' && (low & AP_USER) !== 0 && (tableAttributes & TABLE.AP_NO_USER) === 0;
  let read = isPrivileged || isUserPage;
  let write = mayWriteAtAll && read;
  if (access === 'execute') {
    const uxn = (high & UXN_HIGH) !== 0 || (tableAttributes & TABLE.UXN) !== 0;
    if (stage.regime === 'EL2') return uxn || (write && stage.wxn);
    if (!isPrivileged) return uxn || (write && stage.wxn);
    const pxn = (high & PXN_HIGH) !== 0 || (tableAttributes & TABLE.PXN) !== 0;
    return pxn || (isUserPage && mayWriteAtAll) || (write && stage.wxn);
  }
  if (how & HOW.PAN && isPrivileged && isUserPage) {
    read = false;
    write = false;
  }
  switch (access) {
    case 'read':
      return !read;
    case 'maintain':
      return !isPrivileged && !read;
    default:
      return !write;
  }
}

/** MAIR_ELx.Attr<n> as it takes effect. */
function attributesOf(stage: StageOne, low: number): number {
  const index = (low >>> 2) & 7;
  const attributes = ((index < 4 ? stage.mairLow : stage.mairHigh) >>> ((index & 3) * 8)) & 0xff;
  return isDevice(attributes) || stage.dataCacheable ? attributes : NORMAL_NON_CACHEABLE;
}

/** Whether generated code may know pages of this AttrIndx: it does not ask a page for its alignment, but all of them or none. */
export const mayBeEntered = (stage: StageOne, index: number): boolean =>
  stage.isStrict || (!stage.alignmentChecked && !isDevice(attributesOf(stage, index << 2)));

/** Device and non-cacheable memory is outer shareable. */
const effectiveShareability = (attributes: number, shareability: number): number =>
  isDevice(attributes) || attributes === NORMAL_NON_CACHEABLE ? OUTER_SHAREABLE : shareability === 1 ? 0 : shareability;

/** Cacheability of one half of a MAIR byte: 0 non-cacheable, 1 write-through, 2 write-back. */
const cacheability = (nibble: number): number => (nibble === 4 ? 0 : (nibble & 4) !== 0 ? 2 : 1);
/** The weaker of stage 1's half and MemAttr's (1 non-cacheable, 2 write-through, 3 write-back); hints are stage 1's. */
function combineHalf(stage1: number, memAttr: number): number {
  const weaker = Math.min(cacheability(stage1), Math.max(memAttr - 1, 0));
  return weaker === 0 ? 4 : (weaker === 1 ? 8 : 12) | (stage1 === 4 ? 0 : stage1 & 3);
}
/** CombineS1S2Desc: of Device and Normal the stronger, of two kinds of cacheability the weaker. */
function combineAttributes(stage1: number, memAttr: number): number {
  const isDevice2 = memAttr >>> 2 === 0;
  if (isDevice(stage1) && isDevice2) return Math.min(stage1 & 0xc, (memAttr & 3) << 2);
  if (isDevice(stage1)) return stage1;
  if (isDevice2) return (memAttr & 3) << 2;
  return (combineHalf(stage1 >>> 4, memAttr >>> 2) << 4) | combineHalf(stage1 & 15, memAttr & 3);
}
const combineShareability = (one: number, two: number): number => (one === 2 || two === 2 ? 2 : one === 3 || two === 3 ? 3 : 0);

/** The range that an address belongs to (bit 55 selects), if its top bits are all equal as they must be. */
export function rangeOf(stage: StageOne, high: number, low: number): AddressRange | undefined {
  const isUpper = stage.upper !== undefined && (high & 0x80_0000) !== 0;
  const range = isUpper ? (stage.upper as AddressRange) : stage.lower;
  const { inputSize } = range;
  if (inputSize === 0 || range.walksDisabled) return undefined;
  const word = isUpper ? ~high : high;
  const top = range.topByteIgnored ? word & 0xff_ffff : word;
  const isInRange = inputSize >= 32 ? top >>> (inputSize - 32) === 0 : top === 0 && (isUpper ? ~low : low) >>> inputSize === 0;
  return isInRange ? range : undefined;
}

/** Whether bits 63:56 of an address at `high` are ignored (EffectiveTBI). */
export const isTopByteIgnored = (stage: StageOne, high: number): boolean =>
  stage.upper !== undefined && (high & 0x80_0000) !== 0 ? stage.upper.topByteIgnored : stage.lower.topByteIgnored;

/** AArch64.SecondStageTranslate of one address. @returns the walk, or its fault status */
export function secondStageWalk(stage: StageTwo, address: number, memory: DescriptorMemory, access: AccessType): Walk | number {
  const high = Math.floor(address / 2 ** 32);
  const low = address | 0;
  const { inputSize } = stage;
  if (inputSize === 0 || (inputSize >= 32 ? high >>> (inputSize - 32) !== 0 : high !== 0 || low >>> inputSize !== 0)) {
    return LEVEL_FAULT.TRANSLATION;
  }
  const walk = translationTableWalk(stage, high, low, memory, undefined, access === 'any');
  return walk.status === FOUND ? walk : walk.status;
}
const S2_READ = 1 << 6;
const S2_WRITE = 1 << 7;

/** AArch64.CheckS2Permission: whether the access is refused. */
function isRefusedByStage2({ low, high }: Walk, access: AccessType): boolean {
  switch (access) {
    case 'any':
      return false;
    case 'execute':
      return (high & UXN_HIGH) !== 0;
    case 'read':
    case 'maintain':
      return (low & S2_READ) === 0;
    case 'atomic':
      return (low & (S2_READ | S2_WRITE)) !== (S2_READ | S2_WRITE);
    default:
      return (low & S2_WRITE) === 0;
  }
}

/**
 * AArch64.TranslateAddress for the page of a virtual address, given as two 32-bit words, as an access of exception level `el`.
 * It changes nothing; caching is up to the caller.
 */
export function translateAddress(
  regimes: TranslationRegimes,
  memory: DescriptorMemory,
  high: number,
  low: number,
  access: AccessType,
  el: number,
  how: number,
): Translation {
  const stage = regimes.stageOne(el);
  const { stage2 } = stage;
  const isData = access !== 'execute' && access !== 'any';

  let page: number;
  let attributes: number;
  let shareability: number;
  let nonGlobal = false;
  let size = 12;
  if (stage.enabled) {
    const range = rangeOf(stage, high, low);
    if (!range) return fault(LEVEL_FAULT.TRANSLATION);
    let refusal: TranslationFault | undefined;
    const throughStage2 =
      stage2 &&
      ((descriptor: number): number => {
        const result = walkThroughStage2(stage2, descriptor, memory, access);
        if (typeof result === 'number') return result;
        refusal = result;
        return -1;
      });
    const walk = translationTableWalk(range, high, low, memory, throughStage2, access === 'any');
    if (walk.status !== FOUND) return refusal ?? fault(walk.status);
    attributes = attributesOf(stage, walk.low);
    if (how & HOW.UNALIGNED && isData && isDevice(attributes)) return fault(FAULT_STATUS.ALIGNMENT);
    if (isRefused(stage, walk, access, el, how)) return fault(LEVEL_FAULT.PERMISSION + walk.level);
    shareability = effectiveShareability(attributes, (walk.low >>> 8) & 3);
    nonGlobal = stage.regime !== 'EL2' && (walk.low & NON_GLOBAL) !== 0;
    page = walk.page;
    size = walk.size;
  } else {
    const top = isTopByteIgnored(stage, high) && access !== 'execute' ? high & 0xff_ffff : high;
    if (top >>> (PHYSICAL_ADDRESS_BITS - 32) !== 0) return fault(FAULT_STATUS.ADDRESS_SIZE_LEVEL_0);
    page = top * 2 ** 32 + ((low & ~0xfff) >>> 0);
    attributes = stage.defaultCacheable ? NORMAL_WRITE_BACK : access === 'execute' ? NORMAL_WRITE_THROUGH : DEVICE_nGnRnE;
    shareability = stage.defaultCacheable ? 0 : OUTER_SHAREABLE;
    if (how & HOW.UNALIGNED && isData && isDevice(attributes)) return fault(FAULT_STATUS.ALIGNMENT);
  }

  if (stage2 && !(how & HOW.STAGE_1_ONLY)) {
    const ipa = page + (low & 0xfff);
    const walk = secondStageWalk(stage2, ipa, memory, access);
    if (typeof walk === 'number') return stage2Fault(walk, false, ipa);
    const combined = combineAttributes(attributes, (walk.low >>> 2) & 15);
    if (how & HOW.UNALIGNED && isData && isDevice(combined)) return stage2Fault(FAULT_STATUS.ALIGNMENT, false, ipa);
    if (isRefusedByStage2(walk, access)) return stage2Fault(LEVEL_FAULT.PERMISSION + walk.level, false, ipa);
    shareability = effectiveShareability(combined, combineShareability(shareability, (walk.low >>> 8) & 3));
    attributes = combined;
    page = walk.page;
  }
  return { kind: 'page', physicalPage: page, deviceMemory: isDevice(attributes), nonGlobal, size, attributes, shareability };
}

/** The physical address of a stage 1 descriptor under stage 2. */
function walkThroughStage2(stage2: StageTwo, descriptor: number, memory: DescriptorMemory, access: AccessType): number | TranslationFault {
  const result = secondStageWalk(stage2, descriptor, memory, access);
  if (typeof result === 'number') return stage2Fault(result, true, descriptor);
  const isProtected = stage2.protectsWalks && ((result.low >>> 4) & 3) === 0;
  if (isProtected || isRefusedByStage2(result, access === 'any' ? 'any' : 'read')) {
    return stage2Fault(LEVEL_FAULT.PERMISSION + result.level, true, descriptor);
  }
  return result.page + (descriptor % 4096);
}
