/** What is wrong with a program's debug information is told by commands that come across it, on standard error. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { guest, sdeiDebug } from './sdei-debug.ts';

/** first-event with line tables of a version that there is not (DWARF 5 §6.2.4). */
function damagedGuest(folder: string): string {
  const bytes = readFileSync(guest('first-event'));
  const [table, count, names] = [Number(bytes.readBigUInt64LE(0x28)), bytes.readUInt16LE(0x3c), bytes.readUInt16LE(0x3e)];
  const header = (index: number) => bytes.subarray(table + 64 * index, table + 64 * (index + 1));
  const offset = (index: number) => Number(header(index).readBigUInt64LE(0x18));
  const name = (index: number) => bytes.toString('latin1', offset(names) + header(index).readUInt32LE(0)).split('\0', 1)[0];
  const line = Array.from({ length: count }, (_, index) => index).find((index) => name(index) === '.debug_line') ?? assert.fail();
  for (let at = offset(line), end = at + Number(header(line).readBigUInt64LE(0x20)); at < end; at += 4 + bytes.readUInt32LE(at))
    bytes.writeUInt16LE(77, at + 4);
  const file = path.join(folder, 'damaged.elf');
  writeFileSync(file, bytes);
  return file;
}

test('run tells it at its end, once, also where it is why it cannot be done', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'damaged-'));
  try {
    const file = damagedGuest(folder);
    const { stderr, status } = await sdeiDebug('run', file, '--inject', '0@first-event.c:76');
    const told = stderr.split('\n').filter((line) => line.includes('77'));
    assert.ok(told.length >= 1 && told.every((line) => line.startsWith(`sdei-debug: "${file}": `)), stderr);
    assert.equal(new Set(told).size, told.length, stderr);
    assert.equal(status, 2, stderr);
    // Nobody has asked for a line.
    assert.deepEqual(await sdeiDebug('run', file), await sdeiDebug('run', guest('first-event')));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
