import assert from 'node:assert/strict';
import type { FrameView } from '../../debug-adapter/evaluate/frame-view.ts';
import { createImages, type Images } from '../../debug-adapter/images.ts';
import { createStacks } from '../../debug-adapter/stack/frames.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { startedGuest } from '../accuracy/stops.ts';

/**
 * The innermost frame where a function is first reached in a program that runs, behind its prologue, or so many instructions later.
 * @param level of the frame: 1 is its caller
 */
export async function frameIn(elf: string, name: string, later = 0, level = 0): Promise<FrameView> {
  const { target, images: loaded } = await startedGuest({ elf, launch: {} });
  const images = createImages(loaded);
  const [{ breakpointAddress }] = loaded[0].program.functionsNamed(name);
  for (let steps = 0; target.pes[0].pc !== breakpointAddress; steps++) {
    assert.ok(steps < 10_000, `${name} is reached`);
    await target.resume({ maxInstructions: 1 });
  }
  if (later > 0) await target.resume({ maxInstructions: later });
  return frameAt(target, images, level);
}

/** The frame of a program that has executed nothing. */
export async function firstFrame(elf: string): Promise<FrameView> {
  const { target, images } = await startedGuest({ elf, launch: {} });
  return frameAt(target, createImages(images), 0);
}

function frameAt(target: Target, images: Images, level: number): FrameView {
  let id = 0;
  const line = createStacks(target, images, 'EL1', () => ++id).of(0)[level];
  assert.ok(line.kind === 'frame');
  return line.view;
}
