/** The same file serves as a Node worker thread and, bundled, as a Web Worker that has no files and no Node. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { guests, type Message, root } from './support/session-client.ts';
import { trimmed } from '../../scripts/trim-capstone.mjs';

const requests = [
  ['initialize', { adapterID: 'x' }],
  ['launch', { program: path.join(guests, 'first-event.elf'), stopOnEntry: true }],
  ['configurationDone', {}],
  ['disassemble', { memoryReference: '0x40100000', instructionCount: 1 }],
] as const;
const numbered = requests.map(([command, args], index) => ({ seq: index + 1, type: 'request', command, arguments: args }));
/** Sent when everything has been answered: what waits before it is cancelled after a while. */
const disconnect = { seq: numbered.length + 1, type: 'request', command: 'disconnect', arguments: {} };
const isLastAnswer = ({ request_seq }: Message) => request_seq === numbered.length;

function check(messages: readonly Message[]): void {
  const what = messages.map(({ event, success, message }) => event ?? message ?? success);
  assert.deepEqual(what, [true, 'initialized', true, true, 'stopped', true, true]);
  const { body } = messages[5] as { body: { instructions: { instruction: string }[] } };
  assert.equal(body.instructions[0].instruction, 'mrs\tx0, currentel');
}

test('in a worker thread of Node', async () => {
  const worker = new Worker(path.join(root, 'debug-adapter/worker.ts'), { argv: [] });
  const messages: Message[] = [];
  worker.on('message', (message: Message) => {
    messages.push(message);
    if (isLastAnswer(message)) worker.postMessage(disconnect);
  });
  for (const message of numbered) worker.postMessage(message);
  assert.equal(await new Promise((resolve) => worker.once('exit', resolve)), 0);
  check(messages);
});

// As esbuild.mjs bundles it.
test('in a Web Worker, with files from its parent', async () => {
  const bundle = await build({
    entryPoints: [path.join(root, 'debug-adapter/worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    alias: { fflate: 'fflate/browser' },
    plugins: [trimmed],
    write: false,
  });
  const messages: Message[] = [];
  let listener: (event: { data: unknown }) => void = () => {};
  const files = {
    readFile: (file: string) => file,
    readAsset: (name: string) => path.join(root, 'node_modules/@alexaltea/capstone-js/dist', name),
  };
  const closed = new Promise<void>((close) => {
    const scope: Record<string, unknown> = {
      ...{
        WebAssembly,
        TextDecoder,
        TextEncoder,
        performance,
        MessageChannel,
        setTimeout,
        clearTimeout,
        atob,
        btoa,
        AbortController,
        URL,
        console,
      },
      location: { href: 'blob:worker' },
      WorkerGlobalScope: Object,
      addEventListener(_type: string, given: typeof listener) {
        listener = given;
      },
      close,
      postMessage(message: Message & { host?: keyof typeof files; id: number; path: string }) {
        if (message.host === undefined) {
          messages.push(message);
          if (isLastAnswer(message)) setTimeout(() => listener({ data: disconnect }));
          return;
        }
        const answer = { host: 'file', id: message.id };
        try {
          const bytes = new Uint8Array(readFileSync(files[message.host](message.path)));
          setTimeout(() => listener({ data: { ...answer, bytes } }));
        } catch {
          setTimeout(() => listener({ data: { ...answer, error: 'FileNotFound' } }));
        }
      },
    };
    scope.self = scope;
    vm.runInNewContext(bundle.outputFiles[0].text, scope);
    for (const data of numbered) listener({ data });
  });
  await closed;
  check(messages);
});
