/** Images read by ranges beside the same read as a whole. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FileBytes, partOf } from '../../debug-adapter/program/file-bytes.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import type { Program } from '../../debug-adapter/program/program.ts';
import { fixtureBytes, fixtureNames, openFixture } from './fixtures.ts';

function countedFile(bytes: Uint8Array): FileBytes & { readonly count: () => number } {
  let count = 0;
  return {
    size: bytes.length,
    read(offset, into) {
      assert.ok(offset + into.length <= bytes.length, 'a read ends with the file');
      into.set(bytes.subarray(offset, offset + into.length));
      count += into.length;
    },
    count: () => count,
  };
}

/** What a session asks of a program. */
function answers(program: Program): unknown {
  const functions = program.symbols().filter(({ kind }) => kind === 'function');
  return {
    sources: program.sources().map((path) => [path, program.linesWithCode(path, 1, 10_000), program.digestOf(path)]),
    globals: program.globals().map(({ name, declaration }) => [name, declaration]),
    functions: functions.map(({ name, address }) => [
      program.functionsNamed(name).map((found) => found.breakpointAddress),
      program.inlineChainAt(address),
      program.lineRangeAt(address),
      program.variablesAt(address + 8n).map((variable) => variable.name),
      program.hasCallFrameInformation(address),
    ]),
    warnings: program.warnings,
  };
}

for (const name of fixtureNames) {
  describe(name, () => {
    test('says the same when it is read by ranges', () =>
      assert.deepEqual(answers(openProgram(`${name}.elf`, countedFile(fixtureBytes(name)))), answers(openFixture(name))));

    test('is opened by its headers', () => {
      const file = countedFile(fixtureBytes(name));
      openProgram(`${name}.elf`, file);
      assert.ok(file.count() <= 4 * 4096, `${file.count()} bytes`);
    });

    test('names its sources by their file names', () => {
      const program = openFixture(name);
      const sources = program.sources();
      const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1).toLowerCase();
      for (const path of sources) {
        const same = sources.filter((other) => fileName(other) === fileName(path));
        assert.deepEqual([...program.sourcesNamed(fileName(path).toUpperCase())].sort(), same);
      }
      assert.deepEqual(program.sourcesNamed('no-such-file.c'), []);
    });
  });
}

test('bytes of a file are there from a page on to where they end, each read once', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
  const file = countedFile(bytes);
  const part = partOf(file);
  for (const [start, end, until, count] of [
    [5000, 5001, 8192, 4096],
    [5000, 8192, 8192, 4096],
    [0, 1, 8192, 8192],
    [8192, 8193, 8192 + 65536, 8192 + 65536],
    [0, 1, 4096 + 65536, 8192 + 65536],
    [99_999, 100_000, 100_000, 8192 + 65536 + (100_000 - 98_304)],
    [50_000, 100_000, 100_000, 100_000],
  ]) {
    assert.equal(part.load?.(start, end), until, `${start} to ${end}`);
    assert.equal(file.count(), count, `${start} to ${end}`);
    assert.deepEqual(part.bytes.subarray(start, end), bytes.subarray(start, end));
  }
});
