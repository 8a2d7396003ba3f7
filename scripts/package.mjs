// Packs what is in dist/ into build/sdei-guest-debugger.vsix. Exports the same for the other scripts.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './process.mjs';

/** @returns the path of the VSIX */
export async function packageExtension() {
  const file = path.join(root, 'build/sdei-guest-debugger.vsix');
  mkdirSync(path.dirname(file), { recursive: true });
  await run('vsce', ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file], {
    quiet: true,
  });
  return file;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(await packageExtension());
