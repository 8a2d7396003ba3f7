/** ISS[24:14] of a data abort: ISV, SAS, SSE, SRT, SF, AR. */
const syndrome = (size: number, isSigned: boolean, register: number, is64Bit: boolean, isAcquireRelease: boolean): number =>
  (1 << 24) | (size << 22) | (isSigned ? 1 << 21 : 0) | (register << 16) | (is64Bit ? 1 << 15 : 0) | (isAcquireRelease ? 1 << 14 : 0);

/**
 * What a hypervisor needs to carry out a load or store itself; 0 (ISV = 0) unless the instruction moves one general-purpose register without
 * writing back the base: pairs, exclusives, atomics and vectors are not described.
 * Source: AArch64.LSInstructionSyndrome
 */
export function loadStoreSyndrome(word: number): number {
  const bits = (msb: number, lsb: number): number => (word >>> lsb) & (2 ** (msb - lsb + 1) - 1);
  const size = bits(31, 30);
  const opc = bits(23, 22);
  const rt = bits(4, 0);
  if (bits(26, 26)) return 0;
  if (bits(29, 24) === 0b011000) return size === 3 ? 0 : syndrome(size === 1 ? 3 : 2, size === 2, rt, size !== 0, false);
  if (bits(29, 24) === 0b001000) {
    const isOrdered = bits(23, 23) === 1 && bits(21, 21) === 0 && bits(15, 15) === 1;
    return isOrdered ? syndrome(size, false, rt, size === 3, true) : 0;
  }
  if (bits(29, 27) !== 0b111) return 0;
  const isAcquire = bits(25, 21) === 0b00101 && bits(15, 10) === 0b110000;
  if (isAcquire) return syndrome(size, false, rt, size === 3, true);
  const isPlain = bits(25, 24) === 0b01 || (bits(25, 24) === 0 && (bits(21, 21) ? bits(11, 10) === 0b10 : bits(10, 10) === 0));
  if (!isPlain) return 0;
  return syndrome(size, opc >= 2, rt, opc === 2 || (opc < 2 && size === 3), false);
}
