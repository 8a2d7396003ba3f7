import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'N',
  title: 'Power and PE life cycle',
  cases: [
    [
      'N01',
      'CPU_ON: private registrations gone, masked',
      '1:REG(0)=0; 1:ENA(0)=0; 1:UNMASK()=0; 1:OFF(); 1:ON(); 1:STAT(0)=0; 1:MASK()=0',
      'TF-A ACS-47 DEN0054',
    ],
    ['N02', 'CPU_OFF of PE1 leaves PE0', 'REG(0)=0; 1:OFF(); STAT(0)=1', 'DEN0054 TF-A'],
    [
      'N03',
      'signal to a PE that is off does not wake it',
      '1:REG(0)=0; 1:ENA(0)=0; 1:UNMASK()=0; 1:OFF(); SIG(0,1)=-; 1:DEPTH()=0',
      'ACS-48 DEN0054',
    ],
    [
      'N04',
      'RM_PE event to a PE that is off waits and is kept',
      'a:=BIND(40); REG(a,EP,ARG,1,1)=0; ENA(a)=0; 0:UNMASK()=0; 1:OFF(); IRQ(40); DEPTH()=0; PEND(a)=1; 1:ON(); 1:DEPTH()=0; 1:UNMASK()=0; 1:DEPTH()=1; 1:COMP(0)=ND',
      'DEN0054 own',
    ],
    [
      'N05',
      'suspend power-down: registrations kept, masked',
      'REG(0)=0; ENA(0)=0; UNMASK()=0; SUSP(); STAT(0)=3; MASK()=0',
      'ACS-45 TF-A DEN0054',
    ],
    [
      'N06',
      'event after suspend waits for UNMASK',
      'a:=BIND(40); REG(a,EP,ARG,1,0)=0; ENA(a)=0; UNMASK()=0; SUSP(); IRQ(40); DEPTH()=0; UNMASK()=0; DEPTH()=1; COMP(0)=ND',
      'ACS-45 TF-A DEN0054',
    ],
    [
      'N07',
      'shared registration survives CPU_OFF of the registering PE',
      '1:UNMASK()=0; a:=BIND(40); 1:REG(a)=0; 1:OFF(); STAT(a)=1',
      'DEN0054 TF-A',
    ],
  ],
};
