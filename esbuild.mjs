// Bundles: what VS Code and the command line start. `--watch` rebuilds on change, `--production` leaves out source maps.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { context } from 'esbuild';
import { trimmed } from './scripts/trim-capstone.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');
const root = import.meta.dirname;

/** What a bundle may expect of the place it runs in. */
const platforms = {
  node: { platform: 'node', format: 'cjs', target: 'node20' },
  browser: { platform: 'browser', format: 'cjs', target: 'es2022' },
};

/** A file that starts a bundle of Node's from its compiled form. */
const starter = (file, bundle) => ({
  entry: 'debug-adapter/start.ts',
  file,
  ...platforms.node,
  define: { BUNDLE: JSON.stringify(`./${bundle}`) },
});

const bundles = [
  { entry: 'extension/extension.ts', file: 'extension.cjs', ...platforms.node, external: ['vscode'] },
  { entry: 'extension/extension.web.ts', file: 'extension.web.cjs', ...platforms.browser, external: ['vscode'] },
  { entry: 'debug-adapter/main.ts', file: 'debug-adapter-bundle.js', ...platforms.node, isStarted: true },
  starter('debug-adapter.js', 'debug-adapter-bundle.js'),
  // The same file is a Node worker thread and a Web Worker: what only Node has is behind `import()`, and libraries must not ask for it at the start.
  { entry: 'debug-adapter/worker.ts', file: 'worker.js', ...platforms.node, isStarted: true },
  starter('node-worker.js', 'worker.js'),
  { entry: 'debug-adapter/cli/sdei-debug.ts', file: 'sdei-debug-bundle.js', ...platforms.node, isStarted: true },
  { ...starter('sdei-debug.js', 'sdei-debug-bundle.js'), banner: { js: '#!/usr/bin/env node' } },
];

/** Bundles hold what would otherwise be worked out at each start: `scripts/prepare.mjs` has worked it out from the same sources. */
const prepared = {
  name: 'prepared',
  setup(build) {
    let worked;
    build.onStart(() => {
      worked = undefined;
    });
    const prepare = () =>
      (worked ??= JSON.parse(execFileSync(process.execPath, [path.join(root, 'scripts/prepare.mjs')], { maxBuffer: 1 << 26 })));
    build.onLoad({ filter: /emulator.a64.prepared-forms\.ts$/ }, () => ({
      contents: `export const preparedForms = ${JSON.stringify(prepare().forms)};`,
      loader: 'js',
    }));
    build.onLoad({ filter: /emulator.engine.prepared-modules\.ts$/ }, () => ({
      contents: Object.keys(prepare().modules)
        .map((name) => `export { default as ${name} } from 'prepared:${name}';`)
        .join('\n'),
      loader: 'js',
    }));
    build.onLoad({ filter: /debug-adapter.machine-version\.ts$/ }, () => ({
      contents: `export const machineVersion = ${JSON.stringify(machineVersion())};`,
      loader: 'js',
    }));
    build.onResolve({ filter: /^prepared:/ }, ({ path: name }) => ({ path: name.slice('prepared:'.length), namespace: 'prepared' }));
    build.onLoad({ filter: /.*/, namespace: 'prepared' }, ({ path: name }) => ({
      contents: Buffer.from(prepare().modules[name], 'base64'),
      loader: 'binary',
    }));
  },
};

/** A digest of the machine's sources. */
function machineVersion() {
  const hash = createHash('sha256');
  const folder = path.join(root, 'emulator');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.ts'),
  );
  const names = files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  for (const name of names.sort()) hash.update(`${name}\n`).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

/** At the end of what `debug-adapter/start.ts` starts is what its text is known by. */
const digest = {
  name: 'digest',
  setup(build) {
    build.onEnd(({ errors }) => {
      if (errors.length > 0) return;
      const { outfile } = build.initialOptions;
      const text = readFileSync(outfile, 'latin1');
      const other = /[^\0-\x7f]/.exec(text);
      if (other !== null) {
        // One of them, and V8 keeps two bytes for each character.
        return { errors: [{ text: `not ASCII, write it as \\u: ${text.slice(Math.max(0, other.index - 40), other.index + 40)}` }] };
      }
      appendFileSync(outfile, `// ${createHash('sha256').update(text).digest('hex').slice(0, 32)}\n`);
    });
  },
};

/** Libraries that prepare tables when they are loaded: loaded by the first call of one of their functions. */
const lazyLibraries = {
  fflate: {
    from: 'fflate/browser',
    functions: ['gunzipSync', 'unzlibSync', 'unzipSync', 'strFromU8', 'strToU8'],
    classes: ['Zip', 'ZipDeflate'],
  },
  fzstd: { from: 'fzstd', functions: ['decompress'], classes: [] },
};
const lazy = {
  name: 'lazy',
  setup(build) {
    build.onResolve({ filter: /^(fflate|fzstd)$/ }, ({ path: name, namespace }) =>
      namespace === 'lazy' ? undefined : { path: name, namespace: 'lazy' },
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path: name }) => {
      const { from, functions, classes } = lazyLibraries[name];
      return {
        contents: [
          ...functions.map((called) => `export const ${called} = (...values) => require('${from}').${called}(...values);`),
          ...classes.map((made) => `export function ${made}(...values) { return new (require('${from}').${made})(...values); }`),
        ].join('\n'),
        resolveDir: root,
        loader: 'js',
      };
    });
  },
};

const dist = (...parts) => path.join(root, 'dist', ...parts);

mkdirSync(dist(), { recursive: true });
// The package is "type": "module": the extension's bundles say that they are not by their name (VS Code looks only there), the others by this file.
writeFileSync(dist('package.json'), '{ "type": "commonjs" }\n');
cpSync(path.join(root, 'node_modules/@alexaltea/capstone-js/dist/capstone.wasm'), dist('capstone.wasm'));
copySamples();

const contexts = [];
for (const { entry, file, isStarted, ...options } of bundles) {
  if (!existsSync(path.join(root, entry))) {
    console.log(`esbuild: ${entry} does not exist yet, dist/${file} is left out`);
    continue;
  }
  contexts.push(
    await context({
      ...options,
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: dist(file),
      bundle: true,
      plugins: [prepared, lazy, trimmed, ...(isStarted ? [digest] : [])],
      // A script that is started from its compiled form has `require` only.
      ...(isStarted && { supported: { 'dynamic-import': false } }),
      sourcemap: production ? false : 'linked',
      // Names stay, for stacks that people report.
      minifySyntax: true,
      minifyWhitespace: true,
      logLevel: 'warning',
    }),
  );
}
if (watch) {
  await Promise.all(contexts.map((one) => one.watch()));
  console.log('Watching; Ctrl+C ends.');
} else {
  // A bundle that fails does not keep the others from being written; esbuild says what is wrong with it.
  const built = await Promise.allSettled(contexts.map((one) => one.rebuild()));
  if (built.some(({ status }) => status === 'rejected')) process.exitCode = 1;
  await Promise.all(contexts.map((one) => one.dispose()));
  chmodSync(dist('sdei-debug.js'), 0o755);
}

/** The guests that "Create Sample Workspace" unpacks: sources, the ELFs built from them, and what makes a workspace of them. */
function copySamples() {
  const from = path.join(root, 'test/guests');
  const to = dist('samples');
  rmSync(to, { recursive: true, force: true });
  if (!existsSync(from)) return;
  const samples = [
    'first-event',
    'nested-critical',
    'two-pes',
    'cpu-hotplug',
    'kdump-cpu-off',
    'watchdog',
    'async-page-fault',
    'hyp-stub',
    'kvm-vectors',
    'el2-client',
    'semihosting',
  ];
  const wanted = (name) => samples.some((sample) => new RegExp(`^${sample}[\\w-]*\\.(c|S|elf)$`).test(name)) || name === 'common';
  for (const name of readdirSync(from)) {
    if (wanted(name)) cpSync(path.join(from, name), path.join(to, name), { recursive: true, filter: (file) => !file.endsWith('.o') });
  }
  cpSync(path.join(root, 'extension/sample-workspace'), to, { recursive: true });
}
