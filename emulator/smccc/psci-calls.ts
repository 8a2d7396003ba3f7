/** PSCI 1.1 (DEN0022): one row per call. */

import type { SdeiPe } from '../sdei/sdei-host.ts';
import type { PsciHost } from './psci-host.ts';

export const psciStatusCodes = {
  SUCCESS: 0n,
  NOT_SUPPORTED: -1n,
  INVALID_PARAMETERS: -2n,
  DENIED: -3n,
  ALREADY_ON: -4n,
  ON_PENDING: -5n,
  INTERNAL_FAILURE: -6n,
  NOT_PRESENT: -7n,
  DISABLED: -8n,
  INVALID_ADDRESS: -9n,
} as const;
export type PsciStatusName = keyof typeof psciStatusCodes;

export interface PsciCall {
  readonly host: PsciHost;
  readonly pes: readonly SdeiPe[];
  readonly pe: SdeiPe;
  /** X1, X2, …; of an SMC32 call W1, W2, … */
  readonly arguments: readonly bigint[];
}

/** A value or status for X0; `gone`: the PE does not go on behind the call. */
export type PsciResult = bigint | PsciStatusName | 'gone';

export interface PsciCallRow {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Identifier of the SMC32 form; the SMC64 form has bit 30 set. */
  readonly functionId: number;
  /** The call has an SMC64 form too. */
  readonly smc64?: true;
  /** What PSCI_FEATURES says; absent: 0. */
  readonly features?: bigint;
  run(call: PsciCall): PsciResult;
}

const PSCI_VERSION_1_1 = 0x0001_0001n;
const POWER_STATE_POWER_DOWN = 0x0001_0000n;
const POWER_STATE_RESERVED = 0xfcfe_0000n;
const AFFINITY_FIELDS = 0xff_00ff_ffffn;
const TRUSTED_OS_NOT_PRESENT = 2n;
const SMCCC_VERSION = 0x8000_0000;
const SYSTEM_WARM_RESET = 0n;

const isEntry = (address: bigint): boolean => (address & 3n) === 0n;

export const psciCalls: readonly PsciCallRow[] = [
  { name: 'PSCI_VERSION', parameters: [], functionId: 0x8400_0000, run: () => PSCI_VERSION_1_1 },
  {
    name: 'CPU_SUSPEND',
    parameters: ['power_state', 'entry_point_address', 'context_id'],
    functionId: 0x8400_0001,
    smc64: true,
    run({ host, pe, arguments: [powerState, entry, contextId] }) {
      if ((powerState & POWER_STATE_RESERVED) !== 0n || powerState > 0xffff_ffffn) return 'INVALID_PARAMETERS';
      if ((powerState & POWER_STATE_POWER_DOWN) === 0n) {
        host.suspendPe(pe.index, { kind: 'standby' });
        return 'SUCCESS';
      }
      if (!isEntry(entry)) return 'INVALID_ADDRESS';
      host.suspendPe(pe.index, { kind: 'powerDown', entry, contextId });
      return 'gone';
    },
  },
  {
    name: 'CPU_OFF',
    parameters: [],
    functionId: 0x8400_0002,
    run({ host, pe }) {
      host.stopPe(pe.index);
      return 'gone';
    },
  },
  {
    name: 'CPU_ON',
    parameters: ['target_cpu', 'entry_point_address', 'context_id'],
    functionId: 0x8400_0003,
    smc64: true,
    run({ host, pes, arguments: [target, entry, contextId] }) {
      const pe = pes.find(({ affinity }) => affinity === target);
      if (!pe) return 'INVALID_PARAMETERS';
      if (pe.power !== 'off') return 'ALREADY_ON';
      if (!isEntry(entry)) return 'INVALID_ADDRESS';
      host.startPe(pe.index, entry, contextId);
      return 'SUCCESS';
    },
  },
  {
    name: 'AFFINITY_INFO',
    parameters: ['target_affinity', 'lowest_affinity_level'],
    functionId: 0x8400_0004,
    smc64: true,
    run({ pes, arguments: [target, level] }) {
      if (level > 3n || (target & ~AFFINITY_FIELDS) !== 0n) return 'INVALID_PARAMETERS';
      const ignored = [0n, 0xffn, 0xffffn, 0xff_ffffn][Number(level)];
      const node = pes.filter(({ affinity }) => (affinity & ~ignored) === (target & ~ignored));
      if (node.length === 0) return 'INVALID_PARAMETERS';
      const [ON, OFF] = [0n, 1n];
      return node.some(({ power }) => power !== 'off') ? ON : OFF;
    },
  },
  { name: 'MIGRATE_INFO_TYPE', parameters: [], functionId: 0x8400_0006, run: () => TRUSTED_OS_NOT_PRESENT },
  {
    name: 'SYSTEM_OFF',
    parameters: [],
    functionId: 0x8400_0008,
    run({ host }) {
      host.systemOff();
      return 'gone';
    },
  },
  {
    name: 'SYSTEM_RESET',
    parameters: [],
    functionId: 0x8400_0009,
    run({ host }) {
      host.systemReset();
      return 'gone';
    },
  },
  {
    name: 'PSCI_FEATURES',
    parameters: ['psci_func_id'],
    functionId: 0x8400_000a,
    run({ arguments: [id] }) {
      if (id === BigInt(SMCCC_VERSION)) return 'SUCCESS';
      return psciCallOf(Number(id))?.features ?? (psciCallOf(Number(id)) ? 'SUCCESS' : 'NOT_SUPPORTED');
    },
  },
  {
    name: 'SYSTEM_RESET2',
    parameters: ['reset_type', 'cookie'],
    functionId: 0x8400_0012,
    smc64: true,
    run({ host, arguments: [resetType] }) {
      if (resetType !== SYSTEM_WARM_RESET) return 'INVALID_PARAMETERS';
      host.systemReset();
      return 'gone';
    },
  },
];

const rows: ReadonlyMap<number, PsciCallRow> = new Map(
  psciCalls.flatMap((row) => [[row.functionId, row] as const, ...(row.smc64 ? [[row.functionId + 0x4000_0000, row] as const] : [])]),
);

/** `undefined`: not a PSCI call of this machine. */
export function psciCallOf(functionId: number): PsciCallRow | undefined {
  return rows.get(functionId);
}
