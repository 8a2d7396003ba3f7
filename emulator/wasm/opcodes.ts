/** WebAssembly instructions by name (WebAssembly 2.0, "Binary Format / Instructions"). Vector instructions follow the prefix 0xFD. */
const plain: Readonly<Record<number, string>> = {
  0x00: 'unreachable',
  0x01: 'nop',
  0x02: 'block',
  0x03: 'loop',
  0x04: 'if',
  0x05: 'else',
  0x0b: 'end',
  0x0c: 'br',
  0x0d: 'br_if',
  0x0e: 'br_table',
  0x0f: 'return',
  0x10: 'call',
  0x11: 'call_indirect',
  0x1a: 'drop',
  0x1b: 'select',
  0x20: 'local.get',
  0x21: 'local.set',
  0x22: 'local.tee',
  0x23: 'global.get',
  0x24: 'global.set',
  0x41: 'i32.const',
  0x42: 'i64.const',
};

const numbered = (first: number, names: string): [number, string][] => names.split(' ').map((name, index) => [first + index, name]);

const numeric: [number, string][] = [
  ...numbered(
    0x28,
    'i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32',
  ),
  ...numbered(
    0x45,
    'i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u',
  ),
  ...numbered(
    0x67,
    'i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr',
  ),
  ...numbered(0x5b, 'f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge'),
  ...numbered(
    0x8b,
    'f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign',
  ),
  [0xa7, 'i32.wrap_i64'],
  ...numbered(
    0xb2,
    'f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32 i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64',
  ),
  [0xac, 'i64.extend_i32_s'],
  [0xad, 'i64.extend_i32_u'],
  ...numbered(0xc0, 'i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s'),
];

/** After 0xFC. */
const SATURATING = 0x100;
/** After 0xFD. */
const VECTOR = 0x200;
const vectors: [number, string][] = (
  [
    ...numbered(0x00, 'v128.load'),
    ...numbered(
      0x0b,
      'v128.store v128.const i8x16.shuffle i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat',
    ),
    ...numbered(
      0x15,
      'i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane i16x8.extract_lane_s i16x8.extract_lane_u i16x8.replace_lane i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane',
    ),
    ...numbered(0x23, 'i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u'),
    ...numbered(0x2d, 'i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u'),
    ...numbered(0x37, 'i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u'),
    ...numbered(0x41, 'f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge'),
    ...numbered(0x4d, 'v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true'),
    ...numbered(0x5c, 'v128.load32_zero v128.load64_zero'),
    ...numbered(0x5e, 'f32x4.demote_f64x2_zero f64x2.promote_low_f32x4'),
    ...numbered(0x60, 'i8x16.abs i8x16.neg i8x16.popcnt i8x16.all_true i8x16.bitmask i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u'),
    ...numbered(
      0x6b,
      'i8x16.shl i8x16.shr_s i8x16.shr_u i8x16.add i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u',
    ),
    ...numbered(0x76, 'i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u'),
    [0x7b, 'i8x16.avgr_u'],
    ...numbered(
      0x7c,
      'i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u',
    ),
    ...numbered(0x80, 'i16x8.abs i16x8.neg i16x8.q15mulr_sat_s i16x8.all_true i16x8.bitmask i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u'),
    ...numbered(0x87, 'i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u'),
    ...numbered(
      0x8b,
      'i16x8.shl i16x8.shr_s i16x8.shr_u i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u',
    ),
    ...numbered(0x95, 'i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u'),
    [0x9b, 'i16x8.avgr_u'],
    ...numbered(0x9c, 'i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u'),
    ...numbered(0xa0, 'i32x4.abs i32x4.neg'),
    ...numbered(0xa3, 'i32x4.all_true i32x4.bitmask'),
    ...numbered(0xa7, 'i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u'),
    ...numbered(0xab, 'i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add'),
    [0xb1, 'i32x4.sub'],
    ...numbered(0xb5, 'i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i32x4.dot_i16x8_s'),
    ...numbered(0xbc, 'i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u'),
    ...numbered(0xc0, 'i64x2.abs i64x2.neg'),
    ...numbered(0xc3, 'i64x2.all_true i64x2.bitmask'),
    ...numbered(0xc7, 'i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u'),
    ...numbered(0xcb, 'i64x2.shl i64x2.shr_s i64x2.shr_u i64x2.add'),
    [0xd1, 'i64x2.sub'],
    ...numbered(0xd5, 'i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s'),
    ...numbered(0xdc, 'i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u'),
    ...numbered(0xe0, 'f32x4.abs f32x4.neg'),
    ...numbered(0xe3, 'f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div'),
    ...numbered(0xec, 'f64x2.abs f64x2.neg'),
    ...numbered(0xef, 'f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div'),
    ...numbered(0x67, 'f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest'),
    ...numbered(0x74, 'f64x2.ceil f64x2.floor'),
    ...numbered(0x7a, 'f64x2.trunc'),
    ...numbered(0x94, 'f64x2.nearest'),
    ...numbered(0xe8, 'f32x4.min f32x4.max'),
    ...numbered(0xf4, 'f64x2.min f64x2.max'),
    ...numbered(0xf8, 'i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u'),
    ...numbered(0x105, 'f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd'),
  ] as [number, string][]
).map(([code, name]): [number, string] => [VECTOR + code, name]);
const saturating = numbered(
  SATURATING,
  'i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u',
);

const codes: ReadonlyMap<string, number> = new Map([
  ...Object.entries(plain).map(([code, name]): [string, number] => [name, Number(code)]),
  ...[...numeric, ...saturating, ...vectors].map(([code, name]): [string, number] => [name, code]),
]);

function naturalAlignment(name: string): number | undefined {
  if (name === 'v128.load64_zero') return 3;
  if (name === 'v128.load32_zero') return 2;
  if (name === 'v128.load' || name === 'v128.store') return 4;
  const match = /^[if](32|64)\.(?:load|store)(8|16|32)?/.exec(name);
  if (!match) return undefined;
  return Math.log2(Number(match[2] ?? match[1]) / 8);
}

/** What follows an instruction's opcode. `lane`: a lane number; `memory`: a memarg; `index`: of a local or global. */
export type ImmediateKind = 'none' | 'i32' | 'i64' | 'v128' | 'shuffle' | 'lane' | 'memory' | 'index';
function kindOf(name: string, alignment: number | undefined): ImmediateKind {
  if (name === 'i32.const') return 'i32';
  if (name === 'i64.const') return 'i64';
  if (name === 'v128.const') return 'v128';
  if (name === 'i8x16.shuffle') return 'shuffle';
  if (name === 'local.get' || name === 'global.get') return 'index';
  if (name.includes('_lane')) return 'lane';
  return alignment === undefined ? 'none' : 'memory';
}

/** How an instruction is encoded. */
export interface Operator {
  /** From 0x100 on: after the prefix 0xFC; from 0x200 on: after 0xFD. */
  readonly code: number;
  /** Of those that expressions are made of. */
  readonly immediate: ImmediateKind;
  /** Natural alignment (log2) of a load or store, for its memarg; `undefined` for other instructions. */
  readonly alignment: number | undefined;
}
export const operatorNames: readonly string[] = [...codes.keys()];

/** Those that were asked for: most are not. */
const operators = new Map<string, Operator>();

/** @throws Error for a name that is not a WebAssembly instruction known here. */
export function operator(name: string): Operator {
  const known = operators.get(name);
  if (known !== undefined) return known;
  const code = codes.get(name);
  if (code === undefined) throw new Error(`no WebAssembly instruction is called "${name}"`);
  const alignment = naturalAlignment(name);
  const found = { code, immediate: kindOf(name, alignment), alignment };
  operators.set(name, found);
  return found;
}
