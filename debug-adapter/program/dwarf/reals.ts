/** Floating-point values of DWARF expressions, binary32 and binary64; `undefined`: another format. */

const view = new DataView(new ArrayBuffer(8));

/** @param size of the format, in bytes */
export function realFromBits(bits: bigint, size: number): number | undefined {
  view.setBigUint64(0, bits, true);
  return size === 4 ? view.getFloat32(0, true) : size === 8 ? view.getFloat64(0, true) : undefined;
}

/** Rounded to the format: of a basic operation on two values of it, to what the operation itself gives. */
export function bitsFromReal(real: number, size: number): bigint | undefined {
  if (size !== 4 && size !== 8) return undefined;
  view.setBigUint64(0, 0n, true);
  if (size === 4) view.setFloat32(0, real, true);
  else view.setFloat64(0, real, true);
  return view.getBigUint64(0, true);
}
