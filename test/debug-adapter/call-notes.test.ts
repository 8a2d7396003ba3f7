import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCallNotes } from '../../debug-adapter/disassembly/call-notes.ts';
import { withSession } from './support/session-client.ts';

const rows: readonly (readonly [code: string, x0: bigint | undefined])[] = [
  ['mov x0, #2; hvc #0', 2n],
  ['mov w0, #0x20; movk w0, #0xc400, lsl #16; smc #0', 0xc400_0020n],
  ['movz x0, #1, lsl #16; hvc #0', 0x1_0000n],
  ['mov x0, #-1; hvc #0', 0xffff_ffff_ffff_ffffn],
  ['movn w0, #0; hvc #0', 0xffff_ffffn],
  ['mov x0, #2; mov x1, x0; str x0, [sp]; cmp x0, #3; hvc #0', 2n],
  ['mov x0, #2; ldr x0, [x1]; hvc #0', undefined],
  ['mov x0, #2; ldp x1, x0, [sp]; hvc #0', undefined],
  ['mov x0, #2; bl #0x1000; hvc #0', undefined],
  ['mov x0, #2; b.eq #0x1000; hvc #0', undefined],
  ['mov x0, #2; hvc #0; hvc #0', undefined],
  ['mov x0, #2; hvc #1', undefined],
  ['movk x0, #2; hvc #0', undefined],
  ['hvc #0', undefined],
];
for (const [code, expected] of rows) {
  test(code, () => {
    const notes = createCallNotes();
    const seen = code.split('; ').map((text) => notes.next(text.replace(' ', '\t')));
    assert.equal(seen.at(-1), expected);
  });
}

test('the disassembly names the call at hand, and 400 instructions are one answer', () =>
  withSession(async (client) => {
    await client.launch('hyp-stub.elf');
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'smccc' }] });
    await client.start();
    const seen: string[] = [];
    for (let count = 0; count < 8; count++) {
      if ((await client.stop()).event !== 'stopped') break;
      const { instructions } = await client.request('disassemble', {
        memoryReference: `0x${(await client.pc()).toString(16)}`,
        instructionCount: 400,
      });
      assert.equal(instructions.length, 400);
      seen.push(instructions[0].instruction.replace('\t', ' '));
      await client.request('continue', { threadId: 1 });
    }
    assert.ok(seen.includes('hvc #0 ; SDEI_VERSION') || seen.some((text) => /^hvc #0 ; HVC_/.test(text)), seen.join('\n'));
  }));
