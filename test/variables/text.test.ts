import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Type } from '../../debug-adapter/program/types.ts';
import { isText } from '../../debug-adapter/variables/text.ts';

test('a type that names itself, as damaged debug information can have it, is no text', () => {
  const endless: Type = { kind: 'const', to: () => endless };
  assert.equal(isText(endless), false);
});
