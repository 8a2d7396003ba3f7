import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE } from '../support/machine.ts';
import { NORMAL, newAddressSpace, translatedMachine, writeWords } from '../support/translated-machine.ts';
import { D, PageTables } from '../system/translation-oracle/page-tables.ts';
import { sys } from '../system/support.ts';

/** Entry points of the guest's program; each ends in a loop. */
const [LOAD, STORE, CALL, TLBI_VAE1, TLBI_VAAE1, TLBI_ASIDE1, TLBI_VMALLE1, SET_TTBR0] = Array.from(
  { length: 8 },
  (_, n) => CODE + BigInt(n * 16),
);
const SPIN = 0x1400_0000;
const DSB = 0xd503_3f9f;
const ISB = 0xd503_3fdf;
const program = [
  [0xf940_0001 /* ldr x1, [x0] */, SPIN, SPIN, SPIN],
  [0xf900_0402 /* str x2, [x0, #8] */, 0xf940_0001 /* ldr x1, [x0] */, SPIN, SPIN],
  [0xd63f_0000 /* blr x0 */, SPIN, SPIN, SPIN],
  ...[sys(0, 8, 7, 1, 0), sys(0, 8, 7, 3, 0), sys(0, 8, 7, 2, 0), sys(0, 8, 7, 0)].map((tlbi) => [tlbi, DSB, ISB, SPIN]),
  [0xd518_2000 /* msr ttbr0_el1, x0 */, ISB, SPIN, SPIN],
].flat();

const PAGES = 12;
/** The virtual pages lie in two 2 MB areas, which may be blocks instead. */
const AREAS = [0x1000_0000n, 0x2_0020_0000n];
const addressOf = (page: number): bigint => AREAS[page % 2] + BigInt(page >> 1) * 0x1000n;
const BLOCKS = [0x4040_0000n, 0x4060_0000n, 0x4080_0000n];
const FRAMES = BLOCKS.flatMap((block) => Array.from({ length: PAGES / 2 }, (_, n) => block + BigInt(n) * 0x1000n));
/** What is at the start of a frame: instructions that leave its number in X1, which are also its data. */
const contents = (frame: number): bigint => BigInt((0xd280_0001 | (frame << 5)) >>> 0) | (0xd65f_03c0n << 32n);

/** One mapping that a TLB may hold: `frame` of a page, made from a page or a block descriptor. */
interface Held {
  readonly page: number;
  readonly frame: number;
  readonly isBlock: boolean;
}

/** The architecture's TLB: holds what it likes of what was valid since it was last told to forget. */
class Model {
  /** What tables map now, by ASID and page. */
  readonly current = [new Map<number, Held>(), new Map<number, Held>()];
  private readonly old: [Set<Held>, Set<Held>] = [new Set(), new Set()];

  map(asid: number, page: number, held: Held | undefined): void {
    const before = this.current[asid].get(page);
    if (before) this.old[asid].add(before);
    if (held) this.current[asid].set(page, held);
    else this.current[asid].delete(page);
  }
  forget(asids: readonly number[], page?: number): void {
    for (const asid of asids) {
      for (const held of this.old[asid]) {
        const isMeant = page === undefined || held.page === page || (held.isBlock && held.page % 2 === page % 2);
        if (isMeant) this.old[asid].delete(held);
      }
    }
  }
  /** Frames that an access may reach; `undefined` among them: it may fault. */
  allowed(asid: number, page: number): (number | undefined)[] {
    return [this.current[asid].get(page)?.frame, ...[...this.old[asid]].filter((held) => held.page === page).map(({ frame }) => frame)];
  }
}

function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function run(seed: number, steps: number, hotThreshold: number): string[] {
  const random = randomNumbers(seed);
  const tables = new PageTables(0x4020_0000n);
  const spaces = [newAddressSpace(tables), newAddressSpace(tables)];
  // Tables for both areas are there from the start.
  for (const space of spaces) for (const area of AREAS) tables.set(space, area, 3, 0n);
  const emulator = translatedMachine(program, tables, spaces[0], { hotThreshold });
  writeWords(emulator, new Map(FRAMES.map((address, frame) => [address, contents(frame)])));
  const model = new Model();
  let asid = 0;
  const execute = (entry: bigint, x0: bigint): bigint => {
    emulator.writeRegister(0, 'x0', x0);
    emulator.writeRegister(0, 'x1', 0x77n);
    emulator.writeRegister(0, 'pc', entry);
    emulator.run(random(2) ? 12 : 400);
    return emulator.readRegister(0, 'x1') as bigint;
  };
  const setDescriptor = (space: number, address: bigint, level: number, descriptor: bigint): void => {
    const before = new Map(tables.words);
    tables.set(spaces[space], address, level, descriptor);
    writeWords(emulator, new Map([...tables.words].filter(([at, word]) => before.get(at) !== word)));
  };
  const invalidate = (page: number): void => {
    const va = (addressOf(page) >> 12n) & 0xfff_ffff_ffffn;
    switch (random(4)) {
      case 0: {
        const which = random(2);
        execute(TLBI_VAE1, va | (BigInt(which) << 48n));
        return model.forget([which], page);
      }
      case 1:
        execute(TLBI_VAAE1, va);
        return model.forget([0, 1], page);
      case 2: {
        const which = random(2);
        execute(TLBI_ASIDE1, BigInt(which) << 48n);
        return model.forget([which]);
      }
      default:
        execute(TLBI_VMALLE1, 0n);
        return model.forget([0, 1]);
    }
  };

  const log: string[] = [];
  for (let step = 0; step < steps; step++) {
    const page = random(PAGES);
    switch (random(8)) {
      case 0: {
        const which = random(2);
        const frame = random(FRAMES.length);
        const isValid = random(3) > 0;
        const descriptor = isValid ? FRAMES[frame] | NORMAL | D.NON_GLOBAL | D.PAGE : 0n;
        const area = AREAS[page % 2];
        // A block there has to go first, as a whole (break before make).
        if ([...model.current[which].values()].some((held) => held.isBlock && held.page % 2 === page % 2)) {
          setDescriptor(which, area, 2, 0n);
          for (let other = page % 2; other < PAGES; other += 2) model.map(which, other, undefined);
          execute(TLBI_VAAE1, (area >> 12n) & 0xfff_ffff_ffffn);
          model.forget([0, 1], page % 2);
          for (let other = page % 2; other < PAGES; other += 2) if (other !== page) setDescriptor(which, addressOf(other), 3, 0n);
        }
        setDescriptor(which, addressOf(page), 3, descriptor);
        model.map(which, page, isValid ? { page, frame, isBlock: false } : undefined);
        break;
      }
      case 1: {
        const which = random(2);
        const block = random(BLOCKS.length);
        setDescriptor(which, AREAS[page % 2], 2, BLOCKS[block] | NORMAL | D.NON_GLOBAL | D.BLOCK);
        for (let other = page % 2; other < PAGES; other += 2) {
          model.map(which, other, { page: other, frame: block * (PAGES / 2) + (other >> 1), isBlock: true });
        }
        break;
      }
      case 2:
        invalidate(page);
        break;
      case 3:
        asid = random(2);
        execute(SET_TTBR0, spaces[asid].root | (BigInt(asid) << 48n));
        break;
      default: {
        const how = [LOAD, STORE, CALL][random(3)];
        const x1 = execute(how, addressOf(page));
        const allowed = model.allowed(asid, page).map((frame) => {
          if (frame === undefined) return 0xffff_ffff_ffff_ffffn;
          return how === CALL ? BigInt(frame) : contents(frame);
        });
        assert.ok(
          allowed.includes(x1),
          `step ${step} of seed ${seed}: page ${page} gave ${x1.toString(16)}, not one of ${allowed.map((value) => value.toString(16)).join(', ')}`,
        );
        log.push(x1.toString(16));
      }
    }
  }
  return log;
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`translations are forgotten when the guest says so: seed ${seed}`, () => {
    const log = run(seed, 600, 2);
    assert.ok(new Set(log).size > PAGES, 'the accesses reach many frames');
    assert.deepEqual(run(seed, 600, 0), log, 'translated code sees the same');
  });
}
