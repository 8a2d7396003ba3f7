/**
 * What the PEs implement beyond the ARMv8.0-A base; the ID registers are derived from it.
 * A feature that becomes real is switched on here, and nowhere else.
 */
export const features = {
  /** Floating-point and Advanced SIMD, and with them FEAT_RDM and FEAT_DotProd. */
  floatingPoint: true,
  /** FEAT_FP16. Needs `floatingPoint`. */
  halfPrecision: false,
} as const;

/** Physical address size, in bits. */
export const PHYSICAL_ADDRESS_BITS = 40;
/** Hardware breakpoints and watchpoints, and how many of the former compare context IDs. */
export const BREAKPOINTS = 6;
export const WATCHPOINTS = 4;
export const CONTEXT_BREAKPOINTS = 2;
/** List registers of the virtual CPU interface (ICH_LR<n>_EL2). */
export const LIST_REGISTERS = 4;
/** Event counters of the performance monitors (PMCR_EL0.N). */
export const EVENT_COUNTERS = 6;
/** Bytes that DC ZVA writes. */
export const ZERO_BLOCK_BYTES = 64;
/** CNTFRQ_EL0. */
export const COUNTER_FREQUENCY_HZ = 62_500_000;
