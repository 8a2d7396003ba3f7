import type { Pe } from '../pe.ts';
import { type AddressTranslation, executeAddressTranslation } from './address-translation.ts';
import { isHost, sctlr, tge } from './configuration.ts';
import type { Exception } from './exceptions.ts';
import { ZERO_BLOCK_BYTES } from './features.ts';
import { translateAddress } from './mmu.ts';
import type { RegisterEncoding } from './register.ts';
import type { SystemServices, TlbInvalidation } from './services.ts';
import { anyOf, mask, stored } from './storage.ts';
import { dataAbort, trappedSystemAccess, undefinedInstruction } from './syndromes.ts';
import { regimesOf } from './translation-regimes.ts';

type Operation = Pick<RegisterEncoding, 'op1' | 'crn' | 'crm' | 'op2'>;

/** SYS instructions: their `execute` returns an exception to take instead. */
interface SystemInstruction {
  readonly name: string;
  /** `<op1> C<n> C<m> <op2>` as in `SYS #<op1>, C<n>, C<m>, #<op2>`. */
  readonly at: string;
  readonly level: 0 | 1 | 2;
  /** HCR_EL2 bits that trap it from below EL2. */
  readonly traps: readonly `HCR_EL2.${string}`[];
  /** SCTLR_ELx bit that EL0 needs. */
  readonly el0?: 'UCI' | 'DZE';
  execute(pe: Pe, operand: bigint, services: SystemServices): Exception | undefined;
}

const dataCacheZero = (pe: Pe, operand: bigint, services: SystemServices): Exception | undefined =>
  services.zeroBlock(pe, operand, ZERO_BLOCK_BYTES);

/** Nothing is cached: cleaning and invalidating data has nothing to do, but by address it takes the faults of an access. */
const noEffect = (): undefined => undefined;
const byAddress =
  (access: 'maintain' | 'invalidate') =>
  (pe: Pe, operand: bigint, services: SystemServices): Exception | undefined => {
    const high = Number(operand >> 32n) | 0;
    const low = Number(operand & 0xffff_ffffn) | 0;
    const result = translateAddress(regimesOf(pe), services.descriptors, high, low, access, pe.state.exceptionLevel, 0);
    if (result.kind === 'page') {
      services.noteReadable(high, low);
      return undefined;
    }
    return dataAbort({ ...result, address: operand, faultStatus: result.status, isWrite: true, isCacheMaintenance: true });
  };
const clean = (
  name: string,
  at: string,
  level: 0 | 1,
  trap: `HCR_EL2.${string}`,
  execute: SystemInstruction['execute'] = noEffect,
): SystemInstruction => ({
  name,
  at,
  level,
  traps: [trap],
  el0: level === 0 ? 'UCI' : undefined,
  execute,
});

/** By address, and not DC IVAC. */
const MAINTENANCE_TRAPS = mask('HCR_EL2.TPCP') | mask('HCR_EL2.TPU');
const UCI = mask('SCTLR_EL1.UCI');
/** Whether IC IVAU, DC CVAC, DC CVAU and DC CIVAC are exceptions in the PE's present mode: some of them at least. */
export function isMaintenanceTrapped(pe: Pe): boolean {
  const el = pe.state.exceptionLevel;
  if (el === 0 && !(sctlr(pe, 0) & UCI)) return true;
  return el < 2 && !(el === 0 && isHost(pe)) && (stored(pe, 'HCR_EL2') & MAINTENANCE_TRAPS) !== 0n;
}

const instructionCache = (name: string, at: string, level: 0 | 1): SystemInstruction => ({
  name,
  at,
  level,
  traps: ['HCR_EL2.TPU'],
  el0: level === 0 ? 'UCI' : undefined,
  execute: (pe, operand, services) => {
    const exception = level === 0 ? byAddress('maintain')(pe, operand, services) : undefined;
    if (!exception) services.invalidateInstructions(pe, level === 0 ? operand : undefined);
    return exception;
  },
});

const isBroadcastForced = anyOf('HCR_EL2', mask('HCR_EL2.FB'));
const tlb = (name: string, at: string, level: 1 | 2, scope: TlbInvalidation['scope'], regime?: 'EL1' | 'EL2'): SystemInstruction => {
  const isInnerShareable = name.endsWith('IS');
  return {
    name: `TLBI ${name}`,
    at,
    level,
    traps: ['HCR_EL2.TTLB'],
    execute: (pe, operand, services) => {
      const innerShareable = isInnerShareable || (pe.state.exceptionLevel === 1 && isBroadcastForced(pe));
      // With HCR_EL2.{E2H,TGE} = {1,1} the EL1&0 instructions act on the EL2&0 regime.
      const meant = regime ?? (level === 2 || (pe.state.exceptionLevel === 2 && isHost(pe)) ? 'EL2' : 'EL1');
      services.invalidateTranslations(pe, { regime: meant, scope, operand, innerShareable });
      return undefined;
    },
  };
};
const TIDCP = mask('HCR_EL2.TIDCP');

const at = (name: string, encoding: string, what: AddressTranslation): SystemInstruction => ({
  name: `AT ${name}`,
  at: encoding,
  level: what.stages === 12 || what.el === 2 ? 2 : 1,
  traps: [],
  execute: (pe, operand, services) => executeAddressTranslation(pe, what, operand, services.descriptors),
});

/** Every SYS instruction there is. */
export const systemInstructions: readonly SystemInstruction[] = [
  instructionCache('IC IALLUIS', '0 C7 C1 0', 1),
  instructionCache('IC IALLU', '0 C7 C5 0', 1),
  instructionCache('IC IVAU', '3 C7 C5 1', 0),
  clean('DC IVAC', '0 C7 C6 1', 1, 'HCR_EL2.TPCP', byAddress('invalidate')),
  clean('DC ISW', '0 C7 C6 2', 1, 'HCR_EL2.TSW'),
  clean('DC CSW', '0 C7 C10 2', 1, 'HCR_EL2.TSW'),
  clean('DC CISW', '0 C7 C14 2', 1, 'HCR_EL2.TSW'),
  clean('DC CVAC', '3 C7 C10 1', 0, 'HCR_EL2.TPCP', byAddress('maintain')),
  clean('DC CVAU', '3 C7 C11 1', 0, 'HCR_EL2.TPU', byAddress('maintain')),
  clean('DC CIVAC', '3 C7 C14 1', 0, 'HCR_EL2.TPCP', byAddress('maintain')),
  { name: 'DC ZVA', at: '3 C7 C4 1', level: 0, traps: ['HCR_EL2.TDZ'], el0: 'DZE', execute: dataCacheZero },

  at('S1E1R', '0 C7 C8 0', { stages: 1, el: 1, access: 'read' }),
  at('S1E1W', '0 C7 C8 1', { stages: 1, el: 1, access: 'write' }),
  at('S1E0R', '0 C7 C8 2', { stages: 1, el: 0, access: 'read' }),
  at('S1E0W', '0 C7 C8 3', { stages: 1, el: 0, access: 'write' }),
  at('S1E2R', '4 C7 C8 0', { stages: 1, el: 2, access: 'read' }),
  at('S1E2W', '4 C7 C8 1', { stages: 1, el: 2, access: 'write' }),
  at('S12E1R', '4 C7 C8 4', { stages: 12, el: 1, access: 'read' }),
  at('S12E1W', '4 C7 C8 5', { stages: 12, el: 1, access: 'write' }),
  at('S12E0R', '4 C7 C8 6', { stages: 12, el: 0, access: 'read' }),
  at('S12E0W', '4 C7 C8 7', { stages: 12, el: 0, access: 'write' }),

  tlb('VMALLE1IS', '0 C8 C3 0', 1, 'all'),
  tlb('VAE1IS', '0 C8 C3 1', 1, 'address'),
  tlb('ASIDE1IS', '0 C8 C3 2', 1, 'asid'),
  tlb('VAAE1IS', '0 C8 C3 3', 1, 'address'),
  tlb('VALE1IS', '0 C8 C3 5', 1, 'address'),
  tlb('VAALE1IS', '0 C8 C3 7', 1, 'address'),
  tlb('VMALLE1', '0 C8 C7 0', 1, 'all'),
  tlb('VAE1', '0 C8 C7 1', 1, 'address'),
  tlb('ASIDE1', '0 C8 C7 2', 1, 'asid'),
  tlb('VAAE1', '0 C8 C7 3', 1, 'address'),
  tlb('VALE1', '0 C8 C7 5', 1, 'address'),
  tlb('VAALE1', '0 C8 C7 7', 1, 'address'),
  tlb('IPAS2E1IS', '4 C8 C0 1', 2, 'stage2', 'EL1'),
  tlb('IPAS2LE1IS', '4 C8 C0 5', 2, 'stage2', 'EL1'),
  tlb('ALLE2IS', '4 C8 C3 0', 2, 'all'),
  tlb('VAE2IS', '4 C8 C3 1', 2, 'address'),
  tlb('ALLE1IS', '4 C8 C3 4', 2, 'all', 'EL1'),
  tlb('VALE2IS', '4 C8 C3 5', 2, 'address'),
  tlb('VMALLS12E1IS', '4 C8 C3 6', 2, 'all', 'EL1'),
  tlb('IPAS2E1', '4 C8 C4 1', 2, 'stage2', 'EL1'),
  tlb('IPAS2LE1', '4 C8 C4 5', 2, 'stage2', 'EL1'),
  tlb('ALLE2', '4 C8 C7 0', 2, 'all'),
  tlb('VAE2', '4 C8 C7 1', 2, 'address'),
  tlb('ALLE1', '4 C8 C7 4', 2, 'all', 'EL1'),
  tlb('VALE2', '4 C8 C7 5', 2, 'address'),
  tlb('VMALLS12E1', '4 C8 C7 6', 2, 'all', 'EL1'),
];

const genericName = ({ op1, crn, crm, op2 }: Operation): string => `${op1} C${crn} C${crm} ${op2}`;
const byEncoding = new Map(systemInstructions.map((instruction) => [instruction.at, instruction]));

/** The instruction's name, or `SYS #0, C7, C8, #1`. */
export function systemInstructionName(operation: Operation): string {
  const { op1, crn, crm, op2 } = operation;
  return byEncoding.get(genericName(operation))?.name ?? `SYS #${op1}, C${crn}, C${crm}, #${op2}`;
}

/** SYS operations of features that the machine lacks, by what their encodings share. */
function unimplementedOperation(operation: Operation): string | undefined {
  const { op1, crn, crm, op2 } = operation;
  if (crn === 8 && (op1 === 0 || op1 === 4)) {
    if (crm === 1 || (op1 === 0 && crm === 4)) return 'TLBI, outer shareable';
    if (crm === 2 || crm === 5 || crm === 6) return 'TLBI by range';
  }
  if (crn === 9 && (op1 === 0 || op1 === 4)) return 'TLBI nXS';
  if (crn === 7) {
    if (op1 === 3 && (crm === 12 || crm === 13) && op2 === 1) return `DC ${crm === 12 ? 'CVAP' : 'CVADP'}`;
    if (op1 === 3 && crm === 3) return 'prediction restriction (CFP, DVP, CPP RCTX)';
    if (op1 === 0 && crm === 9) return 'AT S1E1RP, S1E1WP';
    if (crm === 4 || crm === 6 || crm === 10 || crm === 12 || crm === 14)
      return op1 === 0 || op1 === 3 ? 'cache maintenance of allocation tags' : undefined;
  }
  if (crn === 11 || crn === 15) return 'IMPLEMENTATION DEFINED system instruction';
  return undefined;
}

/** How a SYS instruction ended. */
export type SystemInstructionResult =
  /** `isControl`: it may change how to go on. */
  | { readonly kind: 'done'; readonly isControl: boolean }
  | { readonly kind: 'exception'; readonly exception: Exception }
  | { readonly kind: 'unimplemented'; readonly what: string };

const DONE: SystemInstructionResult = { kind: 'done', isControl: false };
const DONE_CONTROL: SystemInstructionResult = { kind: 'done', isControl: true };

/** Executes with the value of its register as `operand`. */
type ExecuteSystemInstruction = (pe: Pe, operand: bigint, services: SystemServices) => SystemInstructionResult;

/** SYS of register `rt`. */
export function systemInstruction(operation: Operation, rt: number): ExecuteSystemInstruction {
  const instruction = byEncoding.get(genericName(operation));
  if (!instruction) return missingInstruction(operation, rt);
  const trapped = (target: 1 | 2): SystemInstructionResult => ({
    kind: 'exception',
    exception: trappedSystemAccess({ op0: 1, ...operation }, rt, false, target),
  });
  const { level, execute } = instruction;
  const el0 = instruction.el0 && mask(`SCTLR_EL1.${instruction.el0}`);
  const isTrapped = anyOf(
    'HCR_EL2',
    instruction.traps.reduce((all, trap) => all | mask(trap), 0n),
  );
  const done = instruction.name.startsWith('TLBI ') ? DONE_CONTROL : DONE;
  return (pe, operand, services) => {
    const el = pe.state.exceptionLevel;
    if (el < level) return { kind: 'exception', exception: undefinedInstruction() };
    if (el === 0 && el0 !== undefined && !(sctlr(pe, 0) & el0)) return trapped(tge(pe) ? 2 : 1);
    if (el < 2 && isTrapped(pe) && !(el === 0 && isHost(pe))) return trapped(2);
    const exception = execute(pe, operand, services);
    return exception ? { kind: 'exception', exception } : done;
  };
}

function missingInstruction(operation: Operation, rt: number): ExecuteSystemInstruction {
  const what = unimplementedOperation(operation);
  const { op1, crn, crm, op2 } = operation;
  const isTrapped = (pe: Pe): boolean =>
    (crn === 11 || crn === 15) && pe.state.exceptionLevel === 1 && (stored(pe, 'HCR_EL2') & TIDCP) !== 0n;
  return (pe) => {
    if (isTrapped(pe)) return { kind: 'exception', exception: trappedSystemAccess({ op0: 1, ...operation }, rt, false, 2) };
    return what === undefined || (pe.state.exceptionLevel === 0 && op1 !== 3)
      ? { kind: 'exception', exception: undefinedInstruction() }
      : { kind: 'unimplemented', what: `${what} (SYS #${op1}, C${crn}, C${crm}, #${op2})` };
  };
}
