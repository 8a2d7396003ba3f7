// What people write for a function breakpoint; the fixtures' build.sh say how they are built.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { functionPlaces } from '../../debug-adapter/breakpoints/function-places.ts';
import { createImages, imageOf } from '../../debug-adapter/images.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { guests, withSession } from './support/session-client.ts';

const imagesOf = (elf: string) => {
  const program = openProgram(elf, readFileSync(new URL(`../${elf}.elf`, import.meta.url)));
  return createImages([imageOf('guest', elf, elf, program)]);
};
const linked = imagesOf('program/link-time/inlined');
const scopes = imagesOf('program/cplusplus/scopes');
const low = (name: string): bigint => scopes.programs[0].functionsNamed(name)[0].ranges[0].low;
const inside = (name: string): bigint => scopes.programs[0].functionsNamed(name)[0].breakpointAddress;

for (const [text, images, ...addresses] of [
  ['checked', linked, 0x4000_0120n, 0x4000_0144n, 0x4000_0198n],
  ['callee.c:checked', linked, 0x4000_0120n, 0x4000_0144n, 0x4000_0198n],
  ["'callee.c'::checked", linked, 0x4000_0120n, 0x4000_0144n, 0x4000_0198n],
  ['*checked', linked, 0x4000_0120n],
  ['*checked + 0x8', linked, 0x4000_0128n],
  ['*0x40000100', linked, 0x4000_0100n],
  ['*hw::uart::Port::write(int)+4', scopes, low('hw::uart::Port::write(int)') + 4n],
  ['scopes.cc:hw::uart::Port::write(int)', scopes, inside('hw::uart::Port::write(int)')],
  ['::other::write', scopes, inside('other::write')],
] as const)
  test(`'${text}'`, () => {
    const places = functionPlaces(text, images);
    assert.deepEqual('addresses' in places && [...places.addresses].sort(), addresses);
  });

test("'FILE:LINE' is the line that has code there or after it", () => {
  const program = linked.programs[0];
  assert.deepEqual(functionPlaces('callee.c:4', linked), { addresses: program.resolveLine('/build/link-time/callee.c', 4)?.addresses });
});

for (const [text, images, problem] of [
  ['cheked', linked, 'No function "cheked" in the loaded images. Did you mean "checked"?'],
  ['caller.c:checked', linked, 'No function "checked" in "caller.c".'],
  ['none.c:checked', linked, 'No code of a source "none.c" in the loaded images.'],
  ['none.c:4', linked, 'No code of a source "none.c" in the loaded images.'],
  ['callee.c:400', linked, 'No code on line 400 or after it in this file.'],
  ['*chcked', linked, 'No function "chcked" in the loaded images. Did you mean "checked"?'],
  ['*0x40000102', linked, 'No instruction starts at 0x40000102: addresses of A64 instructions are multiples of 4.'],
  ['Port::wriet', scopes, 'No function "Port::wriet" in the loaded images. Did you mean "Port::write"?'],
  ['uart::Prt::write', scopes, 'No function "uart::Prt::write" in the loaded images. Did you mean "uart::Port::write"?'],
  ['refrences', scopes, 'No function "refrences" in the loaded images. Did you mean "references"?'],
] as const)
  test(`'${text}': ${problem}`, () => assert.deepEqual(functionPlaces(text, images), { problem }));

test('code that several images know is hit once each time that a PE comes by', () =>
  withSession(async (client) => {
    await client.launch('nested-critical.elf', { symbols: [`${guests}/nested-critical.elf`] });
    const { breakpoints } = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'print', hitCondition: '3' }] });
    await client.start();
    assert.deepEqual((await client.stop()).body.hitBreakpointIds, [breakpoints[0].id]);
    const third = await client.evaluate('$time');
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    const [plain] = (await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'print' }] })).breakpoints;
    await client.request('restart');
    for (let count = 0; count < 3; count++) {
      assert.deepEqual((await client.stop()).body.hitBreakpointIds, [plain.id]);
      if (count < 2) await client.request('continue', { threadId: 1 });
    }
    assert.equal(await client.evaluate('$time'), third);
  }));
