import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPacketReader, type GdbInput, hexOfValue, packet, valueOfHex } from '../../debug-adapter/gdb-server/packets.ts';

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const words = (input: GdbInput) => (input.kind === 'packet' ? `${input.isIntact ? '' : 'damaged '}${input.data}` : input.kind);

const read: readonly [string, readonly string[]][] = [
  ['$g#67', ['g']],
  ['+$?#3f-\x03', ['acknowledged', '?', 'repeat', 'interrupt']],
  ['$#00', ['']],
  ['$g#68', ['damaged g']],
  ['$g#zz', ['damaged g']],
  ['$X0,1:}\x03#9f', ['X0,1:#']],
  ['$X0,1:}]#f9', ['X0,1:}']],
  ['$half$g#67', ['g']],
  ['noise$g#67noise', ['g']],
  ['$g#67$c#63', ['g', 'c']],
  // Byte 3 inside a packet is data.
  ['$\x03#03', ['\x03']],
];
for (const [text, expected] of read) {
  for (const size of [text.length, 1]) {
    test(`reads ${JSON.stringify(text)} in chunks of ${size}`, () => {
      const found: string[] = [];
      const take = createPacketReader((input) => found.push(words(input)));
      for (let at = 0; at < text.length; at += size) take(bytes(text.slice(at, at + size)));
      assert.deepEqual(found, expected);
    });
  }
}

test('what has no end takes no memory, and the packet after it is read', () => {
  const found: GdbInput[] = [];
  const take = createPacketReader((input) => found.push(input));
  take(bytes('$'));
  for (let count = 0; count < 20; count++) take(bytes('a'.repeat(16_384)));
  take(bytes('#00$g#67'));
  const [long, next] = found;
  assert.ok(long.kind === 'packet' && !long.isIntact && long.data.length < 40_000);
  assert.deepEqual(next, { kind: 'packet', data: 'g', isIntact: true });
});

const written: readonly [string, string][] = [
  ['OK', '$OK#9a'],
  ['', '$#00'],
  ['#$}*', '$}\x03}\x04}]}\n#fe'],
];
for (const [data, wire] of written) {
  test(`writes ${JSON.stringify(data)}, which reads back`, () => {
    const sent = packet(data);
    assert.equal(Buffer.from(sent).toString('latin1').slice(0, -2), wire.slice(0, -2));
    createPacketReader((input) => assert.deepEqual(input, { kind: 'packet', data, isIntact: true }))(sent);
  });
}

test('values are little-endian', () => {
  assert.equal(hexOfValue(0x1234n, 4), '34120000');
  assert.equal(valueOfHex('34120000'), 0x1234n);
  assert.equal(hexOfValue(-1n, 8), 'f'.repeat(16));
});
