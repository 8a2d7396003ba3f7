// Steps to code that nobody wrote: what a compiler adds between two statements (line 0 in DWARF's line table, §6.2.2), and to virtual calls.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { guests, SessionClient } from './support/session-client.ts';

const program = path.join(guests, '../accuracy/fixtures/uncommon-clang-O2.elf');
/** In `main`: it calls `variable_length`, and what comes behind the call has no line. */
const call = 0x401003f0;
const hex = (address: number) => `0x${address.toString(16)}`;

async function stoppedAt(address: number): Promise<SessionClient> {
  const client = new SessionClient();
  await client.request('initialize', { adapterID: 'sdei' });
  const launch = client.ask('launch', { program, memory: '8M' });
  await client.heard('initialized');
  await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: hex(address) }] });
  await client.request('configurationDone');
  await launch;
  await client.stop();
  return client;
}
const where = async (client: SessionClient) => {
  const { stackFrames } = await client.request('stackTrace', { threadId: 1, levels: 1 });
  const [{ name, line, instructionPointerReference }] = stackFrames;
  return { name, line, pc: Number(instructionPointerReference) };
};

test('a step out to code without a line ends at the next statement of the caller', async () => {
  const client = await stoppedAt(call);
  const before = await where(client);
  await client.request('stepIn', { threadId: 1 });
  await client.stop();
  assert.notEqual((await where(client)).name, 'main');
  await client.request('stepOut', { threadId: 1 });
  await client.stop();
  const after = await where(client);
  assert.equal(after.name, 'main');
  assert.ok(after.line > 0 && after.pc > call, JSON.stringify({ before, after }));
});

test('a step over from code without a line ends at a statement; an instruction stays one', async () => {
  const client = await stoppedAt(call + 4);
  assert.equal((await where(client)).line, 0);
  await client.request('next', { threadId: 1, granularity: 'instruction' });
  await client.stop();
  assert.equal((await where(client)).pc, call + 8);
  const other = await stoppedAt(call + 4);
  await other.request('next', { threadId: 1 });
  await other.stop();
  const after = await where(other);
  assert.ok(after.name === 'main' && after.line > 0, JSON.stringify(after));
});

test('a step into a virtual call ends in the function that is meant, not in what leads to it', async () => {
  const cplusplus = path.join(guests, '../program/cplusplus/scopes.elf');
  const client = new SessionClient();
  await client.request('initialize', { adapterID: 'sdei' });
  const launch = client.ask('launch', { program: cplusplus, memory: '8M' });
  await client.heard('initialized');
  const line = readFileSync(path.join(cplusplus, '../scopes.cc'), 'utf8')
    .split('\n')
    .findIndex((text) => text.includes('named->name'));
  const source = { name: 'scopes.cc', path: '/build/cplusplus/scopes.cc' };
  await client.request('setBreakpoints', { source, breakpoints: [{ line: line + 1 }] });
  await client.request('configurationDone');
  await launch;
  await client.stop();
  assert.equal((await where(client)).name, 'work()');
  await client.request('stepIn', { threadId: 1 });
  await client.stop();
  assert.equal((await where(client)).name, 'Square::name(int)');
});
