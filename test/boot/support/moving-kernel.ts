/** The kernel in small of fixtures/moving-kernel.S, and files of its image as `objcopy -O binary` makes them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { openProgram } from '../../../debug-adapter/program/open-program.ts';

export const folder = mkdtempSync(path.join(tmpdir(), 'moving-kernel-'));
after(() => rmSync(folder, { recursive: true }));
export const elf = path.join(import.meta.dirname, '../fixtures/moving-kernel.elf');
const program = openProgram(elf, readFileSync(elf));
export const linked = (name: string): bigint => program.symbol(name)?.address ?? assert.fail(name);

export function imageFile(name: string, change: (bytes: Uint8Array) => void = () => {}): string {
  const start = linked('_text');
  const bytes = new Uint8Array(Number(linked('_end') - start));
  for (const segment of program.segments) {
    const skipped = segment.virtualAddress < start ? Number(start - segment.virtualAddress) : 0;
    bytes.set(segment.bytes.subarray(skipped), Number(segment.virtualAddress - start) + skipped);
  }
  change(bytes);
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}
export const kernel = imageFile('Image');
