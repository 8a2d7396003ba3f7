import type { Pe } from '../pe.ts';
import { fieldMask, parseFields, type RegisterField, type RegisterGroup, type RegisterRow } from './register.ts';
import { controlRegisters, virtualizationRegisters } from './registers/control.ts';
import { breakpointRegisters, debugRegisters } from './registers/debug.ts';
import { exceptionRegisters, floatingPointRegisters, processStateRegisters } from './registers/exception-handling.ts';
import { genericTimerRegisters } from './registers/generic-timer.ts';
import { identificationRegisters } from './registers/identification.ts';
import { interruptControllerRegisters, virtualInterruptRegisters } from './registers/interrupt-controller.ts';
import { eventCounterRegisters, performanceMonitorRegisters, rasRegisters } from './registers/monitors.ts';

type Named = typeof processStateRegisters &
  typeof exceptionRegisters &
  typeof controlRegisters &
  typeof virtualizationRegisters &
  typeof genericTimerRegisters &
  typeof floatingPointRegisters &
  typeof performanceMonitorRegisters &
  typeof rasRegisters &
  typeof debugRegisters &
  typeof identificationRegisters &
  typeof interruptControllerRegisters &
  typeof virtualInterruptRegisters;

/** A register that the machine's own code may name. */
export type RegisterName = keyof Named;

/** The tables in the order in which a debugger lists them. Appending keeps the storage index of what was there. */
export const registerTables: readonly (readonly [RegisterGroup, Readonly<Record<string, RegisterRow>>])[] = [
  ['Process state', processStateRegisters],
  ['Exception handling', exceptionRegisters],
  ['Control', controlRegisters],
  ['Virtualization', virtualizationRegisters],
  ['Generic timer', genericTimerRegisters],
  ['Floating-point', floatingPointRegisters],
  ['Performance monitors', performanceMonitorRegisters],
  ['RAS', rasRegisters],
  ['Debug', debugRegisters],
  ['Debug', breakpointRegisters],
  ['Identification', identificationRegisters],
  ['Interrupt controller', interruptControllerRegisters],
  ['Interrupt controller', virtualInterruptRegisters],
  ['Performance monitors', eventCounterRegisters],
];

const rowsByName = new Map(registerTables.flatMap(([, rows]) => Object.entries(rows)));

/** Storage index by name. */
export const SLOT = Object.fromEntries([...rowsByName.keys()].map((name, index) => [name, index])) as Readonly<
  Record<RegisterName, number>
>;

/** The stored value: without redirection, traps or what a read computes. */
export const stored = (pe: Pe, name: RegisterName): bigint => pe.systemRegisters[SLOT[name]];
export const store = (pe: Pe, name: RegisterName, value: bigint): void => {
  pe.systemRegisters[SLOT[name]] = value;
};

const fields = new Map<string, RegisterField>();

/** The field of a register table, e.g. `HCR_EL2.TGE`. @throws Error if there is none of that name. */
export function fieldOf(path: string): { readonly msb: number; readonly lsb: number } {
  const known = fields.get(path);
  if (known !== undefined) return known;
  const [register, name] = path.split('.');
  const row = rowsByName.get(register);
  if (row === undefined) throw new Error(`no system register is called ${register}`);
  const text = `, ${row.fields ?? ''},`;
  const before = text.indexOf(`, ${name} `);
  if (before < 0) throw new Error(`${register} has no field ${name}`);
  const begin = before + 2;
  const [field] = parseFields(text.slice(begin, text.indexOf(',', begin)));
  fields.set(path, field);
  return field;
}

const masks = new Map<string, bigint>();

/** Mask of a field, e.g. `HCR_EL2.TGE`. @throws Error if there is none of that name */
export function mask(path: `${RegisterName}.${string}`): bigint {
  let found = masks.get(path);
  if (found === undefined) {
    found = fieldMask(fieldOf(path));
    masks.set(path, found);
  }
  return found;
}

/**
 * The question whether any bit of a mask is set in a register, asked of a PE often: found once, answered without 64-bit arithmetic.
 * @param bits within one half of the register
 */
export function anyOf(name: RegisterName, bits: bigint): (pe: Pe) => boolean {
  const isHigh = bits >> 32n !== 0n;
  const word = SLOT[name] * 2 + (isHigh ? 1 : 0);
  const wanted = Number(BigInt.asIntN(32, isHigh ? bits >> 32n : bits));
  return (pe) => (pe.systemRegisterWords[word] & wanted) !== 0;
}
