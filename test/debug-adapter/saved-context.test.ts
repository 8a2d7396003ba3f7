/** Frames below entry code that stores what it interrupted at the event's argument, and of code that no symbol names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createImages } from '../../debug-adapter/images.ts';
import { entryBefore } from '../../debug-adapter/stack/prologue.ts';
import { registersSavedAtArgument } from '../../debug-adapter/stack/saved-context.ts';
import { callerOf, frameAt } from '../../debug-adapter/stack/unwinder.ts';

const ENTRY = 0x8000n;
const ARGUMENT = 0x2_0000n;

/** Words at `ENTRY`, and 512 bytes at `ARGUMENT` that hold their own addresses. */
function memoryOf(words: readonly number[]) {
  const code = new Uint8Array(Uint32Array.from(words).buffer);
  const data = new Uint8Array(BigUint64Array.from({ length: 64 }, (_, index) => ARGUMENT + BigInt(index * 8)).buffer);
  return (address: bigint, length: number): Uint8Array => {
    for (const [base, bytes] of [
      [ENTRY, code],
      [ARGUMENT, data],
    ] as const) {
      const offset = Number(address - base);
      if (offset >= 0 && offset <= bytes.length) return bytes.slice(offset, offset + length);
    }
    return new Uint8Array();
  };
}

const linux = [
  0xa9094c32, // stp x18, x19, [x1, #144]
  0xa90e743c, // stp x28, x29, [x1, #224]
  0x910003e4, // mov x4, sp
  0xa90f103e, // stp x30, x4, [x1, #240]
  0xaa0103f3, // mov x19, x1
  0x39459264, // ldrb w4, [x19, #356]
  0x910000bf, // mov sp, x5
  0xd538411c, // mrs x28, sp_el0
  0x9432ec32, // bl
];
const SP = 31;
const saves: readonly (readonly [title: string, words: readonly number[], executed: number, places: Readonly<Record<number, number>>])[] = [
  ['nothing yet', linux, 0, {}],
  ['the first pair', linux, 1, { 18: 144, 19: 152 }],
  ['all, SP by way of X4', linux, 9, { 18: 144, 19: 152, 28: 224, 29: 232, 30: 240, [SP]: 248 }],
  ['through a copy of the argument, with an offset', [0x91010029 /* add x9, x1, #64 */, 0xf900053d /* str x29, [x9, #8] */], 2, { 29: 72 }],
  ['not what has been overwritten', [0xd538411c /* mrs x28, sp_el0 */, 0xa90e743c], 2, { 29: 232 }],
  ['not elsewhere', [0xa90e741c /* stp x28, x29, [x0, #224] */, 0xa90e77fc /* stp x28, x29, [sp, #224] */], 2, {}],
  ['not SP when it is another stack', [0x910000bf, 0x910003e4, 0xa90f103e], 3, { 30: 240 }],
  [
    'through a base that is written back after',
    [0x91010029, 0xa881753c /* stp x28, x29, [x9], #16 */, 0xf900013e /* str x30, [x9] */],
    3,
    { 28: 64, 29: 72, 30: 80 },
  ],
  ['through a base that is written back before', [0x91010029, 0xa981753c /* stp x28, x29, [x9, #16]! */], 2, { 28: 80, 29: 88 }],
  [
    'behind a load with write-back',
    [0x91010029, 0xa8c21123 /* ldp x3, x4, [x9], #32 */, 0xf900053d /* str x29, [x9, #8] */],
    3,
    { 29: 104 },
  ],
  ['not through a base that something else has moved', [0x91010029, 0x4c9f7120 /* st1 {v0.16b}, [x9], #16 */, 0xf900053d], 3, {}],
  ['not SP when something was pushed', [0xa9bf7bfd /* stp x29, x30, [sp, #-16]! */, 0x910003e4, 0xf9000424 /* str x4, [x1, #8] */], 3, {}],
  ['not what has been loaded', [0xf940203d /* ldr x29, [x1, #64] */, 0xa90e743c], 2, { 28: 224 }],
  ['nothing behind a call', [0x94000000, 0xa90e743c], 2, {}],
];
for (const [title, words, executed, places] of saves) {
  test(`registers saved at the argument: ${title}`, () => {
    const saved = registersSavedAtArgument(ENTRY, ENTRY + BigInt(executed * 4), ARGUMENT, memoryOf(words));
    assert.deepEqual(
      Object.fromEntries([...saved].map(([register, value]) => [register, Number(value - ARGUMENT)])),
      Object.fromEntries(Object.entries(places)),
    );
  });
}

const NOP = 0xd503201f;
const PUSH = 0xa9bb7bfd; // stp x29, x30, [sp, #-80]!
const MAKE_ROOM = 0xd10183ff; // sub sp, sp, #0x60
const STORE = 0xa9047bfd; // stp x29, x30, [sp, #64]
const entries: readonly (readonly [title: string, words: readonly number[], index: number | undefined])[] = [
  ['a pushed frame record', [NOP, PUSH, NOP, NOP], 1],
  ['the nearest one', [PUSH, NOP, PUSH, NOP], 2],
  ['room, and a record in it', [NOP, MAKE_ROOM, NOP, STORE, NOP], 1],
  ['room alone is none', [NOP, MAKE_ROOM, NOP, NOP], undefined],
  ['none', [NOP, NOP], undefined],
];
for (const [title, words, index] of entries) {
  test(`the entry before an address: ${title}`, () => {
    const entry = entryBefore(ENTRY + BigInt(words.length * 4), memoryOf(words));
    assert.equal(entry === undefined ? undefined : Number(entry - ENTRY) / 4, index);
  });
}

test('code that no symbol names is called by what its frame record and a call say', () => {
  const words = [NOP, PUSH, 0x910003fd /* mov x29, sp */, 0x94000000 /* bl */, NOP, 0x94000000, NOP, NOP];
  const frame = ENTRY - ENTRY + ARGUMENT;
  const at = (address: bigint, length: number): Uint8Array => {
    if (address !== frame && address !== frame + 8n) return memoryOf(words)(address, length);
    return new Uint8Array(BigUint64Array.of(address === frame ? 0x5000n : ENTRY + 24n).buffer).slice(0, length);
  };
  const registers = new Map([
    [29, frame],
    [30, ENTRY + 16n],
    [SP, frame],
  ]);
  const none = createImages([]);
  const caller = callerOf(frameAt(registers, ENTRY + 16n), none, at);
  assert.deepEqual([caller?.pc, caller?.registers.get(29), caller?.registers.get(SP)], [ENTRY + 24n, 0x5000n, frame + 80n]);
});
