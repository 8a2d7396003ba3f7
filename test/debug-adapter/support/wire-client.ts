/** A DAP client over a socket that uses no code of the adapter and takes no message the protocol's schema does not allow. */
import { connect, type Socket } from 'node:net';
import { type AnyMessage, problemsOf } from './protocol-schema.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked at, not modelled
export type Body = any;

interface WireMessage extends AnyMessage {
  readonly seq: number;
  readonly request_seq?: number;
  readonly message?: string;
  readonly body?: Body;
}

export class WireClient {
  readonly messages: WireMessage[] = [];
  /** What both sides have said. */
  readonly conversation: AnyMessage[] = [];
  /** What was wrong with messages, of either side. */
  readonly problems: string[] = [];
  private readonly socket: Socket;
  private buffer = Buffer.alloc(0);
  private sequence = 0;
  private taken = new Set<WireMessage>();
  private wake: () => void = () => {};
  private closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }
  static async connect(port: number): Promise<WireClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new WireClient(socket);
  }

  private check(message: WireMessage): void {
    this.conversation.push(message);
    this.problems.push(...problemsOf(message));
  }
  private take(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    for (;;) {
      const end = this.buffer.indexOf('\r\n\r\n');
      const length = Number(/^Content-Length: (\d+)$/.exec(this.buffer.toString('latin1', 0, Math.max(end, 0)))?.[1]);
      if (end < 0 || this.buffer.length < end + 4 + length) break;
      const message = JSON.parse(this.buffer.toString('utf8', end + 4, end + 4 + length)) as WireMessage;
      this.buffer = this.buffer.subarray(end + 4 + length);
      this.check(message);
      this.messages.push(message);
    }
    this.wake();
  }
  private async until<Found>(find: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.closed) throw new Error('the adapter has closed the connection');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Sends a request and does not wait. @returns its number */
  send(command: string, args?: unknown): number {
    const message = { seq: ++this.sequence, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) };
    this.check(message);
    const body = JSON.stringify(message);
    this.socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return message.seq;
  }
  answer(seq: number): Promise<WireMessage> {
    return this.until(() => this.messages.find(({ type, request_seq }) => type === 'response' && request_seq === seq));
  }
  ask(command: string, args?: unknown): Promise<WireMessage> {
    return this.answer(this.send(command, args));
  }
  /** The body of a response that must be a success. */
  async request(command: string, args?: unknown): Promise<Body> {
    const { success, message, body } = await this.ask(command, args);
    if (!success) throw new Error(`${command}: ${message}`);
    return body ?? {};
  }
  /** The body of the next event of that name that nobody has taken. */
  async event(name: string): Promise<Body> {
    const found = await this.until(() => this.messages.find((message) => message.event === name && !this.taken.has(message)));
    this.taken.add(found);
    return found.body ?? {};
  }
  /** All that was printed to the Debug Console so far. */
  output(category?: string): string {
    return this.messages
      .filter(({ event, body }) => event === 'output' && (category === undefined || body.category === category))
      .map(({ body }) => body.output)
      .join('');
  }
  close(): void {
    this.socket.destroy();
  }
}
