/** Images read by ranges beside the same read as a whole. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createBoundedCache } from '../../debug-adapter/program/bounded-cache.ts';
import { type FileBytes, partOf } from '../../debug-adapter/program/file-bytes.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import type { Program, Variable } from '../../debug-adapter/program/program.ts';
import type { Type } from '../../debug-adapter/program/types.ts';
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

/** A type with what it is made of, as far as that can be seen from it. */
function spelled(type: Type, depth = 0): unknown {
  if (depth > 3) return type.kind;
  const { kind } = type;
  return {
    kind,
    name: 'name' in type ? type.name : undefined,
    size: 'size' in type ? type.size : undefined,
    to: 'to' in type ? spelled(type.to(), depth + 1) : undefined,
    element: kind === 'array' ? [type.count, spelled(type.element(), depth + 1)] : undefined,
    members:
      'members' in type ? type.members().map((member) => [member.name, member.offset, spelled(member.type(), depth + 1)]) : undefined,
    enumerators: kind === 'enum' ? type.enumerators() : undefined,
    function: kind === 'function' ? [type.returns(), ...type.parameters()].map((part) => spelled(part, depth + 1)) : undefined,
  };
}

/** What a session asks of a program. */
function answers(program: Program): unknown {
  const functions = program.symbols().filter(({ kind }) => kind === 'function');
  const valueOf = (variable: Variable, pc: bigint): unknown => {
    const registers = new Map(Array.from({ length: 32 }, (_, register) => [register, 0x4_0000n + BigInt(register) * 8n]));
    const frame = { registers, pc, memory: (_: bigint, length: number) => new Uint8Array(length).fill(1), cfa: 0x5_0000n };
    const { name, depth, declaration, type } = variable;
    return [name, depth, declaration, spelled(type), spelled(variable.typeIn(frame)), variable.locate(frame).kind];
  };
  return {
    sources: program.sources().map((path) => [path, program.linesWithCode(path, 1, 10_000), program.digestOf(path)]),
    globals: program.globals().map((variable) => [valueOf(variable, 0n), program.globalsNamed(variable.name).length]),
    types: ['int', 'struct node', 'node', 'uint64_t', 'enum color'].map((name) => spelled(program.typeNamed(name) ?? { kind: 'void' })),
    functions: functions.map(({ name, address }) => [
      program.functionsNamed(name).map((found) => [found.breakpointAddress, spelled(found.type?.() ?? { kind: 'void' })]),
      program.inlineChainAt(address),
      program.lineRangeAt(address),
      program.variablesAt(address + 8n).map((variable) => valueOf(variable, address + 8n)),
      program.hasCallFrameInformation(address),
    ]),
    warnings: program.warnings,
  };
}

/** In other languages, and with what the linker has moved. */
const otherPrograms = [
  '../cplusplus/classes-gcc',
  '../cplusplus/classes-clang',
  '../cplusplus/classes-gcc-types',
  '../cplusplus/gcc-link-time',
  '../cplusplus/scopes-types',
  '../link-time/units-lto',
];

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

const fileOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);

test('bytes of a file that are loaded are there by whole pages, each read once', () => {
  const bytes = fileOf(100_000);
  const file = countedFile(bytes);
  const part = partOf(file, createBoundedCache());
  for (const [start, end, count] of [
    [5000, 5001, 4096],
    [5000, 8192, 4096],
    [0, 1, 8192],
    [8192, 8193, 12_288],
    [99_999, 100_000, 12_288 + (100_000 - 98_304)],
    [50_000, 100_000, 12_288 + (100_000 - 49_152)],
    [0, 100_000, 100_000],
  ]) {
    part.load?.(start, end);
    assert.equal(file.count(), count, `${start} to ${end}`);
    assert.deepEqual(part.bytes.subarray(start, end), bytes.subarray(start, end));
  }
});

test('bytes of a file are seen through windows, of which no more are kept than there is room for', () => {
  const bytes = fileOf(200_000);
  const file = countedFile(bytes);
  const part = partOf(file, createBoundedCache(45_000));
  const see = (start: number, end: number): number => {
    const before = file.count();
    const window = part.window?.(start, end);
    assert.ok(window !== undefined);
    assert.deepEqual(window.bytes.subarray(start - window.start, end - window.start), bytes.subarray(start, end), `${start} to ${end}`);
    assert.equal(window.view.getUint8(start - window.start), bytes[start]);
    return file.count() - before;
  };
  const [page, pages] = [4096 + 1024, 32_768 + 1024];
  assert.equal(see(10, 20), page);
  assert.equal(see(4000, 5000), 0, 'into what the next page begins with');
  assert.equal(see(5200, 5300), pages, 'who goes on behind a page gets more');
  assert.equal(see(20_000, 33_500), 0);
  assert.equal(see(70_000, 70_001), page);
  assert.equal(see(0, 1), 0, 'kept');
  assert.equal(see(100_000, 100_001), page);
  assert.equal(see(150_000, 150_001), page, 'which takes the place of the one at 70,000');
  assert.equal(see(100_000, 100_001), 0);
  assert.equal(see(70_000, 70_001), page);
  assert.equal(see(1000, 150_000), 149_000, 'what no window holds is read by itself');
  assert.equal(see(110_000, 120_000), 0, 'and is there until something else is asked for');
  assert.equal(see(199_999, 200_000), 200_000 - 48 * 4096, 'the last one ends with the file');
});

for (const name of [...fixtureNames, ...otherPrograms]) {
  test(`${name} says the same where next to nothing is kept of it`, () => {
    const cache = createBoundedCache(0);
    const program = openProgram(`${name}.elf`, countedFile(fixtureBytes(name)), [], cache);
    assert.deepEqual(answers(program), answers(openFixture(name)));
    assert.ok(cache.bytes < 200_000, `${cache.bytes} bytes are kept, of one thing only`);
  });

  test(`types of ${name} that somebody holds are whole after what they were read from has gone`, () => {
    const program = openProgram(`${name}.elf`, countedFile(fixtureBytes(name)), [], createBoundedCache(0));
    const held = program.globals();
    answers(program);
    assert.deepEqual(
      held.map(({ type }) => spelled(type)),
      openFixture(name)
        .globals()
        .map(({ type }) => spelled(type)),
    );
  });
}

test('a type that is held holds none of those it is made of', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const program = openProgram('locals.elf', countedFile(fixtureBytes('gcc-O0-dwarf5')), [], createBoundedCache(0));
  const pointers = program.globals().flatMap(({ type }) => (type.kind === 'pointer' ? [type] : []));
  assert.ok(pointers.length > 0);
  const behind = pointers.map((type) => new WeakRef(type.to()));
  const names = behind.map((type) => spelled(type.deref() ?? { kind: 'void' }));
  answers(program);
  // A weak reference holds until the job ends that it was made or asked in.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  assert.deepEqual(
    behind.map((type) => type.deref()?.kind).filter((kind) => kind !== undefined && kind !== 'void'),
    [],
  );
  assert.deepEqual(
    pointers.map((type) => spelled(type.to())),
    names,
  );
});
