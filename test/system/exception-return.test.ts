import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OFFSET } from '../../emulator/cpu-state.ts';
import { exceptionReturn } from '../../emulator/system/exceptions.ts';
import { ERET, type Given, MODE, type Mode, PC, outcome, peAt } from './support.ts';

const TGE = 1n << 27n;
const RW = 1n << 31n;
const TARGET = 0x4000_8000n;

interface Case {
  readonly from: Mode;
  readonly spsr: bigint;
  readonly given?: Given;
  /** PSTATE afterwards. */
  readonly pstate: bigint;
  readonly illegal?: RegExp;
}
const cases: Readonly<Record<string, Case>> = {
  'EL1 to EL0': { from: 'EL1h', spsr: 0x6000_0000n, pstate: 0x6000_0000n },
  'EL1 to EL1t': { from: 'EL1h', spsr: 0x3c4n, pstate: 0x3c4n },
  'EL1 to EL1h with every other field': { from: 'EL1h', spsr: 0xf0c0_03c5n, pstate: 0xf0c0_03c5n },
  'EL2 to EL1h': { from: 'EL2h', spsr: 0x3c5n, pstate: 0x3c5n },
  'EL2 to EL0': { from: 'EL2h', spsr: 0n, pstate: 0n },
  'EL2 to EL2t': { from: 'EL2h', spsr: 0x8n, pstate: 0x8n },
  'IL comes back from SPSR in a legal return': { from: 'EL1h', spsr: 0x0010_0005n, pstate: 0x0010_0005n },
  'SS does not take effect while MDSCR_EL1.SS is 0': { from: 'EL1h', spsr: 0x0020_0000n, pstate: 0n },
  'SS takes effect where MDSCR_EL1.SS steps what is returned to': {
    from: 'EL1h',
    spsr: 0x0020_0000n,
    given: { MDSCR_EL1: 1n, OSLSR_EL1: 8n },
    pstate: 0x0020_0000n,
  },
  'SS does not take effect behind the OS lock': { from: 'EL1h', spsr: 0x0020_0000n, given: { MDSCR_EL1: 1n, OSLSR_EL1: 10n }, pstate: 0n },
  'SS does not take effect at EL1 without KDE': { from: 'EL1h', spsr: 0x0020_0005n, given: { MDSCR_EL1: 1n, OSLSR_EL1: 8n }, pstate: 5n },
  'SS does not take effect at EL1 with D': {
    from: 'EL2h',
    spsr: 0x0020_0205n,
    given: { MDSCR_EL1: 0x2001n, OSLSR_EL1: 8n },
    pstate: 0x205n,
  },
  'EL1 to EL2': { from: 'EL1h', spsr: 0x3c9n, pstate: 0x0010_03c5n, illegal: /EL2 is higher than EL1/ },
  'to EL3': { from: 'EL2h', spsr: 0x3cdn, pstate: 0x0010_03c9n, illegal: /EL3 is not implemented/ },
  'to EL0 with SP_EL0 selected as own': { from: 'EL1h', spsr: 0x1n, pstate: 0x0010_0005n, illegal: /EL0 has no stack pointer/ },
  'reserved M[1]': { from: 'EL1h', spsr: 0x6n, pstate: 0x0010_0005n, illegal: /M\[1\]/ },
  'to AArch32': { from: 'EL1h', spsr: 0x10n, pstate: 0x0010_0005n, illegal: /AArch32/ },
  'to EL1 with TGE': { from: 'EL2h', spsr: 0x5n, given: { HCR_EL2: RW | TGE }, pstate: 0x0010_0009n, illegal: /TGE/ },
  'to EL0 with TGE': { from: 'EL2h', spsr: 0n, given: { HCR_EL2: RW | TGE }, pstate: 0n },
  'an illegal return restores flags, masks, PAN and UAO': { from: 'EL1h', spsr: 0xf0c0_0149n, pstate: 0xf0d0_0145n, illegal: /EL2/ },
};

for (const [name, { from, spsr, given, pstate, illegal }] of Object.entries(cases)) {
  test(`${name}: ${illegal ? 'illegal' : 'returns'}`, () => {
    const el2 = MODE[from] >= 8n;
    const pe = peAt(from, { ...given, [el2 ? 'SPSR_EL2' : 'SPSR_EL1']: spsr, [el2 ? 'ELR_EL2' : 'ELR_EL1']: TARGET });
    const what = exceptionReturn(pe);
    if (illegal) assert.match(what ?? '', illegal);
    else assert.equal(what, undefined);
    assert.equal(pe.pc, TARGET);
    assert.equal(pe.pstate.toString(16), pstate.toString(16));
  });
}

test('ERET clears the local monitor and sets the event register', () => {
  const pe = peAt('EL1h', { SPSR_EL1: 5n, ELR_EL1: TARGET });
  pe.setField(OFFSET.MONITOR_SIZE, 4);
  assert.equal(outcome(pe, ERET), 'control PC 40008000');
  assert.equal(pe.field(OFFSET.MONITOR_SIZE), 0);
  assert.equal(pe.eventRegister, true);
});

test('ERET at EL0 is UNDEFINED', () => {
  const pe = peAt('EL0t', { ELR_EL1: TARGET });
  assert.equal(outcome(pe, ERET), 'EL1 +0x400 ESR 2000000 ELR this');
  assert.notEqual(pe.pc, PC);
});
