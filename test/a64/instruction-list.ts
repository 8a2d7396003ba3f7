/** docs/instructions.md: every encoding there is, from the descriptions. Run as a program (`npm run instruction-list`) it writes the document. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { createDisassembler } from '../../debug-adapter/disassembly/disassembler.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import { decode, groups, instructions } from '../../emulator/a64/decode.ts';
import { type Field, encode } from '../../emulator/a64/encoding.ts';
import type { Feature, Instruction } from '../../emulator/a64/instruction.ts';
import { fieldOf, registerTables } from '../../emulator/system/storage.ts';

export const DOCUMENT = new URL('../../docs/instructions.md', import.meta.url);

/** Where a program finds out about an extension: ID register field, and its value. */
export const identification: Readonly<Record<Feature, readonly [field: string, value: bigint]>> = {
  FEAT_CRC32: ['ID_AA64ISAR0_EL1.CRC32', 1n],
  FEAT_LSE: ['ID_AA64ISAR0_EL1.Atomic', 2n],
  FEAT_RDM: ['ID_AA64ISAR0_EL1.RDM', 1n],
  FEAT_DotProd: ['ID_AA64ISAR0_EL1.DP', 1n],
  FEAT_LRCPC: ['ID_AA64ISAR1_EL1.LRCPC', 1n],
  FEAT_RAS: ['ID_AA64PFR0_EL1.RAS', 1n],
  FEAT_PAN: ['ID_AA64MMFR1_EL1.PAN', 1n],
  FEAT_UAO: ['ID_AA64MMFR2_EL1.UAO', 1n],
};

/** What the field says. */
export function identified(path: string): bigint {
  const [register] = path.split('.');
  const { msb, lsb } = fieldOf(path);
  const value = registerTables.map(([, rows]) => rows[register]?.reset).find((reset) => reset !== undefined) ?? 0n;
  return (value >> BigInt(lsb)) & ((1n << BigInt(msb - lsb + 1)) - 1n);
}

export interface Row {
  readonly group: string;
  readonly instruction: Instruction;
  readonly feature: Feature | undefined;
  /** In the order of the encodings. */
  readonly mnemonics: readonly string[];
}

/** Registers of operands: all different, pairs even. */
const registers: Readonly<Record<string, number>> = { Rd: 2, Rt: 2, Rn: 1, Rm: 4, Rs: 6, Rt2: 3, Ra: 5 };
/** Fields that are all ones where the instruction has no such operand. */
const absent: Readonly<Record<string, readonly string[]>> = {
  'Load/store ordered': ['Rs', 'Rt2'],
  'Load/store exclusive register': ['Rs', 'Rt2'],
  'Atomic memory operations: LDAPR': ['Rs'],
};

/** Values of a field that together show every mnemonic: all of a narrow one. */
function valuesOf({ name }: Instruction, field: Field): readonly number[] {
  if (registers[field.name] !== undefined)
    return absent[name]?.includes(field.name) ? [registers[field.name], 31] : [registers[field.name]];
  if (field.width > 6) return [0, 1, 2 ** field.width - 1];
  return Array.from({ length: 2 ** field.width }, (_, value) => value);
}

function* fieldValues(
  instruction: Instruction,
  fields: readonly Field[] = instruction.encoding.fields,
  values: Record<string, number> = {},
): Generator<Readonly<Record<string, number>>> {
  const [field, ...others] = fields;
  if (!field) yield values;
  else for (const value of valuesOf(instruction, field)) yield* fieldValues(instruction, others, { ...values, [field.name]: value });
}

/** What Capstone calls a word where another value of the same fields is no instruction to it. */
const UNNAMED = '.inst';

export async function instructionRows(): Promise<Row[]> {
  const disassembler = createDisassembler(nodeHost);
  const rows: Row[] = [];
  for (const [group, members] of Object.entries(groups)) {
    for (const instruction of Object.values(members)) {
      const words = new Map<Feature | undefined, number[]>();
      for (const values of fieldValues(instruction)) {
        const word = encode(instruction.encoding, values);
        const result = decode(word);
        if (result.kind !== 'instruction' || result.instruction !== instruction) continue;
        const feature = instruction.feature?.(values);
        words.set(feature, words.get(feature) ?? []);
        words.get(feature)?.push(word);
      }
      for (const [feature, list] of words) {
        const lines = await disassembler.disassemble(0x1000n, list);
        const mnemonics = new Set(lines.map((line) => line.split('\t')[0].replace(/^b\..*/, 'b.cond')));
        if (instruction.name in absent) mnemonics.delete(UNNAMED);
        rows.push({ group, instruction, feature, mnemonics: [...mnemonics] });
      }
    }
  }
  return rows;
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
const setOf = ({ group, feature }: Row): string => {
  if (feature !== undefined) return feature;
  return group.startsWith('simd') ? 'Advanced SIMD' : group.startsWith('float') ? 'floating-point' : 'base';
};

export function documentOf(rows: readonly Row[]): string {
  const table = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
    [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `# Implemented A64 instructions

Made from the descriptions in \`emulator/a64/instructions/\` by \`npm run instruction-list\`; a test compares.
A word is an instruction of a row if \`word & mask = value\` and its other fields are allocated; everything else is UNDEFINED, except for
SVE and SME words, at which the run stops and says so. Mnemonics are Capstone's, of every allocated value of the fields.

${instructions.length} encodings, of Armv8.0-A where no extension is named.

## Extensions

${table(
  ['Extension', 'Identified by', 'Value'],
  Object.entries(identification).map(([feature, [field, value]]) => [feature, field, `${value}`]),
)}

${Object.keys(groups)
  .map(
    (group) => `## ${group}

${table(
  ['Encoding', 'Mask', 'Value', 'Set', 'Mnemonics'],
  rows
    .filter((row) => row.group === group)
    .map((row) => [
      row.instruction.name,
      hex(row.instruction.encoding.mask),
      hex(row.instruction.encoding.value),
      setOf(row),
      row.mnemonics.join(' '),
    ]),
)}
`,
  )
  .join('\n')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(DOCUMENT, documentOf(await instructionRows()));
