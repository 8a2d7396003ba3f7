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
  [0xa7, 'i32.wrap_i64'],
  [0xac, 'i64.extend_i32_s'],
  [0xad, 'i64.extend_i32_u'],
  ...numbered(0xc0, 'i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s'),
];

const byName = new Map<string, number>([
  ...Object.entries(plain).map(([code, name]): [string, number] => [name, Number(code)]),
  ...numeric.map(([code, name]): [string, number] => [name, code]),
]);

/** @throws Error for a name that is not a WebAssembly instruction known here. */
export function opcode(name: string): number {
  const code = byName.get(name);
  if (code === undefined) throw new Error(`no WebAssembly instruction is called "${name}"`);
  return code;
}

/** Natural alignment (log2) of a load or store, for its memarg; `undefined` for other instructions. */
export function accessAlignment(name: string): number | undefined {
  const match = /^[if](32|64)\.(?:load|store)(8|16|32)?/.exec(name);
  if (!match) return undefined;
  return Math.log2(Number(match[2] ?? match[1]) / 8);
}

export const opcodeNames: readonly string[] = [...byName.keys()];
