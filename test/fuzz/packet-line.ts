/** Between a client and the server, without a network: what was sent is read by rules of its own, so that it is known what has to be answered. */
import type { HostSocket } from '../../debug-adapter/host.ts';

export interface Line {
  /** The server's end. */
  readonly socket: HostSocket;
  /** To the server. */
  feed(bytes: Uint8Array): void;
  /** What ends a packet that was cut off: byte 3 would belong to it. */
  finish(): void;
  /** The client goes without a word. */
  hangUp(): void;
  readonly isClosed: boolean;
  /** The server has been asked to, by k, D or vKill; or the client has. */
  readonly mayClose: boolean;
  /** Answers that have not come yet. */
  readonly due: number;
  /** A packet since the last {@link take} changes how others are taken. */
  readonly hasChangedModes: boolean;
  /** What has come since it was asked last. */
  take(): { readonly due: readonly string[]; readonly answers: readonly string[]; readonly problems: readonly string[] };
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const sumOf = (text: string): number => Buffer.from(text, 'latin1').reduce((total, byte) => (total + byte) & 0xff, 0);
/** What is longer is cut by the server, and so not intact. */
const LONGEST = 0x8000 + 64;

/** @param isOwner of the server: the guest is the client's alone */
export function createLine({ isOwner }: { readonly isOwner: boolean }): Line {
  let listener: Parameters<HostSocket['listen']>[0] | undefined;
  let isClosed = false;
  let mayClose = false;
  /** What is to be answered, in order. */
  let due: string[] = [];
  let isLldb = false;
  let hasChangedModes = false;
  let hasHeard = false;
  let repeats = 0;
  let isAcknowledging = true;
  let sent = '';
  let received = '';
  let answers: string[] = [];
  let problems: string[] = [];

  /** One packet, by the rules of the manual ("Overview", "Packet Acknowledgment"). */
  function expect(data: string, digits: string): void {
    const isIntact = /^[0-9a-f]{2}$/i.test(digits) && Number.parseInt(digits, 16) === sumOf(data) && data.length <= LONGEST;
    if (isAcknowledging && !isIntact) return;
    const plain = data
      .slice(0, LONGEST)
      .replaceAll(/\}([^])/g, (_, character: string) => String.fromCharCode(character.charCodeAt(0) ^ 0x20));
    if (/^(?:QStartNoAckMode|QEnableErrorStrings|k|R|D|vKill|vRun)/.test(plain)) hasChangedModes = true;
    if (/^(?:k$|D|vKill)/.test(plain)) mayClose = true;
    // GDB manual, "k" and "R XX"; LLDB waits for an answer to k.
    const hasNone = (plain === 'k' && !isLldb) || (isOwner && /^R[0-9a-fA-F]{2}$/.test(plain));
    if (!hasNone) due.push(plain);
  }
  function scan(): void {
    for (;;) {
      const begin = sent.indexOf('$');
      const between = sent.slice(0, begin < 0 ? undefined : begin);
      if (isAcknowledging && hasHeard) repeats += between.split('-').length - 1;
      if (begin < 0) {
        sent = '';
        return;
      }
      const end = sent.indexOf('#', begin);
      if (end < 0 || end + 3 > sent.length) {
        sent = sent.slice(begin);
        return;
      }
      // A `$` begins anew.
      expect(sent.slice(sent.lastIndexOf('$', end) + 1, end), sent.slice(end + 1, end + 3));
      sent = sent.slice(end + 3);
    }
  }
  function hear(bytes: Uint8Array): void {
    received += latin1(bytes);
    for (;;) {
      const [whole, data, digits] = /^(?:[+-]|\$([^$#]*)#([0-9a-f]{2}))/.exec(received) ?? [];
      if (whole === undefined) break;
      received = received.slice(whole.length);
      if (data === undefined) continue;
      hasHeard = true;
      if (sumOf(data) !== Number.parseInt(digits, 16)) problems.push(`an answer with a wrong checksum: ${data.slice(0, 100)}`);
      // A `-` asks for what was sent last, and gets it at once.
      if (repeats > 0) {
        repeats--;
        continue;
      }
      // What the guest or a monitor command writes.
      if (/^O(?:[0-9a-f]{2})+$/.test(data)) continue;
      answers.push(data);
      const asked = due.shift();
      if (asked === undefined) problems.push(`an answer to nothing: ${data.slice(0, 100)}`);
      if (asked === 'QStartNoAckMode') isAcknowledging = false;
      if (asked === 'QEnableErrorStrings') isLldb = true;
    }
    if (received.length > 0 && !received.startsWith('$')) {
      problems.push(`bytes of no packet: ${JSON.stringify(received.slice(0, 100))}`);
      received = '';
    }
  }
  function feed(bytes: Uint8Array): void {
    if (isClosed) return;
    sent += latin1(bytes);
    scan();
    listener?.data(bytes);
  }
  return {
    socket: {
      write: hear,
      end() {
        isClosed = true;
      },
      destroy() {
        isClosed = true;
      },
      listen(given) {
        listener = given;
      },
    },
    feed,
    finish() {
      if (sent !== '') feed(Buffer.from('#00'));
    },
    hangUp() {
      isClosed = true;
      mayClose = true;
      listener?.closed();
    },
    get isClosed() {
      return isClosed;
    },
    get mayClose() {
      return mayClose;
    },
    get due() {
      return due.length;
    },
    get hasChangedModes() {
      return hasChangedModes;
    },
    take() {
      const taken = { due, answers, problems };
      due = [];
      answers = [];
      problems = [];
      hasChangedModes = false;
      return taken;
    },
  };
}
