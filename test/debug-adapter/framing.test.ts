import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDeframer, frame } from '../../debug-adapter/framing.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function deframe(chunks: Iterable<Uint8Array>): { messages: unknown[]; damage: string[] } {
  const messages: unknown[] = [];
  const damage: string[] = [];
  const take = createDeframer(
    (message) => messages.push(message),
    (problem) => damage.push(problem),
  );
  for (const chunk of chunks) take(chunk);
  return { messages, damage };
}

test('any messages, cut anywhere, arrive as they were sent', () => {
  fc.assert(
    fc.property(fc.array(fc.json()), fc.array(fc.nat(20)), (texts, cuts) => {
      const sent = texts.map((text) => JSON.parse(text));
      const stream = Buffer.from(sent.map(frame).join(''));
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const cut of cuts) chunks.push(stream.subarray(at, (at = Math.min(at + cut, stream.length))));
      chunks.push(stream.subarray(at));
      assert.deepEqual(deframe(chunks), { messages: sent, damage: [] });
    }),
  );
});

test('a message counts bytes, not characters', () => {
  assert.deepEqual(deframe([bytes(frame({ text: '∞·é' }))]).messages, [{ text: '∞·é' }]);
});

const ok = 'Content-Length: 2\r\n\r\n{}';
const damaged: readonly [string, string, number][] = [
  ['no Content-Length', 'Content-Type: x\r\n\r\n', 1],
  ['a negative length', 'Content-Length: -5\r\n\r\n', 1],
  ['a length that is no number', 'Content-Length: many\r\n\r\n', 1],
  ['a length beyond reason', 'Content-Length: 99999999999999\r\n\r\n', 1],
  ['not JSON', 'Content-Length: 3\r\n\r\n{a}', 1],
  ['garbage before a header', 'xyz\n', 0],
  ['a message cut in the middle', 'Content-Length: 40\r\n\r\n{"seq":1,', 1],
  ['an empty message', 'Content-Length: 0\r\n\r\n', 1],
  ['a header in lower case', 'content-length: 2\r\n\r\n[]', 0],
];

for (const [title, text, problems] of damaged) {
  test(`what follows is understood after ${title}`, () => {
    const { messages, damage } = deframe([bytes(text + ok + ok)]);
    assert.deepEqual(messages.slice(-1), [{}]);
    assert.equal(damage.length, problems, damage.join('\n'));
  });
}

test('random bytes never throw', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => void deframe(chunks)));
});
