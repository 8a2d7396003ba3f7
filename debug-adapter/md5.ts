/** The MD5 message digest (RFC 1321), which line tables note of sources; browsers have none. */

const shifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;
const sines = Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0);

/** @returns 32 hexadecimal digits */
export function md5(bytes: Uint8Array): string {
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n, true);
  const digest = new DataView(new ArrayBuffer(16));
  for (const [index, value] of [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476].entries()) digest.setUint32(index * 4, value, true);
  for (let block = 0; block < padded.length; block += 64) addBlock(digest, view, block);
  return Array.from(new Uint8Array(digest.buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function addBlock(digest: DataView, view: DataView, block: number): void {
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.getInt32(at, true));
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round];
    const word = [step, 5 * step + 1, 3 * step + 5, 7 * step][round] & 15;
    const sum = (a + mixed + sines[step] + view.getInt32(block + word * 4, true)) | 0;
    const shift = shifts[round][step & 3];
    [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
  }
  for (const [index, value] of [a, b, c, d].entries()) digest.setInt32(index * 4, digest.getInt32(index * 4, true) + value, true);
}
