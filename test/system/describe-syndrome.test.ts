import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSyndrome } from '../../emulator/system/describe-syndrome.ts';

for (const [esr, words] of [
  [0x0200_0000n, 'undefined instruction'],
  [0x5600_0012n, 'SVC #0x12'],
  [0x5a00_0000n, 'HVC #0x0'],
  [0x5e00_0007n, 'trapped SMC #0x7'],
  [0xf200_0800n, 'BRK #0x800'],
  [0x07e0_0000n, 'trapped WFI'],
  [0x07e0_0001n, 'trapped WFE'],
  [0x6230_0461n, 'trapped MRS SCTLR_EL1'],
  [0x6230_0460n, 'trapped MSR SCTLR_EL1'],
  [0x6210_23een, 'trapped TLBI VMALLE1'],
  [0x6212_dc08n, 'trapped DC ZVA'],
  [0x9600_0050n, 'data abort: synchronous external abort, on a write'],
  [0x9200_0010n, 'data abort from a lower exception level: synchronous external abort, on a read'],
  [0x9600_0145n, 'data abort: translation fault, level 1, by cache maintenance'],
  [0x8600_0004n, 'instruction abort: translation fault, level 0'],
  [0x8a00_0000n, 'PC alignment fault'],
  [0x3a00_0000n, 'illegal execution state'],
  [0xbe00_0000n, 'SError'],
  [0xfe00_0000n, 'exception class 0x3f'],
] as const) {
  test(`ESR 0x${esr.toString(16)}: ${words}`, () => assert.equal(describeSyndrome(esr), words));
}
