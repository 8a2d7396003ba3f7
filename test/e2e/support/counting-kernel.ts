/** What an arm64 kernel image begins with, and nothing else of a kernel: a boot for tests of how boots are kept. */

/** Where it is loaded, and what it has executed the loop before. */
const LOADED = 0x4020_0000;
const CODE = 64;
/** The first instruction behind its loop. */
export const AFTER_LOOP = LOADED + CODE + 12;

/**
 * An image that counts, and switches itself off.
 * @param mark makes it another one. @param count in steps of 65536, of two instructions each; absent: 40 million
 */
export function countingKernel(mark: number, count = 0x262): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  const code = [
    0xd2a0_0001 | (count << 5), // mov x1, #(count << 16)
    0xf100_0421, // subs x1, x1, #1
    0x54ff_ffe1, // b.ne .-4
    0x5280_0100, // mov w0, #8
    0x72b0_8000, // movk w0, #0x8400, lsl #16: PSCI SYSTEM_OFF
    0xd400_0002, // hvc #0
  ];
  view.setUint32(0, 0x1400_0010, true); // b .+64
  view.setBigUint64(16, 0x1000n, true);
  view.setUint32(56, 0x644d_5241, true);
  view.setBigUint64(0x800, BigInt(mark), true);
  for (const [index, word] of code.entries()) view.setUint32(CODE + index * 4, word, true);
  return bytes;
}
