import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../../emulator/a64/decode.ts';
import type { InlineRegister } from '../../emulator/a64/instruction.ts';
import {
  INLINE_MAINTENANCE,
  INLINE_MASKING,
  INLINE_REGISTER_SLOT,
  INLINE_ZEROING,
  inlineAccess,
  inlineReadBit,
  isRefusedWithException,
} from '../../emulator/system/inline-access.ts';
import { fakeServices, type Given, MODE, type Mode, mrs, msr, msrImmediate, outcome, peAt, sys } from './support.ts';

const modes = Object.keys(MODE) as Mode[];
const names = Object.keys(INLINE_REGISTER_SLOT) as InlineRegister[];
const controls: readonly Given[] = [
  {},
  { SCTLR_EL1: 1n << 14n /* DZE */ },
  { HCR_EL2: 1n << 28n /* TDZ */ },
  { HCR_EL2: (1n << 34n) | (1n << 27n) | (1n << 28n) /* E2H, TGE, TDZ */, SCTLR_EL2: 1n << 14n },
  { SCTLR_EL1: (1n << 9n) | (1n << 15n) | (1n << 26n) /* UMA, UCT, UCI */ },
  { HCR_EL2: 1n << 17n /* TID2 */, SCTLR_EL1: 1n << 15n },
  { HCR_EL2: 1n << 23n /* TPCP */, SCTLR_EL1: 1n << 26n },
  { HCR_EL2: 1n << 24n /* TPU */, SCTLR_EL1: 1n << 26n },
  { HCR_EL2: (1n << 34n) | (1n << 27n) /* E2H, TGE */, SCTLR_EL2: (1n << 9n) | (1n << 15n) | (1n << 26n) },
  { HCR_EL2: (1n << 34n) | (1n << 27n) | (1n << 17n) | (1n << 23n) | (1n << 24n), SCTLR_EL2: (1n << 9n) | (1n << 15n) | (1n << 26n) },
];
/** IC IVAU, DC CVAC, DC CVAU, DC CIVAC. */
const maintenance = [5, 10, 11, 14].map((crm) => sys(3, 7, crm, 1, 0));
const maskWrites: readonly (readonly [word: number, after: number])[] = [
  [msr('DAIF', 3), 0b0101],
  [msrImmediate('DAIFSet', 0b0011), 0b1011],
  [msrImmediate('DAIFClr', 0b1001), 0b0000],
];

test('the words of inline reads decode to their register', () => {
  for (const name of names) {
    const result = decode(mrs(name, 7));
    assert.ok(result.kind === 'instruction');
    assert.deepEqual(result.decoded, { form: { register: name }, d: 7 });
  }
});

test('what generated code may do by itself is what the host does without an exception', () => {
  for (const mode of modes) {
    for (const given of controls) {
      if (mode.startsWith('EL1') && 'SCTLR_EL2' in given) continue; // There is no EL1 while TGE = 1.
      const allowed = inlineAccess(peAt(mode, given));
      const where = `${mode} ${JSON.stringify(Object.keys(given))}`;
      for (const name of names) {
        const pe = peAt(mode, given);
        pe.bankedSp[0] = 0x1234n;
        if (name !== 'SP_EL0') pe.systemRegisters[INLINE_REGISTER_SLOT[name]] = name === 'DAIF' ? 0x140n : 0x5678n;
        const stored = pe.systemRegisters[INLINE_REGISTER_SLOT[name]];
        const result = outcome(pe, mrs(name, 3));
        const isAllowed = (allowed & inlineReadBit(name)) !== 0;
        if (isAllowed || isRefusedWithException(name)) assert.equal(result === 'next', isAllowed, `${name} at ${where}: ${result}`);
        if (isAllowed) assert.equal(pe.x(3), stored, `${name} at ${where}`);
      }
      for (const [word, after] of maskWrites) {
        const pe = peAt(mode, given);
        pe.state.daif = 0b1000;
        pe.setX(3, 0xf_ff7fn & ~0x280n);
        const result = outcome(pe, word);
        const isDone = result === 'next' || result === 'control';
        assert.equal(isDone, (allowed & INLINE_MASKING) !== 0, `${word.toString(16)} at ${where}: ${result}`);
        if (isDone) assert.equal(pe.state.daif, after);
      }
      const maintained = maintenance.map((word) => outcome(peAt(mode, given), word));
      assert.equal(
        maintained.every((result) => result === 'next'),
        (allowed & INLINE_MAINTENANCE) !== 0,
        `${maintained} at ${where}`,
      );
      const zeroing = outcome(peAt(mode, given), sys(3, 7, 4, 1, 0), fakeServices());
      assert.equal(zeroing === 'next', (allowed & INLINE_ZEROING) !== 0, `DC ZVA at ${where}: ${zeroing}`);
    }
  }
});
