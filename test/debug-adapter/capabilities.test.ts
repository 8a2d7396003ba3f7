/** What the adapter advertises has an effect, to a client that shares no code with it; `npm run test:dap` prints the list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proveCapabilities } from './support/prove-capabilities.ts';

test('every advertised capability is proven, and every message is as the protocol says', async () => {
  const { advertised, proofs, absent } = await proveCapabilities();
  assert.deepEqual(
    proofs.filter(({ problem }) => problem !== undefined),
    [],
  );
  assert.deepEqual(proofs.map(({ capability }) => capability).sort(), [...advertised].sort());
  assert.ok(!absent.includes('breakpointModes'));
});
