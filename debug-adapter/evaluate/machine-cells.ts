/** `$name` for what the PE itself has: core registers as this frame sees them, and system registers. */
import type { RegisterInfo, Target } from '../target/target.ts';
import type { Type } from '../program/types.ts';
import { doubleType, floatType, pointerTo, unsignedInt128Type, unsignedIntType, unsignedLongType, voidType } from './c-types.ts';
import { type Cell, withFields } from './cell.ts';
import { ExpressionError } from './expression-error.ts';
import { extended, registerFormula } from './formulas.ts';
import { attempt, ValueUnavailable, writeFrameRegister, writeInterruptedContext } from './place.ts';
import { pstateFields, pstateText } from './pstate.ts';
import { withLayouts } from './register-layouts.ts';
import type { Scene } from './scene.ts';

export const codePointerType: Type = pointerTo({ kind: 'function', returns: () => voidType, parameters: () => [] });
const dataPointerType = pointerTo(voidType);

/** The value of a DWARF register in this frame. @throws ValueUnavailable */
function frameRegister(scene: Scene, register: number, name: string): bigint {
  const value = scene.context.registers.get(register) ?? (register === 32 ? scene.frame.pc : undefined);
  if (value === undefined)
    throw new ValueUnavailable('<not saved>', `$${name} of this frame is not known: the called functions did not save it.`);
  return value;
}

function coreCell(name: string, register: number, type: Type): Cell {
  return {
    name,
    type,
    bits: 64,
    ...(register <= 31 && { formula: registerFormula(register) }),
    read: (scene) => frameRegister(scene, register, name),
    write: (scene, value) => writeFrameRegister(scene, register, value),
  };
}

/** The low `bits` of a register; writing a W register clears the upper half, as an instruction does. */
function lowHalf(name: string, register: number): Cell {
  return {
    name,
    type: unsignedIntType,
    bits: 32,
    formula: extended(registerFormula(register), 4, false),
    read: (scene) => BigInt.asUintN(32, frameRegister(scene, register, name)),
    write: (scene, value) => writeFrameRegister(scene, register, value),
  };
}

export const generalCells: readonly Cell[] = Array.from({ length: 31 }, (_, n) =>
  coreCell(`x${n}`, n, n === 30 ? codePointerType : n === 29 ? dataPointerType : unsignedLongType),
);
export const spCell = coreCell('sp', 31, dataPointerType);
export const pcCell = coreCell('pc', 32, codePointerType);

export const pstateCell = withFields(
  {
    name: 'pstate',
    type: unsignedLongType,
    bits: 64,
    read({ frame }) {
      if (frame.live) return frame.target.readRegister(frame.pe, 'pstate');
      const context = frame.interruptedBy === undefined ? undefined : frame.target.sdei.pes[frame.pe]?.running[frame.interruptedBy];
      const pstate = context?.pstate ?? frame.pstate;
      if (pstate !== undefined) return pstate;
      throw new ValueUnavailable('<not saved>', 'PSTATE of an outer frame is not known.');
    },
    write(scene, value) {
      const { live, target, pe, interruptedBy } = scene.frame;
      if (live) return attempt(() => target.writeRegister(pe, 'pstate', value));
      if (interruptedBy !== undefined) return writeInterruptedContext(scene, interruptedBy, 'pstate', value);
      throw new ExpressionError('PSTATE of an outer frame cannot be written; select the innermost frame to change it.');
    },
    describe: pstateText,
  },
  pstateFields,
);

/** $v0-$v31 and $q, $d, $s views of them, where the target has them. */
function vectorCells(target: Target): Cell[] {
  const vectors = target.coreRegisters.filter(({ name }) => /^[vq]\d+$/.test(name));
  return vectors.flatMap(({ name }): Cell[] => {
    const number = Number(name.slice(1));
    const cell = (letter: string, type: Type, bits: number): Cell => ({
      name: `${letter}${number}`,
      type,
      bits,
      read({ frame }) {
        const kept = bits > 64 ? undefined : frame.registers.get(64 + number);
        const value = frame.live ? frame.target.readRegister(frame.pe, name) : kept;
        if (value === undefined) throw new ValueUnavailable('<not saved>', `$${letter}${number} of this frame is not known.`);
        return BigInt.asUintN(bits, value);
      },
      write({ frame }, value) {
        if (!frame.live) throw new ExpressionError(`${name} of an outer frame cannot be written; select the innermost frame to change it.`);
        attempt(() => frame.target.writeRegister(frame.pe, name, BigInt.asUintN(bits, value)));
      },
    });
    return [cell('v', unsignedInt128Type, 128), cell('q', unsignedInt128Type, 128), cell('d', doubleType, 64), cell('s', floatType, 32)];
  });
}

/** A system register of the PE; the same in all its frames. */
export function systemCell(register: RegisterInfo): Cell {
  const { name, bits, writable, description } = register;
  const cell: Cell = {
    name,
    type: bits === 32 ? unsignedIntType : bits === 128 ? unsignedInt128Type : unsignedLongType,
    bits,
    read({ frame: { target, pe } }) {
      const { unread } = target.registerNote(pe, name);
      if (unread !== undefined) throw new ValueUnavailable(`<${unread}>`, `$${name} has no value to show: ${unread}.`);
      return attempt(() => target.readRegister(pe, name));
    },
    write: writable ? ({ frame }, value) => attempt(() => frame.target.writeRegister(frame.pe, name, value)) : undefined,
    readOnly: writable ? undefined : `${name}${description ? ` (${description})` : ''} is read-only.`,
  };
  return withLayouts(cell, register);
}

const named = new WeakMap<Target, ReadonlyMap<string, Cell>>();

/** Lower-case name → cell, aliases included. */
export function machineCells(target: Target): ReadonlyMap<string, Cell> {
  const known = named.get(target);
  if (known) return known;
  const cells = new Map<string, Cell>();
  for (const register of target.systemRegisters) cells.set(register.name.toLowerCase(), systemCell(register));
  for (const cell of [...vectorCells(target), ...generalCells, spCell, pcCell, pstateCell]) cells.set(cell.name, cell);
  for (let n = 0; n <= 30; n++) cells.set(`w${n}`, lowHalf(`w${n}`, n));
  const alias = (name: string, cell: Cell) => cells.set(name, { ...cell, name });
  alias('lr', generalCells[30]);
  alias('fp', generalCells[29]);
  cells.set('wsp', lowHalf('wsp', 31));
  cells.set('cpsr', pstateCell);
  named.set(target, cells);
  return cells;
}
