import { type Decoded, destination, instruction, orSp, source } from '../instruction.ts';
import { signExtend } from '../shared-pseudocode.ts';

type Mode = 'offset' | 'pre-indexed' | 'post-indexed' | 'non-temporal';
/** By bits 24:23. */
const modes: readonly Mode[] = ['non-temporal', 'post-indexed', 'offset', 'pre-indexed'];
type PairForm = { load: boolean; size: 2 | 3; signed: boolean; mode: Mode; sp: boolean };

function decodePair(opc: number, mode: Mode, L: number, imm7: number, Rt2: number, Rn: number, Rt: number): Decoded<PairForm> {
  const size = opc === 2 ? 3 : 2;
  const register = L ? destination : source;
  const form = { load: L === 1, size, signed: opc === 1, mode, sp: Rn === 31 } as const;
  return { form, d: register(Rt), a: register(Rt2), n: orSp(Rn), imm: BigInt(signExtend(imm7, 7) * (1 << size)) };
}

/**
 * LDP, LDPSW, STP.
 * CONSTRAINED UNPREDICTABLE: where Rt = Rt2 a load leaves the first element; where the written-back base is Rt or Rt2, a store
 * stores the old base and a load leaves the updated base.
 */
export const loadStorePair = instruction({
  name: 'Load/store register pair',
  encoding: 'opc:2 101 0 0 mode:2 L:1 imm7:7 Rt2:5 Rn:5 Rt:5',
  samples: { imm7: [0], Rt2: [0], Rt: [0] },
  decode({ opc, mode, L, imm7, Rt2, Rn, Rt }): Decoded<PairForm> | undefined {
    // opc 01 without L is STGP.
    if (opc === 3 || (opc === 1 && !L) || mode === 0) return undefined;
    return decodePair(opc, modes[mode], L, imm7, Rt2, Rn, Rt);
  },
  rare: ({ size, signed, mode }) => signed || (size === 2 && mode !== 'offset'),
  execute(b, { load, size, signed, mode, sp }) {
    const base = b.let(b.base('n', sp));
    const updated = b.let(b.add(base, b.imm()));
    const address = mode === 'post-indexed' ? base : updated;
    if (load) {
      const [first, second] = b.loadPair(size, signed, address);
      b.setX('a', second);
      b.setX('d', first);
    } else {
      b.storePair(size, address, b.x('d'), b.x('a'));
    }
    if (mode !== 'offset') b.setX('n', updated);
  },
});

/** LDNP, STNP. The same choice where Rt = Rt2. */
export const loadStoreNoAllocatePair = instruction({
  name: 'Load/store no-allocate pair (offset)',
  encoding: 'opc:2 101 0 000 L:1 imm7:7 Rt2:5 Rn:5 Rt:5',
  within: 'Load/store register pair',
  rare: true,
  samples: { imm7: [0], Rt2: [0], Rt: [0] },
  decode({ opc, L, imm7, Rt2, Rn, Rt }): Decoded<PairForm> | undefined {
    if (opc === 3 || opc === 1) return undefined;
    return decodePair(opc, 'non-temporal', L, imm7, Rt2, Rn, Rt);
  },
  execute(b, { load, size, sp }) {
    const address = b.let(b.add(b.base('n', sp), b.imm()));
    if (!load) return b.storePair(size, address, b.x('d'), b.x('a'));
    const [first, second] = b.loadPair(size, false, address);
    b.setX('a', second);
    b.setX('d', first);
  },
});
