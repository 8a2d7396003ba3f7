/**
 * The notation of conformance cases: steps separated by `;`.
 *
 *     REG(0)=0; 1:SIG(0,0)=0|tfa:-2; a:=BIND(40); STAT(a)=0; COMP(0)=ND
 *
 * A step is `[PE:][variable:=]NAME(arguments)[=expected[|profile:expected]…]`, on PE 0 unless said. `=ND`: the call does not return;
 * `=SAME`: it leaves X0 alone; `=-`: any result; `variable:=`: the result must not be negative and is kept. A step without `=` only acts.
 * `@run0` stands for the calls that bring PE 0 into the handler of event 0. `ONLY(profile,…)` limits a case to those profiles,
 * `CLIENT(EL2)` to a client there; `BUGS()` asks for the profile with its defects.
 *
 * Cases are written for a client at EL1. With a client at EL2 (VHE), EL1h in a PSTATE reads EL2h, and EL(1) and EL(2) change places.
 *
 * Calls: VER FEAT REG ENA DIS UNR STAT INFO ROUT MASK UNMASK BIND REL SIG PRST SRST CTX COMP CAR; UNK(id) and RAW(id) any identifier.
 * Missing arguments of REG are EP, ARG, 0, 0; of others 0.
 * Observations: X(n) PC PSTATE ELR SPSR PEND(event) DEPTH ISACTIVE(intid).
 * Stimuli: PLAT(event) IRQ(intid[,pe]) LINE(intid,level) ACTIVE(intid,active) SETX(n,value) SETPS SETPC SPAN HCR EL OFF ON SUSP.
 */

export type Expectation =
  | { readonly kind: 'value'; readonly value: Expression }
  | { readonly kind: 'no-return' }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'any' };

/** A number, or the name of a variable. */
export type Expression = bigint | string;

export interface Step {
  /** As written, for reports. */
  readonly text: string;
  readonly pe: number;
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly variable?: string;
  /** Absent: the step only acts. */
  readonly expected?: { readonly usual: Expectation; readonly byProfile: Readonly<Record<string, Expectation>> };
}

export interface ParsedCase {
  readonly steps: readonly Step[];
  /** Absent: every profile. */
  readonly profiles?: readonly string[];
  /** Absent: any. */
  readonly client?: string;
  readonly bugCompatible: boolean;
}

/** EP, ARG, BAD: an entry point, an argument, an affinity that no PE has. */
export const constants: Readonly<Record<string, bigint>> = { EP: 0x4010_0000n, ARG: 0x1234n, BAD: 0xffff_ffffn };

const scratch = Array.from({ length: 17 }, (_, n) => `SETX(${n + 1},${n < 3 ? 0x51 + n : 0x5001 + n})`).join(';');
const macros: Readonly<Record<string, string>> = { '@run0': `REG(0)=0;ENA(0)=0;UNMASK()=0;${scratch};SIG(0,0)=0` };

/** @throws SyntaxError that names the step */
export function parseCase(text: string): ParsedCase {
  const texts = text
    .split(';')
    .flatMap((step) => (macros[step.trim()] ?? step).split(';'))
    .map((step) => step.trim());
  const only = texts.flatMap((step) => /^ONLY\((.*)\)$/.exec(step)?.[1].split(',') ?? []);
  const client = texts.map((step) => /^CLIENT\((EL[12])\)$/.exec(step)?.[1]).find((level) => level !== undefined);
  const steps = texts.filter((step) => !/^(?:ONLY|CLIENT|BUGS)\(/.test(step)).map(parseStep);
  return { steps, bugCompatible: texts.includes('BUGS()'), ...(only.length > 0 && { profiles: only }), ...(client && { client }) };
}

function parseStep(text: string): Step {
  const match = /^(?:(?<pe>\d):)?(?:(?<variable>[a-z]):=)?(?<name>[A-Z]+)\((?<args>[^)]*)\)(?:=(?<expected>.+))?$/.exec(text);
  if (!match?.groups) throw new SyntaxError(`Conformance step "${text}" is not [PE:][variable:=]NAME(arguments)[=expected].`);
  const { pe, variable, name, args, expected } = match.groups;
  return {
    text,
    pe: Number(pe ?? 0),
    name,
    arguments: args === '' ? [] : args.split(',').map((argument) => parseExpression(argument, text)),
    ...(variable && { variable }),
    ...(expected && { expected: parseExpected(expected, text) }),
  };
}

function parseExpected(text: string, step: string): Step['expected'] {
  const [usual, ...others] = text.split('|');
  const byProfile = others.map((other) => {
    const colon = other.indexOf(':');
    if (colon < 0) throw new SyntaxError(`Conformance step "${step}": "${other}" is not profile:expected.`);
    return [other.slice(0, colon), parseExpectation(other.slice(colon + 1), step)] as const;
  });
  return { usual: parseExpectation(usual, step), byProfile: Object.fromEntries(byProfile) };
}

function parseExpectation(text: string, step: string): Expectation {
  if (text === 'ND') return { kind: 'no-return' };
  if (text === 'SAME') return { kind: 'unanswered' };
  if (text === '-') return { kind: 'any' };
  return { kind: 'value', value: parseExpression(text, step) };
}

function parseExpression(text: string, step: string): Expression {
  const shift = /^(\d+)<<(\d+)$/.exec(text);
  if (shift) return BigInt(shift[1]) << BigInt(shift[2]);
  if (/^-\d+$/.test(text)) return -BigInt(text.slice(1));
  if (/^(\d+|0x[\da-fA-F]+)$/.test(text)) return BigInt(text);
  if (text in constants) return constants[text];
  if (/^[a-z]$/.test(text)) return text;
  throw new SyntaxError(`Conformance step "${step}": "${text}" is neither a number nor a variable.`);
}
