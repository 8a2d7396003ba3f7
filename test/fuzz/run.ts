/** `npm run test:fuzz -- --messages N --elves N --traces N --packets N --seed N`: no crash, no request without its one answer, bounded memory. */
import { parseArgs } from 'node:util';
import { fuzzElves } from './elves.ts';
import { fuzzMessages } from './messages.ts';
import { fuzzPackets } from './packets.ts';
import { fuzzTraces } from './traces.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000' },
    elves: { type: 'string', default: '1000' },
    traces: { type: 'string', default: '500' },
    packets: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = Number(values.seed);
const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
const said = (what: string, step: number) => (done: number) => {
  if (done % step === 0) process.stderr.write(`${what} ${done}, resident ${megabytes(process.memoryUsage.rss())}\n`);
};
const failures: string[] = [];

if (Number(values.messages) > 0) {
  const began = performance.now();
  const messages = await fuzzMessages(Number(values.messages), seed, said('messages', 10_000));
  failures.push(...messages.failures);
  console.log(
    `${messages.messages} messages (${messages.damagedFrames} damaged frames), ${messages.requests} requests, ${messages.succeeded} succeeded: ` +
      `${messages.failures.length} failures, ${messages.unanswered} unanswered, at most ${megabytes(messages.peakResidentBytes)} resident, ${Math.round((performance.now() - began) / 1000)} s, seed ${seed}`,
  );
}
if (Number(values.elves) > 0) {
  const began = performance.now();
  const elves = await fuzzElves(Number(values.elves), seed, said('elves', 1000));
  failures.push(...elves.failures);
  console.log(
    `${elves.elves} mutated ELFs: ${elves.refused} refused, ${elves.launched} debugged, ${elves.requests} requests: ${elves.failures.length} failures, ` +
      `${elves.unanswered} unanswered, slowest ${Math.round(elves.slowest.milliseconds)} ms (seed ${elves.slowest.seed}), at most ${megabytes(elves.peakResidentBytes)} resident, ${Math.round((performance.now() - began) / 1000)} s, seed ${seed}`,
  );
}
if (Number(values.traces) > 0) {
  const began = performance.now();
  const traces = await fuzzTraces(Number(values.traces), seed);
  failures.push(...traces.failures);
  console.log(
    `${traces.traces} damaged traces: ${traces.refused} refused, ${traces.opened} opened: ${traces.failures.length} failures, ` +
      `slowest ${Math.round(traces.slowest.milliseconds)} ms (seed ${traces.slowest.seed}), ${Math.round((performance.now() - began) / 1000)} s, seed ${seed}`,
  );
}
if (Number(values.packets) > 0) {
  const began = performance.now();
  const packets = await fuzzPackets(Number(values.packets), seed, said('packets', 10_000));
  failures.push(...packets.failures);
  console.log(
    `${packets.packets} packets to the gdb server (${packets.damagedFrames} damaged frames), ${packets.answered} answers (${packets.refused} of them no), ` +
      `${packets.interrupts} interrupts, ${packets.connections} connections: ${packets.failures.length} failures, ${packets.unanswered} unanswered, ` +
      `slowest ${Math.round(packets.slowest.milliseconds)} ms (seed ${packets.slowest.seed}), at most ${megabytes(packets.peakResidentBytes)} resident, ${Math.round((performance.now() - began) / 1000)} s, seed ${seed}`,
  );
}
for (const failure of failures.slice(0, 20)) console.log(`  ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
