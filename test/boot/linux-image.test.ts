import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'fflate';
import { KernelError, bootPlaces, type LinuxImage, readLinuxImage } from '../../debug-adapter/boot/linux-image.ts';
import type { FileBytes } from '../../debug-adapter/program/file-bytes.ts';

function image({ textOffset = 0n, imageSize = 0x123_0000n, flags = 0xan, bytes = 0x1000 } = {}): Uint8Array {
  const file = new Uint8Array(bytes);
  const view = new DataView(file.buffer);
  view.setBigUint64(8, textOffset, true);
  view.setBigUint64(16, imageSize, true);
  view.setBigUint64(24, flags, true);
  file.set([0x41, 0x52, 0x4d, 0x64], 56);
  return file;
}
const elf = new Uint8Array(100);
elf.set([0x7f, 0x45, 0x4c, 0x46]);
/** An EFI zboot image: where its header is, and at `offset` the compressed kernel. */
function zboot(compression: string, payload: Uint8Array, { offset = 0x80, missing = 0 } = {}): Uint8Array {
  const file = new Uint8Array(offset + payload.length - missing);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode('MZ\0\0zimg'));
  view.setUint32(8, offset, true);
  view.setUint32(12, payload.length, true);
  file.set(new TextEncoder().encode(compression), 24);
  file.set(payload.subarray(0, payload.length - missing), offset);
  return file;
}
/** {@link image}, by `zstd`. */
const zstdImage = Uint8Array.from(Buffer.from('28b52ffd60000fcd000050000023010a41524d64000500c007be821f602f4d0b23000b', 'hex'));

/** As a host has a file that is read by ranges. */
const opened = (bytes: Uint8Array): FileBytes => ({
  size: bytes.length,
  read(offset, into) {
    assert.ok(offset + into.length <= bytes.length, 'a read beyond the end');
    into.set(bytes.subarray(offset, offset + into.length));
  },
});
function contentsOf({ size, read }: LinuxImage): Uint8Array {
  const bytes = new Uint8Array(size);
  read(bytes);
  return bytes;
}

test('reads the header', () => {
  for (const file of [image({ textOffset: 0x8_0000n }), opened(image({ textOffset: 0x8_0000n }))]) {
    const { textOffset, imageSize, size } = readLinuxImage('Image', file);
    assert.deepEqual([textOffset, imageSize, size], [0x8_0000, 0x123_0000, 0x1000]);
  }
});
test('its bytes are those of the file, unpacked if that is compressed', () => {
  const inZboot = [zboot('gzip', gzipSync(image())), zboot('zstd', zstdImage), zboot('zstd', zstdImage, { offset: 0x40 })];
  for (const file of [image(), gzipSync(image()), ...inZboot].flatMap((bytes) => [bytes, opened(bytes)]))
    assert.deepEqual(contentsOf(readLinuxImage('Image', file)), image());
});
test('without image_size: the offset of kernels before 3.17', () => {
  const { textOffset, imageSize } = readLinuxImage('Image', image({ imageSize: 0n, textOffset: 7n }));
  assert.deepEqual([textOffset, imageSize], [0x8_0000, 0x1000 + (1 << 20)]);
});

const refused: readonly [string, Uint8Array, RegExp][] = [
  ['an ELF file', elf, /^"K" is an ELF file\. Set "program" to it/],
  [
    'an EFI zboot image by other means',
    zboot('lz4', new Uint8Array(8)),
    /^"K" is an EFI zboot image compressed with "lz4"; gzip and zstd can be unpacked\. Take the "Image"/,
  ],
  [
    'a zboot image cut off',
    zboot('zstd', zstdImage, { missing: 1 }),
    /^"K" is an EFI zboot image whose kernel ends at 163, but the file at 162\./,
  ],
  ['a zboot image that ends in its header', zboot('zstd', zstdImage).subarray(0, 50), /^"K" is an EFI zboot image without its header\./],
  ['a damaged zboot image', zboot('zstd', new Uint8Array(8)), /^"K" cannot be decompressed \(zstd: .*\)\. Copy or download it again\.$/],
  ['a zboot image of something else', zboot('gzip', gzipSync(elf)), /^"K" is an ELF file\./],
  ['something else', new Uint8Array(100), /^"K" is not an arm64 kernel: "ARM\\x64" is missing at offset 56\. Give an arm64 kernel/],
  ['an empty file', new Uint8Array(), /^"K" is not an arm64 kernel/],
  ['a big-endian kernel', image({ flags: 1n }), /^"K" is a big-endian kernel/],
  [
    'an offset that is no page',
    image({ textOffset: 0x1004n }),
    /^"K" has text_offset 0x1004 in its header, which is no multiple of 4096\./,
  ],
  ['an offset beyond RAM', image({ textOffset: 1n << 40n }), /^"K" has text_offset 0x10000000000 in its header, more than any RAM here\./],
  ['a size beyond RAM', image({ imageSize: 1n << 60n }), /^"K" has image_size 0x1000000000000000 in its header, more than any RAM here\./],
  ['a broken archive', gzipSync(image()).subarray(0, 30), /^"K" cannot be decompressed \(gzip: .*\)\. Copy or download it again\.$/],
];
for (const [title, file, message] of refused)
  test(`refused: ${title}`, () => {
    for (const one of [file, opened(file)])
      assert.throws(
        () => readLinuxImage('K', one),
        (error) => error instanceof KernelError && message.test(error.message),
      );
  });

test('kernel, device tree and initial RAM disk do not overlap', () => {
  for (const textOffset of [0n, 0x8_0000n]) {
    const kernel = readLinuxImage('Image', image({ textOffset }));
    const places = bootPlaces(0x4000_0000n, kernel, 0x5001);
    assert.equal(places.kernel, 0x4020_0000n + textOffset);
    assert.equal(places.deviceTree % 0x20_0000n, 0n);
    assert.ok(places.deviceTree >= places.kernel + 0x123_0000n);
    assert.ok(places.initrd >= places.deviceTree + 0x20_0000n);
    assert.equal(places.end, places.initrd + 0x6000n);
  }
});
