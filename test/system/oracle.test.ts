import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Pe } from '../../emulator/pe.ts';
import { FAULT_STATUS } from '../../emulator/system/exception-classes.ts';
import { type Exception, takeException } from '../../emulator/system/exceptions.ts';
import { executeHostInstruction } from '../../emulator/system/host-instructions.ts';
import { type RegisterName, stored } from '../../emulator/system/storage.ts';
import { dataAbort, externalAbort, pcAlignmentFault, undefinedInstruction } from '../../emulator/system/syndromes.ts';
import { DEFAULTS, type OracleCase, oracleCases } from './oracle/cases.ts';
import { PC, VBAR, fakeServices, peAt } from './support.ts';

const recorded = JSON.parse(readFileSync(new URL('oracle/oracle.json', import.meta.url), 'utf8')) as Record<string, string>[];

/** What the engine makes of the words that are no host instructions. */
const accesses: Readonly<Record<number, (pe: Pe) => Exception>> = {
  0xf940_0001: (pe) =>
    pe.x(0) >> 40n
      ? dataAbort({ address: pe.x(0), faultStatus: FAULT_STATUS.ADDRESS_SIZE_LEVEL_0, isWrite: false })
      : externalAbort(pe.x(0), false),
  0xf900_0001: (pe) => dataAbort({ address: pe.x(0), faultStatus: FAULT_STATUS.ADDRESS_SIZE_LEVEL_0, isWrite: true }),
  0xd61f_0000: (pe) => {
    pe.pc = pe.x(0);
    return pcAlignmentFault(pe);
  },
};

/**
 * Where we follow the manual and QEMU 7.2 does not. _EL12 names are UNDEFINED at EL2 unless HCR_EL2.E2H is 1; the syndrome of a trapped
 * MSR DAIFSet has op1 and op2 in the order of any other; MDCR_EL2.TPMCR traps.
 */
const qemuDiffers = /^MRS SCTLR_EL12 at EL2.( TGE)?$|^MSR DAIFSet at EL0t|^MRS PMCR_EL0/;

/** Registers whose value is the model's own. */
const ownValue = /MRS (CTR|CNTPCT|CNTVCT|PMC|MDSCR|REVIDR|ID_|FPCR)/;

function run({ mode, word, x0 = 0n, registers }: OracleCase): Record<string, string> {
  const pe = peAt(mode, { ...DEFAULTS, ...registers } as Partial<Record<RegisterName, bigint>>);
  // The harness enters the case by ERET.
  pe.eventRegister = true;
  pe.setX(0, x0);
  const access = accesses[word];
  let exception = access?.(pe);
  if (!exception) {
    const result = executeHostInstruction(pe, word, fakeServices());
    if (result.kind === 'unimplemented') throw new Error(result.what);
    // The word completed: the next one is UDF.
    if (result.kind !== 'exception') exception = undefinedInstruction();
  }
  if (exception) takeException(pe, exception);
  const target = pe.state.exceptionLevel as 1 | 2;
  const values = {
    target: BigInt(target),
    offset: pe.pc - VBAR[target],
    esr: stored(pe, `ESR_EL${target}`),
    elr: BigInt.asUintN(64, stored(pe, `ELR_EL${target}`) - PC),
    spsr: stored(pe, `SPSR_EL${target}`),
    far: stored(pe, `FAR_EL${target}`),
    daif: BigInt(pe.state.daif << 6),
    pan: BigInt(pe.state.pan << 22),
    x0: pe.x(0),
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.toString(16)]));
}

test('there is a recorded result for every case', () => {
  assert.deepEqual(
    recorded.map(({ name }) => name),
    oracleCases.map(({ name }) => name),
  );
});

for (const [n, oracleCase] of oracleCases.entries()) {
  const differs = qemuDiffers.test(oracleCase.name);
  test(`${differs ? 'unlike' : 'as on'} QEMU: ${oracleCase.name}`, () => {
    const { name, ...expected } = recorded[n];
    const found = run(oracleCase);
    // The harness is elsewhere than the tests: the branch target is not relative to it.
    if (oracleCase.word === 0xd61f_0000) expected.elr = found.elr;
    if (ownValue.test(name)) expected.x0 = found.x0;
    if (differs) assert.notDeepEqual(found, expected);
    else assert.deepEqual(found, expected);
  });
}
