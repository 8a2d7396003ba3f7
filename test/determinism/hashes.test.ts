/**
 * The same guest has the same state after the same instructions, whatever runs the machine. Here: the sources in the Node that tests run on,
 * and the bundle in every Node that is there; scripts/test-ui.mjs compares the same in a browser. UPDATE_HASHES=1 rewrites what is expected.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { json, root } from '../cli/sdei-debug.ts';
import { type GoldenRun, keyOf, runs } from './runs.ts';

const file = path.join(import.meta.dirname, 'hashes.json');
const update = process.env.UPDATE_HASHES !== undefined;
const expected: Record<string, string> = update ? {} : JSON.parse(readFileSync(file, 'utf8'));
const points = runs.flatMap((run) => run.instructions.map((instructions) => ({ run, instructions, key: keyOf(run, instructions) })));

function argumentsOf({ guest, launch }: GoldenRun, instructions: number): string[] {
  const flags = Object.entries(launch).flatMap(([key, value]) => {
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, String(value)];
  });
  return ['run', path.join(root, guest), ...flags, '--max-instructions', String(instructions), '--hash'];
}

for (const { run, instructions, key } of points) {
  test(key, async () => {
    const { status, document } = await json(...argumentsOf(run, instructions));
    assert.deepEqual([status, document.stop.reason, document.instructions], [0, 'budget', instructions]);
    if (update) expected[key] = document.hash;
    assert.equal(document.hash, expected[key]);
  });
}

test('every hash is of a run, and no two are the same', () => {
  if (update) writeFileSync(file, `${JSON.stringify(expected, undefined, 2)}\n`);
  assert.deepEqual(
    Object.keys(expected),
    points.map(({ key }) => key),
  );
  assert.equal(new Set(Object.values(expected)).size, points.length);
});

/** This Node, and the first other one of the PATH. */
const nodes = (process.env.PATH ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, process.platform === 'win32' ? 'node.exe' : 'node'))
  .filter((node) => existsSync(node) && !node.includes('node_modules'))
  .map((node) => realpathSync(node));
const run = promisify(execFile);

for (const node of new Set([process.execPath, ...nodes.slice(0, 1)])) {
  test(`the bundle in ${node === process.execPath ? 'this Node' : node}`, async () => {
    const { stdout: version } = await run(node, ['--version']);
    assert.ok(Number.parseInt(version.slice(1), 10) >= 20, `${node} is ${version.trim()}, and at least Node 20 is needed.`);
    for (const { run: golden, instructions, key } of points) {
      const { stdout } = await run(node, [path.join(root, 'dist/sdei-debug.js'), ...argumentsOf(golden, instructions), '--json']);
      assert.equal(JSON.parse(stdout).hash, expected[key], `${key}, Node ${version.trim()}`);
    }
  });
}
