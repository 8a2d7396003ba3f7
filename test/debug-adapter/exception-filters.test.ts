import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExceptionBreakpoints, either, exceptionFilters } from '../../debug-adapter/breakpoints/exception-filters.ts';
import type { MachineStop } from '../../debug-adapter/target/stop-reason.ts';

const stops: Readonly<Record<string, MachineStop>> = {
  dispatch0: { kind: 'sdei-dispatch', pe: 0, event: 0, priority: 'normal', interruptedPc: 0n, interruptedEl: 1, depth: 1 },
  dispatch804: { kind: 'sdei-dispatch', pe: 1, event: 804, priority: 'critical', interruptedPc: 0n, interruptedEl: 1, depth: 2 },
  completed804: { kind: 'sdei-completion', pe: 1, event: 804, priority: 'critical', how: 'resume', pc: 0n, el: 1, depth: 2 },
  denied: {
    kind: 'sdei-call-failed',
    pe: 0,
    pc: 0n,
    el: 1,
    functionId: 0xc400_0022,
    call: 'SDEI_EVENT_ENABLE',
    event: 0,
    arguments: [0n],
    status: 'DENIED',
    result: 0xffff_ffff_ffff_fffdn,
  },
  hvc: { kind: 'conduit-call', pe: 0, pc: 0n, el: 1, conduit: 'hvc', immediate: 0, x0: 0xc400_0020n, call: 'SDEI_VERSION' },
  timerRose: { kind: 'device-irq-level', pe: 1, pc: 0n, level: 1, before: 0 },
  clobbered: { kind: 'clobbered-call', pe: 0, pc: 0n, el: 1, conduit: 'smc', x0: 2n, changed: [{ name: 'x19', before: 0n, after: 1n }] },
  pended804: { kind: 'sdei-pended', pe: 1, pc: 0n, el: 0, event: 804, priority: 'critical', reason: 'masked', text: 'PE1 is masked' },
  clobbered0: {
    kind: 'sdei-clobbered',
    pe: 0,
    pc: 0n,
    el: 1,
    event: 0,
    how: 'complete',
    changed: [
      { name: 'x20', before: 0n, after: 1n },
      { name: 'SP_EL0', before: 0n, after: 16n },
    ],
  },
  abort804: {
    kind: 'handler-exception',
    pe: 1,
    pc: 0n,
    event: 804,
    depth: 2,
    from: 1,
    to: 1,
    type: 'synchronous',
    class: 'dataAbort',
    esr: 0x9600_0007n | (1n << 26n),
    far: 0x10n,
    description: 'data abort',
  },
  irq0: { kind: 'handler-exception', pe: 0, pc: 0n, event: 0, depth: 1, from: 0, to: 1, type: 'irq', class: 'irq' },
  toEl1: { kind: 'exception-level', pe: 0, pc: 0n, from: 0, to: 1, how: 'svc', description: 'SVC #0x0' },
  toEl0: { kind: 'exception-level', pe: 1, pc: 0n, from: 1, to: 0, how: 'eret' },
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
  ['call.clobbered', 'x19', ['clobbered', 'lockup']],
  ['call.clobbered', 'register != x19', ['lockup']],
  ['sdei.dispatch', 'depth > 1', ['dispatch804', 'lockup']],
  ['sdei.dispatch', 'prio == normal', ['dispatch0', 'lockup']],
  ['sdei.completion', 'fid == 0xC4000026', ['completed804', 'lockup']],
  ['sdei.completion', 'SDEI_EVENT_COMPLETE', ['lockup']],
  ['sdei.completion', 'SDEI_EVENT_COMPLETE_AND_RESUME', ['completed804', 'lockup']],
  ['sdei.completion', 'el == 1 and depth == 2 and prio == critical', ['completed804', 'lockup']],
  ['sdei.error', 'event == 0 and fid == 0xC4000022 and el == 1', ['denied', 'lockup']],
  ['sdei.error', 'event == 804', ['lockup']],
  ['conduit', 'el == 2', ['lockup']],
  ['sdei.pended', undefined, ['pended804', 'lockup']],
  ['sdei.pended', '804', ['pended804', 'lockup']],
  ['sdei.pended', 'masked', ['pended804', 'lockup']],
  ['sdei.pended', 'reason == criticalRuns', ['lockup']],
  ['sdei.pended', 'el == 0 and pe == 1', ['pended804', 'lockup']],
  ['sdei.clobbered', undefined, ['clobbered0', 'lockup']],
  ['sdei.clobbered', 'sp_el0', ['clobbered0', 'lockup']],
  ['sdei.clobbered', 'register == x20 and event == 0', ['clobbered0', 'lockup']],
  ['sdei.clobbered', 'x19, 804', ['lockup']],
  ['sdei.clobbered', 'register != x20', ['lockup']],
  ['sdei.clobbered', 'register != x19', ['clobbered0', 'lockup']],
  ['sdei.clobbered', 'register ~ SP', ['clobbered0', 'lockup']],
  ['sdei.exception', undefined, ['abort804', 'irq0', 'lockup']],
  ['sdei.exception', 'dataAbort', ['abort804', 'lockup']],
  ['sdei.exception', 'ec == 0x25 and far < 0x1000', ['abort804', 'lockup']],
  ['sdei.exception', 'irq', ['irq0', 'lockup']],
  ['sdei.exception', 'type != synchronous', ['irq0', 'lockup']],
  ['sdei.exception', 'el == 0 and to == 1 and event == 0', ['irq0', 'lockup']],
  ['exceptionLevel', undefined, ['toEl1', 'toEl0', 'lockup']],
  ['exceptionLevel', '0', ['toEl0', 'lockup']],
  ['exceptionLevel', 'svc', ['toEl1', 'lockup']],
  ['exceptionLevel', 'from == 1 and how == eret and pe == 1', ['toEl0', 'lockup']],
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

test('what either of two clients wants is asked of the machine, and the most of it', () => {
  const [nothing, calls, dispatches] = [createExceptionBreakpoints(), createExceptionBreakpoints(), createExceptionBreakpoints()];
  calls.set({ filters: ['call.clobbered'] });
  dispatches.set({ filters: ['sdei.dispatch'] });
  for (const [one, other] of [
    [nothing, calls],
    [calls, nothing],
    [calls, calls],
  ])
    assert.equal(either(one, other).conditions.clobberedCall, 'always');
  const both = either(dispatches, calls).conditions;
  assert.deepEqual([both.clobberedCall, both.sdeiDispatch, both.sdeiCompletion], ['always', true, false]);
  assert.equal(either(nothing, dispatches).conditions.clobberedCall, 'sampled');
});
