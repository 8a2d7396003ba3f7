import { ExpressionError } from './expression-error.ts';
import { parse, SyntaxError as GrammarError } from './parser.generated.js';
import type { FormatLetter, Input } from './syntax.ts';

/** Characters of an expression. */
export const longestText = 4096;
const formats = new Map<string, FormatLetter>(
  Object.entries({ x: 'x', d: 'd', u: 'u', o: 'o', b: 'b', t: 'b', c: 'c', s: 's', a: 'a', p: 'a' } as const),
);

/** What the text alone does not tell. */
export interface Dialect {
  /** Whether a name is a type here, so that `(name)-1` is a cast. */
  isType(name: string): boolean;
  /** C++: whether a name with template arguments is a variable or function here, so that what looks like these is no comparison. */
  isTemplate(name: string): boolean;
  /** C++: `and`, `not` … are operators. */
  readonly isCPlusPlus: boolean;
}

/**
 * The tree of an expression.
 * @throws ExpressionError with what stands where nothing like it may stand
 */
export function parseExpression(text: string, dialect: Dialect): Input {
  if (text.trim() === '') throw new ExpressionError('There is no expression to evaluate.');
  if (text.length > longestText)
    throw new ExpressionError(`The expression has ${text.length} characters; at most ${longestText} are accepted.`);
  try {
    const input = parse(text, dialect);
    const letter: string | undefined = input.format;
    if (letter === undefined) return input;
    const format = formats.get(letter);
    if (!format) throw new ExpressionError(`No format ',${letter}'; there are ,x ,d ,u ,o ,b ,c ,s and ,a.`);
    return { ...input, format };
  } catch (error) {
    if (error instanceof GrammarError) throw new ExpressionError(syntaxMessage(text, error, dialect));
    if (error instanceof RangeError) throw new ExpressionError('The expression is nested too deeply.');
    throw error;
  }
}

function syntaxMessage(text: string, error: GrammarError, { isType }: Dialect): string {
  const cast = /\(\s*(?:const\s+)?([A-Za-z_]\w*)\s*\*+\s*\)/.exec(text);
  if (cast && !isType(cast[1])) return `No type '${cast[1]}' in this program.`;
  const octal = /(?<![\w.])0\d*[89]\d*/.exec(text);
  if (octal) return `'${octal[0]}' is not an octal number; leave out the leading 0 for a decimal one.`;
  if (error.found === null) return `The expression '${text.trim()}' ends too early.`;
  const { offset } = error.location.start;
  const word = /^(\w+|.)/su.exec(text.slice(offset))?.[0] ?? error.found;
  return `Unexpected '${word}' at column ${offset + 1} of '${text.trim()}'.`;
}
