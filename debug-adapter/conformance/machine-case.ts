/**
 * Cases that a dispatcher alone cannot show: a PE executes them. Their steps begin with `machine` and what it is made of:
 *
 *     machine hypStub=4.12; x0=3 x1=0x51; hvc; x0==0x0BADCA11; x1==0x51
 *
 * `NAME=VALUE …` writes registers, `NAME==VALUE …` compares them; `hvc` and `smc` execute one call with immediate 0 until the caller goes on
 * behind it, or for 200 instructions; `run N` executes N instructions; `unchanged` compares everything but X0 with what it was before the last
 * call; `mmu` switches the MMU of EL2 on, memory as it is. Names are core and system registers, `el`, `device_irq_level` (absent: -1) and
 * `exits` (how often a changed level made the vCPU exit). Values are numbers, or places: `HERE` behind the call, `STUB` the stub's vectors,
 * `KVM` vectors as KVM's without VHE, `KVM_5_7` the same before Linux 5.8, `PKVM` those of protected KVM.
 */
import { createEmulatorTarget } from '../target/emulator-target.ts';
import type { Target } from '../target/target.ts';
import type { CaseResult } from './run-case.ts';

export const isMachineCase = (steps: string): boolean => steps.startsWith('machine');

const CODE = 0x4010_0000n;
const places: Readonly<Record<string, bigint>> = {
  HERE: CODE + 4n,
  STUB: 0x0400_0000n,
  KVM: CODE + 0x1000n,
  KVM_5_7: CODE + 0x1800n,
  PKVM: CODE + 0x2000n,
};
const CALLS: Readonly<Record<string, number>> = { hvc: 0xd400_0002, smc: 0xd400_0003 };
const BRANCH_TO_SELF = 0x1400_0000;
const LONGEST_CALL = 200;
const TABLE = 0x4018_0000n;
const FROM_LOWER_EL = 0x400;

/** Offset from CODE, and what stands there: vectors that do in small what those of KVM without VHE do. */
const program: readonly (readonly [offset: number, words: readonly number[]])[] = [
  [0x4, [BRANCH_TO_SELF]],
  [0x1000 + FROM_LOWER_EL, [0x1400_0500]], // b kvm
  [0x1800 + FROM_LOWER_EL, [0x1400_031b]], // b kvm_5_7
  [0x2000 + FROM_LOWER_EL, [0x9280_0000, 0xd69f_03e0]], // mov x0, #-1; eret
  [
    0x2800,
    [
      0xf100_101f, // kvm: cmp x0, #4
      0x5400_0102, // b.hs unknown
      0xf100_041f, // cmp x0, #1: HVC_SOFT_RESTART
      0x5400_0100, // b.eq soft_restart
      0xf100_081f, // cmp x0, #2: HVC_RESET_VECTORS
      0x5400_01a0, // b.eq reset_vectors
      0xd299_4220, // mov x0, #0xca11
      0xf2a1_75a0, // movk x0, #0xbad, lsl #16
      0xd69f_03e0, // eret
      0x9280_0000, // unknown: mov x0, #-1
      0xd69f_03e0, // eret
      0xd51c_4021, // soft_restart: msr elr_el2, x1
      0xd280_7925, // mov x5, #0x3c9
      0xd51c_4005, // msr spsr_el2, x5
      0xaa02_03e0, // mov x0, x2
      0xaa03_03e1, // mov x1, x3
      0xaa04_03e2, // mov x2, x4
      0x1400_0002, // b reset
      0xd280_0000, // reset_vectors: mov x0, #0
      0xd281_0605, // reset: mov x5, #0x830
      0xf2a6_18a5, // movk x5, #0x30c5, lsl #16
      0xd51c_1005, // msr sctlr_el2, x5
      0xd503_3fdf, // isb
      0xd2a0_8005, // mov x5, #0x4000000
      0xd51c_c005, // msr vbar_el2, x5
      0xd503_3fdf, // isb
      0xd69f_03e0, // eret
      0xf100_041f, // kvm_5_7: cmp x0, #1
      0x54ff_fc81, // b.ne kvm
      0xd51c_4021, // msr elr_el2, x1
      0xd280_7925, // mov x5, #0x3c9
      0xd51c_4005, // msr spsr_el2, x5
      0xaa03_03e1, // mov x1, x3
      0xaa04_03e2, // mov x2, x4
      0xd280_0000, // mov x0, #0
      0x17ff_fff0, // b reset
    ],
  ],
];

/** @throws SyntaxError that names the step */
export function runMachineCase(text: string): CaseResult {
  const [machine, ...steps] = text.split(';').map((step) => step.trim());
  const target = machineOf(machine);
  let before: readonly bigint[] = [];
  for (const step of steps) {
    if (step in CALLS) {
      before = registersBesidesX0(target);
      call(target, CALLS[step]);
    } else if (step === 'mmu') switchMmuOn(target);
    else if (step === 'unchanged') {
      const now = registersBesidesX0(target);
      const different = kept.filter((_, n) => now[n] !== before[n]);
      if (different.length > 0) return failed(step, 'nothing but X0 changed', `${different.join(', ')} changed`);
    } else if (/^run \d+$/.test(step)) for (let n = Number(step.slice(4)); n > 0; n--) target.step(0);
    else {
      for (const term of step.split(/\s+/)) {
        const match = /^(?<name>\w+?)(?<operator>==?)(?<value>-?\w+)$/.exec(term)?.groups;
        if (match === undefined) throw new SyntaxError(`Conformance step "${step}": "${term}" is neither NAME=VALUE nor NAME==VALUE.`);
        const value = BigInt.asUintN(64, places[match.value] ?? numberOf(match.value));
        if (match.operator === '=') target.writeRegister(0, match.name, value);
        else {
          const actual = read(target, match.name);
          if (actual !== value) return failed(step, `${match.name} = 0x${value.toString(16)}`, `0x${actual.toString(16)}`);
        }
      }
    }
  }
  return { kind: 'passed' };
}

const numberOf = (text: string): bigint => (text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text));
const failed = (step: string, expected: string, actual: string): CaseResult => ({ kind: 'failed', step, expected, actual });

/** By what they are made of, each with its state at the start: making one takes longer than a case. */
const machines = new Map<string, { readonly target: Target; readonly start: unknown }>();

function machineOf(text: string): Target {
  let made = machines.get(text);
  if (made === undefined) {
    const target = createEmulatorTarget({
      cpus: 1,
      memoryBytes: 2 << 20,
      client: 'EL1',
      conduit: 'hvc',
      sdei: { profile: 'spec', version: [1, 0], bindSlots: { private: 3, shared: 3 }, events: [], bugCompatible: false },
      ...Object.fromEntries(
        text
          .split(/\s+/)
          .slice(1)
          .map((word) => word.split('=')),
      ),
    });
    for (const [offset, words] of program) target.load(CODE + BigInt(offset), new Uint8Array(Uint32Array.from(words).buffer));
    target.start(CODE);
    target.writeRegister(0, 'pc', places.HERE);
    made = { target, start: target.saveState() };
    machines.set(text, made);
  }
  made.target.restoreState(made.start);
  return made.target;
}

function call(target: Target, word: number): void {
  target.writeMemory(CODE, new Uint8Array(Uint32Array.of(word).buffer), { kind: 'physical' });
  target.writeRegister(0, 'pc', CODE);
  target.step(0);
  for (let n = 1; n < LONGEST_CALL && target.pes[0].pc !== places.HERE; n++) target.step(0);
}

/** Blocks of 1 GiB: the first one with the stub's ROM, the second one RAM. */
function switchMmuOn(target: Target): void {
  target.writeMemory(TABLE, new Uint8Array(BigUint64Array.of(0x701n, 0x4000_0701n).buffer), { kind: 'physical' });
  const registers = { TTBR0_EL2: TABLE, TCR_EL2: 0x8082_3519n, MAIR_EL2: 0xffn, SCTLR_EL2: 0x30c5_0831n };
  for (const [name, value] of Object.entries(registers)) target.writeRegister(0, name, value);
}

const kept: readonly string[] = [...Array.from({ length: 30 }, (_, n) => `x${n + 1}`), 'sp', 'VBAR_EL2', 'SCTLR_EL2', 'HCR_EL2', 'SP_EL0'];
const registersBesidesX0 = (target: Target): bigint[] => kept.map((name) => target.readRegister(0, name));

function read(target: Target, name: string): bigint {
  const [pe] = target.pes;
  switch (name) {
    case 'el':
      return BigInt(pe.exceptionLevel);
    case 'device_irq_level':
      return BigInt.asUintN(64, BigInt(pe.deviceIrqLevel ?? -1));
    case 'exits':
      return BigInt(pe.levelExits ?? 0);
    default:
      return target.readRegister(0, name);
  }
}
