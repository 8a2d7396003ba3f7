// Expressions at stops in a C++ program, test/program/cplusplus. Values are those that gdb 13 prints there, but for `::`.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { completions } from '../../debug-adapter/evaluate/completions.ts';
import { assignExpression, evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import { createReferences, variablesOf } from '../../debug-adapter/variables/references.ts';
import { firstFrame, frameIn } from './stopped.ts';

const elf = path.join(import.meta.dirname, '../program/cplusplus/scopes.elf');

const rows: Readonly<Record<string, readonly (readonly [expression: string, value: string, type: string])[]>> = {
  'hw::uart::Port::write(int)': [
    ['id', '4', 'int'],
    ['this->id + value', '5', 'int'],
    ['opened', '1', 'int'],
    ['Port::opened', '1', 'int'],
    ['most', '8', 'const int'],
    ['this->opened', '1', 'int'],
    ['this->Port::most + 1', '9', 'int'],
    ['*this', '{static opened = 1, static most = 8, id = 4, state = hw::uart::Port::Idle, config = {baud = 9600}}', 'hw::uart::Port'],
    ['state', 'hw::uart::Port::Idle', 'hw::uart::Port::State'],
    ['Busy', 'hw::uart::Port::Busy', 'hw::uart::Port::State'],
    ['state == Idle', 'true', 'bool'],
    ['config', '{baud = 9600}', 'hw::uart::Port::Config'],
    ['sizeof(Config)', '4', 'unsigned long'],
    ['count', '3', 'int'],
    ['other::count', '99', 'int'],
    ['hw::uart::count', '3', 'int'],
    ['ticks', '23', 'int'],
    ['uart::(anonymous namespace)::ticks', '23', 'int'],
    ['sizeof(Regs)', '8', 'unsigned long'],
    ['sizeof(other::Regs)', '3', 'unsigned long'],
    ['Mode::On', 'hw::uart::Mode::On', 'hw::uart::Mode'],
    ['(Mode)0', 'hw::uart::Mode::Off', 'hw::uart::Mode'],
    ['mode == Mode::On', 'true', 'bool'],
    ['old', 'hw::uart::OLD_A', 'hw::uart::Old'],
  ],
  'Derived::sum': [
    ['shared', '5', 'int'],
    ['Base::shared', '1', 'int'],
    ['this->Base::shared', '1', 'int'],
    ['derived.Base::shared', '1', 'int'],
    ['below', '2', 'int'],
    ['mixed', '4', 'long'],
    ['*(Mixin *)this', '{mixed = 4}', 'Mixin'],
    ['((Derived *)(Mixin *)this)->shared', '5', 'int'],
    ['(Mixin *)(Derived *)0', '0x0', 'Mixin *'],
    ['*static_cast<Mixin *>(this)', '{mixed = 4}', 'Mixin'],
    ['static_cast<Derived *>((Mixin *)this)->shared', '5', 'int'],
    ['(char *)static_cast<Mixin *>(this) - (char *)this', '8', 'long'],
    ['(char *)reinterpret_cast<Mixin *>(this) - (char *)this', '0', 'long'],
    ['const_cast<const Derived *>(this) == this', 'true', 'bool'],
    ['static_cast<unsigned char>(256 + 7)', "7 '\\a'", 'unsigned char'],
    ['*this', '{<Base> = {shared = 1, below = 2}, <Mixin> = {mixed = 4}, shared = 5}', 'Derived'],
  ],
  'Diamond::all': [
    ['root', '77', 'int'],
    ['this->Root::root', '77', 'int'],
    ['((Right *)this)->root', '77', 'int'],
    ['*(Root *)this', '{root = 77}', 'Root'],
    ['*(Root *)(Left *)this', '{root = 77}', 'Root'],
    ['&root == &((Root *)this)->root', 'true', 'bool'],
    ['right', '6', 'int'],
  ],
  references: [
    ['one + two', '238', 'int'],
    ['three', '3', 'int'],
  ],
};

for (const [name, expressions] of Object.entries(rows))
  test(`expressions in ${name}`, async () => {
    const frame = await frameIn(elf, name);
    for (const [expression, value, type] of expressions) {
      const shown = evaluateExpression(expression, frame);
      assert.deepEqual([shown.value, shown.type], [value, type], expression);
    }
  });

test('a base is a node of its own, whose members have expressions that name them', async () => {
  const frame = await frameIn(elf, 'Derived::sum');
  const references = createReferences();
  const { variablesReference } = evaluateExpression('derived', frame, { references });
  const members = variablesOf(references, variablesReference);
  assert.deepEqual(
    members.map(({ name, value }) => `${name} ${value}`),
    ['Base {shared = 1, below = 2}', 'Mixin {mixed = 4}', 'shared 5'],
  );
  const [base, mixin] = members;
  const inside = [base, mixin].flatMap((node) => variablesOf(references, node.variablesReference));
  assert.deepEqual(
    [...members, ...inside].map(({ evaluateName = '' }) => evaluateExpression(evaluateName, frame).value),
    [...members, ...inside].map(({ value }) => value),
  );
});

test('static members stand among the others, where gdb shows them, and are reached as others are', async () => {
  const frame = await frameIn(elf, 'Derived::sum');
  const references = createReferences();
  const { value, variablesReference } = evaluateExpression('counted', frame, { references });
  assert.equal(
    value,
    '{<Counted> = {static made = 6, static first = {…}, own = 3}, static most = 9, static never = <optimized out>, more = 1}',
  );
  const [base, ...own] = variablesOf(references, variablesReference);
  assert.deepEqual(
    own.map(({ name, value: shown, evaluateName, presentationHint }) => [name, shown, evaluateName, presentationHint?.attributes]),
    [
      ['most', '9', 'counted.most', ['static']],
      ['never', '<optimized out>', 'counted.never', ['static']],
      ['more', '1', 'counted.more', undefined],
    ],
  );
  const [made, first] = variablesOf(references, base.variablesReference);
  assert.deepEqual([made.name, evaluateExpression(made.evaluateName ?? '', frame).value], ['made', '6']);
  assert.deepEqual(
    variablesOf(references, first.variablesReference).map(({ name, value: shown }) => `${name} ${shown}`),
    ['made 6', 'first {static made = 6, static first = {…}, own = 3}', 'own 3'],
  );
  for (const [expression, expected] of [
    ['counted.made', '6'],
    ['counted.Counted::made', '6'],
    ['(&counted)->first.first.own', '3'],
    ['&counted.made == &Counted::made', 'true'],
  ])
    assert.equal(evaluateExpression(expression, frame).value, expected, expression);
  assert.equal(assignExpression('counted.made', '7', frame).value, '7');
  assert.equal(evaluateExpression('Counted::made', frame).value, '7');
  assert.throws(() => evaluateExpression('counted.never', frame), { message: "'CountedMore::never' is optimized out here." });
  assert.throws(() => evaluateExpression('counted.mad', frame), { message: "No member 'mad' in CountedMore; did you mean 'made'?" });
  assert.throws(() => evaluateExpression('offsetof(CountedMore, made)', frame), {
    message: "'made' is static and has no offset.",
  });
});

test('a virtual base is where the virtual table says', async () => {
  const frame = await frameIn(elf, 'Diamond::all');
  const references = createReferences();
  const { variablesReference } = evaluateExpression('*(Right *)this', frame, { references });
  const [root, , right] = variablesOf(references, variablesReference);
  assert.deepEqual([root.name, root.value, right.name, right.value], ['Root', '{root = 77}', 'right', '6']);
  const [member] = variablesOf(references, root.variablesReference);
  assert.equal(evaluateExpression(member.evaluateName ?? '', frame).value, '77');
  assert.match(
    evaluateExpression('*(Right *)this', frame).value,
    /^\{<Root> = \{root = 77\}, _vptr\$Right = .* <VTT for Diamond>, right = 6\}$/,
  );
  assert.throws(() => evaluateExpression('(Diamond *)(Root *)this', frame), {
    message: "'Root' is a virtual base of 'Diamond', which cannot be found from it.",
  });
  assert.throws(() => evaluateExpression('offsetof(Diamond, root)', frame), {
    message: "'root' is in a virtual base and has no offset of its own.",
  });
});

test('what is assigned to a member of a base, and by an enumerator of an enum class', async () => {
  const frame = await frameIn(elf, 'Derived::sum');
  assert.equal(assignExpression('derived.Base::shared', '7', frame).value, '7');
  assert.equal(evaluateExpression('derived.shared', frame).value, '5');
  assert.equal(assignExpression('mode', 'Off', frame).value, 'hw::uart::Mode::Off');
  assert.equal(assignExpression('mode', 'hw::uart::Mode::On', frame).value, 'hw::uart::Mode::On');
});

test('what can be typed in a method has the members of its object, and of its bases', async () => {
  const frame = await frameIn(elf, 'Derived::sum');
  const labels = (text: string) => completions(text, text.length, frame).map(({ label }) => label);
  assert.deepEqual(labels('bel'), ['below']);
  assert.deepEqual(labels('this->mix'), ['mixed']);
  assert.deepEqual(labels('ext'), ['extra']);
});

const afterScopes: readonly (readonly [text: string, labels: string])[] = [
  ['hw::', 'uart'],
  ['hw::uart::', 'count Port Mode Old OLD_A OLD_B Regs ticks tick'],
  ['::hw::uart::t', 'ticks tick'],
  ['uart::(anonymous namespace)::', 'ticks tick'],
  ['1 + Port :: o', 'opened'],
  ['hw::uart::Port::', 'opened most id state State Idle Busy config Config Port write'],
  ['mode == Mode::', 'Off On'],
  ['sizeof(Port::Config::', 'baud'],
  ['Ring<int, 4>::', 'items push'],
  ['Ring::', 'items push'],
  ['other::c', 'count'],
  ['::cou', 'Counted counted CountedMore'],
  ["'scopes.cc'::co", 'count counted'],
  ['counted.', 'own made first more most never'],
  ['counted.Counted::', 'own made first'],
  ['nothing::', ''],
  ['1 ? 2 : extr', 'extra'],
  ['1 ? 2 :extr', 'extra'],
  ['1 ? 2 :', ''],
  ['hw:', ''],
  ['1 ? 2 : hw::uart::t', 'ticks tick'],
];
test('behind :: there is what stands in that namespace, class, enum or file', async () => {
  const frame = await frameIn(elf, 'Derived::sum');
  for (const [text, expected] of afterScopes) {
    const found = completions(text, text.length, frame);
    assert.equal(found.map(({ label }) => label).join(' '), expected, text);
    for (const { start, length } of found) assert.equal(text.slice(start), text.slice(start, start + length));
  }
  const c = await firstFrame(path.join(import.meta.dirname, '../guests/first-event.elf'));
  for (const text of ['::event', "'first-event.c'::"])
    assert.deepEqual(
      completions(text, text.length, c).map(({ label }) => label),
      ['event_log'],
      text,
    );
});

test('what is not there is said with the scope that was asked', async () => {
  const frame = await frameIn(elf, 'Derived::sum');
  for (const [expression, message] of [
    ['hw::nothing', "No function, class or namespace 'hw' has a 'nothing'."],
    ['::shared', "No global 'shared'."],
    ['derived.Ring::items', "No member 'Ring::items' in Derived."],
    ['Derived', "'Derived' is a type; a value is needed."],
  ])
    assert.throws(() => evaluateExpression(expression, frame), { message }, expression);
});
