import type { ConformanceGroup } from '../catalogue.ts';

const OVERFLOW = 'PMCR_EL0=1 PMCNTENSET_EL0=0x80000000 PMOVSSET_EL0=0x80000000';

/** KVM_CAP_ARM_USER_IRQ: `device_irq_level` of kvm_run, and the exit that each change of it is. */
export const group: ConformanceGroup = {
  id: 'Q',
  title: 'KVM_CAP_ARM_USER_IRQ',
  cases: [
    ['Q01', 'at the start nothing is high', 'machine irqchip=user; run 10; device_irq_level==0 exits==0', 'KVM'],
    ['Q02', 'the virtual timer has expired', 'machine irqchip=user; CNTV_CTL_EL0=1; run 1; device_irq_level==1 exits==1', 'KVM'],
    [
      'Q03',
      'the guest masks it',
      'machine irqchip=user; CNTV_CTL_EL0=1; run 1; CNTV_CTL_EL0=3; run 1; device_irq_level==0 exits==2',
      'KVM',
    ],
    ['Q04', 'the physical timer has expired', 'machine irqchip=user; CNTP_CTL_EL0=1; run 1; device_irq_level==2 exits==1', 'KVM'],
    [
      'Q05',
      'a counter has overflowed',
      `machine irqchip=user; ${OVERFLOW} PMINTENSET_EL1=0x80000000; run 1; device_irq_level==4 exits==1`,
      'KVM',
    ],
    ['Q06', 'and does not interrupt', `machine irqchip=user; ${OVERFLOW}; run 1; device_irq_level==0 exits==0`, 'KVM'],
    [
      'Q07',
      'a level that changes in the middle of a run makes the vCPU exit once',
      'machine irqchip=user; CNTV_CVAL_EL0=8 CNTV_CTL_EL0=1; run 100; device_irq_level==0; run 200; device_irq_level==1 exits==1',
      'KVM',
    ],
    ['Q08', 'with an interrupt controller in the kernel there is no field', 'machine; CNTV_CTL_EL0=1; run 1; device_irq_level==-1', 'KVM'],
    ['Q09', 'levels together', 'machine irqchip=user; CNTV_CTL_EL0=1 CNTP_CTL_EL0=1; run 1; device_irq_level==3 exits==1', 'KVM'],
    ['Q10', 'a timer that is not enabled', 'machine irqchip=user; CNTV_CTL_EL0=0; run 10; device_irq_level==0 exits==0', 'KVM'],
    [
      'Q11',
      'the PMU is disabled as a whole',
      `machine irqchip=user; ${OVERFLOW} PMINTENSET_EL1=0x80000000; run 1; PMCR_EL0=0; run 1; device_irq_level==0 exits==2`,
      'KVM',
    ],
    [
      'Q12',
      'a counter that is not enabled',
      'machine irqchip=user; PMCR_EL0=1 PMOVSSET_EL0=2 PMINTENSET_EL1=2; run 1; device_irq_level==0',
      'KVM',
    ],
    [
      'Q13',
      'the timer is set again',
      'machine irqchip=user; CNTV_CTL_EL0=1; run 1; CNTV_CVAL_EL0=0x100000; run 1; device_irq_level==0 exits==2',
      'KVM',
    ],
  ],
};
