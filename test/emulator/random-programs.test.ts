import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprint, machineWith } from '../support/machine.ts';

/** Numbers below `n`, the same for the same seed. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const REGISTERS = 9;
/** X10: where the programs load and store. */
const BASE = 10 << 5;

/** Instructions with Rd in bits 4:0, Rn in 9:5, Rm in 20:16 and sf in bit 31. */
const plain = [0x0b000000, 0x4b000000, 0x2b000000, 0x6b000000, 0x6a000000, 0x3a000000, 0x7a000000, 0x1a000000, 0x1b000000];
/** The same with V registers, as they stand. */
const vectors = [
  0x4e208400, 0x6e208400, 0x4e20d400, 0x4e60d400, 0x4e20cc00, 0x6e20dc00, 0x6e601c00, 0x6e207400, 0x1e602800, 0x1e600800, 0x1e601800,
  0x1e202800, 0x1f400000, 0x4e20e400, 0x4e801800, 0x6e206c00,
];

function instruction(random: (n: number) => number): number {
  const [d, n, m] = [random(REGISTERS), random(REGISTERS), random(REGISTERS)];
  const sf = random(2) * 2 ** 31;
  const cond = random(15) << 12;
  const rows = [
    () => sf + plain[random(plain.length)] + (m << 16) + (n << 5) + d,
    () => sf + 0x6b00001f + (m << 16) + (n << 5), // CMP
    () => sf + 0x7100001f + (random(5) << 10) + (n << 5), // CMP (immediate)
    () => sf + 0x71000400 + (n << 5) + n, // SUBS n, n, #1
    () => sf + 0x6a00001f + (m << 16) + (n << 5), // TST
    () => sf + 0x7a400000 + (m << 16) + cond + (n << 5) + random(16), // CCMP
    () => sf + 0x3a400800 + (random(4) << 16) + cond + (n << 5) + random(16), // CCMN (immediate)
    () => sf + 0x1a800000 + (m << 16) + cond + (n << 5) + d, // CSEL
    () => 0xf9400000 + (random(32) << 10) + BASE + d, // LDR
    () => 0xf9000000 + (random(32) << 10) + BASE + d, // STR
    () => 0xa9400000 + (random(16) << 15) + (m << 10) + BASE + ((m + 1) % REGISTERS), // LDP
    () => vectors[random(vectors.length)] + (random(6) << 16) + (random(6) << 5) + random(6),
    () => 0x1e602000 + (random(4) << 16) + (random(4) << 5), // FCMP
    () => 0x9e670000 + (n << 5) + random(6), // FMOV D, X
    () => 0x9e660000 + (random(6) << 5) + d, // FMOV X, D
    () => 0x3dc00000 + (random(8) << 10) + BASE + random(6), // LDR Q
    () => 0x3d800000 + (random(8) << 10) + BASE + random(6), // STR Q
  ];
  return rows[random(rows.length)]();
}

/** Blocks that branch to each other at random and call a function behind them, without an end. */
function program(seed: number): number[] {
  const random = numbers(seed);
  const words = [
    0xd2a80a0a, // mov x10, #0x40500000
    0xd2a00600, // mov x0, #0x300000
    0xd5181040, // msr cpacr_el1, x0
    0xd5033fdf, // isb
  ];
  for (let register = 0; register < REGISTERS; register++) words.push(0xd2800000 + (random(random(3) ? 8 : 65536) << 5) + register);
  const starts: number[] = [];
  const branches: { at: number; to: number; word: number; bits: number; shift: number }[] = [];
  const blocks = 3 + random(10);
  for (let block = 0; block < blocks; block++) {
    starts.push(words.length);
    for (let count = random(6); count > 0; count--) words.push(instruction(random));
    const at = words.length;
    const to = random(3) === 0 ? block : random(blocks);
    const kinds = [
      { word: 0x54000000 + random(14), bits: 19, shift: 5 }, // B.cond
      { word: 0x54000000 + random(14), bits: 19, shift: 5 },
      { word: 0xb4000000 + random(2) * 0x1000000 + random(REGISTERS), bits: 19, shift: 5 }, // CBZ, CBNZ
      { word: 0x94000000, bits: 26, shift: 0 }, // BL
    ];
    const kind = kinds[random(kinds.length)];
    branches.push({ at, to: kind.bits === 26 ? blocks : to, ...kind });
    words.push(0);
  }
  branches.push({ at: words.length, to: 0, word: 0x14000000, bits: 26, shift: 0 });
  words.push(0);
  starts.push(words.length);
  words.push(instruction(random), instruction(random), 0xd65f03c0);
  for (const { at, to, word, bits, shift } of branches) words[at] = word + (((starts[to] - at) & (2 ** bits - 1)) << shift);
  return words.map((word) => word >>> 0);
}

test('random programs with loops, calls and flags: interpreted and translated code agree', () => {
  for (let seed = 200; seed < 320; seed++) {
    const words = program(seed);
    const interpreted = machineWith(words, { hotThreshold: 0 });
    const translated = machineWith(words, { hotThreshold: [1, 5, 40][seed % 3] });
    for (const portion of [3000, 13, 4001]) {
      assert.deepEqual(translated.run(portion), interpreted.run(portion), `seed ${seed}`);
      assert.equal(fingerprint(translated), fingerprint(interpreted), `seed ${seed} after ${interpreted.instructions} instructions`);
    }
  }
});
