import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'H',
  title: 'SDEI_EVENT_CONTEXT and the handler entry state',
  cases: [
    ['H01', 'context outside handler', 'CTX(0)=-3', 'tf-a-tests ACS-27 DEN0054 TF-A KVM QEMU TF-A-run'],
    ['H02', 'context registered, not running', 'REG(0)=0; ENA(0)=0; CTX(0)=-3', 'tf-a-tests TF-A'],
    ['H03', 'parameter 17', '@run0; CTX(17)=0x5011; COMP(0)=ND', 'DEN0054 TF-A QEMU KVM TF-A-run'],
    ['H04', 'parameter 18', '@run0; CTX(18)=-2; COMP(0)=ND', 'DEN0054 TF-A QEMU KVM TF-A-run'],
    ['H05', 'parameter 0x100', '@run0; CTX(0x100)=-2; COMP(0)=ND', 'ACS-25'],
    ['H06', 'parameter 18 outside handler (order of checks)', 'CTX(18)=-2|kvm:-3', 'TF-A QEMU own TF-A-run'],
    [
      'H07',
      'x1..x3 hold interrupted values although handler got others',
      '@run0; X(1)=ARG; CTX(1)=0x51; CTX(2)=0x52; CTX(3)=0x53; COMP(0)=ND',
      'KVM-selftest DEN0054 TF-A',
    ],
    [
      'H08',
      'handler changes registers, context unaffected',
      '@run0; SETX(5,0xDEAD); CTX(5)=0x5005; COMP(0)=ND; X(5)=0x5005',
      'DEN0054 TF-A',
    ],
    ['H09', 'x4 at entry equals interrupted x4', '@run0; X(4)=0x5004|kvm:0; COMP(0)=ND', 'TF-A QEMU TF-A-run'],
    [
      'H10',
      'x2 = interrupted PC, x3 = interrupted PSTATE',
      'SETPS(0x60000005); SETPC(0x40080100); REG(0)=0; ENA(0)=0; UNMASK()=0; SIG(0,0)=0; X(2)=0x40080110; X(3)=0x60000005; COMP(0)=ND; PC()=0x40080110',
      'DEN0054 TF-A KVM QEMU TF-A-run',
    ],
    [
      'H11',
      'PSTATE at entry',
      'SETPS(0x60000005); @run0; PSTATE()=0x600003C5; COMP(0)=ND; PSTATE()=0x60000005',
      'TF-A tf-a-tests DEN0054 TF-A-run',
    ],
    [
      'H12',
      'PAN forced when SPAN = 0',
      'SPAN(0); SETPS(0); @run0; PSTATE()=0x4003C5|kvm:0x3C5|qemu:0x3C5; COMP(0)=ND; PSTATE()=0',
      'TF-A tf-a-tests DEN0054B',
    ],
    [
      'H13',
      'UAO and SS cleared at entry, restored later',
      'SETPS(0x00A00005); @run0; PSTATE()=0x3C5|kvm:0xA003C5|qemu:0xA003C5; COMP(0)=ND; PSTATE()=0x00A00005',
      'TF-A DEN0054B',
    ],
    [
      'H14',
      'ELR/SPSR of client untouched',
      '@run0; ELR()=0xE1; SPSR()=0x51; COMP(0)=ND; ELR()=0xE1; SPSR()=0x51',
      'Linux DEN0054 TF-A TF-A-run',
    ],
  ],
};
