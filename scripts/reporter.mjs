// Reporter of Node's test runner: a line for each file, the failures in full, and the counts.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');

export default async function* report(source) {
  const files = new Map();
  const failures = [];
  let present;
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const file = path.relative(root, data.file ?? '');
    const isFile = data.nesting === 0 && path.resolve(root, data.name) === data.file;
    const isSuite = data.details?.type === 'suite';
    if (present !== undefined && present !== file) yield lineOf(present, files.get(present));
    present = file;
    const counts = files.get(file) ?? { passed: 0, failed: 0, milliseconds: 0 };
    files.set(file, counts);
    if (data.nesting === 0) counts.milliseconds += data.details?.duration_ms ?? 0;
    if (type === 'test:pass') {
      if (isSuite || isFile) continue;
      counts.passed++;
      passed++;
    } else {
      if (data.details?.error?.failureType === 'subtestsFailed') continue;
      counts.failed++;
      failed++;
      failures.push({ file, name: data.name, line: data.line, error: data.details?.error });
    }
  }
  if (present !== undefined) yield lineOf(present, files.get(present));
  for (const { file, name, line, error } of failures)
    yield `\n✖ ${name}\n  ${file}:${line ?? '?'}\n${indent(inspect(error?.cause ?? error, { colors: false }))}\n`;
  mkdirSync(path.join(root, 'build/test-results'), { recursive: true });
  writeFileSync(path.join(root, 'build/test-results/unit.json'), JSON.stringify({ passed, failed }));
  yield `\n${passed} passed, ${failed} failed\n`;
}

function lineOf(file, { passed, failed, milliseconds }) {
  return `${failed === 0 ? '✔' : '✖'} ${file} (${passed} passed${failed === 0 ? '' : `, ${failed} failed`}, ${(milliseconds / 1000).toFixed(1)} s)\n`;
}

const indent = (text) => text.replace(/^/gm, '  ');
