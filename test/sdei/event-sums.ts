/**
 * Many events in one run of the machine: how often the guest's handlers ran, how often a trigger found its event pending already, and how
 * often one was refused add up to the triggers made. The handlers count in the guest's memory; the rest is counted here, so nothing of the
 * dispatcher's own counters is believed.
 */

import { Machine } from '../../emulator/machine.ts';
import { configurationFor } from './machine-against-model.ts';
import { randomNumbers } from './migrations.ts';
import type { Profile } from './model.ts';

export interface EventSums {
  readonly raised: number;
  /** Handlers begun, as the guest counted. */
  readonly delivered: number;
  /** Triggers of an event that was pending already. */
  readonly collapsed: number;
  readonly refused: number;
  /** Pending triggers that an unregistration took away. */
  readonly discarded: number;
  /** Pending at the end. */
  readonly pending: number;
  readonly instructions: number;
  /** Where the dispatcher's own counters say something else. */
  readonly differing: readonly string[];
}

const CODE = 0x4000_1000n;
const COUNTERS = 0x4000_8000n;
/** Counts at [X1], works a little, and completes. */
const HANDLER = [
  0xf940_0025, // ldr x5, [x1]
  0x9100_04a5, // add x5, x5, #1
  0xf900_0025, // str x5, [x1]
  0xd503_201f, // nop
  0xd503_201f, // nop
  0xd280_04a0, // movz x0, #0x25
  0xf2b8_8000, // movk x0, #0xc400, lsl #16
  0xd280_0001, // mov x1, #0
  0xd400_0002, // hvc #0
];
const LOOP = [0x9100_0673 /* add x19, x19, #1 */, 0x17ff_ffff /* b .-4 */];
const ENTRY = CODE + 8n;

interface Source {
  readonly event: number;
  readonly pe: number;
  readonly counter: bigint;
  readonly intid?: number;
}

export function countEvents(profile: Profile, count: number, seed: number): EventSums {
  const machine = new Machine({
    cpus: 2,
    memoryBytes: 0x1_0000,
    client: 'EL1',
    conduit: 'hvc',
    sdei: configurationFor({ profile, client: 'EL1', span: true }),
  });
  machine.writePhysical(Number(CODE), new Uint8Array(Uint32Array.from([...LOOP, ...HANDLER]).buffer));
  machine.start(CODE, 0n);
  const random = randomNumbers(seed);
  const { sdei, gic } = machine;
  const call = (pe: number, name: Parameters<typeof sdei.callFor>[1], ...x: bigint[]): bigint => {
    const { result = 0n } = sdei.callFor(pe, name, ...x);
    return BigInt.asIntN(64, result);
  };
  // PE 1 is switched on as a guest would.
  const [first, second] = machine.pes;
  [0xc400_0003n, 1n, CODE, 0n].forEach((value, n) => first.setX(n, value));
  first.pc = CODE + 4n * BigInt(LOOP.length + HANDLER.length - 1);
  machine.step(0);
  first.pc = CODE;
  if (second.power !== 'on') throw new Error('PE1 is not on');

  const bindings =
    profile === 'kvm' ? [] : [21, 40].map((intid) => ({ intid, event: Number(call(0, 'SDEI_INTERRUPT_BIND', BigInt(intid))) }));
  const numbers = profile === 'kvm' ? [0, 1] : [0, 804, 806, 807, ...bindings.map(({ event }) => event)];
  for (const pe of [0, 1]) {
    const interrupt = gic.interrupt(21, pe);
    if (interrupt) interrupt.edge = true;
  }
  const spi = gic.interrupt(40, 0);
  if (spi) spi.edge = true;
  const shared = new Set(sdei.events().flatMap(({ number, type }) => (type === 'shared' ? [number] : [])));
  const sources: Source[] = numbers.flatMap((event, n) =>
    (shared.has(event) ? [0] : [0, 1]).map((pe) => {
      const intid = bindings.find((binding) => binding.event === event)?.intid;
      return { event, pe, counter: COUNTERS + 8n * BigInt(2 * n + pe), ...(intid !== undefined && { intid }) };
    }),
  );
  const register = ({ event, pe, counter }: Source): void => void call(pe, 'SDEI_EVENT_REGISTER', BigInt(event), ENTRY, counter, 0n, 0n);
  const instanceOf = ({ event, pe }: Source) =>
    sdei.events().find((view) => view.number === event && (view.type === 'shared' || view.pe === pe));
  for (const source of sources) {
    register(source);
    machine.sdeiCall(source.pe, 'SDEI_EVENT_ENABLE', BigInt(source.event));
  }
  for (const pe of [0, 1]) machine.sdeiCall(pe, 'SDEI_PE_UNMASK');

  const expected = new Map(sources.map((source) => [source, { raised: 0, collapsed: 0, refused: 0, discarded: 0 }]));
  let raised = 0;
  while (raised < count) {
    const source = sources[random(sources.length)];
    const sums = expected.get(source);
    const event = BigInt(source.event);
    if (!sums) continue;
    switch (random(40)) {
      case 0:
        machine.sdeiCall(source.pe, 'SDEI_EVENT_DISABLE', event);
        break;
      case 1:
      case 2:
        machine.sdeiCall(source.pe, 'SDEI_EVENT_ENABLE', event);
        break;
      case 3:
        machine.sdeiCall(source.pe, 'SDEI_PE_MASK');
        break;
      case 4:
      case 5:
        machine.sdeiCall(source.pe, 'SDEI_PE_UNMASK');
        break;
      case 6: {
        const { pending = false, state } = instanceOf(source) ?? {};
        call(source.pe, 'SDEI_EVENT_UNREGISTER', event);
        const isGone = state !== 'unregistered' && state !== 'unregisterPending';
        if (pending && isGone && instanceOf(source)?.pending === false) sums.discarded++;
        break;
      }
      case 7:
      case 8:
      case 9: {
        const before = instanceOf(source);
        register(source);
        if (before?.state === 'unregistered') machine.sdeiCall(source.pe, 'SDEI_EVENT_ENABLE', event);
        break;
      }
      default: {
        const { pending = false, state } = instanceOf(source) ?? {};
        const isRegistered = state !== 'unregistered' && state !== 'unregisterPending';
        // An interrupt of an unregistered event is the guest's, and no trigger.
        if (source.intid !== undefined && !isRegistered) break;
        raised++;
        sums.raised++;
        if (source.intid !== undefined) gic.setPending(source.intid, source.pe);
        else if (!machine.trigger(source.event, source.pe).accepted) {
          sums.refused++;
          break;
        }
        if (pending) sums.collapsed++;
      }
    }
    machine.run(1 + random(12));
  }

  // Nothing new begins, what runs comes to its end.
  for (const pe of [0, 1]) machine.sdeiCall(pe, 'SDEI_PE_MASK');
  while (sdei.pes().some(({ running }) => running.length > 0)) machine.run(1);
  const differing: string[] = [];
  const total = { delivered: 0, collapsed: 0, refused: 0, discarded: 0, pending: 0 };
  for (const [source, sums] of expected) {
    const view = instanceOf(source);
    if (!view) continue;
    const delivered = Number(new DataView(machine.memory.read(Number(source.counter), 8).buffer).getBigUint64(0, true));
    const what = `event ${source.event} of PE${source.pe}`;
    const ours = { triggered: sums.raised, delivered, collapsed: sums.collapsed, refused: sums.refused, discarded: sums.discarded };
    for (const [name, value] of Object.entries(ours)) {
      const theirs = view.counts[name as keyof typeof ours];
      if (theirs !== value) differing.push(`${what}: the dispatcher counts ${theirs} ${name}, counted were ${value}`);
    }
    total.delivered += delivered;
    total.collapsed += sums.collapsed;
    total.refused += sums.refused;
    total.discarded += sums.discarded;
    total.pending += Number(view.pending);
  }
  return { raised, ...total, instructions: machine.instructions, differing };
}
