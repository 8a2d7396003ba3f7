import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildParser } from '../../debug-adapter/evaluate/build-parser.mjs';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { ExpressionError } from '../../debug-adapter/evaluate/expression-error.ts';
import { parseExpression } from '../../debug-adapter/evaluate/parse.ts';
import { frameOf } from './fake.ts';
import { world } from './world.ts';

for (const [name, text] of Object.entries(buildParser())) {
  test(`${name} is what the grammar makes (else run debug-adapter/evaluate/build-parser.mjs)`, () => {
    const committed = readFileSync(new URL(`../../debug-adapter/evaluate/${name}`, import.meta.url), 'utf8');
    assert.ok(committed === text, `${name} differs from what expression.pegjs makes`);
  });
}

const dialect = { isType: (name: string) => name === 'node_t', isTemplate: () => false, isCPlusPlus: true };

test('any text parses or is refused with an ExpressionError', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      try {
        parseExpression(text, dialect);
      } catch (error) {
        assert.ok(error instanceof ExpressionError, `${error}`);
      }
    }),
    { numRuns: 2000 },
  );
});

const token = fc.constantFrom(
  ...'i u c d f ld big p v list head packet numbers grid text fn handler gone wild split $x0 $pstate $sctlr_el1 $v0 s RUNNING 0 1 2.5 1e400 0xffffffffffffffff "a" \'a\' . -> [ ] ( ) * & + - / % << >> < > == != && || ? : , @ ! ~ = += ++ sizeof (int) (node_t*) (struct) (float) (__int128) next value M bytes ,x ,s ,c'.split(
    ' ',
  ),
);

test('any row of tokens evaluates or is refused with an ExpressionError', () => {
  fc.assert(
    fc.property(fc.array(token, { maxLength: 9 }), (tokens) => {
      try {
        evaluateExpression(tokens.join(' '), frameOf(world()), { allowAssignment: true });
      } catch (error) {
        assert.ok(error instanceof ExpressionError, `${tokens.join(' ')}: ${error instanceof Error ? error.stack : error}`);
      }
    }),
    { numRuns: 3000 },
  );
});

test('nesting costs no more than its length', () => {
  const depth = 300;
  assert.equal(evaluateExpression(`${'('.repeat(depth)}1${')'.repeat(depth)}`, frameOf(world())).value, '1');
  assert.throws(() => parseExpression('('.repeat(4000), dialect), ExpressionError);
  assert.equal(evaluateExpression(`1${'+1'.repeat(2000)}`, frameOf(world())).value, '2001');
  assert.equal(evaluateExpression(`i${'+i'.repeat(2000)}`, frameOf(world())).value, '10005');
  assert.equal(evaluateExpression(`${'- '.repeat(1000)}i`, frameOf(world())).value, '5');
  assert.throws(() => parseExpression('-('.repeat(2000), dialect), ExpressionError);
});
