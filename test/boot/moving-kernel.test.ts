/** A kernel that chooses its addresses by the seed it is given: fixtures/moving-kernel.S. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { SessionClient } from '../debug-adapter/support/session-client.ts';
import { elf, folder, imageFile, kernel, linked } from './support/moving-kernel.ts';

interface Found {
  readonly client: SessionClient;
  readonly pc: bigint;
  readonly frames: readonly { readonly name: string; readonly line: number }[];
}

/** To a breakpoint in `work` that is set before the kernel runs. */
async function toWork(launch: Record<string, unknown>): Promise<Found> {
  const client = new SessionClient();
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { kernel, symbols: elf, ...launch });
  const { breakpoints } = await client.request('setFunctionBreakpoints', {
    breakpoints: [{ name: 'work' }],
  });
  assert.deepEqual(
    breakpoints.map(({ verified }: { readonly verified: boolean }) => verified),
    [true],
  );
  await client.request('configurationDone');
  assert.equal((await client.stop()).body.reason, 'function breakpoint');
  const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
  assert.deepEqual(client.problems, []);
  return { client, pc: BigInt(stackFrames[0].instructionPointerReference), frames: stackFrames };
}
const said = ({ client }: Found): string =>
  client.messages.flatMap(({ event, body }) => (event === 'output' ? [(body as { output: string }).output] : [])).join('');
const modulesTold = ({ client }: Found): readonly unknown[] =>
  client.messages.filter(({ event }) => event === 'module').map(({ body }) => body);

for (const [seed, offset] of [
  ['0x1f', 0x1fn << 21n],
  ['0x123456789abcdef0', 0x30n << 21n],
  [0x40, 0n],
] as const) {
  test(`with the seed ${seed} breakpoints, stack and modules are 0x${offset.toString(16)} above their links`, async () => {
    const found = await toWork({ kaslrSeed: seed });
    assert.equal(found.pc, linked('work') + offset);
    assert.deepEqual(
      found.frames.map(({ name }) => name),
      ['work', 'start_kernel', '__primary_switched'],
    );
    assert.match(
      said(found),
      offset === 0n ? /runs where it was linked/ : new RegExp(`runs 0x${offset.toString(16)} above where it was linked`),
    );
    const { modules } = await found.client.request('modules');
    const module = modules.find(({ name }: { readonly name: string }) => name === 'moving-kernel.elf');
    assert.ok(module?.addressRange.startsWith(`0x${(linked('_text') - 0x1000n + offset).toString(16)}-`), module?.addressRange);
    assert.deepEqual(modulesTold(found), [{ reason: 'changed', module }]);
    const result = await found.client.evaluate('&linux_banner');
    assert.ok(BigInt(/0x[0-9a-f]+/.exec(result)?.[0] ?? 0) === linked('linux_banner') + offset, result);
    await found.client.end();
  });
}

for (const seed of [undefined, 7]) {
  test(`an event that comes in by addresses without a name ends its stack at the interrupted code${seed === undefined ? '' : ', with a seed too'}`, async () => {
    const { client } = await toWork(seed === undefined ? {} : { kaslrSeed: seed });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'handle_event' }] });
    await client.go('continue');
    const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
    assert.deepEqual(
      stackFrames.map(({ name }: { readonly name: string }) => name),
      ['handle_event', 'event_entry', 'SDEI event 0 (normal) interrupted EL1h here', 'signals', 'start_kernel', '__primary_switched'],
    );
    // Not as the handler has them now.
    assert.equal(BigInt(await client.evaluate('$x20', stackFrames[3].id)), 20n);
    assert.equal(BigInt(await client.evaluate('$x20', stackFrames[0].id)), 0n);
    assert.equal((await client.go('continue')).event, 'terminated');
    await client.end();
  });
}

test('memory is that of an exception level, or physical, by what stands before the address', async () => {
  const { client, pc } = await toWork({});
  const bytes = async (memoryReference: string) => (await client.request('readMemory', { memoryReference, count: 8 })).data;
  const address = `0x${pc.toString(16)}`;
  const here = await bytes(address);
  assert.equal(await bytes(`EL1:${address}`), here);
  assert.equal(await bytes(`el1@pe0:${address}`), here);
  // The hyp-stub has no translation, so it sees nothing up there, but what EL1 sees by other addresses.
  assert.equal(await bytes(`EL2:${address}`), undefined);
  const physical = `0x${(pc - linked('_text') + 0x4020_0000n).toString(16)}`;
  assert.equal(await bytes(`PA:${physical}`), here);
  assert.equal(await bytes(`EL2:${physical}`), here);
  await client.request('writeMemory', { memoryReference: `PA:${physical}`, data: 'AAAAAAAAAAA=' });
  assert.equal(await bytes(address), 'AAAAAAAAAAA=');
  await client.end();
});

test('a module has symbols from when the kernel loads it until it is freed', async () => {
  const modules = path.join(folder, 'modules');
  mkdirSync(path.join(modules, 'drivers'), { recursive: true });
  const file = path.join(modules, 'drivers/sdei-client.ko');
  copyFileSync(path.join(import.meta.dirname, '../program/objects/object.o'), file);
  const { client } = await toWork({ symbols: [elf, `${modules}/`] });
  const source = { path: '/build/object.c' };
  const line = 19;
  const { breakpoints } = await client.request('setBreakpoints', { source, breakpoints: [{ line }] });
  assert.match(breakpoints[0].message, /It is looked for again in each module that the kernel loads\.$/);
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'handle_event' }] });
  await client.go('continue');
  const told = (event: string) =>
    client.messages.flatMap((message) => (message.event === event ? [message.body as { reason: string }] : []));
  const { modules: all } = await client.request('modules');
  const module = all.find(({ name }: { readonly name: string }) => name === 'sdei-client.ko');
  assert.deepEqual(told('module'), [{ reason: 'new', module }]);
  assert.equal(module.path, file);
  // .text of what the kernel says of the module.
  const bound = told('breakpoint').at(-1) as unknown as { breakpoint: { verified: boolean; line: number; instructionReference: string } };
  assert.deepEqual([bound.breakpoint.verified, bound.breakpoint.line], [true, line]);
  assert.equal(BigInt(bound.breakpoint.instructionReference) & ~0xfffn, 0xffff_8000_00d0_0000n);
  assert.match(await client.evaluate('distance'), /ffff800000d000/);
  await client.go('continue');
  assert.deepEqual(
    told('module').map(({ reason }) => reason),
    ['new', 'removed'],
  );
  assert.equal((told('breakpoint').at(-1) as unknown as typeof bound).breakpoint.verified, false);
  await client.end();
});

test('a module whose file is no module is told, and the kernel goes on', async () => {
  const file = path.join(folder, 'sdei_client.ko');
  writeFileSync(file, 'nothing');
  const found = await toWork({ symbols: [elf, file] });
  assert.equal((await found.client.go('continue')).event, 'terminated');
  assert.match(said(found), /has loaded the module sdei_client, but not its symbols: .*relocatable object/);
  await found.client.end();
});

test('without a seed the kernel runs where it was linked, and nothing is looked for', async () => {
  const found = await toWork({});
  assert.equal(found.pc, linked('work'));
  assert.deepEqual(modulesTold(found), []);
  assert.doesNotMatch(said(found), /linked/);
  await found.client.end();
});

test('the offset can be given by hand', async () => {
  const found = await toWork({ kaslrSeed: 3, symbols: [`${elf}@0x600000`] });
  assert.equal(found.pc, linked('work') + 0x60_0000n);
  assert.deepEqual(modulesTold(found), []);
  await found.client.end();
});

test('the same seed finds the same offset after a restart', async () => {
  const found = await toWork({ kaslrSeed: 5 });
  await found.client.request('restart');
  await found.client.stop();
  const { stackFrames } = await found.client.request('stackTrace', { threadId: 1 });
  assert.equal(BigInt(stackFrames[0].instructionPointerReference), found.pc);
  assert.equal(modulesTold(found).length, 2);
  await found.client.end();
});

test('symbols of another kernel are told', async () => {
  const banner = Number(linked('linux_banner') - linked('_text'));
  const other = imageFile('Image-other', (bytes) => void bytes.set(new TextEncoder().encode('Linux version 1.0'), banner));
  const found = await toWork({ kernel: other });
  assert.match(
    said(found),
    /is not of the kernel that boots.*It says "Linux version 0\.0 \(in small\)", the kernel says "Linux version 1\.0 \(in small\)"/,
  );
  await found.client.end();
});

test('a trace of a kernel with a seed opens where it was saved, with its symbols there', async () => {
  const found = await toWork({ kaslrSeed: '0x1f' });
  const { data } = await found.client.request('sdei/saveTrace');
  await found.client.end();
  const trace = path.join(folder, 'moving.sdeitrace');
  writeFileSync(trace, Buffer.from(data, 'base64'));
  const client = new SessionClient();
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { trace });
  await client.request('configurationDone');
  assert.equal((await client.stop()).body.description, 'Trace saved here');
  const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
  const names = (frames: Found['frames']) => frames.map(({ name, line }) => [name, line]);
  assert.deepEqual(names(stackFrames), names(found.frames));
  assert.equal(BigInt(stackFrames[0].instructionPointerReference), found.pc);
  await client.end();
});

interface Module {
  readonly name: string;
  readonly addressRange: string;
}
const modulesOf = async (client: SessionClient): Promise<readonly Module[]> => (await client.request('modules')).modules;
const rangeOf = async (client: SessionClient, name: string) => (await modulesOf(client)).find((one) => one.name === name)?.addressRange;

/** Saves the session's run, and opens it in another one. */
async function savedAndOpened({ client: one }: Found, name: string): Promise<SessionClient> {
  const trace = path.join(folder, `${name}.sdeitrace`);
  writeFileSync(trace, Buffer.from((await one.request('sdei/saveTrace')).data, 'base64'));
  const client = new SessionClient();
  await client.request('initialize', { adapterID: 'sdei' });
  await client.request('launch', { trace });
  await client.request('configurationDone');
  assert.equal((await client.stop()).body.description, 'Trace saved here');
  return client;
}
/** Stops where the kernel has loaded its module. */
async function withModule(symbols: readonly string[]): Promise<Found> {
  const found = await toWork({ symbols: [elf, ...symbols] });
  await found.client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'handle_event' }] });
  await found.client.go('continue');
  return found;
}
const object = path.join(import.meta.dirname, '../program/objects/object.o');

test('a trace knows the modules that the kernel had loaded', async () => {
  const modules = mkdtempSync(path.join(folder, 'modules-'));
  copyFileSync(object, path.join(modules, 'sdei-client.ko'));
  const found = await withModule([`${modules}/`]);
  const range = await rangeOf(found.client, 'sdei-client.ko');
  assert.match(range ?? '', /^0xffff800000d00000-/);
  const client = await savedAndOpened(found, 'modules');
  await found.client.end();
  rmSync(modules, { recursive: true });
  assert.equal(await rangeOf(client, 'sdei-client.ko'), range);
  assert.match(await client.evaluate('distance'), /ffff800000d000/);
  const { breakpoints } = await client.request('setBreakpoints', { source: { path: '/build/object.c' }, breakpoints: [{ line: 19 }] });
  assert.deepEqual([breakpoints[0].verified, BigInt(breakpoints[0].instructionReference) & ~0xfffn], [true, 0xffff_8000_00d0_0000n]);
  // Saved again, it is all there.
  const again = await savedAndOpened({ ...found, client }, 'modules-again');
  assert.equal(await rangeOf(again, 'sdei-client.ko'), range);
  await again.end();
  // The kernel frees it further on; going back over its loading finds it again.
  assert.equal((await client.go('continue')).event, 'terminated');
  const told = client.messages.flatMap(({ event, body }) => (event === 'module' ? [(body as { reason: string }).reason] : []));
  assert.deepEqual(told, ['removed']);
  assert.deepEqual(client.problems, []);
  await client.end();
});

test('a module that the kernel loads after the moment of the trace is found there', async () => {
  const file = path.join(folder, 'sdei_client.ko');
  copyFileSync(object, file);
  const found = await toWork({ symbols: [elf, file] });
  const client = await savedAndOpened(found, 'before');
  await found.client.end();
  assert.equal(await rangeOf(client, 'sdei_client.ko'), undefined);
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'handle_event' }] });
  await client.go('continue');
  assert.match((await rangeOf(client, 'sdei_client.ko')) ?? '', /^0xffff800000d00000-/);
  await client.end();
});

test('a trace keeps symbols where they were put by hand', async () => {
  const found = await withModule([`${object}@.text=0xffff800000e00000,.data=0xffff800000e02000`, `${elf}@0x40000000`]);
  const before = await modulesOf(found.client);
  assert.match((await rangeOf(found.client, 'object.o')) ?? '', /^0xffff800000e00000-/);
  const client = await savedAndOpened(found, 'by-hand');
  await found.client.end();
  const plain = (modules: readonly Module[]) => modules.map(({ name, addressRange }) => [name, addressRange]);
  assert.deepEqual(plain(await modulesOf(client)), plain(before));
  assert.equal(before.length, 4);
  assert.match(await client.evaluate('distance'), /ffff800000e000/);
  assert.match(await client.evaluate('&start'), /0xffff800000e02000/);
  await client.end();
});
