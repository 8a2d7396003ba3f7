/** What the registers of a PE must hold for a function on its stack to begin again. */
import { cannotRestart } from '../errors.ts';
import { scalarOf } from '../evaluate/c-types.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import { integerFrom, readPlace } from '../evaluate/place.ts';
import { programAt, sceneOf } from '../evaluate/scene.ts';
import { variablePlace } from '../evaluate/variable-place.ts';
import type { Images } from '../images.ts';
import { typeSize } from '../program/types-of.ts';
import type { Variable } from '../program/program.ts';
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
  if (context === undefined) passParameters(line, registers, unknown);
  else {
    // SDEI, "Event handlers": X0 the event, X1 the argument, X2 and X3 the interrupted PC and PSTATE.
    const registration = target.sdei.events.find(({ number, pe }) => number === context.event && (pe === undefined || pe === view.pe));
    registers.set('x0', BigInt(context.event)).set('x1', registration?.argument ?? 0n);
    registers.set('x2', context.pc).set('x3', context.pstate);
  }
  return { registers: registers.set('sp', sp).set('pc', entry), unknown };
}

/** Parameters into X0-X7 (AAPCS64, "Parameter passing") as far as they are integers or pointers and can be read. */
function passParameters({ view }: FrameLine, registers: Map<string, bigint>, unknown: string[]): void {
  const scene = sceneOf(view);
  const program = programAt(view.programs, scene.lookupPc);
  if (program === undefined) return;
  const parameters = program.variablesAt(scene.lookupPc, view.inlineDepth).filter(({ kind }) => kind === 'parameter');
  let next = 0;
  for (const parameter of parameters) {
    const kind = scalarOf(parameter.type)?.kind;
    if (kind === 'real') unknown.push(parameter.name);
    else if (kind === undefined) {
      unknown.push(parameter.name);
      const size = typeSize(parameter.type) ?? 0;
      next += size > 16 ? 1 : Math.ceil(size / 8);
    } else if (next < 8) {
      const value = valueOf(parameter);
      if (value === undefined) unknown.push(parameter.name);
      else registers.set(`x${next}`, value);
      next++;
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
