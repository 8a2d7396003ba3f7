import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '..');

/** Who may import whom. The first row whose folder contains the importing file holds. `types`: with `import type` only. */
const rules: readonly { folder: string; may: readonly string[]; types?: readonly string[]; packages?: readonly RegExp[] }[] = [
  { folder: 'emulator/wasm', may: ['emulator/wasm'] },
  { folder: 'emulator/a64', may: ['emulator/a64'], types: ['emulator/engine'] },
  { folder: 'emulator/sdei', may: ['emulator/sdei'], types: ['emulator/stop-reason.ts'] },
  { folder: 'emulator/smccc', may: ['emulator/smccc', 'emulator/sdei'] },
  { folder: 'emulator/semihosting', may: ['emulator/semihosting'], types: ['emulator/pe.ts'] },
  { folder: 'emulator/devices', may: ['emulator/devices'] },
  { folder: 'emulator/memory', may: ['emulator/memory'], types: ['emulator/devices'] },
  {
    folder: 'emulator/system',
    may: ['emulator/system', 'emulator/cpu-state.ts', 'emulator/a64', 'emulator/smccc/function-id.ts'],
    types: ['emulator/pe.ts', 'emulator/semihosting'],
  },
  { folder: 'emulator', may: ['emulator'] },
  { folder: 'debug-adapter/program', may: ['debug-adapter/program'], packages: [/^fflate$/, /^fzstd$/] },
  { folder: 'debug-adapter/conformance/machine-harness.ts', may: ['debug-adapter/conformance', 'emulator'] },
  { folder: 'debug-adapter/conformance', may: ['debug-adapter/conformance', 'debug-adapter/target', 'emulator/sdei', 'emulator/smccc'] },
  { folder: 'debug-adapter/cli/conform.ts', may: ['debug-adapter/conformance', 'emulator/sdei'] },
  {
    folder: 'debug-adapter/linux',
    may: ['debug-adapter/linux', 'debug-adapter/program', 'debug-adapter/images.ts', 'debug-adapter/target/target.ts'],
  },
  {
    folder: 'debug-adapter/boot',
    may: ['debug-adapter/boot', 'emulator/virt.ts', 'emulator/system/generic-timer.ts'],
    types: ['debug-adapter/program/file-bytes.ts'],
    packages: [/^fflate$/, /^fzstd$/],
  },
  { folder: 'debug-adapter/dap-lint', may: ['debug-adapter/dap-lint'], packages: [/^ajv$/] },
  { folder: 'debug-adapter/trace', may: ['debug-adapter'], packages: [/^fflate$/] },
  {
    folder: 'debug-adapter/target/emulator-target.ts',
    may: ['debug-adapter/target', 'debug-adapter/errors.ts', 'emulator/emulator.ts', 'emulator/sdei/configuration.ts'],
  },
  {
    folder: 'debug-adapter/evaluate',
    may: ['debug-adapter/evaluate', 'debug-adapter/variables', 'debug-adapter/program', 'debug-adapter/target', 'debug-adapter/nearest.ts'],
  },
  {
    folder: 'debug-adapter/variables',
    may: ['debug-adapter/variables', 'debug-adapter/evaluate', 'debug-adapter/program', 'debug-adapter/target', 'debug-adapter/nearest.ts'],
  },
  { folder: 'debug-adapter', may: ['debug-adapter'], packages: [/^@vscode\/debug/, /^node:/, /^@alexaltea\/capstone-js/] },
  { folder: 'extension/views/tree-view.ts', may: ['extension/views', 'extension/session-state.ts'], packages: [/^vscode$/] },
  {
    folder: 'extension/views',
    may: ['extension/views', 'extension/trigger-outlook.ts'],
    types: ['debug-adapter/custom-requests.ts', 'extension/session-state.ts'],
  },
  { folder: 'extension', may: ['extension'], types: ['debug-adapter/custom-requests.ts'], packages: [/^vscode$/, /^node:/] },
];

const sources = ['emulator', 'debug-adapter', 'extension'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mts)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name)),
);

interface Import {
  readonly from: string;
  readonly isType: boolean;
}
const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const dynamic = /\bimport\(\s*'([^']+)'\s*\)/g;

const importsOf = (text: string): Import[] => [
  ...[...text.matchAll(statement)].map(([, type, from]) => ({ from, isType: type !== undefined })),
  ...[...text.matchAll(dynamic)].map(([, from]) => ({ from, isType: false })),
];

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** What is wrong with the imports of one file. */
function violations(file: string, text: string): string[] {
  const rule = rules.find(({ folder }) => within(file, folder));
  if (!rule) return [`${file} is in no folder that has a rule`];
  return importsOf(text).flatMap(({ from, isType }) => {
    if (!from.startsWith('.')) {
      return rule.packages?.some((allowed) => allowed.test(from))
        ? []
        : [`${file} imports the package ${from}; ${rule.folder} may import ${rule.packages ?? 'no package'}`];
    }
    const target = relative(root, resolve(root, dirname(file), from));
    if (rule.may.some((folder) => within(target, folder)) || (isType && rule.types?.some((folder) => within(target, folder)))) return [];
    return [
      `${file} imports ${target}; ${rule.folder} may import only ${[...rule.may, ...(rule.types ?? []).map((folder) => `types of ${folder}`)].join(', ')}`,
    ];
  });
}

test('imports go only where the architecture lets them', () => {
  assert.ok(sources.length > 100);
  assert.deepEqual(
    sources.flatMap((file) => violations(file, readFileSync(join(root, file), 'utf8'))),
    [],
  );
});

test('the second reading of SDEI shares no code with the dispatcher', () => {
  assert.deepEqual(importsOf(readFileSync(join(root, 'test/sdei/model.ts'), 'utf8')), []);
});

test('a forbidden import is found and the message says the rule', () => {
  const cases: [string, string, RegExp | undefined][] = [
    [
      'emulator/a64/decode.ts',
      "import { Pe } from '../pe.ts';",
      /emulator\/a64\/decode.ts imports emulator\/pe.ts; emulator\/a64 may import only emulator\/a64/,
    ],
    ['emulator/a64/decode.ts', "import type { Builder } from '../engine/builder.ts';", undefined],
    ['emulator/machine.ts', "import fs from 'node:fs';", /may import no package/],
    ['debug-adapter/session.ts', "import { Machine } from '../emulator/machine.ts';", /imports emulator\/machine.ts/],
    [
      'extension/extension.ts',
      "import { openProgram } from '../debug-adapter/program/open-program.ts';",
      /types of debug-adapter\/custom-requests.ts/,
    ],
    ['extension/session-state.ts', "import type { SdeiState } from '../debug-adapter/custom-requests.ts';", undefined],
  ];
  for (const [file, text, message] of cases) {
    const found = violations(file, text);
    if (message) assert.match(found.join('\n'), message);
    else assert.deepEqual(found, []);
  }
});

test('the emulator has no clock, no randomness and no console of its host', () => {
  for (const file of sources.filter((name) => within(name, 'emulator'))) {
    const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    assert.doesNotMatch(code, /\bDate\b|Math\.random|performance\.|\bconsole\b|setTimeout|process\./, file);
  }
});
