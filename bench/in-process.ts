/**
 * The debug adapter with its client in one process, as gdb is in batch mode: no pipes, no other process to wake, and no JSON, since VS Code's
 * worker has none either. Run by bench/debug.ts as a program of its own; prints what it has measured as JSON.
 *
 *   node bench/in-process.ts PROGRAM
 */
import { createLeftGuests } from '../debug-adapter/left-guests.ts';
import { makers } from '../debug-adapter/makers.ts';
import { nodeHost } from '../debug-adapter/node-host.ts';
import { createSession } from '../debug-adapter/session.ts';
import type { DapMessage } from './dap-message.ts';

interface Wait {
  readonly isIt: (message: DapMessage) => boolean;
  readonly resolve: (message: DapMessage) => void;
}

const waiting = new Set<Wait>();
const session = createSession({
  host: nodeHost,
  makers,
  leftGuests: createLeftGuests(),
  onDisconnect: () => {},
  send(message) {
    for (const wait of waiting) {
      if (!wait.isIt(message as DapMessage)) continue;
      waiting.delete(wait);
      wait.resolve(message as DapMessage);
    }
  },
});
const until = (isIt: Wait['isIt']): Promise<DapMessage> => new Promise((resolve) => waiting.add({ isIt, resolve }));
const stopped = (): Promise<DapMessage> => until(({ event }) => event === 'stopped');

let sequence = 0;
function send(command: string, args: object): number {
  const seq = ++sequence;
  session.receive({ seq, type: 'request', command, arguments: args });
  return seq;
}
// oxlint-disable-next-line typescript/no-explicit-any -- as above
async function request(command: string, args: object = {}): Promise<any> {
  const own = sequence + 1;
  const answer = until(({ type, request_seq }) => type === 'response' && request_seq === own);
  send(command, args);
  const { success, message, body } = await answer;
  if (success !== true) throw new Error(`${command}: ${message}`);
  return body;
}
async function go(command: string, args: object = {}): Promise<void> {
  const stop = stopped();
  send(command, { threadId: 1, ...args });
  await stop;
  await request('stackTrace', { threadId: 1, levels: 1 });
}

/** Microseconds of one of `count`: the median. */
async function each(count: number, action: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const begin = performance.now();
    await action();
    times.push((performance.now() - begin) * 1000);
  }
  return times.sort((one, other) => one - other)[count >> 1];
}

/** So often, V8 has compiled everything well before half of them. */
const COUNT = 20_000;

await request('initialize', { adapterID: 'sdei', supportsInvalidatedEvent: true });
const launched = request('launch', { program: process.argv[2], bootCache: false });
await request('setFunctionBreakpoints', { breakpoints: [{ name: 'work' }] });
const first = stopped();
await request('configurationDone');
await launched;
await first;
const result: Record<string, number> = {};
result['breakpoint-inside'] = await each(COUNT, () => go('continue'));
result['stepi-inside'] = await each(COUNT, () => go('stepIn', { granularity: 'instruction' }));
result['step-inside'] = await each(COUNT, () => go('stepIn'));
await request('setFunctionBreakpoints', { breakpoints: [] });
const { dataId } = await request('dataBreakpointInfo', { name: 'turns' });
await request('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] });
await go('continue');
result['watchpoint-inside'] = await each(COUNT, () => go('continue'));
process.stdout.write(JSON.stringify(result));
process.exit();
