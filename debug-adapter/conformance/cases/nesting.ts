import type { ConformanceGroup } from '../catalogue.ts';

export const group: ConformanceGroup = {
  id: 'M',
  title: 'Nesting',
  cases: [
    [
      'M01',
      'critical preempts normal',
      'REG(804,0x40200000,4)=0; ENA(804)=0; @run0; PLAT(804); DEPTH()=2; X(0)=804; X(1)=4; PC()=0x40200000; COMP(0)=ND; DEPTH()=1; COMP(0)=ND; DEPTH()=0',
      'DEN0054 TF-A TF-A-run',
    ],
    [
      'M02',
      'context inside nested critical is that of the normal handler',
      'REG(804,0x40200000,4)=0; ENA(804)=0; @run0; SETX(5,0x77); PLAT(804); CTX(5)=0x77; CTX(1)=ARG; COMP(0)=ND; CTX(5)=0x5005; COMP(0)=ND; X(5)=0x5005',
      'DEN0054 TF-A QEMU TF-A-run',
    ],
    [
      'M03',
      'x2/x3 inside nested critical',
      'REG(804,0x40200000,4)=0; ENA(804)=0; SETPS(0x60000005); @run0; PLAT(804); X(2)=EP; X(3)=0x600003C5; COMP(0)=ND; PC()=EP; COMP(0)=ND',
      'DEN0054 TF-A',
    ],
    [
      'M04',
      'normal does not preempt critical',
      'REG(804,0x40200000)=0; ENA(804)=0; REG(0)=0; ENA(0)=0; UNMASK()=0; PLAT(804); DEPTH()=1; SIG(0,0)=0; DEPTH()=1; STAT(0)=3; COMP(0)=ND; STAT(0)=7; COMP(0)=ND',
      'DEN0054 TF-A QEMU ACS-41',
    ],
    [
      'M05',
      'normal does not preempt normal',
      'REG(806,0x40200000)=0; ENA(806)=0; @run0; PLAT(806); DEPTH()=1; STAT(806)=3; COMP(0)=ND; STAT(806)=7; COMP(0)=ND',
      'ACS-40 DEN0054 TF-A',
    ],
    [
      'M06',
      'critical before normal after unmask',
      'REG(804,0x40200000)=0; ENA(804)=0; REG(806)=0; ENA(806)=0; PLAT(806); PLAT(804); UNMASK()=0; STAT(804)=7; STAT(806)=3; COMP(0)=ND; STAT(806)=7; COMP(0)=ND',
      'TF-A QEMU own',
    ],
    [
      'M07',
      'complete ends the innermost first',
      'REG(804,0x40200000)=0; ENA(804)=0; @run0; PLAT(804); STAT(804)=7; STAT(0)=7; COMP(0)=ND; STAT(804)=3; STAT(0)=7; COMP(0)=ND; STAT(0)=3',
      'DEN0054 TF-A QEMU TF-A-run',
    ],
    [
      'M08',
      'resume out of nested critical returns to normal handler level',
      'REG(804,0x40200000)=0; ENA(804)=0; @run0; PLAT(804); CAR(0x40300280)=ND; DEPTH()=1; ELR()=EP; COMP(0)=ND; DEPTH()=0',
      'DEN0054 TF-A Linux',
    ],
    [
      'M09',
      'mask inside normal handler blocks critical',
      'REG(804,0x40200000)=0; ENA(804)=0; @run0; MASK()=1; PLAT(804); DEPTH()=1; COMP(0)=ND; DEPTH()=0; UNMASK()=0; DEPTH()=1; COMP(0)=ND',
      'DEN0054 TF-A',
    ],
    [
      'M10',
      'unregister of the preempted normal event inside critical',
      'REG(804,0x40200000)=0; ENA(804)=0; @run0; PLAT(804); UNR(0)=-5; STAT(0)=4; COMP(0)=ND; COMP(0)=ND; STAT(0)=0',
      'TF-A DEN0054',
    ],
  ],
};
