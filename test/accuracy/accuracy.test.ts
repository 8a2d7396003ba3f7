/** Lines, frames and variables beside what llvm-symbolizer and gdb said of the same places and the same stops; `run.ts` asks them anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createImages } from '../../debug-adapter/images.ts';
import { compareStops } from './compare.ts';
import { codeOf, ownChain } from './lines.ts';
import { guestOf, readRecorded, recordedNames } from './recorded.ts';
import { runTo, startedGuest } from './stops.ts';
import { verdictOn } from './verdict.ts';
import { ownView, spellFrame } from './view.ts';

for (const name of recordedNames()) {
  const { elf, stops, lines } = readRecorded(name);

  test(`${elf}: frames and variables at ${stops.length} stops are those of gdb, or gdb is known to be wrong`, async () => {
    const { target, images: loaded } = await startedGuest(guestOf(elf));
    const images = createImages(loaded);
    let compared = 0;
    for (const { moment, gdb, line } of stops) {
      await runTo(target, moment.time);
      const ours = ownView(target, images);
      const { values, frames, differences } = compareStops(ours, gdb);
      compared += values + frames;
      assert.deepEqual(ours.frames.map(spellFrame), moment.frames, `calls at ${ours.pc}`);
      for (const difference of differences)
        assert.ok(
          verdictOn(difference, { ours, gdb, moment }, () => line),
          `${ours.pc}: ${JSON.stringify(difference)}`,
        );
    }
    assert.ok(compared > 20, `${compared}`);
  });

  test(`${elf}: function, inlined calls and line of every address are those of llvm-symbolizer`, () => {
    const { program, addresses } = codeOf(guestOf(elf).elf);
    for (const address of addresses) {
      const [, ...llvm] = lines.findLast(([start]) => BigInt(start) <= address) ?? [];
      const ours = ownChain(program, address);
      // Assembly has the function's name here, the nearest label's there.
      const isAssembly = ours.length === 1 && ours[0].includes('.S:');
      const places = (chain: readonly string[]) => (isAssembly ? chain.map((frame) => frame.replace(/^\S+ /, '')) : chain);
      assert.deepEqual(places(ours), places(llvm), `0x${address.toString(16)}`);
    }
  });
}

test('where rows of two lines share an address, the frame has the line of the instruction, and breakpoints on both stop there', () => {
  const { elf } = guestOf('test/guests/first-event.elf');
  const { program } = codeOf(elf);
  // 0x40100120: line 80, is_stmt; then line 81, not is_stmt, up to the end of the function. gdb shows 80.
  const pc = 0x4010_0120n;
  assert.deepEqual(ownChain(program, pc), ['signal_in_the_middle first-event.c:81']);
  const [source] = program.sources().filter((path) => path.endsWith('/first-event.c'));
  assert.deepEqual(program.resolveLine(source, 80), { line: 80, addresses: [pc] });
  assert.equal(program.isStatementStart(pc), true);
  assert.deepEqual(program.lineRangeAt(pc), { low: pc, high: 0x4010_0138n });
});
