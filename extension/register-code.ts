/** A register or field as source text that says the same: constants for C, instructions for an assembler. */
import type { SystemRegister, SystemRegisterField } from '../debug-adapter/custom-requests.ts';
import { bitsOf, extract, fieldText, hex, maskOf } from './views/register-fields.ts';

/** `SCTLR_EL1 = 0x30d50999: SPAN = 1 (PSTATE.PAN stays), M = 1 (MMU on)`: the fields that are not 0. */
function inWords({ name, fields }: SystemRegister, value: bigint): string {
  const set = fields
    .filter((field) => extract(value, field) !== 0n)
    .map((field) => `${field.name} = ${fieldText(field, extract(value, field))}`);
  return `${name} = ${hex(value)}${set.length === 0 ? '' : `: ${set.join(', ')}`}`;
}

/** `UL` is 64 bits wide in every C ABI of AArch64 but that of Windows. */
export function asC(register: SystemRegister, value: bigint, field?: SystemRegisterField): string {
  if (field === undefined) return `/* ${inWords(register, value)} */\n#define ${register.name}_VALUE ${hex(value)}UL\n`;
  const name = `${register.name}_${field.name}`;
  const present = extract(value, field);
  return [
    `/* ${register.name}.${field.name} = ${fieldText(field, present)} */`,
    `#define ${name}_SHIFT ${field.lsb}`,
    `#define ${name}_MASK ${hex(maskOf(field))}UL`,
    `#define ${name}_VALUE ${hex(present << BigInt(field.lsb))}UL`,
    '',
  ].join('\n');
}

/** MOVZ and MOVK for the halfwords that are not 0. */
function moves(register: string, value: bigint): string[] {
  const halves = [0n, 16n, 32n, 48n].map((shift) => ({ shift, half: (value >> shift) & 0xffffn })).filter(({ half }) => half !== 0n);
  if (halves.length === 0) return [`mov\t${register}, #0`];
  return halves.map(({ shift, half }, index) => {
    const operand = `${register}, #${hex(half)}${shift === 0n ? '' : `, lsl #${shift}`}`;
    return `${index === 0 ? 'movz' : 'movk'}\t${operand}`;
  });
}

/** Sets the register, or the field and nothing else, by X0 and X1. What cannot be written is read. */
export function asAssembly(register: SystemRegister, value: bigint, field?: SystemRegisterField): string {
  const { name, access } = register;
  const words = field === undefined ? inWords(register, value) : `${name}.${field.name} = ${fieldText(field, extract(value, field))}`;
  const code =
    access === 'RO'
      ? [`mrs\tx0, ${name}`, ...(field === undefined ? [] : [`ubfx\tx0, x0, #${field.lsb}, #${bitsOf(field)}`])]
      : field === undefined
        ? [...moves('x0', value), `msr\t${name}, x0`]
        : [`mrs\tx0, ${name}`, ...moves('x1', extract(value, field)), `bfi\tx0, x1, #${field.lsb}, #${bitsOf(field)}`, `msr\t${name}, x0`];
  return `${[`// ${words}`, ...code].map((line) => `\t${line}`).join('\n')}\n`;
}
