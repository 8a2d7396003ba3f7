/** PSTATE in SPSR format (Arm ARM, "SPSR_EL1, Saved Program Status Register (EL1)", AArch64 state). */
import type { RegisterField } from '../target/target.ts';

const bit = (name: string, at: number): RegisterField => ({ name, msb: at, lsb: at });

export const pstateFields: readonly RegisterField[] = [
  bit('N', 31),
  bit('Z', 30),
  bit('C', 29),
  bit('V', 28),
  bit('TCO', 25),
  bit('DIT', 24),
  bit('UAO', 23),
  bit('PAN', 22),
  bit('SS', 21),
  bit('IL', 20),
  bit('ALLINT', 13),
  bit('SSBS', 12),
  { name: 'BTYPE', msb: 11, lsb: 10 },
  { ...bit('D', 9), values: { 0: 'debug exceptions allowed', 1: 'debug exceptions masked' } },
  { ...bit('A', 8), values: { 0: 'SError allowed', 1: 'SError masked' } },
  { ...bit('I', 7), values: { 0: 'IRQ allowed', 1: 'IRQ masked' } },
  { ...bit('F', 6), values: { 0: 'FIQ allowed', 1: 'FIQ masked' } },
  { ...bit('nRW', 4), values: { 0: 'AArch64', 1: 'AArch32' } },
  { name: 'EL', msb: 3, lsb: 2, values: { 0: 'EL0', 1: 'EL1', 2: 'EL2', 3: 'EL3' } },
  { ...bit('SP', 0), values: { 0: 'SP_EL0', 1: 'SP_ELx' } },
];

/** `nZCv DAIF EL1h`: a capital letter is a set bit. */
export function pstateText(pstate: bigint): string {
  const at = (position: number) => (pstate >> BigInt(position)) & 1n;
  const letters = (names: string, top: number) =>
    [...names].map((letter, i) => (at(top - i) ? letter.toUpperCase() : letter.toLowerCase())).join('');
  const el = (pstate >> 2n) & 3n;
  return `${letters('NZCV', 31)} ${letters('DAIF', 9)} ${el === 0n ? 'EL0t' : `EL${el}${at(0) ? 'h' : 't'}`}`;
}
