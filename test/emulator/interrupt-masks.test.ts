import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOP } from '../system/support.ts';
import { fingerprint, interruptEnabled, machineWith } from '../support/machine.ts';

const DAIFCLR_I = 0xd50342ff;
const MRS_DAIF_X4 = 0xd53b4224;
const MRS_CNTVCT_X6 = 0xd53be046;
/** The vectors' distance from the start of the program. */
const VECTORS = 0x800;
const IRQ = 0x280;

/** Sums up in X5 what MRS DAIF says between changes of the masks, while the virtual timer interrupts after 7, 14, … 112 increments. */
function program(changes: readonly number[]): number[] {
  const words = [
    ...interruptEnabled(27),
    0x10000008 | ((VECTORS / 4 - interruptEnabled(27).length) << 5), // adr x8, vectors
    0xd518c008, // msr vbar_el1, x8
    0xd2800003, // mov x3, #0
    0xd2801007, // mov x7, #0x80
    0xd28000e9, // mov x9, #7
    0xd51be309, // msr cntv_tval_el0, x9
    0xd2800028, // mov x8, #1
    0xd51be328, // msr cntv_ctl_el0, x8
  ];
  const loop = words.length;
  words.push(...changes.flatMap((change) => [change, MRS_DAIF_X4, 0x8b0400a5 /* add x5, x5, x4 */]));
  words.push((0x14000000 | ((loop - words.length) & 0x3ffffff)) >>> 0); // b loop
  while (words.length < (VECTORS + IRQ) / 4) words.push(NOP);
  words.push(
    0xd538cc0a, // mrs x10, icc_iar1_el1
    MRS_CNTVCT_X6,
    0x8b061ca5, // add x5, x5, x6, lsl #7
    0x91001d29, // add x9, x9, #7
    0x92401929, // and x9, x9, #0x7f
    0xb2400129, // orr x9, x9, #1
    0xd51be309, // msr cntv_tval_el0, x9
    0xd518cc2a, // msr icc_eoir1_el1, x10
    0xd69f03e0, // eret
  );
  return words;
}

const programs: readonly (readonly [name: string, changes: readonly number[]])[] = [
  ['DAIFSet and DAIFClr', [0xd50342df, NOP, DAIFCLR_I]],
  ['MSR DAIF', [0xd51b4227 /* x7 */, NOP, 0xd51b4223 /* x3 */, NOP]],
  ['saved and restored', [DAIFCLR_I, 0xd53b422b /* mrs x11, daif */, 0xd50342df, NOP, 0xd51b422b /* msr daif, x11 */]],
  ['never let through', [0xd50342df, 0xd51b4227]],
];

for (const [name, changes] of programs) {
  test(`interrupts come at the same instruction whether generated code or the host writes the masks: ${name}`, () => {
    const byHost = machineWith(program(changes));
    byHost.setWatchpoints([{ kind: 'value', pe: 0, what: 'sdei_depth' }]);
    const generated = [0, 3, 100].map((hotThreshold) => machineWith(program(changes), { hotThreshold }));
    for (const portion of [1000, 1, 7, 333, 5000, 20_011]) {
      const stop = byHost.run(portion);
      for (const emulator of generated) {
        assert.deepEqual(emulator.run(portion), stop);
        assert.equal(fingerprint(emulator), fingerprint(byHost));
      }
    }
    assert.equal(byHost.readRegister(0, 'x6') !== 0n, name !== 'never let through', 'the handler has run');
  });
}

test('watching DAIF notices each write', () => {
  const emulator = machineWith([0xd50342ff, 0xd50342df /* msr daifset, #2 */, NOP, DAIFCLR_I, NOP]);
  emulator.run(1);
  emulator.setWatchpoints([{ kind: 'value', pe: 0, what: { register: 'DAIF' } }]);
  const changes = [0, 1].map(() => {
    const stop = emulator.run(100);
    return stop.kind === 'watchpoint' && stop.change;
  });
  assert.deepEqual(changes, [
    { before: 0x340n, after: 0x3c0n },
    { before: 0x3c0n, after: 0x340n },
  ]);
});

test('a budget is exact in straight-line code that system instructions are spread over', () => {
  for (let phase = 0; phase < 3; phase++) {
    const words = Array.from({ length: 1000 }, (_, n) => (n % 128 >= 125 + phase ? MRS_CNTVCT_X6 : 0x91000400 /* add x0, x0, #1 */));
    const emulator = machineWith([...words, 0x17fffc18 /* b to the first */], { hotThreshold: 0 });
    for (const portion of [2002, 161, 170, 250, 300, 300, 300]) {
      const before = emulator.instructions;
      assert.equal(emulator.run(portion).kind, 'budget');
      assert.equal(emulator.instructions - before, portion, `phase ${phase}`);
    }
  }
});
