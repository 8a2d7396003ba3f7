/** What is shown beside lines of source while the guest stands: values of the names on them. */

export interface Named {
  readonly name: string;
  readonly value: string;
}
export interface InlineText {
  /** 0-based; the columns are those of the name. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const LONGEST = 40;
const notCode = /\/\*.*?(?:\*\/|$)|\/\/.*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;
/** Where a function that is written as usual begins or the one before it ends. */
const atBorder = /^[{}]/;
const general = /^(?:[xw](?:\d|[12]\d|30)|sp|lr)$/;

const isName = /[A-Za-z_]\w*/g;
const shortened = (value: string): string => (value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value);

/**
 * Names of variables, from the beginning of the function to the line where the guest stands: what is further down has not happened.
 * @param lines of the document from its first on. @param first the first one that is seen
 */
export function ofVariables(lines: readonly string[], first: number, stopped: number, variables: readonly Named[]): InlineText[] {
  let from = stopped;
  while (from > first && !atBorder.test(lines[from] ?? '')) from--;
  // And its parameters.
  while (from > first && /[^;}/]\s*$/.test(lines[from - 1])) from--;
  const values = new Map(variables.map(({ name, value }) => [name, value]));
  return lines.slice(from, stopped + 1).flatMap((line, n) => textsOf(line, from + n, (name) => values.get(name)));
}

/** General-purpose registers of the instruction that is executed next: those of others have changed since, or will. */
export function ofRegisters(line: string, stopped: number, registers: readonly Named[]): InlineText[] {
  const values = new Map(registers.map(({ name, value }) => [name, value]));
  const valueOf = (name: string): string | undefined => {
    const lower = name.toLowerCase();
    if (!general.test(lower)) return undefined;
    const whole = values.get(lower === 'lr' ? 'x30' : lower.replace(/^w/, 'x'));
    return whole === undefined || !lower.startsWith('w') ? whole : lowHalf(whole);
  };
  return textsOf(line, stopped, valueOf);
}

function lowHalf(text: string): string | undefined {
  const number = /^(?:0x[0-9a-f]+|\d+)/i.exec(text)?.[0];
  if (number === undefined) return undefined;
  const half = BigInt.asUintN(32, BigInt(number));
  return half < 10n ? String(half) : `0x${half.toString(16)}`;
}

function textsOf(line: string, number: number, valueOf: (name: string) => string | undefined): InlineText[] {
  const code = line.replace(notCode, (text) => ' '.repeat(text.length));
  const found = new Map<string, InlineText>();
  for (const { 0: name, index } of code.matchAll(isName)) {
    // A member of something else.
    if (/(?:\.|->)\s*$/.test(code.slice(0, index)) || found.has(name)) continue;
    const value = valueOf(name);
    if (value !== undefined)
      found.set(name, { line: number, start: index, end: index + name.length, text: `${name} = ${shortened(value)}` });
  }
  return [...found.values()];
}
