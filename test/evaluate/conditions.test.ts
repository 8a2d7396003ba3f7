import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assignExpression,
  compileExpression,
  compileLogMessage,
  completions,
  evaluateExpression,
} from '../../debug-adapter/evaluate/evaluate.ts';
import { ExpressionError } from '../../debug-adapter/evaluate/expression-error.ts';
import type { CodePlace } from '../../debug-adapter/evaluate/frame-view.ts';
import type { Location, Variable } from '../../debug-adapter/program/program.ts';
import { bytes, type FakeTarget, type FakeWorld, fakeProgram, fakeTarget, frameOf, types } from './fake.ts';
import { world } from './world.ts';

function placeIn(guest: FakeWorld): CodePlace & { target: FakeTarget } {
  return { target: fakeTarget(guest), programs: [fakeProgram(guest)], pc: 0x4008_0000n };
}

const conditions: readonly (readonly [string, boolean])[] = [
  ['i == 5', true],
  ['i == 6', false],
  ['i > 3 && list->next->value == 2', true],
  ['text == "first"', true],
  ['$x3 == 3', true],
  ['$x0 == 0xffffffff80000001', true],
  ['$sctlr_el1.M', true],
  ['p', true],
  ['d', true],
  ['s == RUNNING', true],
  ['s == STOPPED', false],
  ['numbers[2] == 30', true],
  ['$pc == handler', true],
  ['i == 5 ? c == 97 : 0', true],
];
for (const [text, holds] of conditions) {
  test(`the condition ${text} ${holds ? 'holds' : 'does not hold'}`, () =>
    assert.equal(compileExpression(text, placeIn(world())).holds(0), holds));
}

test('a condition follows memory and registers from hit to hit', () => {
  const guest = world();
  const place = placeIn(guest);
  const condition = compileExpression('i == 5 && $x19 == 19', place);
  assert.equal(condition.holds(0), true);
  place.target.registers.set('x19', 20n);
  assert.equal(condition.holds(0), false);
  place.target.registers.set('x19', 19n);
  place.target.writeMemory(0x4000_0000n, bytes([6, 4]));
  assert.equal(condition.holds(0), false);
});

const refused: readonly (readonly [string, string])[] = [
  ['j == 5', "No variable 'j' here; did you mean 'i'?"],
  ['i = 5', 'Assignments are not made here; use the Debug Console, or == to compare.'],
  ['head', "The condition cannot be applied to 'struct node'."],
  ['numbers[0]@i', 'The length after @ must be a constant here.'],
];
for (const [text, message] of refused) {
  test(`the condition ${text} is refused when it is set`, () =>
    assert.throws(
      () => compileExpression(text, placeIn(world())),
      (error) => error instanceof ExpressionError && (assert.equal(error.message, message), true),
    ));
}

/** Each way a location can depend on the frame; the address must be what `locate` says at every hit. */
const locations: readonly (readonly [string, Variable['locate']])[] = [
  ['a fixed address', () => ({ kind: 'memory', address: 0x4000_0000n })],
  ['SP + 16', ({ registers }) => ({ kind: 'memory', address: (registers.get(31) ?? 0n) + 16n })],
  ['X29 - 8', ({ registers }) => ({ kind: 'memory', address: (registers.get(29) ?? 0n) - 8n })],
  ['CFA - 0x20', ({ cfa }) => ({ kind: 'memory', address: (cfa ?? 0n) - 0x20n })],
  ['X1 + X2', ({ registers }) => ({ kind: 'memory', address: (registers.get(1) ?? 0n) + (registers.get(2) ?? 0n) })],
  ['X1 masked', ({ registers }) => ({ kind: 'memory', address: (registers.get(1) ?? 0n) & ~0xffn })],
  ['a pointer in memory', ({ memory }) => ({ kind: 'memory', address: memory(0x4000_0008n, 1).length ? 0x4000_0010n : 0n })],
  ['a register', () => ({ kind: 'register', register: 5 })],
  ['a constant', () => ({ kind: 'value', bytes: bytes([7, 4]) })],
  [
    'a choice by register',
    ({ registers }): Location => (registers.get(1) === 1n ? { kind: 'memory', address: 0x4000_0000n } : { kind: 'register', register: 2 }),
  ],
];
for (const [name, locate] of locations) {
  test(`a variable at ${name} is read where it is at each hit`, () => {
    const memory = new Map([
      [0x4000_0000n, bytes([11, 4], [0, 4], [1, 8], [12, 4], [13, 4], [14, 4], [15, 4])],
      [0x4000_0100n, bytes([21, 4])],
      [0x4000_1000n, new Uint8Array(0x100).map((_, i) => i)],
    ]);
    const guest: FakeWorld = { memory, locals: [{ name: 'x', type: types.int, at: locate }] };
    const place = placeIn(guest);
    const read = compileLogMessage('{x}', place);
    for (const base of [0x4000_1010n, 0x4000_1040n, 0x4000_10c8n]) {
      for (const register of ['sp', 'x29', 'x1']) place.target.registers.set(register, base);
      place.target.registers.set('x2', 4n);
      place.target.registers.set('x5', base);
      const fresh = frameOf({ ...guest, registers: Object.fromEntries(place.target.registers) }, { cfa: base + 0x40n });
      assert.equal(read(0), evaluateExpression('x', fresh).value);
    }
  });
}

test('nothing but the value is looked up on a hit', () => {
  const guest: FakeWorld = {
    memory: new Map([[0x4100_0000n, bytes([0, 8], [5, 4])]]),
    locals: [{ name: 'i', type: types.int, at: ({ registers }) => ({ kind: 'memory', address: (registers.get(31) ?? 0n) + 8n }) }],
  };
  const place = placeIn(guest);
  const condition = compileExpression('i == 5', place);
  condition.holds(0);
  place.target.reads.length = 0;
  assert.equal(condition.holds(0), true);
  assert.deepEqual(place.target.reads, ['sp']);
});

const messages: readonly (readonly [string, string])[] = [
  ['i is {i}', 'i is 5'],
  ['{i,x} {{braces}} {s}', '0x5 {braces} RUNNING'],
  ['{text}', '0x40000200 "first"'],
  ['at {$pc}', 'at 0x40080000 <handler>'],
  ['{*wild}', '<cannot read 0xdead0000>'],
  ['{*wild + 1}', '<Memory at 0xdead0000 cannot be read.>'],
  ['plain', 'plain'],
];
for (const [message, text] of messages) {
  test(`the log message ${message} prints ${text}`, () => assert.equal(compileLogMessage(message, placeIn(world()))(0), text));
}
test('a log message with an unknown name or an open brace is refused', () => {
  assert.throws(() => compileLogMessage('{nobody_here}', placeIn(world())), ExpressionError);
  assert.throws(() => compileLogMessage('open {i', placeIn(world())), ExpressionError);
});

/** [expression, expression whose value is shown afterwards, text] */
const assignments: readonly (readonly [string, string, string])[] = [
  ['i = 7', 'i', '7'],
  ['i += 2', 'i', '7'],
  ['i <<= 2', 'i', '20'],
  ['i++', 'i', '6'],
  ['--i', 'i', '4'],
  ['i = c = 66', 'i', '66'],
  ['c = 300', 'c', "44 ','"],
  ['u = -1', 'u', '4294967295'],
  ['d = 1', 'd', '1'],
  ['f = 0.3', 'f', '0.3'],
  ['half = 0.1', 'half', '0.1'],
  ['flag = 7', 'flag', 'true'],
  ['s = STOPPED', 's', 'STOPPED'],
  ['m = READ | WRITE', 'm', 'READ | WRITE'],
  ['p = numbers + 3', '*p', '40'],
  ['*p = 99', 'numbers', '{10, 99, 30, 40}'],
  ['numbers[3] -= 1', 'numbers[3]', '39'],
  ['list->next->value = 5', '(*list->next).value', '5'],
  ['head = *list->next', 'head.value', '2'],
  [
    'packet.low = 7',
    'packet',
    '{low = 7, signedBits = -3, wide = 703710, {word = 67305985, bytes = {1, 2, 3, 4}}, text = "hello", rest = []}',
  ],
  ['packet.low = 9', 'packet.low', '1'],
  ['packet.signedBits = -16', 'packet.signedBits', '-16'],
  ['packet.wide = 0', 'packet.signedBits', '-3'],
  ['packet.bytes[3] = 0xff', 'packet.word,x', '0xff030201'],
  ['buffer = "new"', 'buffer', '"new"'],
  ['inRegister = -1', '$x19', '0xffffffff'],
  ['$x3 = 5', '$x3', '0x5'],
  ['$w0 = -1', '$x0', '0xffffffff'],
  ['$sctlr_el1.M = 0', '$sctlr_el1', '0x30d00800'],
  ['$sctlr_el1.TCF = 3', '$sctlr_el1', '0x30030d00801'],
  ['$pstate.I = 0', '$pstate', '0x60000345 nZCv DAiF EL1h'],
  ['$sp = $sp - 16', '$sp', '0x40fffff0'],
];
for (const [expression, shown, text] of assignments) {
  test(`after ${expression}, ${shown} is ${text}`, () => {
    const guest = world();
    const frame = frameOf(guest);
    evaluateExpression(expression, frame, { allowAssignment: true });
    assert.equal(evaluateExpression(shown, frame).value, text);
  });
}

const refusedAssignments: readonly (readonly [string, string])[] = [
  ['5 = i', "A value of type 'int' is no place that can be assigned to."],
  ['handler = 0', "A value of type 'function' is no place that can be assigned to."],
  ['head = 5', "'int' cannot be assigned to 'struct node'."],
  ['i = head', "The assignment cannot be applied to 'struct node'."],
  ['gone = 1', "'gone' is optimized out here: there is no place to write it to."],
  ['folded = 1', "'folded' is a constant here, made by the compiler: there is no place to write it to."],
  ['*wild = 1', 'Memory at 0xdead0000 cannot be written.'],
  ['$midr_el1 = 0', 'MIDR_EL1 (Main ID Register) is read-only.'],
  ['$sctlr_el1.M = 2', '2 does not fit $SCTLR_EL1.M (1 bit: 0 to 1).'],
  ['$sctlr_el1.TCF = 5', '5 does not fit $SCTLR_EL1.TCF (2 bits: 0 to 3).'],
  ['$sdei_event = 3', '$sdei_event is read-only; trigger an event to run its handler.'],
  ['$sdei_context.pc = 0', 'No event handler runs on PE0: nothing is interrupted.'],
  ['buffer = "much too long"', "The string has 13 bytes and a NUL; 'char [8]' holds 8."],
];
for (const [expression, message] of refusedAssignments) {
  test(`${expression} is refused: ${message}`, () =>
    assert.throws(
      () => evaluateExpression(expression, frameOf(world()), { allowAssignment: true }),
      (error) => error instanceof ExpressionError && (assert.equal(error.message.replace("'void (void)'", "'function'"), message), true),
    ));
}

test('setExpression answers with the value as it is afterwards', () => {
  assert.equal(assignExpression('numbers[1]', '0x21', frameOf(world())).value, '33');
  assert.throws(() => assignExpression('numbers[1]', 'nonsense', frameOf(world())), {
    message: "Cannot set 'numbers[1]' to 'nonsense': No variable 'nonsense' here.",
  });
});

/** [text, column, some labels that must be offered] */
const offers: readonly (readonly [string, number, readonly string[]])[] = [
  ['lis', 3, ['list']],
  ['head.', 5, ['value', 'kind', 'next', 'name']],
  ['list->ne', 8, ['next']],
  ['list->next->', 12, ['value', 'kind', 'next', 'name']],
  ['i + packet.w', 12, ['wide', 'word']],
  ['(*list).', 8, ['value', 'kind', 'next', 'name']],
  ['packet.bytes[0] + head.v', 24, ['value']],
  ['$sctlr_el1.', 11, ['M', 'EE', 'TCF']],
  ['$sct', 4, ['$SCTLR_EL1']],
  ['$sdei_ev', 8, ['$sdei_event']],
  ['han', 3, ['handler']],
  ['nothing_like_it', 15, []],
  ['head. + i', 5, ['value', 'kind', 'next', 'name']],
  [')))]].', 6, []],
];
for (const [text, column, labels] of offers) {
  test(`${text} at ${column} offers ${labels.join(' ')}`, () =>
    assert.deepEqual(
      completions(text, column, frameOf(world())).map(({ label }) => label),
      labels,
    ));
}
test('a completion replaces the word it completes', () => {
  assert.deepEqual(completions('i + lis', 7, frameOf(world()))[0], {
    label: 'list',
    type: 'variable',
    detail: 'node_t *',
    start: 4,
    length: 3,
  });
});
