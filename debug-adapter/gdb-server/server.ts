/** The gdb server: TCP on loopback, one gdb at a time, as many after another as like. The guest stands still while none is attached. */
import { createServer, type Server, type Socket } from 'node:net';
import { internalFault, UserError } from '../errors.ts';
import { TargetError } from '../target/target.ts';
import { type GdbClient, GdbError } from './client.ts';
import { answerTo } from './commands.ts';
import type { GdbGuest } from './guest.ts';
import { createPacketReader, hexOfBytes, hexOfText, packet } from './packets.ts';
import { gdbRegisters } from './registers.ts';
import { explanationOf, stopReply } from './stop-reply.ts';
import { targetDescription } from './target-description.ts';

export interface GdbServerOptions {
  /** The guest at its first instruction: at the start, and when gdb kills or restarts it. @throws UserError */
  load(listener: { console(bytes: Uint8Array): void }): Promise<GdbGuest>;
  /** A line about clients that come and go. */
  note(text: string): void;
  /** The guest's console goes to gdb too. */
  readonly showsConsole: boolean;
  /** No gdb is attached any more. */
  detached?(): void;
}

export interface GdbServer {
  readonly port: number;
  readonly guest: GdbGuest;
  close(): Promise<void>;
}

/** @param port 0: a free one. @throws UserError if it cannot be had, or from `load` */
export async function startGdbServer(port: number, options: GdbServerOptions): Promise<GdbServer> {
  let attached: Attached | undefined;
  const listener = { console: (bytes: Uint8Array) => attached?.console(bytes) };
  let guest = await options.load(listener);
  const owner = {
    ...options,
    get guest() {
      return guest;
    },
    async restart() {
      guest = await options.load(listener);
    },
  };

  const server = createServer({ noDelay: true }, (socket) => {
    if (attached !== undefined) {
      options.note('A second gdb was refused: one at a time.');
      socket.destroy();
      return;
    }
    options.note('gdb attached.');
    attached = attach(socket, owner, () => {
      attached = undefined;
      options.note('gdb detached; the guest stands still.');
      options.detached?.();
    });
  });
  await listen(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    get guest() {
      return guest;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      attached?.end();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new UserError(`Cannot listen on port ${port}: ${error.message}. Choose another port.`)));
    server.listen(port, '127.0.0.1', resolve);
  });
}

interface Attached {
  console(bytes: Uint8Array): void;
  end(): void;
}

interface Owner extends Pick<GdbServerOptions, 'note' | 'showsConsole'> {
  readonly guest: GdbGuest;
  restart(): Promise<void>;
}

function attach(socket: Socket, owner: Owner, onEnd: () => void): Attached {
  let isOpen = true;
  let isRunning = false;
  let waiting = 0;
  let isInterrupted = false;
  let lastPacket: Uint8Array | undefined;
  // A guest that has ended is there again, from its start, for the next gdb.
  let queue: Promise<void> = owner.guest.ended.kind === 'off' ? owner.restart().catch(refuse) : Promise.resolve();
  const registers = gdbRegisters(owner.guest.target);
  const targetXml = targetDescription(registers);

  function refuse(error: unknown): void {
    owner.note(`The guest cannot be loaded again: ${error instanceof Error ? error.message : String(error)}`);
    socket.destroy();
  }
  const transmit = (bytes: Uint8Array | string) => {
    if (socket.writable) socket.write(bytes);
  };
  const send = (data: string) => {
    lastPacket = packet(data);
    transmit(lastPacket);
  };
  const { ended } = owner.guest;
  let isClosing = false;
  const client: GdbClient = {
    get guest() {
      return owner.guest;
    },
    registers,
    targetXml,
    knows: { swbreak: false, hwbreak: false },
    selected: ended.kind === 'stop' ? ended.stop.pe : 0,
    resumed: undefined,
    isAcknowledging: true,
    write: (text) => send(`O${hexOfText(text)}`),
    stopped(how) {
      const explanation = explanationOf(owner.guest, how);
      if (explanation !== undefined) client.write(`${explanation}\n`);
      if (how.kind === 'stop') client.selected = how.stop.pe;
      return stopReply(owner.guest, how, registers, client.knows);
    },
    restart: () => owner.restart(),
    close() {
      isClosing = true;
    },
  };

  const pause = () => owner.guest.pause(client.selected);
  async function answer(data: string): Promise<void> {
    waiting--;
    if (!isOpen) return;
    isRunning = true;
    let text: string | undefined;
    try {
      const answering = answerTo(client, data);
      if (isInterrupted) pause();
      if (waiting === 0) isInterrupted = false;
      text = await answering;
    } catch (error) {
      text = `E.${errorText(error, data)}`;
    }
    isRunning = false;
    if (text !== undefined) send(text);
    if (isClosing) socket.end();
  }

  const take = createPacketReader((input) => {
    switch (input.kind) {
      case 'interrupt':
        // Also a run whose packet has arrived and waits for its turn.
        isInterrupted = waiting > 0;
        if (isRunning) pause();
        return;
      case 'repeat':
        if (lastPacket !== undefined) transmit(lastPacket);
        return;
      case 'packet':
        if (client.isAcknowledging) {
          transmit(input.isIntact ? '+' : '-');
          if (!input.isIntact) return;
        }
        waiting++;
        queue = queue.then(() => answer(input.data));
    }
  });
  socket.on('data', take);
  socket.on('error', () => {});
  socket.on('close', () => {
    isOpen = false;
    pause();
    void queue.then(() => {
      owner.guest.breakpoints.software.clear();
      owner.guest.breakpoints.hardware.clear();
      onEnd();
    });
  });

  return {
    console(bytes) {
      if (isRunning && isOpen && owner.showsConsole) send(`O${hexOfBytes(bytes)}`);
    },
    end() {
      socket.destroy();
    },
  };
}

/** gdb shows what follows `E.`; it takes ASCII. */
function errorText(error: unknown, data: string): string {
  const isExpected = error instanceof GdbError || error instanceof TargetError || error instanceof UserError;
  const { message } = isExpected ? error : internalFault(`packet "${data.slice(0, 40)}"`, error);
  return message.replaceAll(/[^ -~]/g, '?');
}
