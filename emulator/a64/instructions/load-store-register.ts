import type { AccessKind, Builder } from '../../engine/builder.ts';
import type { I64 } from '../../engine/expression.ts';
import { type Decoded, destination, instruction, orSp, source } from '../instruction.ts';
import { type AccessSize, type Extend, extendReg, signExtend } from '../shared-pseudocode.ts';

/**
 * What size and opc of "Load/store register" mean. Slot `d` is Rt, source of a store and destination of a load.
 * `load signed` extends to 64 bits, `load signed to W` to 32.
 */
type Access = 'store' | 'load' | 'load signed' | 'load signed to W' | 'prefetch';
const accesses: readonly Access[] = ['store', 'load', 'load signed', 'load signed to W'];
/** `sp`: the base is the stack pointer, whose alignment is checked. */
type RegisterForm = { access: Access; size: AccessSize; sp: boolean };

const PREFETCH = { access: 'prefetch', size: 3, sp: false } as const;

/** `undefined`: unallocated. */
function decodeAccess(size: number, opc: number, Rn: number): RegisterForm | undefined {
  if (size === 3 && opc >= 2) return opc === 2 ? PREFETCH : undefined;
  if (size === 2 && opc === 3) return undefined;
  return { access: accesses[opc], size: size as AccessSize, sp: Rn === 31 };
}

const isSigned = ({ access }: RegisterForm): boolean => access.startsWith('load signed');

/** A prefetch has no effect: PLD, PLI and PST are hints. */
const withoutPrefetch = (form: RegisterForm | undefined): RegisterForm | undefined => (form === PREFETCH ? undefined : form);

const transferRegister = ({ access }: RegisterForm, Rt: number): number => (access === 'store' ? source(Rt) : destination(Rt));

/** @returns what Rt becomes, `undefined` for a store. */
function transfer(b: Builder, { access, size }: RegisterForm, address: I64, kind?: AccessKind): I64 | undefined {
  if (access === 'store') {
    b.store(size, address, b.x('d'), kind);
    return undefined;
  }
  const value = b.load(size, access !== 'load', address, kind);
  return access === 'load signed to W' ? b.zeroExtendLow(32, value) : value;
}

function loadOrStoreAt(b: Builder, form: RegisterForm, offset: () => I64, kind?: AccessKind): void {
  if (form.access === 'prefetch') return;
  const value = transfer(b, form, b.add(b.base('n', form.sp), offset()), kind);
  if (value) b.setX('d', value);
}

export const loadStoreUnsignedImmediate = instruction({
  name: 'Load/store register (unsigned immediate)',
  encoding: 'size:2 111 0 01 opc:2 imm12:12 Rn:5 Rt:5',
  samples: { imm12: [0] },
  decode({ size, opc, imm12, Rn, Rt }): Decoded<RegisterForm> | undefined {
    const form = decodeAccess(size, opc, Rn);
    return form && { form, d: transferRegister(form, Rt), n: orSp(Rn), imm: BigInt(imm12 << size) };
  },
  rare: (form) => isSigned(form) && form.sp,
  execute(b, form) {
    loadOrStoreAt(b, form, () => b.imm());
  },
});

/** LDUR, STUR, PRFUM … */
export const loadStoreUnscaledImmediate = instruction({
  name: 'Load/store register (unscaled immediate)',
  encoding: 'size:2 111 0 00 opc:2 0 imm9:9 00 Rn:5 Rt:5',
  samples: { imm9: [0] },
  decode({ size, opc, imm9, Rn, Rt }): Decoded<RegisterForm> | undefined {
    const form = decodeAccess(size, opc, Rn);
    return form && { form, d: transferRegister(form, Rt), n: orSp(Rn), imm: BigInt(signExtend(imm9, 9)) };
  },
  rare: (form) => isSigned(form) || form.sp,
  execute(b, form) {
    loadOrStoreAt(b, form, () => b.imm());
  },
});

/** LDTR, STTR … */
export const loadStoreUnprivileged = instruction({
  name: 'Load/store register (unprivileged)',
  encoding: 'size:2 111 0 00 opc:2 0 imm9:9 10 Rn:5 Rt:5',
  rare: true,
  samples: { imm9: [0] },
  decode({ size, opc, imm9, Rn, Rt }): Decoded<RegisterForm> | undefined {
    const form = withoutPrefetch(decodeAccess(size, opc, Rn));
    return form && { form, d: transferRegister(form, Rt), n: orSp(Rn), imm: BigInt(signExtend(imm9, 9)) };
  },
  execute(b, form) {
    loadOrStoreAt(b, form, () => b.imm(), { unprivileged: true });
  },
});

/**
 * Immediate post-indexed (index = 01) and pre-indexed (11).
 * CONSTRAINED UNPREDICTABLE where Rn = Rt: a store stores the old base, a load leaves the updated base.
 */
export const loadStoreWriteback = instruction({
  name: 'Load/store register (immediate post-indexed, pre-indexed)',
  encoding: 'size:2 111 0 00 opc:2 0 imm9:9 pre:1 1 Rn:5 Rt:5',
  samples: { imm9: [0] },
  decode({ size, opc, imm9, pre, Rn, Rt }): Decoded<RegisterForm & { pre: boolean }> | undefined {
    const access = withoutPrefetch(decodeAccess(size, opc, Rn));
    if (!access) return undefined;
    return { form: { ...access, pre: pre === 1 }, d: transferRegister(access, Rt), n: orSp(Rn), imm: BigInt(signExtend(imm9, 9)) };
  },
  rare: (form) => isSigned(form) || (form.sp && form.size < 3),
  execute(b, form) {
    const base = b.let(b.base('n', form.sp));
    const updated = b.let(b.add(base, b.imm()));
    const value = transfer(b, form, form.pre ? updated : base);
    if (value) b.setX('d', value);
    b.setX('n', updated);
  },
});

export const loadStoreRegisterOffset = instruction({
  name: 'Load/store register (register offset)',
  encoding: 'size:2 111 0 00 opc:2 1 Rm:5 option:3 S:1 10 Rn:5 Rt:5',
  samples: { Rm: [0], Rt: [0] },
  decode({ size, opc, Rm, option, S, Rn, Rt }): Decoded<RegisterForm & { extend: Extend; scaled: boolean }> | undefined {
    const access = decodeAccess(size, opc, Rn);
    if (!access || !(option & 2)) return undefined;
    if (access === PREFETCH) return { form: { ...access, extend: 'UXTX', scaled: false } };
    const extend = option === 2 ? 'UXTW' : option === 6 ? 'SXTW' : 'UXTX';
    const form = { ...access, extend, scaled: S === 1 && size > 0 } as const;
    return { form, d: transferRegister(access, Rt), n: orSp(Rn), m: source(Rm) };
  },
  rare: (form) => isSigned(form) || form.sp || (form.extend !== 'UXTX' && !form.scaled && form.size > 0),
  execute(b, form) {
    loadOrStoreAt(b, form, () => b.shl(extendReg(b, 1, 'm', form.extend) as I64, b.i64(form.scaled ? form.size : 0)));
  },
});

/** LDR, LDRSW, PRFM (literal) */
export const loadLiteral = instruction({
  name: 'Load register (literal)',
  encoding: 'opc:2 011 0 00 imm19:19 Rt:5',
  samples: { imm19: [0] },
  decode({ opc, imm19, Rt }): Decoded<{ operation: 'LDR' | 'LDRSW' | 'PRFM'; sf: number }> {
    const operation = (['LDR', 'LDR', 'LDRSW', 'PRFM'] as const)[opc];
    return { form: { operation, sf: opc === 1 ? 1 : 0 }, d: destination(Rt), imm: BigInt(signExtend(imm19, 19) * 4) };
  },
  execute(b, { operation, sf }) {
    if (operation !== 'PRFM') b.setX('d', b.load(sf ? 3 : 2, operation === 'LDRSW', b.add(b.pc(), b.imm())));
  },
});
