/**
 * What a conformance case runs on, and the dispatcher alone as one: two PEs that only call, and an interrupt controller of two dozen lines.
 * `machine-harness.ts` has the other.
 */

import { defaultSdeiConfiguration } from '../../emulator/sdei/configuration.ts';
import { type SdeiDispatcher, createSdeiDispatcher } from '../../emulator/sdei/dispatcher.ts';
import type { InterruptPort, SdeiHost, SdeiPe } from '../../emulator/sdei/sdei-host.ts';
import type { SdeiConfiguration } from '../../emulator/sdei/sdei-view.ts';
import { FIRST_KEPT, KEPT, newKeptRegisters } from '../../emulator/sdei/kept-registers.ts';
import { contextFrom, valuesOf } from '../../emulator/sdei/saved-context.ts';
import { type ConduitOutcome, handleConduitCall } from '../../emulator/smccc/conduit-call.ts';

export type ProfileName = SdeiConfiguration['profile'];

const START_PC = 0x4008_0000n;
/** EL1h and EL2h with two flags. */
const START_PSTATE = { EL1: 0x6000_0005n, EL2: 0x6000_0009n };
const SPAN = 1n << 23n;
/** HCR_EL2.E2H and TGE: a host with VHE. */
const VHE_HOST = (1n << 34n) | (1n << 27n);
const MEMORY = { first: 0x4000_0000n, last: 0x7fff_ffffn };
const LAST_INTERRUPT = 1019;
/** The controller's interrupts that belong to the client: PPIs and edge-triggered SPIs. Others are secure. */
const CLIENT_INTERRUPTS = new Set([23, 24, 25, 26, 40, 41, 42, 43]);

export interface HarnessPe extends SdeiPe {
  power: 'on' | 'off' | 'suspended';
  sctlrClient: bigint;
  hcrEl2: bigint;
  exceptionLevel: number;
}

interface HarnessInterrupts extends InterruptPort {
  setLevel(intid: number, high: boolean): void;
  isClaimed(intid: number, pe: number): boolean;
}

export type Client = 'EL1' | 'EL2';

export interface Harness {
  readonly client: Client;
  readonly pes: readonly HarnessPe[];
  readonly dispatcher: SdeiDispatcher;
  readonly interrupts: InterruptPort;
  /**
   * A 4-byte conduit instruction on that PE with X0 = `id` and the arguments from X1 on. Argument registers are as before when the call
   * returns, so that cases can tell them from the interrupted context. Delivers what is due.
   */
  call(pe: number, id: bigint, args: readonly bigint[]): ConduitOutcome;
  /** Whether the client may execute what is there. */
  canFetch(pe: number, address: bigint): boolean;
  /** An edge of an interrupt. */
  raise(intid: number, pe: number): void;
  /** The level of an interrupt's line. */
  setLine(intid: number, pe: number, high: boolean): void;
  switchOff(pe: number): void;
  switchOn(pe: number): void;
  suspendAndWake(pe: number): void;
}

export function createHarness(profile: ProfileName, client: Client = 'EL1', bugCompatible = false): Harness {
  const pes = [newPe(0, client), newPe(1, client)];
  const interrupts = newInterrupts();
  const canFetch = (_: number, address: bigint): boolean => address >= MEMORY.first && address <= MEMORY.last;
  const host: SdeiHost = {
    pes,
    client,
    features: { pan: true, uao: true, ssbs: false, bti: false, mte: false, nmi: false, dit: false, vhe: true },
    time: 0,
    interrupts,
    clientCanFetch: canFetch,
  };
  const dispatcher = createSdeiDispatcher(host, configurationOf(profile, bugCompatible));
  const services = {
    pes,
    sdei: dispatcher,
    psci: { startPe: unused, stopPe: unused, suspendPe: unused, systemOff: unused, systemReset: unused },
  };
  return {
    client,
    pes,
    dispatcher,
    interrupts,
    canFetch,
    call(index, id, args) {
      const pe = pes[index];
      const before = args.map((_, n) => pe.x(n + 1));
      pe.setX(0, id);
      args.forEach((value, n) => pe.setX(n + 1, BigInt.asUintN(64, value)));
      pe.pc += 4n;
      const outcome = handleConduitCall(services, pe);
      if (!(outcome.service === 'sdei' && outcome.call.completion)) before.forEach((value, n) => pe.setX(n + 1, value));
      dispatcher.deliverPending(index);
      return outcome;
    },
    raise(intid, pe) {
      if (interrupts.isClaimed(intid, pe)) dispatcher.interruptRose(intid, pe);
    },
    setLine(intid, pe, high) {
      interrupts.setLevel(intid, high);
      if (!interrupts.isClaimed(intid, pe)) return;
      if (high) dispatcher.interruptRose(intid, pe);
      else dispatcher.interruptFell(intid, pe);
    },
    switchOff(pe) {
      pes[pe].power = 'off';
      dispatcher.peStopped(pe);
    },
    switchOn(pe) {
      pes[pe].power = 'on';
      pes[pe].pc = START_PC;
      pes[pe].pstate = START_PSTATE[client];
      dispatcher.peStarted(pe);
    },
    suspendAndWake: (pe) => dispatcher.peWokeFromPowerDown(pe),
  };
}

/** Events 804 (private, critical) and 806 (private, normal) besides event 0, where the profile has platform events. */
export function configurationOf(profile: ProfileName, bugCompatible: boolean): SdeiConfiguration {
  const events = [
    { number: 804, type: 'private', priority: 'critical' },
    { number: 806, type: 'private', priority: 'normal' },
  ] as const;
  return { ...defaultSdeiConfiguration(profile), bugCompatible, events: profile === 'kvm' ? [] : events };
}

function unused(): never {
  throw new Error('Internal error: no conformance case makes this PSCI call.');
}

/** A PE that holds registers and nothing else. */
export function newPe(index: number, client: Client): HarnessPe {
  const x = new Array<bigint>(31).fill(0n);
  return {
    index,
    affinity: BigInt(index),
    power: 'on',
    x: (n) => x[n],
    setX(n, value) {
      x[n] = value;
    },
    w: (n) => Number(BigInt.asUintN(32, x[n])),
    saveContext(context) {
      context.set(contextFrom({ x, pc: this.pc, pstate: this.pstate }));
    },
    restoreContext(context) {
      const { x: saved, pc, pstate } = valuesOf(context);
      saved.forEach((value, n) => (x[n] = value));
      this.pc = pc;
      this.pstate = pstate;
    },
    saveKept(kept) {
      const values = new BigUint64Array(kept.buffer);
      values.set(x.slice(FIRST_KEPT));
      values[KEPT.ELR] = this.elrClient;
      values[KEPT.SPSR] = this.spsrClient;
    },
    hasKept(kept) {
      const values = newKeptRegisters();
      this.saveKept(values);
      return values.every((word, n) => kept[n] === word);
    },
    setPstate(bits) {
      this.pstate = BigInt(bits >>> 0);
    },
    clearX: (first, last) => x.fill(0n, first, last + 1),
    pc: START_PC,
    pstate: START_PSTATE[client],
    exceptionLevel: client === 'EL2' ? 2 : 1,
    elrClient: 0xe1n,
    spsrClient: 0x51n,
    sctlrClient: SPAN,
    vbarClient: 0x4020_0000n,
    hcrEl2: client === 'EL2' ? VHE_HOST : 0n,
    clearExclusiveMonitor: () => undefined,
    wake: () => undefined,
  };
}

function newInterrupts(): HarnessInterrupts {
  const active = new Set<string>();
  const claimed = new Set<string>();
  const high = new Set<number>();
  const levelSensitive = new Set<number>();
  const banked = (intid: number, pe: number): string => (intid < 32 ? `${intid}@${pe}` : `${intid}`);
  const put = <T>(set: Set<T>, item: T, present: boolean): void => {
    if (present) set.add(item);
    else set.delete(item);
  };
  return {
    isActive: (intid, pe) => active.has(banked(intid, pe)),
    isPending: () => false,
    exists: (intid) => intid <= LAST_INTERRUPT,
    isClientOwned: (intid) => CLIENT_INTERRUPTS.has(intid),
    isEdge: (intid) => !levelSensitive.has(intid),
    level: (intid) => high.has(intid),
    claim: (intid, pe) => put(claimed, banked(intid, pe), true),
    unclaim: (intid, pe) => put(claimed, banked(intid, pe), false),
    setActive: (intid, pe, value) => put(active, banked(intid, pe), value),
    setEnabled: () => undefined,
    setLevel(intid, value) {
      levelSensitive.add(intid);
      put(high, intid, value);
    },
    isClaimed: (intid, pe) => claimed.has(banked(intid, pe)),
  };
}
