/** Recorded conversations with the real machine. UPDATE_TRANSCRIPTS=1 rewrites them; the diff is the review. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { checkTranscript } from './support/transcript.ts';

const folder = path.join(import.meta.dirname, 'transcripts');

for (const name of readdirSync(folder).filter((file) => file.endsWith('.dap'))) {
  test(name.replaceAll('-', ' ').replace('.dap', ''), () => checkTranscript(path.join(folder, name), assert.deepEqual));
}
