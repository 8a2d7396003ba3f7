import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decode, instructions } from '../../emulator/a64/decode.ts';
import { registerTables } from '../../emulator/system/storage.ts';
import { DOCUMENT, documentOf, identification, identified, instructionRows } from './instruction-list.ts';

const rows = await instructionRows();

test('docs/instructions.md lists what is implemented (npm run instruction-list writes it)', () => {
  const [committed, made] = [readFileSync(DOCUMENT, 'utf8'), documentOf(rows)].map((text) => text.split('\n'));
  const different = made.findIndex((line, n) => line !== committed[n]);
  assert.deepEqual([committed[different], committed.length], [made[different], made.length]);
});

test('every encoding has a row, and Capstone a name for all that it decodes', () => {
  const listed = new Set(rows.map(({ instruction }) => instruction));
  assert.deepEqual(
    instructions.filter((instruction) => !listed.has(instruction)).map(({ name }) => name),
    [],
  );
  assert.deepEqual(
    rows.filter(({ mnemonics }) => mnemonics.length === 0 || mnemonics.includes('.inst')).map(({ instruction }) => instruction.name),
    [],
  );
});

for (const [feature, [field, value]] of Object.entries(identification)) {
  test(`${feature} is implemented, and ${field} says so`, () => {
    assert.ok(
      rows.some((row) => row.feature === feature),
      'no encoding',
    );
    assert.equal(identified(field), value);
  });
}

/** Extensions that are not there: a field that says so, and words that are UNDEFINED without them. */
const absent: readonly (readonly [feature: string, field: string, value: bigint, ...words: number[]])[] = [
  ['FEAT_AES', 'ID_AA64ISAR0_EL1.AES', 0n, 0x4e284820],
  ['FEAT_PMULL', 'ID_AA64ISAR0_EL1.AES', 0n, 0x0ee2e020],
  ['FEAT_SHA1', 'ID_AA64ISAR0_EL1.SHA1', 0n, 0x5e020020, 0x5e280820],
  ['FEAT_SHA256', 'ID_AA64ISAR0_EL1.SHA2', 0n, 0x5e024020, 0x5e282820],
  ['FEAT_SHA3', 'ID_AA64ISAR0_EL1.SHA3', 0n, 0xce020c20],
  ['FEAT_SM4', 'ID_AA64ISAR0_EL1.SM4', 0n, 0xcec08420],
  ['FEAT_FHM', 'ID_AA64ISAR0_EL1.FHM', 0n, 0x0e22ec20],
  ['FEAT_FlagM', 'ID_AA64ISAR0_EL1.TS', 0n, 0xd500401f, 0xba000400],
  ['FEAT_RNG', 'ID_AA64ISAR0_EL1.RNDR', 0n],
  ['FEAT_FCMA', 'ID_AA64ISAR1_EL1.FCMA', 0n, 0x6e82c420],
  ['FEAT_JSCVT', 'ID_AA64ISAR1_EL1.JSCVT', 0n, 0x1e7e0020],
  ['FEAT_FRINTTS', 'ID_AA64ISAR1_EL1.FRINTTS', 0n, 0x1e684020],
  ['FEAT_PAuth', 'ID_AA64ISAR1_EL1.APA', 0n, 0xdac10020],
  ['FEAT_PAuth', 'ID_AA64ISAR1_EL1.API', 0n, 0xd65f0bff],
  ['FEAT_SB', 'ID_AA64ISAR1_EL1.SB', 0n, 0xd50330ff],
  ['FEAT_BF16', 'ID_AA64ISAR1_EL1.BF16', 0n, 0x1e634020],
  ['FEAT_I8MM', 'ID_AA64ISAR1_EL1.I8MM', 0n, 0x4e82a420],
  ['FEAT_FP16', 'ID_AA64PFR0_EL1.FP', 0n, 0x1ee22820],
  ['FEAT_FP16', 'ID_AA64PFR0_EL1.AdvSIMD', 0n, 0x0e421420],
  ['FEAT_SSBS', 'ID_AA64PFR1_EL1.SSBS', 0n, 0xd503413f],
  ['FEAT_MTE', 'ID_AA64PFR1_EL1.MTE', 0n, 0x9ac21020],
  ['FEAT_LOR', 'ID_AA64MMFR1_EL1.LO', 0n, 0x88df7c20],
];
for (const [feature, field, value, ...words] of absent) {
  test(`${feature} is not implemented, and ${field} says so`, () => {
    assert.equal(identified(field), value);
    for (const word of words) assert.equal(decode(word).kind, 'undefined', word.toString(16));
  });
}

test('every field of the instruction set attributes is accounted for', () => {
  const accounted = new Set(
    [...Object.values(identification), ...absent.map(([, field, value]) => [field, value] as const)].map(([field]) => field),
  );
  const claimed = registerTables
    .flatMap(([, table]) => Object.entries(table))
    .filter(([register]) => /^ID_AA64ISAR\d_EL1$/.test(register))
    .flatMap(([register, { fields = '' }]) => [...fields.matchAll(/(\w+) \d+:\d+/g)].map(([, field]) => `${register}.${field}`));
  assert.deepEqual(
    claimed.filter((field) => identified(field) !== 0n && !accounted.has(field)),
    [],
  );
});
