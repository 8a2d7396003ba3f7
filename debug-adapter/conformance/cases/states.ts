import type { ConformanceGroup } from '../catalogue.ts';

/** What brings the event `e` into each state, by the value of SDEI_EVENT_STATUS. */
const statuses = [0, 1, 3, 5, 7, 4];
const privateEvent = {
  name: 'event 0',
  event: '0',
  preludes: ['', 'REG(0)=0', 'REG(0)=0; ENA(0)=0', '@run0; DIS(0)=0', '@run0', '@run0; UNR(0)=-5'],
};
const run = 'UNMASK()=0; a:=BIND(40); REG(a)=0; ENA(a)=0; IRQ(40)';
const sharedEvent = {
  name: 'a bound SPI',
  event: 'a',
  preludes: ['a:=BIND(40)', 'a:=BIND(40); REG(a)=0', 'a:=BIND(40); REG(a)=0; ENA(a)=0', `${run}; DIS(a)=0`, run, `${run}; UNR(a)=-5`],
};

/**
 * A call of an event `e` in the states 0, 1, 3, 5, 7, 4: `result/status afterwards`; without a status the state stays. One cell: it is the
 * same in every state.
 */
type Row = readonly [call: string, ...cells: string[]];

const ofBoth: readonly Row[] = [
  ['REG(e)', '0/1', '-3', '-3', '-3', '-3', '-3'],
  ['ENA(e)', '-3|qemu:-2', '0/3', '0', '0/7', '0', '-3|qemu:0'],
  ['DIS(e)', '-3|qemu:-2', '0', '0/1', '0', '0/5', '-3|qemu:0'],
  ['UNR(e)', '-3', '0/0', '0/0', '-5/4', '-5/4', '-5'],
  ['CTX(0)', '-3', '-3', '-3', '0', '0', '0'],
  ['CTX(18)', '-2|kvm:-3', '-2|kvm:-3', '-2|kvm:-3', '-2', '-2', '-2'],
  ['COMP(0)', '-3|kvm:SAME', '-3|kvm:SAME', '-3|kvm:SAME', 'ND/1', 'ND/3', 'ND/0'],
  ['COMP(1)', '-3|kvm:SAME', '-3|kvm:SAME', '-3|kvm:SAME', 'ND/1', 'ND/3', 'ND/0'],
  ['CAR(0x40300280)', '-3|kvm:SAME', '-3|kvm:SAME', '-3|kvm:SAME', 'ND/1', 'ND/3', 'ND/0'],
  ['VER()', '1<<48|kvm:0x00010001564BCAA9'],
  ['FEAT(2)', '-2'],
  ['MASK()', '0', '0', '0', '1|kvm:0', '1|kvm:0', '1|kvm:0'],
  ['UNMASK()', '0'],
  ['BIND(8)', '-2|kvm:-1'],
  ['REL(5)', '-2|kvm:-1'],
  ['SIG(0,1)', '0|tfa:-2|kvm:-2|qemu:-2'],
];

const ofPrivate: readonly Row[] = [
  ...ofBoth,
  ['ROUT(e,0)', '-2|kvm:-1'],
  ['REL(e)', '-2|kvm:-1'],
  ['INFO(e,0)', '0'],
  ['INFO(e,2)', '0'],
  ['INFO(e,3)', '-2'],
  ['INFO(e,4)', '-2'],
  ['PRST()', '0', '0/0', '0/0', '-3|kvm:0/5|tfa:4|kvm:4|qemu:4', '-3|kvm:0/7|tfa:4|kvm:4|qemu:4', '-3|kvm:0'],
  ['SRST()', '0'],
];

const ofShared: readonly Row[] = [
  ...ofBoth,
  ['ROUT(e,1,1)', '-3', '0', '-3', '-3', '-3', '-3'],
  ['REL(e)', '0/-2|tfa:0', '-3', '-3', '-3', '-3', '-3'],
  ['INFO(e,0)', '1'],
  ['INFO(e,2)', '0'],
  ['INFO(e,3)', '-3', '0', '0', '0', '0', '-3|qemu:-'],
  ['INFO(e,4)', '-3', '-2', '-2', '-2', '-2', '-3|qemu:-'],
  ['PRST()', '0'],
  ['SRST()', '0/-2|tfa:0', '0/-2|tfa:0', '0/-2|tfa:0', '-3/5|tfa:4|qemu:4', '-3/7|tfa:4|qemu:4', '-3'],
];

const combinations = [...ofPrivate.map((row) => ({ ...privateEvent, row })), ...ofShared.map((row) => ({ ...sharedEvent, row }))].flatMap(
  ({ name, event, preludes, row: [call, ...cells] }) =>
    statuses.map((status, n) => {
      const [result, after] = (cells[n] ?? cells[0]).split('/');
      const made = call.replace('(e', `(${event}`);
      const steps = [preludes[n], `${made}=${result}`, `STAT(${event})=${after ?? status}`].filter((step) => step !== '');
      return [`${call} of ${name} in status ${status}`, steps.join('; '), 'DEN0054 TF-A'] as const;
    }),
);

/** Every call in every state of a private and of a shared event (DEN0054, "Event handler states"). */
export const group: ConformanceGroup = {
  id: 'T',
  title: 'Every call in every state',
  cases: combinations.map(([title, steps, sources], n) => [`T${String(n + 1).padStart(2, '0')}`, title, steps, sources]),
};
