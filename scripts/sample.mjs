// A workspace with the sample guests, as "SDEI: Create Sample Workspace" makes it.
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from './process.mjs';

/** @returns `folder`, which holds the samples as built, and nothing else */
export function createSample(folder) {
  rmSync(folder, { recursive: true, force: true });
  cpSync(path.join(root, 'dist/samples'), folder, { recursive: true });
  return folder;
}
