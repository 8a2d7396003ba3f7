import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptController, interruptLines } from '../../emulator/devices/gic-cpu-interface.ts';
import { Gic } from '../../emulator/devices/gic.ts';
import { debuggerNote, debuggerRead, systemRegisterNamed, systemRegisters } from '../../emulator/system/system-registers.ts';
import { cpuInterfaceRegisters } from '../../emulator/devices/gic-cpu-interface.ts';
import { interruptControllerRegisters } from '../../emulator/system/registers/interrupt-controller.ts';
import { fakeServices, mrs, msr, outcome, peAt } from './support.ts';

function withGic() {
  const gic = new Gic(1);
  gic.groupEnabled = [false, true];
  gic.cpuInterface(0).asleep = false;
  const timer = gic.interrupt(27, 0) ?? assert.fail();
  Object.assign(timer, { enabled: true, group: 1, priority: 0x80 });
  return { gic, services: Object.assign(fakeServices(), { interruptController: interruptController(gic) }) };
}

test('every ICC register has a row here and there', () => {
  assert.deepEqual(Object.keys(cpuInterfaceRegisters).toSorted(), Object.keys(interruptControllerRegisters).toSorted());
});

test('acknowledge and end by system registers', () => {
  const { gic, services } = withGic();
  const pe = peAt('EL1h');
  const run = (word: number, x0 = 0n): bigint => {
    pe.setX(0, x0);
    assert.match(outcome(pe, word, services), /^control/);
    return pe.x(0);
  };
  run(msr('ICC_PMR_EL1'), 0xf0n);
  run(msr('ICC_IGRPEN1_EL1'), 1n);
  gic.setLine(27, true, 0);
  assert.equal(interruptLines(gic, 0).irq, true);
  assert.equal(run(mrs('ICC_IAR1_EL1')), 27n);
  assert.equal(run(mrs('ICC_IAR1_EL1')), 1023n);
  run(msr('ICC_EOIR1_EL1'), 27n);
  assert.equal(run(mrs('ICC_IAR1_EL1')), 27n);
});

test('a debugger that looks at ICC_IAR1_EL1 acknowledges nothing', () => {
  const { gic, services } = withGic();
  const pe = peAt('EL1h');
  services.interruptController.writeRegister(0, 'ICC_IGRPEN1_EL1', 1n);
  gic.setLine(27, true, 0);
  const row = systemRegisterNamed('ICC_IAR1_EL1') ?? assert.fail();
  assert.equal(debuggerRead(pe, row, services), 27n);
  const state = () => JSON.stringify([gic.interrupt(27, 0), [...pe.systemRegisters].map(String)]);
  const before = state();
  for (const one of systemRegisters) debuggerRead(pe, one, services);
  assert.equal(state(), before);
  assert.equal(gic.interrupt(27, 0)?.active, false);
  assert.deepEqual(debuggerNote(pe, row, services), { unread: 'a read has an effect' });
  const control = systemRegisterNamed('ICC_CTLR_EL1') ?? assert.fail();
  assert.deepEqual(debuggerNote(pe, control, services), {});
  assert.deepEqual(debuggerNote(pe, control, fakeServices()), { unread: 'not implemented: system register ICC_CTLR_EL1' });
});

test('ID_AA64PFR0_EL1.GIC says whether there is one', () => {
  const pe = peAt('EL1h');
  outcome(pe, mrs('ID_AA64PFR0_EL1', 1));
  outcome(pe, mrs('ID_AA64PFR0_EL1', 2), withGic().services);
  assert.deepEqual([pe.x(1), pe.x(2)], [0x1100_0000_1000_0111n, 0x1100_0000_1100_0111n]);
});

test('interrupts of a virtual machine stop by name', () => {
  const { services } = withGic();
  const pe = peAt('EL1h', { HCR_EL2: 0x8000_0010n });
  assert.equal(
    outcome(pe, mrs('ICC_IAR1_EL1'), services),
    'unimplemented: virtual CPU interface of the GIC (ICC_IAR1_EL1 with HCR_EL2.IMO or FMO = 1)',
  );
});

test('list registers keep what is written; which are free is seen', () => {
  const pe = peAt('EL2h');
  const read = (name: string): bigint => {
    assert.match(outcome(pe, mrs(name)), /^next/);
    return pe.x(0);
  };
  const write = (name: string, value: bigint): void => {
    pe.setX(0, value);
    assert.match(outcome(pe, msr(name)), /^next/);
  };
  assert.equal(read('ICH_VTR_EL2') & 31n, 3n);
  assert.equal(read('ICH_ELRSR_EL2'), 15n);
  write('ICH_LR1_EL2', 1n << 62n);
  write('ICH_LR2_EL2', 1n << 41n);
  write('ICH_LR3_EL2', 1n << 61n);
  assert.deepEqual([read('ICH_LR1_EL2'), read('ICH_ELRSR_EL2'), read('ICH_EISR_EL2')], [1n << 62n, 0b1001n, 0b0100n]);
});

test('switching the virtual CPU interface on stops by name', () => {
  const pe = peAt('EL2h');
  pe.setX(0, 1n);
  assert.equal(outcome(pe, msr('ICH_HCR_EL2')), 'unimplemented: virtual CPU interface of the GIC (ICH_HCR_EL2.En or a trap bit = 1)');
  pe.setX(0, 0n);
  assert.equal(outcome(pe, msr('ICH_HCR_EL2')), 'next');
});
