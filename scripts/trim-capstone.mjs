// A plugin for esbuild.
import { readFileSync } from 'node:fs';

/** Leaves out Capstone's constants for the instructions and registers of all architectures: nine tenths of its script. */
export const trimmed = {
  name: 'trimmed',
  setup(build) {
    build.onLoad({ filter: /[\\/]capstone-js[\\/]dist[\\/]capstone\.js$/ }, ({ path: file }) => {
      const contents = readFileSync(file, 'utf8').replace(/Object\.assign\(Module,\{(?:[A-Z]\w+:-?\w+,?)+\}\);/g, '');
      return contents.length < 1 << 16
        ? { contents }
        : { errors: [{ text: `${contents.length} bytes are left: its constants look otherwise` }] };
    });
  },
};
