import type { Pe } from '../pe.ts';
import { e2h, isHost, sctlr, tge } from './configuration.ts';
import type { SynchronousException } from './exceptions.ts';
import { type RegisterEncoding, type SystemRegister, systemRegister } from './register.ts';
import { registerBehaviour } from './register-behaviour.ts';
import type { SystemServices } from './services.ts';
import { type RegisterName, SLOT, fieldOf, mask, registerTables, stored } from './storage.ts';
import { trappedFloatingPoint, trappedSystemAccess, undefinedInstruction } from './syndromes.ts';
import { unimplementedRegisters } from './unimplemented-registers.ts';

export type { SystemRegister } from './register.ts';

const bitOf = (path: string): number => fieldOf(path).lsb;

const written = registerTables
  .flatMap(([group, table]) => Object.entries(table).map(([name, row]) => ({ group, name, row })))
  .map((entry, index) => ({ ...entry, index }));

const rows: SystemRegister[] = written.map(({ group, name, row, index }) =>
  systemRegister(name, row, group, index, registerBehaviour[name], bitOf),
);

/** The _EL12 and _EL02 names of registers that HCR_EL2.E2H = 1 redirects at EL2: the same encoding with op1 = 5. */
const aliases: SystemRegister[] = written
  .filter(({ row }) => row.redirect !== undefined)
  .map(({ group, name, row, index }) =>
    systemRegister(
      name.replace(/_EL1$/, '_EL12').replace(/_EL0$/, '_EL02'),
      { ...row, at: row.at.replace(/_\d/, '_5'), access: 'EL2 RW', redirect: undefined, traps: undefined, el0: undefined },
      group,
      index,
      { ...registerBehaviour[name], trap: undefined },
      bitOf,
      name,
    ),
  );

/** Every register there is, in the order a debugger lists them; aliases (`aliasOf`) come last. */
export const systemRegisters: readonly SystemRegister[] = [...rows, ...aliases];

const key = ({ op0, op1, crn, crm, op2 }: RegisterEncoding): number => (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;
const byEncoding = new Map(systemRegisters.map((row) => [key(row), row]));
const byName = new Map(systemRegisters.map((row) => [row.name.toUpperCase(), row]));

export const findSystemRegister = (encoding: RegisterEncoding): SystemRegister | undefined => byEncoding.get(key(encoding));

/** By name, in any case; also `S3_0_C1_C0_0`. */
export function systemRegisterNamed(name: string): SystemRegister | undefined {
  const encoding = /^S([23])_([0-7])_C(\d+)_C(\d+)_([0-7])$/i.exec(name);
  if (!encoding) return byName.get(name.toUpperCase());
  const [op0, op1, crn, crm, op2] = encoding.slice(1).map(Number);
  return findSystemRegister({ op0, op1, crn, crm, op2 });
}

/** As assemblers spell it without a name. */
export const encodingName = ({ op0, op1, crn, crm, op2 }: RegisterEncoding): string => `S${op0}_${op1}_C${crn}_C${crm}_${op2}`;

/** The register's name, or `S3_0_C15_C2_1` if it has none here. */
export const systemRegisterName = (encoding: RegisterEncoding): string =>
  byEncoding.get(key(encoding))?.name ?? unimplementedRegisters.get(encodingName(encoding)) ?? encodingName(encoding);

/** How an access ended: a value (of a write: what was written; `isControl`: it may change how to go on), an exception, or a gap of the machine. */
export type AccessResult =
  | { readonly kind: 'value'; readonly value: bigint; readonly isControl?: boolean }
  | { readonly kind: 'exception'; readonly exception: SynchronousException }
  | { readonly kind: 'unimplemented'; readonly what: string };

const exception = (taken: SynchronousException): AccessResult => ({ kind: 'exception', exception: taken });

/** What an access to an encoding without a row does: UNDEFINED, unless the architecture has something there that the machine lacks. */
export function unknownRegister(pe: Pe, encoding: RegisterEncoding): AccessResult {
  const { op0, op1, crn } = encoding;
  const generic = encodingName(encoding);
  const name = unimplementedRegisters.get(generic);
  if (name !== undefined) {
    const level = Number(/_EL(\d)$/.exec(name)?.[1] ?? 0);
    return pe.state.exceptionLevel < level ? exception(undefinedInstruction()) : { kind: 'unimplemented', what: `system register ${name}` };
  }
  if (op0 === 3 && (crn === 11 || crn === 15)) return { kind: 'unimplemented', what: `IMPLEMENTATION DEFINED system register ${generic}` };
  if (op0 === 2 && op1 === 1) return { kind: 'unimplemented', what: `trace register ${generic}` };
  return exception(undefinedInstruction());
}

/** Identification space that is still reserved reads as zero. */
const isReservedIdentification = ({ op0, op1, crn, crm }: RegisterEncoding): boolean =>
  op0 === 3 && op1 === 0 && crn === 0 && crm >= 1 && crm <= 7;
const TID3 = mask('HCR_EL2.TID3');
const TIDCP = mask('HCR_EL2.TIDCP');

/** HCR_EL2.TIDCP: EL1 does not get at IMPLEMENTATION DEFINED registers. */
const isTrappedAsImplementationDefined = (pe: Pe, { op0, crn }: RegisterEncoding): boolean =>
  op0 === 3 && (crn === 11 || crn === 15) && pe.state.exceptionLevel === 1 && (stored(pe, 'HCR_EL2') & TIDCP) !== 0n;

/** Where an access from the current exception level traps, or that it is UNDEFINED. */
function accessCheck(
  pe: Pe,
  row: SystemRegister,
  encoding: RegisterEncoding,
  rt: number,
  isRead: boolean,
): SynchronousException | undefined {
  const el = pe.state.exceptionLevel;
  const level = isRead ? row.readLevel : row.writeLevel;
  if (level === undefined || el < level || (row.aliasOf !== undefined && !e2h(pe))) return undefinedInstruction();

  if (el === 0 && row.el0.length > 0 && !row.el0.some((path) => isEnabledForEl0(pe, path))) {
    return trappedSystemAccess(encoding, rt, isRead, tge(pe) ? 2 : 1);
  }
  if (row.traps.length > 0 && el < 2) {
    for (const trap of row.traps) {
      if (trap.isOfGuests && el === 0 && isHost(pe)) continue;
      if ((isRead ? trap.read : trap.write) && (stored(pe, trap.register as RegisterName) >> BigInt(trap.bit)) & 1n) {
        return trappedSystemAccess(encoding, rt, isRead, 2);
      }
    }
  }
  switch (row.trap?.(pe, isRead)) {
    case undefined:
      return undefined;
    case 'undefined':
      return undefinedInstruction();
    case 'EL1':
      return trappedSystemAccess(encoding, rt, isRead, 1);
    case 'EL2':
      return trappedSystemAccess(encoding, rt, isRead, 2);
    case 'floating-point-EL1':
      return trappedFloatingPoint(1);
    case 'floating-point-EL2':
      return trappedFloatingPoint(2);
  }
}

function isEnabledForEl0(pe: Pe, path: string): boolean {
  if (path.startsWith('!')) return !isEnabledForEl0(pe, path.slice(1));
  const [register, field] = path.split('.');
  if (register === 'SCTLR') return (sctlr(pe, 0) & mask(`SCTLR_EL1.${field}`)) !== 0n;
  return (stored(pe, register as RegisterName) & mask(path as `${RegisterName}.${string}`)) !== 0n;
}

/** The register that a name means at the current exception level: HCR_EL2.E2H = 1 redirects EL1 names at EL2, and a host's timers at EL0. */
function redirected(pe: Pe, row: SystemRegister): SystemRegister {
  if (row.redirect === undefined) return row;
  const el = pe.state.exceptionLevel;
  return (el === 2 && e2h(pe)) || (el === 0 && isHost(pe)) ? (byName.get(row.redirect) as SystemRegister) : row;
}

/** MRS. */
export function readSystemRegister(pe: Pe, encoding: RegisterEncoding, rt: number, services: SystemServices): AccessResult {
  const row = byEncoding.get(key(encoding));
  if (!row) {
    if (isTrappedAsImplementationDefined(pe, encoding)) return exception(trappedSystemAccess(encoding, rt, true, 2));
    if (!isReservedIdentification(encoding)) return unknownRegister(pe, encoding);
    if (pe.state.exceptionLevel === 0) return exception(undefinedInstruction());
    if (pe.state.exceptionLevel === 1 && stored(pe, 'HCR_EL2') & TID3) return exception(trappedSystemAccess(encoding, rt, true, 2));
    return { kind: 'value', value: 0n };
  }
  const failure = accessCheck(pe, row, encoding, rt, true);
  if (failure) return exception(failure);
  const meant = redirected(pe, row);
  const what = meant.unimplemented?.(pe, services);
  if (what !== undefined) return { kind: 'unimplemented', what };
  if (meant.readWithEffect) return { kind: 'value', value: meant.readWithEffect(pe, services), isControl: true };
  return { kind: 'value', value: meant.read ? meant.read(pe, services) : pe.systemRegisters[meant.index] };
}

/** Whether MRS at `readLevel` or above gives the value, unless the row's own `trap` has something against it. */
export const isPlainlyRead = ({ traps, el0, redirect, aliasOf, unimplemented, readWithEffect }: SystemRegister): boolean =>
  traps.length === 0 && el0.length === 0 && redirect === undefined && aliasOf === undefined && !unimplemented && !readWithEffect;

/** Whether MRS or MSR of a register means that one and is no exception, in the PE's present mode. */
export function isAccessedDirectly(pe: Pe, name: RegisterName, isRead: boolean): boolean {
  const row = rows[SLOT[name]];
  return redirected(pe, row) === row && accessCheck(pe, row, row, 31, isRead) === undefined;
}

/** Registers that decide about interrupts only: what the engine goes by stays as it is. */
const isContext = ({ control, group, name }: SystemRegister): boolean =>
  control && group !== 'Generic timer' && group !== 'Interrupt controller' && name !== 'DAIF';
const contextRegisters = new Set(rows.filter(isContext));

function change(pe: Pe, row: SystemRegister, value: bigint, services: SystemServices): bigint {
  const previous = pe.systemRegisters[row.index];
  const reduced = value & row.writable;
  if (row.write) {
    row.write(pe, reduced, services);
    if (contextRegisters.has(row)) pe.onContextChange(pe);
    return reduced;
  }
  const next = (previous & ~row.writable) | reduced;
  pe.systemRegisters[row.index] = next;
  row.written?.(pe, next, previous, services);
  if (next !== previous && contextRegisters.has(row)) pe.onContextChange(pe);
  return next;
}

/** MSR (register). */
export function writeSystemRegister(pe: Pe, encoding: RegisterEncoding, rt: number, value: bigint, services: SystemServices): AccessResult {
  const row = byEncoding.get(key(encoding));
  if (!row) {
    if (isTrappedAsImplementationDefined(pe, encoding)) return exception(trappedSystemAccess(encoding, rt, false, 2));
    return isReservedIdentification(encoding) ? exception(undefinedInstruction()) : unknownRegister(pe, encoding);
  }
  const failure = accessCheck(pe, row, encoding, rt, false);
  if (failure) return exception(failure);
  const meant = redirected(pe, row);
  const what = meant.unimplemented?.(pe, services, value);
  if (what !== undefined) return { kind: 'unimplemented', what };
  return { kind: 'value', value: change(pe, meant, value, services), isControl: meant.control };
}

/** What a debugger has to say about a register besides its value: why it does not read it, or why the value is UNKNOWN. */
export interface RegisterNote {
  readonly unread?: string;
  readonly unknown?: string;
}

export function debuggerNote(pe: Pe, row: SystemRegister, services: SystemServices): RegisterNote {
  if (row.readLevel === undefined) return { unread: 'write-only' };
  if (row.readWithEffect) return { unread: 'a read has an effect' };
  const what = row.unimplemented?.(pe, services);
  if (what !== undefined) return { unread: `not implemented: ${what}` };
  const unknown = row.unknown?.(pe);
  return unknown === undefined ? {} : { unknown };
}

/** CPU_ON resets a PE: before the first one nothing is stored. */
const wasNeverOn = (pe: Pe): boolean => stored(pe, 'MIDR_EL1') === 0n;

/** What it says is so whether the PE has been on or not. */
const isOfThePe = ({ writeLevel, name }: SystemRegister): boolean =>
  writeLevel === undefined || name === 'VPIDR_EL2' || name === 'VMPIDR_EL2';

/** The value as the debugger shows it: no traps and no redirection. */
export function debuggerRead(pe: Pe, row: SystemRegister, services: SystemServices): bigint {
  const value = row.read ? row.read(pe, services) : pe.systemRegisters[row.index];
  return isOfThePe(row) && wasNeverOn(pe) ? value | resetValueOf(pe, row) : value;
}

/**
 * Sets a register as MSR at the highest exception level would, without traps.
 * @throws Error if it is read-only, or if the value asks for something that is not implemented
 */
export function debuggerWrite(pe: Pe, row: SystemRegister, value: bigint, services: SystemServices): void {
  if (row.writeLevel === undefined) throw new Error(`${row.name} is read-only.`);
  const what = row.unimplemented?.(pe, services, value);
  if (what !== undefined) throw new Error(`Cannot set ${row.name} to 0x${value.toString(16)}: ${what} is not implemented yet.`);
  change(pe, row, value, services);
}

const resetValueOf = (pe: Pe, row: SystemRegister): bigint => row.reset?.(pe) ?? row.resetValue;

/** Values after a cold reset. */
export function resetSystemRegisters(pe: Pe): void {
  for (const row of rows) pe.systemRegisters[row.index] = resetValueOf(pe, row);
}
