import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptController, interruptLines } from '../../emulator/devices/gic-cpu-interface.ts';
import { Gic } from '../../emulator/devices/gic.ts';
import { debuggerRead, isImplemented, systemRegisterNamed } from '../../emulator/system/system-registers.ts';
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
  assert.equal(gic.interrupt(27, 0)?.active, false);
  assert.equal(isImplemented(pe, row, services), true);
  assert.equal(isImplemented(pe, row, fakeServices()), false);
});

test('ID_AA64PFR0_EL1.GIC says whether there is one', () => {
  const pe = peAt('EL1h');
  outcome(pe, mrs('ID_AA64PFR0_EL1', 1));
  outcome(pe, mrs('ID_AA64PFR0_EL1', 2), withGic().services);
  assert.deepEqual([pe.x(1), pe.x(2)], [0x1000_0111n, 0x1100_0111n]);
});

test('interrupts of a virtual machine stop by name', () => {
  const { services } = withGic();
  const pe = peAt('EL1h', { HCR_EL2: 0x8000_0010n });
  assert.equal(
    outcome(pe, mrs('ICC_IAR1_EL1'), services),
    'unimplemented: virtual CPU interface of the GIC (ICC_IAR1_EL1 with HCR_EL2.IMO or FMO = 1)',
  );
});
