import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runConformance, textFromReport } from '../../debug-adapter/cli/conform.ts';
import { conformanceGroups } from '../../debug-adapter/conformance/catalogue.ts';
import { runCase } from '../../debug-adapter/conformance/run-case.ts';

for (const profile of ['spec', 'tfa', 'kvm', 'qemu'] as const) {
  test(`every conformance case holds in profile ${profile}`, (t) => {
    const report = runConformance({ profile });
    t.diagnostic(textFromReport(report));
    assert.deepEqual(report.failures, []);
  });
}

test('the ids of cases are their group and a number, without gap or repetition', () => {
  for (const { id, cases } of conformanceGroups) {
    assert.deepEqual(
      cases.map(([caseId]) => caseId),
      cases.map((_, n) => `${id}${String(n + 1).padStart(2, '0')}`),
    );
  }
});

test('shards split the cases, and together are all of them', () => {
  const whole = runConformance({ profile: 'spec' });
  const parts = [1, 2, 3].map((index) => runConformance({ profile: 'spec', shard: { index, count: 3 } }));
  assert.equal(
    parts.reduce((sum, { passed }) => sum + passed, 0),
    whole.passed,
  );
  assert.ok(parts.every(({ passed }) => passed > 0 && passed < whole.passed));
});

const wrongSteps = [
  ['a wrong result', 'REG(0)=-3', { step: 'REG(0)=-3', expected: '-3', actual: '0' }],
  ['a call that returns', 'COMP(0)=ND', { step: 'COMP(0)=ND', expected: 'no return', actual: '-3' }],
  ['a call that does not return', '@run0; COMP(0)=0', { step: 'COMP(0)=0', expected: '0', actual: 'no-return' }],
  ['a refused binding', 'a:=BIND(8)', { step: 'a:=BIND(8)', expected: 'a result that is not negative', actual: '-2' }],
  ['a wrong register', '@run0; X(1)=0x51', { step: 'X(1)=0x51', expected: '0x51', actual: '0x1234' }],
] as const;
for (const [what, steps, failure] of wrongSteps) {
  test(`a case fails on ${what}`, () => {
    assert.deepEqual(runCase(['', '', steps, ''], 'spec'), { kind: 'failed', ...failure });
  });
}

const badSelections = [
  [{ only: ['Z'] }, /no conformance case or group "Z"/],
  [{ only: ['B99'] }, /no conformance case or group "B99"/],
  [{ shard: { index: 3, count: 2 } }, /no shard 3\/2/],
] as const;
for (const [options, message] of badSelections) {
  test(`the selection ${JSON.stringify(options)} is refused`, () => {
    assert.throws(() => runConformance({ profile: 'spec', ...options }), message);
  });
}
