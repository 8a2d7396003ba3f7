/** DWARF register numbers (AADWARF64). */
export const FP = 29;
export const LR = 30;
export const SP = 31;
export const PC = 32;
/** ELR of the current exception level: the return address of code that an exception entered. */
export const ELR = 33;
export const V0 = 64;
