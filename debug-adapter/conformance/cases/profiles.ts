import type { ConformanceGroup } from '../catalogue.ts';

/** What a known implementation does otherwise, defects included, where no other group shows it. */
export const group: ConformanceGroup = {
  id: 'S',
  title: 'Known implementations',
  cases: [
    ['S01', 'KVM has no routing and no binding', 'ONLY(kvm); ROUT(0,0)=-1; BIND(23)=-1; REL(0)=-1', 'KVM'],
    ['S02', 'KVM looks for a handler before the parameter', 'ONLY(kvm); CTX(18)=-3', 'KVM'],
    ['S03', 'KVM leaves X0 alone when nothing is to complete', 'ONLY(kvm); COMP(0)=SAME; X(0)=0xC4000025', 'KVM'],
    ['S04', 'KVM resets private events while a handler runs', 'ONLY(kvm); @run0; PRST()=0; STAT(0)=4; COMP(0)=ND; STAT(0)=0', 'KVM'],
    ['S05', 'KVM clears X4 to X17 at entry', 'ONLY(kvm); @run0; X(4)=0; X(17)=0; COMP(0)=ND; X(4)=0x5004; X(17)=0x5011', 'KVM'],
    ['S06', 'KVM answers 0 to the mask', 'ONLY(kvm); UNMASK()=0; MASK()=0', 'KVM'],
    ['S07', 'KVM has events 0 and 1', 'ONLY(kvm); REG(1)=0; REG(2)=-2; INFO(1,0)=0; INFO(1,2)=0', 'KVM'],
    ['S08', 'KVM keeps the flags when it resumes', 'ONLY(kvm); SETPS(0x60000005); @run0; CAR(0x40300280)=ND; PSTATE()=0x600003C5', 'KVM'],
    ['S09', 'KVM signals the caller, whatever the target', 'ONLY(kvm); BUGS(); REG(0)=0; SIG(0,1)=0; PEND(0)=1; 1:PEND(0)=0', 'KVM'],
    [
      'S10',
      'QEMU ors numbers of bits into the status',
      'ONLY(qemu); BUGS(); REG(0)=0; STAT(0)=0; ENA(0)=0; STAT(0)=1; UNMASK()=0; SIG(0,0)=0; STAT(0)=3; COMP(0)=ND',
      'QEMU',
    ],
    ['S11', 'QEMU answers INVALID_PARAMETERS for an unregistered handler', 'ONLY(qemu); ENA(0)=-2; DIS(0)=-2', 'QEMU'],
    ['S12', 'QEMU announces 8 private and 16 shared slots', 'ONLY(qemu); FEAT(0)=0x00100008', 'QEMU'],
    ['S13', 'QEMU numbers its slots', 'ONLY(qemu); BIND(23)=0x40000001; BIND(40)=0x40000010', 'QEMU'],
    ['S14', 'QEMU and KVM invert EV_SIGNALED', 'ONLY(kvm,qemu); BUGS(); INFO(0,1)=1', 'KVM QEMU'],
    [
      'S15',
      'TF-A refuses signals that cannot arrive',
      'ONLY(tfa); 1:SIG(0,0)=-2; UNMASK()=0; SIG(0,0)=-2; REG(0)=0; SIG(0,0)=-2',
      'TF-A TF-A-run',
    ],
    [
      'S16',
      'TF-A resets private events while a handler runs, and denies it',
      'ONLY(tfa); @run0; PRST()=-3; STAT(0)=4; COMP(0)=ND; STAT(0)=0',
      'TF-A',
    ],
    ['S17', 'TF-A checks the affinity of private events', 'ONLY(tfa); REG(0,EP,ARG,1,BAD)=-2', 'TF-A'],
    ['S18', 'only the client may call', 'EL(0); VER()=-1; EL(2); VER()=-1; EL(1); FEAT(0x10)=-2', 'TF-A'],
    ['S19', 'TF-A resumes with all flags zero', 'ONLY(tfa); SETPS(0xF0000005); @run0; CAR(0x40300280)=ND; PSTATE()=0x3C5', 'TF-A'],
    [
      'S20',
      'KVM forgets the next event at a completion',
      'ONLY(kvm); BUGS(); @run0; SIG(0,0)=0; COMP(0)=ND; DEPTH()=0; UNMASK()=0; DEPTH()=1; COMP(0)=ND',
      'KVM',
    ],
    ['S21', 'QEMU releases event 0', 'ONLY(qemu); BUGS(); REL(0)=0; STAT(0)=-2; SIG(0,0)=-2', 'QEMU'],
    [
      'S22',
      'TF-A accepts the flags of MPIDR_EL1 in an affinity',
      'ONLY(tfa); REG(0,EP,ARG,1,0x80000000)=0; SIG(0,0xFF0000FF)=-2',
      'TF-A-run',
    ],
    [
      'S23',
      'a slot of TF-A is an event before its binding',
      'ONLY(tfa); STAT(1000)=0; REG(1000)=-3; REL(1000)=-2; BIND(23)=1000; BIND(40)=2000; REG(2000)=0',
      'TF-A-run',
    ],
    [
      'S24',
      'what happens on PE 1 does not remind KVM of PE 0',
      'ONLY(kvm); BUGS(); @run0; SIG(0,0)=0; COMP(0)=ND; 1:REG(1)=0; 1:PLAT(1); DEPTH()=0; PLAT(0); DEPTH()=1; COMP(0)=ND',
      'KVM',
    ],
  ],
};
