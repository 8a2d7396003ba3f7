/** For files of our own in the cache: what V8 made is believed by V8, and RAM by the guest, so a bit that has changed must be noticed. */
import { crc32 } from 'node:zlib';

/** CRC-32 of bytes behind others whose CRC-32 is `before`. Of Node 20.15 and 22.2; `undefined`: nothing is kept without it. */
export const checksum: ((bytes: Uint8Array, before?: number) => number) | undefined = crc32 as typeof crc32 | undefined;

export const CHECKSUM_BYTES = 4;
