/** The debug adapter as VS Code has it here: a worker that has been kept ready, and messages as objects. */
import { Worker } from 'node:worker_threads';
import type { DapMessage } from './dap-message.ts';

const READY_MILLISECONDS = 1000;

/** From the launch request to the stop in `breakAt` and its innermost frame, in microseconds. @param stay milliseconds that the session lasts longer */
export async function measureReadyWorker(worker: string, program: string, breakAt: string, stay = 0): Promise<number> {
  const adapter = new Worker(worker);
  await new Promise((resolve) => setTimeout(resolve, READY_MILLISECONDS));
  const heard: DapMessage[] = [];
  let wake = (): void => {};
  adapter.on('message', (message: DapMessage) => {
    heard.push(message);
    wake();
  });
  const until = async (isIt: (message: DapMessage) => boolean): Promise<void> => {
    while (!heard.some(isIt)) await new Promise<void>((resolve) => (wake = resolve));
  };
  let sequence = 0;
  const request = (command: string, args: object): Promise<void> => {
    const seq = ++sequence;
    adapter.postMessage({ seq, type: 'request', command, arguments: args });
    return until(({ type, request_seq }) => type === 'response' && request_seq === seq);
  };
  const begin = performance.now();
  await request('initialize', { adapterID: 'sdei', supportsInvalidatedEvent: true });
  await request('launch', { program, bootCache: false });
  await request('setFunctionBreakpoints', { breakpoints: [{ name: breakAt }] });
  await request('configurationDone', {});
  await until(({ event }) => event === 'stopped');
  await request('stackTrace', { threadId: 1, levels: 1 });
  const took = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, stay));
  await adapter.terminate();
  return took * 1000;
}
