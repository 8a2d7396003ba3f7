/** A guest is hashed before it runs only where something as long has been kept: most run shorter than hashing takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostCache } from '../../debug-adapter/host.ts';
import { createBootCache } from '../../debug-adapter/session/boot-cache.ts';
import type { Target } from '../../debug-adapter/target/target.ts';

const contents = ['configuration', new Uint8Array(100)];
const target = {
  timeTravel: { history: {}, moment: { instruction: 0, ticks: 0, inputs: 0 }, beginning: undefined, contents: () => contents },
} as unknown as Target;

/** What was asked of a cache that has these names, up to the guest's first instruction. */
async function asked(kept: readonly string[]): Promise<readonly string[]> {
  const asked: string[] = [];
  const cache: HostCache = {
    digest: async (pieces) => (asked.push(`hash ${[...pieces].length}`), 'hash'),
    names: (prefix) => kept.filter((name) => name.startsWith(prefix)),
    read: async (name) => void asked.push(`read ${name}`),
    write: async () => true,
  };
  await createBootCache(cache, target, () => {}).takeOver(() => {});
  return asked;
}

test('nothing is kept', async () => assert.deepEqual(await asked([]), []));
test('what is kept is of guests of other lengths', async () =>
  assert.deepEqual(await asked(['3-1130-hash-60000000', '3-11-hash-60000000']), []));
test('a guest of this length is kept', async () => {
  assert.deepEqual(await asked(['3-113-other-60000000', '3-113-hash-60000000']), ['hash 2', 'read 3-113-hash-60000000']);
});
