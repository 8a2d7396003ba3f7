/** What is known of an address, while images come, go and move. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createImages, imageOf, movableImage } from '../../debug-adapter/images.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { guests } from './support/session-client.ts';

const programOf = (name: string) => openProgram(name, readFileSync(path.join(guests, name)));
const line = (images: ReturnType<typeof createImages>, address: bigint): string | undefined => {
  const source = images.sourceAt(address);
  return source && `${images.functionAt(address)?.name} ${path.basename(source.path)}:${source.line}`;
};
const MAIN = 0x4010_020cn;

test('what comes to where another image was is known by its own lines', () => {
  const first = imageOf('guest', 'first-event.elf', '', programOf('first-event.elf'));
  const images = createImages([first]);
  assert.equal(line(images, MAIN), 'main first-event.c:84');
  images.remove(first);
  assert.equal(line(images, MAIN), undefined);
  images.add(imageOf('symbols', 'two-pes.elf', '', programOf('two-pes.elf')));
  assert.equal(line(images, MAIN), 'main two-pes.c:74');
});

test('an image that moves takes its lines along', () => {
  const image = movableImage('guest', 'first-event.elf', '', programOf('first-event.elf'));
  const images = createImages([image]);
  const [here, there] = [MAIN, MAIN + 0x100n];
  assert.equal(line(images, here), 'main first-event.c:84');
  const before = line(images, there);
  image.move?.(0x100n);
  assert.equal(line(images, there), 'main first-event.c:84');
  image.move?.(-0x100n);
  assert.equal(line(images, here), before);
  image.move?.(0n);
  assert.equal(line(images, here), 'main first-event.c:84');
});
