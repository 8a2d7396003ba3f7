import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'G',
  title: 'SDEI_EVENT_SIGNAL',
  cases: [
    ['G01', 'signal event 1', 'SIG(1,0)=-2', 'DEN0054 TF-A QEMU KVM ACS-33 TF-A-run'],
    ['G02', 'signal unknown event', 'SIG(0x10000,0)=-2', 'ACS-33 DEN0054 TF-A QEMU KVM'],
    ['G03', 'signal to unknown PE', 'REG(0)=0; ENA(0)=0; UNMASK()=0; SIG(0,BAD)=-2', 'DEN0054 TF-A QEMU TF-A-run'],
    [
      'G04',
      'signal to self, eligible',
      'REG(0)=0; ENA(0)=0; UNMASK()=0; SIG(0,0)=0; PC()=EP; X(0)=0; X(1)=ARG; DEPTH()=1; COMP(0)=ND',
      'DEN0054 TF-A QEMU KVM KVM-selftest tf-a-tests TF-A-run',
    ],
    [
      'G05',
      'signal result is part of the interrupted context',
      'REG(0)=0; ENA(0)=0; UNMASK()=0; SETX(0,0x99); SIG(0,0)=0; CTX(0)=0; COMP(0)=ND; X(0)=0',
      'TF-A KVM TF-A-run',
    ],
    [
      'G06',
      'signal from PE1 to PE0',
      'REG(0)=0; ENA(0)=0; UNMASK()=0; 1:SIG(0,0)=0; DEPTH()=1; 1:DEPTH()=0; COMP(0)=ND',
      'DEN0054 TF-A QEMU ACS-33 tf-a-tests',
    ],
    [
      'G07',
      'target masked',
      'REG(0)=0; ENA(0)=0; 1:SIG(0,0)=0|tfa:-2; DEPTH()=0; UNMASK()=0; DEPTH()=1|tfa:0',
      'DEN0054 QEMU tf-a-tests TF-A-run',
    ],
    [
      'G08',
      'target disabled',
      'REG(0)=0; UNMASK()=0; 1:SIG(0,0)=0|tfa:-2; DEPTH()=0; ENA(0)=0; DEPTH()=1|tfa:0',
      'DEN0054 QEMU tf-a-tests TF-A-run',
    ],
    ['G09', 'target not registered', 'UNMASK()=0; SIG(0,0)=0|tfa:-2|kvm:-2|qemu:-2; DEPTH()=0; PEND(0)=0', 'DEN0054 TF-A-run'],
    [
      'G10',
      'signal while running, delivered after completion',
      '@run0; SIG(0,0)=0; DEPTH()=1; COMP(0)=ND; DEPTH()=1; STAT(0)=7; COMP(0)=ND; DEPTH()=0',
      'DEN0054 TF-A QEMU TF-A-run',
    ],
    [
      'G11',
      'signal twice while pending: one delivery',
      '@run0; SIG(0,0)=0; SIG(0,0)=0; COMP(0)=ND; COMP(0)=ND; DEPTH()=0; STAT(0)=3',
      'DEN0054C TF-A',
    ],
    [
      'G12',
      'signal in unregister-pending to other PE',
      '1:REG(0)=0; 1:ENA(0)=0; 1:UNMASK()=0; @run0; UNR(0)=-5; SIG(0,1)=0; 1:DEPTH()=1; 1:COMP(0)=ND; COMP(0)=ND',
      'ACS-42 DEN0054',
    ],
    [
      'G13',
      'signal works with DAIF all masked in interrupted code',
      'REG(0)=0; ENA(0)=0; UNMASK()=0; SETPS(0x3C5); SIG(0,0)=0; DEPTH()=1; X(3)=0x3C5; COMP(0)=ND; PSTATE()=0x3C5',
      'DEN0054 KVM-selftest ACS-30 TF-A-run',
    ],
    [
      'G14',
      'all PEs signalled',
      '0:REG(0)=0; 1:REG(0)=0; 0:ENA(0)=0; 1:ENA(0)=0; 0:UNMASK()=0; 1:UNMASK()=0; SIG(0,1)=0; 1:DEPTH()=1; 1:SIG(0,0)=0; DEPTH()=1; COMP(0)=ND; 1:COMP(0)=ND',
      'tf-a-tests',
    ],
  ],
};
