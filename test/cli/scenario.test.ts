import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endings, runKdumpCpuOff, scenarioProfiles } from '../../debug-adapter/cli/kdump-cpu-off.ts';
import { json, sdeiDebug } from './sdei-debug.ts';

/** PE 1 as the second payload finds it; the same in every profile but where one is named. */
const left: Readonly<Record<string, string | Readonly<Record<string, string>>>> = {
  'resume-park': 'PE 1 on, unmasked, event 0 enabled',
  'resume-cpu-off': 'PE 1 off, unmasked, event 0 enabled',
  'cpu-off': {
    usual: 'PE 1 off, unmasked, event 0 enabled',
    tfa: 'PE 1 off, unmasked, event 0 running, its handler not completed',
  },
  park: 'PE 1 on, unmasked, event 0 running, its handler not completed',
};

for (const [ending, { id, title }] of endings.entries()) {
  for (const profile of scenarioProfiles) {
    test(`${profile}: ${title}`, async () => {
      const row = await runKdumpCpuOff(profile, ending);
      const expected = left[id];
      assert.equal(row.residual.text, typeof expected === 'string' ? expected : (expected[profile] ?? expected.usual));
      assert.equal(row.end, 'system-off');
      const initialisation = ['PRIVATE_RESET', 'PE_UNMASK', 'EVENT_REGISTER', 'EVENT_ENABLE', 'EVENT_SIGNAL'].map((name) => `SDEI_${name}`);
      const on0 = ['SDEI_VERSION', ...initialisation.toSpliced(1, 0, 'SDEI_SHARED_RESET'), 'event 0 arrives'];
      const on1 = id.endsWith('cpu-off') ? [...initialisation, 'event 0 arrives'] : [];
      assert.deepEqual(
        row.calls.filter(({ pe, call }) => pe === 0 && call !== 'CPU_ON').map(({ call }) => call),
        on0,
      );
      assert.deepEqual(
        row.calls.filter(({ pe }) => pe === 1).map(({ call }) => call),
        on1,
      );
      if (profile !== 'tfa' || id !== 'cpu-off') {
        assert.equal(row.firstFailure, undefined);
        return;
      }
      assert.deepEqual([row.firstFailure?.pe, row.firstFailure?.call, row.firstFailure?.result], [1, 'event 0 arrives', '0']);
      assert.match(row.firstFailure?.rule ?? '', /PE1 runs the normal handler of event 0, which a normal event does not preempt/);
    });
  }
}

test('scenario kdump-cpu-off --json has a row for each ending and profile', async () => {
  const { status, document } = await json('scenario', 'kdump-cpu-off');
  assert.deepEqual([status, document.rows.length], [0, 16]);
});

test('scenario kdump-cpu-off in words', async () => {
  const { status, stdout } = await sdeiDebug('scenario', 'kdump-cpu-off', '--profile', 'tfa');
  assert.equal(status, 0);
  assert.match(stdout, /ends by: CPU_OFF without completing\n {2}tfa +left behind: .*\n +second payload: event 0 never arrives on PE 1\./);
});

const wrong: readonly [args: readonly string[], message: RegExp][] = [
  [[], /Which scenario\? There is kdump-cpu-off\./],
  [['kdump-cpu-of'], /Unknown scenario "kdump-cpu-of"\. Did you mean "kdump-cpu-off"\?/],
  [['kdump-cpu-off', '--profile', 'xen'], /Option "--profile" is "xen", expected one of spec, tfa, kvm, qemu/],
];
for (const [args, message] of wrong) {
  test(`scenario ${args.join(' ')}: status 2`, async () => {
    const { status, stderr } = await sdeiDebug('scenario', ...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  });
}
