import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { ExpressionError } from '../../debug-adapter/evaluate/expression-error.ts';
import { frameOf } from './fake.ts';
import { world } from './world.ts';

/** [expression, message] */
const cases: readonly (readonly [string, string])[] = [
  ['', 'There is no expression to evaluate.'],
  ['coutn', "No variable 'coutn' here; did you mean 'count'?"],
  ['absent_altogether', "No variable 'absent_altogether' here."],
  ['list->nxt', "No member 'nxt' in struct node; did you mean 'next'?"],
  ['packet.wrd', "No member 'wrd' in struct packet; did you mean 'word'?"],
  ['i.x', "'int' has no members."],
  ['ghost->x', "'struct ghost' is declared but not defined in this program."],
  ['*ghost', "'struct ghost' is declared but not defined in this program."],
  ['sizeof(struct ghost)', "'struct ghost' is declared but not defined in this program."],
  ['_Alignof(struct ghost)', "'struct ghost' is declared but not defined in this program."],
  ['_Alignof(void)', "'void' has no alignment."],
  ['_Alignof(i)', '_Alignof needs a type that this program has, such as _Alignof(int).'],
  ['_Alignof(absent_t)', '_Alignof needs a type that this program has, such as _Alignof(int).'],
  ['(struct gost *)v', "No type 'struct gost' in this program."],
  ['(nodet_t *)v', "No type 'nodet_t' in this program."],
  ['offsetof(struct node, nxt)', "No member 'nxt' in struct node; did you mean 'next'?"],
  ['offsetof(struct packet, low)', "'low' is a bit-field and has no offset."],
  ['offsetof(int, x)', "'int' has no members."],
  ['(long char)1', "C has no type 'long char'."],
  ['node_t', "'node_t' is a type; a value is needed."],
  ['unsigned', "'unsigned' is a type; a value is needed."],
  ['$x31', "No register '$x31'; did you mean '$x1'?"],
  ['$sctlr_el1.EEE', "$SCTLR_EL1 has no field 'EEE'; did you mean 'EE'?"],
  ['"abc"[99]', 'There is no byte 99 in the string: it has 4 bytes, with its end.'],
  ['"abc"[4]', 'There is no byte 4 in the string: it has 4 bytes, with its end.'],
  ['"abc"[-1]', 'There is no byte -1 in the string: it has 4 bytes, with its end.'],
  ['""[1]', 'There is no byte 1 in the string: it has one byte, with its end.'],
  ['i and 1', "Unexpected 'and' at column 3 of 'i and 1'."],
  ['1 / 0', 'Division by zero.'],
  [`0x1${'0'.repeat(32)}`, `The constant ${1n << 128n} is too large: there are 128 bits.`],
  ['i % (i - 5)', 'Division by zero.'],
  ['1.5 % 2', "% cannot be applied to 'double' and 'int'."],
  ['1.5 & 1', "& cannot be applied to 'double' and 'int'."],
  ['~1.5', "~ cannot be applied to 'double'."],
  ['ld % 2', "% cannot be applied to 'long double' and 'int'."],
  ['~ld', "~ cannot be applied to 'long double'."],
  ['z + 1', "+ cannot be applied to 'complex double'; take one of its parts, as in ((double *)&z)[1]."],
  ['(int *)ld', "'long double' cannot be made 'int *'."],
  ['head + 1', "+ cannot be applied to 'struct node'."],
  ['head == head', "== cannot be applied to 'struct node'."],
  ['p * 2', "* cannot be applied to 'int *' and 'int'."],
  ['p + p', '+ cannot be applied to two pointers.'],
  ['1 - p', "- cannot be applied to 'int' and 'int *'."],
  ['-p', "- cannot be applied to 'int *'."],
  ['*i', "* cannot be applied to 'int', which is no pointer; cast it, as in *(unsigned long *)…."],
  ['*v', "A 'void *' does not say what it points at; cast it, as in *(unsigned long *)p."],
  ['&5', "A value of type 'int' that is not in memory has no address."],
  ['&packet.low', 'A bit-field has no address.'],
  ['&inRegister', 'The value is in a register here and has no address.'],
  ['&$x0', "'$x0' has no address."],
  ['(struct node)i', "'int' cannot be cast to 'struct node'."],
  ['handler(1)', "Function calls are not evaluated: calling 'handler' would run the guest."],
  ['i = 3', 'Assignments are not made here; use the Debug Console, or == to compare.'],
  ['i++', 'Assignments are not made here; use the Debug Console, or == to compare.'],
  ['gone + 1', "'gone' is optimized out here."],
  ['*wild + 1', 'Memory at 0xdead0000 cannot be read.'],
  ['*p@0', '0 is no length for @; it is between 1 and 1000000.'],
  ["'none.c'::x", "No source file or function 'none.c'."],
  ["'timr.c'::ticks", "No source file or function 'timr.c'; did you mean 'timer.c'?"],
  ["'timer.c'::count", "No variable 'count' in 'timer.c'."],
  ['$sdei_context.pc + 1', 'No event handler runs on PE0: nothing is interrupted.'],
  ['$sdei_handler == 0', 'No event handler runs on PE0.'],
  ['vectors + 1', '+ needs a value; this has no type: cast its address, as in *(unsigned long *)&name.'],
  ['1 +', "The expression '1 +' ends too early."],
  ['1 )', "Unexpected ')' at column 3 of '1 )'."],
  ['a b', "Unexpected 'b' at column 3 of 'a b'."],
  ['i,q', "No format ',q'; there are ,x ,d ,u ,o ,b ,c ,s and ,a."],
  ['089', "'089' is not an octal number; leave out the leading 0 for a decimal one."],
  ['1'.padEnd(5000, '+1'), 'The expression has 5000 characters; at most 4096 are accepted.'],
];

for (const [expression, message] of cases) {
  test(`${expression.slice(0, 40)}: ${message}`, () =>
    assert.throws(
      () => evaluateExpression(expression, frameOf(world())),
      (error) => error instanceof ExpressionError && (assert.equal(error.message, message), true),
    ));
}

test('reading evaluates nothing in the guest: registers are read, none is written', () => {
  const frame = frameOf(world());
  const before = new Map(frame.target.registers);
  evaluateExpression('$x0 + $sctlr_el1.M + i', frame);
  assert.deepEqual(frame.target.registers, before);
});
