import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'I',
  title: 'SDEI_EVENT_COMPLETE and SDEI_EVENT_COMPLETE_AND_RESUME',
  cases: [
    ['I01', 'complete outside handler', 'COMP(0)=-3|kvm:SAME', 'tf-a-tests DEN0054 TF-A QEMU TF-A-run'],
    ['I02', 'complete_and_resume outside handler', 'CAR(0x40080000)=-3|kvm:SAME', 'tf-a-tests DEN0054 TF-A QEMU TF-A-run'],
    ['I03', 'complete_and_resume(0) outside handler', 'CAR(0)=-3|kvm:SAME', 'tf-a-tests TF-A'],
    ['I04', 'complete restores x0-x17', '@run0; SETX(0,1); SETX(17,2); COMP(0)=ND; X(17)=0x5011', 'DEN0054 TF-A ACS-24 TF-A-run'],
    ['I05', 'x18 is the handler responsibility', '@run0; SETX(18,0xBAD); COMP(0)=ND; X(18)=0xBAD', 'DEN0054 TF-A'],
    ['I06', 'status FAILED behaves like HANDLED', '@run0; COMP(1)=ND; STAT(0)=3; DEPTH()=0', 'TF-A KVM QEMU TF-A-run'],
    ['I07', 'complete clears running', '@run0; COMP(0)=ND; STAT(0)=3', 'ACS-24 DEN0054 TF-A TF-A-run'],
    [
      'I08',
      'complete_and_resume target state',
      '@run0; CAR(0x40300280)=ND; PC()=0x40300280; PSTATE()=0x3C5|kvm:0x600003C5|qemu:0x600003C5; STAT(0)=3',
      'ACS-28 ACS-49 DEN0054 TF-A KVM QEMU TF-A-run',
    ],
    [
      'I09',
      'complete_and_resume sets ELR/SPSR',
      'SETPS(0x60000005); @run0; CAR(0x40300280)=ND; ELR()=0x40080010; SPSR()=0x60000005',
      'ACS-49 DEN0054 TF-A KVM QEMU TF-A-run',
    ],
    [
      'I10',
      'complete_and_resume restores x0-x17',
      '@run0; SETX(9,1); CAR(0x40300280)=ND; X(9)=0x5009; X(0)=0',
      'DEN0054 TF-A ACS-28 TF-A-run',
    ],
    ['I11', 'resume address refused', '@run0; CAR(0x40300282)=-2|tfa:ND|kvm:ND|qemu:ND', 'own'],
    ['I12', 'TF-A (Arm boards): resume address outside memory', '@run0; CAR(0x1000)=ND|tfa:-3', 'TF-A'],
    ['I13', 'complete from another PE', '@run0; 1:COMP(0)=-3|kvm:SAME; STAT(0)=7; COMP(0)=ND', 'DEN0054 TF-A QEMU'],
    [
      'I14',
      'second pending event starts directly after complete',
      'UNMASK()=0; a:=BIND(40); b:=BIND(41); REG(a)=0; REG(b,0x40200000)=0; ENA(a)=0; ENA(b)=0; IRQ(40); IRQ(41); STAT(b)=3; COMP(0)=ND; PC()=0x40200000; STAT(a)=3; STAT(b)=7; COMP(0)=ND; DEPTH()=0',
      'ACS-40 DEN0054 TF-A QEMU',
    ],
    [
      'I15',
      'pending event starts at the resume address',
      '@run0; SIG(0,0)=0; CAR(0x40300280)=ND; DEPTH()=1; X(2)=0x40300280; X(3)=0x3C5|kvm:0x600003C5|qemu:0x600003C5; COMP(0)=ND; PC()=0x40300280',
      'DEN0054 TF-A',
    ],
    ['I16', 'complete in unregister-pending', '@run0; UNR(0)=-5; CAR(0x40300280)=ND; STAT(0)=0', 'DEN0054 TF-A KVM'],
  ],
};
