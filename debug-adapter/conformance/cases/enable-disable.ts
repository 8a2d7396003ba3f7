import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'C',
  title: 'SDEI_EVENT_ENABLE and SDEI_EVENT_DISABLE',
  cases: [
    ['C01', 'enable unregistered', 'ENA(0)=-3|qemu:-2; STAT(0)=0', 'DEN0054 TF-A KVM tf-a-tests ACS-5 TF-A-run'],
    ['C02', 'enable unknown', 'ENA(0x10000)=-2', 'ACS-5 DEN0054 TF-A KVM QEMU TF-A-run'],
    ['C03', 'enable', 'REG(0)=0; ENA(0)=0; STAT(0)=3', 'ACS-5 DEN0054 TF-A KVM'],
    ['C04', 'enable twice', 'REG(0)=0; ENA(0)=0; ENA(0)=0; STAT(0)=3', 'DEN0054 TF-A KVM QEMU TF-A-run'],
    ['C05', 'disable unregistered', 'DIS(0)=-3|qemu:-2', 'DEN0054 TF-A KVM tf-a-tests ACS-6 TF-A-run'],
    ['C06', 'disable unknown', 'DIS(0x10000)=-2', 'ACS-6 DEN0054 TF-A KVM QEMU TF-A-run'],
    ['C07', 'disable a disabled event', 'REG(0)=0; DIS(0)=0; STAT(0)=1', 'DEN0054 TF-A KVM QEMU TF-A-run'],
    ['C08', 'disable', 'REG(0)=0; ENA(0)=0; DIS(0)=0; STAT(0)=1', 'ACS-6 DEN0054 TF-A KVM'],
    ['C09', 'disable inside handler', '@run0; DIS(0)=0; STAT(0)=5; COMP(0)=ND; STAT(0)=1', 'tf-a-tests DEN0054 TF-A KVM TF-A-run'],
    [
      'C10',
      'disable then enable inside handler',
      '@run0; DIS(0)=0; ENA(0)=0; STAT(0)=7; COMP(0)=ND; STAT(0)=3',
      'DEN0054 TF-A KVM TF-A-run',
    ],
    [
      'C11',
      'enable in unregister-pending',
      '@run0; UNR(0)=-5; ENA(0)=-3|qemu:0; STAT(0)=4; COMP(0)=ND',
      'tf-a-tests DEN0054 TF-A KVM TF-A-run',
    ],
    ['C12', 'disable in unregister-pending', '@run0; UNR(0)=-5; DIS(0)=-3|qemu:0; COMP(0)=ND', 'tf-a-tests DEN0054 TF-A KVM'],
    [
      'C13',
      'disable keeps pending',
      'UNMASK()=0; a:=BIND(40); REG(a)=0; IRQ(40); PEND(a)=1; DIS(a)=0; PEND(a)=1; ENA(a)=0; DEPTH()=1; COMP(0)=ND',
      'DEN0054 TF-A TF-A-run',
    ],
    [
      'C14',
      'enable delivers a pending event at once',
      'UNMASK()=0; a:=BIND(40); REG(a)=0; IRQ(40); DEPTH()=0; ENA(a)=0; STAT(a)=7; COMP(0)=ND; STAT(a)=3',
      'DEN0054 TF-A QEMU TF-A-run',
    ],
  ],
};
