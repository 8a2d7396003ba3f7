import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'D',
  title: 'SDEI_EVENT_UNREGISTER and SDEI_EVENT_STATUS',
  cases: [
    ['D01', 'unregister unregistered', 'UNR(0)=-3', 'DEN0054 TF-A KVM QEMU tf-a-tests ACS-7 TF-A-run'],
    ['D02', 'unregister unknown', 'UNR(0x10000)=-2', 'ACS-7 DEN0054 TF-A KVM QEMU TF-A-run'],
    ['D03', 'unregister registered', 'REG(0)=0; UNR(0)=0; STAT(0)=0', 'tf-a-tests ACS-7 DEN0054 TF-A KVM QEMU TF-A-run'],
    [
      'D04',
      'unregister enabled also disables',
      'REG(0)=0; ENA(0)=0; UNR(0)=0; STAT(0)=0; REG(0)=0; STAT(0)=1',
      'tf-a-tests DEN0054 TF-A KVM',
    ],
    [
      'D05',
      'unregister inside handler',
      '@run0; UNR(0)=-5; STAT(0)=4; COMP(0)=ND; STAT(0)=0',
      'tf-a-tests ACS-22 DEN0054 TF-A KVM TF-A-run',
    ],
    [
      'D06',
      'unregister twice inside handler',
      '@run0; UNR(0)=-5; UNR(0)=-5; COMP(0)=ND; UNR(0)=-3',
      'tf-a-tests DEN0054 TF-A KVM QEMU TF-A-run',
    ],
    [
      'D07',
      'register possible after pending unregister finished',
      '@run0; UNR(0)=-5; COMP(0)=ND; REG(0)=0; STAT(0)=1',
      'DEN0054 TF-A KVM TF-A-run',
    ],
    ['D08', 'context still readable while unregister-pending', '@run0; UNR(0)=-5; CTX(1)=0x51; COMP(0)=ND', 'TF-A DEN0054 TF-A-run'],
    [
      'D09',
      'unregister drops pending',
      'UNMASK()=0; a:=BIND(40); REG(a)=0; IRQ(40); UNR(a)=0; REG(a)=0; ENA(a)=0; DEPTH()=0',
      'DEN0054 TF-A',
    ],
    ['D10', 'status unknown', 'STAT(0x10000)=-2', 'ACS-11 DEN0054 TF-A KVM QEMU TF-A-run'],
    ['D11', 'status unregistered', 'STAT(0)=0', 'tf-a-tests ACS-32 DEN0054 TF-A KVM QEMU TF-A-run'],
    ['D12', 'status in handler', '@run0; STAT(0)=7; COMP(0)=ND', 'KVM-selftest tf-a-tests ACS-32 TF-A-run'],
    [
      'D13',
      'shared event running on PE0, unregister from PE1',
      '0:UNMASK()=0; a:=BIND(40); REG(a,EP,ARG,1,0)=0; ENA(a)=0; IRQ(40); 1:UNR(a)=-5; 1:STAT(a)=4; COMP(0)=ND; STAT(a)=0',
      'TF-A DEN0054',
    ],
    ['D14', 'status does not show pending', 'REG(0)=0; ENA(0)=0; SIG(0,0)=0|tfa:-2; STAT(0)=3', 'DEN0054 TF-A QEMU'],
  ],
};
