/** A DAP client over a child process's standard streams. Uses no code of the adapter. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { TestContext } from 'node:test';

export interface RawMessage {
  readonly seq: number;
  readonly type: 'request' | 'response' | 'event';
  readonly [key: string]: unknown;
}
export interface RawResponse extends RawMessage {
  readonly request_seq: number;
  readonly command: string;
  readonly success: boolean;
  readonly message?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked at, not modelled
  readonly body: any;
}

const root = path.join(import.meta.dirname, '../../..');

export class RawClient {
  readonly process: ChildProcess;
  readonly messages: RawMessage[] = [];
  stderr = '';
  private buffer = Buffer.alloc(0);
  private sequence = 0;
  private listeners: (() => void)[] = [];

  /**
   * @param test whose end ends the adapter, also when it fails
   * @param adapter from the project's folder
   */
  constructor(test: Pick<TestContext, 'after'>, args: readonly string[] = [], adapter = 'debug-adapter/main.ts') {
    this.process = spawn(process.execPath, [path.join(root, adapter), ...args], { cwd: root });
    test.after(() => void this.process.kill());
    this.process.setMaxListeners(0);
    this.process.stdout?.on('data', (chunk: Buffer) => this.take(chunk));
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
  }

  private take(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    for (;;) {
      const end = this.buffer.indexOf('\r\n\r\n');
      if (end < 0) break;
      const length = Number(/^Content-Length: (\d+)$/.exec(this.buffer.toString('latin1', 0, end))?.[1]);
      if (this.buffer.length < end + 4 + length) break;
      this.messages.push(JSON.parse(this.buffer.toString('utf8', end + 4, end + 4 + length)));
      this.buffer = this.buffer.subarray(end + 4 + length);
    }
    for (const listener of this.listeners) listener();
  }

  writeRaw(bytes: string | Uint8Array): void {
    this.process.stdin?.write(bytes);
  }
  write(message: unknown): void {
    const body = JSON.stringify(message);
    this.writeRaw(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }
  nextSequence(): number {
    return ++this.sequence;
  }

  async waitFor<Message extends RawMessage>(what: (message: RawMessage) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(what);
      if (found !== undefined) return found as Message;
      await new Promise<void>((resolve, reject) => {
        this.listeners.push(resolve);
        this.process.once('exit', () => reject(new Error(`the adapter has ended; it said: ${this.stderr}`)));
      });
    }
  }
  async request(command: string, args?: unknown): Promise<RawResponse> {
    const seq = this.nextSequence();
    this.write({ seq, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) });
    return this.waitFor<RawResponse>((message) => message.type === 'response' && message.request_seq === seq);
  }
  /** The next event of that name which has not been taken yet. */
  async event(name: string): Promise<Record<string, unknown>> {
    const found = await this.waitFor((message) => message.type === 'event' && message.event === name);
    this.messages.splice(this.messages.indexOf(found), 1);
    return (found.body ?? {}) as Record<string, unknown>;
  }
  async end(): Promise<number | null> {
    const exited = new Promise<number | null>((resolve) => this.process.once('exit', resolve));
    this.process.stdin?.end();
    return exited;
  }
}

export const guest = (name: string): string => path.join(root, 'test/guests', name);
