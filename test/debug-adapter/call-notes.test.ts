import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCallNotes } from '../../debug-adapter/disassembly/call-notes.ts';
import { createDisassembler } from '../../debug-adapter/disassembly/disassembler.ts';
import { handlerNotes } from '../../debug-adapter/disassembly/handler-notes.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
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

test('the disassembly names the events of a handler where it begins, and words that are no instruction do not end it', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'sdei_handler_entry' }] });
    await client.start();
    await client.stop();
    const textsAt = async (address: bigint, instructionCount: number, resolveSymbols = true): Promise<string[]> => {
      const memoryReference = `0x${address.toString(16)}`;
      const { instructions } = await client.request('disassemble', { memoryReference, instructionCount, resolveSymbols });
      return instructions.map(({ instruction }: { instruction: string }) => instruction.replace('\t', ' '));
    };
    const entry = await client.pc();
    const [first, second] = await textsAt(entry, 2);
    assert.deepEqual([first, second], ['stp x29, x30, [sp, #-0x10]! ; handler of event 0 (normal), EL1', 'mov x29, sp']);
    assert.deepEqual(await textsAt(entry, 1, false), ['stp x29, x30, [sp, #-0x10]!']);
    const words = Buffer.from(Uint32Array.of(0xffff_ffff, 0xd503_201f, 0xffff_ffff, 0xffff_ffff, 0xd65f_03c0, 0xffff_ffff).buffer);
    await client.request('writeMemory', { memoryReference: '0x40180000', data: words.toString('base64') });
    const bad = '.inst 0xffffffff';
    assert.deepEqual(await textsAt(0x4018_0000n, 6), [bad, 'nop', bad, bad, 'ret', bad]);
  }));

test('a damaged capstone.wasm fails the request, and nothing else', async () => {
  const { begin, disassemble } = createDisassembler({ ...nodeHost, readAsset: async () => Uint8Array.of(1, 2, 3) });
  await begin();
  await assert.rejects(disassemble(0n, [0]), /WebAssembly/);
});

test('a handler of several events', () => {
  const row = (number: number, priority: 'normal' | 'critical', entryPoint?: bigint) => ({
    number,
    priority,
    ...(entryPoint === undefined ? {} : { entryPoint }),
  });
  const noteAt = handlerNotes(
    [row(0, 'normal', 16n), row(0, 'normal', 16n), row(804, 'critical', 16n), row(805, 'normal', 32n), row(806, 'normal')],
    'EL2',
  );
  assert.deepEqual([16n, 32n, 48n].map(noteAt), [
    'handler of events 0 (normal), 804 (critical), EL2',
    'handler of event 805 (normal), EL2',
    undefined,
  ]);
});
