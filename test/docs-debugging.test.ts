/** docs/debugging.md, row by row, in a session with the real machine. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseHitCondition } from '../debug-adapter/breakpoints/hit-condition.ts';
import { guests, SessionClient } from './debug-adapter/support/session-client.ts';
import { readText } from './support/documents.ts';

const text = readText('docs/debugging.md');
const source = 'first-event.c';

/** Cells of the table under a heading, without marks of code. */
function rowsUnder(heading: string): string[][] {
  const part = text.slice(text.indexOf(`## ${heading}\n`)).split(/\n## /)[0];
  const rows = part.split('\n').filter((line) => line.startsWith('|'));
  const cells = rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(/ \| /)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
  assert.ok(cells.length > 0, `docs/debugging.md has no table under "${heading}"`);
  return cells;
}

describe('expressions', () => {
  const client = new SessionClient();
  before(async () => {
    const line = readFileSync(path.join(guests, source), 'utf8')
      .split('\n')
      .findIndex((words) => words.includes('log->handled++'));
    await client.launch('first-event.elf');
    await client.breakAt(source, line + 1);
    await client.start();
    await client.stop();
  });
  after(() => client.end());
  for (const [expression, value] of rowsUnder('Expressions')) {
    it(expression, async () => {
      const { result } = await client.request('evaluate', { expression, context: 'repl' });
      assert.equal(result, value);
    });
  }
  it('the variables of the interrupted code', async () => {
    const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
    const { id } = stackFrames.find(({ name }: { name: string }) => name === 'signal_in_the_middle');
    assert.match(text, new RegExp(`\`i\` is \`${await client.evaluate('i', id)}\``));
  });
});

describe('data breakpoints', () => {
  for (const [name, text] of rowsUnder('Data breakpoints')) {
    it(name, async () => {
      const client = new SessionClient();
      await client.launch('first-event.elf', { stopOnEntry: true });
      await client.start();
      await client.stop();
      const { dataId } = await client.request('dataBreakpointInfo', { name });
      await client.request('setDataBreakpoints', { breakpoints: [{ dataId }] });
      assert.equal((await client.go('continue')).body.text, text);
      await client.end();
    });
  }
});

describe('exception breakpoints', () => {
  const client = new SessionClient();
  before(() => client.launch('first-event.elf'));
  after(() => client.end());
  for (const [filterId, condition] of rowsUnder('Exception breakpoints')) {
    it(`${filterId}: ${condition}`, async () => {
      const { breakpoints } = await client.request('setExceptionBreakpoints', { filters: [], filterOptions: [{ filterId, condition }] });
      assert.deepEqual(breakpoints, [{ verified: true }]);
    });
  }
});

describe('hit counts', () => {
  for (const [condition, hits] of rowsUnder('Hit counts')) {
    it(condition, () => {
      const stops = parseHitCondition(condition);
      assert.ok(stops);
      assert.equal([1, 2, 3, 4, 5, 6].filter(stops).join(', '), hits.replace(' …', ''));
    });
  }
});

describe('injections', () => {
  for (const [injection] of rowsUnder('Events at exact places')) {
    it(injection, async () => {
      const client = new SessionClient();
      await client.launch('first-event.elf', { inject: [injection] });
      await client.start();
      assert.equal((await client.stop()).event, 'terminated');
      const handled = client.outputs('stdout').match(/^event 0 handled/gm);
      assert.equal(handled?.length, 3, client.outputs('console'));
      await client.end();
    });
  }
});
