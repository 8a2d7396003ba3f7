/** What is kept of what can be worked out again, and what goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBoundedCache, type Kept } from '../../debug-adapter/program/bounded-cache.ts';

/** Each value takes a thousand bytes with its place. */
const SIZE = 800;

/** @returns what is kept, and the keys of what was worked out, in order */
function counted(cache: ReturnType<typeof createBoundedCache>, bytes = SIZE): { kept: Kept<string, object>; derived: string[] } {
  const derived: string[] = [];
  const derive = (key: string): object => {
    derived.push(key);
    return { key };
  };
  return { kept: cache.keep(derive, () => bytes), derived };
}

test('a value is worked out once while there is room for it, and is the same', () => {
  const cache = createBoundedCache(10_000);
  const { kept, derived } = counted(cache);
  const first = kept.get('a');
  assert.equal(kept.get('a'), first);
  assert.deepEqual(derived, ['a']);
  assert.equal(cache.bytes, 1000);
});

test('where there is no more room the least recently used goes, whoever keeps it', () => {
  const cache = createBoundedCache(3000);
  const [one, other] = [counted(cache), counted(cache)];
  one.kept.get('a');
  other.kept.get('a');
  one.kept.get('b');
  one.kept.get('a');
  other.kept.get('c');
  assert.deepEqual(
    [one.kept.known('a'), one.kept.known('b'), other.kept.known('c')].map((value) => value !== undefined),
    [true, true, true],
  );
  assert.equal(other.kept.known('a'), undefined);
  assert.equal(cache.bytes, 3000);
  other.kept.get('a');
  assert.deepEqual(other.derived, ['a', 'c', 'a']);
  assert.equal(one.kept.known('b'), undefined, 'asking whether it is known has not used it');
});

test('what grows makes others go, and stays itself', () => {
  const cache = createBoundedCache(3000);
  const { kept } = counted(cache);
  for (const key of ['a', 'b', 'c']) kept.get(key);
  kept.grew('c', 1500);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => kept.known(key) !== undefined),
    [false, false, true],
  );
  assert.equal(cache.bytes, 2500);
  kept.grew('c', 10_000);
  assert.ok(kept.known('c') !== undefined);
  kept.grew('a', 10_000);
  assert.equal(cache.bytes, 12_500, 'what has gone takes nothing');
});

test('the newest stays however large it is, until there is another', () => {
  const cache = createBoundedCache(3000);
  const { kept } = counted(cache, 100_000);
  kept.get('a');
  assert.ok(kept.known('a') !== undefined);
  kept.get('b');
  assert.deepEqual([kept.known('a'), kept.known('b') !== undefined], [undefined, true]);
});

test('a value that is worked out of others makes room among them', () => {
  const cache = createBoundedCache(2500);
  const { kept, derived } = counted(cache);
  const sums = cache.keep(
    (keys: string) => [...keys].map((key) => kept.get(key)),
    () => SIZE,
  );
  assert.equal(sums.get('abc').length, 3);
  assert.deepEqual(derived, ['a', 'b', 'c']);
  assert.ok(kept.known('c') !== undefined);
  assert.ok(cache.bytes <= 2500);
});

test('what cannot be worked out is not kept', () => {
  const cache = createBoundedCache();
  const kept = cache.keep(
    () => {
      throw new RangeError('no');
    },
    () => SIZE,
  );
  assert.throws(() => kept.get(undefined), RangeError);
  assert.equal(cache.bytes, 0);
});
