/** _Alignof where the source says more than its types do; what it is otherwise is in cases/c-semantics.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignmentOf, charType, floatType, intType, longType, pointerTo, voidType } from '../../debug-adapter/evaluate/c-types.ts';
import type { Member, Type } from '../../debug-adapter/program/types.ts';
import { fixtureNames, openFixture } from '../program/fixtures.ts';

/** Without DW_AT_alignment: DWARF 4 has none, and this is strict. */
const strict = 'gcc-O2-dwarf4';
for (const name of fixtureNames.filter((name) => !name.startsWith('assembly'))) {
  test(`${name}: struct bits, which has __attribute__((aligned(8)))`, () => {
    const bits = openFixture(name).typeNamed('struct bits');
    assert.ok(bits?.kind === 'struct');
    assert.deepEqual([bits.alignment, alignmentOf(bits)], [name === strict ? undefined : 8, 8]);
  });
}

const struct = (size: number, ...members: readonly Omit<Member, 'name'>[]): Type => ({
  kind: 'struct',
  size,
  members: () => members.map((member, index) => ({ name: `m${index}`, ...member })),
});
const at = (offset: number, type: Type, more: Partial<Member> = {}): Member => ({ offset, type: () => type, ...more });

const rows: readonly (readonly [what: string, type: Type, alignment: number | undefined])[] = [
  ['nothing in it', struct(0), 1],
  ['that of its members', struct(16, at(0, charType), at(8, longType)), 8],
  ['packed: a member is where it could not be', struct(9, at(0, charType), at(1, longType)), 1],
  ['packed: another one could not follow it', struct(5, at(0, intType), at(4, charType)), 1],
  ['packed, and aligned by itself', { ...struct(6, at(0, charType), at(1, intType)), alignment: 2 } as Type, 2],
  ['a member with _Alignas(32), as clang notes it', struct(32, at(0, intType, { alignment: 32 })), 32],
  [
    'a bit-field beyond the first of its type',
    struct(8, at(0, intType, { bit: { offset: 0, size: 30 } }), at(5, intType, { bit: { offset: 0, size: 3 } })),
    4,
  ],
  ['a typedef with an alignment of its own', { kind: 'typedef', name: 'T', alignment: 16, to: () => intType }, 16],
  ['a volatile one of it', { kind: 'volatile', to: () => ({ kind: 'typedef', name: 'T', alignment: 16, to: () => intType }) }, 16],
  ['_Complex float', { kind: 'base', name: '_Complex float', size: 8, encoding: 'complex' }, floatType.size],
  ['a vector of 32 bytes', { kind: 'array', element: () => intType, count: 8, size: 32, isVector: true }, 16],
  ['a flexible array', { kind: 'array', element: () => longType }, 8],
  ['a function', { kind: 'function', returns: () => voidType, parameters: () => [] }, undefined],
  ['a pointer to one', pointerTo({ kind: 'function', returns: () => voidType, parameters: () => [] }), 8],
];
for (const [what, type, alignment] of rows) test(`${what}: ${alignment}`, () => assert.equal(alignmentOf(type), alignment));
