import type { Pe } from './pe.ts';

/** A register of a PE that is not a system register. */
export interface CoreRegister {
  readonly name: string;
  readonly bits: 32 | 64 | 128;
  read(pe: Pe): bigint;
  write(pe: Pe, value: bigint): void;
}

const x = (n: number): CoreRegister => ({ name: `x${n}`, bits: 64, read: (pe) => pe.x(n), write: (pe, value) => pe.setX(n, value) });
const w = (n: number): CoreRegister => ({
  name: `w${n}`,
  bits: 32,
  read: (pe) => BigInt.asUintN(32, pe.x(n)),
  write: (pe, value) => pe.setX(n, BigInt.asUintN(32, value)),
});
const v = (n: number): CoreRegister => ({ name: `v${n}`, bits: 128, read: (pe) => pe.v(n), write: (pe, value) => pe.setV(n, value) });
const range = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

/** X0-X30, SP, PC, PSTATE, V0-V31: what a register view shows. */
export const coreRegisters: readonly CoreRegister[] = [
  ...range(31, x),
  {
    name: 'sp',
    bits: 64,
    read: (pe) => pe.sp,
    write(pe, value) {
      pe.sp = value;
    },
  },
  {
    name: 'pc',
    bits: 64,
    read: (pe) => pe.pc,
    write(pe, value) {
      // Whoever sends a waiting PE elsewhere wants it to execute there; WFI and WFE may come to their end at any time.
      if (value !== pe.pc) pe.waiting = undefined;
      pe.pc = value;
    },
  },
  {
    name: 'pstate',
    bits: 64,
    read: (pe) => pe.pstate,
    write(pe, value) {
      pe.pstate = value;
    },
  },
  ...range(32, v),
];

const aliases: readonly CoreRegister[] = [...range(31, w), { ...x(30), name: 'lr' }, { ...x(29), name: 'fp' }];

const byName = new Map([...coreRegisters, ...aliases].map((register) => [register.name, register]));

/** Also under other names: `w0`, `lr`, `fp`; case does not matter. */
export const coreRegisterNamed = (name: string): CoreRegister | undefined => byName.get(name.toLowerCase());
