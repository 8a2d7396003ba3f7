import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OFFSET } from '../../emulator/cpu-state.ts';
import { type Exception, takeException } from '../../emulator/system/exceptions.ts';
import { stored } from '../../emulator/system/storage.ts';
import {
  alignmentFault,
  externalAbort,
  hypervisorCall,
  illegalExecutionState,
  instructionAbort,
  pcAlignmentFault,
  softwareBreakpoint,
  spAlignmentFault,
  supervisorCall,
  trappedFloatingPoint,
  trappedSmc,
  trappedSystemAccess,
  trappedWaitFor,
  undefinedInstruction,
} from '../../emulator/system/syndromes.ts';
import type { Pe } from '../../emulator/pe.ts';
import { type Given, MODE, type Mode, PC, VBAR, peAt } from './support.ts';

const TGE = 1n << 27n;
const E2H = 1n << 34n;
const RW = 1n << 31n;

/** From where, what, then: target, vector offset, ESR (hexadecimal), ELR relative to the instruction, FAR. */
interface Case {
  readonly name: string;
  readonly from: Mode;
  readonly given?: Given;
  readonly exception: (pe: Pe) => Exception;
  readonly to: 1 | 2;
  readonly offset: number;
  readonly esr?: bigint;
  readonly elr?: bigint;
  readonly far?: bigint;
}

const cases: readonly Case[] = [
  // Vectors: by target, origin and selected stack pointer.
  { name: 'SVC at EL0', from: 'EL0t', exception: () => supervisorCall(0x12), to: 1, offset: 0x400, esr: 0x5600_0012n, elr: 4n },
  {
    name: 'SVC at EL1 with SP_EL0',
    from: 'EL1t',
    exception: () => supervisorCall(0),
    to: 1,
    offset: 0x000,
    esr: 0x5600_0000n,
    elr: 4n,
  },
  {
    name: 'SVC at EL1 with SP_EL1',
    from: 'EL1h',
    exception: () => supervisorCall(0xffff),
    to: 1,
    offset: 0x200,
    esr: 0x5600_ffffn,
    elr: 4n,
  },
  {
    name: 'SVC at EL2 with SP_EL0',
    from: 'EL2t',
    exception: () => supervisorCall(1),
    to: 2,
    offset: 0x000,
    esr: 0x5600_0001n,
    elr: 4n,
  },
  {
    name: 'SVC at EL2 with SP_EL2',
    from: 'EL2h',
    exception: () => supervisorCall(1),
    to: 2,
    offset: 0x200,
    esr: 0x5600_0001n,
    elr: 4n,
  },
  {
    name: 'SVC at EL0 with TGE',
    from: 'EL0t',
    given: { HCR_EL2: RW | TGE },
    exception: () => supervisorCall(1),
    to: 2,
    offset: 0x400,
    esr: 0x5600_0001n,
    elr: 4n,
  },
  { name: 'HVC at EL1', from: 'EL1h', exception: () => hypervisorCall(3), to: 2, offset: 0x400, esr: 0x5a00_0003n, elr: 4n },
  { name: 'HVC at EL2', from: 'EL2h', exception: () => hypervisorCall(3), to: 2, offset: 0x200, esr: 0x5a00_0003n, elr: 4n },
  { name: 'SMC trapped from EL1', from: 'EL1h', exception: () => trappedSmc(7), to: 2, offset: 0x400, esr: 0x5e00_0007n },
  // Syndromes.
  { name: 'undefined instruction at EL0', from: 'EL0t', exception: undefinedInstruction, to: 1, offset: 0x400, esr: 0x0200_0000n },
  { name: 'undefined instruction at EL2', from: 'EL2h', exception: undefinedInstruction, to: 2, offset: 0x200, esr: 0x0200_0000n },
  { name: 'illegal execution state', from: 'EL1h', exception: illegalExecutionState, to: 1, offset: 0x200, esr: 0x3a00_0000n },
  { name: 'BRK at EL1', from: 'EL1h', exception: () => softwareBreakpoint(0x800), to: 1, offset: 0x200, esr: 0xf200_0800n },
  {
    name: 'BRK at EL1 with MDCR_EL2.TDE',
    from: 'EL1h',
    given: { MDCR_EL2: 0x100n },
    exception: () => softwareBreakpoint(0x800),
    to: 2,
    offset: 0x400,
    esr: 0xf200_0800n,
  },
  {
    name: 'undefined instruction ignores MDCR_EL2.TDE',
    from: 'EL1h',
    given: { MDCR_EL2: 0x100n },
    exception: undefinedInstruction,
    to: 1,
    offset: 0x200,
    esr: 0x0200_0000n,
  },
  { name: 'trapped WFI', from: 'EL1h', exception: () => trappedWaitFor('wfi', 2), to: 2, offset: 0x400, esr: 0x07e0_0000n },
  { name: 'trapped WFE', from: 'EL0t', exception: () => trappedWaitFor('wfe', 1), to: 1, offset: 0x400, esr: 0x07e0_0001n },
  { name: 'trapped floating-point', from: 'EL1h', exception: () => trappedFloatingPoint(1), to: 1, offset: 0x200, esr: 0x1fe0_0000n },
  // MRS X3, SCTLR_EL1: op0 3, op1 0, C1, C0, op2 0.
  {
    name: 'trapped MRS',
    from: 'EL1h',
    exception: () => trappedSystemAccess({ op0: 3, op1: 0, crn: 1, crm: 0, op2: 0 }, 3, true, 2),
    to: 2,
    offset: 0x400,
    esr: 0x6230_0461n,
  },
  // MSR DAIFSet at EL0: op0 0, op1 3, C4, op2 6, Rt 31.
  {
    name: 'trapped MSR',
    from: 'EL0t',
    exception: () => trappedSystemAccess({ op0: 0, op1: 3, crn: 4, crm: 2, op2: 6 }, 31, false, 1),
    to: 1,
    offset: 0x400,
    esr: 0x620c_d3e4n,
  },
  {
    name: 'data abort at EL1',
    from: 'EL1h',
    exception: () => externalAbort(0x1234n, true),
    to: 1,
    offset: 0x200,
    esr: 0x9600_0050n,
    far: 0x1234n,
  },
  {
    name: 'data abort from EL0',
    from: 'EL0t',
    exception: () => externalAbort(0x1234n, false),
    to: 1,
    offset: 0x400,
    esr: 0x9200_0010n,
    far: 0x1234n,
  },
  {
    name: 'data abort from EL0 of a host',
    from: 'EL0t',
    given: { HCR_EL2: RW | TGE | E2H },
    exception: () => alignmentFault(0x1n, false),
    to: 2,
    offset: 0x400,
    esr: 0x9200_0021n,
    far: 0x1n,
  },
  {
    name: 'data abort at EL2',
    from: 'EL2h',
    exception: () => alignmentFault(0x1n, true),
    to: 2,
    offset: 0x200,
    esr: 0x9600_0061n,
    far: 0x1n,
  },
  {
    name: 'instruction abort at EL1',
    from: 'EL1h',
    exception: (pe) => instructionAbort(pe, 0x10),
    to: 1,
    offset: 0x200,
    esr: 0x8600_0010n,
    far: PC,
  },
  {
    name: 'instruction abort from EL0',
    from: 'EL0t',
    exception: (pe) => instructionAbort(pe, 0),
    to: 1,
    offset: 0x400,
    esr: 0x8200_0000n,
    far: PC,
  },
  { name: 'PC alignment fault', from: 'EL0t', exception: pcAlignmentFault, to: 1, offset: 0x400, esr: 0x8a00_0000n, far: PC },
  { name: 'SP alignment fault leaves FAR', from: 'EL1h', exception: spAlignmentFault, to: 1, offset: 0x200, esr: 0x9a00_0000n, far: 0n },
  // Interrupts do not write ESR.
  { name: 'IRQ from EL0', from: 'EL0t', exception: () => ({ kind: 'irq', target: 1 }), to: 1, offset: 0x480, esr: 0n },
  { name: 'IRQ at EL1 with SP_EL0', from: 'EL1t', exception: () => ({ kind: 'irq', target: 1 }), to: 1, offset: 0x080, esr: 0n },
  { name: 'FIQ at EL1', from: 'EL1h', exception: () => ({ kind: 'fiq', target: 1 }), to: 1, offset: 0x300, esr: 0n },
  { name: 'IRQ routed to EL2', from: 'EL1h', exception: () => ({ kind: 'irq', target: 2 }), to: 2, offset: 0x480, esr: 0n },
  { name: 'SError', from: 'EL1h', exception: () => ({ kind: 'serror', target: 1, iss: 0x11 }), to: 1, offset: 0x380, esr: 0xbe00_0011n },
];

for (const { name, from, given, exception, to, offset, esr = 0n, elr = 0n, far = 0n } of cases) {
  test(`${name}: EL${to} +0x${offset.toString(16)}`, () => {
    const pe = peAt(from, given);
    const taken = takeException(pe, exception(pe));
    assert.deepEqual(
      {
        el: pe.state.exceptionLevel,
        sp: pe.state.stackPointerSelect,
        pc: pe.pc,
        esr: stored(pe, `ESR_EL${to}`),
        elr: stored(pe, `ELR_EL${to}`),
        far: stored(pe, `FAR_EL${to}`),
        spsr: stored(pe, `SPSR_EL${to}`),
        taken,
      },
      {
        el: to,
        sp: 1,
        pc: VBAR[to] + BigInt(offset),
        esr,
        elr: PC + elr,
        far,
        spsr: MODE[from],
        taken: { target: to, vectorHigh: Number(VBAR[to] >> 32n) | 0, vectorLow: Number(BigInt.asIntN(32, VBAR[to])) + offset },
      },
    );
  });
}

test('SPSR holds the interrupted PSTATE; the new one masks everything and keeps the flags', () => {
  const pe = peAt('EL0t');
  pe.pstate = 0xa0e0_0000n | (0b0101n << 6n); // N, C, UAO, PAN, SS, A and F.
  takeException(pe, undefinedInstruction());
  assert.equal(stored(pe, 'SPSR_EL1'), 0xa0e0_0140n);
  assert.equal(pe.pstate, 0xa040_03c5n);
});

test('PSTATE.IL is saved and cleared', () => {
  const pe = peAt('EL1h');
  pe.state.illegal = 1;
  takeException(pe, illegalExecutionState());
  assert.equal(stored(pe, 'SPSR_EL1'), 0x0010_0005n);
  assert.equal(pe.state.illegal, 0);
});

const SPAN = 1n << 23n;
for (const [name, from, given, to, pan] of [
  ['EL1, SPAN = 0', 'EL0t', { SCTLR_EL1: 0n }, 1, 1],
  ['EL1, SPAN = 1', 'EL0t', { SCTLR_EL1: SPAN }, 1, 0],
  ['EL2 that is no host', 'EL1h', { SCTLR_EL2: 0n }, 2, 0],
  ['EL2 with E2H alone', 'EL1h', { SCTLR_EL2: 0n, HCR_EL2: RW | E2H }, 2, 0],
  ['a host at EL2, SPAN = 0', 'EL0t', { SCTLR_EL2: 0n, HCR_EL2: RW | E2H | TGE }, 2, 1],
  ['a host at EL2, SPAN = 1', 'EL0t', { SCTLR_EL2: SPAN, HCR_EL2: RW | E2H | TGE }, 2, 0],
] as const) {
  test(`PSTATE.PAN becomes ${pan} on entry to ${name}`, () => {
    const pe = peAt(from, given);
    takeException(pe, { kind: 'irq', target: to });
    assert.equal(pe.state.pan, pan);
  });
}

test('PSTATE.PAN that was set stays set whatever SPAN says', () => {
  const pe = peAt('EL1h', { SCTLR_EL1: SPAN });
  pe.state.pan = 1;
  takeException(pe, undefinedInstruction());
  assert.equal(pe.state.pan, 1);
});

test('the stack pointers are exchanged', () => {
  const pe = peAt('EL1t');
  pe.setStackPointer(0, 0x1000n);
  pe.setStackPointer(1, 0x2000n);
  assert.equal(pe.sp, 0x1000n);
  takeException(pe, undefinedInstruction());
  assert.equal(pe.sp, 0x2000n);
  assert.equal(pe.stackPointer(0), 0x1000n);
});

test('the local exclusive monitor is cleared and waiting ends', () => {
  const pe = peAt('EL1h');
  pe.setField(OFFSET.MONITOR_SIZE, 8);
  pe.waiting = 'wfi';
  takeException(pe, { kind: 'irq', target: 1 });
  assert.equal(pe.field(OFFSET.MONITOR_SIZE), 0);
  assert.equal(pe.waiting, undefined);
});

test('a virtual SError is over when it has been taken', () => {
  const pe = peAt('EL1h', { HCR_EL2: RW | 0x120n });
  takeException(pe, { kind: 'serror', target: 1, iss: 0 });
  assert.equal(stored(pe, 'HCR_EL2'), RW | 0x20n);
});
