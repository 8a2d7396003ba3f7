/** Runs one conformance case against the dispatcher. */

import type { ConformanceCase } from './catalogue.ts';
import { isMachineCase, runMachineCase } from './machine-case.ts';
import type { CoverageRecorder } from './coverage.ts';
import { type Client, type Harness, type ProfileName, createHarness } from './sdei-harness.ts';
import { type Expectation, type Expression, type Step, constants, parseCase } from './step-language.ts';

export type CaseResult =
  | { readonly kind: 'passed' }
  /** The case is about other profiles. */
  | { readonly kind: 'not-applicable' }
  | { readonly kind: 'failed'; readonly step: string; readonly expected: string; readonly actual: string };

/** A step's value (signed, as X0 reads), `no-return`, or `unanswered` when X0 was left alone. */
type Outcome = bigint | 'no-return' | 'unanswered';

export interface CaseOptions {
  readonly profile: ProfileName;
  /** Absent: EL1. */
  readonly client?: Client;
  /** Told of every call. */
  readonly coverage?: CoverageRecorder;
  /** What the case runs on; absent: the dispatcher alone. */
  readonly createHarness?: (profile: ProfileName, client: Client, bugCompatible: boolean) => Harness;
}

export function runCase([, , text]: ConformanceCase, options: CaseOptions): CaseResult {
  if (isMachineCase(text)) return runMachineCase(text);
  const { profile, client = 'EL1', coverage } = options;
  const { steps, profiles, client: only, bugCompatible } = parseCase(text);
  const isOfOthers =
    (profiles && !profiles.includes(profile)) || (only && only !== client) || (profile === 'kvm' && steps.some(isBeyondKvm));
  if (isOfOthers) return { kind: 'not-applicable' };
  const harness = (options.createHarness ?? createHarness)(profile, client, bugCompatible);
  const variables = new Map<string, bigint>();
  for (const step of steps) {
    const args = step.arguments.map((argument) => evaluate(argument, variables));
    const outcome = perform(harness, step, args, coverage);
    const problem = check(step, outcome, harness, profile, variables);
    if (problem) return { kind: 'failed', step: step.text, expected: problem, actual: describe(outcome) };
    if (step.variable && typeof outcome === 'bigint') variables.set(step.variable, outcome);
  }
  return { kind: 'passed' };
}

/** KVM's dispatcher binds no interrupt and has no platform events. */
function isBeyondKvm({ name, variable, arguments: args }: Step): boolean {
  return (name === 'BIND' && variable !== undefined) || args[0] === 804n || args[0] === 806n;
}

function evaluate(expression: Expression, variables: ReadonlyMap<string, bigint>): bigint {
  if (typeof expression === 'bigint') return expression;
  const value = variables.get(expression);
  if (value === undefined) throw new SyntaxError(`Conformance variable "${expression}" has no value.`);
  return value;
}

/** @returns what was expected, if that is not what happened */
function check(
  step: Step,
  outcome: Outcome | undefined,
  harness: Harness,
  profile: ProfileName,
  variables: ReadonlyMap<string, bigint>,
): string | undefined {
  if (step.variable) return typeof outcome === 'bigint' && outcome >= 0n ? undefined : 'a result that is not negative';
  if (!step.expected) return undefined;
  const expectation: Expectation = step.expected.byProfile[profile] ?? step.expected.usual;
  if (expectation.kind === 'any') return undefined;
  if (expectation.kind === 'no-return') return outcome === 'no-return' ? undefined : 'no return';
  if (expectation.kind === 'unanswered') return outcome === 'unanswered' ? undefined : 'X0 left alone';
  const written = evaluate(expectation.value, variables);
  const value = BigInt.asIntN(64, isPstate(step) ? pstateOf(harness, written) : written);
  return outcome === value ? undefined : describe(value);
}

/** X3 at a handler's entry is one too. */
function isPstate({ name, arguments: args }: Step): boolean {
  return name === 'PSTATE' || name === 'SPSR' || (name === 'X' && args[0] === 3n);
}

/** Cases are written for a client at EL1: with one at EL2, EL1h reads EL2h. */
function pstateOf({ client }: Harness, value: bigint): bigint {
  return client === 'EL2' && (value & 0x1fn) === 0b00101n ? value ^ 0b01100n : value;
}

function describe(outcome: Outcome | undefined): string {
  if (typeof outcome !== 'bigint') return outcome ?? 'nothing';
  return outcome < 0n || outcome < 16n ? `${outcome}` : `0x${outcome.toString(16)}`;
}

function perform(harness: Harness, step: Step, args: readonly bigint[], coverage: CoverageRecorder | undefined): Outcome | undefined {
  const call = calls[step.name];
  if (call) return makeCall(harness, step.pe, call, args, coverage);
  const [id, ...rest] = args;
  if (step.name === 'UNK' || step.name === 'RAW') return conduit(harness, step.pe, id, rest);
  const observation = observations[step.name];
  if (observation) return BigInt.asIntN(64, observation(harness, step.pe, args));
  const stimulus = stimuli[step.name];
  if (!stimulus) throw new SyntaxError(`Conformance step "${step.text}": there is no ${step.name}.`);
  stimulus(harness, step.pe, args);
  harness.dispatcher.deliverPending(step.pe);
  return undefined;
}

/** A call's identifier and the values of its missing arguments. */
interface CallStep {
  readonly id: number;
  readonly defaults: readonly bigint[];
}
const call = (id: number, ...defaults: bigint[]): CallStep => ({ id: 0xc400_0020 + id, defaults });

const calls: Readonly<Record<string, CallStep>> = {
  VER: call(0),
  REG: call(1, 0n, constants.EP, constants.ARG, 0n, 0n),
  ENA: call(2, 0n),
  DIS: call(3, 0n),
  CTX: call(4, 0n),
  COMP: call(5, 0n),
  CAR: call(6, 0n),
  UNR: call(7, 0n),
  STAT: call(8, 0n),
  INFO: call(9, 0n, 0n),
  ROUT: call(10, 0n, 0n, 0n),
  MASK: call(11),
  UNMASK: call(12),
  BIND: call(13, 0n),
  REL: call(14, 0n),
  SIG: call(15, 0n, 0n),
  FEAT: call(16, 0n),
  PRST: call(17),
  SRST: call(18),
};

function makeCall(
  harness: Harness,
  pe: number,
  { id, defaults }: CallStep,
  args: readonly bigint[],
  coverage: CoverageRecorder | undefined,
): Outcome {
  const all = defaults.map((value, n) => BigInt.asUintN(64, args[n] ?? value));
  coverage?.note(harness, pe, id, all);
  return conduit(harness, pe, BigInt(id), all);
}

function conduit(harness: Harness, pe: number, id: bigint, args: readonly bigint[]): Outcome {
  const outcome = harness.call(pe, id, args);
  if (outcome.service !== 'sdei') return outcome.result === undefined ? 'no-return' : BigInt.asIntN(64, outcome.result);
  if (outcome.call.completion) return 'no-return';
  return outcome.call.result === undefined ? 'unanswered' : BigInt.asIntN(64, outcome.call.result);
}

const observations: Readonly<Record<string, (harness: Harness, pe: number, args: readonly bigint[]) => bigint>> = {
  X: ({ pes }, pe, [n]) => pes[pe].x(Number(n)),
  PC: ({ pes }, pe) => pes[pe].pc,
  PSTATE: ({ pes }, pe) => pes[pe].pstate,
  ELR: ({ pes }, pe) => pes[pe].elrClient,
  SPSR: ({ pes }, pe) => pes[pe].spsrClient,
  PEND({ dispatcher }, pe, [number]) {
    const view = dispatcher.events().find((event) => event.number === Number(number) && (event.type === 'shared' || event.pe === pe));
    return view?.pending ? 1n : 0n;
  },
  DEPTH: ({ dispatcher }, pe) => BigInt(dispatcher.pes()[pe].running.length),
  ISACTIVE: ({ interrupts }, pe, [intid]) => (interrupts.isActive(Number(intid), pe) ? 1n : 0n),
};

const stimuli: Readonly<Record<string, (harness: Harness, pe: number, args: readonly bigint[]) => void>> = {
  PLAT({ dispatcher }, pe, [event]) {
    dispatcher.trigger(Number(event), pe);
  },
  IRQ: ({ raise }, pe, [intid, target]) => raise(Number(intid), target === undefined ? pe : Number(target)),
  LINE: ({ setLine }, pe, [intid, level]) => setLine(Number(intid), pe, level !== 0n),
  ACTIVE: ({ interrupts }, pe, [intid, active]) => interrupts.setActive(Number(intid), pe, active !== 0n),
  SETX: ({ pes }, pe, [n, value]) => pes[pe].setX(Number(n), value),
  SETPS(harness, pe, [value]) {
    harness.pes[pe].pstate = pstateOf(harness, value);
  },
  SETPC({ pes }, pe, [value]) {
    pes[pe].pc = value;
  },
  EL({ pes, client }, pe, [level]) {
    pes[pe].exceptionLevel = client === 'EL2' && level > 0n ? 3 - Number(level) : Number(level);
  },
  HCR({ pes }, pe, [value]) {
    pes[pe].hcrEl2 = value;
  },
  SPAN({ pes }, pe, [value]) {
    pes[pe].sctlrClient = value === 0n ? 0n : 1n << 23n;
  },
  OFF: ({ switchOff }, pe) => switchOff(pe),
  ON: ({ switchOn }, pe) => switchOn(pe),
  SUSP: ({ suspendAndWake }, pe) => suspendAndWake(pe),
};
