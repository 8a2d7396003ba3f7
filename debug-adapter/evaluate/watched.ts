/** What of a machine is watched when a person watches a variable, a register, or an expression. */
import type { AddressSpace, Target, TargetValue } from '../target/target.ts';
import { sizeOf } from './c-types.ts';
import type { Cell } from './cell.ts';
import { ExpressionError } from './expression-error.ts';
import { machineCells } from './machine-cells.ts';
import { bytesOfBits, type Place } from './place.ts';
import { dwarfRegisterNames, type Scene } from './scene.ts';
import { sdeiCells } from './sdei-cells.ts';
import type { Typed } from './typed.ts';

export type Watched = { readonly pe: number; readonly label: string } & (
  | {
      readonly kind: 'memory';
      readonly address: bigint;
      /** Absent: as the PE sees it, whatever it executes. */
      readonly space?: AddressSpace;
      readonly length: number;
      /** Bit-fields: the bits that count, of the little-endian integer. */
      readonly mask?: bigint;
    }
  | { readonly kind: 'value'; readonly cell: string; readonly what: TargetValue; readonly mask?: bigint; readonly lsb: number }
);

/** They count instructions themselves. */
const EVER_CHANGING = /^(?:pc|time|cnt[pv]ct(?:ss)?_el0|pmccntr_el0|pmevcntr\d+_el0)$/i;
const DISPATCHER_VALUES = ['sdei_masked', 'sdei_depth', 'sdei_event', 'sdei_pending', 'device_irq_level'] as const;

/** @param label the expression. @throws ExpressionError saying why it cannot be watched */
export function watchedOf(scene: Scene, typed: Typed, label: string): Watched {
  const { pe } = scene.frame;
  if (typed.cell) return watchedCell(scene.frame.target, pe, typed.cell, scene.frame.live);
  const place = typed.place?.(scene);
  if (place === undefined) throw new ExpressionError(`'${label}' is a computed value: it has no place that could be watched.`);
  const length = typed.bit ? bytesOfBits(typed.bit) : sizeOf(typed.type);
  if (length === undefined || length < 1) throw new ExpressionError(`'${label}' has no size: watch a part of it.`);
  const mask = typed.bit && ((1n << BigInt(typed.bit.size)) - 1n) << BigInt(typed.bit.offset);
  return watchedPlace(scene, place, length, label, mask);
}

function watchedPlace(scene: Scene, place: Place, length: number, label: string, mask: bigint | undefined): Watched {
  const { target, pe, live } = scene.frame;
  if (place.kind === 'cell') return watchedCell(target, pe, place.cell, live);
  if (place.kind === 'memory') return memory(place.address);
  const { location, offset } = place;
  if (location.kind === 'memory') return memory(location.address + BigInt(offset));
  const register = location.kind === 'register' ? dwarfRegisterNames[location.register] : undefined;
  if (register === undefined) throw new ExpressionError(`'${label}' is not at one place at present: it cannot be watched.`);
  if (!live) throw new ExpressionError(`'${label}' is in ${register}, which belongs to the innermost frame now: it cannot be watched.`);
  const bits = (1n << BigInt(length * 8)) - 1n;
  return { kind: 'value', pe, label, cell: register, what: { register }, mask: bits << BigInt(offset * 8), lsb: offset * 8 };

  function memory(address: bigint): Watched {
    return { kind: 'memory', pe, label, address: BigInt.asUintN(64, address), length, ...(mask === undefined ? {} : { mask }) };
  }
}

function watchedCell(target: Target, pe: number, asked: Cell, isLive: boolean): Watched {
  const cell = asked.inLayout?.present(target, pe) ?? asked;
  const name = cell.within?.cell ?? cell.name;
  if (EVER_CHANGING.test(name)) throw new ExpressionError(`$${name} changes with every instruction: there is nothing to watch.`);
  const what = targetValue(target, pe, name);
  if (what === undefined)
    throw new ExpressionError(`$${cell.name} cannot be watched: no register or state of the PE changes by itself there.`);
  const isCore = target.coreRegisters.some((register) => register.name === name);
  if (isCore && !isLive) throw new ExpressionError(`$${name} of an outer frame cannot be watched; select the innermost frame.`);
  const lsb = cell.within?.lsb ?? 0;
  const whole = cell.within === undefined && !/^[wbhsd]\d/.test(name);
  return {
    kind: 'value',
    pe,
    label: `$${cell.name}`,
    cell: cell.name,
    what,
    lsb,
    ...(whole ? {} : { mask: ((1n << BigInt(cell.bits)) - 1n) << BigInt(lsb) }),
  };
}

function targetValue(target: Target, pe: number, name: string): TargetValue | undefined {
  const special = DISPATCHER_VALUES.find((value) => value === name);
  if (special !== undefined) return special;
  const pseudo = name.startsWith('KVM_REG') ? target.sdei.pseudoRegisters(pe).find((register) => register.name === name) : undefined;
  if (pseudo) return { kvmRegister: pseudo.id };
  if (name === 'el') return undefined;
  const vector = /^[bhsdqv](\d+)$/.exec(name);
  const register = vector ? `v${vector[1]}` : name.replace(/^w(?=\d)/, 'x');
  const isKnown = [...target.coreRegisters, ...target.systemRegisters].some((one) => one.name === register);
  return isKnown ? { register } : undefined;
}

/** What an earlier session watched by the name of a cell. @throws ExpressionError if there is none */
export function watchedNamed(target: Target, pe: number, name: string): Watched {
  const [base] = name.split('.');
  const root = machineCells(target).get(base.toLowerCase()) ?? sdeiCells.get(base.toLowerCase());
  const cell = root && within(root, name);
  if (!cell) throw new ExpressionError(`There is no register "${name}".`);
  return watchedCell(target, pe, cell, true);
}
const within = (cell: Cell, name: string): Cell | undefined =>
  cell.name === name ? cell : cell.parts?.map((part) => within(part, name)).find((part) => part !== undefined);
