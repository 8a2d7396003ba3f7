/**
 * The debug adapter as an editor meets it: a process that speaks DAP on its standard streams. Uses no code of the adapter.
 * As thin as a client can be, since gdb, which it is compared with, needs none: it writes a request, and sleeps in read(2) until the answer is there.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DapMessage } from './dap-message.ts';

const HEADER_END = '\r\n\r\n';
const LENGTH = 'Content-Length: ';

/** Two ends of a pipe that block, which Node makes for itself only under a name. */
function pipe(folder: string, name: string): { readonly read: number; readonly write: number } {
  const file = path.join(folder, name);
  execFileSync('mkfifo', [file]);
  const both = openSync(file, 'r+');
  const ends = { read: openSync(file, 'r'), write: openSync(file, 'w') };
  closeSync(both);
  return ends;
}

export class DapClient {
  private readonly program: string;
  private readonly requests: { readonly read: number; readonly write: number };
  private readonly answers: { readonly read: number; readonly write: number };
  private process: ChildProcess | undefined;
  private readonly chunk = Buffer.alloc(1 << 18);
  private buffer = '';
  private sequence = 0;
  private stops = 0;

  /** Only makes the pipes. */
  constructor(program: string) {
    const folder = mkdtempSync(path.join(tmpdir(), 'bench-dap-'));
    this.program = program;
    this.requests = pipe(folder, 'requests');
    this.answers = pipe(folder, 'answers');
    rmSync(folder, { recursive: true });
  }
  startProgram(): void {
    this.process = spawn(process.execPath, [this.program], { stdio: [this.requests.read, this.answers.write, 'inherit'] });
    closeSync(this.requests.read);
    closeSync(this.answers.write);
  }

  /** The next message, or `undefined` if it has not come as a whole yet. */
  private take(): DapMessage | undefined {
    const end = this.buffer.indexOf(HEADER_END);
    if (end < 0) return undefined;
    const start = end + HEADER_END.length;
    const next = start + Number(this.buffer.slice(LENGTH.length, end));
    if (this.buffer.length < next) return undefined;
    const body = this.buffer.slice(start, next);
    this.buffer = this.buffer.slice(next);
    return JSON.parse(body) as DapMessage;
  }
  private next(): DapMessage {
    for (;;) {
      const message = this.take();
      if (message?.event === 'stopped') this.stops++;
      if (message?.event === 'terminated') throw new Error('The guest has ended before the measurements.');
      if (message !== undefined) return message;
      const length = readSync(this.answers.read, this.chunk);
      if (length === 0) throw new Error('The debug adapter has ended before the measurements.');
      // A byte per character: what is measured has no others in its messages.
      this.buffer += this.chunk.latin1Slice(0, length);
    }
  }

  private send(command: string, args: unknown): number {
    const seq = ++this.sequence;
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args });
    writeSync(this.requests.write, `${LENGTH}${Buffer.byteLength(body)}${HEADER_END}${body}`);
    return seq;
  }
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  request(command: string, args: unknown = {}): any {
    const seq = this.send(command, args);
    for (;;) {
      const { type, request_seq, success, message, body } = this.next();
      if (type !== 'response' || request_seq !== seq) continue;
      if (success) return body;
      throw new Error(`${command}: ${message}`);
    }
  }
  /** The next stop that has not been waited for. */
  stopped(): void {
    while (this.stops === 0) this.next();
    this.stops--;
  }
  /** A request that lets the guest run, its stop, and where that is: what a debugger shows of it first. */
  go(command: string, args: object = {}): void {
    this.send(command, { threadId: 1, ...args });
    this.stopped();
    this.request('stackTrace', { threadId: 1, levels: 1 });
  }
  /** All writes to a variable, in the Debug Console. */
  list(name: string): void {
    this.request('evaluate', { expression: `writes ${name}`, context: 'repl' });
    this.stopped();
  }
  evaluate(expression: string): string {
    return this.request('evaluate', { expression, context: 'watch' }).result;
  }
  end(): void {
    closeSync(this.requests.write);
    closeSync(this.answers.read);
    this.process?.kill();
  }
}
