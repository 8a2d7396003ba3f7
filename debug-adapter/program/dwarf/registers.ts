// DWARF register numbers of AArch64. Source: DWARF for the Arm 64-bit Architecture (AADWARF64), "DWARF register names".

export const REGISTER_LR = 30;
export const REGISTER_SP = 31;
export const REGISTER_PC = 32;
/** ELR_mode: the return address of code that an exception entered. */
export const REGISTER_ELR = 33;

/**
 * Whether a called function leaves the register as it found it, where call frame information does not say.
 * Source: AAPCS64, "Core registers" and "SIMD and Floating-Point registers" (of V8-V15 only the low half); X18 is the platform's own.
 */
export const isCalleeSaved = (register: number): boolean => (register >= 18 && register <= 31) || (register >= 72 && register <= 79);

/** The thread ID registers, any of which may hold the thread pointer. */
export const THREAD_POINTERS: ReadonlyMap<number, string> = new Map([
  [35, 'TPIDRRO_EL0'],
  [36, 'TPIDR_EL0'],
  [37, 'TPIDR_EL1'],
  [38, 'TPIDR_EL2'],
  [39, 'TPIDR_EL3'],
]);
