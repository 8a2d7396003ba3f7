import type { ConformanceGroup } from '../catalogue.ts';

const HOST = '0x408000000';
const E2H_ONLY = '0x400000000';
const setUp = 'CLIENT(EL2); SPAN(0); SETPS(0)';

/** A client at EL2: what is not the same as at EL1. HCR_EL2.E2H is bit 34, TGE bit 27; without both EL2 is no VHE host. */
export const group: ConformanceGroup = {
  id: 'V',
  title: 'Client at EL2',
  cases: [
    [
      'V01',
      'a VHE host without SPAN gets PAN, as at EL1',
      `${setUp}; HCR(${HOST}); @run0; PSTATE()=0x4003C9|kvm:0x3C9|qemu:0x3C9; COMP(0)=ND; PSTATE()=0`,
      'DEN0054B TF-A',
    ],
    ['V02', 'without TGE PAN stays', `${setUp}; HCR(${E2H_ONLY}); @run0; PSTATE()=0x3C9; COMP(0)=ND; PSTATE()=0`, 'DEN0054B TF-A'],
    ['V03', 'without VHE PAN stays', `${setUp}; HCR(0); @run0; PSTATE()=0x3C9; COMP(0)=ND; PSTATE()=0`, 'DEN0054B TF-A'],
    [
      'V04',
      'with SPAN a VHE host keeps PAN',
      `CLIENT(EL2); SPAN(1); HCR(${HOST}); SETPS(0); @run0; PSTATE()=0x3C9; COMP(0)=ND`,
      'DEN0054B TF-A',
    ],
    [
      'V05',
      'a guest at EL1 is interrupted and goes on there',
      'CLIENT(EL2); REG(0)=0; ENA(0)=0; UNMASK()=0; 1:SETPS(0x60000004); SETPS(0x60000004); 1:SIG(0,0)=0; X(3)=0x60000004; PSTATE()=0x600003C9; COMP(0)=ND; PSTATE()=0x60000004',
      'DEN0054 TF-A',
    ],
    [
      'V06',
      'EL2t is interrupted and comes back',
      'CLIENT(EL2); SETPS(0x8); @run0; X(3)=0x8; PSTATE()=0x3C9; COMP(0)=ND; PSTATE()=0x8',
      'DEN0054 TF-A',
    ],
    [
      'V07',
      'complete_and_resume out of a guest goes to EL2',
      'CLIENT(EL2); SETPS(0x60000004); @run0; CAR(0x40300480)=ND; PC()=0x40300480; PSTATE()=0x3C9|kvm:0x600003C9|qemu:0x600003C9; SPSR()=0x60000004; ELR()=0x40080010',
      'DEN0054 TF-A Linux',
    ],
    ['V08', 'a call from EL1 is not the client', 'CLIENT(EL2); EL(2); VER()=-1; REG(0)=-1; EL(1); STAT(0)=0', 'TF-A'],
    [
      'V09',
      'a critical handler over a normal one at EL2',
      'CLIENT(EL2); REG(804,0x40200000)=0; ENA(804)=0; SETPS(0x60000005); @run0; PLAT(804); X(3)=0x600003C9; PSTATE()=0x600003C9; COMP(0)=ND; COMP(0)=ND; PSTATE()=0x60000009',
      'DEN0054 TF-A',
    ],
    ['V10', 'CPU_ON starts the client at EL2', '1:OFF(); 1:ON(); 1:PSTATE()=0x60000005; 1:PC()=0x40080000; 1:MASK()=0', 'TF-A'],
  ],
};
