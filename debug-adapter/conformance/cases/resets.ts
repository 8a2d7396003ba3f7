import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'L',
  title: 'SDEI_PRIVATE_RESET and SDEI_SHARED_RESET',
  cases: [
    ['L01', 'private reset, nothing registered', 'PRST()=0', 'ACS-13 ACS-39 DEN0054 TF-A KVM QEMU TF-A-run'],
    [
      'L02',
      'private reset clears registrations of this PE only',
      'REG(0)=0; ENA(0)=0; 1:REG(0)=0; PRST()=0; STAT(0)=0; 1:STAT(0)=1',
      'ACS-39 DEN0054 TF-A KVM',
    ],
    ['L03', 'private reset leaves mask', 'UNMASK()=0; PRST()=0; MASK()=1|kvm:0', 'DEN0054 TF-A'],
    ['L04', 'private reset leaves binding', 'a:=BIND(23); REG(a)=0; PRST()=0; STAT(a)=0; BIND(23)=a', 'DEN0054 TF-A'],
    ['L05', 'private reset leaves shared events', 'a:=BIND(40); REG(a)=0; PRST()=0; STAT(a)=1', 'DEN0054 TF-A QEMU'],
    ['L06', 'private reset inside private handler', '@run0; PRST()=-3|kvm:0; COMP(0)=ND', 'ACS-39 DEN0054 TF-A QEMU TF-A-run'],
    [
      'L07',
      'private reset in unregister-pending',
      '@run0; UNR(0)=-5; PRST()=-3|kvm:0; COMP(0)=ND; PRST()=0',
      'ACS-39 DEN0054 TF-A QEMU TF-A-run',
    ],
    ['L08', 'shared reset, nothing registered', 'SRST()=0', 'ACS-14 ACS-35 DEN0054 TF-A KVM QEMU TF-A-run'],
    [
      'L09',
      'shared reset unregisters and releases',
      'a:=BIND(40); REG(a)=0; ENA(a)=0; SRST()=0; STAT(a)=-2|tfa:0',
      'ACS-35 DEN0054 TF-A QEMU',
    ],
    ['L10', 'shared reset also releases unregistered PPI bindings', 'a:=BIND(23); SRST()=0; STAT(a)=-2|tfa:0', 'DEN0054 TF-A'],
    ['L11', 'shared reset with registered bound PPI', 'a:=BIND(23); 1:REG(a)=0; SRST()=-3; 1:STAT(a)=1', 'DEN0054 TF-A TF-A-run'],
    [
      'L12',
      'shared reset inside shared handler',
      'UNMASK()=0; a:=BIND(40); REG(a)=0; ENA(a)=0; IRQ(40); SRST()=-3; COMP(0)=ND; SRST()=0',
      'ACS-35 DEN0054 TF-A QEMU',
    ],
    [
      'L13',
      'shared reset in unregister-pending',
      'UNMASK()=0; a:=BIND(40); REG(a)=0; ENA(a)=0; IRQ(40); UNR(a)=-5; SRST()=-3; COMP(0)=ND; SRST()=0; STAT(a)=-2|tfa:0',
      'ACS-35 DEN0054 TF-A',
    ],
    ['L14', 'shared reset leaves event 0', 'REG(0)=0; SRST()=0; STAT(0)=1', 'DEN0054 TF-A QEMU KVM'],
    ['L15', 'shared reset inside private handler with no shared event', '@run0; SRST()=0; COMP(0)=ND', 'DEN0054 TF-A TF-A-run'],
  ],
};
