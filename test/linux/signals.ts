/** Linux' SDEI driver with a client: each signal runs the handler once. */
import assert from 'node:assert/strict';
import { boot } from './boot.ts';
import { type Boot, type Machine, prompt } from './conversation.ts';

export async function signals(machine: Machine, withModule: Boot): Promise<string> {
  const { console, stop, seconds } = await boot(machine, withModule, {
    turns: [
      { after: prompt, type: 'rmmod sdei_client\n' },
      { after: prompt, type: 'exit\n' },
    ],
    run: (target, maxInstructions) => target.resume({ maxInstructions }),
  });
  assert.equal(stop, 'system-off', `${stop}\n${console.slice(-3000)}`);
  const [, signalled, refused, handled] = /sdei-client: CPU\d+: (\d+) signals, (\d+) refused, (\d+) handler runs/.exec(console) ?? [];
  assert.deepEqual([signalled, refused, handled], ['10000', '0', '10000'], console.slice(-3000));
  assert.match(console, /sdei-client: event 0 is unregistered after 10000 handler runs/);
  assert.doesNotMatch(console, /Call trace|Oops|WARNING:|BUG:/);
  return `${signalled} signals = ${handled} handler runs (boot and all ${seconds.toFixed(2)} s)`;
}
