// Expressions at stops in C++ as g++ 12 describes it, in DWARF 4 and 5: test/program/cplusplus/gcc.cc. Values are those that gdb 13 prints there.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { completions } from '../../debug-adapter/evaluate/completions.ts';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { frameIn } from './stopped.ts';

const elfs = [4, 5].map((version) => path.join(import.meta.dirname, `../program/cplusplus/gcc-${version}.elf`));

const rows: Readonly<Record<string, readonly (readonly [expression: string, value: string, type: string])[]>> = {
  'stat::Sum<long>::set(long)': [
    ['total', '7', 'long'],
    ['stat::Sum<long>::total', '7', 'long'],
    ['stat::Sum<long int>::total', '7', 'long'],
    ['*this', '{static total = 7, last = 0}', 'stat::Sum<long>'],
    ['outer::version', '42', 'int'],
    ['outer::v2::version', '42', 'int'],
    ['::outer::version', '42', 'int'],
    ['outer::old::version', '41', 'int'],
    ['alias::version', '41', 'int'],
    ['::alias::version', '41', 'int'],
    ['sizeof(outer::Tag)', '4', 'unsigned long'],
    ['((outer::Tag *)0 == 0)', 'true', 'bool'],
  ],
  'outer::inl': [['version', '42', 'int']],
  conv: [
    ['sizeof(T)', '2', 'unsigned long'],
    ['sizeof(U)', '8', 'unsigned long'],
    ['(T)0x10003', '3', 'short'],
    ['(U)items[0] + u', '6', 'long'],
    ['sizeof(U *)', '8', 'unsigned long'],
    ['N', '3', 'int'],
    ['items[N - 1]', '6', 'short'],
    ['N and u', 'true', 'bool'],
    ['not N or u bitand 1', 'false', 'bool'],
    ['not -N', 'false', 'bool'],
    ['compl N bitor 1', '-3', 'int'],
    ['N xor u', '1', 'long'],
    ['N not_eq 3', 'false', 'bool'],
    ['(N > 2) + 1', '2', 'int'],
    ["L'x'", "120 L'x'", 'wchar_t'],
    ["u'\\x41'", "65 u'A'", 'char16_t'],
    ["U'\\U0001F600'", "128512 U'\u{1F600}'", 'char32_t'],
    ["u8'x'", "120 'x'", 'char'],
    ["L'x' + 1", '121', 'unsigned int'],
    ["u'x' + 1", '121', 'int'],
    ['L"wide"', 'L"wide"', 'wchar_t [5]'],
    ['u"h\u00e9"', 'u"h\u00e9"', 'char16_t [3]'],
    ['U"\\u00e9" "b"', 'U"\u00e9b"', 'char32_t [3]'],
    ['u"\u{1F600}"[1]', "56832 u'\\u{de00}'", 'char16_t'],
    ['sizeof(L"wide")', '20', 'unsigned long'],
    ['*"abc"', "97 'a'", 'char'],
  ],
  'Vec::plus': [
    ['stat::B::b', '10', 'int'],
    ['::stat::B::c', '11', 'const int'],
    ['&stat::B::b == &stat::A::b', 'true', 'bool'],
    ['derived.B::A::own', '6', 'int'],
    ['&Vec::y', '&Vec::y', 'int Vec::*'],
    ['toX', '&Vec::x', 'int Vec::*'],
    ['toY == &Vec::y', 'true', 'bool'],
    ['toNone', 'nullptr', 'int Vec::*'],
    ['toY,d', '4', 'int Vec::*'],
    ['toBase', '&M2::m2', 'long MM::*'],
    ['&MM::m2', '&M2::m2', 'long M2::*'],
    ['*this.*toY', '6', 'int'],
    ['this->*toY + vec.*toX', '11', 'int'],
    ['both.*toBase', '2', 'long'],
    ['(&both)->*&MM::m2', '2', 'long'],
    ['both.*(&MM::mm)', '3', 'int'],
    ['&(vec.*toY) == &vec.y', 'true', 'bool'],
    ['2.*3', '6', 'double'],
    ['(M2 &)both', '{m2 = 2}', 'M2'],
    ['static_cast<const M2 &>(both).m2', '2', 'long'],
    ['&(M2 &)both == (M2 *)&both', 'true', 'bool'],
    ['reinterpret_cast<M2 &&>(both).m2', '1', 'long'],
    ['((stat::A &)derived).own', '6', 'int'],
    ['sizeof(Vec &)', '8', 'unsigned long'],
    ['(int (*)(Vec &, long &&))0', '0x0', 'int (*)(Vec &, long &&)'],
  ],
};

for (const elf of elfs)
  for (const [name, expressions] of Object.entries(rows))
    test(`${path.basename(elf)}: expressions in ${name}`, async () => {
      const frame = await frameIn(elf, name);
      for (const [expression, value, type] of expressions) {
        const shown = evaluateExpression(expression, frame);
        assert.deepEqual([shown.value, shown.type], [value, type], expression);
      }
    });

for (const elf of elfs)
  test(`${path.basename(elf)}: what an inline namespace holds is offered behind the one around it`, async () => {
    const frame = await frameIn(elf, 'outer::inl');
    const labels = completions('outer::', 7, frame).map(({ label }) => label);
    assert.deepEqual([...labels].sort(), ['Tag', 'inl', 'old', 'v2', 'version']);
    assert.deepEqual(
      completions('alias::', 7, frame).map(({ label }) => label),
      ['version'],
    );
  });

test('what a literal cannot be is said', async () => {
  const frame = await frameIn(elfs[1], 'Vec::plus');
  for (const [expression, message] of [
    ["u'\u{1F600}'", "The character 128512 does not fit 'char16_t'."],
    ['*("abc" + 4)', 'A string of an expression is nowhere in the guest and has no address; [] takes characters of it, as in "abc"[1].'],
    ['L"ab"[3]', 'There is no character 3 in the string: it has 3 characters, with its end.'],
    ['x and', "The expression 'x and' ends too early."],
  ])
    assert.throws(() => evaluateExpression(expression, frame), { message }, expression);
});

test('what a pointer to members cannot do is said', async () => {
  const frame = await frameIn(elfs[1], 'Vec::plus');
  for (const [expression, message] of [
    ['vec.*toNone', 'The pointer to members points at none.'],
    ['both.*toX', "'int Vec::*' does not point into 'MM'."],
    ['vec.*5', "'int' is no pointer to members."],
    ['stat::B::nothing', "No function, class or namespace 'stat::B' has a 'nothing'."],
  ])
    assert.throws(() => evaluateExpression(expression, frame), { message }, expression);
});

test('variables that link-time optimization has placed in a unit without their names', async () => {
  const frame = await frameIn(path.join(path.dirname(elfs[0]), 'gcc-link-time.elf'), 'Vec::plus');
  for (const [expression, value, type] of [
    ['vec', '{x = 5, y = 6}', 'Vec'],
    ['derived.more', '2', 'int'],
    ['stat::Sum<long>::total', '12', 'long'],
  ]) {
    const shown = evaluateExpression(expression, frame);
    assert.deepEqual([shown.value, shown.type], [value, type], expression);
  }
});
