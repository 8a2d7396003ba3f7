/** Whatever comes is answered, and the server goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withServer } from './support/server.ts';

const hex = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map((value) => value.toString(16)),
  fc.constantFrom('0', '40100000', '401ffffc', 'ffffffffffffffff', '-1', 'zz', ''),
);
const name = fc.constantFrom(
  '?', 'g', 'G', 'p', 'P', 'm', 'M', 'X', 'Z0,', 'z1,', 'Z2,', 'H', 'Hg', 'T', 'qSupported', 'qXfer:features:read:target.xml:', 'qXfer:threads:read::',
  'qThreadExtraInfo,', 'qRcmd,', 'vCont;s:', 'vCont;r', 'vCont', 'vFile', 'bs', 's', 'S05;', 'qC', 'q', 'Q', 'v', 'y', 'D;', 'A',
); // biome-ignore format: a list
const separator = fc.constantFrom(',', ':', '=', ';', '');
const shaped = fc
  .tuple(name, fc.array(fc.tuple(hex, separator), { maxLength: 4 }))
  .map(([packet, parts]) => packet + parts.map(([value, mark]) => value + mark).join(''));
const any = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), maxLength: 40 });

/** These have no answer, run for ever, or say good-bye. */
const isSilent = (data: string) => /^(?:[kRc]|C[0-9a-f]{2}|vCont;[cC]|D$|D;[0-9a-f]{1,8}$|vKill|vRun)/i.test(data);

test('packets of every shape', () =>
  withServer('spin', {}, async ({ connect }) => {
    const client = connect();
    await client.ask('QStartNoAckMode');
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: shaped }, any), async (data) => {
        fc.pre(!isSilent(data) && !data.includes('#') && !data.includes('$') && !data.includes('}'));
        const answer = await client.ask(data);
        assert.notEqual(answer, 'closed', data);
        assert.doesNotMatch(answer, /Internal error/, data);
      }),
      { numRuns: 1500, seed: 5 },
    );
    assert.equal(await client.ask('qC'), 'QC1');
    await client.end();
  }));

test('bytes that are no packets', () =>
  withServer('spin', {}, async ({ connect }) => {
    const client = connect();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        // `$` begins nothing that is never answered: k, R and c are left to the test above.
        client.raw(bytes.filter((byte) => !'kRrcCDv'.includes(String.fromCharCode(byte))));
      }),
      { numRuns: 200, seed: 5 },
    );
    client.raw('#00');
    for (let answer = ''; answer !== '$QC1'; answer = await client.next()) {
      assert.notEqual(answer, 'closed');
      if (answer === '') client.raw('\x03$qC#b4');
    }
    await client.end();
  }));

const runs = ['c', 'vCont;c', 'vCont;c:1', 'C05', 's', 'vCont;s:1;c', 'vCont;r40000000,50000000', 'vCont;r0,10:1'];
const moment = fc.constantFrom('before', 'with', 'after', 'twice');

test('runs and interruptions in any order: each run ends with a stop', () =>
  withServer('spin', {}, async ({ connect }) => {
    const client = connect();
    await client.ask('QStartNoAckMode');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...runs), moment, fc.nat(3), async (run, when, queries) => {
        if (when === 'before') client.raw('\x03');
        client.send(run);
        if (when === 'after') await new Promise(setImmediate);
        client.raw(when === 'twice' ? '\x03\x03' : '\x03');
        assert.match(await client.answer(), /^T0[25]thread:1;/);
        for (let count = 0; count < queries; count++) assert.equal(await client.ask('qC'), 'QC1');
      }),
      { numRuns: 30, seed: 5 },
    );
    await client.end();
  }));
