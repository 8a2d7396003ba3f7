import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { listFiles, PackageManager } from '@vscode/vsce';

const root = path.resolve(import.meta.dirname, '../..');
const allowed = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE(\.txt)?)$/,
  /^dist\/(extension|extension\.web)\.cjs$/,
  /^dist\/(debug-adapter|sdei-debug)(-bundle)?\.js$/,
  /^dist\/(node-)?worker\.js$/,
  /^dist\/(capstone\.wasm|package\.json)$/,
  /^dist\/samples\/([\w.-]+\.(c|S|elf|md)|\.vscode\/launch\.json|common\/[\w.-]+)$/,
  /^syntaxes\/[\w.-]+\.json$/,
  /^media\/[\w.-]+\.(png|svg)$/,
];

describe('the VSIX', () => {
  it('holds what the extension needs, and nothing else', async () => {
    const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
    const names = files.map((file) => file.split(path.sep).join('/'));
    assert.deepEqual(
      names.filter((name) => !allowed.some((pattern) => pattern.test(name))),
      [],
    );
    for (const needed of ['package.json', 'LICENSE', 'syntaxes/a64-assembly.tmLanguage.json']) assert.ok(names.includes(needed), needed);
  });
  it('brings no dependencies: everything is bundled', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    assert.equal(dependencies, undefined);
  });
});
