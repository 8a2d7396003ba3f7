import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runConformance, textFromReport } from '../../debug-adapter/cli/conform.ts';
import { conformanceGroups } from '../../debug-adapter/conformance/catalogue.ts';
import { runCase } from '../../debug-adapter/conformance/run-case.ts';

for (const profile of ['spec', 'tfa', 'kvm', 'qemu'] as const) {
  for (const client of ['EL1', 'EL2'] as const) {
    test(`every conformance case holds in profile ${profile} with a client at ${client}`, (t) => {
      const report = runConformance({ profile, client });
      t.diagnostic(textFromReport(report));
      assert.deepEqual(report.failures, []);
    });
  }
  test(`in profile ${profile} every call is made in every state with every class of arguments`, () => {
    const { coverage } = runConformance({ profile });
    assert.deepEqual(
      coverage.calls.flatMap(({ call, missing }) => missing.map((cell) => `${call}: ${cell}`)),
      [],
    );
    assert.ok(coverage.total > 200);
    assert.equal(coverage.covered, coverage.total);
  });
}

test('the dispatcher alone passes the cases that its machine passes', () => {
  for (const profile of ['spec', 'tfa', 'kvm', 'qemu'] as const) {
    for (const testCase of conformanceGroups.flatMap(({ cases }) => cases)) {
      const result = runCase(testCase, { profile });
      assert.notEqual(result.kind, 'failed', `${testCase[0]}: ${JSON.stringify(result)}`);
    }
  }
});

test('what no case has done is named', () => {
  const { coverage } = runConformance({ profile: 'spec', only: ['B01'] });
  assert.ok(coverage.covered > 0 && coverage.covered < 10);
  assert.ok(coverage.calls.find(({ call }) => call === 'SDEI_EVENT_ENABLE')?.missing.includes('event 0, enabled'));
  assert.ok(!coverage.calls.find(({ call }) => call === 'SDEI_EVENT_REGISTER')?.missing.includes('event 0, unregistered'));
  assert.match(textFromReport(runConformance({ profile: 'spec', only: ['B01'] })), /SDEI_VERSION +0 of 4; not: "no handler"/);
});

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
  ['a wrong register of a PE', 'machine; x0=2; hvc; x0==1', { step: 'x0==1', expected: 'x0 = 0x1', actual: '0x0' }],
  [
    'a register that a call changed',
    'machine; x0=0 x1=0x800; hvc; unchanged',
    { step: 'unchanged', expected: 'nothing but X0 changed', actual: 'VBAR_EL2 changed' },
  ],
  ['a level', 'machine irqchip=user; CNTV_CTL_EL0=1; run 1; exits==2', { step: 'exits==2', expected: 'exits = 0x2', actual: '0x1' }],
  ['a wrong register', '@run0; X(1)=0x51', { step: 'X(1)=0x51', expected: '0x51', actual: '0x1234' }],
] as const;
for (const [what, steps, failure] of wrongSteps) {
  test(`a case fails on ${what}`, () => {
    assert.deepEqual(runCase(['', '', steps, ''], { profile: 'spec' }), { kind: 'failed', ...failure });
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
