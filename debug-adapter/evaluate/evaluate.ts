/**
 * Expressions over a frame: what `evaluate`, `setExpression`, hover, conditions and log messages call.
 * Every error a person can cause is an {@link ExpressionError} whose message is one sentence.
 */
import { displayTyped, type View } from '../variables/children.ts';
import type { DisplayedValue, References, ValueFormat } from '../variables/references.ts';
import { assignText } from '../variables/assign-text.ts';
import { compile } from './compile.ts';
import { ExpressionError } from './expression-error.ts';
import type { CodePlace, FrameView } from './frame-view.ts';
import { namesAt } from './names.ts';
import { parseExpression } from './parse.ts';
import { liveScene, type Scene, sceneOf } from './scene.ts';
import type { FormatLetter } from './syntax.ts';
import { asCondition, type Typed } from './typed.ts';

export { type Completion, completions } from './completions.ts';

export interface EvaluateOptions {
  /** Where the value's children get their ids. Absent: `variablesReference` is always 0. */
  readonly references?: References;
  readonly format?: ValueFormat;
  /** Assignments are refused unless `true`: the Debug Console allows them; hover, watch and conditions do not. */
  readonly allowAssignment?: boolean;
}

function viewOf(frame: FrameView, references?: References): View {
  const scene = sceneOf(frame);
  return { scene, names: namesAt(frame.programs, scene.lookupPc, frame.inlineDepth), references };
}

function compileIn({ scene, names }: View, text: string, allowAssignment: boolean): { typed: Typed; letter?: FormatLetter } {
  const { expression, format } = parseExpression(text, names.isType);
  return { typed: compile(expression, { names, target: scene.frame.target, allowAssignment, scene }), letter: format };
}

const withoutFormat = (text: string) => text.trim().replace(/\s*,\s*[a-zA-Z]$/, '');

/** Evaluates `text` in `frame`. @throws ExpressionError */
export function evaluateExpression(text: string, frame: FrameView, options: EvaluateOptions = {}): DisplayedValue {
  const view = viewOf(frame, options.references);
  const { typed, letter } = compileIn(view, text, options.allowAssignment === true);
  const path = `${frame.pe}/${frame.level}/=${text}`;
  return displayTyped(view, path, typed, withoutFormat(text), { letter, hex: options.format?.hex });
}

/** DAP setExpression: assigns the value of `valueText` to the place that `text` names; answers with the new value. @throws ExpressionError */
export function assignExpression(text: string, valueText: string, frame: FrameView, options: EvaluateOptions = {}): DisplayedValue {
  const view = viewOf(frame, options.references);
  const { typed } = compileIn(view, text, false);
  assignText(view, typed, text.trim(), valueText);
  return evaluateExpression(text, frame, options);
}

/** An expression compiled once for one code address: no parsing, name lookup or type work is left for a hit. */
export interface CompiledExpression {
  /** Not zero, as C's `if`; registers and memory are those of `pe` now. @throws ExpressionError when it cannot be computed */
  holds(pe: number): boolean;
  /** The value as the Variables view would show it. @throws ExpressionError when it cannot be computed */
  text(pe: number): string;
  /** @throws ExpressionError if the value is no scalar: such an expression never holds */
  requireCondition(): void;
}

/** For values, as in log messages. @throws ExpressionError on unknown names, wrong types, assignments */
export function compileExpression(text: string, place: CodePlace): CompiledExpression {
  const names = namesAt(place.programs, place.pc, place.inlineDepth ?? 0);
  const { expression, format: letter } = parseExpression(text, names.isType);
  const typed = compile(expression, { names, target: place.target, allowAssignment: false, fixedPc: place.pc });
  const scenes: Scene[] = [];
  const sceneFor = (pe: number) => (scenes[pe] ??= liveScene(place, pe));
  let condition: ((scene: Scene) => boolean) | undefined;
  return {
    holds: (pe) => (condition ??= asCondition(typed, 'The condition'))(sceneFor(pe)),
    text: (pe) => displayTyped({ scene: sceneFor(pe), names }, '', typed, undefined, { letter }).value,
    requireCondition: () => void (condition ??= asCondition(typed, 'The condition')),
  };
}

/** For conditions: refuses now what C's `if` would not take. @throws ExpressionError on that and all that {@link compileExpression} refuses */
export function compileCondition(text: string, place: CodePlace): CompiledExpression {
  const compiled = compileExpression(text, place);
  compiled.requireCondition();
  return compiled;
}

/**
 * A DAP log message: text with `{expression}` parts, `{{` and `}}` for braces.
 * The result never throws: what cannot be computed prints as `<reason>`. @throws ExpressionError when a part does not compile
 */
export function compileLogMessage(text: string, place: CodePlace): (pe: number) => string {
  const parts = logParts(text).map((part) => ('literal' in part ? () => part.literal : textOf(compileExpression(part.expression, place))));
  return (pe) => parts.map((part) => part(pe)).join('');
}

function textOf(compiled: CompiledExpression): (pe: number) => string {
  return (pe) => {
    try {
      return compiled.text(pe);
    } catch (error) {
      if (error instanceof ExpressionError) return `<${error.message}>`;
      throw error;
    }
  };
}

function logParts(text: string): ({ literal: string } | { expression: string })[] {
  const parts: ({ literal: string } | { expression: string })[] = [];
  const token = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g;
  for (const [matched, expression] of text.matchAll(token)) {
    if (expression !== undefined) parts.push({ expression });
    else if (matched === '{') throw new ExpressionError(`'{' without '}' in the log message; write {{ for a brace.`);
    else parts.push({ literal: matched === '{{' || matched === '}}' ? matched[0] : matched });
  }
  return parts;
}
