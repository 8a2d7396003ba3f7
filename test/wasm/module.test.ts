import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, FunctionBody, ModuleBuilder, type WasmType } from '../../emulator/wasm/module.ts';
import { operator, operatorNames } from '../../emulator/wasm/opcodes.ts';

/** Wraps the writer's bytes for a plain comparison. */
const written = (write: (writer: ByteWriter) => void): number[] => {
  const writer = new ByteWriter(1);
  write(writer);
  return [...writer.contents];
};

test('LEB128 as the specification encodes it', () => {
  const unsigned: [number, number[]][] = [
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [624485, [0xe5, 0x8e, 0x26]],
    [0xffff_ffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ];
  for (const [value, bytes] of unsigned)
    assert.deepEqual(
      written((writer) => writer.u32(value)),
      bytes,
      String(value),
    );
  const signed: [number, number[]][] = [
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [-0x8000_0000, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ];
  for (const [value, bytes] of signed) {
    assert.deepEqual(
      written((writer) => writer.s32(value)),
      bytes,
      String(value),
    );
    assert.deepEqual(
      written((writer) => writer.s64(BigInt(value))),
      bytes,
      `${value}n`,
    );
  }
  assert.deepEqual(
    written((writer) => writer.s32(0xffff_ffff)),
    [0x7f],
    'a word as an unsigned number',
  );
  for (const [value, bytes] of signed) {
    assert.deepEqual(
      written((writer) => writer.u8s32(0x41, value)),
      [0x41, ...bytes],
    );
  }
  assert.deepEqual(
    written((writer) => writer.u8u32(0x20, 300)),
    [0x20, 0xac, 0x02],
  );
  assert.deepEqual(
    written((writer) => writer.s64(-0x8000_0000_0000_0000n)),
    [...new Array<number>(9).fill(0x80), 0x7f],
  );
  assert.deepEqual(
    written((writer) => writer.s64(0x7fff_ffff_ffff_ffffn)),
    [...new Array<number>(9).fill(0xff), 0],
  );
});

test('every name has an opcode of its own', () => {
  assert.equal(new Set(operatorNames.map((name) => operator(name).code)).size, operatorNames.length);
  assert.throws(() => operator('i32.gt'), /no WebAssembly instruction is called "i32.gt"/);
});

/** What each operator computes, so that a wrong opcode behind a right name is found. Operands: 0x80000005 and 3 (and as 64 bits, with bit 63). */
const expected: Record<string, (a: bigint, b: bigint, bits: number) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div_u: (a, b, bits) => BigInt.asUintN(bits, a) / BigInt.asUintN(bits, b),
  div_s: (a, b, bits) => BigInt.asIntN(bits, a) / BigInt.asIntN(bits, b),
  rem_u: (a, b, bits) => BigInt.asUintN(bits, a) % BigInt.asUintN(bits, b),
  rem_s: (a, b, bits) => BigInt.asIntN(bits, a) % BigInt.asIntN(bits, b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr_u: (a, b, bits) => BigInt.asUintN(bits, a) >> b,
  shr_s: (a, b, bits) => BigInt.asIntN(bits, a) >> b,
  rotl: (a, b, bits) => (a << b) | (BigInt.asUintN(bits, a) >> (BigInt(bits) - b)),
  rotr: (a, b, bits) => (BigInt.asUintN(bits, a) >> b) | (a << (BigInt(bits) - b)),
  eq: (a, b) => BigInt(a === b),
  ne: (a, b) => BigInt(a !== b),
  lt_u: (a, b, bits) => BigInt(BigInt.asUintN(bits, a) < b),
  lt_s: (a, b, bits) => BigInt(BigInt.asIntN(bits, a) < b),
  gt_u: (a, b, bits) => BigInt(BigInt.asUintN(bits, a) > b),
  gt_s: (a, b, bits) => BigInt(BigInt.asIntN(bits, a) > b),
  le_u: (a, b, bits) => BigInt(BigInt.asUintN(bits, a) <= b),
  le_s: (a, b, bits) => BigInt(BigInt.asIntN(bits, a) <= b),
  ge_u: (a, b, bits) => BigInt(BigInt.asUintN(bits, a) >= b),
  ge_s: (a, b, bits) => BigInt(BigInt.asIntN(bits, a) >= b),
};
const COMPARISONS = /^(eq|ne|lt|gt|le|ge)/;

test('two-operand operators compute what they are called', () => {
  for (const bits of [32, 64]) {
    const type: WasmType = bits === 32 ? 'i32' : 'i64';
    const a = (1n << BigInt(bits - 1)) + 5n;
    const b = 3n;
    for (const [name, compute] of Object.entries(expected)) {
      const module = new ModuleBuilder(1, []);
      const body = new FunctionBody({ parameters: [type, type], results: [COMPARISONS.test(name) ? 'i32' : type] });
      body.opU32('local.get', 0);
      body.opU32('local.get', 1);
      body.op(`${type}.${name}`);
      module.export('f', module.add(body));
      const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), {
        env: { memory: new WebAssembly.Memory({ initial: 1 }) },
      });
      const f = instance.exports.f as (...values: (number | bigint)[]) => number | bigint;
      const result = bits === 32 ? f(Number(BigInt.asIntN(32, a)), Number(b)) : f(a, b);
      assert.equal(BigInt.asUintN(bits, BigInt(result)), BigInt.asUintN(bits, compute(a, b, bits)), `${type}.${name}`);
    }
  }
});

test('alignment hints are those of the access size', () => {
  assert.deepEqual(
    ['i32.load8_u', 'i64.load16_s', 'i64.store32', 'i64.load', 'i32.store', 'i32.add'].map((name) => operator(name).alignment),
    [0, 1, 2, 3, 2, undefined],
  );
});
