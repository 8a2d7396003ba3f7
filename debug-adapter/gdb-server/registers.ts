/** The registers gdb sees, in the order of their numbers: AArch64's standard ones, the system registers, SDEI's pseudo registers. */
import { type RegisterField, type Target, TargetError } from '../target/target.ts';
import { hexOfValue, valueOfHex } from './packets.ts';

export interface GdbRegister {
  readonly name: string;
  readonly feature: 'core' | 'fpu' | 'system' | 'sdei';
  readonly bits: 32 | 64 | 128;
  /** A type of the target description. Absent: an unsigned number. */
  readonly type?: string;
  readonly fields?: readonly RegisterField[];
  /** `undefined`: has no value in the present state. */
  read(target: Target, pe: number): bigint | undefined;
  /** @throws TargetError */
  write(target: Target, pe: number, value: bigint): void;
}

type Layout = Omit<GdbRegister, 'read' | 'write'>;

const named = (layout: Layout, name = layout.name): GdbRegister => ({
  ...layout,
  read: (target, pe) => target.readRegister(pe, name),
  write: (target, pe, value) => target.writeRegister(pe, name, value),
});
const range = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

/** GDB manual, "AArch64 Features": these names, in this order. */
const standard: readonly GdbRegister[] = [
  ...range(31, (n) => named({ name: `x${n}`, feature: 'core', bits: 64 })),
  named({ name: 'sp', feature: 'core', bits: 64, type: 'data_ptr' }),
  named({ name: 'pc', feature: 'core', bits: 64, type: 'code_ptr' }),
  named({ name: 'cpsr', feature: 'core', bits: 32, type: 'cpsr_flags' }, 'pstate'),
  ...range(32, (n) => named({ name: `v${n}`, feature: 'fpu', bits: 128, type: 'vector' })),
  named({ name: 'fpsr', feature: 'fpu', bits: 32 }),
  named({ name: 'fpcr', feature: 'fpu', bits: 32 }),
];

/** KVM's pseudo firmware registers that fit 64 bits, by the end of their names. */
const kvmRegisters: readonly { readonly name: string; readonly kvm: string }[] = [
  { name: 'sdei_event_registered', kvm: '_EVENT_REGISTERED' },
  { name: 'sdei_event_enabled', kvm: '_EVENT_ENABLED' },
  { name: 'sdei_event_running', kvm: '_EVENT_RUNNING' },
  { name: 'sdei_event_pending', kvm: '_EVENT_PENDING' },
  { name: 'sdei_pending', kvm: '_EVENT_PENDING' },
  { name: 'sdei_pe_state', kvm: '_PE_STATE' },
];

function kvmRegister({ name, kvm }: { readonly name: string; readonly kvm: string }): GdbRegister {
  const find = (target: Target, pe: number) => target.sdei.pseudoRegisters(pe).find((register) => register.name.endsWith(kvm));
  return {
    name,
    feature: 'sdei',
    bits: 64,
    read(target, pe) {
      const value = find(target, pe)?.value;
      return value && value.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    },
    write(target, pe, value) {
      const register = find(target, pe);
      if (register === undefined) throw new TargetError(`This machine has no ${name}.`);
      const bytes = Uint8Array.from({ length: register.bytes }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
      target.sdei.writePseudoRegister(pe, register.id, bytes);
    },
  };
}

function interrupted(name: string, part: 'pc' | 'pstate', type?: string): GdbRegister {
  return {
    name,
    feature: 'sdei',
    bits: 64,
    ...(type && { type }),
    read: (target, pe) => target.sdei.pes[pe].running.at(-1)?.[part],
    write(target, pe, value) {
      const level = target.sdei.pes[pe].running.length - 1;
      if (level < 0) throw new TargetError(`No handler runs on PE${pe}: there is no interrupted context.`);
      if (target.sdei.writeInterruptedContext === undefined) throw new TargetError('The interrupted context is read-only.');
      target.sdei.writeInterruptedContext(pe, level, part, value);
    },
  };
}

const sdei: readonly GdbRegister[] = [
  {
    name: 'sdei_event',
    feature: 'sdei',
    bits: 64,
    type: 'int64',
    read: (target, pe) => BigInt.asUintN(64, BigInt(target.sdei.pes[pe].running.at(-1)?.event ?? -1)),
    write() {
      throw new TargetError('sdei_event is read-only: "monitor sdei trigger EVENT" raises an event.');
    },
  },
  {
    name: 'sdei_masked',
    feature: 'sdei',
    bits: 64,
    read: (target, pe) => (target.sdei.pes[pe].masked ? 1n : 0n),
    write: (target, pe, value) => void target.sdei.call(pe, value === 0n ? 'SDEI_PE_UNMASK' : 'SDEI_PE_MASK'),
  },
  ...kvmRegisters.map(kvmRegister),
  interrupted('sdei_interrupted_pc', 'pc', 'code_ptr'),
  interrupted('sdei_interrupted_pstate', 'pstate'),
];

/** Their index is their number. */
export function gdbRegisters(target: Target): readonly GdbRegister[] {
  const known = new Set(standard.map(({ name }) => name.toUpperCase()));
  const system = target.systemRegisters
    .filter(({ name }) => !known.has(name.toUpperCase()))
    // gdb is told once: of fields that change their places it would show what is not there.
    .map(({ name, fields, layouts }) => named({ name, feature: 'system', bits: 64, ...(fields && !layouts && { fields }) }));
  return [...standard, ...system, ...sdei];
}

/** As g and p answer: `x` for each digit of what has no value. */
export function registerHex(register: GdbRegister, target: Target, pe: number): string {
  const value = register.read(target, pe);
  return value === undefined ? 'x'.repeat(register.bits >> 2) : hexOfValue(value, register.bits >> 3);
}

/** @throws TargetError */
export function setRegister(register: GdbRegister, target: Target, pe: number, hex: string): void {
  if (hex.length !== register.bits >> 2)
    throw new TargetError(`${register.name} has ${register.bits >> 3} bytes, but ${hex.length / 2} were given.`);
  register.write(target, pe, valueOfHex(hex));
}

/** What g and G carry; the others have their own packets p and P. */
export const isInGeneralPacket = ({ feature }: GdbRegister): boolean => feature === 'core' || feature === 'fpu';
