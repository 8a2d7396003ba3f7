/** The real machine, one instruction at a time: two PEs that make calls of their conduit, wait, and are switched off and on. */

import { Machine } from '../../emulator/machine.ts';
import { restoreMachine, saveMachine } from '../../emulator/machine-state.ts';
import type { Pe } from '../../emulator/pe.ts';
import type { SdeiConfiguration } from '../../emulator/sdei/sdei-view.ts';
import { SLOT } from '../../emulator/system/storage.ts';
import { debuggerWrite, systemRegisterNamed } from '../../emulator/system/system-registers.ts';
import type { Setting } from './model.ts';

/** Code: a page of conduit instructions, then pairs of an instruction and NOP. */
const CALLS = 0x4000_1000n;
const WAITS = 0x4000_2000n;
const STANDBYS = 0x4000_3000n;
const NOPS = 0x4000_4000n;
const PAGE = 4096;
const [HVC, SMC, WFI, NOP] = [0xd400_0002, 0xd400_0003, 0xd503_207f, 0xd503_201f];

const SPAN = 1n << 23n;
const VHE_HOST = (1n << 34n) | (1n << 27n);
const WAKE_UP_INTERRUPT = 20;

export const sites = { call: CALLS, wait: WAITS, standby: STANDBYS, start: NOPS };

export function createMachineUnderTest(setting: Setting, sdei: SdeiConfiguration) {
  const { client, span } = setting;
  const conduit = client === 'EL2' ? 'smc' : 'hvc';
  const machine = new Machine({ cpus: 2, memoryBytes: 0x1_0000, client, conduit, sdei, hotThreshold: 0 });
  const call = conduit === 'hvc' ? HVC : SMC;
  fill(CALLS, [call]);
  fill(WAITS, [WFI, NOP]);
  fill(STANDBYS, [call, NOP]);
  fill(NOPS, [NOP]);
  for (const intid of [21, 40, 42, 43]) for (const pe of [0, 1]) interrupt(intid, pe).edge = true;
  const layout = client === 'EL2' ? 2 : 1;
  machine.start(NOPS, 0n);
  prepare(machine.pes[0]);
  // PE 1 is switched on as a guest would.
  request(0, 0xc400_0003n, [1n, NOPS, 0n], 0n);
  prepare(machine.pes[1]);
  const start = saveMachine(machine);

  function fill(address: bigint, words: readonly number[]): void {
    const code = new Uint32Array(PAGE / 4).map((_, n) => words[n % words.length]);
    machine.writePhysical(Number(address), new Uint8Array(code.buffer));
  }
  function interrupt(intid: number, pe: number) {
    const found = machine.gic.interrupt(intid, pe);
    if (!found) throw new Error(`INTID ${intid} does not exist.`);
    return found;
  }
  /** What boot code would set. */
  function prepare(pe: Pe): void {
    const set = (name: string, value: bigint): void => {
      const row = systemRegisterNamed(name);
      if (row) debuggerWrite(pe, row, value, machine.services);
    };
    if (layout === 2) set('HCR_EL2', pe.systemRegisters[SLOT.HCR_EL2] | VHE_HOST);
    const sctlr = pe.systemRegisters[layout === 2 ? SLOT.SCTLR_EL2 : SLOT.SCTLR_EL1];
    set(`SCTLR_EL${layout}`, span ? sctlr | SPAN : sctlr & ~SPAN);
    pe.systemRegisters[layout === 2 ? SLOT.ELR_EL2 : SLOT.ELR_EL1] = 0n;
    pe.systemRegisters[layout === 2 ? SLOT.SPSR_EL2 : SLOT.SPSR_EL1] = 0n;
  }
  function step(pe: number): void {
    const stop = machine.step(pe);
    if (stop !== undefined) throw new Error(`The machine stopped with ${stop.kind}.`);
  }
  /** A conduit call from the `at`th site. */
  function request(pe: number, functionId: bigint, args: readonly bigint[], at: bigint, pstate?: bigint): void {
    jump(pe, CALLS + 4n * at, pstate);
    const { pes } = machine;
    pes[pe].setX(0, functionId);
    args.forEach((value, n) => pes[pe].setX(n + 1, BigInt.asUintN(64, value)));
    step(pe);
  }
  function jump(pe: number, pc: bigint, pstate?: bigint): void {
    machine.pes[pe].pc = pc;
    if (pstate !== undefined) machine.pes[pe].pstate = pstate;
  }

  return {
    machine,
    interrupt,
    request,
    jump,
    prepare: (pe: number) => prepare(machine.pes[pe]),
    /** ELR and SPSR of the client. */
    exceptionRegisters: (pe: number): readonly [bigint, bigint] => {
      const registers = machine.pes[pe].systemRegisters;
      return layout === 2 ? [registers[SLOT.ELR_EL2], registers[SLOT.SPSR_EL2]] : [registers[SLOT.ELR_EL1], registers[SLOT.SPSR_EL1]];
    },
    /** WFI at the `at`th site. */
    waitForInterrupt(pe: number, at: bigint, pstate: bigint): void {
      jump(pe, WAITS + 8n * at, pstate);
      step(pe);
    },
    /** CPU_SUSPEND. `entry`: to power-down. */
    suspend(pe: number, at: bigint, pstate: bigint, entry?: bigint): void {
      jump(pe, STANDBYS + 8n * at, pstate);
      machine.pes[pe].setX(0, 0xc400_0001n);
      machine.pes[pe].setX(1, entry === undefined ? 0n : 0x1_0000n);
      machine.pes[pe].setX(2, entry ?? 0n);
      machine.pes[pe].setX(3, 0x77n);
      step(pe);
    },
    /** An interrupt that is no event's wakes the PE, which executes the NOP it finds. */
    wake(pe: number): void {
      const { gic } = machine;
      const cpu = gic.cpuInterface(pe);
      const waker = interrupt(WAKE_UP_INTERRUPT, pe);
      Object.assign(cpu, { priorityMask: 0xff, groupEnabled: [true, true], asleep: false });
      Object.assign(waker, { enabled: true, group: 1, priority: 0x80, latched: true });
      gic.groupEnabled = [true, true];
      step(pe);
      Object.assign(waker, { enabled: false, latched: false });
      gic.groupEnabled = [false, false];
    },
    startAnew(): void {
      restoreMachine(machine, start);
    },
  };
}

export type MachineUnderTest = ReturnType<typeof createMachineUnderTest>;
