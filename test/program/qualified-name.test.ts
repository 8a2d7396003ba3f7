import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLinkageName } from '../../debug-adapter/program/linkage-name.ts';
import { isNamed, namePath } from '../../debug-adapter/program/qualified-name.ts';

const full = {
  write: 'hw::uart::Port::write(int)',
  text: 'hw::uart::Port::write(char const*) const',
  push: 'Ring<int, 4>::push(int)',
  nested: 'Map<std::pair<int, long>, Ring<int, 4> >::find(Ring<int, 4>&)',
  tick: 'hw::(anonymous namespace)::tick(int)',
  call: 'hw::Port::operator()(int)',
  less: 'operator<(hw::Port const&, hw::Port const&)',
  shift: 'hw::operator<<(hw::Port&, int)',
  convert: 'hw::Port::operator unsigned long() const',
  main: 'main',
  callback: 'each(int (*)(char const*, int), void*)',
  library: 'std::__1::sort(int*, int*)',
} as const;

const rows: readonly (readonly [wanted: string, ...means: (keyof typeof full)[]])[] = [
  ['write', 'write', 'text'],
  ['Port::write', 'write', 'text'],
  ['uart::Port::write', 'write', 'text'],
  ['hw::Port::write'],
  ['::write'],
  ['::hw::uart::Port::write', 'write', 'text'],
  ['::Port::write'],
  ['ort::write'],
  ['hw::uart::Port::write(int)', 'write'],
  ['write( int )', 'write'],
  ['write(const char *)', 'text'],
  ['write(char const *) const', 'text'],
  ['write(long)'],
  ['write()'],
  ['push', 'push'],
  ['Ring::push', 'push'],
  ['Ring<int,4>::push', 'push'],
  ['Ring<int, 4>::push(int)', 'push'],
  ['Ring<int, 5>::push'],
  ['Map::find', 'nested'],
  ['Map<std::pair<int,long>,Ring<int,4>>::find', 'nested'],
  ['hw::tick', 'tick'],
  ['tick', 'tick'],
  ['(anonymous namespace)::tick', 'tick'],
  ['::hw::tick', 'tick'],
  ['operator()', 'call'],
  ['hw::Port::operator()', 'call'],
  ['Port::operator()(int)', 'call'],
  ['operator<', 'less'],
  ['operator<<', 'shift'],
  ['hw::operator <<(hw::Port &, int)', 'shift'],
  ['Port::operator unsigned long', 'convert'],
  ['main', 'main'],
  ['::main', 'main'],
  ['each(int (*)(char const*, int), void *)', 'callback'],
  ['std::sort', 'library'],
  [''],
  ['::'],
];

for (const [wanted, ...means] of rows)
  test(`'${wanted}' means ${means.length === 0 ? 'nothing' : means.join(', ')}`, () => {
    const found = Object.entries(full).flatMap(([key, name]) => (isNamed(namePath(wanted), namePath(name)) ? [key] : []));
    assert.deepEqual(found, means);
  });

test('the type of a number in template arguments may be left out', () => {
  assert.equal(isNamed(namePath('Ring<4>'), namePath('Ring<4ul>')), true);
  assert.equal(isNamed(namePath('Ring<4>'), namePath('Ring<5ul>')), false);
});

const declared = new Map([
  ['_ZN2hw4PortC1Ei', 'hw::Port::Port(int)'],
  ['_ZN7Derived3mixEv', 'Derived::mix()'],
]);
for (const [linkage, source] of [
  ['main', 'main'],
  ['_ZN2hw4PortC1Ei', 'hw::Port::Port(int)'],
  ['_ZN9elsewhere1fEv', '_ZN9elsewhere1fEv'],
  ['_ZTV7Derived', 'vtable for Derived'],
  ['_ZTIN2hw4PortE', 'typeinfo for hw::Port'],
  // These as binutils' c++filt has them; of those with substitutions and expressions only the symbol is shown.
  ['_ZTV4RingIiLi4EE', 'vtable for Ring<int, 4>'],
  ['_ZTIN2ns4PairIPK3VecRiEE', 'typeinfo for ns::Pair<Vec const*, int&>'],
  ['_ZTIN12_GLOBAL__N_16HiddenE', 'typeinfo for (anonymous namespace)::Hidden'],
  ['_ZTI4RingIjLj4EE', 'typeinfo for Ring<unsigned int, 4u>'],
  ['_ZTI4RingIbLb1EE', 'typeinfo for Ring<bool, true>'],
  ['_ZTI4RingIaLin3EE', 'typeinfo for Ring<signed char, -3>'],
  ['_ZTI5TupleIJicEE', 'typeinfo for Tuple<int, char>'],
  ['_ZTISt9type_info', 'typeinfo for std::type_info'],
  ['_ZTI4RingIS_E', '_ZTI4RingIS_E'],
  ['_ZTV9Short', '_ZTV9Short'],
  ['_ZThn16_N7Derived3mixEv', 'non-virtual thunk to Derived::mix()'],
  ['_ZTv0_n24_N7Derived3mixEv', 'virtual thunk to Derived::mix()'],
])
  test(`${linkage} is shown as ${source}`, () =>
    assert.equal(
      readLinkageName(linkage, (name) => declared.get(name)),
      source,
    ));
