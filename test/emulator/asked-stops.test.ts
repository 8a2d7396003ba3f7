/** Stops that somebody asks for: which, where, and that asking changes nothing of what the guest does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Emulator, type MachineConfiguration, type StopConditions, type StopReason } from '../../emulator/emulator.ts';
import { CODE, interruptEnabled, machineWith, machineWithGuest, plainConfiguration } from '../support/machine.ts';
import { NOP } from '../system/support.ts';

const guest = (name: string): string => join(import.meta.dirname, '../guests', `${name}.elf`);
const hex = (value: bigint | undefined): string => `0x${(value ?? 0n).toString(16)}`;

/** Without addresses, which are the build's. */
function inWords(stop: StopReason): string {
  switch (stop.kind) {
    case 'sdei-dispatch':
      return `dispatch ${stop.event}, depth ${stop.depth}`;
    case 'sdei-completion':
      return `${stop.how} ${stop.event}, depth ${stop.depth}, EL${stop.el}`;
    case 'sdei-pended':
      return `pended ${stop.event}: ${stop.reason}, EL${stop.el}`;
    case 'sdei-clobbered':
      return `${stop.how} ${stop.event} changed ${stop.changed.map(({ name }) => name).join(' ')}`;
    case 'handler-exception':
      return `${stop.type} ${stop.class} in ${stop.event}, depth ${stop.depth}, EL${stop.from} to EL${stop.to}, ESR ${hex(stop.esr)}, FAR ${hex(stop.far)}`;
    case 'exception-level':
      return `EL${stop.from} to EL${stop.to}: ${stop.how}`;
    default:
      return stop.kind;
  }
}

/** Every stop up to the end of the guest, which is the last. */
function stopsOf(emulator: Emulator, conditions: StopConditions): StopReason[] {
  emulator.setStopConditions(conditions);
  const stops: StopReason[] = [];
  do stops.push(emulator.run(1_000_000));
  while (!['budget', 'system-off', 'halted', 'lockup'].includes(stops[stops.length - 1].kind));
  return stops;
}

const lists: readonly (readonly [condition: keyof StopConditions, stops: readonly string[]])[] = [
  ['sdeiDispatch', ['dispatch 0, depth 1', 'dispatch 806, depth 1', 'dispatch 804, depth 2', 'dispatch 0, depth 1']],
  ['sdeiCompletion', ['complete 0, depth 1, EL1', 'resume 804, depth 2, EL1', 'complete 806, depth 1, EL1', 'complete 0, depth 1, EL1']],
  ['sdeiPended', ['pended 0: masked, EL1', 'pended 806: normalRuns, EL1', 'pended 0: criticalRuns, EL1']],
  ['sdeiClobbered', ['complete 0 changed x19', 'resume 804 changed SP_EL0', 'complete 806 changed SP_EL0 ELR_EL1 SPSR_EL1']],
  ['handlerException', ['synchronous dataAbort in 806, depth 1, EL1 to EL1, ESR 0x96000010, FAR 0x10']],
  ['exceptionLevel', ['EL1 to EL0: eret', 'EL0 to EL1: svc', 'EL1 to EL0: eret', 'EL0 to EL1: svc']],
];
const tiers: readonly Partial<MachineConfiguration>[] = [{ hotThreshold: 0 }, { hotThreshold: 1 }];

for (const [condition, expected] of lists) {
  for (const tier of tiers) {
    test(`${condition} ${JSON.stringify(tier)}`, () => {
      const stops = stopsOf(machineWithGuest(guest('faulty-handlers'), tier), { [condition]: true });
      assert.deepEqual(stops.map(inWords), [...expected, 'system-off']);
    });
  }
}

test('a register that a handler has changed is told with both values, and where the interrupted code goes on', () => {
  const emulator = machineWithGuest(guest('faulty-handlers'));
  emulator.setStopConditions({ sdeiClobbered: true });
  const stop = emulator.run(100_000);
  assert.ok(stop.kind === 'sdei-clobbered');
  assert.deepEqual(stop.changed, [{ name: 'x19', before: 0x19n, after: 0xbadn }]);
  // Event 806 has been waiting for that.
  assert.equal(stop.pc, emulator.sdei.pes()[0].running[0].pc);
});

test('registers that were changed before the checkpoint was restored are told as well', () => {
  const emulator = machineWithGuest(guest('faulty-handlers'));
  emulator.setStopConditions({ sdeiDispatch: true });
  emulator.run(100_000);
  const inHandler = emulator.saveState();
  const other = machineWithGuest(guest('faulty-handlers'));
  other.restoreState(inHandler);
  other.setStopConditions({ sdeiClobbered: true });
  assert.equal(inWords(other.run(100_000)), 'complete 0 changed x19');
});

test('an event that comes to EL0 and goes back is two changes of exception level', () => {
  const emulator = machineWithGuest(guest('faulty-handlers'));
  emulator.setStopConditions({ exceptionLevel: true });
  emulator.run(100_000);
  const pc = emulator.readRegister(0, 'pc');
  emulator.trigger(0, 0);
  assert.deepEqual(emulator.run(100_000), { kind: 'exception-level', pe: 0, pc, from: 0, to: 1, how: 'dispatch' });
  const back = emulator.run(100_000);
  assert.equal(inWords(back), 'EL1 to EL0: completion');
  assert.equal(emulator.readRegister(0, 'pc'), pc);
});

test('calls of the hyp-stub change the exception level, and its announced names are those of Linux', () => {
  const emulator = machineWithGuest(guest('hyp-stub'));
  const stops = stopsOf(emulator, { exceptionLevel: true, conduitCall: true });
  const first = stops.findIndex((stop) => stop.kind === 'conduit-call' && stop.call === 'HVC_SET_VECTORS');
  assert.ok(first >= 0);
  assert.deepEqual(stops.slice(first + 1, first + 3).map(inWords), ['EL1 to EL2: hvc', 'EL2 to EL1: eret']);
  const names = new Set(stops.flatMap((stop) => (stop.kind === 'conduit-call' && stop.call?.startsWith('HVC_') ? [stop.call] : [])));
  assert.deepEqual([...names].sort(), ['HVC_FINALISE_EL2', 'HVC_RESET_VECTORS', 'HVC_SET_VECTORS', 'HVC_SOFT_RESTART']);
});

/** Handles event 0, whose handler lets through the virtual timer's interrupt, which is pending by then. */
function interruptedHandler(): Emulator {
  const VECTORS = 0x800;
  const HANDLER = 0x400;
  const enabled = interruptEnabled(27);
  const adr = (register: number, from: number, to: number): number => 0x10000000 | ((to / 4 - from) << 5) | register;
  const call = (low: number): readonly number[] => [0x52800000 | (low << 5) /* mov w0, #low */, 0x72b88000 /* movk w0, #0xc400, lsl #16 */];
  const HVC = 0xd4000002;
  const words = [
    ...enabled,
    adr(8, enabled.length, VECTORS),
    0xd518c008, // msr vbar_el1, x8
    ...call(0x21),
    0xd2800001, // mov x1, #0
    adr(2, enabled.length + 5, HANDLER),
    0xd2800003, // mov x3, #0
    0xd2800004, // mov x4, #0
    0xd2800005, // mov x5, #0
    HVC,
    ...call(0x22),
    HVC,
    ...call(0x2c),
    HVC,
    0xd51be31f, // msr cntv_tval_el0, xzr
    0xd2800028, // mov x8, #1
    0xd51be328, // msr cntv_ctl_el0, x8
    ...call(0x2f),
    0xd2800002, // mov x2, #0
    HVC,
    0x14000000, // b .
  ];
  while (words.length < HANDLER / 4) words.push(NOP);
  words.push(NOP, 0xd50342ff /* msr daifclr, #2 */, NOP);
  while (words.length < (VECTORS + 0x280) / 4) words.push(NOP);
  words.push(0x14000000 /* b . */);
  return machineWith(words);
}

test('an interrupt in a handler is told without a syndrome, with the instruction that it came before', () => {
  const emulator = interruptedHandler();
  emulator.setStopConditions({ handlerException: true, exceptionLevel: true });
  const stop = emulator.run(1000);
  const where = { pe: 0, pc: CODE + 0x408n, event: 0, depth: 1, from: 1, to: 1 };
  assert.deepEqual(stop, { kind: 'handler-exception', ...where, type: 'irq', class: 'irq' });
  assert.equal(emulator.readRegister(0, 'pc'), CODE + 0xa80n);
  assert.equal(emulator.readRegister(0, 'elr_el1'), CODE + 0x408n);
  assert.deepEqual(emulator.run(1000), { kind: 'budget' });
});

const all: StopConditions = {
  sdeiDispatch: true,
  sdeiCompletion: true,
  sdeiCallFailed: true,
  sdeiPended: true,
  sdeiClobbered: true,
  handlerException: true,
  exceptionLevel: true,
  conduitCall: true,
  deviceIrqLevel: true,
  clobberedCall: 'always',
};
const ways: readonly StopConditions[] = [...Object.entries(all).map(([name, value]) => ({ [name]: value })), all];
const shared = { number: 807, type: 'shared', priority: 'normal' } as const;
const sdei = { ...plainConfiguration.sdei, events: [...plainConfiguration.sdei.events, shared] };
const runs: readonly (readonly [name: string, configuration: Partial<MachineConfiguration>])[] = [
  ['faulty-handlers', {}],
  ['steps', {}],
  ['hyp-stub', {}],
  ['watchdog', {}],
  ['two-pes', { cpus: 2 }],
  ['el2-client', { client: 'EL2', conduit: 'smc' }],
];
const LENGTHS = [113, 200_000];

for (const [name, configuration] of runs) {
  test(`${name} does the same whatever is asked for`, () => {
    const start = (): Emulator => machineWithGuest(guest(name), { ...configuration, sdei });
    /** Hashes of the machine's state after so many instructions, or at its end. */
    const hashes = (conditions: StopConditions): string[] => {
      const emulator = start();
      emulator.setStopConditions(conditions);
      let isOver = false;
      return LENGTHS.map((length) => {
        while (!isOver && emulator.instructions < length) {
          const { kind } = emulator.run(length - emulator.instructions);
          isOver = kind === 'system-off' || kind === 'halted';
        }
        return `${emulator.instructions} ${emulator.stateHash()}`;
      });
    };
    const quiet = hashes({});
    assert.ok(new Set(quiet).size > 1);
    for (const conditions of ways) assert.deepEqual(hashes(conditions), quiet, JSON.stringify(conditions));
  });
}
