/**
 * `$data#checksum` and what stands between packets (GDB manual, "Remote Protocol", "Overview" and "Packet Acknowledgment").
 * Data is text of one character per byte (Latin-1), escapes already undone. Run-length encoding is neither sent nor expected.
 */

export type GdbInput =
  | { readonly kind: 'packet'; readonly data: string; readonly isIntact: boolean }
  /** `+`: the last packet has arrived. */
  | { readonly kind: 'acknowledged' }
  /** `-`: the last packet is to be sent again. */
  | { readonly kind: 'repeat' }
  /** Byte 3: the guest is to stop. */
  | { readonly kind: 'interrupt' };

/** What a client may put into one packet, told by qSupported; in answers it only bounds memory. */
export const PACKET_SIZE = 0x4000;
/** Escapes can double the data. What is longer is garbage, skipped up to its `#`. */
const LONGEST = 2 * PACKET_SIZE + 64;

const INTERRUPT = 3;
const ESCAPE = '}';
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const checksumOf = (text: string): number => {
  let sum = 0;
  for (let index = 0; index < text.length; index++) sum += text.charCodeAt(index);
  return sum & 0xff;
};
const flip = (character: string): string => String.fromCharCode(character.charCodeAt(0) ^ 0x20);

/** A packet as it goes over the wire. */
export function packet(data: string): Uint8Array {
  const escaped = data.replaceAll(/[#$}*]/g, (character) => ESCAPE + flip(character));
  return latin1(`$${escaped}#${checksumOf(escaped).toString(16).padStart(2, '0')}`);
}

/** @returns a function that takes the stream's chunks */
export function createPacketReader(onInput: (input: GdbInput) => void): (chunk: Uint8Array) => void {
  let state: 'between' | 'data' | 'checksum' = 'between';
  let data = '';
  let digits = '';

  function between(byte: number): void {
    if (byte === INTERRUPT) return onInput({ kind: 'interrupt' });
    const character = String.fromCharCode(byte);
    if (character === '+') return onInput({ kind: 'acknowledged' });
    if (character === '-') return onInput({ kind: 'repeat' });
    if (character === '$') {
      state = 'data';
      data = '';
    }
  }
  function take(byte: number): void {
    const character = String.fromCharCode(byte);
    if (state === 'between') return between(byte);
    if (state === 'data') {
      if (character === '#') {
        state = 'checksum';
        digits = '';
      } else if (character === '$') data = '';
      else if (data.length < LONGEST) data += character;
      return;
    }
    digits += character;
    if (digits.length < 2) return;
    state = 'between';
    const isIntact = /^[0-9a-f]{2}$/i.test(digits) && Number.parseInt(digits, 16) === checksumOf(data);
    onInput({ kind: 'packet', data: data.replaceAll(/\}([^])/g, (_, character: string) => flip(character)), isIntact });
  }
  return (chunk) => {
    for (const byte of chunk) take(byte);
  };
}

/** Bytes as hexadecimal digits, first byte first. */
export function hexOfBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
/** @param hex an even number of digits */
export const bytesOfHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length >> 1 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
export const hexOfText = (text: string): string => hexOfBytes(new TextEncoder().encode(text));
export const textOfHex = (hex: string): string => new TextDecoder().decode(bytesOfHex(hex));
/** Bytes of a packet's own data, as X carries them. */
export const bytesOfText = latin1;

/** A register's value as packets carry it: in the guest's byte order, little-endian. */
export const hexOfValue = (value: bigint, bytes: number): string =>
  hexOfBytes(Uint8Array.from({ length: bytes }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn)));
export const valueOfHex = (hex: string): bigint => bytesOfHex(hex).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** `addr,length` of many packets. */
export const addressAndLength = /^([0-9a-f]{1,16}),([0-9a-f]{1,8})$/i;
