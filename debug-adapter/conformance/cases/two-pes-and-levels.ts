import type { ConformanceCase, ConformanceGroup } from '../catalogue.ts';

/** What PE 1 is doing: how it got there, and the event that its innermost handler is for. */
const situations = [
  { name: 'in a normal handler', steps: '1:REG(0)=0; 1:ENA(0)=0; 1:UNMASK()=0; 1:SIG(0,1)=0', depth: 1, event: 0 },
  { name: 'in a critical handler', steps: '1:REG(804,0x40200000)=0; 1:ENA(804)=0; 1:UNMASK()=0; 1:PLAT(804)', depth: 1, event: 804 },
  {
    name: 'in a critical handler over a normal one',
    steps: '1:REG(0)=0; 1:ENA(0)=0; 1:UNMASK()=0; 1:SIG(0,1)=0; 1:REG(804,0x40200000)=0; 1:ENA(804)=0; 1:PLAT(804)',
    depth: 2,
    event: 804,
  },
] as const;

/** What happens then. */
const acts: readonly (readonly [title: string, steps: (situation: (typeof situations)[number]) => string, sources: string])[] = [
  [
    'and is switched off and on: its handlers are gone, and it is masked',
    ({ event }) => `ONLY(spec,kvm,qemu); 1:OFF(); 1:DEPTH()=0; 1:ON(); 1:DEPTH()=0; 1:STAT(${event})=0; 1:CTX(0)=-3; 1:MASK()=0`,
    'DEN0054 ACS-47',
  ],
  [
    'and is switched off and on: it can register, be signalled and complete as if new',
    () =>
      'ONLY(spec,kvm,qemu); 1:OFF(); 1:ON(); 1:REG(0,0x40300000,7)=0; 1:ENA(0)=0; 1:UNMASK()=0; 1:SIG(0,1)=0; 1:PC()=0x40300000; 1:X(1)=7; 1:DEPTH()=1; 1:COMP(0)=ND; 1:DEPTH()=0',
    'DEN0054 ACS-47',
  ],
  [
    'and is switched off and on: TF-A, which is not told of CPU_OFF, still counts the handlers as running',
    ({ depth }) =>
      `ONLY(tfa); 1:OFF(); 1:ON(); 1:DEPTH()=${depth}; 1:REG(0,0x40300000,7)=0; 1:ENA(0)=0; 1:UNMASK()=0; 1:SIG(0,1)=0; 1:DEPTH()=${depth}; 1:STAT(0)=3`,
    'TF-A',
  ],
  ['and the other PE has nothing to complete', ({ depth }) => `0:COMP(0)=-3|kvm:SAME; 0:CTX(0)=-3; 1:DEPTH()=${depth}`, 'DEN0054 TF-A'],
  [
    'and the other PE resets its own events',
    ({ depth, event }) => `0:REG(0)=0; 0:PRST()=0; 0:STAT(0)=0; 1:DEPTH()=${depth}; 1:STAT(${event})=7`,
    'DEN0054 TF-A',
  ],
  ['and resets the shared events, which are none of these', ({ depth }) => `0:SRST()=0; 1:SRST()=0; 1:DEPTH()=${depth}`, 'DEN0054 TF-A'],
  [
    'and resets its own: denied until every handler has completed',
    ({ depth }) => `1:PRST()=-3|kvm:0; ${'1:COMP(0)=ND; '.repeat(depth)}1:DEPTH()=0; 1:PRST()=0; 1:STAT(0)=0`,
    'DEN0054 ACS-39',
  ],
  [
    'and masks itself: what comes waits for UNMASK',
    ({ depth, event }) =>
      `1:MASK()=1|kvm:0; ${event === 0 ? '0:SIG(0,1)=-' : '1:PLAT(804)'}; 1:DEPTH()=${depth}; ${'1:COMP(0)=ND; '.repeat(depth)}1:DEPTH()=0; 1:STAT(${event})=3`,
    'DEN0054 ACS-46',
  ],
];

const nested: ConformanceCase[] = situations.flatMap((situation, row) =>
  acts.map(
    ([title, steps, sources], column) =>
      [
        `X${String(row * acts.length + column + 1).padStart(2, '0')}`,
        `${situation.name}, ${title}`,
        `${situation.steps}; 1:DEPTH()=${situation.depth}; ${steps(situation)}`,
        sources,
      ] as const,
  ),
);

const bound = 'a:=BIND(40); REG(a)=0; ENA(a)=0';
const boundToPe1 = 'a:=BIND(40); REG(a,EP,ARG,1,1)=0; ENA(a)=0';
const levels: readonly (readonly [title: string, steps: string, sources: string])[] = [
  [
    'a level that falls before UNMASK is no event',
    `${bound}; LINE(40,1); PEND(a)=1; LINE(40,0); PEND(a)=0; UNMASK()=0; DEPTH()=0`,
    'DEN0054 own',
  ],
  [
    'a level that stays high waits for UNMASK',
    `${bound}; LINE(40,1); DEPTH()=0; UNMASK()=0; DEPTH()=1; LINE(40,0); COMP(0)=ND; DEPTH()=0`,
    'DEN0054 TF-A',
  ],
  [
    'a level that falls in the handler is one event',
    `UNMASK()=0; ${bound}; LINE(40,1); DEPTH()=1; LINE(40,0); COMP(0)=ND; DEPTH()=0; PEND(a)=0`,
    'TF-A own',
  ],
  [
    'a level that falls and rises in the handler is looked at when it completes',
    `UNMASK()=0; ${bound}; LINE(40,1); LINE(40,0); LINE(40,1); COMP(0)=ND; DEPTH()=1; LINE(40,0); COMP(0)=ND; DEPTH()=0`,
    'TF-A own',
  ],
  [
    'disabled in the handler, a level that stays high waits for ENABLE',
    `UNMASK()=0; ${bound}; LINE(40,1); DIS(a)=0; COMP(0)=ND; DEPTH()=0; STAT(a)=1; ENA(a)=0; DEPTH()=1; LINE(40,0); COMP(0)=ND; DEPTH()=0`,
    'DEN0054 TF-A',
  ],
  [
    'unregistered in the handler, a level that stays high is the client’s interrupt again',
    `UNMASK()=0; ${bound}; LINE(40,1); UNR(a)=-5; COMP(0)=ND; DEPTH()=0; STAT(a)=0; ISACTIVE(40)=0`,
    'DEN0054 TF-A',
  ],
  [
    'registered anew, a level that stays high is an event',
    `UNMASK()=0; ${bound}; LINE(40,1); UNR(a)=-5; COMP(0)=ND; REG(a)=0; ENA(a)=0; LINE(40,1); DEPTH()=1; LINE(40,0); COMP(0)=ND; DEPTH()=0`,
    'own',
  ],
  [
    'a level for any PE is handled by one at a time',
    `0:UNMASK()=0; 1:UNMASK()=0; ${bound}; LINE(40,1); 0:DEPTH()=1; 1:DEPTH()=0; LINE(40,0); 0:COMP(0)=ND; 0:DEPTH()=0; 1:DEPTH()=0`,
    'ACS-43',
  ],
  [
    'a level for PE 1 waits while that is off',
    `0:UNMASK()=0; ${boundToPe1}; 1:OFF(); LINE(40,1); 0:DEPTH()=0; 1:ON(); 1:DEPTH()=0; 1:UNMASK()=0; 1:DEPTH()=1; LINE(40,0); 1:COMP(0)=ND`,
    'DEN0054 own',
  ],
  [
    'a level for PE 1 that falls while that is off is no event',
    `${boundToPe1}; 1:OFF(); LINE(40,1); LINE(40,0); 1:ON(); 1:UNMASK()=0; 1:DEPTH()=0`,
    'own',
  ],
  [
    'a level of a critical handler’s PE waits until that has completed',
    `REG(804,0x40200000)=0; ENA(804)=0; UNMASK()=0; ${bound}; PLAT(804); LINE(40,1); DEPTH()=1; COMP(0)=ND; DEPTH()=1; STAT(a)=7; LINE(40,0); COMP(0)=ND`,
    'DEN0054 TF-A',
  ],
  [
    'a critical event in the handler of a level',
    `REG(804,0x40200000)=0; ENA(804)=0; UNMASK()=0; ${bound}; LINE(40,1); PLAT(804); DEPTH()=2; COMP(0)=ND; DEPTH()=1; STAT(a)=7; LINE(40,0); COMP(0)=ND; DEPTH()=0`,
    'DEN0054 TF-A',
  ],
  [
    'a private level is each PE’s own',
    'a:=BIND(23); 1:REG(a)=0; 1:ENA(a)=0; 1:UNMASK()=0; 0:UNMASK()=0; 1:LINE(23,1); 0:DEPTH()=0; 1:DEPTH()=1; 1:LINE(23,0); 1:COMP(0)=ND; 1:DEPTH()=0',
    'DEN0054',
  ],
  [
    'SHARED_RESET is denied while a level’s handler runs elsewhere, and releases it after',
    `1:UNMASK()=0; ${boundToPe1}; LINE(40,1); 1:DEPTH()=1; 0:SRST()=-3; LINE(40,0); 1:COMP(0)=ND; 0:SRST()=0; STAT(a)=-2|tfa:0`,
    'DEN0054 ACS-35',
  ],
  [
    'the PE of a level’s handler is switched off: the event can be handled elsewhere',
    `ONLY(spec); 1:UNMASK()=0; ${bound}; 1:LINE(40,1); 1:DEPTH()=1; 1:OFF(); LINE(40,0); 0:UNMASK()=0; 0:DEPTH()=0; LINE(40,1); 0:DEPTH()=1; LINE(40,0); 0:COMP(0)=ND; 0:DEPTH()=0`,
    'own',
  ],
];

/** Nesting, levels, two PEs, resets and hotplug in the middle of one another. */
export const group: ConformanceGroup = {
  id: 'X',
  title: 'Two PEs, levels, nesting and hotplug together',
  cases: [
    ...nested,
    ...levels.map(([title, steps, sources], n) => [`X${String(nested.length + n + 1).padStart(2, '0')}`, title, steps, sources] as const),
  ],
};
