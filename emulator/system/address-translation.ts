import type { Pe } from '../pe.ts';
import type { Exception } from './exceptions.ts';
import { HOW, type PageTranslation, type TranslationFault, translateAddress } from './mmu.ts';
import { store } from './storage.ts';
import { dataAbort } from './syndromes.ts';
import type { DescriptorMemory } from './translation-table-walk.ts';
import { regimesOf } from './translation-regimes.ts';

/** What an AT instruction asks: as if EL<el> read or wrote, through stage 1 or both stages. `S1E2R` is el 2. */
export interface AddressTranslation {
  readonly stages: 1 | 12;
  readonly el: 0 | 1 | 2;
  readonly access: 'read' | 'write';
}

const RES1 = 1n << 11n;
/** UNKNOWN in a Non-secure regime. */
const NS = 1n << 9n;
const F = 1n;
const PTW = 1n << 8n;
const S = 1n << 9n;

/** PAR_EL1 of a translation that worked. */
const success = ({ physicalPage, attributes, shareability }: PageTranslation): bigint =>
  (BigInt(attributes) << 56n) | BigInt(physicalPage) | RES1 | NS | (BigInt(shareability) << 7n);
const failure = ({ status, secondStage, s2fs1walk }: TranslationFault): bigint =>
  F | (BigInt(status) << 1n) | RES1 | (s2fs1walk ? PTW : 0n) | (secondStage ? S : 0n);

const isExternalAbort = (status: number): boolean => status === 0x10 || (status & 0x3c) === 0x14;

/**
 * AT: the result goes to PAR_EL1.
 * @returns the exception that it takes instead: for an external abort, and below EL2 when stage 2 refuses the address of a descriptor
 * Source: AArch64.AT
 */
export function executeAddressTranslation(
  pe: Pe,
  { stages, el, access }: AddressTranslation,
  address: bigint,
  memory: DescriptorMemory,
): Exception | undefined {
  const regimes = regimesOf(pe);
  // With HCR_EL2.{E2H,TGE} = {1,1} EL1 means the host's own EL2.
  const meant = el === 1 && pe.state.exceptionLevel === 2 && regimes.isHost ? 2 : el;
  const high = Number(address >> 32n) | 0;
  const low = Number(address & 0xffff_ffffn) | 0;
  const result = translateAddress(regimes, memory, high, low, access, meant, stages === 1 ? HOW.STAGE_1_ONLY : 0);
  if (result.kind === 'fault' && (isExternalAbort(result.status) || (result.s2fs1walk && pe.state.exceptionLevel === 1))) {
    return dataAbort({ ...result, address, faultStatus: result.status, isWrite: true, isCacheMaintenance: true });
  }
  store(pe, 'PAR_EL1', result.kind === 'page' ? success(result) : failure(result));
  return undefined;
}
