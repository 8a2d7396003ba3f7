import { FPSR, type FloatStatus } from '../float/format.ts';

/** The registers that floating-point and Advanced SIMD instructions work on, for their definitions in {@link Compute}. */
export interface VectorState extends FloatStatus {
  /** V<n>, 128 bits. */
  v(n: number): bigint;
  setV(n: number, value: bigint): void;
  /** X<n>; 31 reads as zero and ignores writes. */
  x(n: number): bigint;
  setX(n: number, value: bigint): void;
  /** PSTATE.NZCV in bits 3:0. */
  nzcv: number;
}

/** What an instruction does, in exact integers: the definition that faster code is an optimisation of. */
export type Compute = (state: VectorState) => void;

const masks = Array.from({ length: 129 }, (_, bits) => (1n << BigInt(bits)) - 1n);
export const mask = (bits: number): bigint => masks[bits];

/** Elements of a vector, unsigned, lowest first. */
export function elements(value: bigint, bits: number, count: number, from = 0): bigint[] {
  const list: bigint[] = [];
  for (let index = from; index < from + count; index++) list.push((value >> BigInt(index * bits)) & masks[bits]);
  return list;
}
export const element = (value: bigint, bits: number, index: number): bigint => (value >> BigInt(index * bits)) & masks[bits];
/** A vector of elements, each reduced to its width; the rest is zero. */
export function join(list: readonly bigint[], bits: number): bigint {
  let value = 0n;
  for (let index = list.length - 1; index >= 0; index--) value = (value << BigInt(bits)) | BigInt.asUintN(bits, list[index]);
  return value;
}

/** Int() */
export const int = (value: bigint, bits: number, isUnsigned: boolean): bigint =>
  isUnsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);

/** SatQ(): sets FPSR.QC where the value does not fit. */
export function saturate(value: bigint, bits: number, isUnsigned: boolean, status: FloatStatus): bigint {
  const least = isUnsigned ? 0n : -(1n << BigInt(bits - 1));
  const most = isUnsigned ? masks[bits] : masks[bits - 1];
  if (value >= least && value <= most) return BigInt.asUintN(bits, value);
  status.fpsr |= FPSR.QC;
  return BigInt.asUintN(bits, value < least ? least : most);
}
