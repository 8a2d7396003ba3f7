/** A program that was stripped of what it says of its code, with the unstripped one in `symbols`. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { guests, withSession } from './support/session-client.ts';

const whole = path.join(guests, 'nested-critical.elf');

/** ELF-64 Object File Format, "ELF Header": e_shoff, e_shnum, e_shstrndx. */
function withoutSections(elf: Buffer): Buffer {
  elf.writeBigUInt64LE(0n, 0x28);
  elf.writeUInt32LE(0, 0x3c);
  return elf;
}
/** Symbols stay, as `strip --strip-debug` leaves them. */
const withoutDebugSections = (elf: Buffer): Buffer => Buffer.from(elf.toString('latin1').replaceAll('.debug_', '.other_'), 'latin1');

for (const [title, strip] of [
  ['all sections', withoutSections],
  ['debug information', withoutDebugSections],
] as const) {
  test(`a program without ${title} is debugged by the symbols of the whole one: stops, stack, variables, steps forwards and back`, () =>
    withSession(async (client) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'stripped-'));
      try {
        const program = path.join(folder, 'guest.elf');
        writeFileSync(program, strip(readFileSync(whole)));
        await client.request('initialize', { adapterID: 'sdei' });
        await client.request('launch', { program, symbols: [whole] });
        await client.breakAt('nested-critical.c', 41);
        const { breakpoints } = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event', hitCondition: '2' }] });
        await client.start();
        assert.deepEqual((await client.stop()).body.hitBreakpointIds, [breakpoints[0].id]);
        await client.go('continue');
        assert.deepEqual((await client.stack()).slice(0, 4), [
          'on_event nested-critical.c:41',
          'sdei_handler_entry handler-entry.S:33',
          'SDEI event 804 (critical) interrupted EL1h here',
          'on_event nested-critical.c:37',
        ]);
        assert.equal(await client.evaluate('entered_at_depth'), '2');
        await client.go('next');
        assert.equal((await client.stack())[0], 'on_event nested-critical.c:44');
        await client.go('stepBack');
        assert.equal((await client.stack())[0], 'on_event nested-critical.c:41');
      } finally {
        rmSync(folder, { recursive: true });
      }
    }));
}
