import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest, json, sdeiDebug } from './sdei-debug.ts';

const small = ['--memory', '2M'];
const migrate = (name: string, ...args: string[]) => json('migrate', guest(name), '--verify-trace', ...small, ...args);

for (const from of ['spec', 'tfa', 'kvm', 'qemu']) {
  for (const to of ['spec', 'tfa', 'kvm', 'qemu']) {
    test(`from ${from} to ${to} inside a handler: the same events to the end`, async () => {
      const { status, document } = await migrate('first-event', '--at', 'on_event+0x10', '--from', from, '--to', to);
      assert.deepEqual([status, document.ok, document.missing, document.unexpected, document.differing], [0, true, [], [], []]);
      assert.equal(document.events.length, 3);
      assert.match(document.events[0], /^\+\d+ PE0 event 0 ended by COMPLETE to 0x401000/);
    });
  }
}

test('a handler on the second PE moves too', async () => {
  const { status, document } = await migrate('two-pes', '--cpus', '2', '--at', 'on_event', '--to', 'kvm');
  assert.deepEqual([status, document.events.length, document.registers.length], [0, 1, 20]);
});

test('anywhere in the run, the second one is the straight one', async () => {
  for (let at = 50; at < 5000; at += 383) {
    const { status, document } = await migrate('first-event', '--at-instruction', String(at), '--to', 'tfa');
    assert.equal(status, 0, `after ${at} instructions: ${JSON.stringify(document)}`);
  }
});

test('without EVENT_CONTEXT a handler cannot come back', async () => {
  for (const id of ['0x608000000014000C', 'EVENT_CONTEXT', 'KVM_REG_ARM_SDEI_EVENT_CONTEXT']) {
    const { status, stdout } = await sdeiDebug(
      ...['migrate', guest('first-event'), '--at', 'on_event+0x10', '--to', 'kvm', '--verify-trace', '--drop', id, ...small],
    );
    assert.equal(status, 1);
    assert.match(stdout, /Missing register in input stream: PE0 0x608000000014000C KVM_REG_ARM_SDEI_EVENT_CONTEXT\./);
    assert.match(stdout, /destination {2}\+\d+ PE0 event 0 ended by COMPLETE to 0x0\n/);
  }
});

test('each register that was dropped is missed, and no other', async () => {
  for (const end of ['HANDLER_0', 'REGISTERED', 'ENABLED', 'RUNNING', 'PENDING', 'PE_STATE']) {
    const { status, document } = await json('migrate', guest('first-event'), '--at', 'on_event', '--to', 'spec', '--drop', end, ...small);
    assert.equal(status, 1);
    assert.equal(document.missing.length, 1);
    assert.match(document.missing[0], new RegExp(`${end}\\.$`));
  }
});

const refused: readonly [title: string, args: readonly string[], message: RegExp][] = [
  [
    'a critical handler',
    ['nested-critical', '--at', 'on_event#2'],
    /EVENT_RUNNING has bits .* and the private critical event 804 is running/,
  ],
  ['a handler of another event', ['nested-critical', '--at', 'on_event'], /EVENT_CONTEXT has no place for the normal handler of event 806/],
];
for (const [title, [name, ...args], message] of refused) {
  test(`${title} has no place in the registers`, async () => {
    const { status, document } = await migrate(name, '--to', 'kvm', ...args);
    assert.deepEqual([status, document.ok, document.registers], [1, false, []]);
    assert.match(document.refused.join('\n'), message);
  });
}

test("what the destination's profile does differently is the first difference", async () => {
  const { status, document } = await migrate('first-event', '--at', 'main', '--to', 'kvm');
  assert.equal(status, 1);
  assert.deepEqual(document.difference, { what: 'console', source: 'SDEI 1.0', destination: 'SDEI 1.1' });
});

const wrong: readonly [args: readonly string[], message: RegExp][] = [
  [['--to', 'kvm'], /Where to migrate\? Give --at/],
  [['--at', 'main'], /Option "--to" is missing, expected one of spec, tfa, kvm, qemu/],
  [['--at', 'main', '--to', 'xen'], /Option "--to" is "xen"/],
  [['--at', 'main', '--to', 'kvm', '--drop', 'CONTEX'], /Option "--drop" names "CONTEX"/],
];
for (const [args, message] of wrong) {
  test(`migrate ${args.join(' ')}: status 2`, async () => {
    const { status, stderr } = await sdeiDebug('migrate', guest('first-event'), ...args, ...small);
    assert.equal(status, 2);
    assert.match(stderr, message);
  });
}
