import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type TraceEntry, type UserIrqRule, checkUserIrqTrace } from '../../debug-adapter/cli/user-irq-check.ts';
import { guest, json, sdeiDebug } from './sdei-debug.ts';

test('the exits of the watchdog: its timer rises and is armed anew, four times', async () => {
  const { status, document } = await json('user-irq', guest('watchdog'), '--memory', '2M');
  assert.equal(status, 0);
  assert.deepEqual(
    document.exits.map(({ deviceIrqLevel }: { deviceIrqLevel: number }) => deviceIrqLevel),
    [2, 0, 2, 0, 2, 0, 2, 0],
  );
  assert.deepEqual([document.findings, document.ended], [[], 'system-off']);
});

const timer = 'KVM_ARM_DEV_EL1_VTIMER';
const vcpu = 0;
const rises: TraceEntry = { vcpu, event: 'level', device: timer, level: 1 };
const falls: TraceEntry = { vcpu, event: 'level', device: timer, level: 0 };
const edge: TraceEntry = { vcpu, event: 'edge', device: 'KVM_ARM_DEV_PMU' };
const exit = (deviceIrqLevel: number): TraceEntry => ({ vcpu, event: 'exit', deviceIrqLevel });
const line = (intid: number, level: 0 | 1): TraceEntry => ({ vcpu, event: 'line', intid, level });
const enter: TraceEntry = { vcpu, event: 'enter' };

/** Loops by what is wrong with them, and the rules that say so. */
const loops: readonly (readonly [title: string, trace: readonly TraceEntry[], rules: readonly UserIrqRule[]])[] = [
  ['nothing happens', [enter, exit(0), enter], []],
  ['a level rises and falls', [enter, rises, exit(1), line(27, 1), enter, falls, exit(0), line(27, 0), enter], []],
  ['a level rises and falls within one stay outside', [exit(0), rises, falls, enter], []],
  ['an edge', [enter, edge, exit(4), line(23, 1), enter, exit(0), enter], []],
  ['two edges', [edge, exit(4), line(23, 1), enter, edge, exit(4), line(23, 1), enter], []],
  ['the kernel runs the guest on without an exit', [enter, rises, enter], ['exit-before-run']],
  ['the kernel forgets that a level fell', [rises, exit(1), line(27, 1), enter, falls, enter], ['exit-before-run']],
  ['the field is stale', [rises, exit(0), enter], ['level-in-every-exit', 'exit-before-run']],
  ['the field tells too much', [exit(1), line(27, 1), enter], ['level-in-every-exit', 'exit-before-run']],
  ['user space looks at KVM_EXIT_INTR only, and this exit was another', [rises, exit(1), enter], ['forwarded']],
  ['user space never lowers the line', [rises, exit(1), line(27, 1), enter, falls, exit(0), enter], ['forwarded']],
  ['user space raises another line', [rises, exit(1), line(30, 1), enter], ['forwarded', 'forwarded']],
  ['an edge is told twice', [edge, exit(4), line(23, 1), enter, exit(4), line(23, 1), enter], ['edge-once']],
  ['an edge is lost', [edge, exit(0), enter], ['edge-once']],
  ['an edge is not told before the guest runs on', [edge, enter], ['exit-before-run']],
  ['an edge is told, and user space does nothing', [edge, exit(4), enter], ['forwarded']],
  ['each vCPU for itself', [rises, exit(1), line(27, 1), enter, { ...enter, vcpu: 1 }, { ...exit(1), vcpu: 1 }], ['level-in-every-exit']],
];
for (const [title, trace, rules] of loops) {
  test(`a KVM_RUN loop: ${title}`, () => {
    assert.deepEqual(
      checkUserIrqTrace(trace).map(({ rule }) => rule),
      rules,
    );
  });
}

const files: readonly (readonly [text: string, status: number, says: RegExp])[] = [
  [JSON.stringify([enter, exit(0)]), 0, /^2 entries: every rule holds\n$/],
  [
    JSON.stringify([enter, rises, enter]),
    1,
    /^3 entries: 1 broken\n {2}entry 2: vCPU 0 runs on although KVM_ARM_DEV_EL1_VTIMER changed and no exit told it: after a changed level there is an exit before the guest runs on\n$/,
  ],
  ['{', 2, /is no trace: it is no JSON/],
  ['{}', 2, /is no trace: it is no list of entries/],
  ['[{"event":"enter"}]', 2, /entry 0 \(\{"event":"enter"\}\): "vcpu" is the number of a vCPU/],
  ['[{"vcpu":0,"event":"level","device":"timer","level":1}]', 2, /"device" is one of KVM_ARM_DEV_EL1_VTIMER, /],
  ['[{"vcpu":0,"event":"level","device":"KVM_ARM_DEV_PMU","level":2}]', 2, /"level" is 0 or 1/],
  ['[{"vcpu":0,"event":"exit"}]', 2, /"deviceIrqLevel" is the number in kvm_run/],
  ['[{"vcpu":0,"event":"line","level":1}]', 2, /"intid" is the number of an interrupt/],
  ['[{"vcpu":0,"event":"leave"}]', 2, /"event" is level, edge, exit, line or enter/],
];
for (const [text, expected, says] of files) {
  test(`user-irq --check of ${text}: status ${expected}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'user-irq-'));
    try {
      writeFileSync(join(folder, 'trace.json'), text);
      const { status, stdout, stderr } = await sdeiDebug('user-irq', '--check', join(folder, 'trace.json'));
      assert.equal(status, expected);
      assert.match(stdout + stderr, says);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('run tells a call that changed registers of its caller', async () => {
  const { status, stderr } = await sdeiDebug('run', guest('clobbering-call'), '--memory', '2M');
  assert.equal(status, 0);
  assert.match(stderr, /^sdei-debug: The call by HVC #0 at main\S* \(clobbering-call.S:17\) .* X19 = 0xbad instead of 0x19/);
});

test('registers tells device_irq_level where the interrupt controller is user space’s', async () => {
  const place = ['registers', guest('watchdog'), '--memory', '2M', '--at', 'on_event'];
  const { document } = await json(...place, '--irqchip', 'user');
  assert.equal(document.pes[0].deviceIrqLevel, '0x2');
  assert.equal((await json(...place)).document.pes[0].deviceIrqLevel, undefined);
  assert.match((await sdeiDebug(...place, '--irqchip', 'user')).stdout, /\n {2}device_irq_level {4}0x2 \(KVM_ARM_DEV_EL1_PTIMER\)\n/);
});
