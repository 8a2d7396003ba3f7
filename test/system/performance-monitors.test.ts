/** Which counters count what, and who may reach them. Exactness to the instruction: `test/emulator/performance-monitors.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settleCounters } from '../../emulator/system/performance-monitors.ts';
import { systemRegisterNamed } from '../../emulator/system/system-registers.ts';
import { type Given, type Mode, fakeServices, mrs, msr, outcome, peAt } from './support.ts';

const set = (pe: ReturnType<typeof peAt>, name: string, value: bigint): void => {
  pe.systemRegisters[systemRegisterNamed(name)?.index ?? assert.fail(name)] = value;
};
const [P, U, NSK, NSU, NSH] = [31n, 30n, 29n, 28n, 27n].map((bit) => 1n << bit);
const TGE_E2H = (1n << 27n) | (1n << 34n);

/** Ten instructions at `mode`: what a counter of INST_RETIRED says. */
const filters: readonly (readonly [mode: Mode, type: bigint, counted: bigint, given?: Given])[] = [
  ['EL0t', 0n, 10n],
  ['EL0t', U, 0n],
  ['EL0t', P, 10n],
  ['EL0t', U | NSU, 10n],
  ['EL0t', NSU, 0n],
  ['EL1h', 0n, 10n],
  ['EL1h', P, 0n],
  ['EL1h', NSK, 0n],
  ['EL1h', P | NSK, 10n],
  ['EL2h', 0n, 0n],
  ['EL2h', NSH, 10n],
  ['EL2h', NSH, 10n, { HCR_EL2: TGE_E2H }],
  ['EL1h', 0n, 0n, { PMCR_EL0: 0n }],
  ['EL1h', 0n, 0n, { PMCNTENSET_EL0: 2n }],
  // The hypervisor's counters are switched on by HPME.
  ['EL1h', 0n, 0n, { MDCR_EL2: 0n }],
  ['EL1h', 0n, 10n, { MDCR_EL2: 0x80n, PMCR_EL0: 0n }],
];
for (const [mode, type, counted, given = {}] of filters) {
  const with_ = Object.entries(given).map(([name, value]) => `, ${name} = 0x${value.toString(16)}`);
  test(`INST_RETIRED at ${mode}, filter 0x${type.toString(16)}${with_.join('')}: ${counted} of 10`, () => {
    const pe = peAt(mode, { PMCR_EL0: 1n, PMCNTENSET_EL0: 1n, ...given });
    set(pe, 'PMEVTYPER0_EL0', type | 8n);
    settleCounters(pe, { time: 100, retired: 50 });
    set(pe, 'PMEVCNTR0_EL0', 0n);
    settleCounters(pe, { time: 200, retired: 60 });
    assert.equal(pe.systemRegisters[systemRegisterNamed('PMEVCNTR0_EL0')?.index ?? 0], counted);
  });
}

test('PMSWINC_EL0 counts in the counters whose event is SW_INCR', () => {
  const services = fakeServices({ time: 0 });
  const pe = peAt('EL1h', { PMCR_EL0: 1n, PMCNTENSET_EL0: 0b1011n });
  set(pe, 'PMEVTYPER1_EL0', 8n);
  set(pe, 'PMEVCNTR3_EL0', 0xffff_ffffn);
  pe.setX(0, 0b1111n);
  outcome(pe, msr('PMSWINC_EL0'), services);
  const counters = [0, 1, 2, 3].map((n) => {
    outcome(pe, mrs(`PMEVCNTR${n}_EL0`, 1), services);
    return pe.x(1);
  });
  outcome(pe, mrs('PMOVSCLR_EL0', 1), services);
  assert.deepEqual([...counters, pe.x(1)], [1n, 0n, 0n, 0n, 0b1000n]);
});

test('PMSELR_EL0 selects what PMXEVTYPER_EL0 and PMXEVCNTR_EL0 mean', () => {
  const pe = peAt('EL1h');
  const write = (name: string, value: bigint): void => {
    pe.setX(0, value);
    outcome(pe, msr(name));
  };
  const read = (name: string): bigint => {
    outcome(pe, mrs(name, 1));
    return pe.x(1);
  };
  write('PMSELR_EL0', 5n);
  write('PMXEVTYPER_EL0', 0xffff_ffffn);
  write('PMXEVCNTR_EL0', 7n);
  assert.deepEqual([read('PMEVTYPER5_EL0'), read('PMEVCNTR5_EL0'), read('PMXEVTYPER_EL0')], [0xf800_03ffn, 7n, 0xf800_03ffn]);
  write('PMSELR_EL0', 31n);
  write('PMXEVTYPER_EL0', 0x4000_0000n);
  assert.deepEqual([read('PMCCFILTR_EL0'), read('PMXEVCNTR_EL0')], [0x4000_0000n, 0n]);
  write('PMCR_EL0', 2n);
  assert.equal(read('PMEVCNTR5_EL0'), 0n);
});

/** MDCR_EL2.HPMN = 2: counters 2 to 5 are the hypervisor's. */
const reserved: readonly (readonly [mode: Mode, name: string, value: string])[] = [
  ['EL1h', 'PMCR_EL0', '1040'],
  ['EL2h', 'PMCR_EL0', '3040'],
  ['EL1h', 'PMCNTENSET_EL0', '80000003'],
  ['EL2h', 'PMCNTENSET_EL0', '8000003f'],
  ['EL1h', 'PMOVSSET_EL0', '3'],
  ['EL1h', 'PMEVCNTR1_EL0', '0'],
  ['EL1h', 'PMEVCNTR2_EL0', 'EL1 +0x200 ESR 2000000 ELR this'],
  ['EL2h', 'PMEVCNTR2_EL0', '0'],
];
for (const [mode, name, value] of reserved) {
  test(`with two counters for the guest, MRS ${name} at ${mode}: ${value}`, () => {
    const pe = peAt(mode, { MDCR_EL2: 2n, PMCNTENSET_EL0: 0x8000_003fn, PMOVSSET_EL0: 0x3fn });
    const what = outcome(pe, mrs(name, 1));
    assert.equal(what.startsWith('EL') ? what : pe.x(1).toString(16), value);
  });
}

test('PMUSERENR_EL0.ER and CR let EL0 read counters, and not write them', () => {
  for (const [name, enable] of [
    ['PMEVCNTR0_EL0', 8n],
    ['PMXEVCNTR_EL0', 8n],
    ['PMCCNTR_EL0', 4n],
  ] as const) {
    assert.match(outcome(peAt('EL0t', { PMUSERENR_EL0: enable }), mrs(name)), /^(next|control)$/, name);
    assert.match(outcome(peAt('EL0t', { PMUSERENR_EL0: enable }), msr(name)), /^EL1 \+0x400 ESR 62/, name);
    assert.equal(outcome(peAt('EL0t', { PMUSERENR_EL0: 1n }), msr(name)), 'control', name);
  }
});
