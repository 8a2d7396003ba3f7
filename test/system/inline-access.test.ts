import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../../emulator/a64/decode.ts';
import type { InlineRegister } from '../../emulator/a64/instruction.ts';
import { INLINE_REGISTER_SLOT, INLINE_ZEROING, inlineAccess, inlineReadBit } from '../../emulator/system/inline-access.ts';
import { fakeServices, type Given, MODE, type Mode, mrs, outcome, peAt, sys } from './support.ts';

const modes = Object.keys(MODE) as Mode[];
const names = Object.keys(INLINE_REGISTER_SLOT) as InlineRegister[];
const controls: readonly Given[] = [
  {},
  { SCTLR_EL1: 1n << 14n /* DZE */ },
  { HCR_EL2: 1n << 28n /* TDZ */ },
  { HCR_EL2: (1n << 34n) | (1n << 27n) | (1n << 28n) /* E2H, TGE, TDZ */, SCTLR_EL2: 1n << 14n },
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
        if (name !== 'SP_EL0') pe.systemRegisters[INLINE_REGISTER_SLOT[name]] = 0x5678n;
        const stored = pe.systemRegisters[INLINE_REGISTER_SLOT[name]];
        const result = outcome(pe, mrs(name, 3));
        assert.equal(result === 'next', (allowed & inlineReadBit(name)) !== 0, `${name} at ${where}: ${result}`);
        if (result === 'next') assert.equal(pe.x(3), stored, `${name} at ${where}`);
      }
      const zeroing = outcome(peAt(mode, given), sys(3, 7, 4, 1, 0), fakeServices());
      assert.equal(zeroing === 'next', (allowed & INLINE_ZEROING) !== 0, `DC ZVA at ${where}: ${zeroing}`);
    }
  }
});
