/** The debug adapter as an editor meets it: a process that speaks DAP on its standard streams. Uses no code of the adapter. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

interface Message {
  readonly type: string;
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked at, not modelled
  readonly body?: any;
}

const HEADER_END = '\r\n\r\n';

export class DapClient {
  private readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private buffer: Buffer = Buffer.alloc(0);
  private sequence = 0;
  private readonly answers = new Map<number, (message: Message) => void>();
  private stops = 0;
  private onStop: (() => void) | undefined;

  constructor(program: string) {
    this.process = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.process.stdout.on('data', (chunk: Buffer) => this.take(chunk));
  }

  private take(chunk: Buffer): void {
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
    for (;;) {
      const end = this.buffer.indexOf(HEADER_END);
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.buffer.toString('latin1', 0, end))?.[1]);
      const start = end + HEADER_END.length;
      if (this.buffer.length < start + length) return;
      this.handle(JSON.parse(this.buffer.toString('utf8', start, start + length)));
      this.buffer = this.buffer.subarray(start + length);
    }
  }
  private handle(message: Message): void {
    if (message.type === 'response') {
      const answer = this.answers.get(message.request_seq ?? 0);
      this.answers.delete(message.request_seq ?? 0);
      answer?.(message);
    } else if (message.event === 'stopped') {
      this.stops++;
      this.onStop?.();
    } else if (message.event === 'terminated') throw new Error('The guest has ended before the measurements.');
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  request(command: string, args: unknown = {}): Promise<any> {
    const seq = ++this.sequence;
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args });
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}${HEADER_END}${body}`);
    return new Promise((resolve, reject) => {
      this.answers.set(seq, (message) => {
        if (message.success) resolve(message.body);
        else reject(new Error(`${command}: ${message.message}`));
      });
    });
  }
  /** The next stop that has not been waited for. */
  async stopped(): Promise<void> {
    while (this.stops === 0) await new Promise<void>((resolve) => (this.onStop = resolve));
    this.stops--;
  }
  /** A request that lets the guest run, its stop, and where that is: what a debugger shows of it first. */
  async go(command: string, args: object = {}): Promise<void> {
    void this.request(command, { threadId: 1, ...args });
    await this.stopped();
    await this.request('stackTrace', { threadId: 1, levels: 1 });
  }
  async evaluate(expression: string): Promise<string> {
    return (await this.request('evaluate', { expression, context: 'watch' })).result;
  }
  end(): void {
    this.process.kill();
  }
}
