import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'K',
  title: 'SDEI_EVENT_ROUTING_SET and shared events',
  cases: [
    ['K01', 'routing unknown', 'ROUT(0x10000,0)=-2|kvm:-1', 'ACS-9 DEN0054 TF-A QEMU'],
    ['K02', 'routing of private', 'REG(0)=0; ROUT(0,0)=-2|kvm:-1', 'ACS-9 DEN0054 TF-A QEMU TF-A-run'],
    ['K03', 'routing unregistered', 'a:=BIND(40); ROUT(a,0)=-3', 'ACS-9 tf-a-tests DEN0054 TF-A QEMU'],
    [
      'K04',
      'routing registered RM_PE and RM_ANY',
      'a:=BIND(40); REG(a)=0; ROUT(a,1,0)=0; ROUT(a,0)=0; STAT(a)=1',
      'ACS-9 DEN0054 TF-A QEMU TF-A-run',
    ],
    ['K05', 'routing bad mode', 'a:=BIND(40); REG(a)=0; ROUT(a,2)=-2', 'ACS-9 DEN0054 TF-A QEMU TF-A-run'],
    ['K06', 'routing bad affinity', 'a:=BIND(40); REG(a)=0; ROUT(a,1,BAD)=-2; INFO(a,3)=0', 'ACS-9 DEN0054 TF-A QEMU TF-A-run'],
    ['K07', 'bad affinity ignored with RM_ANY', 'a:=BIND(40); REG(a)=0; ROUT(a,0,BAD)=0', 'TF-A DEN0054 QEMU'],
    ['K08', 'routing enabled', 'a:=BIND(40); REG(a)=0; ENA(a)=0; ROUT(a,0)=-3', 'tf-a-tests DEN0054 TF-A QEMU TF-A-run'],
    [
      'K09',
      'routing inside handler',
      'UNMASK()=0; a:=BIND(40); REG(a)=0; ENA(a)=0; IRQ(40); ROUT(a,0)=-3; UNR(a)=-5; ROUT(a,0)=-3; COMP(0)=ND',
      'tf-a-tests DEN0054 TF-A TF-A-run',
    ],
    ['K10', 'shared RM_PE with bad affinity at registration', 'a:=BIND(40); REG(a,EP,ARG,1,BAD)=-2; STAT(a)=0', 'DEN0054 TF-A QEMU'],
    [
      'K11',
      'shared registered once in the system',
      'a:=BIND(40); REG(a)=0; 1:REG(a)=-3; 1:STAT(a)=1; 1:UNR(a)=0; STAT(a)=0',
      'DEN0054 TF-A QEMU',
    ],
    [
      'K12',
      'RM_PE goes to the chosen PE',
      '0:UNMASK()=0; 1:UNMASK()=0; a:=BIND(40); REG(a,EP,ARG,1,1)=0; ENA(a)=0; IRQ(40); DEPTH()=0; 1:DEPTH()=1; 1:COMP(0)=ND',
      'tf-a-tests DEN0054 TF-A QEMU',
    ],
    [
      'K13',
      'RM_PE waits for its masked PE',
      '0:UNMASK()=0; a:=BIND(40); REG(a,EP,ARG,1,1)=0; ENA(a)=0; IRQ(40); DEPTH()=0; 1:DEPTH()=0; 1:UNMASK()=0; 1:DEPTH()=1; 1:COMP(0)=ND',
      'DEN0054 TF-A QEMU',
    ],
    [
      'K14',
      'RM_ANY takes an unmasked PE',
      '1:UNMASK()=0; a:=BIND(40); REG(a)=0; ENA(a)=0; IRQ(40); DEPTH()=0; 1:DEPTH()=1|qemu:0; 1:COMP(0)=ND|qemu:-3',
      'tf-a-tests DEN0054 TF-A',
    ],
    [
      'K15',
      'one instance of a shared event',
      '0:UNMASK()=0; 1:UNMASK()=0; a:=BIND(40); REG(a)=0; ENA(a)=0; IRQ(40); IRQ(40); DEPTH()=1; 1:DEPTH()=0; COMP(0)=ND; DEPTH()=1; COMP(0)=ND; DEPTH()=0',
      'ACS-43 DEN0054 TF-A',
    ],
  ],
};
