import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Type } from '../../debug-adapter/program/types.ts';
import { charactersOf, stringText } from '../../debug-adapter/variables/text.ts';

test('a type that names itself, as damaged debug information can have it, is no text', () => {
  const endless: Type = { kind: 'const', to: () => endless };
  assert.equal(charactersOf(endless), undefined);
});

const unitsOf = (text: string, size: 2 | 4): Uint8Array =>
  new Uint8Array(
    size === 2
      ? Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)).buffer
      : Uint32Array.from(Array.from(text, (point) => point.codePointAt(0) ?? 0)).buffer,
  );

for (const [size, prefix, text, shown] of [
  [4, 'L', 'wide\0behind', 'L"wide"'],
  [2, 'u', '\u0100\u0001"\0', 'u"\u0100\\001\\""'],
  [2, 'u', '\ud83d\ude00\ud83d\0', 'u"\u{1F600}\\u{d83d}"'],
  [4, 'U', '\u{1F600}\n', 'U"\u{1F600}\\n"'],
] as const)
  test(`${shown} of units of ${size} bytes`, () => {
    const bytes = unitsOf(text, size);
    const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
    assert.equal(stringText(read, 100, bytes.length, { size, prefix }), shown);
  });
