import { OFFSET, STATE } from '../cpu-state.ts';

/** More targets of one BLR than this are not followed. */
const MOST_TARGETS = 8;
const MOST_SITES = 1 << 12;
const LINK = OFFSET.X + 30 * 8;
/** BLR, whatever its register. */
const isBlr = (word: number): boolean => (word & 0xffff_fc1f) >>> 0 === 0xd63f_0000;

/**
 * Where BLR instructions lead, by their addresses. It is seen when the code there becomes hot: then X30 says who called it, most probably the
 * hot caller. All of this may be wrong or out of date: translated code compares the target.
 */
export class CallTargets {
  private readonly view: DataView;
  private readonly wordAt: (pc: bigint) => number | undefined;
  private readonly targets = new Map<bigint, bigint[]>();
  private readonly followed = new Set<bigint>();

  /** @param wordAt the word of an instruction that has been executed */
  constructor(view: DataView, wordAt: (pc: bigint) => number | undefined) {
    this.view = view;
    this.wordAt = wordAt;
  }
  /** Called when control has come to `pc` once more. @returns the BLR that called it; `undefined`: it was no such call, or it has too many targets */
  observe(pc: bigint): bigint | undefined {
    const site = this.view.getBigUint64(STATE + LINK, true) - 4n;
    if (site & 3n || !isBlr(this.wordAt(site) ?? 0)) return undefined;
    if (this.targets.size > MOST_SITES) {
      this.targets.clear();
      this.followed.clear();
    }
    const known = this.targets.get(site) ?? [];
    if (!known.includes(pc)) {
      if (known.length === MOST_TARGETS) return undefined;
      this.targets.set(site, [...known, pc]);
    }
    return site;
  }
  /** From now on {@link of} says what is known of a BLR. */
  follow(site: bigint): void {
    this.followed.add(site);
  }
  of(site: bigint): readonly bigint[] {
    return this.followed.has(site) ? (this.targets.get(site) ?? []) : [];
  }
}
