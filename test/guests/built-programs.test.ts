import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { hypStubElf, hypStubSource } from '../../debug-adapter/hyp-stub-program.generated.ts';
import { hypStubAddress, hypStubImage } from '../../emulator/hyp-stub/hyp-stub.generated.ts';
import { sourceDigests } from './source-digests.mjs';

const root = resolve(import.meta.dirname, '../..');

test('the committed programs were built from the present sources (else: npm run guests)', () => {
  assert.deepEqual(sourceDigests(root), JSON.parse(readFileSync(join(root, 'test/guests/built-from.json'), 'utf8')));
});

test('the hyp-stub ROM is the code of the ELF that the debugger shows for it', () => {
  const elf = Buffer.from(hypStubElf, 'base64');
  const programHeader = elf.subarray(Number(elf.readBigUInt64LE(0x20)));
  const [offset, address, size] = [0x08, 0x18, 0x20].map((at) => programHeader.readBigUInt64LE(at));
  assert.equal(address, hypStubAddress);
  assert.deepEqual(elf.subarray(Number(offset), Number(offset + size)), Buffer.from(hypStubImage));
  assert.equal(hypStubSource, readFileSync(join(root, 'emulator/hyp-stub/hyp-stub.S'), 'utf8'));
});

test('the hyp-stub ROM answers calls from EL2 and from EL1 in AArch64, and loops in every other vector', () => {
  const view = new DataView(hypStubImage.buffer);
  const vectors = Array.from({ length: 16 }, (_, n) => view.getUint32(n * 0x80, true));
  const loop = 0x1400_0000;
  assert.deepEqual(
    vectors.flatMap((instruction, n) => (instruction === loop ? [] : [n * 0x80])),
    [0x200, 0x400],
  );
});
