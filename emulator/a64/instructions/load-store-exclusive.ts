import { type Decoded, destination, instruction, orSp, source } from '../instruction.ts';
import { type AccessSize, zeroExtendFrom } from '../shared-pseudocode.ts';

// Acquire and release change nothing here: a PE executes its instructions in order, one PE at a time.
// Fields that should be ones (Rs of a load, Rt2 of a single register) are ignored, except where an encoding fixes them.

/** LDXR, LDAXR, STXR, STLXR and sizes. CONSTRAINED UNPREDICTABLE where Rs is Rt or Rn: the old value is used, the status written. */
export const loadStoreExclusiveRegister = instruction({
  name: 'Load/store exclusive register',
  encoding: 'size:2 001000 0 L:1 0 Rs:5 o0:1 Rt2:5 Rn:5 Rt:5',
  rare: true,
  samples: { Rs: [0], Rt2: [0], Rt: [0] },
  decode({ size, L, Rs, Rn, Rt }): Decoded<{ load: boolean; size: AccessSize; sp: boolean }> {
    const form = { load: L === 1, size: size as AccessSize, sp: Rn === 31 };
    return L ? { form, d: destination(Rt), n: orSp(Rn) } : { form, d: destination(Rs), n: orSp(Rn), a: source(Rt) };
  },
  execute(b, { load, size, sp }) {
    const address = b.let(b.base('n', sp));
    if (load) b.setX('d', b.loadExclusive(size, false, address)[0]);
    else b.setW('d', b.storeExclusive(size, address, [b.x('a')]));
  },
});

/** LDXP, LDAXP, STXP, STLXP. CONSTRAINED UNPREDICTABLE: as above; where Rt = Rt2 a load leaves the second element. */
export const loadStoreExclusivePair = instruction({
  name: 'Load/store exclusive pair',
  encoding: '1 sz:1 001000 0 L:1 1 Rs:5 o0:1 Rt2:5 Rn:5 Rt:5',
  rare: true,
  samples: { Rs: [0], Rt2: [0], Rt: [0] },
  decode({ sz, L, Rs, Rt2, Rn, Rt }): Decoded<{ load: boolean; size: 2 | 3; sp: boolean }> {
    const form = { load: L === 1, size: sz ? 3 : 2, sp: Rn === 31 } as const;
    if (L) return { form, d: destination(Rt), n: orSp(Rn), a: destination(Rt2) };
    return { form, d: destination(Rs), n: orSp(Rn), a: source(Rt), m: source(Rt2) };
  },
  execute(b, { load, size, sp }) {
    const address = b.let(b.base('n', sp));
    if (!load) return b.setW('d', b.storeExclusive(size, address, [b.x('a'), b.x('m')]));
    const [first, second] = b.loadExclusive(size, true, address);
    b.setX('d', first);
    b.setX('a', second);
  },
});

/** LDAR, STLR and sizes. LDLAR and STLLR (o0 = 0) are UNDEFINED: FEAT_LOR is not implemented. */
export const loadStoreOrdered = instruction({
  name: 'Load/store ordered',
  encoding: 'size:2 001000 1 L:1 0 Rs:5 1 Rt2:5 Rn:5 Rt:5',
  samples: { Rs: [0], Rt2: [0], Rt: [0] },
  decode({ size, L, Rn, Rt }): Decoded<{ load: boolean; size: AccessSize; sp: boolean }> {
    const form = { load: L === 1, size: size as AccessSize, sp: Rn === 31 };
    return { form, d: L ? destination(Rt) : source(Rt), n: orSp(Rn) };
  },
  rare: ({ sp }) => sp,
  execute(b, { load, size, sp }) {
    const address = b.let(b.base('n', sp));
    if (load) b.setX('d', b.load(size, false, address, { aligned: true }));
    else b.store(size, address, b.x('d'), { aligned: true });
  },
});

/** CAS, CASA, CASL, CASAL and sizes. */
export const compareAndSwap = instruction({
  name: 'Compare and swap',
  encoding: 'size:2 001000 1 L:1 1 Rs:5 o0:1 11111 Rn:5 Rt:5',
  feature: 'FEAT_LSE',
  rare: true,
  samples: { Rs: [0], Rt: [0] },
  decode({ size, Rs, Rn, Rt }): Decoded<{ size: AccessSize; sp: boolean }> {
    return { form: { size: size as AccessSize, sp: Rn === 31 }, d: destination(Rs), m: source(Rs), n: orSp(Rn), a: source(Rt) };
  },
  execute(b, { size, sp }) {
    const address = b.let(b.base('n', sp));
    const expected = b.let(zeroExtendFrom(b, size, b.x('m')));
    const replacement = b.let(b.x('a'));
    b.setX(
      'd',
      b.atomic(size, address, (old) => b.select(b.eq(old, expected), replacement, old)),
    );
  },
});

/** CASP, CASPA, CASPL, CASPAL. Odd registers are UNDEFINED. `last`: the pair is X30 and XZR, which takes no result. */
export const compareAndSwapPair = instruction({
  name: 'Compare and swap pair',
  encoding: '0 sz:1 001000 0 L:1 1 Rs:5 o0:1 11111 Rn:5 Rt:5',
  feature: 'FEAT_LSE',
  rare: true,
  decode({ sz, Rs, Rn, Rt }): Decoded<{ size: 2 | 3; sp: boolean; last: boolean }> | undefined {
    if (Rs & 1 || Rt & 1) return undefined;
    return { form: { size: sz ? 3 : 2, sp: Rn === 31, last: Rs === 30 }, d: Rs, m: Rs, n: orSp(Rn), a: Rt };
  },
  execute(b, { size, sp, last }) {
    const address = b.let(b.base('n', sp));
    const element = (slot: 'm' | 'a', next: number) => b.let(zeroExtendFrom(b, size, b.x(slot, next)));
    const [first, second] = b.compareAndSwapPair(size, address, [element('m', 0), element('m', 1)], [element('a', 0), element('a', 1)]);
    b.setX('d', first);
    if (!last) b.setX('d', second, 1);
  },
});
