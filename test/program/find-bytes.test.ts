import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { find, finderOf } from '../../debug-adapter/program/find-bytes.ts';

/** Few different bytes, so that much is nearly the pattern. */
const bytes = (constraints: fc.IntArrayConstraints): fc.Arbitrary<Uint8Array> => fc.uint8Array({ max: 3, ...constraints });

function everyPlace(text: Uint8Array, pattern: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = 0; at + pattern.length <= text.length; at++) if (pattern.every((byte, index) => text[at + index] === byte)) places.push(at);
  return places;
}

function placesFound(text: Uint8Array, next: (from: number) => number): number[] {
  const places: number[] = [];
  for (let at = next(0); at >= 0 && places.length <= text.length; at = next(at + 1)) places.push(at);
  return places;
}

const check = (): void =>
  fc.assert(
    fc.property(bytes({ maxLength: 200 }), bytes({ minLength: 1, maxLength: 10 }), (text, pattern) => {
      const expected = everyPlace(text, pattern);
      assert.deepEqual(
        placesFound(text, (from) => find(text, pattern, from)),
        expected,
      );
      // Which byte is looked for first is decided in another piece.
      const finder = finderOf(pattern);
      finder(pattern.toReversed(), 0);
      assert.deepEqual(
        placesFound(text, (from) => finder(text, from)),
        expected,
      );
    }),
  );

test('every place of a pattern is found', check);

test('so it is where the host cannot look for several bytes at once', () => {
  const { Buffer } = globalThis;
  Reflect.deleteProperty(globalThis, 'Buffer');
  try {
    check();
  } finally {
    globalThis.Buffer = Buffer;
  }
});
