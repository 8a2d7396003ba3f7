import type { Pe } from '../pe.ts';

export type AccessType = 'read' | 'write' | 'execute';

/** Fault status codes (ESR_ELx.DFSC / IFSC) that translation and the bus produce. */
export const FAULT_STATUS = {
  ADDRESS_SIZE_LEVEL_0: 0b000000,
  SYNCHRONOUS_EXTERNAL_ABORT: 0b010000,
  ALIGNMENT: 0b100001,
} as const;

export type Translation =
  /** `deviceMemory`: Device attributes, so unaligned accesses fault. */
  | { readonly kind: 'page'; readonly physicalPage: number; readonly deviceMemory: boolean; readonly writable: boolean }
  | { readonly kind: 'fault'; readonly status: number };

/** ID_AA64MMFR0_EL1.PARange 0b0100. */
const PHYSICAL_ADDRESS_BITS = 44n;

/**
 * AArch64.TranslateAddress for the page of a virtual address. Stage 1 is off (SCTLR_ELx.M = 0): the address is the physical address, data is
 * Device-nGnRnE, instructions are Normal.
 */
export function translate(_pe: Pe, virtualAddress: bigint, access: AccessType, _exceptionLevel: number): Translation {
  if (virtualAddress >> PHYSICAL_ADDRESS_BITS) return { kind: 'fault', status: FAULT_STATUS.ADDRESS_SIZE_LEVEL_0 };
  return { kind: 'page', physicalPage: Number(virtualAddress & ~0xfffn), deviceMemory: access !== 'execute', writable: true };
}
