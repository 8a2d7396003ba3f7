import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OFFSET } from '../../emulator/cpu-state.ts';
import { conduitOutcome } from '../../emulator/system/conduits.ts';
import { stored } from '../../emulator/system/storage.ts';
import { systemInstructions } from '../../emulator/system/system-instructions.ts';
import {
  CLREX,
  DMB_SY,
  DSB_SY,
  ESB,
  type Given,
  ISB,
  type Mode,
  NOP,
  SEV,
  SEVL,
  WFE,
  WFI,
  YIELD,
  brk,
  fakeServices,
  hlt,
  hvc,
  mrs,
  msrImmediate,
  outcome,
  peAt,
  smc,
  svc,
  sys,
} from './support.ts';

const RW = 1n << 31n;
const TGE = 1n << 27n;
const E2H = 1n << 34n;
const UNDEFINED = {
  EL0: 'EL1 +0x400 ESR 2000000 ELR this',
  EL1: 'EL1 +0x200 ESR 2000000 ELR this',
  EL2: 'EL2 +0x200 ESR 2000000 ELR this',
};

/** Instruction, mode, stored registers; what happens. */
const cases: Readonly<Record<string, readonly [number, Mode, Given, string]>> = {
  'SVC #5 at EL0': [svc(5), 'EL0t', {}, 'EL1 +0x400 ESR 56000005 ELR next'],
  'BRK #0x800 at EL1': [brk(0x800), 'EL1h', {}, 'EL1 +0x200 ESR f2000800 ELR this'],
  'HLT at EL1': [hlt(0xf000), 'EL1h', {}, UNDEFINED.EL1],
  'DCPS1 at EL1': [0xd4a0_0001, 'EL1h', {}, UNDEFINED.EL1],
  'UDF at EL1': [0x0000_0000, 'EL1h', {}, UNDEFINED.EL1],
  'UDF #0x123 at EL0': [0x0000_0123, 'EL0t', {}, UNDEFINED.EL0],
  NOP: [NOP, 'EL0t', {}, 'next'],
  YIELD: [YIELD, 'EL0t', {}, 'next'],
  'an unallocated hint': [0xd503_2fdf, 'EL0t', {}, 'next'],
  'DSB SY': [DSB_SY, 'EL0t', {}, 'next'],
  'DMB SY': [DMB_SY, 'EL0t', {}, 'next'],
  ISB: [ISB, 'EL0t', {}, 'control'],
  'SB is not implemented, UNDEFINED': [0xd503_30ff, 'EL1h', {}, UNDEFINED.EL1],
  'CFINV is not implemented, UNDEFINED': [0xd500_401f, 'EL1h', {}, UNDEFINED.EL1],
  SYSL: [0xd528_7520, 'EL1h', {}, UNDEFINED.EL1],
  'MSR SPSel at EL0': [msrImmediate('SPSel', 0), 'EL0t', {}, UNDEFINED.EL0],
  'MSR PAN at EL0': [msrImmediate('PAN', 1), 'EL0t', {}, UNDEFINED.EL0],
  'MSR DAIFSet at EL0 without UMA': [msrImmediate('DAIFSet', 2), 'EL0t', {}, 'EL1 +0x400 ESR 620cd3e4 ELR this'],
  'MSR DAIFSet at EL0 with UMA': [msrImmediate('DAIFSet', 2), 'EL0t', { SCTLR_EL1: 0x200n }, 'next'],
  'MSR DAIFSet at EL1': [msrImmediate('DAIFSet', 15), 'EL1h', {}, 'next'],
  'MSR DAIFClr at EL1': [msrImmediate('DAIFClr', 2), 'EL1h', {}, 'control'],
  'MRS DBGBVR0_EL1 with MDCR_EL2.TDE': [mrs('DBGBVR0_EL1'), 'EL1h', { MDCR_EL2: 1n << 8n }, 'EL2 +0x400 ESR 62280001 ELR this'],
  'MRS OSLSR_EL1 with MDCR_EL2.TDE': [mrs('OSLSR_EL1'), 'EL1h', { MDCR_EL2: 1n << 8n }, 'EL2 +0x400 ESR 62280403 ELR this'],
  'MRS MDRAR_EL1 with MDCR_EL2.TDE': [mrs('MDRAR_EL1'), 'EL1h', { MDCR_EL2: 1n << 8n }, 'EL2 +0x400 ESR 62200401 ELR this'],
  'MRS MDCCSR_EL0 with TGE': [mrs('MDCCSR_EL0'), 'EL0t', { HCR_EL2: RW | TGE }, 'EL2 +0x400 ESR 6220c003 ELR this'],
  'MRS MDCCSR_EL0 of a host': [mrs('MDCCSR_EL0'), 'EL0t', { HCR_EL2: RW | E2H | TGE }, 'EL2 +0x400 ESR 6220c003 ELR this'],
  'MRS MDCCSR_EL0 with MDSCR_EL1.TDCC': [mrs('MDCCSR_EL0'), 'EL0t', { MDSCR_EL1: 1n << 12n }, 'EL1 +0x400 ESR 6220c003 ELR this'],
  'MRS MDCCSR_EL0 with MDSCR_EL1.TDCC at EL1': [mrs('MDCCSR_EL0'), 'EL1h', { MDSCR_EL1: 1n << 12n }, 'next'],
  "MRS PMCCNTR_EL0 of a host's EL0 with TPM": [
    mrs('PMCCNTR_EL0'),
    'EL0t',
    { HCR_EL2: RW | E2H | TGE, MDCR_EL2: 1n << 6n, PMUSERENR_EL0: 1n },
    'EL2 +0x400 ESR 6230e41b ELR this',
  ],
  'an IMPLEMENTATION DEFINED register with TIDCP': [0xd53b_b000, 'EL1h', { HCR_EL2: RW | (1n << 20n) }, 'EL2 +0x400 ESR 6230ec01 ELR this'],
  'an IMPLEMENTATION DEFINED instruction with TIDCP': [
    sys(0, 15, 1, 0, 3),
    'EL1h',
    { HCR_EL2: RW | (1n << 20n) },
    'EL2 +0x400 ESR 62103c62 ELR this',
  ],
  'SVE stops by name': [0x0420_0000, 'EL1h', {}, 'unimplemented: SVE instruction'],
  'FADD without CPACR_EL1.FPEN': [0x1e62_2820, 'EL1h', {}, 'EL1 +0x200 ESR 1fe00000 ELR this'],
  'LDR Q0 at EL0 with CPACR_EL1.FPEN for EL1 only': [0x3dc0_0000, 'EL0t', { CPACR_EL1: 0x10_0000n }, 'EL1 +0x400 ESR 1fe00000 ELR this'],
  'FADD with CPTR_EL2.TFP': [0x1e62_2820, 'EL1h', { CPACR_EL1: 0x30_0000n, CPTR_EL2: 0x37ffn }, 'EL2 +0x400 ESR 1fe00000 ELR this'],
  'FADD at EL0 with TGE and no FPEN': [0x1e62_2820, 'EL0t', { HCR_EL2: RW | TGE }, 'EL2 +0x400 ESR 2000000 ELR this'],
  'an unallocated floating-point encoding is UNDEFINED, trapped or not': [0xffff_ffff, 'EL1h', {}, UNDEFINED.EL1],
  'an unallocated integer encoding': [0x0b00_8000 | (3 << 22), 'EL1h', {}, UNDEFINED.EL1],
  // Waiting.
  'WFI waits': [WFI, 'EL1h', {}, 'control'],
  'WFI at EL0 traps without nTWI': [WFI, 'EL0t', { SCTLR_EL1: 0n }, 'EL1 +0x400 ESR 7e00000 ELR this'],
  'WFE at EL0 traps without nTWE': [WFE, 'EL0t', { SCTLR_EL1: 0n }, 'EL1 +0x400 ESR 7e00001 ELR this'],
  'WFE at EL0 with TGE traps to EL2': [WFE, 'EL0t', { SCTLR_EL1: 0n, HCR_EL2: RW | TGE }, 'EL2 +0x400 ESR 7e00001 ELR this'],
  'WFI at EL1 traps with TWI': [WFI, 'EL1h', { HCR_EL2: RW | (1n << 13n) }, 'EL2 +0x400 ESR 7e00000 ELR this'],
  'WFE at EL1 traps with TWE': [WFE, 'EL1h', { HCR_EL2: RW | (1n << 14n) }, 'EL2 +0x400 ESR 7e00001 ELR this'],
  "WFI of a host's EL0 ignores TWI": [WFI, 'EL0t', { SCTLR_EL2: 1n << 16n, HCR_EL2: RW | E2H | TGE | (1n << 13n) }, 'control'],
  // Cache and TLB maintenance.
  'DC ZVA at EL0 without DZE': [sys(3, 7, 4, 1, 0), 'EL0t', {}, 'EL1 +0x400 ESR 6212dc08 ELR this'],
  'DC ZVA with TDZ': [sys(3, 7, 4, 1, 0), 'EL1h', { HCR_EL2: RW | (1n << 28n) }, 'EL2 +0x400 ESR 6212dc08 ELR this'],
  'DC CVAC': [sys(3, 7, 10, 1, 0), 'EL1h', {}, 'next'],
  'DC CVAC at EL0 without UCI': [sys(3, 7, 10, 1, 0), 'EL0t', {}, 'EL1 +0x400 ESR 6212dc14 ELR this'],
  'DC CVAC at EL0 with UCI': [sys(3, 7, 10, 1, 0), 'EL0t', { SCTLR_EL1: 1n << 26n }, 'next'],
  'DC IVAC at EL0': [sys(0, 7, 6, 1, 0), 'EL0t', {}, UNDEFINED.EL0],
  'TLBI ALLE1 at EL1': [sys(4, 8, 7, 4), 'EL1h', {}, UNDEFINED.EL1],
  'TLBI VMALLE1 with TTLB': [sys(0, 8, 7, 0), 'EL1h', { HCR_EL2: RW | (1n << 25n) }, 'EL2 +0x400 ESR 621023ee ELR this'],
  'an unallocated SYS': [sys(5, 7, 0, 0), 'EL1h', {}, UNDEFINED.EL1],
  'DC CVAP stops by name': [sys(3, 7, 12, 1, 0), 'EL1h', {}, 'unimplemented: DC CVAP (SYS #3, C7, C12, #1)'],
  'TLBI VMALLE1OS stops by name': [sys(0, 8, 1, 0), 'EL1h', {}, 'unimplemented: TLBI, outer shareable (SYS #0, C8, C1, #0)'],
};
for (const [name, [word, mode, given, expected]] of Object.entries(cases)) {
  test(`${name}: ${expected}`, () => {
    assert.equal(outcome(peAt(mode, given), word >>> 0), expected);
  });
}

for (const [field, immediate, mode, expected] of [
  ['DAIFSet', 0b0011, 'EL1h', { daif: 0b0011 }],
  ['PAN', 1, 'EL1h', { pan: 1 }],
  ['UAO', 1, 'EL2h', { uao: 1 }],
  ['SPSel', 0, 'EL1h', { stackPointerSelect: 0 }],
] as const) {
  test(`MSR ${field}, #${immediate} changes PSTATE`, () => {
    const pe = peAt(mode);
    const before = pe.state.saved;
    outcome(pe, msrImmediate(field, immediate));
    assert.deepEqual(pe.state.saved, { ...before, ...expected });
  });
}
test('MSR DAIFClr clears what it names', () => {
  const pe = peAt('EL1h');
  pe.state.daif = 15;
  outcome(pe, msrImmediate('DAIFClr', 0b0010));
  assert.equal(pe.state.daif, 0b1101);
});

test('WFI with an interrupt pending goes on, even where it would trap', () => {
  const pe = peAt('EL1h', { HCR_EL2: RW | (1n << 13n) });
  assert.equal(outcome(pe, WFI, fakeServices({ wakeup: true })), 'control');
  assert.equal(pe.waiting, undefined);
});
test('WFI and WFE wait', () => {
  for (const [word, what] of [
    [WFI, 'wfi'],
    [WFE, 'wfe'],
  ] as const) {
    const pe = peAt('EL1h');
    outcome(pe, word);
    assert.equal(pe.waiting, what);
  }
});
test('SEVL makes the next WFE go on, once', () => {
  const pe = peAt('EL1h');
  assert.equal(outcome(pe, SEVL), 'next');
  outcome(pe, WFE);
  assert.equal(pe.waiting, undefined);
  outcome(pe, WFE);
  assert.equal(pe.waiting, 'wfe');
});
test('SEV is for the machine', () => {
  const services = fakeServices();
  assert.equal(outcome(peAt('EL0t'), SEV, services), 'control');
  assert.deepEqual(services.log, ['SEV']);
});
test('CLREX opens the monitor', () => {
  const pe = peAt('EL0t');
  pe.setField(OFFSET.MONITOR_SIZE, 8);
  assert.equal(outcome(pe, CLREX), 'next');
  assert.equal(pe.field(OFFSET.MONITOR_SIZE), 0);
});
test('ESB defers a masked virtual SError', () => {
  const pe = peAt('EL1h', { HCR_EL2: RW | 0x120n, VSESR_EL2: 0x55n });
  outcome(pe, ESB);
  assert.equal(stored(pe, 'VDISR_EL2'), 0n);
  pe.state.daif = 4;
  outcome(pe, ESB);
  assert.equal(stored(pe, 'VDISR_EL2'), 0x8000_0055n);
  assert.equal(stored(pe, 'HCR_EL2'), RW | 0x20n);
});

/** What the machine is asked to invalidate. */
for (const [name, word, mode, given, expected] of [
  ['IC IALLU', sys(0, 7, 5, 0), 'EL1h', {}, 'IC all'],
  ['IC IVAU', sys(3, 7, 5, 1, 0), 'EL1h', {}, 'IC 1234'],
  ['TLBI VMALLE1', sys(0, 8, 7, 0), 'EL1h', {}, 'TLB EL1 all'],
  ['TLBI VAE1IS', sys(0, 8, 3, 1, 0), 'EL1h', {}, 'TLB EL1 address IS'],
  ['TLBI ASIDE1', sys(0, 8, 7, 2, 0), 'EL1h', {}, 'TLB EL1 asid'],
  ['TLBI ALLE2', sys(4, 8, 7, 0), 'EL2h', {}, 'TLB EL2 all'],
  ['TLBI ALLE1 at EL2', sys(4, 8, 7, 4), 'EL2h', {}, 'TLB EL1 all'],
  ['TLBI VMALLE1 at EL2', sys(0, 8, 7, 0), 'EL2h', {}, 'TLB EL1 all'],
  ['TLBI VMALLE1 at EL2 of a host', sys(0, 8, 7, 0), 'EL2h', { HCR_EL2: RW | E2H | TGE }, 'TLB EL2 all'],
] as const) {
  test(`${name}: ${expected}`, () => {
    const services = fakeServices();
    const pe = peAt(mode, given);
    pe.setX(0, 0x1234n);
    assert.equal(outcome(pe, word, services), name.startsWith('TLBI') ? 'control' : 'next');
    assert.deepEqual(services.log, [expected]);
  });
}

test('DC ZVA asks for the block that contains the address', () => {
  const services = fakeServices();
  const pe = peAt('EL1h', { SCTLR_EL1: 1n });
  pe.setX(0, 0x4000_1077n);
  assert.equal(outcome(pe, sys(3, 7, 4, 1, 0), services), 'next');
  assert.deepEqual(services.log, ['zero 64 around 40001077']);
});

for (const [address, par] of [
  [0x4000_1234n, 0x4000_1b00n],
  [0x1_00_0000_0000n, 0x801n],
] as const) {
  test(`AT S1E1R of 0x${address.toString(16)}: PAR_EL1 = 0x${par.toString(16)}`, () => {
    const pe = peAt('EL1h');
    pe.setX(0, address);
    outcome(pe, sys(0, 7, 8, 0, 0));
    assert.equal(stored(pe, 'PAR_EL1'), par);
  });
}

test('every system instruction has a name and an encoding of its own', () => {
  assert.equal(new Set(systemInstructions.map(({ name }) => name)).size, systemInstructions.length);
  assert.equal(new Set(systemInstructions.map(({ at }) => at)).size, systemInstructions.length);
});

// Conduits.
const CALL = 0xc400_0020n;
const conduits: readonly (readonly [string, number, Mode, 'EL1' | 'EL2', 'hvc' | 'smc', bigint, Given, string])[] = [
  ['HVC #0 with an SMCCC call from a client at EL1', hvc(), 'EL1h', 'EL1', 'hvc', CALL, {}, 'played'],
  ['bits 63:32 of X0 do not count', hvc(), 'EL1h', 'EL1', 'hvc', 0xffff_ffff_8400_0000n, {}, 'played'],
  ['HVC #0 with a stub call', hvc(), 'EL1h', 'EL1', 'hvc', 3n, {}, 'EL2 +0x400 ESR 5a000000 ELR next'],
  ['HVC #1 with an SMCCC call', hvc(1), 'EL1h', 'EL1', 'hvc', CALL, {}, 'EL2 +0x400 ESR 5a000001 ELR next'],
  ['HVC while the conduit is SMC', hvc(), 'EL1h', 'EL1', 'smc', CALL, {}, 'EL2 +0x400 ESR 5a000000 ELR next'],
  ['HVC at EL2', hvc(), 'EL2h', 'EL1', 'hvc', CALL, {}, 'EL2 +0x200 ESR 5a000000 ELR next'],
  ['HVC to a client at EL2', hvc(), 'EL1h', 'EL2', 'smc', CALL, {}, 'EL2 +0x400 ESR 5a000000 ELR next'],
  ['HVC at EL0', hvc(), 'EL0t', 'EL1', 'hvc', CALL, {}, UNDEFINED.EL0],
  ['HVC with HCD', hvc(), 'EL1h', 'EL1', 'hvc', CALL, { HCR_EL2: RW | (1n << 29n) }, UNDEFINED.EL1],
  ['SMC at EL1 under HVC', smc(), 'EL1h', 'EL1', 'hvc', CALL, {}, UNDEFINED.EL1],
  ['SMC at EL1 as the conduit', smc(), 'EL1h', 'EL1', 'smc', CALL, {}, 'played'],
  ['SMC at EL1 with TSC', smc(), 'EL1h', 'EL1', 'smc', CALL, { HCR_EL2: RW | (1n << 19n) }, 'EL2 +0x400 ESR 5e000000 ELR this'],
  ['SMC of a client at EL2', smc(), 'EL2h', 'EL2', 'smc', CALL, { HCR_EL2: RW | (1n << 19n) }, 'played'],
  ["SMC of that client's EL1", smc(), 'EL1h', 'EL2', 'smc', CALL, {}, 'played'],
  [
    "SMC of that client's EL1 with TSC",
    smc(4),
    'EL1h',
    'EL2',
    'smc',
    CALL,
    { HCR_EL2: RW | (1n << 19n) },
    'EL2 +0x400 ESR 5e000004 ELR this',
  ],
  ['SMC at EL0', smc(), 'EL0t', 'EL2', 'smc', CALL, {}, UNDEFINED.EL0],
];
for (const [name, word, mode, client, conduit, x0, given, expected] of conduits) {
  test(`${name}: ${expected}`, () => {
    const services = fakeServices({ client, conduit });
    const pe = peAt(mode, given);
    pe.setX(0, x0);
    const result = outcome(pe, word, services);
    assert.deepEqual(services.log.length > 0 ? 'played' : result, expected);
    if (services.log.length > 0) assert.deepEqual(services.log, [`${word === smc() ? 'smc' : 'hvc'} #0 from 40001004`]);
  });
}
test('the decision about a conduit changes nothing', () => {
  const pe = peAt('EL1h');
  pe.setX(0, CALL);
  assert.equal(conduitOutcome(pe, 'hvc', 0, { client: 'EL1', conduit: 'hvc' }), 'played');
  assert.equal(pe.state.exceptionLevel, 1);
});
