/** A PE with a registered private event goes and comes back: what Linux believes is what the dispatcher has. */
import assert from 'node:assert/strict';
import type { Target } from '../../debug-adapter/target/target.ts';
import { boot } from './boot.ts';
import { callText, resumeTraced, type TracedCall } from './call-trace.ts';
import { type Boot, type Machine, prompt } from './conversation.ts';

const EVENT = 0;
const HOTPLUGGED = 2;
const TRACE_BEGINS = 'trace-2';
const switchTo = (online: 0 | 1) => `echo ${online} > /sys/devices/system/cpu/cpu${HOTPLUGGED}/online\n`;

const turns = [
  { after: prompt, type: 'echo trace-$((1 + 1))\n' },
  { after: prompt, type: switchTo(0) },
  { after: prompt, type: switchTo(1) },
  { after: prompt, type: `echo ${HOTPLUGGED} > /sys/module/sdei_client/parameters/signal\n` },
  { after: prompt, type: 'rmmod sdei_client\n' },
  { after: prompt, type: 'exit\n' },
];

const goneAndBack = [
  ...['SDEI_EVENT_UNREGISTER', 'SDEI_PE_MASK', 'CPU_OFF'],
  ...['SDEI_EVENT_REGISTER', 'SDEI_EVENT_ENABLE', 'SDEI_PE_UNMASK'],
];

/** Of one PE and {@link EVENT}: what who made these calls must believe. */
interface Belief {
  handler: 'unregistered' | 'registered' | 'enabled';
  masked: boolean;
}

/** A call that succeeded changes what its caller believes. CPU_ON makes a PE anew (DEN0054, "PSCI CPU_ON"). */
const beliefs: Readonly<Record<string, Partial<Belief>>> = {
  SDEI_EVENT_REGISTER: { handler: 'registered' },
  SDEI_EVENT_ENABLE: { handler: 'enabled' },
  SDEI_EVENT_DISABLE: { handler: 'registered' },
  SDEI_EVENT_UNREGISTER: { handler: 'unregistered' },
  SDEI_PRIVATE_RESET: { handler: 'unregistered' },
  SDEI_PE_MASK: { masked: true },
  SDEI_PE_UNMASK: { masked: false },
  CPU_OFF: { handler: 'unregistered', masked: true },
};

function dispatcherHas(target: Target, pe: number): Belief {
  const event = target.sdei.events.find((event) => event.number === EVENT && event.pe === pe);
  const handler = {
    unregistered: 'unregistered',
    registered: 'registered',
    enabled: 'enabled',
    registeredRunning: 'registered',
    enabledRunning: 'enabled',
    unregisterPending: 'unregistered',
  } as const;
  const state = event?.state ?? 'unregistered';
  return { handler: handler[state], masked: target.sdei.pes[pe].masked };
}

export async function hotplug(machine: Machine, withModule: Boot): Promise<string> {
  const trace: string[] = [];
  const linux = new Map<number, Belief>();
  /** By the PE that goes and comes. */
  const made: string[] = [];
  let compared = 0;
  const run = (target: Target, maxInstructions: number, console: string) => {
    if (!console.includes(`\r\n${TRACE_BEGINS}`)) return target.resume({ maxInstructions });
    for (const { index } of target.pes) if (!linux.has(index)) linux.set(index, { handler: 'enabled', masked: false });
    return resumeTraced(target, maxInstructions, (call: TracedCall) => {
      if (call.name.startsWith('SMCCC_')) return;
      const isRefused = call.result !== undefined && BigInt.asIntN(64, call.result) < 0n;
      assert.ok(!isRefused || !call.name.startsWith('SDEI_'), callText(call));
      if (call.pe === HOTPLUGGED) made.push(call.name);
      Object.assign(linux.get(call.pe) as Belief, beliefs[call.name]);
      const states = target.pes.map(({ index }) => {
        const has = dispatcherHas(target, index);
        assert.deepEqual(has, linux.get(index), `PE${index} after ${callText(call)}`);
        compared++;
        return `PE${index} ${has.handler}${has.masked ? ', masked' : ''}`;
      });
      trace.push(`  ${callText(call).padEnd(84)} ${states.join('; ')}`);
    });
  };
  const { console, stop } = await boot(machine, withModule, { turns, run });
  assert.equal(stop, 'system-off', `${stop}\n${console.slice(-3000)}`);
  assert.deepEqual(made.slice(0, made.indexOf('SDEI_PE_UNMASK') + 1), goneAndBack, trace.join('\n'));
  assert.match(console, new RegExp(`CPU${HOTPLUGGED}: 1 signals, 0 refused, 1 handler runs`), console.slice(-3000));
  assert.doesNotMatch(console, /Call trace|Oops|WARNING:|BUG:/);
  return `${trace.join('\n')}\nLinux' view and the dispatcher's are equal after each of these ${trace.length} calls (${compared} PE states compared)`;
}
