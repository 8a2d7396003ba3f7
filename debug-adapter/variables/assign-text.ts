import { assignment } from '../evaluate/assign.ts';
import { scalarOf } from '../evaluate/c-types.ts';
import { compile } from '../evaluate/compile.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import type { Names } from '../evaluate/names.ts';
import { parseExpression } from '../evaluate/parse.ts';
import type { Scene } from '../evaluate/scene.ts';
import type { Typed } from '../evaluate/typed.ts';
import type { Type } from '../program/types.ts';

/**
 * Assigns what a person typed over a shown value; annotations that were shown with it (`<symbol>`, a character, a name in brackets) may still be there.
 * @throws ExpressionError naming the variable and the value
 */
export function assignText(view: { readonly scene: Scene; readonly names: Names }, left: Typed, name: string, text: string): void {
  const { scene, names } = view;
  const context = { names, target: scene.frame.target, allowAssignment: false, scene };
  const named =
    left.cell?.values && Object.entries(left.cell.values).find(([, label]) => label.toLowerCase() === text.trim().toLowerCase());
  const source = named ? named[0] : withoutAnnotations(isReal(left.type) ? withMacros(text) : text);
  try {
    const { expression } = parseExpression(source, names);
    assignment(left, compile(expression, context, left.type))(scene);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ExpressionError(`Cannot set '${name}' to '${text}': ${error.message}`);
  }
}

const isReal = (type: Type): boolean => scalarOf(type)?.kind === 'real';

/** What is no number is shown as C's library prints it, and called otherwise in C. */
const withMacros = (text: string): string =>
  text.replace(/^(\s*[-+]?)(?:inf|nan)\s*$/i, (word, sign) => sign + (/inf/i.test(word) ? 'INFINITY' : 'NAN'));

function withoutAnnotations(text: string): string {
  const trimmed = text.trim();
  const number =
    /^(-?(?:0x[0-9a-f]+|\d+))\s+(?:<[^>]*>(?:\s+[LuU]?".*"\u2026?)?|[LuU]?".*"\u2026?|[LuU]?'(?:\\.|\\[0-7]{3}|\\u\{[0-9a-f]+\}|[^'\\])'|\(.*\)|[A-Z]{4}\s[A-Z]{4}\s.*)$/isu.exec(
      trimmed,
    );
  return number ? number[1] : trimmed;
}
