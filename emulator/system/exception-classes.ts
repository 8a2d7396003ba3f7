/** ESR_ELx.EC: the exception classes of AArch64 state. For those that differ by origin, the name here is that from a lower level. */
export const EC = {
  UNKNOWN: 0x00,
  WFX: 0x01,
  FP_ACCESS: 0x07,
  ILLEGAL_STATE: 0x0e,
  SVC: 0x15,
  HVC: 0x16,
  SMC: 0x17,
  SYSTEM_REGISTER: 0x18,
  INSTRUCTION_ABORT: 0x20,
  PC_ALIGNMENT: 0x22,
  DATA_ABORT: 0x24,
  SP_ALIGNMENT: 0x26,
  FLOATING_POINT: 0x2c,
  SERROR: 0x2f,
  BREAKPOINT: 0x30,
  SOFTWARE_STEP: 0x32,
  WATCHPOINT: 0x34,
  BRK: 0x3c,
} as const;

/** Classes that are one higher when the exception was taken without a change of exception level. */
export const sameLevelIsNext: ReadonlySet<number> = new Set([
  EC.INSTRUCTION_ABORT,
  EC.DATA_ABORT,
  EC.BREAKPOINT,
  EC.SOFTWARE_STEP,
  EC.WATCHPOINT,
]);

export const exceptionClassNames: Readonly<Record<number, string>> = {
  0x00: 'undefined instruction',
  0x01: 'trapped WFI or WFE',
  0x07: 'trapped access to floating-point or Advanced SIMD',
  0x0e: 'illegal execution state',
  0x15: 'SVC',
  0x16: 'HVC',
  0x17: 'trapped SMC',
  0x18: 'trapped MSR, MRS or system instruction',
  0x20: 'instruction abort from a lower exception level',
  0x21: 'instruction abort',
  0x22: 'PC alignment fault',
  0x24: 'data abort from a lower exception level',
  0x25: 'data abort',
  0x26: 'SP alignment fault',
  0x2c: 'floating-point exception',
  0x2f: 'SError',
  0x30: 'breakpoint from a lower exception level',
  0x31: 'breakpoint',
  0x32: 'software step from a lower exception level',
  0x33: 'software step',
  0x34: 'watchpoint from a lower exception level',
  0x35: 'watchpoint',
  0x3c: 'BRK',
};

/** A word for each class, the same from the same and from a lower level. */
const exceptionClassWords: Readonly<Record<number, string>> = {
  [EC.UNKNOWN]: 'undefined',
  [EC.WFX]: 'wfx',
  [EC.FP_ACCESS]: 'fpAccess',
  [EC.ILLEGAL_STATE]: 'illegalState',
  [EC.SVC]: 'svc',
  [EC.HVC]: 'hvc',
  [EC.SMC]: 'smc',
  [EC.SYSTEM_REGISTER]: 'systemRegister',
  [EC.INSTRUCTION_ABORT]: 'instructionAbort',
  [EC.PC_ALIGNMENT]: 'pcAlignment',
  [EC.DATA_ABORT]: 'dataAbort',
  [EC.SP_ALIGNMENT]: 'spAlignment',
  [EC.FLOATING_POINT]: 'floatingPoint',
  [EC.SERROR]: 'serror',
  [EC.BREAKPOINT]: 'breakpoint',
  [EC.SOFTWARE_STEP]: 'softwareStep',
  [EC.WATCHPOINT]: 'watchpoint',
  [EC.BRK]: 'brk',
};
const fromLowerLevel = (ec: number): number => (sameLevelIsNext.has(ec - 1) ? ec - 1 : ec);
export const exceptionClassWord = (ec: number): string => exceptionClassWords[fromLowerLevel(ec)] ?? `ec${ec}`;

const withFar: ReadonlySet<number> = new Set([EC.INSTRUCTION_ABORT, EC.PC_ALIGNMENT, EC.DATA_ABORT, EC.WATCHPOINT]);
/** Whether FAR_ELx holds the faulting address. */
export const setsFar = (ec: number): boolean => withFar.has(fromLowerLevel(ec));

/** Fault status codes of instruction and data aborts (IFSC, DFSC). */
export const faultStatusNames: Readonly<Record<number, string>> = {
  0x00: 'address size fault, level 0',
  0x01: 'address size fault, level 1',
  0x02: 'address size fault, level 2',
  0x03: 'address size fault, level 3',
  0x04: 'translation fault, level 0',
  0x05: 'translation fault, level 1',
  0x06: 'translation fault, level 2',
  0x07: 'translation fault, level 3',
  0x09: 'access flag fault, level 1',
  0x0a: 'access flag fault, level 2',
  0x0b: 'access flag fault, level 3',
  0x0d: 'permission fault, level 1',
  0x0e: 'permission fault, level 2',
  0x0f: 'permission fault, level 3',
  0x10: 'synchronous external abort',
  0x14: 'synchronous external abort on a translation table walk, level 0',
  0x15: 'synchronous external abort on a translation table walk, level 1',
  0x16: 'synchronous external abort on a translation table walk, level 2',
  0x17: 'synchronous external abort on a translation table walk, level 3',
  0x21: 'alignment fault',
  0x30: 'TLB conflict',
  0x35: 'unsupported exclusive or atomic access',
};
/** Fault status codes that the machine makes itself. */
export const FAULT_STATUS = { ADDRESS_SIZE_LEVEL_0: 0x00, EXTERNAL: 0x10, ALIGNMENT: 0x21 } as const;
