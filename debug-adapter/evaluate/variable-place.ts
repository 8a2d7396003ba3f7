import { THREAD_POINTERS } from '../program/dwarf/registers.ts';
import type { FrameContext, Program, Variable } from '../program/program.ts';
import { binaryFormula, constantFormula, type FormulaPlace, registerFormula } from './formulas.ts';
import { type Place, placeOf } from './place.ts';
import type { Scene } from './scene.ts';

/**
 * Where a variable is. With `fixedPc`, the location is worked out once where it is a register plus a constant at that address
 * (nearly all of them), so that a condition costs one register and one memory read.
 */
export function variablePlace(variable: Variable, program: Program, fixedPc: bigint | undefined): (scene: Scene) => Place {
  const general = (scene: Scene) => placeOf(variable.locate(scene.context), variable.name);
  return (fixedPc !== undefined && fixedPlace(variable, program, fixedPc)?.place) || general;
}

/** The same as the machine can find it, where that is a register, an address, or a register plus a constant. */
export const variableFormulaPlace = (variable: Variable, program: Program, fixedPc: bigint | undefined): FormulaPlace | undefined =>
  fixedPc === undefined ? undefined : fixedPlace(variable, program, fixedPc)?.formula;

interface FixedPlace {
  readonly place: (scene: Scene) => Place;
  readonly formula?: FormulaPlace;
}

function fixedPlace(variable: Variable, program: Program, pc: bigint): FixedPlace | undefined {
  const locations = [0, 1].map((round) => {
    const probe = probeOf(program, pc, BigInt(round));
    return { location: variable.locate(probe.context), probe };
  });
  const [{ location: first, probe }, { location: second, probe: other }] = locations;
  if (probe.readMemory() || first.kind !== second.kind) return undefined;
  const used = probe.registersRead();
  if (first.kind === 'register' && used.length === 0) {
    const place = placeOf(first, variable.name);
    return { place: () => place, ...(first.register <= 31 && { formula: { kind: 'register', index: first.register } }) };
  }
  if (first.kind !== 'memory' || second.kind !== 'memory' || used.length > 1) return undefined;
  const [register] = used;
  if (register === undefined) {
    if (first.address !== second.address) return undefined;
    return { place: () => first, formula: { kind: 'memory', address: constantFormula(first.address) } };
  }
  // That one may be 0, where no thread is.
  if (THREAD_POINTERS.has(register)) return undefined;
  const offset = first.address - probe.value(register);
  if (second.address - other.value(register) !== offset) return undefined;
  const address = register > 31 ? undefined : binaryFormula('add', registerFormula(register), constantFormula(offset));
  return {
    place({ context }) {
      const base = context.registers.get(register);
      return base === undefined
        ? placeOf(variable.locate(context), variable.name)
        : { kind: 'memory', address: BigInt.asUintN(64, base + offset) };
    },
    ...(address && { formula: { kind: 'memory', address } }),
  };
}

/** A frame of made-up registers that notes what is asked of it. */
function probeOf(program: Program, pc: bigint, round: bigint) {
  const read = new Set<number>();
  let memoryWasRead = false;
  const value = (register: number) => 0x1000_0000n + BigInt(register) * 0x10_0000n + round * (0x1_0000_0010n + BigInt(register) * 0x1000n);
  const registers = new MadeUpRegisters((register) => {
    read.add(register);
    return value(register);
  });
  const memory = (noted: boolean) => (_address: bigint, length: number) => {
    if (noted) memoryWasRead = true;
    return new Uint8Array(length).fill(Number(round) + 1);
  };
  const context: FrameContext = {
    registers,
    memory: memory(true),
    pc,
    get cfa() {
      const cfa = program.unwind({ registers: new MadeUpRegisters(value), memory: memory(false), pc })?.cfa;
      if (cfa === undefined) return undefined;
      // The rule is a register plus an offset; which one shows in the value.
      for (const register of [31, 29, ...Array.from({ length: 29 }, (_, n) => n)]) {
        const offset = cfa - value(register);
        if (offset >= -0x1000n && offset <= 0x8000n) {
          read.add(register);
          return cfa;
        }
      }
      memoryWasRead = true;
      return cfa;
    },
  };
  return { context, value, readMemory: () => memoryWasRead, registersRead: () => [...read] };
}

class MadeUpRegisters extends Map<number, bigint> {
  readonly #value: (register: number) => bigint;

  constructor(value: (register: number) => bigint) {
    super();
    this.#value = value;
  }
  override get(register: number): bigint {
    return this.#value(register);
  }
  override has(): boolean {
    return true;
  }
}
