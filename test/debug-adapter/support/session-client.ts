/** A client of a session in this process: fast, with the real machine. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { Host } from '../../../debug-adapter/host.ts';
import type { LeftGuests } from '../../../debug-adapter/left-guests.ts';
import { makers } from '../../../debug-adapter/makers.ts';
import { nodeHost } from '../../../debug-adapter/node-host.ts';
import { problemsOf } from './protocol-schema.ts';
import { createSession, type SessionEndpoint } from '../../../debug-adapter/session.ts';

export interface Message {
  readonly type: string;
  readonly command?: string;
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: unknown;
}

export const root = path.join(import.meta.dirname, '../../..');
export const guests = path.join(root, 'test/guests');

export const assets = { readAsset: (name: string) => nodeHost.readFile(path.join(root, 'node_modules/@alexaltea/capstone-js/dist', name)) };

export class SessionClient {
  readonly messages: Message[] = [];
  /** What was wrong with messages of the adapter, by the protocol's schema. */
  readonly problems: string[] = [];
  readonly session: SessionEndpoint;
  private sequence = 0;
  private taken = 0;
  private waiting: (() => void)[] = [];

  constructor(parts = makers, host: Host = nodeHost, leftGuests?: LeftGuests) {
    this.session = createSession({
      host: { ...host, ...assets },
      makers: parts,
      ...(leftGuests && { leftGuests }),
      send: (message) => {
        const received = JSON.parse(JSON.stringify(message)) as Message;
        this.messages.push(received);
        this.problems.push(...problemsOf({ ...received }));
        const waiting = this.waiting;
        this.waiting = [];
        for (const wake of waiting) wake();
      },
    });
  }

  private async until<Found>(find: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => void this.waiting.push(resolve));
    }
  }
  /** A request whose answer may be waited for later. */
  send(command: string, args: unknown = {}): { readonly seq: number; readonly answer: Promise<Message> } {
    const seq = ++this.sequence;
    this.session.receive({ seq, type: 'request', command, arguments: args });
    return { seq, answer: this.until(() => this.messages.find(({ type, request_seq }) => type === 'response' && request_seq === seq)) };
  }
  ask(command: string, args: unknown = {}): Promise<Message> {
    return this.send(command, args).answer;
  }
  /** The `count`th event of that name in the session. */
  heard(event: string, count = 1): Promise<Message> {
    return this.until(() => this.messages.filter((one) => one.event === event)[count - 1]);
  }
  /** The body of a response that must be a success. */
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked at, not modelled
  async request(command: string, args: unknown = {}): Promise<any> {
    const response = await this.ask(command, args);
    if (!response.success) throw new Error(`${command}: ${response.message}`);
    return response.body ?? {};
  }
  /** The next `stopped`, or `terminated`, after those already waited for. */
  async stop(): Promise<{
    event: string;
    body: { reason?: string; description?: string; threadId?: number; text?: string; hitBreakpointIds?: number[] };
  }> {
    return this.until(() => {
      for (let index = this.taken; index < this.messages.length; index++) {
        const { event, body } = this.messages[index];
        if (event !== 'stopped' && event !== 'terminated') continue;
        this.taken = index + 1;
        return { event, body: (body ?? {}) as { reason?: string } };
      }
      return undefined;
    });
  }
  outputs(category: string): string {
    const bodies = this.messages.filter(({ event }) => event === 'output').map(({ body }) => body as { category: string; output: string });
    return bodies
      .filter((body) => body.category === category)
      .map(({ output }) => output)
      .join('');
  }
  /** initialize and launch. */
  async launch(program: string, more: Record<string, unknown> = {}): Promise<void> {
    await this.request('initialize', { adapterID: 'sdei' });
    await this.request('launch', { program: path.join(guests, program), ...more });
  }
  async start(): Promise<void> {
    await this.request('configurationDone');
  }
  /** A request that resumes the guest, and where it stops. */
  async go(command: string, args: Record<string, unknown> = {}): Promise<Awaited<ReturnType<SessionClient['stop']>>> {
    await this.request(command, { threadId: 1, ...args });
    return this.stop();
  }
  /** `function file:line` for each line of the stack. */
  async stack(threadId = 1): Promise<string[]> {
    const { stackFrames } = await this.request('stackTrace', { threadId });
    return stackFrames.map((frame: { name: string; source?: { name: string }; line: number }) =>
      frame.source === undefined ? frame.name : `${frame.name} ${frame.source.name}:${frame.line}`,
    );
  }
  async pc(threadId = 1): Promise<bigint> {
    const { stackFrames } = await this.request('stackTrace', { threadId, levels: 1 });
    return BigInt(stackFrames[0].instructionPointerReference);
  }
  async evaluate(expression: string, frameId?: number): Promise<string> {
    return (await this.request('evaluate', { expression, frameId, context: 'watch' })).result;
  }
  async breakAt(file: string, ...lines: number[]): Promise<{ id: number; verified: boolean; line: number; message?: string }[]> {
    const source = { path: path.join(guests, file) };
    return (await this.request('setBreakpoints', { source, breakpoints: lines.map((line) => ({ line })) })).breakpoints;
  }
  end(): Promise<unknown> {
    return this.ask('disconnect');
  }
}

/** @param parts other parts than the real ones */
export async function withSession(test: (client: SessionClient) => Promise<void>, parts = makers): Promise<void> {
  const client = new SessionClient(parts);
  try {
    await test(client);
    assert.deepEqual(client.problems, []);
  } finally {
    await client.end();
  }
}
