/** The gdb server: TCP on loopback, one gdb at a time, as many after another as like. The guest stands still while none is attached. */
import { cannotListen, internalFault, noGdbServerHere, UserError } from '../errors.ts';
import type { Host, HostSocket } from '../host.ts';
import type { Ended } from '../target/run-control.ts';
import { TargetError } from '../target/target.ts';
import { type GdbClient, GdbError } from './client.ts';
import { answerTo } from './commands.ts';
import type { GdbGuest } from './guest.ts';
import { createPacketReader, hexOfBytes, hexOfText, PACKET_SIZE, packet } from './packets.ts';
import { gdbRegisters } from './registers.ts';
import { explanationOf, stopReply } from './stop-reply.ts';
import { targetDescription } from './target-description.ts';

export interface GdbServerOptions {
  /** The present one. */
  guest(): GdbGuest;
  /** The guest at its first instruction again. Absent: it is not gdb's to kill or to restart. @throws UserError */
  restart?(): Promise<void>;
  /** A line about clients that come and go. */
  note(text: string): void;
  /** The guest's console goes to gdb too. */
  readonly showsConsole: boolean;
  /** Before the first answer. @throws UserError if there is nothing to attach to */
  attaching(): Promise<void>;
  /** No gdb is attached any more. */
  detached?(): void;
  /** The server is closed for good. */
  closed?(): Promise<void>;
}

export interface GdbServer {
  readonly port: number;
  readonly guest: GdbGuest;
  readonly isAttached: boolean;
  /** The guest has written on its console. */
  console(bytes: Uint8Array): void;
  /** Closes the connection of the gdb that is attached. */
  drop(): void;
  close(): Promise<void>;
}

/** @param port 0: a free one. @throws UserError if it cannot be had */
export async function startGdbServer(host: Host, port: number, options: GdbServerOptions): Promise<GdbServer> {
  if (host.listen === undefined) throw noGdbServerHere();
  let attached: Attached | undefined;
  const turnedAway = new Set<HostSocket>();
  const accept = (socket: HostSocket) => {
    if (attached !== undefined) {
      options.note('A second gdb was refused: one at a time.');
      turnedAway.add(socket);
      turnAway(socket, 'Another debugger is attached: one at a time. "detach" it first.', () => turnedAway.delete(socket));
      return;
    }
    options.note('gdb attached.');
    attached = attach(socket, options, () => {
      attached = undefined;
      options.note('gdb detached; the guest stands still.');
      options.detached?.();
    });
  };
  const listener = await host.listen(port, accept).catch((error: unknown) => {
    throw cannotListen(port, error);
  });
  return {
    port: listener.port,
    get guest() {
      return options.guest();
    },
    get isAttached() {
      return attached !== undefined;
    },
    console: (bytes) => attached?.console(bytes),
    drop: () => attached?.end(),
    async close() {
      const closed = listener.close();
      attached?.end();
      for (const socket of turnedAway) socket.destroy();
      await closed;
      await options.closed?.();
    },
  };
}

/** Its first packet is answered with the reason: it sends one before it shows anything. */
function turnAway(socket: HostSocket, reason: string, onClosed: () => void): void {
  const take = createPacketReader((input) => {
    if (input.kind !== 'packet') return;
    socket.write(PLUS);
    socket.write(packet(errorAnswer('gdb', reason)));
    socket.end();
  });
  socket.listen({ data: take, closed: onClosed });
}

interface Attached {
  console(bytes: Uint8Array): void;
  end(): void;
}

function attach(socket: HostSocket, options: GdbServerOptions, onEnd: () => void): Attached {
  /** gdb is attached. */
  let isOpen = true;
  /** The other side has gone; what it asked for before is left undone. */
  let isGone = false;
  let isRunning = false;
  let waiting = 0;
  /** An interrupt has come, and no run has been ended by it yet. */
  let isInterrupted = false;
  /** gdb has been told of a stop that it did not ask for by an interrupt. */
  let hasStopped = false;
  let lastPacket: Uint8Array | undefined;
  let queue: Promise<void> = options.attaching().then(begin).catch(refuse);
  const registers = gdbRegisters(options.guest().target);
  const targetXml = targetDescription(registers);

  function begin(): void {
    const { ended } = client.guest;
    client.selected = ended.kind === 'stop' ? ended.stop.pe : 0;
  }
  function refuse(error: unknown): void {
    options.note(`gdb cannot have the guest: ${error instanceof Error ? error.message : String(error)}`);
    socket.destroy();
  }
  const send = (data: string) => {
    lastPacket = packet(data);
    socket.write(lastPacket);
  };
  let isClosing = false;
  const client: GdbClient = {
    get guest() {
      return options.guest();
    },
    registers,
    targetXml,
    dialect: 'gdb',
    knows: { swbreak: false, hwbreak: false, threads: false },
    selected: 0,
    isPhysical: false,
    resumed: undefined,
    isAcknowledging: true,
    isExtended: false,
    hasLetGo: false,
    write(text) {
      const hex = hexOfText(text);
      for (let at = 0; at < hex.length; at += TEXT_DIGITS) send(`O${hex.slice(at, at + TEXT_DIGITS)}`);
    },
    stopped(ended) {
      const how = asInterrupted(ended);
      const explanation = explanationOf(client.guest, how);
      if (explanation !== undefined) client.write(`${explanation}\n`);
      if (how.kind === 'stop') client.selected = how.stop.pe;
      return stopReply(client.guest, how, registers, client.knows);
    },
    get isOwner() {
      return options.restart !== undefined;
    },
    async restart() {
      if (options.restart === undefined)
        throw new GdbError('The guest belongs to the editor\'s session: restart or end it there. "detach" leaves it.');
      await options.restart();
    },
    close() {
      isClosing = true;
    },
  };

  function leave(): void {
    if (!isOpen) return;
    isOpen = false;
    client.guest.breakpoints.clear();
    socket.end();
    onEnd();
  }
  const pause = () => client.guest.pause(client.selected);
  /**
   * gdb sends an interrupt whenever somebody types it, also between two of the many steps that it makes of `stepi 1000000`: it belongs to the
   * next run then, as gdbserver has it. A step is over before anything could interrupt it.
   */
  function asInterrupted(ended: Ended): Ended {
    const isStep = ended.kind === 'stop' && ended.stop.kind === 'step';
    const how: Ended = isInterrupted && isStep ? { kind: 'stop', stop: { kind: 'pause', pe: ended.stop.pe } } : ended;
    const isPause = how.kind === 'stop' && how.stop.kind === 'pause';
    if (isPause) isInterrupted = false;
    hasStopped = !isPause;
    return how;
  }
  async function answer(data: string): Promise<void> {
    waiting--;
    if (!isOpen || isGone) return;
    isRunning = true;
    let text: string | undefined;
    try {
      const answering = answerTo(client, data);
      if (isInterrupted) pause();
      text = await answering;
    } catch (error) {
      const message = errorText(error, data);
      text = errorAnswer(client.dialect, message);
    }
    isRunning = false;
    if (text !== undefined) send(text);
    if (isClosing) leave();
  }

  const take = createPacketReader((input) => {
    switch (input.kind) {
      case 'interrupt':
        // Also a run whose packet has arrived and waits for its turn.
        isInterrupted ||= isRunning || waiting > 0 || hasStopped;
        if (isRunning) pause();
        return;
      case 'repeat':
        if (lastPacket !== undefined && client.isAcknowledging) socket.write(lastPacket);
        return;
      case 'packet':
        if (client.isAcknowledging) {
          socket.write(input.isIntact ? PLUS : MINUS);
          if (!input.isIntact) return;
        }
        waiting++;
        if (waiting > MOST_WAITING) {
          options.note(`A debugger has sent ${waiting} packets without waiting for answers; it is disconnected.`);
          socket.destroy();
          return;
        }
        queue = queue.then(() => answer(input.data));
    }
  });
  socket.listen({
    data: take,
    closed() {
      isGone = true;
      if (isRunning) pause();
      void queue.then(leave);
    },
  });

  return {
    console(bytes) {
      if (isRunning && isOpen && options.showsConsole) send(`O${hexOfBytes(bytes)}`);
    },
    end: leave,
  };
}

/** Of console output in one packet; even, and less than a client has room for. */
const TEXT_DIGITS = PACKET_SIZE >> 1;
/** gdb and LLDB have one, or an interrupt besides. */
const MOST_WAITING = 1000;
const PLUS = Uint8Array.of(0x2b);
const MINUS = Uint8Array.of(0x2d);

const errorAnswer = (dialect: GdbClient['dialect'], text: string): string => (dialect === 'gdb' ? `E.${text}` : `E01;${hexOfText(text)}`);

/** gdb shows what follows `E.`; it takes ASCII. */
function errorText(error: unknown, data: string): string {
  const isExpected = error instanceof GdbError || error instanceof TargetError || error instanceof UserError;
  const { message } = isExpected ? error : internalFault(`packet "${data.slice(0, 40)}"`, error);
  return message.replaceAll(/[^ -~]/g, '?');
}
