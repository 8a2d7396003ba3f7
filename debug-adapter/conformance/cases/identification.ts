import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'A',
  title: 'Identification and features',
  cases: [
    ['A01', 'version word', 'VER()=1<<48|kvm:0x00010001564BCAA9', 'DEN0054 TF-A QEMU tf-a-tests ACS-18 TF-A-run'],
    ['A02', 'first unused id 0xC4000033', 'UNK(0xC4000033)=-1', 'DEN0054 TF-A KVM QEMU TF-A-run'],
    ['A03', 'last id of the range 0xC400003F', 'UNK(0xC400003F)=-1', 'DEN0054 TF-A KVM QEMU TF-A-run'],
    ['A04', '32-bit form 0x84000020 is not SDEI', 'UNK(0x84000020)=-1', 'TF-A DEN0054 TF-A-run'],
    ['A05', 'bind slots: private and shared both >= 2, high half zero', 'FEAT(0)=0x00030003|kvm:0|qemu:0x00100008', 'DEN0054 ACS-17 TF-A'],
    ['A06', 'unknown feature', 'FEAT(0x10)=-2', 'ACS-17 DEN0054 TF-A QEMU KVM TF-A-run'],
    ['A07', 'relative mode on a 1.0 dispatcher', 'FEAT(1)=-2|kvm:0', 'TF-A QEMU TF-A-run'],
    ['A08', 'version inside a handler', '@run0; VER()=1<<48|kvm:0x00010001564BCAA9; COMP(0)=ND', 'ACS-31'],
    ['A09', 'features inside a handler', '@run0; FEAT(0)=0x00030003|kvm:0|qemu:0x00100008; COMP(0)=ND', 'ACS-34'],
    ['A10', 'PE starts masked', 'MASK()=0', 'DEN0054 TF-A ACS-47 TF-A-run'],
    ['A11', 'SVE hint bit 16 is ignored', 'RAW(0xC4010020)=1<<48|kvm:0x00010001564BCAA9', 'TF-A TF-A-run'],
    ['A12', 'yielding form 0x44000020', 'RAW(0x44000020)=-1', 'TF-A TF-A-run'],
  ],
};
