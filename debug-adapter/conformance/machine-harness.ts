/**
 * What conformance cases run on, as the machine itself: calls are HVC at EL1 or SMC at EL2, CPU_OFF and CPU_ON are calls of PSCI, interrupts
 * come through the GIC.
 */

import { type Harness, type HarnessPe, type ProfileName, type Client, configurationOf } from './sdei-harness.ts';
import { Machine } from '../../emulator/machine.ts';
import { peSeenFromAbove } from '../../emulator/level-above.ts';
import { restoreBesidesRam, saveBesidesRam, type StateBesidesRam } from '../../emulator/machine-state.ts';
import type { SdeiCallOutcome } from '../../emulator/sdei/dispatcher.ts';
import { SLOT } from '../../emulator/system/storage.ts';
import { debuggerWrite, systemRegisterNamed } from '../../emulator/system/system-registers.ts';

const START_PC = 0x4008_0000n;
const START_PSTATE = { EL1: 0x6000_0005n, EL2: 0x6000_0009n };
const SPAN = 1n << 23n;
const VHE_HOST = (1n << 34n) | (1n << 27n);
/** Conduit instructions, wherever a case may be. */
const CODE = { first: 0x4008_0000n, last: 0x4030_1000n };
/** NOP, where a PE wakes up. */
const WAKE_UP = 0x4007_0000n;
const MEMORY_BYTES = 4 << 20;
const WAKE_UP_INTERRUPT = 20;
/** As on a board with secure interrupts, and memory that is not the client's. */
const CLIENT_INTERRUPTS = new Set([23, 24, 25, 26, 40, 41, 42, 43]);
const CLIENT_MEMORY = { first: 0x4000_0000n, last: 0x7fff_ffffn };

/** Whether a case's steps leave the exception level that calls are made at, or set HCR_EL2 as no machine starts: for the dispatcher alone. */
export const isForDispatcherAlone = (steps: string): boolean => /\bEL\(|SETPS\((?:0|0x8|0x60000004)\)|HCR\(/.test(steps);

/** Harnesses that share a machine for each profile: a case begins where the first one began. */
export function createMachineHarnesses(): (profile: ProfileName, client: Client, bugCompatible: boolean) => Harness {
  const machines = new Map<string, () => Harness>();
  return (profile, client, bugCompatible) => {
    const key = `${profile} ${client} ${bugCompatible}`;
    let make = machines.get(key);
    if (make === undefined) machines.set(key, (make = createMachine(profile, client, bugCompatible)));
    return make();
  };
}

function createMachine(profile: ProfileName, client: Client, bugCompatible: boolean): () => Harness {
  const isEl2 = client === 'EL2';
  const conduit = isEl2 ? 'smc' : 'hvc';
  const sdei = configurationOf(profile, bugCompatible);
  const machine = new Machine({ cpus: 2, memoryBytes: MEMORY_BYTES, client, conduit, sdei, hotThreshold: 0 });
  const { gic, sdei: dispatcher } = machine;
  const word = isEl2 ? 0xd400_0003 : 0xd400_0002;
  const fill = (from: bigint, to: bigint, value: number): void =>
    void machine.writePhysical(Number(from), new Uint8Array(new Uint32Array(Number(to - from) / 4).fill(value).buffer));
  fill(CODE.first, CODE.last, word);
  fill(WAKE_UP, WAKE_UP + 0x1000n, 0xd503_201f);
  const canFetch = (_: number, address: bigint): boolean => address >= CLIENT_MEMORY.first && address <= CLIENT_MEMORY.last;
  Object.assign(dispatcher.core.host, { clientCanFetch: canFetch });
  Object.assign(dispatcher.core.interrupts, { isClientOwned: (intid: number) => CLIENT_INTERRUPTS.has(intid) });

  // A call's arguments are gone when it returns, so that cases can tell them from the interrupted context.
  const answer = dispatcher.call;
  let outcome: SdeiCallOutcome | undefined;
  let before: readonly bigint[] = [];
  dispatcher.call = (pe, functionId) => {
    outcome = answer(pe, functionId);
    if (!outcome.completion) before.forEach((value, n) => pe.setX(n + 1, value));
    return outcome;
  };
  dispatcher.callUntold = (pe, functionId) => void dispatcher.call(pe, functionId);

  const set = (pe: number, name: string, value: bigint): void => {
    const row = systemRegisterNamed(name);
    if (row) debuggerWrite(machine.pes[pe], row, value, machine.services);
  };
  const control = isEl2 ? SLOT.SCTLR_EL2 : SLOT.SCTLR_EL1;
  const pes = machine.pes.map((pe): HarnessPe => {
    const seen = peSeenFromAbove(pe, isEl2 ? 2 : 1);
    return Object.create(seen, {
      sctlrClient: {
        get: () => pe.systemRegisters[control],
        set(value: bigint) {
          set(pe.index, `SCTLR_EL${isEl2 ? 2 : 1}`, (pe.systemRegisters[control] & ~SPAN) | (value & SPAN));
        },
      },
    }) as HarnessPe;
  });
  function step(pe: number): void {
    const stop = machine.step(pe);
    if (stop !== undefined) throw new Error(`The machine stopped with ${stop.kind}.`);
  }
  function request(pe: number, id: bigint, args: readonly bigint[]): void {
    const { pc } = machine.pes[pe];
    if (pc < CODE.first || pc >= CODE.last || pc % 4n !== 0n) machine.pes[pe].pc = START_PC;
    machine.pes[pe].setX(0, id);
    args.forEach((value, n) => machine.pes[pe].setX(n + 1, BigInt.asUintN(64, value)));
    step(pe);
  }
  function prepare(pe: number): void {
    if (isEl2) set(pe, 'HCR_EL2', machine.pes[pe].systemRegisters[SLOT.HCR_EL2] | VHE_HOST);
    pes[pe].sctlrClient = SPAN;
    pes[pe].pstate = START_PSTATE[client];
    pes[pe].elrClient = 0xe1n;
    pes[pe].spsrClient = 0x51n;
  }
  function switchOn(pe: number): void {
    before = [];
    request(1 - pe, 0xc400_0003n, [BigInt(pe), START_PC, 0n]);
    prepare(pe);
  }
  const interrupt = (intid: number, pe: number) => {
    const found = gic.interrupt(intid, pe);
    if (!found) throw new Error(`INTID ${intid} does not exist.`);
    return found;
  };

  for (const intid of CLIENT_INTERRUPTS) for (const pe of [0, 1]) interrupt(intid, pe).edge = true;
  machine.start(START_PC, 0n);
  prepare(0);
  switchOn(1);
  for (let n = 0; n < 31; n++) machine.pes[0].setX(n, 0n);
  machine.pes[0].pc = START_PC;
  const start: StateBesidesRam = saveBesidesRam(machine);

  return () => {
    restoreBesidesRam(machine, start);
    return {
      client,
      pes,
      dispatcher,
      interrupts: dispatcher.core.interrupts,
      canFetch,
      call(pe, id, args) {
        before = args.map((_, n) => pes[pe].x(n + 1));
        outcome = undefined;
        request(pe, id, args);
        if (outcome !== undefined) return { service: 'sdei', call: outcome };
        return { service: 'none', functionId: Number(id), name: '', arguments: args, result: pes[pe].x(0) };
      },
      raise: (intid, pe) => gic.setPending(intid, pe),
      setLine(intid, pe, high) {
        interrupt(intid, pe).edge = false;
        gic.setLine(intid, high, pe);
      },
      switchOff(pe) {
        before = [];
        request(pe, 0x8400_0002n, []);
      },
      switchOn,
      suspendAndWake(pe) {
        before = [];
        request(pe, 0xc400_0001n, [0x1_0000n, WAKE_UP, 0n]);
        Object.assign(gic.cpuInterface(pe), { priorityMask: 0xff, groupEnabled: [true, true], asleep: false });
        const waker = interrupt(WAKE_UP_INTERRUPT, pe);
        Object.assign(waker, { enabled: true, group: 1, priority: 0x80, latched: true });
        gic.groupEnabled = [true, true];
        step(pe);
        Object.assign(waker, { enabled: false, latched: false });
        gic.groupEnabled = [false, false];
        prepare(pe);
      },
    };
  };
}
