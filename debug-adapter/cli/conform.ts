/** The conformance run behind `sdei-debug conform`. */

import { type ConformanceCase, conformanceGroups } from '../conformance/catalogue.ts';
import { runCase } from '../conformance/run-case.ts';
import { type Coverage, recordCoverage } from '../conformance/coverage.ts';
import { createMachineHarnesses, isForDispatcherAlone } from '../conformance/machine-harness.ts';
import { type Client, type ProfileName, createHarness } from '../conformance/sdei-harness.ts';

export interface ConformanceOptions {
  readonly profile: ProfileName;
  /** Exception level of the client; absent: EL1. */
  readonly client?: Client;
  /** Case ids or group letters; absent: all. */
  readonly only?: readonly string[];
  /** Part `index` (from 1) of `count` equal parts of the cases; absent: all. */
  readonly shard?: { readonly index: number; readonly count: number };
}

export interface ConformanceReport {
  readonly profile: ProfileName;
  readonly client: Client;
  readonly passed: number;
  readonly failed: number;
  /** Cases that are about other profiles or another client. */
  readonly notApplicable: number;
  readonly groups: readonly {
    readonly id: string;
    readonly title: string;
    readonly passed: number;
    readonly failed: number;
    readonly notApplicable: number;
  }[];
  readonly failures: readonly {
    readonly id: string;
    readonly title: string;
    readonly steps: string;
    /** The step that did not hold. */
    readonly step: string;
    readonly expected: string;
    readonly actual: string;
    readonly sources: string;
  }[];
  /** Every case that was run, in order. */
  readonly cases: readonly {
    readonly id: string;
    readonly title: string;
    readonly result: 'passed' | 'failed' | 'not-applicable';
    readonly sources: string;
    readonly failure?: ConformanceReport['failures'][number];
  }[];
  /** Cases that instructions of the machine run (calls are HVC at EL1, SMC at EL2), and those that only a dispatcher without one can show. */
  readonly inMachine: number;
  readonly atDispatcher: number;
  /** Calls in states with classes of arguments, made by the cases that were run. */
  readonly coverage: Coverage;
}

/** @throws RangeError if `only` or `shard` select nothing that exists, with a message for the user */
export function runConformance({ profile, client = 'EL1', only, shard }: ConformanceOptions): ConformanceReport {
  const selected = selectCases(only, shard);
  const coverage = recordCoverage(profile);
  const inMachine = createMachineHarnesses();
  const counted = { machine: 0, dispatcher: 0 };
  const failures: ConformanceReport['failures'][number][] = [];
  const all: ConformanceReport['cases'][number][] = [];
  const groups = conformanceGroups.flatMap(({ id, title, cases }) => {
    const counts = { passed: 0, failed: 0, notApplicable: 0 };
    const chosen = cases.filter((testCase) => selected.has(testCase));
    for (const testCase of chosen) {
      const [caseId, caseTitle, steps, sources] = testCase;
      const isAlone = isForDispatcherAlone(steps);
      const result = runCase(testCase, { profile, client, coverage, createHarness: isAlone ? createHarness : inMachine });
      if (result.kind !== 'not-applicable') counted[isAlone ? 'dispatcher' : 'machine']++;
      const failure =
        result.kind === 'failed'
          ? { id: caseId, title: caseTitle, steps, step: result.step, expected: result.expected, actual: result.actual, sources }
          : undefined;
      if (failure !== undefined) failures.push(failure);
      all.push({ id: caseId, title: caseTitle, result: result.kind, sources, ...(failure === undefined ? {} : { failure }) });
      counts[result.kind === 'not-applicable' ? 'notApplicable' : result.kind]++;
    }
    return chosen.length > 0 ? [{ id, title, ...counts }] : [];
  });
  const sum = (count: 'passed' | 'failed' | 'notApplicable'): number => groups.reduce((total, group) => total + group[count], 0);
  return {
    profile,
    client,
    passed: sum('passed'),
    failed: sum('failed'),
    notApplicable: sum('notApplicable'),
    groups,
    failures,
    cases: all,
    inMachine: counted.machine,
    atDispatcher: counted.dispatcher,
    coverage: coverage.result(),
  };
}

function selectCases(only: ConformanceOptions['only'], shard: ConformanceOptions['shard']): ReadonlySet<ConformanceCase> {
  const all = conformanceGroups.flatMap(({ cases }) => cases);
  for (const id of only ?? []) {
    if (all.some(([caseId]) => isNamed(caseId, id))) continue;
    const letters = conformanceGroups.map((group) => group.id).join(', ');
    throw new RangeError(
      `There is no conformance case or group "${id}". Groups are ${letters}; a case is a group and two digits, like ${all[0][0]}.`,
    );
  }
  const named = only ? all.filter(([caseId]) => only.some((id) => isNamed(caseId, id))) : all;
  if (!shard) return new Set(named);
  const { index, count } = shard;
  if (!(Number.isInteger(index) && Number.isInteger(count) && count >= 1 && index >= 1 && index <= count)) {
    throw new RangeError(
      `There is no shard ${index}/${count}. Use 1/${Math.max(count, 1)} to ${Math.max(count, 1)}/${Math.max(count, 1)}.`,
    );
  }
  return new Set(named.filter((_, n) => n % count === index - 1));
}

/** `B` names the group, `B02` the case. */
function isNamed(caseId: string, name: string): boolean {
  return caseId === name.toUpperCase() || (name.length === 1 && caseId.startsWith(name.toUpperCase()));
}

/** The report as people read it. */
export function textFromReport(report: ConformanceReport): string {
  const { profile, client, passed, failed, notApplicable, groups, failures, inMachine, atDispatcher, coverage } = report;
  const width = Math.max(...groups.map(({ title }) => title.length));
  const lines = groups.map(
    (group) =>
      `  ${group.id}  ${group.title.padEnd(width)}  ${group.passed} passed, ${group.failed} failed${group.notApplicable ? `, ${group.notApplicable} of others` : ''}`,
  );
  const problems = failures.flatMap(({ id, title, steps, step, expected, actual }) => [
    `  ${id} ${title}: ${step} gave ${actual}, expected ${expected}`,
    `      ${steps}`,
  ]);
  return [
    `SDEI conformance, profile ${profile}, client at ${client}: ${passed} passed, ${failed} failed${notApplicable ? `, ${notApplicable} of others` : ''}`,
    ...lines,
    ...problems,
    `${inMachine} in the machine, by ${client === 'EL1' ? 'HVC' : 'SMC'} at ${client}; ${atDispatcher} at the dispatcher alone`,
    `Calls × states × classes of arguments: ${coverage.covered} of ${coverage.total}`,
    ...coverage.calls.flatMap(({ call, covered, total, missing }) => [
      `  ${call.padEnd(30)} ${covered} of ${total}${missing.length === 0 ? '' : `; not: ${some(missing)}`}`,
    ]),
  ].join('\n');
}

/** The first few, and how many more. */
function some(texts: readonly string[]): string {
  const few = texts.slice(0, 4).map((text) => `"${text}"`);
  return `${few.join(' ')}${texts.length > few.length ? ` and ${texts.length - few.length} more` : ''}`;
}
