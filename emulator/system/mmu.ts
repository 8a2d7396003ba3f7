import type { Pe } from '../pe.ts';
import { FAULT_STATUS } from './exception-classes.ts';
import { PHYSICAL_ADDRESS_BITS } from './features.ts';

export type AccessType = 'read' | 'write' | 'execute';

export type Translation =
  /** `deviceMemory`: Device attributes, so unaligned accesses fault. */
  | { readonly kind: 'page'; readonly physicalPage: number; readonly deviceMemory: boolean }
  /** `status`: DFSC or IFSC. */
  | { readonly kind: 'fault'; readonly status: number };

/**
 * AArch64.TranslateAddress for the page of a virtual address. Stage 1 is off (SCTLR_ELx.M = 0): the address is the physical address, data is
 * Device-nGnRnE, instructions are Normal.
 */
export function translate(_pe: Pe, virtualAddress: bigint, access: AccessType, _exceptionLevel: number): Translation {
  if (virtualAddress >> BigInt(PHYSICAL_ADDRESS_BITS)) return { kind: 'fault', status: FAULT_STATUS.ADDRESS_SIZE_LEVEL_0 };
  return { kind: 'page', physicalPage: Number(virtualAddress & ~0xfffn), deviceMemory: access !== 'execute' };
}
