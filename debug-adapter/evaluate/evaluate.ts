/**
 * Expressions over a frame: what `evaluate`, `setExpression`, hover, conditions and log messages call.
 * Every error a person can cause is an {@link ExpressionError} whose message is one sentence.
 */
import { displayTyped, type View } from '../variables/children.ts';
import type { DisplayedValue, References, ValueFormat } from '../variables/references.ts';
import { assignText } from '../variables/assign-text.ts';
import { compile } from './compile.ts';
import { ExpressionError } from './expression-error.ts';
import { type CodePlace, type FrameView, framePath } from './frame-view.ts';
import { namesAt } from './names.ts';
import { parseExpression } from './parse.ts';
import { liveScene, type Scene, sceneOf } from './scene.ts';
import type { FormatLetter } from './syntax.ts';
import type { Formula } from '../target/target.ts';
import { addressOf, asCondition, decayed, type Typed } from './typed.ts';
import { type Watched, watchedOf } from './watched.ts';

export { completions } from './completions.ts';

export interface EvaluateOptions {
  /** Where the value's children get their ids. Absent: `variablesReference` is always 0. */
  readonly references?: References;
  readonly format?: ValueFormat;
  /** Nothing is left out for brevity: DAP context `clipboard`. */
  readonly full?: boolean;
  /** Assignments are refused unless `true`: the Debug Console allows them; hover, watch and conditions do not. */
  readonly allowAssignment?: boolean;
  /** Called for each assignment that has been made: views of the guest's state are stale. */
  readonly onAssignment?: () => void;
}

function viewOf(frame: FrameView, references?: References): View {
  const scene = sceneOf(frame);
  return { scene, names: namesAt(frame.programs, scene.lookupPc, frame.inlineDepth), references };
}

function compileIn({ scene, names }: View, text: string, options: EvaluateOptions): { typed: Typed; letter?: FormatLetter } {
  const { expression, format } = parseExpression(text, names);
  const { allowAssignment = false, onAssignment } = options;
  return { typed: compile(expression, { names, target: scene.frame.target, allowAssignment, onAssignment, scene }), letter: format };
}

const withoutFormat = (text: string) => text.trim().replace(/\s*,\s*[a-zA-Z]$/, '');

/** Evaluates `text` in `frame`. @throws ExpressionError */
export function evaluateExpression(text: string, frame: FrameView, options: EvaluateOptions = {}): DisplayedValue {
  const view = viewOf(frame, options.references);
  const { typed, letter } = compileIn(view, text, options);
  const path = `${framePath(frame)}/=${text}`;
  return displayTyped(view, path, typed, withoutFormat(text), { letter, hex: options.format?.hex, full: options.full });
}

/** DAP setExpression: assigns the value of `valueText` to the place that `text` names; answers with the new value. @throws ExpressionError */
export function assignExpression(text: string, valueText: string, frame: FrameView, options: EvaluateOptions = {}): DisplayedValue {
  const view = viewOf(frame, options.references);
  const { typed } = compileIn(view, text, {});
  assignText(view, typed, text.trim(), valueText);
  return evaluateExpression(text, frame, options);
}

/** Where an expression points: the value of a number or pointer, the place of anything else. @throws ExpressionError */
export function addressMeant(text: string, frame: FrameView): bigint {
  const view = viewOf(frame);
  const { typed } = compileIn(view, text, {});
  const { integer } = decayed(typed);
  return BigInt.asUintN(64, integer ? integer(view.scene) : addressOf(typed)(view.scene));
}

/** Whether the program has something of that name there. */
export function hasName(name: string, frame: FrameView): boolean {
  try {
    viewOf(frame).names.resolve(name);
    return true;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

/** What a data breakpoint on `text` watches. @throws ExpressionError, also for what cannot be watched */
export function watchedExpression(text: string, frame: FrameView): Watched {
  const view = viewOf(frame);
  return watchedOf(view.scene, compileIn(view, text, {}).typed, withoutFormat(text));
}

/** An expression compiled once for one code address: no parsing, name lookup or type work is left for a hit. */
export interface CompiledExpression {
  /** Not zero, as C's `if`; registers and memory are those of `pe` now. @throws ExpressionError when it cannot be computed */
  holds(pe: number): boolean;
  /** The same for the machine itself: not zero where it holds. Absent: it cannot compute it. */
  readonly formula?: Formula;
}

/** For conditions. @throws ExpressionError on unknown names, wrong types, assignments, and what C's `if` would not take */
export function compileExpression(text: string, place: CodePlace): CompiledExpression {
  const { typed, sceneFor } = compileFor(text, place);
  const holds = asCondition(typed, 'The condition');
  const { formula } = decayed(typed);
  return { holds: (pe) => holds(sceneFor(pe)), ...(formula && { formula }) };
}

function compileFor(text: string, place: CodePlace) {
  const names = namesAt(place.programs, place.pc, place.inlineDepth ?? 0);
  const { expression, format: letter } = parseExpression(text, names);
  const typed = compile(expression, { names, target: place.target, allowAssignment: false, fixedPc: place.pc });
  const scenes: Scene[] = [];
  return { typed, names, letter, sceneFor: (pe: number) => (scenes[pe] ??= liveScene(place, pe)) };
}

/**
 * A DAP log message: text with `{expression}` parts, `{{` and `}}` for braces.
 * The result never throws: what cannot be computed prints as `<reason>`. @throws ExpressionError when a part does not compile
 */
export function compileLogMessage(text: string, place: CodePlace): (pe: number) => string {
  const parts = logParts(text).map((part) => ('literal' in part ? () => part.literal : textOf(part.expression, place)));
  return (pe) => parts.map((part) => part(pe)).join('');
}

function textOf(text: string, place: CodePlace): (pe: number) => string {
  const { typed, names, letter, sceneFor } = compileFor(text, place);
  return (pe) => {
    try {
      return displayTyped({ scene: sceneFor(pe), names }, '', typed, undefined, { letter }).value;
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
