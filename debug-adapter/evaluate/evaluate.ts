/**
 * Expressions over a frame: what `evaluate`, `setExpression`, `completions`, hover, conditions and log messages call.
 * Every error a person can cause is an {@link ExpressionError} whose message is one sentence.
 */
import type { DisplayedValue, References, ValueFormat } from '../variables/references.ts';
import type { CodePlace, FrameView } from './frame-view.ts';

export interface EvaluateOptions {
  /** Where the value's children get their ids. Absent: `variablesReference` is always 0. */
  readonly references?: References;
  readonly format?: ValueFormat;
  /** Assignments are refused unless `true`: the Debug Console allows them; hover, watch and conditions do not. */
  readonly allowAssignment?: boolean;
}

/** Evaluates `text` in `frame`. @throws ExpressionError */
export function evaluateExpression(_text: string, _frame: FrameView, _options: EvaluateOptions = {}): DisplayedValue {
  throw new Error('not built yet');
}

/** DAP setExpression: assigns the value of `valueText` to the place that `text` names; answers with the new value. @throws ExpressionError */
export function assignExpression(_text: string, _valueText: string, _frame: FrameView, _options: EvaluateOptions = {}): DisplayedValue {
  throw new Error('not built yet');
}

/** An expression compiled once for one code address: no parsing, name lookup or type work is left for a hit. */
export interface CompiledExpression {
  /** Not zero, as C's `if`; registers and memory are those of `pe` now. @throws ExpressionError when it cannot be computed */
  holds(pe: number): boolean;
  /** The value as the Variables view would show it. @throws ExpressionError when it cannot be computed */
  text(pe: number): string;
}

/** For conditions. @throws ExpressionError on unknown names, wrong types, assignments */
export function compileExpression(_text: string, _place: CodePlace): CompiledExpression {
  throw new Error('not built yet');
}

/** A DAP log message: text with `{expression}` parts, `{{` and `}}` for braces. The result never throws: what cannot be computed prints as `<reason>`. @throws ExpressionError when a part does not compile */
export function compileLogMessage(_text: string, _place: CodePlace): (pe: number) => string {
  throw new Error('not built yet');
}

/** Structurally a DAP CompletionItem. */
export interface Completion {
  readonly label: string;
  readonly type: 'variable' | 'field' | 'function' | 'property' | 'enum' | 'value';
  readonly detail?: string;
  /** UTF-16 offset into `text` where the completed word starts, and its length. */
  readonly start: number;
  readonly length: number;
}

/** What could stand at `column` (0-based UTF-16 offset into `text`): names in scope, members after `.` and `->`, registers and fields after `$`. Never throws. */
export function completions(_text: string, _column: number, _frame: FrameView): Completion[] {
  return [];
}
