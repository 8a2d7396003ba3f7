/** A frame's name with what a client wants to read in it (Debug Adapter Protocol, StackFrameFormat): `first-event.elf!on_event(uint64_t event = 0) Line 38`. */
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { evaluateExpression } from '../evaluate/evaluate.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import type { FrameView } from '../evaluate/frame-view.ts';
import { programAt, sceneOf } from '../evaluate/scene.ts';
import type { FrameLine } from './frames.ts';

/** @param lineBase what the client's line numbers are less than ours */
export function frameName({ name, view, location, image }: FrameLine, format: Dap.StackFrameFormat, lineBase: number): string {
  const module = format.module === true && image !== undefined ? `${image.name}!` : '';
  const line = format.line === true && location !== undefined ? ` Line ${location.line - lineBase}` : '';
  return `${module}${name}${format.parameters === true ? parametersText(view, format) : ''}${line}`;
}

/** Empty where no function is known that could have any. */
function parametersText(view: FrameView, format: Dap.StackFrameFormat): string {
  const { lookupPc } = sceneOf(view);
  const program = programAt(view.programs, lookupPc);
  if (program?.functionAt(lookupPc) === undefined) return '';
  const parameters = program.variablesAt(lookupPc, view.inlineDepth).filter(({ kind }) => kind === 'parameter');
  return `(${parameters.map(({ name }) => parameterText(name, view, format)).join(', ')})`;
}

function parameterText(name: string, view: FrameView, format: Dap.StackFrameFormat): string {
  const { parameterTypes, parameterNames, parameterValues } = format;
  const isNamed = parameterNames ?? !(parameterTypes === true || parameterValues === true);
  const { type, result } = valueOf(name, view, format.hex);
  const declared = [parameterTypes === true ? type : undefined, isNamed ? name : undefined].filter((text) => text !== undefined).join(' ');
  return [declared, parameterValues === true ? result : ''].filter((text) => text !== '').join(' = ');
}

function valueOf(name: string, view: FrameView, hex: boolean | undefined): { readonly type?: string; readonly result: string } {
  try {
    const { type, value } = evaluateExpression(name, view, { format: { hex } });
    return { result: value, ...(type === undefined ? {} : { type }) };
  } catch (error) {
    if (error instanceof ExpressionError) return { result: '?' };
    throw error;
  }
}
