/** The Arm architecture calls of SMCCC (DEN0028, "Arm Architecture Calls"). */

const SMCCC_VERSION_1_1 = 0x0001_0001n;
const NOT_SUPPORTED = -1n;

export interface ArchitectureCallRow {
  readonly functionId: number;
  readonly name: string;
  readonly parameters: readonly string[];
  run(args: readonly bigint[]): bigint;
}

const architectureCalls: readonly ArchitectureCallRow[] = [
  { functionId: 0x8000_0000, name: 'SMCCC_VERSION', parameters: [], run: () => SMCCC_VERSION_1_1 },
  {
    functionId: 0x8000_0001,
    name: 'SMCCC_ARCH_FEATURES',
    parameters: ['arch_func_id'],
    run: ([id]) => (architectureCallOf(Number(id)) ? 0n : NOT_SUPPORTED),
  },
];

export function architectureCallOf(functionId: number): ArchitectureCallRow | undefined {
  return architectureCalls.find((row) => row.functionId === functionId);
}
