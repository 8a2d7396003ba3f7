import type { SemihostingConfiguration } from './configuration.ts';
import type { Handles } from './handles.ts';
import type { SemihostingHost } from './semihosting-host.ts';

/** As Linux numbers them. */
export const errno = { EBADF: 9, EACCES: 13, EINVAL: 22, E2BIG: 7, ESPIPE: 29, ENAMETOOLONG: 36 } as const;
export type ErrnoName = keyof typeof errno;

/** The guest names memory that is not there. */
export class BadAddress extends Error {}

/** Longest text of one call. */
export const LONGEST_TEXT = 1 << 20;

const FIELD = 8;
const CHUNK = 256;

/** An operation being executed: its parameters, and what it works on. */
export class SemihostingCall {
  readonly host: SemihostingHost;
  readonly configuration: SemihostingConfiguration;
  readonly handles: Handles;
  readonly pe: number;
  /** X1 */
  readonly parameter: bigint;
  /** What has been read. */
  readonly reads: { readonly address: bigint; readonly length: number }[] = [];
  /** SYS_ERRNO */
  errno: number;
  /** Nothing more will be typed. */
  readonly hasInputEnded: boolean;

  constructor(
    place: { readonly host: SemihostingHost; readonly configuration: SemihostingConfiguration; readonly handles: Handles },
    pe: number,
    parameter: bigint,
    last: { readonly errno: number; readonly hasInputEnded: boolean },
  ) {
    this.host = place.host;
    this.configuration = place.configuration;
    this.handles = place.handles;
    this.pe = pe;
    this.parameter = parameter;
    this.errno = last.errno;
    this.hasInputEnded = last.hasInputEnded;
  }

  /** Fields of 64 bits. @throws BadAddress */
  fields(count: number, address = this.parameter, what = 'parameter block'): bigint[] {
    const bytes = this.bytes(address, BigInt(count * FIELD), what);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return Array.from({ length: count }, (_, n) => view.getBigUint64(n * FIELD, true));
  }
  /** @throws BadAddress */
  setFields(values: readonly bigint[], address = this.parameter, what = 'parameter block'): void {
    const bytes = new Uint8Array(values.length * FIELD);
    const view = new DataView(bytes.buffer);
    for (const [n, value] of values.entries()) view.setBigUint64(n * FIELD, value, true);
    this.checkWritable(address, BigInt(bytes.length), what);
    this.host.write(this.pe, address, bytes);
  }
  /** @throws BadAddress */
  bytes(address: bigint, length: bigint, what: string): Uint8Array {
    if (length <= BigInt(this.host.ram.size)) {
      const bytes = this.host.read(this.pe, address, Number(length));
      if (bytes.length === Number(length)) {
        this.reads.push({ address, length: bytes.length });
        return bytes;
      }
    }
    throw notThere(what, address, length);
  }
  /** @throws BadAddress */
  checkWritable(address: bigint, length: bigint, what: string): void {
    if (length <= BigInt(this.host.ram.size) && this.host.isWritable(this.pe, address, Number(length))) return;
    throw notThere(what, address, length, 'not writable memory');
  }
  /** Text that ends with a zero byte, without that. @throws BadAddress */
  zeroEnded(address: bigint, what: string): Uint8Array {
    const text: number[] = [];
    while (text.length < LONGEST_TEXT) {
      const at = BigInt.asUintN(64, address + BigInt(text.length));
      const chunk = this.host.read(this.pe, at, CHUNK);
      const end = chunk.indexOf(0);
      text.push(...(end < 0 ? chunk : chunk.subarray(0, end)));
      if (end >= 0) {
        this.reads.push({ address, length: text.length + 1 });
        return Uint8Array.from(text);
      }
      if (chunk.length < CHUNK) break;
    }
    throw new BadAddress(`its ${what} at 0x${address.toString(16)} has no zero byte at its end, ${text.length} bytes on`);
  }
  /** @throws BadAddress */
  characters(address: bigint, length: bigint, what: string): string {
    return String.fromCharCode(...this.bytes(address, length, what));
  }
  /** What an operation returns that has failed. */
  fail(name: ErrnoName, result = -1n): bigint {
    this.errno = errno[name];
    return result;
  }
}

const notThere = (what: string, address: bigint, length: bigint, why = 'not memory'): BadAddress =>
  new BadAddress(`its ${what} at 0x${address.toString(16)} (${length} byte${length === 1n ? '' : 's'}) is ${why}`);
