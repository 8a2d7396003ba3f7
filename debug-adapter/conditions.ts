/**
 * Conditions over named values, as exception filters and queries of traces take them:
 *
 *     804                      the first number, or one of the words, is that
 *     event == 804, pe == 1    one or the other (also: ||, or)
 *     latency > 500 and interrupted.el == 1      both (also: &&)
 *     not (status == DENIED)
 *
 * Comparisons are `==` (or `=`), `!=`, `<`, `<=`, `>`, `>=`, and `~` for text that contains another.
 */

export type ConditionValue = string | bigint | undefined;
/** Several words are equal to each of them: a comparison holds if it holds for one, `!=` if it holds for all. */
export type Condition = (valueOf: (field: string) => ConditionValue | readonly string[]) => boolean;

export interface ConditionFields {
  readonly all: readonly string[];
  /** What a bare number is compared with. Absent: there must be none. */
  readonly number?: string;
  /** What a bare word is compared with. */
  readonly words?: readonly string[];
}

/** Of parentheses and negations. */
const DEEPEST = 100;

const TOKEN = /\s*(?:('[^']*'|"[^"]*")|(-?0x[\da-f]+|-?\d+)(?![\w.])|(\|\||&&|==|!=|<=|>=|[=<>~(),!])|([a-z_][\w.]*))/iy;

type Token = { readonly kind: 'number'; readonly value: bigint } | { readonly kind: 'text' | 'word' | 'sign'; readonly value: string };

/** @returns `undefined`: it is not understood */
export function parseCondition(text: string, fields: ConditionFields): Condition | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined || tokens.length === 0) return undefined;
  let at = 0;
  let depth = 0;
  const takes = (...values: readonly string[]): boolean => {
    const token = tokens[at];
    const found = (token?.kind === 'sign' || token?.kind === 'word') && values.includes(token.value.toLowerCase());
    if (found) at++;
    return found;
  };

  function either(): Condition | undefined {
    const parts = [both()];
    while (takes(',', '||', 'or')) parts.push(both());
    return joined(parts, (conditions) => (values) => conditions.some((one) => one(values)));
  }
  function both(): Condition | undefined {
    const parts = [single()];
    while (takes('&&', 'and')) parts.push(single());
    return joined(parts, (conditions) => (values) => conditions.every((one) => one(values)));
  }
  function single(): Condition | undefined {
    if (takes('not', '!')) {
      const inner = nested(single);
      return inner && ((values) => !inner(values));
    }
    if (takes('(')) {
      const inner = nested(either);
      return takes(')') ? inner : undefined;
    }
    const left = tokens?.[at++];
    if (left === undefined || left.kind === 'sign') return undefined;
    const sign = tokens?.[at];
    const compare = sign?.kind === 'sign' ? comparisons[sign.value] : undefined;
    if (compare === undefined) return bare(left);
    at++;
    const right = tokens?.[at++];
    if (left.kind !== 'word' || !fields.all.includes(left.value) || right === undefined || right.kind === 'sign') return undefined;
    return (valueOf) => holds(compare, valueOf(left.value), right.value);
  }
  function nested(part: () => Condition | undefined): Condition | undefined {
    if (++depth > DEEPEST) return undefined;
    const inner = part();
    depth--;
    return inner;
  }
  function bare({ kind, value }: Token): Condition | undefined {
    const names = kind === 'number' ? [fields.number].filter((name) => name !== undefined) : (fields.words ?? []);
    return names.length === 0 ? undefined : (valueOf) => names.some((name) => holds(isEqual, valueOf(name), value));
  }

  const condition = either();
  return at === tokens.length ? condition : undefined;
}

/** The first name that is compared and is no field: what makes a condition hard to understand most often. */
export function unknownFieldOf(text: string, { all }: ConditionFields): string | undefined {
  const tokens = tokensOf(text) ?? [];
  const isCompared = (index: number) => tokens[index + 1]?.kind === 'sign' && Object.hasOwn(comparisons, tokens[index + 1].value as string);
  const found = tokens.find(({ kind, value }, index) => kind === 'word' && isCompared(index) && !all.includes(value as string));
  return found && String(found.value);
}

function joined(parts: readonly (Condition | undefined)[], join: (conditions: readonly Condition[]) => Condition): Condition | undefined {
  const whole = parts.filter((part) => part !== undefined);
  if (whole.length < parts.length) return undefined;
  return whole.length === 1 ? whole[0] : join(whole);
}

function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const found = TOKEN.exec(text);
    if (found === null) return undefined;
    const [, quoted, number, sign, word] = found;
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.slice(1, -1) });
    else if (number !== undefined)
      tokens.push({ kind: 'number', value: number.startsWith('-') ? -BigInt(number.slice(1)) : BigInt(number) });
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
    else tokens.push({ kind: 'word', value: word });
  }
  return tokens;
}

type Comparison = (actual: ConditionValue, wanted: string | bigint) => boolean;

const holds = (compare: Comparison, actual: ConditionValue | readonly string[], wanted: string | bigint): boolean =>
  typeof actual !== 'object'
    ? compare(actual, wanted)
    : compare === isUnequal
      ? actual.every((one) => isUnequal(one, wanted))
      : actual.some((one) => compare(one, wanted));

const lower = (value: string | bigint) => String(value).toLowerCase();
const isEqual: Comparison = (actual, wanted) =>
  typeof actual === 'bigint' ? actual === wanted : actual !== undefined && typeof wanted === 'string' && lower(actual) === lower(wanted);
/** What is not there equals nothing, and is not unequal to anything either. */
const isUnequal: Comparison = (actual, wanted) => actual !== undefined && !isEqual(actual, wanted);
const numbers =
  (compare: (actual: bigint, wanted: bigint) => boolean): Comparison =>
  (actual, wanted) =>
    typeof actual === 'bigint' && typeof wanted === 'bigint' && compare(actual, wanted);

const comparisons: Readonly<Record<string, Comparison>> = {
  '==': isEqual,
  '=': isEqual,
  '!=': isUnequal,
  '<': numbers((actual, wanted) => actual < wanted),
  '<=': numbers((actual, wanted) => actual <= wanted),
  '>': numbers((actual, wanted) => actual > wanted),
  '>=': numbers((actual, wanted) => actual >= wanted),
  '~': (actual, wanted) => actual !== undefined && lower(actual).includes(lower(wanted)),
};
