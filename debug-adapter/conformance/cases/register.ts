import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'B',
  title: 'SDEI_EVENT_REGISTER',
  cases: [
    ['B01', 'register event 0', 'REG(0)=0; STAT(0)=1', 'DEN0054 TF-A KVM QEMU ACS-3'],
    ['B02', 'register twice', 'REG(0)=0; REG(0)=-3; STAT(0)=1', 'DEN0054 TF-A KVM QEMU tf-a-tests ACS-3 ACS-21 TF-A-run'],
    ['B03', 'unknown event', 'REG(0x10000)=-2', 'ACS-3 ACS-20 DEN0054 TF-A KVM QEMU TF-A-run'],
    ['B04', 'negative event', 'REG(-1)=-2', 'DEN0054 TF-A KVM QEMU TF-A-run'],
    ['B05', 'register while enabled', 'REG(0)=0; ENA(0)=0; REG(0)=-3; STAT(0)=3', 'tf-a-tests DEN0054 TF-A KVM QEMU TF-A-run'],
    [
      'B06',
      'register own event inside its handler',
      '@run0; REG(0)=-3; STAT(0)=7; COMP(0)=ND',
      'tf-a-tests DEN0054 TF-A KVM QEMU TF-A-run',
    ],
    [
      'B07',
      'register while unregister-pending',
      '@run0; UNR(0)=-5; REG(0)=-3; STAT(0)=4; COMP(0)=ND',
      'tf-a-tests DEN0054 TF-A KVM TF-A-run',
    ],
    ['B08', 'reserved flag bit 2', 'REG(0,EP,ARG,4)=-2|qemu:0; STAT(0)=0|qemu:1', 'DEN0054 TF-A KVM'],
    ['B09', 'relative flag on 1.0', 'REG(0,EP,ARG,2)=-2|qemu:0', 'TF-A KVM DEN0054 TF-A-run'],
    ['B10', 'private event, RM_PE with rubbish affinity: ignored', 'REG(0,EP,ARG,1,BAD)=0|tfa:-2', 'DEN0054B KVM QEMU TF-A-run'],
    ['B11', 'private event, RM_PE with valid affinity', 'REG(0,EP,ARG,1,0)=0; STAT(0)=1', 'DEN0054 TF-A KVM TF-A-run'],
    ['B12', 'entry point refused (unaligned)', 'REG(0,0x40100002)=-2|tfa:0|kvm:0|qemu:0', 'own'],
    ['B13', 'TF-A entry point 0', 'REG(0,0)=0|tfa:-2', 'TF-A TF-A-run'],
    ['B14', 'private registration is per PE', 'REG(0)=0; 1:STAT(0)=0; 1:REG(0)=0; 1:STAT(0)=1', 'DEN0054 TF-A KVM QEMU'],
    [
      'B15',
      'registration starts disabled',
      'REG(0)=0; UNMASK()=0; SIG(0,0)=0|tfa:-2; STAT(0)=1; PEND(0)=1|tfa:0',
      'DEN0054 TF-A QEMU KVM TF-A-run',
    ],
    [
      'B16',
      'old trigger discarded by REGISTER',
      'UNMASK()=0; REG(0)=0; SIG(0,0)=0|tfa:-2; UNR(0)=0; REG(0)=0; ENA(0)=0; DEPTH()=0|kvm:1',
      'DEN0054 TF-A',
    ],
    [
      'B17',
      're-register after unregister with other handler',
      'REG(0)=0; UNR(0)=0; REG(0,0x40200000,7)=0; ENA(0)=0; UNMASK()=0; SIG(0,0)=0; PC()=0x40200000; X(1)=7; COMP(0)=ND',
      'DEN0054 TF-A KVM QEMU',
    ],
    ['B18', 'two faults: unknown event and reserved flag', 'REG(0x10000,EP,ARG,4)=-2', 'DEN0054 TF-A KVM'],
  ],
};
