/** A short run of what `npm run test:time -- hostile` does at length. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileGuests, hostileSession } from './hostile.ts';

const SEED = 13;
const COMMANDS = 40;

for (const guest of hostileGuests) {
  test(`${guest.name}: ${COMMANDS} commands at random through time`, async () => {
    const { failures, stops, again } = await hostileSession(guest, SEED, COMMANDS);
    assert.deepEqual(failures, []);
    assert.ok(stops > 0 && again > 0, `${stops} stops, ${again} of them at known moments`);
  });
}
