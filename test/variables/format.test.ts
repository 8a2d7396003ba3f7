import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import {
  halfFromNumber,
  integerFromQuad,
  numberFromHalf,
  numberFromQuad,
  quadFromInteger,
  quadFromNumber,
  quadText,
  realFromInteger,
  realText,
} from '../../debug-adapter/evaluate/real.ts';
import type { Type } from '../../debug-adapter/program/types.ts';
import { array, bytes, constant, enumeration, frameOf, member, pointer, struct, typedef, types, union } from '../evaluate/fake.ts';

const float = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
const double = (value: number) => new Uint8Array(Float64Array.of(value).buffer);
const wide = struct('wide', 400, () => Array.from({ length: 50 }, (_, i) => member(`member_${i}`, i * 8, types.long)));
const deep = [1, 2, 3, 4, 5].reduce<Type>((inner, level) => struct(`level_${level}`, 4, () => [member('inner', 0, inner)]), types.int);
const access = enumeration('access', { NONE: 0, READ: 1, WRITE: 2, EXECUTE: 4, ALL: 7 });
const counted = enumeration('counted', { ZERO: 0, ONE: 1, TWO: 2 });
const negative = enumeration('negative', { LOW: -3, HIGH: 7 }, true);

/** [what, type, bytes at 0x40000000, text] */
const rows: readonly (readonly [string, Type, Uint8Array, string])[] = [
  ['an infinity', types.double, double(Number.POSITIVE_INFINITY), 'inf'],
  ['a negative infinity', types.float, float(Number.NEGATIVE_INFINITY), '-inf'],
  ['a NaN', types.double, double(Number.NaN), 'nan'],
  ['negative zero', types.double, double(-0), '-0'],
  ['a float in its own precision', types.float, float(3.14), '3.14'],
  ['a large double', types.double, double(1e300), '1e+300'],
  ['a small float', types.float, float(1e-45), '1e-45'],
  ['a half', types.half, bytes([0x3555, 2]), '0.3333'],
  ['a long double', types.longDouble, bytes([0x3ffd_5555_5555_5555_5555_5555_5555_5555n, 16]), '0.3333333333333333333333333333333333'],
  ['a bool that is neither', types.bool, bytes([2, 1]), '2'],
  ['a quotation mark', types.char, bytes([0x27, 1]), "39 '\\''"],
  ['an escape character', types.char, bytes([0x1b, 1]), "27 '\\033'"],
  ['a char16_t', { kind: 'base', name: 'char16_t', size: 2, encoding: 'utf' }, bytes([0xe9, 2]), "233 u'é'"],
  [
    'a char32_t that is no character',
    { kind: 'base', name: 'char32_t', size: 4, encoding: 'utf' },
    bytes([0x110000, 4]),
    "1114112 U'\\u{110000}'",
  ],
  ['a named 8-bit number', typedef('uint8_t', types.unsignedChar), bytes([65, 1]), '65'],
  ['a typedef of char', typedef('gchar', types.char), bytes([65, 1]), "65 'A'"],
  ['const volatile', constant({ kind: 'volatile', to: () => types.int }), bytes([7, 4]), '7'],
  ['__int128', types.int128, bytes([-1n, 16]), '-1'],
  ['an enumerator', access, bytes([2, 4]), 'WRITE'],
  ['the enumerator of a union of flags', access, bytes([7, 4]), 'ALL'],
  ['flags', access, bytes([6, 4]), 'WRITE | EXECUTE'],
  ['flags and more', access, bytes([0x11, 4]), 'READ | 0x10'],
  ['no flag known', access, bytes([0x10, 4]), '16'],
  ['a counted enumeration is no flags', counted, bytes([3, 4]), '3'],
  ['a negative enumerator', negative, bytes([-3, 4]), 'LOW'],
  ['a value of no enumerator', negative, bytes([-1, 4]), '-1'],
  ['text with quotation marks and bytes', array(types.char, 8), bytes('a"b', [0x80, 1], [0x31, 1], [0, 3]), '"a\\"b\\2001"'],
  ['UTF-8', array(types.char, 8), bytes('é→', [0, 3]), '"é→"'],
  ['text that fills its array', array(types.char, 4), bytes('full'), '"full"'],
  ['text behind its end', array(types.char, 8), bytes('ab', [0, 1], 'junk!'), '"ab"'],
  ['long text', array(types.char, 300), bytes('x'.repeat(300)), `"${'x'.repeat(200)}"…`],
  ['8-bit numbers', array(typedef('u8', types.unsignedChar), 3), bytes([1, 1], [2, 1], [3, 1]), '{1, 2, 3}'],
  ['no elements', array(types.int, 0), bytes([0, 1]), '{}'],
  ['unknown length', array(types.int), bytes([0, 1]), '[]'],
  [
    'a long array',
    array(types.int, 1000),
    new Uint8Array(4000),
    '{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, …}',
  ],
  ['a deep struct', deep, bytes([1, 4]), '{inner = {inner = {inner = {…}}}}'],
  ['an empty struct', struct('none', 0, () => []), bytes([0, 1]), '{}'],
  [
    'a union',
    union('either', 4, () => [member('word', 0, types.unsigned), member('half', 0, types.unsignedShort)]),
    bytes([0x10002, 4]),
    '{word = 65538, half = 2}',
  ],
  [
    'a bit-field of an enumeration',
    struct('b', 4, () => [member('mode', 0, access, { offset: 5, size: 3 })]),
    bytes([0xe0, 4]),
    '{mode = ALL}',
  ],
  [
    'a bit-field across bytes',
    struct('b', 8, () => [member('wide', 2, types.unsignedLong, { offset: 4, size: 40 })]),
    bytes([0, 2], [0xabcde12345_0n, 6]),
    '{wide = 737893491525}',
  ],
  [
    'a bit-field of characters',
    struct('b', 1, () => [member('letter', 0, types.signedChar, { offset: 0, size: 3 })]),
    bytes([6, 1]),
    "{letter = -2 '\\376'}",
  ],
  ['a pointer to a pointer', pointer(pointer(types.int)), bytes([0x4000_0000n, 8]), '0x40000000'],
  ['a null function pointer', pointer({ kind: 'function', returns: () => types.void, parameters: () => [] }), bytes([0, 8]), '0x0'],
  ['a pointer to text that cannot be read', pointer(types.char), bytes([0xdead_0000n, 8]), '0xdead0000 <cannot read 0xdead0000>'],
  [
    'a pointer to text that ends with memory',
    pointer(types.char),
    bytes([0x4000_0008n, 8], 'end'),
    '0x40000008 "end" <cannot read 0x4000000b>',
  ],
  [
    'a struct half of which can be read',
    struct('s', 16, () => [member('a', 0, types.long), member('b', 8, types.long)]),
    bytes([1, 8]),
    '{a = 1, b = <cannot read 0x40000008>}',
  ],
  ['a struct that cannot be read', struct('s', 16, () => [member('a', 0, types.long)]), new Uint8Array(0), '<cannot read 0x40000000>'],
];

for (const [what, type, contents, text] of rows) {
  test(`${what} shows ${text}`, () => {
    const memory = new Map([[0x4000_0000n, contents]]);
    assert.equal(evaluateExpression('x', frameOf({ memory, locals: [{ name: 'x', type, at: 0x4000_0000n }] })).value, text);
  });
}

test('a wide struct ends with an ellipsis, and is complete on the clipboard', () => {
  const frame = frameOf({ memory: new Map([[0x4000_0000n, new Uint8Array(400)]]), locals: [{ name: 'x', type: wide, at: 0x4000_0000n }] });
  const { value } = evaluateExpression('x', frame);
  assert.match(value, /^\{member_0 = 0, .*, …\}$/);
  assert.ok(value.length < 180);
  assert.match(evaluateExpression('x', frame, { full: true }).value, /^\{member_0 = 0, .*, member_49 = 0\}$/);
});

test('every half reads back', () => {
  for (let half = 0; half < 0x10000; half++) {
    const value = numberFromHalf(half);
    if (!Number.isNaN(value)) assert.equal(halfFromNumber(value), half);
  }
});

const halves: readonly (readonly [number, number])[] = [
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [2 ** -25, 0],
  [2 ** -24, 1],
  [1.5 * 2 ** -24, 2],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2047.5, 0x6800],
  [-0, 0x8000],
];
for (const [value, half] of halves) {
  test(`${value} rounds to the half 0x${half.toString(16)}`, () => assert.equal(halfFromNumber(value), half));
}

/** binary128 patterns, and their shortest decimal. */
const quads: readonly (readonly [string, string])[] = [
  ['3fff0000000000000000000000000000', '1'],
  ['c0000000000000000000000000000000', '-2'],
  ['40024000000000000000000000000000', '10'],
  ['3ffb999999999999999999999999999a', '0.1'],
  ['4000921fb54442d18469898cc51701b8', '3.1415926535897932384626433832795028'],
  ['7ffeffffffffffffffffffffffffffff', '1.189731495357231765085759326628007e+4932'],
  ['00000000000000000000000000000001', '6e-4966'],
  ['7fff0000000000000000000000000000', 'inf'],
  ['ffff0000000000000000000000000000', '-inf'],
  ['7fff8000000000000000000000000000', 'nan'],
  ['80000000000000000000000000000000', '-0'],
  ['4030ffffffffffffffffffffffffffff', '1125899906842623.9999999999999999999'],
];
/** Doubles, and the long doubles that equal them. */
const widened: readonly (readonly [number, string])[] = [
  [1, '3fff0000000000000000000000000000'],
  [-2, 'c0000000000000000000000000000000'],
  [0.1, '3ffb999999999999a000000000000000'],
  [-0, '80000000000000000000000000000000'],
  [5e-324, '3bcd0000000000000000000000000000'],
  [2.2250738585072014e-308, '3c010000000000000000000000000000'],
  [1.5e-310, '3bf9b9cd129594100000000000000000'],
  [Number.MAX_VALUE, '43fefffffffffffff000000000000000'],
  [Number.POSITIVE_INFINITY, '7fff0000000000000000000000000000'],
];
for (const [value, bits] of widened)
  test(`${value} is the long double 0x${bits}, and back`, () => {
    assert.equal(quadFromNumber(value).toString(16), BigInt(`0x${bits}`).toString(16));
    assert.ok(Object.is(numberFromQuad(BigInt(`0x${bits}`)), value));
  });

/** Long doubles between two doubles. */
const narrowed: readonly (readonly [string, number])[] = [
  ['3fff0000000000000800000000000000', 1],
  ['3fff0000000000000800000000000001', 1 + 2 ** -52],
  ['3fff0000000000001800000000000000', 1 + 2 ** -51],
  ['3bcc0000000000000000000000000000', 0],
  ['3bcc0000000000000000000000000001', 5e-324],
  ['3bcd8000000000000000000000000000', 1e-323],
  ['3c00fffffffffffff800000000000000', 2.2250738585072014e-308],
  ['43fefffffffffffff800000000000000', Number.POSITIVE_INFINITY],
  ['00000000000000000000000000000001', 0],
];
for (const [bits, value] of narrowed)
  test(`the long double 0x${bits} rounds to ${value}`, () => assert.equal(numberFromQuad(BigInt(`0x${bits}`)), value));

for (const value of [0n, 1n, -7n, (1n << 113n) - 1n, -((1n << 127n) - (1n << 14n)), 10n ** 30n])
  test(`${value} is a long double, and back`, () => assert.equal(integerFromQuad(quadFromInteger(value), 16, true), value));
test('a long double is rounded to the nearest of even, truncated and bounded', () => {
  assert.equal(integerFromQuad(quadFromInteger((1n << 113n) + 1n), 16, true), 1n << 113n);
  assert.equal(integerFromQuad(quadFromInteger((1n << 113n) + 3n), 16, true), (1n << 113n) + 4n);
  assert.equal(integerFromQuad(quadFromInteger((1n << 120n) - 1n), 16, true), 1n << 120n);
  assert.equal(integerFromQuad(quadFromNumber(-1.9), 4, true), -1n);
  assert.equal(integerFromQuad(quadFromNumber(300), 1, false), 255n);
});

for (const [bits, text] of quads) {
  test(`the long double 0x${bits} is ${text}`, () => assert.equal(quadText(BigInt(`0x${bits}`)), text));
}

test('an integer is rounded to a float once', () => {
  // Rounding to double first would lose the last bit, see a tie, and round to even.
  assert.equal(realFromInteger((1n << 60n) + (1n << 36n) + 1n, 4), 2 ** 60 + 2 ** 37);
  assert.equal(realText(realFromInteger(-16_777_217n, 4), 4), '-16777216');
});
