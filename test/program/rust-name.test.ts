// Linker's names of Rust, as c++filt of binutils 2.40 reads them, without the hashes of crates and the types of constants.
// So it is of all 1007 names of Debian's vmlinux 7.2.13, libcore 1.85 and a program of it, by which this was compared.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLinkageName } from '../../debug-adapter/program/linkage-name.ts';

const rows: readonly (readonly [name: string, meaning: string])[] = [
  // Since 2025, "Symbol Mangling" (v0).
  ['_RNvC1a4main', 'a::main'],
  ['_RNvMNtCsdJ13ReMSUMg_6kernel7debugfsNtB2_3Dir3new', '<kernel::debugfs::Dir>::new'],
  ['_RNvXNtCslNOQWMu6GfV_3lib2hwNtB2_4UartNtB2_3Dev2go', '<lib::hw::Uart as lib::hw::Dev>::go'],
  ['_RNvXsf_NtCsbZfwWpAStWS_4core3fmtbNtB5_5Debug3fmt', '<bool as core::fmt::Debug>::fmt'],
  ['_RINvMs2_NtCs43Nr4cOtVQw_4core3fmtNtB6_9Arguments6new_v1Kj2_KBS_ECslNOQWMu6GfV_3lib', '<core::fmt::Arguments>::new_v1::<2, 2>'],
  [
    '_RINvCslNOQWMu6GfV_3lib5totalINtNtNtNtCs43Nr4cOtVQw_4core4iter8adapters6copied6CopiedINtNtNtBz_5slice4iter4ItermEEEB2_',
    'lib::total::<core::iter::adapters::copied::Copied<core::slice::iter::Iter<u32>>>',
  ],
  ['_RNvYNtC1a3FooNtC1a3Bar3baz', '<a::Foo as a::Bar>::baz'],
  ['_RNCNvC1a4mains_0', 'a::main::{closure#1}'],
  ['_RNSNvC1a4main5thing', 'a::main::{shim:thing#0}'],
  ['_RINvC1a1fKb1_Klna_E', 'a::f::<true, -10>'],
  ['_RINvC1a1fAhj4_SmTEThEThtEPhOhQhReE', 'a::f::<[u8; 4], [u32], (), (u8,), (u8, u16), *const u8, *mut u8, &mut u8, &str>'],
  ['_RINvC1a1fFUKCmEmE', 'a::f::<unsafe extern "C" fn(u32) -> u32>'],
  ['_RINvC1a1fFG0_RL1_hRL0_tEuE', "a::f::<for<'a, 'b> fn(&'a u8, &'b u16)>"],
  ['_RINvC1a1fDG_INtC1b5TraitL0_Ep4Itemhp3KeytEL_E', "a::f::<dyn for<'a> b::Trait<'a, Item = u8, Key = u16>>"],
  ['_RINvC1a1fDNtC1b5TraitNtC1b4SendEL_E', 'a::f::<dyn b::Trait + b::Send>'],
  ['_RNvC1a4main.llvm.123', 'a::main'],
  // Before.
  ['_ZN42_$LT$str$u20$as$u20$core..fmt..Display$GT$3fmt17h146231b7187e487fE', '<str as core::fmt::Display>::fmt'],
  [
    '_ZN4core3fmt3num52_$LT$impl$u20$core..fmt..UpperHex$u20$for$u20$u8$GT$3fmt17h078a4e403b2471a5E',
    'core::fmt::num::<impl core::fmt::UpperHex for u8>::fmt',
  ],
  ['_ZN4core9panicking5panic17h0123456789abcdefE.llvm.42', 'core::panicking::panic'],
  ['_ZN3lib4main28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE', 'lib::main::{{closure}}'],
];
for (const [name, meaning] of rows)
  test(`${name} is ${meaning}`, () =>
    assert.equal(
      readLinkageName(name, () => undefined),
      meaning,
    ));

for (const name of [
  '_RNvC1a4mai',
  '_RNvC1a4mainX',
  '_RNvC1aB9_',
  '_RNvB_1f',
  '_RINvC1a1fRL0_hE',
  '_RC',
  '_R',
  `_R${'N'.repeat(10_000)}`,
  `_RINvC1a1f${'S'.repeat(10_000)}hE`,
  '_RNvC1a1fu8gdel_5qa',
  '_ZN4core3fmt17h0123456789abcdeE',
  '_ZN9core17h0123456789abcdefE',
  '_Rust_code',
])
  test(`${name.slice(0, 40)} stays as it is`, () =>
    assert.equal(
      readLinkageName(name, () => undefined),
      name,
    ));

test('what debug information tells is taken before', () =>
  assert.equal(
    readLinkageName('_RNvC1a4main', () => 'a::start'),
    'a::start',
  ));

test('a name that repeats itself without end is given up soon', () => {
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const base62 = (value: number): string => (value < 62 ? '' : base62(Math.floor(value / 62))) + digits[value % 62];
  // Each pair is of two pairs before it.
  const doubled = (times: number): string => {
    let name = 'INvC1a1fThhE';
    for (let begin = name.length - 4, count = 0; count < times; count++) {
      const pair = `B${base62(begin - 1)}_`;
      begin = name.length;
      name += `T${pair}${pair}E`;
    }
    return `_R${name}E`;
  };
  const pair = '(u8, u8)';
  assert.equal(
    readLinkageName(doubled(1), () => undefined),
    `a::f::<${pair}, (${pair}, ${pair})>`,
  );
  assert.equal(
    readLinkageName(doubled(60), () => undefined),
    doubled(60),
  );
});
