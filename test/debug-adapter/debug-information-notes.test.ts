/** What is wrong with a program's debug information is told in the Debug Console, once. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Program } from '../../debug-adapter/program/program.ts';
import { createDebugInformationNotes } from '../../debug-adapter/debug-information-notes.ts';
import { root, withSession } from './support/session-client.ts';

test('a file of split debug information that is not there', () =>
  withSession(async (client) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'split-'));
    try {
      const program = path.join(folder, 'guest.elf');
      copyFileSync(path.join(root, 'test/accuracy/fixtures/uncommon-split-gcc-gdwarf-5.elf'), program);
      await client.request('initialize', { adapterID: 'sdei' });
      await client.request('launch', { program, memory: '8M', stopOnEntry: true });
      for (const name of ['mixed', 'nothing_of_this_name']) await client.request('setFunctionBreakpoints', { breakpoints: [{ name }] });
      await client.start();
      await client.stop();
      const told = client.messages.flatMap(({ event, body }) => (event === 'output' ? [(body as { readonly output: string }).output] : []));
      const missing = told.filter((text) => text.includes('Functions and variables of "uncommon-split-gcc-gdwarf-5.dwo" are missing'));
      assert.equal(missing.length, 1, told.join(''));
      assert.ok(missing[0].startsWith(`"${program}": `), missing[0]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }));

test('as it is found, and of very much that there is more', () => {
  const warnings: string[] = [];
  const told: string[] = [];
  const tell = createDebugInformationNotes(
    () => [{ path: 'fw.elf', program: { warnings } as unknown as Program }],
    (text) => void told.push(text),
  );
  tell();
  warnings.push('a', 'b');
  tell();
  tell();
  assert.deepEqual(told, ['"fw.elf": a', '"fw.elf": b']);
  warnings.push(...'cdefghijklm');
  tell();
  warnings.push('n');
  tell();
  assert.deepEqual(
    told.slice(2).map((text) => text.slice('"fw.elf": '.length).split(' ')[0]),
    [...'cdefghij', 'more'],
  );
});
