import { Pe } from '../../emulator/pe.ts';
import { executeHostInstruction, type HostResult } from '../../emulator/system/host-instructions.ts';
import type { SystemServices } from '../../emulator/system/services.ts';
import { type RegisterName, store, stored } from '../../emulator/system/storage.ts';
import { resetSystemRegisters, systemRegisterNamed } from '../../emulator/system/system-registers.ts';

/** Where tests put the instruction. */
export const PC = 0x4000_1000n;
export const VBAR = { 1: 0x4008_0000n, 2: 0x4010_0000n } as const;

/** SPSR.M by name. */
export const MODE = { EL0t: 0x0n, EL1t: 0x4n, EL1h: 0x5n, EL2t: 0x8n, EL2h: 0x9n } as const;
export type Mode = keyof typeof MODE;

/** Stored register values to begin with. */
export type Given = Readonly<Partial<Record<RegisterName, bigint>>>;

/** A PE after reset, at `mode` with nothing masked, at PC, with vectors. */
export function peAt(mode: Mode, given: Given = {}, index = 0): Pe {
  const pe = new Pe(index, new ArrayBuffer(0x2_0000));
  pe.makeCurrent();
  resetSystemRegisters(pe);
  store(pe, 'VBAR_EL1', VBAR[1]);
  store(pe, 'VBAR_EL2', VBAR[2]);
  for (const [name, value] of Object.entries(given)) store(pe, name as RegisterName, value);
  pe.pstate = MODE[mode];
  pe.pc = PC;
  return pe;
}

/** Services that note what was asked of them. */
export interface FakeServices extends SystemServices {
  time: number;
  client: 'EL1' | 'EL2';
  conduit: 'hvc' | 'smc';
  wakeup: boolean;
  lines: { irq: boolean; fiq: boolean };
  readonly log: string[];
}
export function fakeServices(over: Partial<Pick<FakeServices, 'time' | 'client' | 'conduit' | 'wakeup' | 'lines'>> = {}): FakeServices {
  const log: string[] = [];
  const services: FakeServices = {
    time: 0,
    retired: () => services.time,
    client: 'EL1',
    conduit: 'hvc',
    wakeup: false,
    lines: { irq: false, fiq: false },
    ...over,
    log,
    descriptors: { low: 0, high: 0, readDescriptor: () => false },
    conduitCall: (pe, conduit, immediate) => log.push(`${conduit} #${immediate} from ${pe.pc.toString(16)}`),
    semihostingCall: () => 'off',
    noteReadable: () => {},
    zeroBlock: (_pe, address, bytes) => {
      log.push(`zero ${bytes} around ${address.toString(16)}`);
      return undefined;
    },
    invalidateInstructions: (_pe, address) => log.push(address === undefined ? 'IC all' : `IC ${address.toString(16)}`),
    invalidateTranslations: (_pe, { regime, scope, innerShareable }) => log.push(`TLB ${regime} ${scope}${innerShareable ? ' IS' : ''}`),
    sendEvent: () => log.push('SEV'),
    wakeupPending: () => services.wakeup,
    outputsChanged: () => log.push('timers'),
    interruptLines: () => services.lines,
  };
  return services;
}

/** MRS X<rt>, <register> */
export const mrs = (name: string, rt = 0): number => access(name, rt, 1);
/** MSR <register>, X<rt> */
export const msr = (name: string, rt = 0): number => access(name, rt, 0);
function access(name: string, rt: number, l: number): number {
  const generic = /^S([123])_(\d)_C(\d+)_C(\d+)_(\d)$/.exec(name)?.slice(1).map(Number);
  const row = systemRegisterNamed(name);
  if (!row && !generic) throw new Error(`no register ${name}`);
  const [op0, op1, crn, crm, op2] = generic ?? (row ? [row.op0, row.op1, row.crn, row.crm, row.op2] : []);
  return (0xd500_0000 | (l << 21) | (op0 << 19) | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5) | rt) >>> 0;
}
/** SYS #op1, Cn, Cm, #op2, X<rt> */
export const sys = (op1: number, crn: number, crm: number, op2: number, rt = 31): number =>
  (0xd508_0000 | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5) | rt) >>> 0;
const withImmediate =
  (base: number) =>
  (immediate = 0): number =>
    (base | (immediate << 5)) >>> 0;
export const svc = withImmediate(0xd400_0001);
export const hvc = withImmediate(0xd400_0002);
export const smc = withImmediate(0xd400_0003);
export const brk = withImmediate(0xd420_0000);
export const hlt = withImmediate(0xd440_0000);
export const ERET = 0xd69f_03e0;
export const [NOP, YIELD, WFE, WFI, SEV, SEVL] = [0, 1, 2, 3, 4, 5].map((op) => (0xd503_201f | (op << 5)) >>> 0);
export const ESB = 0xd503_221f;
export const [CLREX, DSB_SY, DMB_SY, ISB] = [0xd503_3f5f, 0xd503_3f9f, 0xd503_3fbf, 0xd503_3fdf];
/** MSR <PSTATE field>, #immediate */
export const msrImmediate = (field: 'SPSel' | 'DAIFSet' | 'DAIFClr' | 'PAN' | 'UAO', immediate: number): number => {
  const [op1, op2] = { UAO: [0, 3], PAN: [0, 4], SPSel: [0, 5], DAIFSet: [3, 6], DAIFClr: [3, 7] }[field];
  return (0xd500_401f | (op1 << 16) | (immediate << 8) | (op2 << 5)) >>> 0;
};

/** Executes one instruction and says in one line what it led to. */
export function outcome(pe: Pe, word: number, services = fakeServices()): string {
  return describe(pe, executeHostInstruction(pe, word, services));
}
export function describe(pe: Pe, result: HostResult): string {
  switch (result.kind) {
    case 'exception': {
      const { target } = result.taken;
      const esr = stored(pe, target === 2 ? 'ESR_EL2' : 'ESR_EL1');
      return `EL${target} +0x${(pe.pc - VBAR[target]).toString(16)} ESR ${esr.toString(16)} ELR ${stored(pe, target === 2 ? 'ELR_EL2' : 'ELR_EL1') === PC ? 'this' : 'next'}`;
    }
    case 'bad-call':
      return `${result.operation}: ${result.why}`;
    case 'unimplemented':
      return `unimplemented: ${result.what}`;
    default:
      return `${result.kind}${pe.pc === PC + 4n ? '' : ` PC ${pe.pc.toString(16)}`}`;
  }
}
