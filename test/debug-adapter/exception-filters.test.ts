import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExceptionBreakpoints, exceptionFilters } from '../../debug-adapter/breakpoints/exception-filters.ts';
import type { MachineStop } from '../../debug-adapter/target/stop-reason.ts';

const stops: Readonly<Record<string, MachineStop>> = {
  dispatch0: { kind: 'sdei-dispatch', pe: 0, event: 0, priority: 'normal', interruptedPc: 0n, interruptedEl: 1 },
  dispatch804: { kind: 'sdei-dispatch', pe: 1, event: 804, priority: 'critical', interruptedPc: 0n, interruptedEl: 1 },
  completed804: { kind: 'sdei-completion', pe: 1, event: 804, how: 'resume', pc: 0n },
  denied: {
    kind: 'sdei-call-failed',
    pe: 0,
    pc: 0n,
    call: 'SDEI_EVENT_ENABLE',
    arguments: [0n],
    status: 'DENIED',
    result: 0xffff_ffff_ffff_fffdn,
  },
  hvc: { kind: 'conduit-call', pe: 0, pc: 0n, conduit: 'hvc', immediate: 0, x0: 0xc400_0020n, call: 'SDEI_VERSION' },
  timerRose: { kind: 'device-irq-level', pe: 1, pc: 0n, level: 1, before: 0 },
  clobbered: { kind: 'clobbered-call', pe: 0, pc: 0n, conduit: 'smc', x0: 2n, changed: [] },
  lockup: { kind: 'lockup', pe: 0, pc: 0n, vector: 0n, esr: 0n, message: '' },
};

const rows: readonly [string, string | undefined, readonly string[]][] = [
  ['sdei.dispatch', undefined, ['dispatch0', 'dispatch804', 'lockup']],
  ['sdei.dispatch', '804', ['dispatch804', 'lockup']],
  ['sdei.dispatch', '0x324, 0', ['dispatch0', 'dispatch804', 'lockup']],
  ['sdei.dispatch', 'event == 0', ['dispatch0', 'lockup']],
  ['sdei.dispatch', 'pe == 1', ['dispatch804', 'lockup']],
  ['sdei.dispatch', 'priority == critical || event == 0', ['dispatch0', 'dispatch804', 'lockup']],
  ['sdei.dispatch', 'event == 804 and pe == 1', ['dispatch804', 'lockup']],
  ['sdei.dispatch', 'event > 0 && pe == 0', ['lockup']],
  ['sdei.dispatch', 'not (priority = critical) and el >= 1', ['dispatch0', 'lockup']],
  ['sdei.error', 'call ~ enable and ret < 0', ['denied', 'lockup']],
  ['sdei.completion', undefined, ['completed804', 'lockup']],
  ['sdei.completion', 'how == complete', ['lockup']],
  ['sdei.error', 'DENIED', ['denied', 'lockup']],
  ['sdei.error', 'ret == -3', ['denied', 'lockup']],
  ['sdei.error', 'SDEI_EVENT_DISABLE', ['lockup']],
  ['conduit', '0xC4000020', ['hvc', 'lockup']],
  ['conduit', 'conduit == smc', ['lockup']],
  ['conduit', 'SDEI_VERSION', ['hvc', 'lockup']],
  ['conduit', 'call == HVC_SET_VECTORS', ['lockup']],
  ['call.clobbered', undefined, ['clobbered', 'lockup']],
  ['call.clobbered', '2', ['clobbered', 'lockup']],
  ['call.clobbered', 'conduit == hvc', ['lockup']],
  ['kvm.deviceIrqLevel', undefined, ['timerRose', 'lockup']],
  ['kvm.deviceIrqLevel', '0x1', ['timerRose', 'lockup']],
  ['kvm.deviceIrqLevel', 'pe == 0', ['lockup']],
];

for (const [filter, condition, expected] of rows) {
  test(`${filter} if ${condition ?? 'always'}`, () => {
    const breakpoints = createExceptionBreakpoints();
    const answers = breakpoints.set({ filters: [], filterOptions: [{ filterId: filter, condition }] });
    assert.deepEqual(answers, [{ verified: true }]);
    assert.deepEqual(
      Object.keys(stops).filter((name) => breakpoints.wants(stops[name])),
      expected,
    );
  });
}

test('a condition nobody understands is told, and stops nothing', () => {
  const breakpoints = createExceptionBreakpoints();
  for (const condition of ['event >', 'colour == 3', 'ev ent', 'event == 1 &&', '(event == 1', 'status == DENIED', '== 3']) {
    const [answer] = breakpoints.set({ filters: [], filterOptions: [{ filterId: 'sdei.dispatch', condition }] });
    assert.equal(answer.verified, false);
    assert.match(answer.message ?? '', /is not understood/);
    assert.equal(breakpoints.wants(stops.dispatch0), false);
  }
});

test('an unknown filter is not set, with a message that names the known ones', () => {
  const known = exceptionFilters.map(({ filter }) => `"${filter}"`).join(', ');
  assert.deepEqual(createExceptionBreakpoints().set({ filters: ['all'] }), [
    { verified: false, message: `Unknown exception filter "all". Known are ${known}.` },
  ]);
});
