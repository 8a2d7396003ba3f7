import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Harness, type ProfileName, createHarness } from '../../debug-adapter/conformance/sdei-harness.ts';
import { type KvmError, getKvmRegister, kvmRegisters, setKvmRegister } from '../../emulator/sdei/kvm-registers.ts';
import { dispatcherWith } from './support.ts';

const HANDLER_0 = 0x6040_0000_0014_0004n;
const HANDLER_1 = 0x6040_0000_0014_0005n;
const HANDLER_2 = 0x6040_0000_0014_0006n;
const HANDLER_3 = 0x6040_0000_0014_0007n;
const REGISTERED = 0x6030_0000_0014_0008n;
const ENABLED = 0x6030_0000_0014_0009n;
const RUNNING = 0x6030_0000_0014_000an;
const PENDING = 0x6030_0000_0014_000bn;
const CONTEXT = 0x6080_0000_0014_000cn;
const PE_STATE = 0x6030_0000_0014_000dn;
const STD_BMAP = 0x6030_0000_0016_0000n;

const call = (number: number): bigint => BigInt(0xc400_0020 + number);
const register = (harness: Harness, event = 0n, entryPoint = 0x4010_0000n): void =>
  void harness.call(0, call(1), [event, entryPoint, 0x1234n, 0n, 0n]);
const enable = (harness: Harness, event = 0n): void => void harness.call(0, call(2), [event]);
const unmask = (harness: Harness): void => void harness.call(0, call(12), []);
const complete = (harness: Harness): void => void harness.call(0, call(5), [0n]);

function enterHandler(harness: Harness): void {
  register(harness);
  enable(harness);
  unmask(harness);
  for (let n = 0; n < 31; n++) harness.pes[0].setX(n, BigInt(0x5000 + n));
  harness.dispatcher.trigger(0, 0);
  harness.dispatcher.deliverPending();
}

function word(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

function get(harness: Harness, id: bigint): Uint8Array {
  const value = getKvmRegister(harness.dispatcher, 0, id);
  assert.ok(value instanceof Uint8Array, 'errno' in value ? value.message : '');
  return value;
}

const getWord = (harness: Harness, id: bigint): bigint => {
  const bytes = get(harness, id);
  return new DataView(bytes.buffer).getBigUint64(0, true);
};

function set(harness: Harness, id: bigint, value: bigint | Uint8Array, strict?: boolean): KvmError['errno'] | 0 {
  const problem = setKvmRegister(harness.dispatcher, 0, id, typeof value === 'bigint' ? word(value) : value, strict);
  harness.dispatcher.deliverPending();
  return problem?.errno ?? 0;
}

const registers = (harness: Harness, pe = 0) => ({
  x: Array.from({ length: 31 }, (_, n) => harness.pes[pe].x(n)),
  pc: harness.pes[pe].pc,
  pstate: harness.pes[pe].pstate,
});
const depth = (harness: Harness): number => harness.dispatcher.pes()[0].running.length;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Title; what happens; profile, absent: kvm. */
const cases: readonly [string, (harness: Harness) => void, ProfileName?][] = [
  ['a new vCPU is masked', (h) => assert.equal(getWord(h, PE_STATE), 1n)],
  [
    'a handler is its entry point and its argument',
    (h) => {
      register(h);
      assert.equal(hex(get(h, HANDLER_0)), '00001040000000003412000000000000');
    },
  ],
  [
    'handlers 2 and 3 read as zero and ignore writes',
    (h) => {
      for (const id of [HANDLER_2, HANDLER_3]) {
        assert.equal(set(h, id, new Uint8Array(16).fill(0xff)), 0);
        assert.deepEqual(get(h, id), new Uint8Array(16));
      }
    },
  ],
  [
    'registered and enabled are bitmaps of events',
    (h) => {
      register(h);
      register(h, 1n);
      enable(h, 1n);
      assert.deepEqual([getWord(h, REGISTERED), getWord(h, ENABLED)], [3n, 2n]);
    },
  ],
  [
    'unknown bits are dropped without an error',
    (h) => {
      assert.equal(set(h, REGISTERED, 0xffn), 0);
      assert.equal(getWord(h, REGISTERED), 3n);
    },
  ],
  ['strict: unknown bits are refused', (h) => assert.equal(set(h, REGISTERED, 0xffn, true), 'EINVAL')],
  [
    'a pending event of a masked vCPU waits',
    (h) => {
      register(h);
      enable(h);
      assert.equal(set(h, PENDING, 1n), 0);
      assert.deepEqual([getWord(h, PENDING), depth(h)], [1n, 0]);
    },
  ],
  [
    'a pending event of an unmasked vCPU is delivered',
    (h) => {
      register(h);
      enable(h);
      unmask(h);
      assert.equal(set(h, PENDING, 1n), 0);
      assert.deepEqual([getWord(h, PENDING), getWord(h, RUNNING), depth(h)], [0n, 1n, 1]);
      assert.equal(h.pes[0].pc, 0x4010_0000n);
    },
  ],
  [
    'unmasking by register delivers a pending event',
    (h) => {
      register(h);
      enable(h);
      set(h, PENDING, 1n);
      assert.equal(set(h, PE_STATE, 0n), 0);
      assert.equal(depth(h), 1);
    },
  ],
  [
    'any PE state but 0 is masked',
    (h) => {
      unmask(h);
      assert.equal(set(h, PE_STATE, 7n), 0);
      assert.equal(getWord(h, PE_STATE), 1n);
    },
  ],
  [
    'strict: the states 0 and 1 of a PE are accepted',
    (h) => assert.deepEqual([set(h, PE_STATE, 1n, true), set(h, PE_STATE, 0n, true)], [0, 0]),
  ],
  ['strict: a PE state beyond 1 is refused', (h) => assert.equal(set(h, PE_STATE, 7n, true), 'EINVAL')],
  [
    'the context is PC, PSTATE and X0 to X17, then zeros',
    (h) => {
      enterHandler(h);
      assert.equal(getWord(h, RUNNING), 1n);
      const context = new DataView(get(h, CONTEXT).buffer);
      assert.deepEqual(
        [0, 8, 16, 24, 152, 160, 248].map((offset) => context.getBigUint64(offset, true)),
        [0x4008_000cn, 0x6000_0005n, 0x5000n, 0x5001n, 0x5011n, 0n, 0n],
      );
    },
  ],
  [
    'a written context is what the completion restores',
    (h) => {
      enterHandler(h);
      const context = get(h, CONTEXT);
      new DataView(context.buffer).setBigUint64(16 + 8 * 5, 0x77n, true);
      assert.equal(set(h, CONTEXT, context), 0);
      complete(h);
      assert.equal(h.pes[0].x(5), 0x77n);
    },
  ],
  [
    'two running events are accepted',
    (h) => {
      set(h, REGISTERED, 3n);
      assert.equal(set(h, RUNNING, 3n), 0);
      assert.equal(getWord(h, RUNNING), 3n);
    },
  ],
  ['strict: two running events are refused', (h) => assert.equal(set(h, RUNNING, 3n, true), 'EINVAL')],
  [
    'an enabled bit waits for its registered bit',
    (h) => {
      assert.equal(set(h, ENABLED, 1n), 0);
      assert.equal(getWord(h, ENABLED), 1n);
      assert.equal(h.dispatcher.events()[0].state, 'unregistered');
      set(h, REGISTERED, 1n);
      assert.equal(h.dispatcher.events()[0].state, 'enabled');
    },
  ],
  [
    'strict: enabled without registered is refused, and changes nothing',
    (h) => {
      assert.equal(set(h, ENABLED, 1n, true), 'EINVAL');
      assert.equal(getWord(h, ENABLED), 0n);
    },
  ],
  [
    'an unregistered event is neither registered nor enabled',
    (h) => {
      register(h);
      enable(h);
      h.call(0, call(7), [0n]);
      assert.deepEqual([getWord(h, REGISTERED), getWord(h, ENABLED)], [0n, 0n]);
    },
  ],
  ['strict: pending without a handler is refused', (h) => assert.equal(set(h, PENDING, 1n, true), 'EINVAL')],
  [
    'clearing the running bit ends the handler without restoring anything',
    (h) => {
      enterHandler(h);
      assert.equal(set(h, RUNNING, 0n), 0);
      assert.equal(depth(h), 0);
      assert.equal(h.pes[0].pc, 0x4010_0000n);
      assert.equal(h.dispatcher.events()[0].state, 'enabled');
      assert.equal(h.dispatcher.deliveries()[0].ended, 'reset');
    },
  ],
  ['a value of the wrong size is refused', (h) => assert.equal(set(h, CONTEXT, 0n), 'EINVAL')],
  [
    'without the SDEI service every call is NOT_SUPPORTED',
    (h) => {
      assert.equal(getWord(h, STD_BMAP), 2n);
      assert.equal(set(h, STD_BMAP, 0n), 0);
      assert.equal(getWord(h, STD_BMAP), 0n);
      h.call(0, call(0), []);
      assert.equal(h.pes[0].x(0), 0xffff_ffff_ffff_ffffn);
      assert.equal(set(h, STD_BMAP, 1n), 'EINVAL');
      assert.equal(set(h, STD_BMAP, 2n), 0);
      h.call(0, call(0), []);
      assert.equal(h.pes[0].x(0), 0x0001_0001_564b_caa9n);
    },
  ],
  [
    'a registered event that has no bit is an error, the other bitmaps are not',
    (h) => {
      register(h, 804n);
      const problem = getKvmRegister(h.dispatcher, 0, REGISTERED);
      assert.ok('errno' in problem);
      assert.equal(problem.errno, 'EINVAL');
      assert.match(problem.message, /EVENT_REGISTERED has bits .* private critical event 804 is registered/);
      assert.equal(getWord(h, ENABLED), 0n);
    },
    'spec',
  ],
  [
    'a running critical handler has no place',
    (h) => {
      register(h, 804n);
      enable(h, 804n);
      unmask(h);
      h.dispatcher.trigger(804, 0);
      h.dispatcher.deliverPending();
      for (const id of [CONTEXT, RUNNING]) {
        const problem = getKvmRegister(h.dispatcher, 0, id);
        assert.ok('errno' in problem);
        assert.match(problem.message, /critical/);
      }
      assert.equal(set(h, CONTEXT, new Uint8Array(256)), 'EINVAL');
      assert.equal(set(h, RUNNING, 0n), 'EINVAL');
    },
    'spec',
  ],
  [
    'event 1 is an error where it does not exist, unless nothing is said of it',
    (h) => {
      assert.equal(set(h, REGISTERED, 3n), 'EINVAL');
      assert.equal(set(h, REGISTERED, 1n), 0);
      assert.equal(set(h, HANDLER_1, new Uint8Array(16)), 0);
      for (const [from, to] of [
        [0, 16],
        [0, 1],
        [15, 16],
      ])
        assert.equal(set(h, HANDLER_1, new Uint8Array(16).fill(1, from, to)), 'EINVAL');
    },
    'spec',
  ],
];

for (const [title, run, profile = 'kvm'] of cases) {
  test(`KVM registers: ${title}`, () => run(createHarness(profile)));
}

test('KVM registers: event 1 has its bit only where it is private and normal', () => {
  for (const [type, priority, fits] of [
    ['private', 'normal', true],
    ['private', 'critical', false],
    ['shared', 'normal', false],
  ] as const) {
    const { dispatcher, call } = dispatcherWith({ events: [{ number: 1, type, priority }] });
    call(0, 'SDEI_EVENT_REGISTER', 1n, 0x4010_0000n);
    const value = getKvmRegister(dispatcher, 0, REGISTERED);
    assert.deepEqual('errno' in value ? value.errno : value, fits ? word(2n) : 'EINVAL');
    assert.equal(setKvmRegister(dispatcher, 0, REGISTERED, word(3n))?.errno, fits ? undefined : 'EINVAL');
  }
});

test('KVM registers: only a running handler of event 0 or 1, normal and private, has a context', () => {
  for (const [number, priority, fits] of [
    [1, 'normal', true],
    [1, 'critical', false],
    [806, 'normal', false],
  ] as const) {
    const { dispatcher, call, handle, raise } = dispatcherWith({ events: [{ number, type: 'private', priority }] });
    handle(0, BigInt(number));
    call(0, 'SDEI_PE_UNMASK');
    raise(number);
    for (const id of [CONTEXT, RUNNING]) assert.equal(getKvmRegister(dispatcher, 0, id) instanceof Uint8Array, fits);
    assert.equal(setKvmRegister(dispatcher, 0, CONTEXT, new Uint8Array(256))?.errno, fits ? undefined : 'EINVAL');
    assert.equal(getKvmRegister(dispatcher, 1, CONTEXT) instanceof Uint8Array, true);
  }
});

test('KVM registers: a relative entry point has no place, until an address is written over it', () => {
  const { dispatcher, call } = dispatcherWith({ version: [1, 1], relativeMode: true });
  call(0, 'SDEI_EVENT_REGISTER', 0n, 0x1000n, 0n, 2n);
  const problem = getKvmRegister(dispatcher, 0, HANDLER_0);
  assert.match('errno' in problem ? problem.message : '', /relative entry point \(SDEI 1.1\)/);
  assert.equal(setKvmRegister(dispatcher, 0, HANDLER_0, new Uint8Array(16)), undefined);
  assert.deepEqual(getKvmRegister(dispatcher, 0, HANDLER_0), new Uint8Array(16));
});

test('KVM registers: an error names the register, the state and the mend', () => {
  const { dispatcher } = createHarness('spec');
  assert.equal(
    setKvmRegister(dispatcher, 0, REGISTERED, word(2n))?.message,
    'KVM_REG_ARM_SDEI_EVENT_REGISTERED: event 1 does not exist in profile spec. Use profile kvm, or declare a private normal event 1 under "events" of the launch key "sdei".',
  );
  assert.equal(setKvmRegister(dispatcher, 0, CONTEXT, word(0n))?.message, 'KVM_REG_ARM_SDEI_EVENT_CONTEXT takes 256 bytes, not 8.');
  assert.equal(setKvmRegister(dispatcher, 2, PE_STATE, word(0n))?.message, 'KVM_REG_ARM_SDEI_PE_STATE: there is no PE2.');
});

test('KVM registers: a vCPU without SDEI has none', () => {
  for (const { id } of kvmRegisters) {
    const problem = getKvmRegister(undefined, 0, id);
    assert.equal('errno' in problem && problem.errno, 'EPERM');
    assert.equal(setKvmRegister(undefined, 0, id, word(0n))?.errno, 'EPERM');
  }
});

test('KVM registers: an id beyond the ten is unknown', () => {
  const { dispatcher } = createHarness('kvm');
  const problem = getKvmRegister(dispatcher, 0, 0x6030_0000_0014_000en);
  assert.equal('errno' in problem && problem.errno, 'ENOENT');
});

test('KVM registers: the list has exactly ten, with the sizes that their ids tell', () => {
  assert.deepEqual(
    kvmRegisters.map(({ id }) => id),
    [HANDLER_0, HANDLER_1, HANDLER_2, HANDLER_3, REGISTERED, ENABLED, RUNNING, PENDING, CONTEXT, PE_STATE],
  );
  for (const { id, bytes } of kvmRegisters) assert.equal(bytes, 1 << Number((id >> 52n) & 0xfn));
});

test('KVM registers: saved inside a handler and restored elsewhere, in any order, the guest goes on the same', () => {
  const ids = kvmRegisters.map(({ id }) => id);
  const withoutMigration = createHarness('kvm');
  enterHandler(withoutMigration);
  complete(withoutMigration);
  for (const order of [ids, [PE_STATE, ...ids.slice(0, -1).toReversed()]]) {
    const source = createHarness('kvm');
    enterHandler(source);
    const target = createHarness('kvm');
    const moved = registers(source);
    moved.x.forEach((value, n) => target.pes[0].setX(n, value));
    target.pes[0].pc = moved.pc;
    target.pes[0].pstate = moved.pstate;
    for (const id of order) assert.equal(set(target, id, get(source, id)), 0);
    for (const id of ids) assert.deepEqual(get(target, id), get(source, id));
    complete(target);
    assert.deepEqual(registers(target), registers(withoutMigration));
    assert.equal(getWord(target, RUNNING), 0n);
  }
});
