import type { Builder, Size } from '../../engine/builder.ts';
import type { I64, V128 } from '../../engine/expression.ts';
import { type Decoded, instruction, orSp, source, vector } from '../instruction.ts';
import { type Extend, extendReg, signExtend } from '../shared-pseudocode.ts';

/** log2 of the bytes that are transferred, and whether the base is the stack pointer. */
type Access = { load: boolean; size: Size; sp: boolean };

/** size and opc of "Load/store register (SIMD&FP)"; `undefined`: unallocated. */
function decodeAccess(size: number, opc: number, Rn: number): Access | undefined {
  if (opc & 2 && size !== 0) return undefined;
  return { load: (opc & 1) === 1, size: (opc & 2 ? 4 : size) as Size, sp: Rn === 31 };
}

/** What Rt becomes; `undefined` for a store. */
function transfer(b: Builder, { load, size }: Access, address: I64): I64 | V128 | undefined {
  if (size === 4) {
    if (load) return b.loadVector(16, 4, address);
    b.storeVector(16, 4, address, b.v('d'));
  } else {
    if (load) return b.load(size, false, address);
    b.store(size, address, b.vLow('d'));
  }
  return undefined;
}
function write(b: Builder, value: I64 | V128 | undefined): void {
  if (value?.type === 'v128') b.setV('d', value as V128);
  else if (value) b.setScalar('d', value);
}

export const loadStoreUnsignedImmediate = instruction({
  name: 'Load/store register (unsigned immediate, SIMD&FP)',
  encoding: 'size:2 111 1 01 opc:2 imm12:12 Rn:5 Rt:5',
  rare: true,
  samples: { imm12: [0] },
  decode({ size, opc, imm12, Rn, Rt }): Decoded<Access> | undefined {
    const form = decodeAccess(size, opc, Rn);
    return form && { form, d: vector(Rt), n: orSp(Rn), imm: BigInt(imm12 * 2 ** form.size) };
  },
  execute(b, form) {
    b.checkFloatingPoint();
    write(b, transfer(b, form, b.add(b.base('n', form.sp), b.imm())));
  },
});

/** LDUR, STUR */
export const loadStoreUnscaledImmediate = instruction({
  name: 'Load/store register (unscaled immediate, SIMD&FP)',
  encoding: 'size:2 111 1 00 opc:2 0 imm9:9 00 Rn:5 Rt:5',
  rare: true,
  samples: { imm9: [0] },
  decode({ size, opc, imm9, Rn, Rt }): Decoded<Access> | undefined {
    const form = decodeAccess(size, opc, Rn);
    return form && { form, d: vector(Rt), n: orSp(Rn), imm: BigInt(signExtend(imm9, 9)) };
  },
  execute(b, form) {
    b.checkFloatingPoint();
    write(b, transfer(b, form, b.add(b.base('n', form.sp), b.imm())));
  },
});

/** Immediate post-indexed (index = 01) and pre-indexed (11). */
export const loadStoreWriteback = instruction({
  name: 'Load/store register (immediate post-indexed, pre-indexed, SIMD&FP)',
  encoding: 'size:2 111 1 00 opc:2 0 imm9:9 pre:1 1 Rn:5 Rt:5',
  rare: true,
  samples: { imm9: [0] },
  decode({ size, opc, imm9, pre, Rn, Rt }): Decoded<Access & { pre: boolean }> | undefined {
    const access = decodeAccess(size, opc, Rn);
    return access && { form: { ...access, pre: pre === 1 }, d: vector(Rt), n: orSp(Rn), imm: BigInt(signExtend(imm9, 9)) };
  },
  execute(b, form) {
    b.checkFloatingPoint();
    const base = b.let(b.base('n', form.sp));
    const updated = b.let(b.add(base, b.imm()));
    write(b, transfer(b, form, form.pre ? updated : base));
    b.setX('n', updated);
  },
});

export const loadStoreRegisterOffset = instruction({
  name: 'Load/store register (register offset, SIMD&FP)',
  encoding: 'size:2 111 1 00 opc:2 1 Rm:5 option:3 S:1 10 Rn:5 Rt:5',
  rare: true,
  samples: { Rm: [0], Rt: [0] },
  decode({ size, opc, Rm, option, S, Rn, Rt }): Decoded<Access & { extend: Extend; scaled: boolean }> | undefined {
    const access = decodeAccess(size, opc, Rn);
    if (!access || !(option & 2)) return undefined;
    const extend = option === 2 ? 'UXTW' : option === 6 ? 'SXTW' : 'UXTX';
    const form = { ...access, extend, scaled: S === 1 && access.size > 0 } as const;
    return { form, d: vector(Rt), n: orSp(Rn), m: source(Rm) };
  },
  execute(b, form) {
    b.checkFloatingPoint();
    const offset = b.shl(extendReg(b, 1, 'm', form.extend) as I64, b.i64(form.scaled ? form.size : 0));
    write(b, transfer(b, form, b.add(b.base('n', form.sp), offset)));
  },
});

export const loadLiteral = instruction({
  name: 'Load register (literal, SIMD&FP)',
  encoding: 'opc:2 011 1 00 imm19:19 Rt:5',
  rare: true,
  samples: { imm19: [0] },
  decode({ opc, imm19, Rt }): Decoded<{ size: Size }> | undefined {
    if (opc === 3) return undefined;
    return { form: { size: (2 + opc) as Size }, d: vector(Rt), imm: BigInt(signExtend(imm19, 19) * 4) };
  },
  execute(b, { size }) {
    b.checkFloatingPoint();
    write(b, transfer(b, { load: true, size, sp: false }, b.add(b.pc(), b.imm())));
  },
});

type Mode = 'offset' | 'pre-indexed' | 'post-indexed';
/** By bits 24:23; the first is LDNP, STNP. */
const modes: readonly Mode[] = ['offset', 'post-indexed', 'offset', 'pre-indexed'];
type PairForm = { load: boolean; size: 2 | 3 | 4; mode: Mode; sp: boolean };

/** LDP, STP, LDNP, STNP. CONSTRAINED UNPREDICTABLE: where Rt = Rt2 a load leaves the second element. */
export const loadStorePair = instruction({
  name: 'Load/store register pair (SIMD&FP)',
  encoding: 'opc:2 101 1 0 mode:2 L:1 imm7:7 Rt2:5 Rn:5 Rt:5',
  rare: true,
  samples: { imm7: [0], Rt2: [0], Rt: [0] },
  decode({ opc, mode, L, imm7, Rt2, Rn, Rt }): Decoded<PairForm> | undefined {
    if (opc === 3) return undefined;
    const form: PairForm = { load: L === 1, size: (2 + opc) as 2 | 3 | 4, mode: modes[mode], sp: Rn === 31 };
    return { form, d: vector(Rt), a: vector(Rt2), n: orSp(Rn), imm: BigInt(signExtend(imm7, 7) * (4 << opc)) };
  },
  execute(b, { load, size, mode, sp }) {
    b.checkFloatingPoint();
    const base = b.let(b.base('n', sp));
    const updated = b.let(b.add(base, b.imm()));
    const address = mode === 'post-indexed' ? base : updated;
    if (size === 4) {
      const high = b.let(b.add(address, b.i64(16)));
      if (load) {
        const [first, second] = [b.loadVector(16, 4, address), b.loadVector(16, 4, high)];
        b.setV('d', first);
        b.setV('a', second);
      } else {
        b.storeVector(16, 4, address, b.v('d'));
        b.storeVector(16, 4, high, b.v('a'));
      }
    } else if (load) {
      const [first, second] = b.loadPair(size, false, address);
      b.setScalar('d', first);
      b.setScalar('a', second);
    } else b.storePair(size, address, b.vLow('d'), b.vLow('a'));
    if (mode !== 'offset') b.setX('n', updated);
  },
});
