import type { ConformanceGroup } from '../catalogue.ts';

/** What brings an event into the states 0, 1, 3, 5, 7, 4, by the value of SDEI_EVENT_STATUS. */
const statuses = [0, 1, 3, 5, 7, 4];

interface NamedEvent {
  readonly name: string;
  /** As the steps call it. */
  readonly event: string;
  readonly only: string;
  /** What makes it known, before anything else. */
  readonly made: string;
  /** What raises it. */
  readonly raised: string;
  /** SDEI_EVENT_GET_INFO of type, signaled, priority. */
  readonly information: readonly [string, string, string];
  /** SDEI_INTERRUPT_RELEASE in each state. */
  readonly release: Row;
  readonly isShared?: true;
}

/**
 * A call in the states 0, 1, 3, 5, 7, 4: `result/status afterwards`; without a status the state stays. One cell: it is the same in every
 * state.
 */
type Row = readonly [call: string, ...cells: string[]];

const notBound: Row = ['REL(e)', '-2|kvm:-1'];
const bound: Row = ['REL(e)', '0/-2|tfa:0', '-3', '-3', '-3', '-3', '-3'];

const events: readonly NamedEvent[] = [
  {
    name: 'event 806',
    event: '806',
    only: '',
    made: '',
    raised: 'PLAT(806)',
    information: ['0', '1|qemu:-', '0'],
    release: notBound,
  },
  {
    name: 'critical event 804',
    event: '804',
    only: '',
    made: '',
    raised: 'PLAT(804)',
    information: ['0', '1|qemu:-', '1'],
    release: notBound,
  },
  {
    name: 'a bound PPI',
    event: 'a',
    only: '',
    made: 'a:=BIND(23)',
    raised: 'IRQ(23)',
    information: ['0', '1|qemu:-', '0'],
    release: bound,
  },
  {
    name: "KVM's event 1",
    event: '1',
    only: 'ONLY(kvm)',
    made: '',
    raised: 'PLAT(1)',
    information: ['0', '-', '0'],
    release: ['REL(e)', '-1'],
  },
];

const steps = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('; ');

/** The steps before the call, one for each of {@link statuses}. `on`: the PE that owns the handler, as a prefix. */
function preludesOf({ event, only, made, raised }: Omit<NamedEvent, 'information' | 'release' | 'name'>, on = ''): string[] {
  const run = steps(`${on}REG(${event})=0`, `${on}ENA(${event})=0`, `${on}UNMASK()=0`, `${on}${raised}`);
  return [
    '',
    `${on}REG(${event})=0`,
    `${on}REG(${event})=0; ${on}ENA(${event})=0`,
    `${run}; ${on}DIS(${event})=0`,
    run,
    `${run}; ${on}UNR(${event})=-5`,
  ].map((prelude) => steps(only, made, prelude));
}

type Case = readonly [title: string, steps: string, sources: string];

function inEveryState(name: string, event: string, preludes: readonly string[], [call, ...cells]: Row): Case[] {
  return statuses.map((status, n) => {
    const [result, after] = (cells[n] ?? cells[0]).split('/');
    const made = call.replace('(e', `(${event}`);
    return [
      `${call} of ${name} in status ${status}`,
      steps(preludes[n], `${made}=${result}`, `STAT(${event})=${after ?? status}`),
      'DEN0054 TF-A',
    ];
  });
}

const byState: readonly Row[] = [
  ['REG(e)', '0/1', '-3', '-3', '-3', '-3', '-3'],
  ['ENA(e)', '-3|qemu:-2', '0/3', '0', '0/7', '0', '-3|qemu:0'],
  ['DIS(e)', '-3|qemu:-2', '0', '0/1', '0', '0/5', '-3|qemu:0'],
  ['UNR(e)', '-3', '0/0', '0/0', '-5/4', '-5/4', '-5'],
  ['ROUT(e,0)', '-2|kvm:-1'],
  ['INFO(e,3)', '-2'],
  ['INFO(e,4)', '-2'],
];

const everyEvent: readonly Case[] = events.flatMap((event) => {
  const information = event.information.map((value, n): Row => [`INFO(e,${n})`, value]);
  return [...byState, ...information, event.release].flatMap((row) => inEveryState(event.name, event.event, preludesOf(event), row));
});

/** Event 0 and a bound SPI. */
const event0 = preludesOf({ event: '0', only: '', made: '', raised: 'SIG(0,0)=0' });
const spi = preludesOf({ event: 'a', only: '', made: 'a:=BIND(40)', raised: 'IRQ(40)' });

/** In a state that registers: the parameter decides; in others the state does, where the implementation looks at it first. */
const stateFirst = (profile: string): string[] => [...new Array<string>(5).fill(`-2|${profile}`)];

const registrations: readonly Row[] = [
  ['REG(e,0)', '0|tfa:-2/1|tfa:0', ...new Array<string>(5).fill('-3|tfa:-2')],
  ['REG(e,0x1000)', '0|tfa:-2/1|tfa:0', ...new Array<string>(5).fill('-3|tfa:-2')],
  ['REG(e,0x40100002)', '-2|tfa:0|kvm:0|qemu:0/0|tfa:1|kvm:1|qemu:1', ...stateFirst('tfa:-3|kvm:-3|qemu:-3')],
  ['REG(e,EP,ARG,2)', '-2|qemu:0/0|qemu:1', ...stateFirst('qemu:-3')],
  ['REG(e,EP,ARG,8)', '-2|qemu:0/0|qemu:1', ...stateFirst('qemu:-3')],
  ['REG(e,EP,ARG,1,0)', '0/1', '-3', '-3', '-3', '-3', '-3'],
  ['REG(e,EP,ARG,1,1)', '0/1', '-3', '-3', '-3', '-3', '-3'],
];
const privateRegistrations: readonly Row[] = [['REG(e,EP,ARG,1,BAD)', '0|tfa:-2/1|tfa:0', ...new Array<string>(5).fill('-3|tfa:-2')]];
const sharedRegistrations: readonly Row[] = [['REG(e,EP,ARG,1,BAD)', '-2', ...stateFirst('qemu:-3')]];

const ofEvent0: readonly Row[] = [...registrations, ...privateRegistrations, ['INFO(e,1)', '0'], ['INFO(e,5)', '-2']];
const ofSpi: readonly Row[] = [
  ...registrations,
  ...sharedRegistrations,
  ['ROUT(e,0)', '-3', '0', '-3', '-3', '-3', '-3'],
  ['ROUT(e,1,0)', '-3', '0', '-3', '-3', '-3', '-3'],
  ['ROUT(e,1,BAD)', '-2'],
  ['ROUT(e,2)', '-2'],
  ['INFO(e,1)', '1|qemu:-'],
  ['INFO(e,5)', '-2'],
];
const everyParameter: readonly Case[] = [
  ...ofEvent0.flatMap((row) => inEveryState('event 0', '0', event0, row)),
  ...ofSpi.flatMap((row) => inEveryState('a bound SPI', 'a', spi, row)),
];

/** SDEI_EVENT_SIGNAL by the state of event 0 on its target; pending and refused as the profiles say. */
const signals: readonly Case[] = [
  ['this PE', '', 'SIG(0,0)'],
  ['another PE', '1:', 'SIG(0,1)'],
].flatMap(([target, on, call]) => {
  const raised = `SIG(0,${on === '' ? 0 : 1})=0`;
  const preludes = preludesOf({ event: '0', only: '', made: '', raised }, on);
  const results = ['0|tfa:-2|kvm:-2|qemu:-2', '0|tfa:-2', '0|tfa:-2', '0|tfa:-2', '0', '0|tfa:-2|kvm:-2|qemu:-2'];
  const pending = ['0', '1|tfa:0', '1|tfa:0', '1|tfa:0', '1', '0'];
  return statuses.map(
    (status, n): Case => [
      `signal to ${target} in status ${status}`,
      steps(preludes[n], `${call}=${results[n]}`, `${on}PEND(0)=${pending[n]}`, `${on}STAT(0)=${status}`),
      'DEN0054 TF-A KVM QEMU',
    ],
  );
});

/** Which handlers run when a call that names no event is made. */
const situations = [
  ['no handler', ''],
  ['a normal handler', '@run0'],
  ['a critical handler', 'REG(804,0x40200000)=0; ENA(804)=0; UNMASK()=0; PLAT(804)'],
  ['a critical on a normal handler', 'REG(804,0x40200000)=0; ENA(804)=0; @run0; PLAT(804)'],
] as const;

/** `steps before;call`, and its results in {@link situations}; one cell: the same in all. */
const ofPe: readonly Row[] = [
  ['VER()', '1<<48|kvm:0x00010001564BCAA9'],
  ['FEAT(0)', '0x00030003|kvm:0|qemu:0x00100008'],
  ['FEAT(1)', '-2|kvm:0'],
  ['FEAT(2)', '-2'],
  ['CTX(0)', '-3', '0', '0', '0'],
  ['CTX(1)', '-3', '0x51', '0', 'ARG'],
  ['CTX(4)', '-3', '0x5004', '0', '0x5004'],
  ['CTX(17)', '-3', '0x5011', '0', '0x5011'],
  ['CTX(18)', '-2|kvm:-3', '-2', '-2', '-2'],
  ['COMP(0)', '-3|kvm:SAME', 'ND', 'ND', 'ND'],
  ['COMP(1)', '-3|kvm:SAME', 'ND', 'ND', 'ND'],
  ['COMP(2)', '-3|kvm:SAME', 'ND', 'ND', 'ND'],
  ['CAR(0)', '-3|kvm:SAME', 'ND|tfa:-3', 'ND|tfa:-3', 'ND|tfa:-3'],
  ['CAR(0x1000)', '-3|kvm:SAME', 'ND|tfa:-3', 'ND|tfa:-3', 'ND|tfa:-3'],
  ['CAR(0x40300282)', '-2|tfa:-3|kvm:SAME|qemu:-3', '-2|tfa:ND|kvm:ND|qemu:ND', '-2|tfa:ND|kvm:ND|qemu:ND', '-2|tfa:ND|kvm:ND|qemu:ND'],
  ['CAR(0x40300280)', '-3|kvm:SAME', 'ND', 'ND', 'ND'],
  ['UNMASK()=0;MASK()', '1|kvm:0'],
  ['MASK()=-;MASK()', '0'],
  ['MASK()=-;UNMASK()', '0'],
  ['UNMASK()=0;UNMASK()', '0'],
  ['BIND(8)', '-2|kvm:-1'],
  ['BIND(1020)', '-2|kvm:-1'],
  ['BIND(29)', '-2|tfa:-3|kvm:-1|qemu:-'],
  ['ACTIVE(41,1);BIND(41)', '-3|tfa:-|kvm:-1|qemu:-'],
  ['b:=BIND(42);BIND(42)', 'b'],
  ['b:=BIND(42);c:=BIND(23);BIND(23)', 'c'],
  ['PRST()', '0', '-3|kvm:0', '-3', '-3'],
  ['SRST()', '0'],
];
const everySituation: readonly Case[] = ofPe.flatMap(([call, ...cells]) =>
  situations.map(
    ([where, prelude], n): Case => [
      `${call} in ${where}`,
      steps(prelude, ...call.split(';').slice(0, -1), `${call.split(';').at(-1)}=${cells[n] ?? cells[0]}`),
      'DEN0054 TF-A KVM QEMU',
    ],
  ),
);

/** Numbers that name no event, for every call that takes one. */
const unknown: readonly Case[] = ['0x10000', '-1', '0x3FFFFFFF'].flatMap((number) =>
  ['REG(e)', 'ENA(e)', 'DIS(e)', 'UNR(e)', 'STAT(e)', 'INFO(e,0)', 'ROUT(e,0)', 'REL(e)', 'SIG(e,0)'].map(
    (call): Case => [
      `${call} of the unknown event ${number}`,
      `${call.replace('(e', `(${number}`)}=-2${/^(?:ROUT|REL)/.test(call) ? '|kvm:-1' : ''}`,
      'DEN0054 TF-A KVM QEMU',
    ],
  ),
);

export const group: ConformanceGroup = {
  id: 'W',
  title: 'Every argument in every state',
  cases: [...everyEvent, ...everyParameter, ...signals, ...everySituation, ...unknown].map(([title, made, sources], n) => [
    `W${String(n + 1).padStart(2, '0')}`,
    title,
    made,
    sources,
  ]),
};
