import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'F',
  title: 'SDEI_PE_MASK and SDEI_PE_UNMASK',
  cases: [
    ['F01', 'unmask then mask', 'UNMASK()=0; MASK()=1|kvm:0; MASK()=0', 'DEN0054 TF-A QEMU ACS-15 TF-A-run'],
    ['F02', 'unmask twice', 'UNMASK()=0; UNMASK()=0', 'ACS-16 DEN0054 TF-A KVM QEMU TF-A-run'],
    ['F03', 'mask is per PE', 'UNMASK()=0; 1:MASK()=0', 'DEN0054 TF-A QEMU'],
    [
      'F04',
      'masked: bound event waits',
      'a:=BIND(40); REG(a)=0; ENA(a)=0; IRQ(40); DEPTH()=0; UNMASK()=0; DEPTH()=1; COMP(0)=ND',
      'DEN0054 TF-A QEMU TF-A-run',
    ],
    [
      'F05',
      'mask in handler returns 1 and handler goes on',
      '@run0; MASK()=1|kvm:0; STAT(0)=7; COMP(0)=ND; MASK()=0',
      'ACS-46 DEN0054 TF-A TF-A-run',
    ],
    [
      'F06',
      'mask in handler blocks the next event',
      'UNMASK()=0; a:=BIND(40); REG(a)=0; ENA(a)=0; IRQ(40); MASK()=1; IRQ(40); COMP(0)=ND; DEPTH()=0; PEND(a)=1; UNMASK()=0; DEPTH()=1; COMP(0)=ND',
      'DEN0054 TF-A',
    ],
    ['F07', 'unmask in handler', '@run0; UNMASK()=0; DEPTH()=1; COMP(0)=ND', 'ACS-37'],
    ['F08', 'mask does not change status', 'REG(0)=0; ENA(0)=0; MASK()=0; STAT(0)=3', 'DEN0054 TF-A KVM'],
  ],
};
