import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from './host.ts';

/** Where the running script is: `dist/` when bundled, the folder of the main source file otherwise. */
const scriptFolder = (): string => (typeof __dirname === 'string' ? __dirname : path.dirname(process.argv[1] ?? '.'));

/** Files from disk, assets from beside the script or, when run from source, from the package they come in. */
export const nodeHost: Host = {
  readFile: async (file) => new Uint8Array(await readFile(file)),
  exists: (file) =>
    access(file).then(
      () => true,
      () => false,
    ),
  async readAsset(name) {
    for (let folder = scriptFolder(); ; folder = path.dirname(folder)) {
      for (const candidate of [path.join(folder, name), path.join(folder, 'node_modules/@alexaltea/capstone-js/dist', name)]) {
        if (await nodeHost.exists(candidate)) return nodeHost.readFile(candidate);
      }
      if (folder === path.dirname(folder)) throw new Error(`${name} is missing beside ${scriptFolder()}`);
    }
  },
};
