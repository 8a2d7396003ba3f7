// Functions, templates and objects of C++: test/program/cplusplus/classes.cc by g++ 12 and clang 14. Values are those of the language; gdb 13 says the
// same, but for overloaded functions (it takes any of them), the second virtual function of a class and dynamic_cast to the whole.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { frameIn } from './stopped.ts';

/** `@`: an address, which each compiler has its own for. */
const rows: readonly (readonly [expression: string, value: string, type: string])[] = [
  ['pi<double>', '3.25', 'double'],
  ['::pi<int> + 1', '4', 'int'],
  ['pi<int> < 4', 'true', 'bool'],
  ['row<int,2>', '{1, 2}', 'int [2]'],
  ['row<char, 3>[1]', "2 '\\002'", 'char'],
  ['ns::q<int>', '9', 'int'],
  ['ns::odd<true, Vec*>', '4', 'int'],
  ['&pi<double>', '@ <pi<double>>', 'double *'],
  ['sizeof(pi<double>)', '8', 'unsigned long'],
  ['same<int>', '@ <same<int>(int)>', 'int (int)'],
  ['&same<char>', '@ <same<char>(char)>', 'char (*)(char)'],
  ['Vec::operator+', '@ <Vec::operator+(Vec const&) const>', 'Vec (const Vec &)'],
  ['&Vec::operator[]', '@ <Vec::operator[](int) const>', 'int (Vec::*)(int)'],
  ['&Vec::operator()', '@ <Vec::operator()(int) const>', 'int (Vec::*)(int)'],
  ['vec.operator int', '@ <Vec::operator int() const>', 'int (void)'],
  ['&Vec::make', '@ <Vec::make(int)>', 'int (*)(int)'],
  ['vec.make', '@ <Vec::make(int)>', 'int (int)'],
  ['&Vec::over(long)', '@ <Vec::over(long)>', 'int (Vec::*)(long)'],
  ['f(int)', '@ <f(int)>', 'int (int)'],
  ['&f(char const *, int)', '@ <f(char const*, int)>', 'int (*)(const char *, int)'],
  ['ns::f', '@ <ns::f(int)>', 'int (int)'],
  ['(int (*)(long))f', '@ <f(long)>', 'int (*)(long)'],
  ['(int (*)(long))&f', '@ <f(long)>', 'int (*)(long)'],
  ['chosen == (int (*)(long))f', 'true', 'bool'],
  ['base->vf', '@ <Base::vf()>', 'int (void)'],
  ['toF', '&virtual Base::vf()', 'int (Base::*)(void)'],
  ['toG', '&virtual Base::vg()', 'int (Base::*)(void)'],
  ['toH', '&virtual Other::vh()', 'int (More::*)(void)'],
  ['toNone', 'nullptr', 'int (Vec::*)(long)'],
  ['toOver', '@ <Vec::over(long)>', 'int (Vec::*)(long)'],
  ['methods', '{virtualOne = &virtual Base::vg(), plain = @ <Vec::operator()(int) const>}', 'Methods'],
  ['toF == &Base::vf', 'true', 'bool'],
  ['toF == nullptr', 'false', 'bool'],
  ['toNone == 0', 'true', 'bool'],
  ['toOver == &Vec::over(long)', 'true', 'bool'],
  ['&Base::vg', '&virtual Base::vg()', 'int (Base::*)(void)'],
  ['&More::vh', '&virtual Other::vh()', 'int (Other::*)(void)'],
  ['sizeof(toF)', '16', 'unsigned long'],
  ['dynamic_cast<Derived *>(base)->d', '2', 'int'],
  ['dynamic_cast<More *>(other)->m', '3', 'int'],
  ['(void *)dynamic_cast<Base *>(other) == base', 'true', 'bool'],
  ['dynamic_cast<void *>(other) == (void *)base', 'true', 'bool'],
  ['dynamic_cast<Diamond *>(root)->dd', '8', 'int'],
  ['dynamic_cast<Right *>(left)->rr', '6', 'int'],
  ['dynamic_cast<Root *>(left)->r', '77', 'int'],
  ['dynamic_cast<Derived *>(plain)', '0x0', 'Derived *'],
  ['dynamic_cast<Derived *>(none)', '0x0', 'Derived *'],
  ['dynamic_cast<Diamond *>(base)', '0x0', 'Diamond *'],
  ['dynamic_cast<Twice2 *>(twice) != 0', 'true', 'bool'],
  ['dynamic_cast<Twice1 *>(twice) != 0', 'true', 'bool'],
  ['(char *)dynamic_cast<Twice1 *>(twice) - (char *)twice', '-16', 'long'],
  ['dynamic_cast<More &>(*base).m', '3', 'int'],
  ['((Diamond *)root)->dd', '8', 'int'],
  ['static_cast<Left *>(root)->l', '5', 'int'],
  ['dynamic_cast<Holder<long> *>(held)->held', '4', 'long'],
  ['((More *)other)->m', '3', 'int'],
  ['((Base)*(More *)other).b', '1', 'int'],
  ['sizeof(Vec::y)', '4', 'unsigned long'],
  ['wide', 'L"wide"', 'wchar_t [5]'],
  ['wide[1]', "105 L'i'", 'wchar_t'],
  ['wide == L"wide"', 'true', 'bool'],
  ['utf16', 'u"h\u00e9"', 'char16_t [3]'],
  ['utf32', '@ U"\u{1F600}!"', 'const char32_t *'],
  ['utf8', '"h\u00e9"', 'char8_t [4]'],
  ['(void)0', 'void', 'void'],
  ['vec', '{x = 5, y = 6}', 'Vec'],
  ['Same::vec', '99', 'int'],
  ['sizeof(Other)', '16', 'unsigned long'],
  ['((Base *)base)->b', '1', 'int'],
  ['single', '3', 'int'],
  ['two::twin', '2', 'int'],
  ['toAlways == ns::always', 'true', 'bool'],
  ['named', '{<ns::Plain> = {static most = 7, own = 1}, n = 2}', 'Named'],
  ['named.ns::Plain::own', '1', 'int'],
  ['ns::Shape::corners', '4', 'const int'],
  ['&ns::Shape::side', '&virtual ns::Shape::side() const', 'int (ns::Shape::*)(void)'],
];
const refused: readonly (readonly [expression: string, message: string])[] = [
  ['twin', "'twin' stands in more than one namespace or class: write it with its scope."],
  ['Other', "'Other' is a type; a value is needed."],
  ['dynamic_cast<More &>(*plain).m', "The object is a 'Base', which has no 'More' around this part: dynamic_cast throws std::bad_cast."],
  ['dynamic_cast<Base *>(&vec)', "'Vec' has no virtual functions: dynamic_cast cannot tell what an object of it is."],
  ['dynamic_cast<int *>(base)', "dynamic_cast cannot make 'int *' from 'Base *'."],
  ['f', "More than one function is called 'f': f(char const*, int), f(int), f(long). Write one of them with its parameters."],
  ['&Vec::over', "More than one function is called 'over': Vec::over(int), Vec::over(long). Write one of them with its parameters."],
  ['Vec::x', "'Vec::x' is in each object of the class: write OBJECT.x, or &Vec::x."],
  ['vec + vec', "+ of a 'Vec' is a function of the program, and calls are not evaluated."],
  ['vec[1]', "[] of a 'Vec' is a function of the program, and calls are not evaluated."],
  ['vec.over(1)', "Function calls are not evaluated: calling 'over' would run the guest."],
  ['typeid(*base)', "'typeid' is not evaluated: dynamic_cast<T *>(p) tells whether an object is a T."],
  ['sizeof...(Ts)', "'sizeof...' is not evaluated: the arguments stand in the name of the function or class."],
];

for (const compiler of ['gcc', 'gcc-types', 'clang']) {
  const elf = path.join(import.meta.dirname, `../program/cplusplus/classes-${compiler}.elf`);

  test(`${compiler}: functions, templates and objects`, async () => {
    const frame = await frameIn(elf, 'work');
    for (const [expression, value, type] of rows) {
      const shown = evaluateExpression(expression, frame);
      assert.deepEqual([shown.value.replace(/0x[1-9a-f][0-9a-f]*/, '@'), shown.type], [value, type], expression);
    }
  });

  test(`${compiler}: what is not evaluated is said`, async () => {
    const frame = await frameIn(elf, 'work');
    const messageOf = (expression: string): string => {
      try {
        return evaluateExpression(expression, frame).value;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    };
    const sorted = (message: string) =>
      message.replace(/(?<=: ).*(?=\. Write)/, (list) =>
        list
          .split(/, (?!int\))/)
          .sort()
          .join(', '),
      );
    // Which is named depends on their order.
    assert.match(messageOf('pi'), /^'pi' is a template: write its arguments, as in 'pi<(int|double)>'\.$/);
    for (const [expression, message] of refused) assert.equal(sorted(messageOf(expression)), message, expression);
  });
}
