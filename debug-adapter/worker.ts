/**
 * The adapter in a worker: DAP messages as objects, in and out. The same file runs in a Node worker thread and in a Web Worker.
 * In a Web Worker files come from the parent: `{ host: 'readFile' | 'readAsset', id, path }` out, `{ host: 'file', id, bytes? , error? }` back.
 */
import type { Host } from './host.ts';
import { createLeftGuests } from './left-guests.ts';
import { prepareMachine, makers } from './makers.ts';
import { createSession, type SessionEndpoint } from './session.ts';

interface Port {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): void;
  end(): void;
}

interface FileAnswer {
  readonly host: 'file';
  readonly id: number;
  /** Absent: the file cannot be read, for the reason `error`. */
  readonly bytes?: Uint8Array;
  readonly error?: string;
}

const IDLE_MILLISECONDS = 50;

function start(port: Port, host: Host, onOther: (message: unknown) => boolean): void {
  const leftGuests = createLeftGuests();
  const begin = (): SessionEndpoint =>
    createSession({
      host,
      makers,
      send: port.post,
      leftGuests,
      onDisconnect(isGuestLeft) {
        if (isGuestLeft) session = begin();
        else port.end();
      },
    });
  let session = begin();
  let isWanted = false;
  port.listen((message) => {
    isWanted = true;
    if (!onOther(message)) session.receive(message);
  });
  // A worker that is kept ready for the next session has what the first machine takes as well.
  setTimeout(() => {
    if (!isWanted) prepareMachine();
  }, IDLE_MILLISECONDS);
}

async function startInNode(): Promise<void> {
  const { parentPort } = await import('node:worker_threads');
  const { nodeHost } = await import('./node-host.ts');
  if (parentPort === null) throw new Error('worker.js runs in a worker only; the program is debug-adapter.js');
  const port = parentPort;
  start(
    { post: (message) => port.postMessage(message), listen: (listener) => port.on('message', listener), end: () => port.close() },
    nodeHost,
    () => false,
  );
}

interface WebWorkerScope {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  close(): void;
}

function startInBrowser(scope: WebWorkerScope): void {
  const waiting = new Map<number, (answer: FileAnswer) => void>();
  let lastId = 0;
  const ask = async (what: 'readFile' | 'readAsset', path: string): Promise<Uint8Array> => {
    const id = ++lastId;
    const answer = await new Promise<FileAnswer>((resolve) => {
      waiting.set(id, resolve);
      scope.postMessage({ host: what, id, path });
    });
    if (answer.bytes === undefined) throw new Error(answer.error ?? 'not found');
    return answer.bytes;
  };
  const host: Host = {
    readFile: (path) => ask('readFile', path),
    readAsset: (name) => ask('readAsset', name),
    exists: (path) =>
      ask('readFile', path).then(
        () => true,
        () => false,
      ),
  };
  const port: Port = {
    post: (message) => scope.postMessage(message),
    listen: (listener) => scope.addEventListener('message', ({ data }) => listener(data)),
    end: () => scope.close(),
  };
  start(port, host, (message) => {
    if (typeof message !== 'object' || message === null || (message as { host?: unknown }).host !== 'file') return false;
    const answer = message as FileAnswer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
    return true;
  });
}

const isNode = typeof process === 'object' && process.versions?.node !== undefined;
if (isNode) void startInNode();
else startInBrowser(globalThis as unknown as WebWorkerScope);
