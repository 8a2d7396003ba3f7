import { OFFSET } from '../cpu-state.ts';
import type { Pe } from '../pe.ts';
import { floatingPointTrap, isHost, sctlr, tge } from './configuration.ts';
import { EC } from './exception-classes.ts';
import { BREAKPOINTS, EVENT_COUNTERS, LIST_REGISTERS, WATCHPOINTS, features } from './features.ts';
import { type TimerName, setTimerValue, physicalCount, timerAccessTrap, timerControl, timerValue, virtualCount } from './generic-timer.ts';
import { interruptStatus } from './interrupts.ts';
import {
  counterType,
  counterValue,
  cycleCount,
  eventCounterNames,
  guestCounters,
  overflowFlags,
  type Progress,
  reachableCounters,
  selectedCounter,
  setCounter,
  setCounterType,
  setCycleCount,
  settleCounters,
} from './performance-monitors.ts';
import type { RegisterBehaviour } from './register.ts';
import type { SystemServices } from './services.ts';
import { interruptControllerRegisters } from './registers/interrupt-controller.ts';
import { type RegisterName, SLOT, mask, store, stored } from './storage.ts';

const HCR = { AMO: mask('HCR_EL2.AMO'), TDZ: mask('HCR_EL2.TDZ') };
const DZE = mask('SCTLR_EL1.DZE');
const EE = 1n << 25n;
const E0E = 1n << 24n;

/** EL1 sees what the hypervisor wants it to see. */
const virtualized = (own: RegisterName, shown: RegisterName): RegisterBehaviour => ({
  read: (pe) => stored(pe, pe.state.exceptionLevel === 2 ? own : shown),
});
const affinity = (pe: Pe): bigint => 0x8000_0000n | BigInt(pe.index);

const stackPointer = (el: number): RegisterBehaviour => ({
  read: (pe) => pe.stackPointer(el),
  write: (pe, value) => pe.setStackPointer(el, value),
});

/** SCTLR_ELx.{EE,E0E} are RES0 where data is little-endian only, but a guest that sets them means it. */
const endianness = (name: string): RegisterBehaviour => ({
  unimplemented: (_pe, _services, value = 0n) =>
    value & (EE | E0E) ? `big-endian data (${name}.${value & EE ? 'EE' : 'E0E'} = 1)` : undefined,
});

/** Clears bits of another register. */
const clears = (target: RegisterName): RegisterBehaviour => ({
  read: (pe) => stored(pe, target),
  write: (pe, value) => store(pe, target, stored(pe, target) & ~value),
});

const timer = (
  name: TimerName,
  registers: { ctl: RegisterName; cval: RegisterName; tval: RegisterName },
): Partial<Record<RegisterName, RegisterBehaviour>> => {
  const trap =
    name === 'EL1 physical' || name === 'EL1 virtual' ? (pe: Pe): 'EL1' | 'EL2' | undefined => timerAccessTrap(pe, name) : undefined;
  const changed: RegisterBehaviour['written'] = (pe, _value, _previous, services) => services.outputsChanged(pe);
  const control: RegisterBehaviour = { read: (pe, services) => timerControl(pe, name, services.time), written: changed, trap };
  const compare: RegisterBehaviour = { written: changed, trap };
  const value: RegisterBehaviour = {
    read: (pe, services) => timerValue(pe, name, services.time),
    write: (pe, distance, services) => {
      setTimerValue(pe, name, distance, services.time);
      services.outputsChanged(pe);
    },
    trap,
  };
  return { [registers.ctl]: control, [registers.cval]: compare, [registers.tval]: value };
};
/** A deadline moved, or the output of a timer or of the PMU may have. */
const outputsChanged: RegisterBehaviour = { written: (pe, _value, _previous, services) => services.outputsChanged(pe) };

/** PSTATE fields of MRS and MSR. */
const maskChange: RegisterBehaviour = {
  read: (pe) => BigInt(pe.state.daif << 6),
  write: (pe, value) => {
    pe.state.daif = Number((value >> 6n) & 15n);
  },
};

const floatingPoint = (name: string, offset: number): RegisterBehaviour => ({
  read: (pe) => BigInt(pe.field(offset) >>> 0),
  write: (pe, value) => pe.setField(offset, Number(value)),
  unimplemented: () => (features.floatingPoint ? undefined : `floating-point (${name})`),
  trap: (pe) => {
    const target = floatingPointTrap(pe);
    return target === 'undefined-instruction' ? 'undefined' : target && `floating-point-${target}`;
  },
});

/** What DBGBCR<n>_EL1.E, DBGWCR<n>_EL1.E and MDSCR_EL1 would make happen. */
function debugExceptions(pe: Pe, slot: number, value: bigint): string | undefined {
  const after = (index: number): bigint => (index === slot ? value : pe.systemRegisters[index]);
  const mdscr = after(SLOT.MDSCR_EL1);
  if (!(mdscr & mask('MDSCR_EL1.MDE'))) return undefined;
  const slots = SLOT as Readonly<Record<string, number>>;
  for (let n = 0; n < BREAKPOINTS; n++)
    if (after(slots[`DBGBCR${n}_EL1`]) & 1n) return `breakpoint exceptions (MDSCR_EL1.MDE = 1, DBGBCR${n}_EL1.E = 1)`;
  for (let n = 0; n < WATCHPOINTS; n++)
    if (after(slots[`DBGWCR${n}_EL1`]) & 1n) return `watchpoint exceptions (MDSCR_EL1.MDE = 1, DBGWCR${n}_EL1.E = 1)`;
  return undefined;
}
const debugControl = (name: string): RegisterBehaviour => ({
  unimplemented: (pe, _services, value) =>
    value === undefined ? undefined : debugExceptions(pe, (SLOT as Readonly<Record<string, number>>)[name], value),
});

/** Classes of exceptions that write FAR_ELx, HPFAR_EL2: aborts of stage 2 come from a lower level. */
const ADDRESSED = [
  EC.INSTRUCTION_ABORT,
  EC.INSTRUCTION_ABORT + 1,
  EC.PC_ALIGNMENT,
  EC.DATA_ABORT,
  EC.DATA_ABORT + 1,
  EC.WATCHPOINT,
  EC.WATCHPOINT + 1,
];
const STAGE2 = [EC.INSTRUCTION_ABORT, EC.DATA_ABORT];
const ESR_FNV = 1n << 10n;
/** An address of a fault means something only if the latest exception had one. */
const ofFault = (syndrome: 'ESR_EL1' | 'ESR_EL2', classes: readonly number[]): RegisterBehaviour => ({
  unknown(pe) {
    const esr = stored(pe, syndrome);
    const exceptionClass = Number(esr >> 26n) & 63;
    if (!classes.includes(exceptionClass)) return `${syndrome}.EC (0x${exceptionClass.toString(16)}) is none that sets it`;
    const isExternal = exceptionClass < EC.WATCHPOINT && exceptionClass !== EC.PC_ALIGNMENT && (esr & 0x3fn) === 0x10n;
    return isExternal && esr & ESR_FNV ? `${syndrome}.ISS says so (FnV)` : undefined;
  },
});

const progress = (pe: Pe, services: SystemServices): Progress => ({ time: services.time, retired: services.retired(pe) });

/** A register whose writes change what the performance monitors count or signal. */
const counting = (change: (pe: Pe, value: bigint) => void): RegisterBehaviour => ({
  write: (pe, value, services) => {
    settleCounters(pe, progress(pe, services));
    change(pe, value);
    services.outputsChanged(pe);
  },
});
/** A register with a bit for each counter that is set or cleared through two names. */
const counterBits = (target: RegisterName, combine: (old: bigint, value: bigint) => bigint): RegisterBehaviour => ({
  read: (pe) => stored(pe, target) & reachableCounters(pe),
  ...counting((pe, value) => store(pe, target, combine(stored(pe, target), value & reachableCounters(pe)))),
});
const overflows: RegisterBehaviour = { read: (pe, services) => overflowFlags(pe, progress(pe, services)) & reachableCounters(pe) };
const setting = (old: bigint, value: bigint): bigint => old | value;
const clearing = (old: bigint, value: bigint): bigint => old & ~value;
/** PMCR_EL0: P resets event counters, C the cycle counter; E, X and DP are kept. */
const PMCR = { P: mask('PMCR_EL0.P'), C: mask('PMCR_EL0.C'), N: mask('PMCR_EL0.N'), KEPT: 0x31n };
/** PMUSERENR_EL0.ER and CR let EL0 read, but not write. */
const writableByEl0IfEnabled: RegisterBehaviour['trap'] = (pe, isRead) =>
  isRead || pe.state.exceptionLevel > 0 || stored(pe, 'PMUSERENR_EL0') & mask('PMUSERENR_EL0.EN') ? undefined : tge(pe) ? 'EL2' : 'EL1';
const unlessReachable =
  (n: number, otherwise?: RegisterBehaviour['trap']): RegisterBehaviour['trap'] =>
  (pe, isRead) =>
    (reachableCounters(pe) >> BigInt(n)) & 1n ? otherwise?.(pe, isRead) : 'undefined';

function eventCounter(n: number): Readonly<Record<string, RegisterBehaviour>> {
  const [counter, type] = eventCounterNames[n];
  return {
    [counter]: {
      read: (pe, services) => counterValue(pe, n, progress(pe, services)),
      ...counting((pe, value) => setCounter(pe, n, value)),
      trap: unlessReachable(n, writableByEl0IfEnabled),
    },
    [type]: { ...counting((pe, value) => setCounterType(pe, n, value)), trap: unlessReachable(n) },
  };
}

const noCounterSelected = 'PMSELR_EL0.SEL selects no such counter';
const isEventCounter = (selected: number | undefined): boolean => selected !== undefined && selected !== 31;

const IMO_FMO = mask('HCR_EL2.IMO') | mask('HCR_EL2.FMO');

/** ICC_<name>: the interrupt controller has the value. At EL1 with HCR_EL2.IMO or FMO it would be that of the virtual CPU interface. */
function interruptControllerRegister(name: string): RegisterBehaviour {
  const acknowledges = /^ICC_IAR(\d)_EL1$/.exec(name);
  return {
    unimplemented: (pe, services) => {
      if (!services.interruptController) return `system register ${name}`;
      const isVirtual = pe.state.exceptionLevel === 1 && (stored(pe, 'HCR_EL2') & IMO_FMO) !== 0n;
      return isVirtual ? `virtual CPU interface of the GIC (${name} with HCR_EL2.IMO or FMO = 1)` : undefined;
    },
    read: (pe, services) => services.interruptController?.readRegister(pe.index, name) ?? 0n,
    write: (pe, value, services) => services.interruptController?.writeRegister(pe.index, name, value),
    readWithEffect: acknowledges
      ? (pe, services) => BigInt(services.interruptController?.acknowledge(pe.index, acknowledges[1] === '0' ? 0 : 1) ?? 0)
      : undefined,
  };
}

/** ICH_HCR_EL2: En, and the bits that trap the guest's ICC registers. */
const VIRTUAL_INTERFACE = 0x7c01n;
/** ICH_LR<n>_EL2.EOI, of an interrupt without a physical one. */
const LR_EOI = 1n << 41n;

function listRegistersWhere(pe: Pe, holds: (value: bigint) => boolean): bigint {
  let found = 0n;
  for (let n = 0; n < LIST_REGISTERS; n++) if (holds(pe.systemRegisters[SLOT.ICH_LR0_EL2 + n])) found |= 1n << BigInt(n);
  return found;
}

/** DCZID_EL0.DZP: DC ZVA is trapped. */
export function isZeroingProhibited(pe: Pe): boolean {
  const el = pe.state.exceptionLevel;
  return (el === 0 && !(sctlr(pe) & DZE)) || (el < 2 && !isHost(pe) && (stored(pe, 'HCR_EL2') & HCR.TDZ) !== 0n);
}

/** What registers do beyond storing, by name. */
export const registerBehaviour: Readonly<Partial<Record<RegisterName, RegisterBehaviour>>> &
  Readonly<Record<string, RegisterBehaviour | undefined>> = {
  CurrentEL: { read: (pe) => BigInt(pe.state.exceptionLevel << 2) },
  SPSel: {
    read: (pe) => BigInt(pe.state.stackPointerSelect),
    write: (pe, value) => pe.setMode(pe.state.exceptionLevel, Number(value)),
  },
  DAIF: maskChange,
  NZCV: {
    read: (pe) => BigInt(pe.nzcv) << 28n,
    write: (pe, value) => {
      pe.nzcv = Number(value >> 28n) & 15;
    },
  },
  PAN: {
    read: (pe) => BigInt(pe.state.pan) << 22n,
    write: (pe, value) => {
      pe.state.pan = Number(value >> 22n) & 1;
    },
  },
  UAO: {
    read: (pe) => BigInt(pe.state.uao) << 23n,
    write: (pe, value) => {
      pe.state.uao = Number(value >> 23n) & 1;
    },
  },
  SP_EL0: { ...stackPointer(0), trap: (pe) => (pe.state.stackPointerSelect === 0 ? 'undefined' : undefined) },
  SP_EL1: stackPointer(1),
  ISR_EL1: {
    read: (pe, services) => {
      const { irq, fiq } = services.interruptLines(pe);
      return interruptStatus(pe, irq, fiq);
    },
  },

  FAR_EL1: ofFault('ESR_EL1', ADDRESSED),
  FAR_EL2: ofFault('ESR_EL2', ADDRESSED),
  HPFAR_EL2: ofFault('ESR_EL2', STAGE2),

  SCTLR_EL1: endianness('SCTLR_EL1'),
  SCTLR_EL2: endianness('SCTLR_EL2'),
  FPCR: floatingPoint('FPCR', OFFSET.FPCR),
  FPSR: floatingPoint('FPSR', OFFSET.FPSR),

  ...Object.fromEntries(Object.keys(interruptControllerRegisters).map((name) => [name, interruptControllerRegister(name)])),
  ICH_HCR_EL2: {
    unimplemented: (_pe, _services, value = 0n) =>
      value & VIRTUAL_INTERFACE ? 'virtual CPU interface of the GIC (ICH_HCR_EL2.En or a trap bit = 1)' : undefined,
  },
  ICH_EISR_EL2: { read: (pe) => listRegistersWhere(pe, (value) => value >> 61n === 0n && (value & LR_EOI) !== 0n) },
  ICH_ELRSR_EL2: {
    read: (pe) => listRegistersWhere(pe, (value) => value >> 62n === 0n && (value >> 61n === 1n || (value & LR_EOI) === 0n)),
  },
  ID_AA64PFR0_EL1: { read: (pe, services) => stored(pe, 'ID_AA64PFR0_EL1') | (services.interruptController ? 1n << 24n : 0n) },

  MIDR_EL1: virtualized('MIDR_EL1', 'VPIDR_EL2'),
  MPIDR_EL1: { ...virtualized('MPIDR_EL1', 'VMPIDR_EL2'), reset: affinity },
  VMPIDR_EL2: { reset: affinity },
  DCZID_EL0: {
    read: (pe) => {
      return stored(pe, 'DCZID_EL0') | (isZeroingProhibited(pe) ? 16n : 0n);
    },
  },

  CNTPCT_EL0: { read: (_pe, services) => physicalCount(services.time), trap: (pe) => timerAccessTrap(pe, 'physical count') },
  CNTVCT_EL0: { read: (pe, services) => virtualCount(pe, services.time), trap: (pe) => timerAccessTrap(pe, 'virtual count') },
  CNTFRQ_EL0: {
    trap: (pe) => {
      const mayReadACount = stored(pe, isHost(pe) ? 'CNTHCTL_EL2' : 'CNTKCTL_EL1') & 3n;
      return pe.state.exceptionLevel > 0 || mayReadACount ? undefined : timerAccessTrap(pe, 'virtual count');
    },
  },
  CNTVOFF_EL2: outputsChanged,
  CNTKCTL_EL1: outputsChanged,
  CNTHCTL_EL2: outputsChanged,
  ...timer('EL1 physical', { ctl: 'CNTP_CTL_EL0', cval: 'CNTP_CVAL_EL0', tval: 'CNTP_TVAL_EL0' }),
  ...timer('EL1 virtual', { ctl: 'CNTV_CTL_EL0', cval: 'CNTV_CVAL_EL0', tval: 'CNTV_TVAL_EL0' }),
  ...timer('EL2 physical', { ctl: 'CNTHP_CTL_EL2', cval: 'CNTHP_CVAL_EL2', tval: 'CNTHP_TVAL_EL2' }),
  ...timer('EL2 virtual', { ctl: 'CNTHV_CTL_EL2', cval: 'CNTHV_CVAL_EL2', tval: 'CNTHV_TVAL_EL2' }),

  MDCR_EL2: counting((pe, value) => store(pe, 'MDCR_EL2', value)),
  PMCR_EL0: {
    read: (pe) => {
      const count = pe.state.exceptionLevel === 2 ? EVENT_COUNTERS : guestCounters(pe);
      return (stored(pe, 'PMCR_EL0') & ~PMCR.N) | BigInt(count << 11);
    },
    ...counting((pe, value) => {
      store(pe, 'PMCR_EL0', (stored(pe, 'PMCR_EL0') & ~PMCR.KEPT) | (value & PMCR.KEPT));
      const reachable = reachableCounters(pe);
      for (let n = 0; value & PMCR.P && n < EVENT_COUNTERS; n++) if ((reachable >> BigInt(n)) & 1n) setCounter(pe, n, 0n);
      if (value & PMCR.C) setCycleCount(pe, 0n);
    }),
  },
  PMCNTENSET_EL0: counterBits('PMCNTENSET_EL0', setting),
  PMCNTENCLR_EL0: counterBits('PMCNTENSET_EL0', clearing),
  PMOVSSET_EL0: { ...counterBits('PMOVSSET_EL0', setting), ...overflows },
  PMOVSCLR_EL0: { ...counterBits('PMOVSSET_EL0', clearing), ...overflows },
  PMINTENSET_EL1: counterBits('PMINTENSET_EL1', setting),
  PMINTENCLR_EL1: counterBits('PMINTENSET_EL1', clearing),
  PMSWINC_EL0: {
    write: (pe, value, services) => {
      settleCounters(pe, progress(pe, services), value & reachableCounters(pe));
      services.outputsChanged(pe);
    },
  },
  PMCCNTR_EL0: {
    read: (pe, services) => cycleCount(pe, progress(pe, services)),
    ...counting(setCycleCount),
    trap: writableByEl0IfEnabled,
  },
  PMCCFILTR_EL0: counting((pe, value) => setCounterType(pe, 31, value)),
  PMXEVTYPER_EL0: {
    unknown: (pe) => (selectedCounter(pe) === undefined ? noCounterSelected : undefined),
    read: (pe) => {
      const n = selectedCounter(pe);
      return n === undefined ? 0n : counterType(pe, n);
    },
    ...counting((pe, value) => {
      const n = selectedCounter(pe);
      if (n !== undefined) setCounterType(pe, n, value);
    }),
  },
  PMXEVCNTR_EL0: {
    unknown: (pe) => (isEventCounter(selectedCounter(pe)) ? undefined : noCounterSelected),
    read: (pe, services) => {
      const n = selectedCounter(pe);
      return n === undefined || n === 31 ? 0n : counterValue(pe, n, progress(pe, services));
    },
    ...counting((pe, value) => {
      const n = selectedCounter(pe);
      if (n !== undefined && n !== 31) setCounter(pe, n, value);
    }),
    trap: writableByEl0IfEnabled,
  },
  ...Object.assign({}, ...eventCounterNames.map((_, n) => eventCounter(n))),

  DISR_EL1: {
    read: (pe) => stored(pe, deferred(pe)),
    write: (pe, value) => store(pe, deferred(pe), value),
  },

  MDSCR_EL1: debugControl('MDSCR_EL1'),
  ...Object.fromEntries(
    [
      ...Array.from({ length: BREAKPOINTS }, (_, n) => `DBGBCR${n}_EL1`),
      ...Array.from({ length: WATCHPOINTS }, (_, n) => `DBGWCR${n}_EL1`),
    ].map((name) => [name, debugControl(name)]),
  ),
  OSLAR_EL1: { write: (pe, value) => store(pe, 'OSLSR_EL1', (stored(pe, 'OSLSR_EL1') & ~2n) | (value << 1n)) },
  DBGCLAIMSET_EL1: { read: () => 0xffn, write: (pe, value) => store(pe, 'DBGCLAIMSET_EL1', stored(pe, 'DBGCLAIMSET_EL1') | value) },
  DBGCLAIMCLR_EL1: clears('DBGCLAIMSET_EL1'),
};

/** Which register DISR_EL1 means. */
function deferred(pe: Pe): 'DISR_EL1' | 'VDISR_EL2' {
  return pe.state.exceptionLevel === 1 && (stored(pe, 'HCR_EL2') & HCR.AMO) !== 0n ? 'VDISR_EL2' : 'DISR_EL1';
}
