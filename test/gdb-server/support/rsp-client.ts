/** A client of the remote serial protocol, for tests: own framing, on purpose not the server's. */
import { connect, type Socket } from 'node:net';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const framed = (data: string) => {
  const sum = bytesOf(data).reduce((total, byte) => (total + byte) % 256, 0);
  return bytesOf(`$${data}#${sum.toString(16).padStart(2, '0')}`);
};

export class RspClient {
  /** Everything that came, not looked at yet. */
  private buffer = '';
  private wake: () => void = () => {};
  isClosed = false;
  private readonly socket: Socket;
  /** Text of `O` packets. */
  console = '';

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.buffer += chunk.toString('latin1');
      this.wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.isClosed = true;
      this.wake();
    });
  }

  raw(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? bytesOf(bytes) : bytes);
  }
  /** What comes next: an answer, `+`, `-`, or `closed`. */
  async next(): Promise<string> {
    for (;;) {
      const match = /^(?:([+-])|\$([^#]*)#[0-9a-f]{2})/.exec(this.buffer);
      if (match !== null) {
        this.buffer = this.buffer.slice(match[0].length);
        return (
          match[1] ?? `$${match[2].replaceAll(/\}([^])/g, (_, character: string) => String.fromCharCode(character.charCodeAt(0) ^ 0x20))}`
        );
      }
      if (this.isClosed) return 'closed';
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
  /** The answer, without what the guest writes meanwhile. */
  async answer(): Promise<string> {
    for (;;) {
      const next = await this.next();
      if (next === 'closed') return next;
      if (!next.startsWith('$')) continue;
      if (!/^\$O[0-9a-f]+$/.test(next)) return next.slice(1);
      this.console += Buffer.from(next.slice(2), 'hex').toString();
    }
  }
  send(data: string): void {
    this.socket.write(framed(data));
  }
  ask(data: string): Promise<string> {
    this.send(data);
    return this.answer();
  }
  async monitor(line: string): Promise<string> {
    const before = this.console.length;
    const answer = await this.ask(`qRcmd,${Buffer.from(line).toString('hex')}`);
    if (answer !== 'OK') throw new Error(`monitor ${line}: ${answer}`);
    return this.console.slice(before);
  }
  /** A register by its number, as a number. */
  async register(number: number): Promise<bigint | undefined> {
    const hex = await this.ask(`p${number.toString(16)}`);
    return hex.startsWith('x') ? undefined : Buffer.from(hex, 'hex').reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }
  async closed(): Promise<void> {
    while (!this.isClosed) await this.next();
  }
  end(): Promise<void> {
    this.socket.end();
    return this.closed();
  }
}
