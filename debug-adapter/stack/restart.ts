/** What the registers of a PE must hold for a function on its stack to begin again. */
import { cannotRestart } from '../errors.ts';
import { scalarOf, stripped } from '../evaluate/c-types.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import { integerFrom, readPlace } from '../evaluate/place.ts';
import { programAt, sceneOf } from '../evaluate/scene.ts';
import { variablePlace } from '../evaluate/variable-place.ts';
import type { Images } from '../images.ts';
import { typeSize } from '../program/types-of.ts';
import type { Variable } from '../program/program.ts';
import type { Type } from '../program/types.ts';
import type { Target } from '../target/target.ts';
import type { FrameLine, StackLine } from './frames.ts';
import { LR, SP } from './registers.ts';
import { callerOf, type CodeFrame, registersOutside } from './unwinder.ts';

/** Whether the function of a line can begin again: nothing but calls lies above it, and it is a function of its own. */
export function canRestart(stack: readonly StackLine[], line: FrameLine, images: Images): boolean {
  const label = stack.findIndex(({ kind }) => kind === 'label');
  return (
    (label < 0 || stack.indexOf(line) < label) &&
    !isInlined(line, images) &&
    images.functionAt(line.view.lookupPc ?? line.view.pc) !== undefined
  );
}

const isInlined = ({ view }: FrameLine, images: Images): boolean =>
  images.inlineChainAt(view.lookupPc ?? view.pc)[view.inlineDepth]?.inlined === true;

/**
 * @returns register values by name, and the names of parameters that are not known any more (their registers stay as they are)
 * @throws UserError for a frame that cannot begin again
 */
export function restartedRegisters(
  target: Target,
  images: Images,
  stack: readonly StackLine[],
  line: FrameLine,
): { readonly registers: ReadonlyMap<string, bigint>; readonly unknown: readonly string[] } {
  const { view, name } = line;
  const lookupPc = view.lookupPc ?? view.pc;
  if (isInlined(line, images)) throw cannotRestart(name, 'it is inlined into its caller; restart that one');
  if (!canRestart(stack, line, images)) throw cannotRestart(name, 'it was interrupted; select a frame above the first label of the stack');
  const entry = images.functionAt(lookupPc)?.ranges[0]?.low;
  if (entry === undefined) throw cannotRestart(name, 'nothing is known of where it begins');

  const memory = (address: bigint, length: number) => target.readMemory(address, length, { kind: 'virtual', pe: view.pe });
  const frame: CodeFrame = { registers: view.registers, pc: view.pc, lookupPc };
  const next = stack[stack.indexOf(line) + 1];
  const isBase = next === undefined || next.kind === 'label';
  const caller = isBase ? undefined : callerOf(frame, images, memory);
  const outside = caller?.registers ?? registersOutside(frame, images, memory);
  const registers = new Map<string, bigint>();
  for (let register = 19; register <= 29; register++) {
    const value = outside.get(register);
    if (value !== undefined) registers.set(`x${register}`, value);
  }
  const sp = outside.get(SP);
  if (sp === undefined) throw cannotRestart(name, 'its caller is not known');
  const lr = caller?.pc ?? outside.get(LR);
  if (lr !== undefined) registers.set(`x${LR}`, lr);

  const unknown: string[] = [];
  const context = isBase && view.handler !== undefined ? target.sdei.pes[view.pe]?.running[view.handler] : undefined;
  const isInnermost = line === stack[0] && lookupPc === view.pc;
  if (context === undefined) passParameters(line, { registers, unknown, isAtBeginning: isInnermost && isInPrologue(view.pc, images) });
  else {
    // SDEI, "Event handlers": X0 the event, X1 the argument, X2 and X3 the interrupted PC and PSTATE.
    const registration = target.sdei.events.find(({ number, pe }) => number === context.event && (pe === undefined || pe === view.pe));
    registers.set('x0', BigInt(context.event)).set('x1', registration?.argument ?? 0n);
    registers.set('x2', context.pc).set('x3', context.pstate);
  }
  return { registers: registers.set('sp', sp).set('pc', entry), unknown };
}

const isInPrologue = (pc: bigint, images: Images): boolean => {
  const code = images.functionAt(pc);
  return code !== undefined && pc >= code.ranges[0].low && pc < code.breakpointAddress;
};

interface Passing {
  readonly registers: Map<string, bigint>;
  readonly unknown: string[];
  /** The prologue has not ended: what is not in memory yet is where the caller has put it. */
  readonly isAtBeginning: boolean;
}

/** Parameters into X0-X7 (AAPCS64, "Parameter passing") as far as they are integers or pointers and can be read. */
function passParameters({ view }: FrameLine, { registers, unknown, isAtBeginning }: Passing): void {
  const scene = sceneOf(view);
  const program = programAt(view.programs, scene.lookupPc);
  if (program === undefined) return;
  const parameters = program.variablesAt(scene.lookupPc, view.inlineDepth).filter(({ kind }) => kind === 'parameter');
  const pass = (name: string, value: bigint | undefined, next: number, count: number): void => {
    if (value === undefined) unknown.push(name);
    else for (let part = 0; part < count; part++) registers.set(`x${next + part}`, BigInt.asUintN(64, value >> BigInt(64 * part)));
  };
  let next = 0;
  for (const parameter of parameters) {
    const { type, name } = parameter;
    const scalar = scalarOf(type);
    const size = typeSize(type) ?? 0;
    if (isAtBeginning && isInMemory(parameter)) continue;
    if (scalar?.kind === 'real') unknown.push(name);
    else if (scalar === undefined) {
      unknown.push(name);
      next += size > 16 ? 1 : Math.ceil(size / 8);
    } else {
      const count = size > 8 ? 2 : 1;
      if (count === 2) next += next % 2;
      if (next + count <= 8) pass(name, valueOf(parameter), next, count);
      next += count;
    }
  }
  const type = program.functionAt(scene.lookupPc)?.type?.();
  if (isAtBeginning || type?.kind !== 'function') return;
  if (type.isVariadic?.()) unknown.push('the arguments that the ... stands for');
  if (isReturnedInMemory(type.returns())) unknown.push('the place for its result (X8)');

  function isInMemory(parameter: Variable): boolean {
    try {
      return variablePlace(parameter, program as NonNullable<typeof program>, undefined)(scene).kind === 'memory';
    } catch (error) {
      if (error instanceof ExpressionError) return false;
      throw error;
    }
  }
  function valueOf(parameter: Variable): bigint | undefined {
    try {
      const place = variablePlace(parameter, program as NonNullable<typeof program>, undefined)(scene);
      return integerFrom(readPlace(scene, place, typeSize(parameter.type) ?? 8));
    } catch (error) {
      if (error instanceof ExpressionError) return undefined;
      throw error;
    }
  }
}

/** More than two registers hold (AAPCS64, "Result return"), and not up to four floating-point members of one type. */
function isReturnedInMemory(type: Type): boolean {
  const size = typeSize(type) ?? 0;
  if (size <= 16 || scalarOf(type) !== undefined) return false;
  const reals = realsIn(type);
  return reals === undefined || reals.length > 4 || new Set(reals).size > 1;
}

/** The sizes of the floating-point values that a type is made of; `undefined` if there is something else in it. */
function realsIn(type: Type): readonly number[] | undefined {
  const plain = stripped(type);
  if (plain.kind === 'base' && plain.encoding === 'float') return [plain.size];
  if (plain.kind === 'array') {
    const element = realsIn(plain.element());
    return element && plain.count !== undefined && plain.count <= 4
      ? Array<readonly number[]>(plain.count).fill(element).flat()
      : undefined;
  }
  if (plain.kind !== 'struct') return undefined;
  const members = plain.members().map((member) => realsIn(member.type()));
  return members.every((sizes) => sizes !== undefined) ? members.flat() : undefined;
}
