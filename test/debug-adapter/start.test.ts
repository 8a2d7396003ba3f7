/** What starts a bundle keeps it compiled as it is after its first use, and goes by what it has kept only for the same text. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildSync } from 'esbuild';

/** A program in a folder of its own, which gives "said" when it is called. */
function program(context: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'start-'));
  context.after(() => rmSync(folder, { recursive: true }));
  buildSync({
    entryPoints: [path.join(import.meta.dirname, '../../debug-adapter/start.ts')],
    outfile: path.join(folder, 'start.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { BUNDLE: '"./bundle.js"' },
  });
  const kept = path.join(folder, 'sdei-guest-debugger/compiled');
  return {
    kept,
    files: () => readdirSync(kept).map((name) => path.join(kept, name)),
    write(text: string, digest = createHash('sha256').update(text).digest('hex').slice(0, 32)) {
      writeFileSync(path.join(folder, 'bundle.js'), `${text}\n// ${digest}\n`);
    },
    run(environment: NodeJS.ProcessEnv = {}) {
      const env = { ...process.env, XDG_CACHE_HOME: folder, LOCALAPPDATA: folder, HOME: folder, ...environment };
      const { stdout, stderr } = spawnSync(process.execPath, [path.join(folder, 'start.cjs'), 'argument'], { env, encoding: 'utf8' });
      return stdout + stderr;
    },
  };
}

const speaker = (answer: string) =>
  `"use strict"; const { argv } = require('node:process'); function speak() { console.log('${answer}', argv[2], module.exports === exports, __filename.slice(-9)); } speak(); onFirstUse();`;
const said = (answer: string) => `${answer} argument true bundle.js\n`;

test('a function that was called is kept compiled, and used again', (context) => {
  const { run, write, files } = program(context);
  write(speaker('said by a function'));
  assert.equal(run(), said('said by a function'));
  const [file, ...others] = files();
  assert.deepEqual(others, []);
  assert.ok(readFileSync(file).includes('said by a function'), 'a function compiled when it was called is missing');
  const { ino } = statSync(file);
  assert.equal(run(), said('said by a function'));
  assert.equal(statSync(file).ino, ino, 'written again: it was not used');
});

test('another text of the same length is compiled itself', (context) => {
  const { run, write, files } = program(context);
  write(speaker('one'));
  run();
  write(speaker('two'));
  assert.equal(run(), said('two'));
  assert.equal(files().length, 2);
});

test('what is cut off or of another V8 is made again', (context) => {
  const { run, write, files } = program(context);
  write(speaker('said'));
  run();
  const [file] = files();
  const { size } = statSync(file);
  for (const length of [0, 10, size - 100]) {
    truncateSync(file, length);
    assert.equal(run(), said('said'));
    assert.equal(statSync(file).size, size);
  }
  assert.equal(run({ NODE_OPTIONS: '--jitless' }), said('said'));
});

test('a bit that has changed is noticed', (context) => {
  const { run, write, files } = program(context);
  write(speaker('said'));
  run();
  const [file] = files();
  const whole = readFileSync(file);
  for (const place of [0, 5, 100, whole.length >> 1, whole.length - 1]) {
    const damaged = Buffer.from(whole);
    damaged[place] ^= 16;
    writeFileSync(file, damaged);
    assert.equal(run(), said('said'));
    assert.ok(!readFileSync(file).equals(damaged), `byte ${place}: used as it was`);
  }
});

test('nothing is kept of a text without a digest, nor before a first use, and nothing is said where nothing can be kept', (context) => {
  const { run, write, kept } = program(context);
  write(speaker('said'), 'none');
  assert.equal(run(), said('said'));
  write(`console.log('not yet')`);
  assert.equal(run(), 'not yet\n');
  assert.throws(() => statSync(kept));
  write(speaker('said'));
  assert.equal(run({ XDG_CACHE_HOME: '/dev/null', LOCALAPPDATA: '/dev/null', HOME: '/dev/null' }), said('said'));
});

test('stacks name the lines and columns of the bundle', (context) => {
  const { run, write } = program(context);
  const text = `onFirstUse(); console.log(new Error('x').stack.split('\\n')[1].replace(/.*bundle/, 'bundle'));`;
  write(text);
  for (const time of ['first', 'second']) assert.equal(run(), `bundle.js:1:${text.indexOf('new Error') + 1}\n`, time);
});

test('of what was kept the newest sixteen stay', (context) => {
  const { run, write, files, kept } = program(context);
  write(speaker('first'));
  run();
  const [first] = files();
  for (let minute = 0; minute < 20; minute++) {
    const file = path.join(kept, `other-${minute}`);
    writeFileSync(file, '');
    utimesSync(file, minute * 60, minute * 60);
  }
  write(speaker('second'));
  run();
  const stayed = files().map((file) => path.basename(file));
  assert.equal(stayed.length, 16);
  assert.ok(stayed.includes(path.basename(first)));
  assert.deepEqual(
    Array.from({ length: 20 }, (_, minute) => minute).filter((minute) => !stayed.includes(`other-${minute}`)),
    [0, 1, 2, 3, 4, 5],
  );
});
