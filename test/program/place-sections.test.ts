/** Objects with their sections placed (objects/build.sh), beside what the linker makes of them at the same addresses. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { imageOf, objectImage } from '../../debug-adapter/images.ts';
import { moduleNameOf, readModule } from '../../debug-adapter/linux/kernel-modules.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { placeSections } from '../../debug-adapter/program/place-sections.ts';
import { type Program, ProgramError } from '../../debug-adapter/program/program.ts';

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`objects/${name}`, import.meta.url)));
const ADDRESSES = new Map([
  ['.text', 0xffff_8000_00d0_0000n],
  ['.init.text', 0xffff_8000_00d0_5000n],
  ['.data', 0xffff_8000_00d0_2000n],
  ['.bss', 0xffff_8000_00d0_2400n],
  ['.rodata', 0xffff_8000_00d0_3000n],
  ['.rodata.str1.8', 0xffff_8000_00d0_3100n],
]);
const place = (name: string, addresses: ReadonlyMap<string, bigint> = ADDRESSES): Program =>
  openProgram(name, placeSections(name, read(name), addresses));

const functions = ['distance', 'begin'];
const noMemory = () => new Uint8Array();
function answers(program: Program): unknown {
  return {
    sources: program.sources().map((path) => [path, program.linesWithCode(path, 1, 100).map((line) => program.resolveLine(path, line))]),
    symbols: program
      .symbols()
      .filter(({ kind }) => kind !== 'other')
      .map(({ name, address, size, kind }) => `${name} ${address} ${size} ${kind}`)
      .sort(),
    globals: program.globals().map((variable) => [variable.name, variable.locate({ registers: new Map(), memory: noMemory, pc: 0n })]),
    functions: functions.map((name) => {
      const [{ ranges, breakpointAddress }] = program.functionsNamed(name);
      const addresses = Array.from({ length: Number(ranges[0].high - ranges[0].low) / 4 }, (_, index) => ranges[0].low + BigInt(index * 4));
      const frame = {
        registers: new Map(Array.from({ length: 32 }, (_, register) => [register, BigInt(register) << 12n])),
        memory: noMemory,
      };
      return [
        ranges,
        breakpointAddress,
        addresses.map((pc) => [
          program.inlineChainAt(pc),
          program.variablesAt(pc).map((variable) => [variable.name, variable.locate({ ...frame, pc })]),
          program.hasCallFrameInformation(pc),
        ]),
      ];
    }),
  };
}

for (const name of ['object.o', 'object-gz.o']) {
  test(`${name} says what the linked program says`, () => {
    const [ours, linked] = [place(name), openProgram('object.elf', read('object.elf'))];
    assert.deepEqual(ours.warnings, []);
    assert.deepEqual(answers(ours), answers(linked));
    assert.ok(ours.hasCallFrameInformation(ADDRESSES.get('.text') ?? 0n));
  });
}

test('a section that is not loaded has no code, and the others are as they were', () => {
  const without = place('object.o', new Map([...ADDRESSES].filter(([name]) => name !== '.init.text')));
  assert.deepEqual(without.functionsNamed('begin'), []);
  assert.equal(without.functionAt(ADDRESSES.get('.init.text') ?? 0n), undefined);
  const [source] = without.sources();
  const lines = (program: Program) => program.linesWithCode(source, 1, 100).map((line) => program.resolveLine(source, line));
  const all = lines(place('object.o'));
  assert.ok(lines(without).length < all.length);
  for (const line of lines(without))
    assert.ok(all.some((other) => JSON.stringify(other?.addresses.map(String)) === JSON.stringify(line?.addresses.map(String))));
});

test('an image of it covers its sections, not what is between them', () => {
  const image = objectImage('/lib/object.o', place('object.o'), ADDRESSES);
  const covered = [...ADDRESSES.values()].map((address) => image.covers?.(address));
  assert.deepEqual(
    covered,
    [...ADDRESSES.keys()].map(() => true),
  );
  assert.equal(image.covers?.(0xffff_8000_00d0_1000n), false);
  assert.deepEqual([image.name, image.sections], ['object.o', ADDRESSES]);
});

for (const [what, bytes, addresses, message] of [
  ['a linked program', read('object.elf'), ADDRESSES, /is no relocatable object file/],
  ['nothing', new Uint8Array(), ADDRESSES, /is no relocatable object file/],
  ['no section by these names', read('object.o'), new Map([['.txet', 0n]]), /none of its sections has an address \(given: \.txet\)/],
  ['a file cut off', read('object.o').subarray(0, 2000), ADDRESSES, /section header table is not in the file/],
] as const) {
  test(`refused: ${what}`, () =>
    assert.throws(
      () => placeSections('module.ko', bytes, addresses),
      (error) => error instanceof ProgramError && message.test(error.message),
    ));
}

test('damaged objects are refused or opened, never a fault', () => {
  const good = read('object.o');
  let state = 1;
  const random = (below: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below;
  for (let round = 0; round < 300; round++) {
    const bytes = good.slice();
    for (let change = 0; change < 8; change++) bytes[random(2) === 0 ? random(64) : good.length - 1 - random(2000)] = random(256);
    try {
      const program = openProgram('module.ko', placeSections('module.ko', bytes, ADDRESSES));
      program.sources();
      program.globals();
    } catch (error) {
      assert.ok(error instanceof ProgramError, `round ${round}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
});

describe('what a kernel says of its modules', () => {
  for (const version of ['6.1', '6.14']) {
    const program = openProgram(version, read(`module-${version}.elf`));
    const kernel = imageOf('symbols', 'vmlinux', 'vmlinux', program);
    const memory = (address: bigint, length: number) => program.contentsAt(address, length) ?? new Uint8Array();
    const module = (name: string) => readModule(kernel, program.symbol(name)?.address ?? 0n, memory);

    test(`Linux ${version}: name and sections`, () =>
      assert.deepEqual(module('this_module'), {
        name: 'sdei_client',
        sections: new Map([
          ['.text', 0xffff_8000_00d0_0000n],
          ['.data', 0xffff_8000_00d0_2000n],
        ]),
      }));
    test(`Linux ${version}: one without sections is none yet`, () => assert.equal(module('unfinished'), undefined));
    test(`Linux ${version}: memory that is not there`, () => assert.equal(readModule(kernel, 0x1234n, memory), undefined));
  }
  test('a file names its module', () =>
    assert.deepEqual(['sdei-client.ko', 'nf_tables.ko.debug', 'a-b_c.ko'].map(moduleNameOf), ['sdei_client', 'nf_tables', 'a_b_c']));
});
