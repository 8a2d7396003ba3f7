import type { ConformanceGroup } from '../catalogue.ts';

const MASKED_NOW = '1|kvm:0';
const bothRegistered = '0:REG(0)=0; 1:REG(0)=0; 0:ENA(0)=0; 1:ENA(0)=0; 0:UNMASK()=0; 1:UNMASK()=0';

/** What Linux calls, in its order, with two CPUs: each case is what a dispatcher has to answer for the kernel to go on as it means to. */
export const group: ConformanceGroup = {
  id: 'R',
  title: 'Calls of a Linux client',
  cases: [
    ['R01', 'probe', 'VER()=-; 0:PRST()=0; 1:PRST()=0; SRST()=0; 0:UNMASK()=0; 1:UNMASK()=0; 0:STAT(0)=0; 1:STAT(0)=0', 'Linux'],
    ['R02', 'probe finds another major version, and gives up', 'VER()=-; 0:MASK()=0; 1:MASK()=0', 'Linux'],
    ['R03', 'what is masked stays silent after giving up', '0:MASK()=0; 0:REG(0)=0; 0:ENA(0)=0; 0:DEPTH()=0; 0:STAT(0)=3', 'Linux'],
    [
      'R04',
      'probe over a shared handler that still runs elsewhere: the reset is denied, and both CPUs are masked',
      '1:UNMASK()=0; a:=BIND(40); REG(a,EP,ARG,1,1)=0; ENA(a)=0; IRQ(40); VER()=-; 0:PRST()=0; 1:PRST()=0; SRST()=-3; 0:MASK()=0; 1:MASK()=1; 1:COMP(0)=ND',
      'Linux',
    ],
    [
      'R05',
      'a private event is registered on each CPU with an argument of its own',
      'INFO(0,2)=0; INFO(0,0)=0; 0:REG(0,EP,0x1000,0,0)=0; 1:REG(0,EP,0x2000,0,0)=0; 0:ENA(0)=0; 1:ENA(0)=0; 0:UNMASK()=0; 1:UNMASK()=0; 0:SIG(0,0)=0; 0:X(1)=0x1000; 1:SIG(0,1)=0; 1:X(1)=0x2000; 1:COMP(0)=ND; 0:COMP(0)=ND',
      'Linux',
    ],
    ['R06', 'a shared event is registered once', 'a:=BIND(40); INFO(a,2)=0; INFO(a,0)=1; REG(a,EP,ARG,0,0)=0; 1:STAT(a)=1', 'Linux'],
    [
      'R07',
      'a private event that one CPU cannot register is unregistered everywhere',
      '1:REG(0)=0; 0:REG(0)=0; 1:REG(0)=-3; 0:UNR(0)=0; 1:UNR(0)=0; 0:STAT(0)=0; 1:STAT(0)=0',
      'Linux',
    ],
    ['R08', 'a CPU goes', `${bothRegistered}; 1:UNR(0)=0; 1:MASK()=${MASKED_NOW}; 1:OFF(); 0:STAT(0)=3; 1:DEPTH()=0`, 'Linux'],
    [
      'R09',
      'a CPU comes back with its events',
      `${bothRegistered}; 1:UNR(0)=0; 1:MASK()=${MASKED_NOW}; 1:OFF(); 1:ON(); 1:STAT(0)=0; 1:REG(0)=0; 1:ENA(0)=0; 1:UNMASK()=0; 1:SIG(0,1)=0; 1:DEPTH()=1; 1:COMP(0)=ND; 1:STAT(0)=3`,
      'Linux',
    ],
    [
      'R10',
      'an event over the kernel with interrupts enabled ends in the IRQ vector',
      'SETPS(0x5); @run0; CTX(0)=0; CTX(1)=0x51; CTX(2)=0x52; CTX(3)=0x53; CAR(0x40200280)=ND; PC()=0x40200280; ELR()=0x40080010; SPSR()=0x5; X(3)=0x53',
      'Linux',
    ],
    [
      'R11',
      'an event over the kernel with interrupts masked goes back to it',
      'SETPS(0x3c5); @run0; CTX(0)=0; CTX(1)=0x51; CTX(2)=0x52; CTX(3)=0x53; COMP(0)=ND; PC()=0x40080010; PSTATE()=0x3c5; ELR()=0xe1',
      'Linux',
    ],
    [
      'R12',
      'an event over user space ends in the IRQ vector for lower levels',
      'ONLY(spec,tfa,qemu); REG(0)=0; ENA(0)=0; UNMASK()=0; SETPS(0); 1:SIG(0,0)=0; X(3)=0; CTX(0)=-; CTX(4)=-; CAR(0x40200480)=ND; PC()=0x40200480; SPSR()=0',
      'Linux',
    ],
    [
      'R13',
      'reboot and kexec leave nothing behind',
      `${bothRegistered}; 0:UNR(0)=0; 0:MASK()=${MASKED_NOW}; 1:UNR(0)=0; 1:MASK()=${MASKED_NOW}; 0:PRST()=0; 1:PRST()=0; SRST()=0; 0:STAT(0)=0; 1:STAT(0)=0; 0:CTX(0)=-3`,
      'Linux',
    ],
    [
      'R14',
      'GHES removes an event while its handler runs',
      '@run0; DIS(0)=0; UNR(0)=-5; UNR(0)=-5; COMP(0)=ND; UNR(0)=-3; STAT(0)=0',
      'Linux',
    ],
    [
      'R15',
      'a CPU sleeps and wakes (CPU_PM)',
      `${bothRegistered}; 1:MASK()=${MASKED_NOW}; 1:SUSP(); 1:UNMASK()=0; 1:STAT(0)=3; 0:STAT(0)=3`,
      'Linux',
    ],
    [
      'R16',
      'hibernation: freeze, then thaw in the same kernel',
      `${bothRegistered}; 0:UNR(0)=0; 0:MASK()=${MASKED_NOW}; 1:UNR(0)=0; 1:MASK()=${MASKED_NOW}; ${bothRegistered}; 0:SIG(0,0)=0; 0:DEPTH()=1; 0:COMP(0)=ND`,
      'Linux',
    ],
    [
      'R17',
      'a panic in a critical handler over a normal one gets rid of both',
      'REG(804,0x40200000)=0; ENA(804)=0; @run0; PLAT(804); DEPTH()=2; CAR(0x40300000)=ND; DEPTH()=1; CAR(0x40300000)=ND; DEPTH()=0; PC()=0x40300000; MASK()=1',
      'Linux',
    ],
    [
      'R18',
      'one CPU stops another by event 0, and the handler never ends',
      'ONLY(spec,tfa,qemu); 1:REG(0)=0; 1:ENA(0)=0; 1:UNMASK()=0; 0:SIG(0,1)=0; 1:DEPTH()=1; 1:STAT(0)=7; 0:DEPTH()=0; 0:PRST()=0; 1:DEPTH()=1',
      'Linux',
    ],
    ['R19', 'a handler that failed', '@run0; CTX(0)=0; COMP(1)=ND; STAT(0)=3; DEPTH()=0', 'Linux'],
  ],
};
