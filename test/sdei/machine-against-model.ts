/** Random steps for the machine and the model, and the comparison of everything that both have. */

import fc from 'fast-check';
import type { SdeiConfiguration } from '../../emulator/sdei/sdei-view.ts';
import { createMachineUnderTest, type MachineUnderTest, sites } from './machine-under-test.ts';
import { createModel, type Model, type Setting, SLOTS } from './model.ts';

/** Steps of one sequence: long enough for events to be bound, registered, and nested. */
const LONGEST_SEQUENCE = 1000;

const names = [
  'SDEI_VERSION',
  'SDEI_EVENT_REGISTER',
  'SDEI_EVENT_ENABLE',
  'SDEI_EVENT_DISABLE',
  'SDEI_EVENT_CONTEXT',
  'SDEI_EVENT_COMPLETE',
  'SDEI_EVENT_COMPLETE_AND_RESUME',
  'SDEI_EVENT_UNREGISTER',
  'SDEI_EVENT_STATUS',
  'SDEI_EVENT_GET_INFO',
  'SDEI_EVENT_ROUTING_SET',
  'SDEI_PE_MASK',
  'SDEI_PE_UNMASK',
  'SDEI_INTERRUPT_BIND',
  'SDEI_INTERRUPT_RELEASE',
  'SDEI_EVENT_SIGNAL',
  'SDEI_FEATURES',
  'SDEI_PRIVATE_RESET',
  'SDEI_SHARED_RESET',
];

/** Interrupts that a guest makes pending: edges 21, 40, 42, 43 (event 809's), levels 22 and 41. PPIs that no device of a PE has. */
const INTERRUPTS = [21, 22, 40, 41, 42, 43];

const pe = fc.nat({ max: 1 });
const at = fc.nat({ max: 255 }).map(BigInt);
/** NZCV, PAN and UAO, and whether DAIF is set. */
const flags = fc.tuple(fc.nat({ max: 63 }), fc.boolean()).map(([n, daif]) => {
  const bits = BigInt(n);
  return ((bits & 15n) << 28n) | ((bits >> 4n) << 22n) | (daif ? 0x3c0n : 0n);
});
const small = (max: number): fc.Arbitrary<bigint> => fc.nat({ max }).map(BigInt);
/** Of 32-bit arguments only the lower half counts. */
const wide = (value: fc.Arbitrary<bigint>): fc.Arbitrary<bigint> =>
  fc.tuple(value, fc.nat({ max: 19 })).map(([low, n]) => (n === 0 ? BigInt.asUintN(32, low) | (0xabn << 32n) : low));
const entry = fc.oneof(
  { weight: 18, arbitrary: fc.constantFrom(0x4010_0000n, 0x4020_0000n, 0x4030_0000n) },
  { weight: 1, arbitrary: fc.constantFrom(0x4030_0002n, 0n) },
);
const affinity = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(0n, 1n) },
  { weight: 1, arbitrary: fc.constantFrom(2n, 0xffff_ffffn, 0x8000_0001n, 1n << 40n) },
);
const intid = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...INTERRUPTS).map(BigInt) },
  { weight: 2, arbitrary: fc.constantFrom(3n, 300n, 1020n, 1056n, 4096n, 8192n, 0xffff_ffffn) },
);
const events = {
  spec: [0x4000_0001n, 0x4000_0002n, 0x4000_1000n, 0x4000_1001n],
  tfa: [1000n, 1001n, 2000n, 2001n],
  qemu: [0x4000_0001n, 0x4000_0002n, 0x4000_0010n, 0x4000_0011n],
  kvm: [0n, 1n],
};

export const callIdentifier = (name: string): bigint => BigInt(0xc400_0020 + names.indexOf(name));

type Place = { readonly pe: number; readonly at: bigint; readonly flags: bigint };
export type Step =
  | ({ readonly kind: 'call'; readonly name: string; readonly args: readonly bigint[] } & Place)
  | { readonly kind: 'trigger'; readonly pe: number; readonly event: bigint }
  | { readonly kind: 'edge'; readonly pe: number; readonly intid: number }
  | { readonly kind: 'line'; readonly pe: number; readonly intid: number; readonly level: boolean }
  | { readonly kind: 'active'; readonly pe: number; readonly intid: number; readonly active: boolean }
  | { readonly kind: 'register'; readonly pe: number; readonly n: number; readonly value: bigint }
  | { readonly kind: 'lower'; readonly pe: number; readonly flags: bigint }
  | ({ readonly kind: 'off' | 'wfi' | 'standby' | 'powerDown' } & Place)
  | ({ readonly kind: 'on'; readonly target: bigint; readonly entry: bigint } & Place)
  | { readonly kind: 'wake'; readonly pe: number };

/** Steps as a guest, its devices and its user might make them, most of them such that something comes of them. */
export function stepsFor({ profile }: Setting): fc.Arbitrary<Step> {
  const event = wide(
    fc.oneof(
      { weight: 12, arbitrary: profile === 'kvm' ? fc.constantFrom(0n, 1n) : fc.constantFrom(0n, 804n, 806n, 807n, 808n, 809n) },
      { weight: 7, arbitrary: fc.constantFrom(...events[profile]) },
      { weight: 1, arbitrary: fc.constantFrom(2n, -1n, 0x10000n) },
    ),
  );
  const call = (name: string, ...args: fc.Arbitrary<bigint>[]): fc.Arbitrary<Step> =>
    fc.record({ kind: fc.constant('call' as const), pe, at, flags, name: fc.constant(name), args: fc.tuple(...args) });
  const place = <Kind extends string>(...kinds: Kind[]) => ({ kind: fc.constantFrom(...kinds), pe, at, flags });
  const interrupt = fc.constantFrom(...INTERRUPTS);
  const step = <T extends Step>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary: arbitrary as fc.Arbitrary<Step> });
  return fc.oneof(
    step(20, call('SDEI_EVENT_REGISTER', event, entry, small(9), fc.constantFrom(0n, 0n, 0n, 0n, 1n, 1n, 1n, 2n, 1n << 32n), affinity)),
    step(20, call('SDEI_EVENT_ENABLE', event)),
    step(3, call('SDEI_EVENT_DISABLE', event)),
    step(3, call('SDEI_EVENT_CONTEXT', wide(small(18)))),
    step(12, call('SDEI_EVENT_COMPLETE', small(2))),
    step(4, call('SDEI_EVENT_COMPLETE_AND_RESUME', entry)),
    step(3, call('SDEI_EVENT_UNREGISTER', event)),
    step(2, call('SDEI_EVENT_STATUS', event)),
    step(2, call('SDEI_EVENT_GET_INFO', event, wide(small(5)))),
    step(4, call('SDEI_EVENT_ROUTING_SET', event, small(2), affinity)),
    step(2, call('SDEI_PE_MASK')),
    step(16, call('SDEI_PE_UNMASK')),
    step(6, call('SDEI_INTERRUPT_BIND', wide(intid))),
    step(3, call('SDEI_INTERRUPT_RELEASE', event)),
    step(6, call('SDEI_EVENT_SIGNAL', wide(fc.constantFrom(0n, 0n, 0n, 1n)), affinity)),
    step(1, call('SDEI_FEATURES', wide(small(2)))),
    step(1, call('SDEI_VERSION')),
    step(1, call('SDEI_PRIVATE_RESET')),
    step(1, call('SDEI_SHARED_RESET')),
    step(26, fc.record({ kind: fc.constant('trigger' as const), pe, event: event.map((value) => BigInt.asIntN(32, value)) })),
    step(10, fc.record({ kind: fc.constant('edge' as const), pe, intid: interrupt })),
    step(6, fc.record({ kind: fc.constant('line' as const), pe, intid: interrupt, level: fc.boolean() })),
    step(1, fc.record({ kind: fc.constant('active' as const), pe, intid: interrupt, active: fc.boolean() })),
    step(2, fc.record({ kind: fc.constant('register' as const), pe, n: fc.nat({ max: 30 }), value: small(1000) })),
    step(2, fc.record({ kind: fc.constant('lower' as const), pe, flags })),
    step(2, fc.record(place('off', 'wfi', 'standby', 'powerDown'))),
    step(5, fc.record({ ...place('on'), target: affinity, entry: fc.constantFrom(sites.start, sites.start + 64n, sites.start + 2n) })),
    step(14, fc.record({ kind: fc.constant('wake' as const), pe })),
  );
}

export function configurationFor({ profile }: Setting): SdeiConfiguration {
  const slots = profile === 'kvm' ? 0 : SLOTS;
  return {
    profile,
    version: profile === 'kvm' ? [1, 1] : [1, 0],
    bindSlots: { private: slots, shared: slots },
    bugCompatible: false,
    events:
      profile === 'kvm'
        ? []
        : [
            { number: 804, type: 'private', priority: 'critical' },
            { number: 806, type: 'private', priority: 'normal' },
            { number: 807, type: 'shared', priority: 'normal' },
            { number: 808, type: 'shared', priority: 'critical' },
            { number: 809, type: 'shared', priority: 'normal', interrupt: 43 },
          ],
  };
}

/** What happened, for the figures of a run. */
export interface Tally {
  /** SDEI and PSCI calls made. */
  calls: number;
  /** Everything else that was done to the machine. */
  otherSteps: number;
  deliveries: number;
  /** Steps after which two handlers ran on a PE. */
  nested: number;
  /** Steps after which a shared handler ran. */
  shared: number;
}
export const newTally = (): Tally => ({ calls: 0, otherSteps: 0, deliveries: 0, nested: 0, shared: 0 });

export interface Comparison {
  /** @returns what differs after one of the steps, `undefined`: nothing */
  run(steps: readonly Step[], tally?: Tally): string | undefined;
}

/** One machine, used again and again from its start. */
export function createComparison(setting: Setting, makeModel: (setting: Setting) => Model = createModel): Comparison {
  const real = createMachineUnderTest(setting, configurationFor(setting));
  return {
    run(steps, tally = newTally()) {
      real.startAnew();
      const model = makeModel(setting);
      for (const pe of [0, 1]) {
        model.pes[pe].pc = real.machine.pes[pe].pc;
        for (let n = 0; n < 31; n++) model.pes[pe].x[n] = real.machine.pes[pe].x(n);
      }
      const before = real.machine.sdei.deliveryCount();
      for (const [n, step] of steps.entries()) {
        perform(setting, real, model, step, tally);
        const difference = differenceOf(setting, real, model);
        if (difference !== undefined) return `after step ${n + 1} (${textOf(step)}): ${difference}`;
        if (model.pes.some(({ stack }) => stack.length === 2)) tally.nested++;
        if ([...model.events.values()].some((event) => event.shared && event.instances[0].running)) tally.shared++;
      }
      tally.deliveries += real.machine.sdei.deliveryCount() - before;
      return sumsOf(real);
    },
  };
}

export const textOf = (step: Step): string =>
  JSON.stringify(step, (_, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value));

const isReady = ({ pes }: Model, pe: number): boolean => pes[pe].power === 'on' && !pes[pe].waiting;

function perform({ client }: Setting, real: MachineUnderTest, model: Model, step: Step, tally: Tally): void {
  const { machine } = real;
  const { kind } = step;
  const p = model.pes[step.pe];
  const clientMode = client === 'EL2' ? 9n : 5n;
  const isMadeByGuest = kind === 'call' || kind === 'on' || kind === 'off' || kind === 'wfi' || kind === 'standby' || kind === 'powerDown';
  if (isMadeByGuest && !isReady(model, step.pe)) return;
  if (kind === 'call' || kind === 'on' || kind === 'off' || kind === 'standby' || kind === 'powerDown') tally.calls++;
  else tally.otherSteps++;
  switch (kind) {
    case 'call': {
      const id = callIdentifier(step.name);
      callInModel(p, step, id, step.args, clientMode);
      real.request(step.pe, id, step.args, step.at, step.flags | clientMode);
      model.sdeiCall(step.pe, step.name, p.x.slice(1, 6));
      break;
    }
    case 'on': {
      const args = [step.target, step.entry, 0x99n];
      const wasOff = step.target < 2n && model.pes[Number(step.target)].power === 'off';
      callInModel(p, step, 0xc400_0003n, args, clientMode);
      real.request(step.pe, 0xc400_0003n, args, step.at, step.flags | clientMode);
      model.cpuOn(step.pe, step.target, step.entry, 0x99n);
      if (wasOff && model.pes[Number(step.target)].power === 'on') real.prepare(Number(step.target));
      break;
    }
    case 'off':
      // Somebody has to be there to switch it on again.
      if (!isReady(model, 1 - step.pe)) return;
      callInModel(p, step, 0x8400_0002n, [], clientMode);
      real.request(step.pe, 0x8400_0002n, [], step.at, step.flags | clientMode);
      model.cpuOff(step.pe);
      break;
    case 'wfi':
    case 'standby':
    case 'powerDown': {
      const pstate = step.flags | 0x3c0n | clientMode;
      if (kind === 'wfi') {
        real.waitForInterrupt(step.pe, step.at, pstate);
        p.pc = sites.wait + 8n * step.at + 4n;
      } else {
        const entry = kind === 'powerDown' ? sites.start : undefined;
        real.suspend(step.pe, step.at, pstate, entry);
        [p.x[0], p.x[1], p.x[2], p.x[3]] = entry === undefined ? [0n, 0n, 0n, 0x77n] : [0xc400_0001n, 0x1_0000n, entry, 0x77n];
        p.pc = sites.standby + 8n * step.at + 4n;
      }
      p.pstate = pstate;
      if (kind === 'powerDown') p.power = 'suspended';
      else p.waiting = true;
      break;
    }
    case 'wake':
      if (p.power === 'off' || isReady(model, step.pe)) return;
      real.wake(step.pe);
      if (p.power === 'suspended') {
        model.wakeUp(step.pe, sites.start, 0x77n);
        real.prepare(step.pe);
      }
      p.waiting = false;
      p.pc += 4n;
      break;
    case 'lower':
      if (!isReady(model, step.pe)) return;
      real.jump(step.pe, sites.call, step.flags);
      [p.pc, p.pstate] = [sites.call, step.flags];
      return;
    case 'trigger':
      machine.trigger(Number(step.event), step.pe);
      model.trigger(Number(step.event), step.pe);
      break;
    case 'edge':
      machine.gic.setPending(step.intid, step.pe);
      model.setPending(step.intid, step.pe);
      break;
    case 'line':
      machine.gic.setLine(step.intid, step.level, step.pe);
      model.setLine(step.intid, step.level, step.pe);
      break;
    case 'active': {
      const interrupt = real.interrupt(step.intid, step.pe);
      if (interrupt.claimed) return;
      interrupt.active = step.active;
      machine.gic.changed();
      model.interrupt(step.intid, step.pe).active = step.active;
      return;
    }
    case 'register':
      machine.pes[step.pe].setX(step.n, step.value);
      p.x[step.n] = step.value;
      return;
    default:
      step satisfies never;
  }
  model.poll(step.pe);
}

/** Where and with what the call is made; the machine's PC is past it. */
function callInModel(p: Model['pes'][number], { at: site, flags: bits }: Place, id: bigint, args: readonly bigint[], mode: bigint): void {
  p.pc = sites.call + 4n * site + 4n;
  p.pstate = bits | mode;
  p.x[0] = id;
  args.forEach((value, n) => {
    p.x[n + 1] = BigInt.asUintN(64, value);
  });
}

const stateBits = { unregistered: 0, registered: 1, enabled: 3, registeredRunning: 5, enabledRunning: 7, unregisterPending: 4 };

function differenceOf({ profile }: Setting, real: MachineUnderTest, model: Model): string | undefined {
  const { machine } = real;
  const views = machine.sdei.pes();
  for (const [n, expected] of model.pes.entries()) {
    const pe = machine.pes[n];
    const differs = (what: string, actual: unknown, wanted: unknown): string =>
      `PE${n} ${what} is ${shown(actual)}, in the model ${shown(wanted)}`;
    if (pe.power !== expected.power) return differs('power', pe.power, expected.power);
    if ((pe.waiting !== undefined) !== expected.waiting) return differs('waiting', pe.waiting, expected.waiting);
    if (views[n].masked !== expected.masked) return differs('masked', views[n].masked, expected.masked);
    const running = views[n].running.map(({ event }) => event).join(', ');
    const stack = expected.stack.map(({ event }) => event).join(', ');
    if (running !== stack) return differs('running', running, stack);
    // A PE that is off or suspended has no registers worth a look.
    if (pe.power !== 'on') continue;
    for (let r = 0; r < 31; r++) if (pe.x(r) !== expected.x[r]) return differs(`x${r}`, pe.x(r), expected.x[r]);
    if (pe.pc !== expected.pc) return differs('pc', pe.pc, expected.pc);
    if (pe.pstate !== expected.pstate) return differs('pstate', pe.pstate, expected.pstate);
    const [elr, spsr] = real.exceptionRegisters(n);
    if (elr !== expected.elr) return differs('elr', elr, expected.elr);
    if (spsr !== expected.spsr) return differs('spsr', spsr, expected.spsr);
  }
  const numbers = [...model.events.keys()].toSorted((a, b) => a - b);
  let n = 0;
  const actual = machine.sdei.events();
  for (const number of numbers) {
    for (const i of model.events.get(number)?.instances ?? []) {
      const view = actual[n++];
      if (view?.number !== number) return `event ${view?.number} is where the model has ${number}`;
      const bits = Number(i.registered) + 2 * Number(i.enabled) + 4 * Number(i.running);
      if (stateBits[view.state] !== bits) return `event ${number} is ${view.state}, in the model ${bits}`;
      if (view.pending !== i.pending) return `event ${number} pending is ${view.pending}, in the model ${i.pending}`;
    }
  }
  if (actual.length !== n) return `there are ${actual.length} instances of events, in the model ${n}`;
  for (const intid of INTERRUPTS) {
    for (const pe of intid < 32 ? [0, 1] : [0]) {
      const interrupt = real.interrupt(intid, pe);
      const expected = model.interrupt(intid, pe);
      if (interrupt.active !== expected.active)
        return `INTID ${intid} of PE${pe} active is ${interrupt.active}, in the model ${expected.active}`;
      // The guest enables none itself, and the platform's is enabled from the start.
      const bound = [...model.events.values()].find((event) => event.slot && event.intid === intid);
      const enabled = bound !== undefined && bound.instances[bound.shared ? 0 : pe].enabled;
      if (intid !== 43 && interrupt.enabled !== enabled)
        return `INTID ${intid} of PE${pe} enabled is ${interrupt.enabled}, in the model ${enabled}`;
      // TF-A forgets whose an interrupt was when its PE goes.
      if (profile !== 'tfa' && interrupt.latched !== expected.latched)
        return `INTID ${intid} of PE${pe} latched is ${interrupt.latched}, in the model ${expected.latched}`;
    }
  }
  return undefined;
}

const shown = (value: unknown): string => (typeof value === 'bigint' ? `0x${value.toString(16)}` : JSON.stringify(value));

/** Every trigger is delivered, one with another, refused, discarded, or pending still. */
function sumsOf({ machine }: MachineUnderTest): string | undefined {
  for (const { number, counts, pending } of machine.sdei.events()) {
    const { triggered, delivered, collapsed, refused, discarded } = counts;
    const sum = delivered + collapsed + refused + discarded + Number(pending);
    if (triggered !== sum) return `event ${number}: ${triggered} triggers, but ${sum} of them are accounted for`;
  }
  return undefined;
}

/** One minimal sequence that shows a disagreement; `undefined`: there was none in at least `calls` calls. */
export function findDisagreement(
  setting: Setting,
  seed: number,
  calls: number,
  tally = newTally(),
  makeModel: (setting: Setting) => Model = createModel,
): string | undefined {
  const comparison = createComparison(setting, makeModel);
  const sequences = fc.array(stepsFor(setting), { minLength: 1, maxLength: LONGEST_SEQUENCE, size: 'max' });
  const end = tally.calls + calls;
  for (let part = 0; tally.calls < end; part++) {
    let isShrinking = false;
    const result = fc.check(
      fc.property(sequences, (steps) => {
        const difference = comparison.run(steps, isShrinking ? undefined : tally);
        if (difference === undefined) return;
        isShrinking = true;
        throw new Error(difference);
      }),
      { numRuns: 10, seed: seed + part, unbiased: true },
    );
    if (result.failed) {
      const steps = (result.counterexample?.[0] ?? []).map((step) => `  ${textOf(step)}`).join('\n');
      return `${(result.errorInstance as Error).message}\nseed ${seed + part}, after ${result.numShrinks} shrinks; steps:\n${steps}`;
    }
  }
  return undefined;
}
