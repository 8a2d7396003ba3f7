import type { GoldenRun } from '../../determinism/runs.ts';

/** Of the page, not of Node. */
declare const Worker: new (
  script: string,
) => {
  postMessage(message: unknown): void;
  addEventListener(type: 'error', listener: (event: { readonly message: string }) => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: Message }) => void): void;
  terminate(): void;
};

interface Message {
  readonly type?: string;
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: { readonly result?: string };
  readonly host?: string;
  readonly id?: number;
  readonly path?: string;
}

/**
 * Executed in a page of scripts/worker-page.mjs, alone: runs a guest in dist/worker.js as VS Code for the Web does, goes to each instruction
 * count from where that led, and asks for the state's hash.
 */
export async function statesInPage({ guest, launch, instructions }: GoldenRun): Promise<string[]> {
  const worker = new Worker('/dist/worker.js');
  const answers = new Map<number, (message: Message) => void>();
  const stops: string[] = [];
  let wake = (): void => {};
  let sequence = 0;
  const failed = new Promise<never>((_, reject) => worker.addEventListener('error', ({ message }) => reject(new Error(message))));

  async function read({ id, path, host }: Message): Promise<void> {
    const response = await fetch(host === 'readAsset' ? `/dist/${path}` : String(path));
    const found = response.ok ? { bytes: new Uint8Array(await response.arrayBuffer()) } : { error: await response.text() };
    worker.postMessage({ host: 'file', id, ...found });
  }
  worker.addEventListener('message', ({ data }) => {
    if (data.host !== undefined) void read(data);
    else if (data.type === 'response') answers.get(data.request_seq ?? 0)?.(data);
    else if (data.event === 'stopped' || data.event === 'terminated') {
      stops.push(data.event);
      wake();
    }
  });
  const ask = (command: string, args: object): Promise<Message> =>
    Promise.race([
      failed,
      new Promise<Message>((resolve) => {
        const seq = ++sequence;
        answers.set(seq, resolve);
        worker.postMessage({ seq, type: 'request', command, arguments: args });
      }),
    ]);
  async function request(command: string, args: object): Promise<Message> {
    const answer = await ask(command, args);
    if (!answer.success) throw new Error(`${command}: ${answer.message}`);
    return answer;
  }
  const say = async (expression: string): Promise<string> =>
    (await request('evaluate', { expression, context: 'repl' })).body?.result ?? '';
  async function stopped(): Promise<void> {
    while (stops.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (stops.shift() === 'terminated') throw new Error(`${guest} has ended`);
  }

  await request('initialize', { adapterID: 'sdei' });
  await request('launch', { ...launch, program: `/${guest}`, stopOnEntry: true, stopAtEnd: 'always' });
  await request('configurationDone', {});
  await stopped();
  const furthest = Math.max(...instructions);
  while (Number(await say('$time')) < furthest) {
    await request('continue', { threadId: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    // It may stand at its end by itself.
    if (stops.length === 0) await ask('pause', { threadId: 1 });
    await stopped();
  }
  const hashes: string[] = [];
  for (const count of instructions) {
    await say(`goto ${count}`);
    await stopped();
    const [hash, , at] = (await say('sdei hash')).split(' ');
    hashes.push(Number(at) === count ? hash : `none: it stands after ${at} instructions`);
  }
  worker.terminate();
  return hashes;
}
