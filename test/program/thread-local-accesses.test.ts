import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followThreadPointers, type ThreadLocalAccess } from '../../debug-adapter/program/thread-local-accesses.ts';

const RET = 0xd65f03c0;

/** `register+offset`, with `!` for constants that a linker has filled in and `&` for an address. */
const spell = ({ register, offset, isRelocated, isAddressOnly }: ThreadLocalAccess): string =>
  `${isAddressOnly ? '&' : ''}${register}+${offset}${isRelocated ? '!' : ''}`;

const rows: readonly (readonly [what: string, words: readonly number[], accesses: readonly string[]])[] = [
  [
    'local exec: MRS X0, TPIDR_EL0; ADD #1, LSL #12; ADD #0x18; LDR W1, [X0, #4]',
    [0xd53bd040, 0x91400400, 0x91006000, 0xb9400401],
    ['&36+4120!', '36+4124!'],
  ],
  ['-mtls-size=12: MRS X8, TPIDR_EL1; LDR X1, [X8, #32]', [0xd538d088, 0xf9401101], ['37+32']],
  [
    'relaxed initial exec: MRS X1, TPIDR_EL2; MOVZ X0, #1, LSL #16; MOVK X0, #16; LDR X2, [X1, X0]; ADD X0, X1, X0',
    [0xd53cd041, 0xd2a00020, 0xf2800200, 0xf8606822, 0x8b000020],
    ['38+65552!', '&38+65552!'],
  ],
  [
    'a call keeps X19 and not X1: MRS X0; ADD X1, X0, #0, LSL #12; MOV X19, X1; BL; LDR X2, [X19, #24]; LDR X2, [X1, #24]',
    [0xd53bd040, 0x91400001, 0xaa0103f3, 0x94000000, 0xf9400e62, 0xf9400c22],
    ['36+24!'],
  ],
  ['another MRS overwrites: MRS X19, TPIDR_EL0; MRS X19, CurrentEL; LDR X2, [X19, #24]', [0xd53bd053, 0xd5384253, 0xf9400e62], []],
  ['a literal has no base: MRS X0, TPIDR_EL0; LDR X3, literal', [0xd53bd040, 0x58000003], []],
  [
    'LDP, post-indexed, moves the base: MRS X4, TPIDRRO_EL0; LDP X5, X6, [X4], #16; STR X5, [X4]',
    [0xd53bd064, 0xa8c11885, 0xf9000085],
    ['35+0', '35+8'],
  ],
  ['LDP W3, W4, [X1, #4] reads two', [0xd53bd041, 0x29409023], ['36+4', '36+8']],
  ['LDUR W3, [X1, #-4], and LDR W3, [X1], #8', [0xd53bd041, 0xb85fc023, 0xb8408423, 0xb9400023], ['36+-4', '36+0']],
  ['behind RET nothing holds', [0xd53bd040, RET, 0xf9400401], []],
];

for (const [what, words, accesses] of rows)
  test(what, () => {
    const found: string[] = [];
    const code = new Uint8Array(Uint32Array.from(words).buffer);
    const read = followThreadPointers(code, 0x4000_0000, (access) => found.push(spell(access)));
    assert.deepEqual(found, accesses);
    assert.equal(read.size, 1);
  });

test('an access has the address of its instruction', () => {
  const code = new Uint8Array(Uint32Array.of(RET, 0xd538d088, 0xf9401101).buffer);
  const places: number[] = [];
  followThreadPointers(code, 0x4000_0000, ({ pc }) => places.push(pc));
  assert.deepEqual(places, [0x4000_0008]);
});
