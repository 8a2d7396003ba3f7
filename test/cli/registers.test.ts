import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest, json, sdeiDebug } from './sdei-debug.ts';

const small = ['--memory', '2M'];

test('registers lists all ten of every PE, by id', async () => {
  const { status, document } = await json('registers', guest('two-pes'), '--cpus', '2', '--at', 'on_event', ...small);
  assert.equal(status, 0);
  assert.equal(document.stopped.pe, 1);
  assert.equal(document.stopped.place, 'on_event');
  assert.deepEqual(
    document.pes.map(({ registers }: { registers: { id: string }[] }) => registers.map(({ id }) => id.slice(-4))),
    Array.from({ length: 2 }, () => ['0004', '0005', '0006', '0007', '0008', '0009', '000A', '000B', '000C', '000D']),
  );
  const value = (pe: number, name: string) =>
    document.pes[pe].registers.find((register: { name: string }) => register.name === `KVM_REG_ARM_SDEI_${name}`).value;
  assert.deepEqual([value(0, 'EVENT_RUNNING'), value(1, 'EVENT_RUNNING')], ['0x0000000000000000', '0x0000000000000001']);
  assert.deepEqual([value(0, 'PE_STATE'), value(1, 'PE_STATE')], ['0x0000000000000001', '0x0000000000000000']);
});

test('a written register is listed with its value', async () => {
  const { status, stdout } = await sdeiDebug(
    ...[
      'registers',
      guest('first-event'),
      ...small,
      '--sdei-profile',
      'kvm',
      '--write',
      '0x6030000000140008=0xff',
      '--write',
      'PE_STATE=0',
    ],
    ...['--write', 'EVENT_HANDLER_2=0102030405060708090a0b0c0d0e0f10'],
  );
  assert.equal(status, 0);
  assert.match(stdout, /0x6030000000140008 {2}KVM_REG_ARM_SDEI_EVENT_REGISTERED {4}0x0000000000000003\n/);
  assert.match(stdout, /EVENT_HANDLER_2 +0{32}\n/);
  assert.match(stdout, /PE_STATE +0x0000000000000000\n/);
});

test('registers lists what is read, and nothing else', async () => {
  const { status, document } = await json(
    ...['registers', guest('first-event'), ...small, '--at', 'on_event'],
    ...['--read', 'EVENT_RUNNING', '--read', '0x603000000014000d'],
  );
  assert.equal(status, 0);
  const [{ registers }] = document.pes;
  assert.deepEqual(
    registers.map(({ name, value }: { name: string; value: string }) => [name, BigInt(value)]),
    [
      ['KVM_REG_ARM_SDEI_EVENT_RUNNING', 1n],
      ['KVM_REG_ARM_SDEI_PE_STATE', 0n],
    ],
  );
});

test('what KVM takes without a look is refused in strict mode', async () => {
  const write = ['registers', guest('first-event'), ...small, '--sdei-profile', 'kvm', '--write', 'EVENT_REGISTERED=0xff'];
  assert.equal((await sdeiDebug(...write)).status, 0);
  const { status, stderr } = await sdeiDebug(...write, '--strict');
  assert.equal(status, 1);
  assert.match(
    stderr,
    /0x6030000000140008 of PE0 cannot be written: EINVAL: KVM_REG_ARM_SDEI_EVENT_REGISTERED 0xff has bits beyond events 0 and 1/,
  );
});

const refused: readonly [args: readonly string[], status: number, message: RegExp][] = [
  [
    ['--write', 'EVENT_HANDLER_1=00000000000000010000000000000001'],
    1,
    /0x6040000000140005 of PE0 cannot be written: EINVAL: .*event 1 does not exist/,
  ],
  [['--write', 'EVENT_CONTEX=0'], 2, /names "EVENT_CONTEX", which is no pseudo firmware register. Did you mean "EVENT_CONTEXT"\?/],
  [['--write', 'PE_STATE'], 2, /Option "--write" is "PE_STATE", expected ID=VALUE/],
  [['--write', 'EVENT_CONTEXT=12'], 2, /"12" is not a value of 256 bytes/],
  [['--inject', '0@on_event'], 2, /"--inject" is not for registers, which raises no events at places/],
  [['--at', 'on_evnt'], 2, /there is no symbol "on_evnt". Did you mean "on_event"\?/],
  [['--at', 'on_event+0x2'], 2, /is not the address of an instruction/],
  [['--at', 'on_event#99999999999999999999'], 2, /Option "--at" is "on_event#9{20}", but N is 9{20}, and counts from 1 to 1000000000\./],
  [['--at', 'main#2'], 2, /it was reached once only: the run ended with system-off/],
  [['--at', 'on_event#9'], 2, /it was reached 2 times only: the run ended with system-off/],
  [['--at-instruction', '99999999'], 2, /but the guest ends after \d+ \(system-off\)/],
  [['--read', 'EVENT_CONTEX'], 2, /Option "--read" names "EVENT_CONTEX", which is no pseudo firmware register/],
  [['--pe', '1'], 2, /Option "--pe" is "1", expected a whole number from 0 to 0/],
];
for (const [args, expected, message] of refused) {
  test(`registers ${args.join(' ')}: status ${expected}`, async () => {
    const { status, stderr } = await sdeiDebug('registers', guest('first-event'), ...small, ...args);
    assert.equal(status, expected);
    assert.match(stderr, message);
  });
}

test('state that has no register is status 1, with the reason', async () => {
  const { status, stdout } = await sdeiDebug('registers', guest('nested-critical'), '--at', 'on_event#2', ...small);
  assert.equal(status, 1);
  assert.match(stdout, /KVM_REG_ARM_SDEI_EVENT_RUNNING +not readable: .*the private critical event 804 is running/);
});
