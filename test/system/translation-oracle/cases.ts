import { MODE, type Mode, sys } from '../support.ts';
import { type AddressSpace, D, PageTables } from './page-tables.ts';

/** One instruction with X0 and X1, under translation registers (absent: the values below). */
export interface TranslationCase {
  readonly name: string;
  readonly pstate: bigint;
  readonly word: number;
  readonly x0: bigint;
  readonly registers: Partial<Record<keyof typeof DEFAULTS, bigint>>;
}

const bit = (n: number): bigint => 1n << BigInt(n);
const RW = bit(31);
const TGE = bit(27);
const E2H = bit(34);
const VM = 1n;
const HOST = RW | TGE | E2H;
const SCTLR_EL1 = 0x30d5_0998n | bit(26) | bit(14) | bit(2);
const SCTLR_EL2 = 0x30c5_0830n;
const MMU = 1n;
const HOST_SCTLR = 0x30d5_0998n | bit(26) | bit(14) | bit(2) | MMU;

/** In the order of the harness's table. */
export const DEFAULTS = {
  HCR_EL2: RW,
  SCTLR_EL1,
  TCR_EL1: 0n,
  TTBR0_EL1: 0n,
  TTBR1_EL1: 0n,
  VTCR_EL2: 0x8000_0000n,
  VTTBR_EL2: 0n,
  SCTLR_EL2,
  TCR_EL2: 0x8080_0000n,
  TTBR0_EL2: 0n,
  TTBR1_EL2: 0n,
};

const HARNESS = 0x4008_0000n;
const DATA = 0x4400_0000n;
const tables = new PageTables(0x4200_0000n);
const NORMAL = D.attr(0) | D.INNER_SHAREABLE | D.AF;

// --- stage 1 of 4 KB ------------------------------------------------------------------------------------------------------------------

/** An address space in which the harness is readable and executable at every exception level. */
function spaceWithHarness(granule: number, inputSize: number, startLevel: number, entries = 1n): AddressSpace {
  const space = { root: tables.allocate(granule, entries), granule, inputSize, startLevel };
  for (let page = HARNESS; page < HARNESS + 0x1_0000n; page += 1n << BigInt(granule)) {
    tables.set(space, page, 3, page | NORMAL | D.USER | D.READ_ONLY | D.PAGE);
  }
  return space;
}
const lower = spaceWithHarness(12, 48, 0);
const upper: AddressSpace = { root: tables.allocate(12), granule: 12, inputSize: 39, startLevel: 1 };
const BASE = 0x10_0000_0000n;
const UPPER = 0xffff_ff80_0000_0000n;

/** Pages by name: descriptor bits besides address and type, and those of their tables. Each is in a 2 MB area of its own. */
const attributes: Readonly<Record<string, readonly [leaf: bigint, table?: bigint]>> = {
  'EL1 read-write': [0n],
  'EL1 read-only': [D.READ_ONLY],
  'EL0 read-write': [D.USER],
  'EL0 read-only': [D.USER | D.READ_ONLY],
  'EL1 read-write, UXN and PXN': [D.UXN | D.PXN],
  'EL0 read-write, UXN': [D.USER | D.UXN],
  'EL0 read-only, PXN': [D.USER | D.READ_ONLY | D.PXN],
  'EL0 read-only, UXN': [D.USER | D.READ_ONLY | D.UXN],
  'EL1 read-only, UXN': [D.READ_ONLY | D.UXN],
  'APTable read-only': [D.USER, D.READ_ONLY_TABLE],
  'APTable no EL0': [D.USER, D.NO_USER_TABLE],
  UXNTable: [D.USER | D.READ_ONLY, D.UXN_TABLE],
  PXNTable: [D.USER | D.READ_ONLY, D.PXN_TABLE],
  'non-global, contiguous': [D.USER | D.NON_GLOBAL | D.CONTIGUOUS],
};
const pages: Record<string, bigint> = {};
let area = BASE;
for (const [name, [leaf, table = 0n]] of Object.entries(attributes)) {
  tables.set(lower, area, 3, DATA | NORMAL | leaf | D.PAGE, table);
  pages[name] = area;
  area += 0x20_0000n;
}

/** Addresses whose translation fails, by what is wrong. */
const broken: Record<string, bigint> = {};
const breakAt = (name: string, level: number, descriptor: bigint): void => {
  // Each in a range of its own that needs every level.
  const address = 0x1000_0000_0000n + BigInt(Object.keys(broken).length) * bit(39) + 0x12_3000n;
  tables.set(lower, address, level, descriptor);
  broken[name] = address;
};
for (const level of [0, 1, 2, 3]) breakAt(`nothing at level ${level}`, level, 0n);
breakAt('a block at level 0', 0, NORMAL | D.BLOCK);
breakAt('a reserved descriptor at level 3', 3, DATA | NORMAL | D.BLOCK);
for (const level of [1, 2, 3]) {
  const type = level === 3 ? D.PAGE : D.BLOCK;
  breakAt(`no access flag at level ${level}`, level, 0x4000_0000n | (NORMAL & ~D.AF) | type);
  breakAt(`too large an address at level ${level}`, level, bit(44) | NORMAL | type);
  breakAt(`EL1 read-only at level ${level}`, level, 0x4000_0000n | NORMAL | D.READ_ONLY | type);
  breakAt(`no access flag and read-only at level ${level}`, level, 0x4000_0000n | (NORMAL & ~D.AF) | D.READ_ONLY | type);
}
for (const level of [0, 1, 2]) {
  breakAt(`a table at too large an address at level ${level}`, level, bit(44) | D.PAGE);
  breakAt(`a table where nothing is at level ${level}`, level, 0x0f00_0000n | D.PAGE);
}
// Blocks that work, and attributes.
const blocks: Record<string, bigint> = { 'a 1 GB block': 0x20_0000_0000n, 'a 2 MB block': 0x20_8000_0000n };
tables.set(lower, 0x20_0000_0000n, 1, 0x4000_0000n | NORMAL | D.BLOCK);
tables.set(lower, 0x20_8000_0000n, 2, DATA | NORMAL | D.BLOCK);
const device: Record<string, bigint> = {};
for (const index of [1, 2, 3]) {
  const address = 0x21_0000_0000n + BigInt(index) * 0x1000n;
  tables.set(lower, address, 3, DATA | D.attr(index) | D.AF | D.PAGE);
  device[`MAIR attribute ${index}`] = address;
}

tables.set(upper, UPPER, 3, DATA | NORMAL | D.PAGE);
tables.set(upper, UPPER + 0x1000n, 3, DATA | NORMAL | D.USER | D.PAGE);

/** T0SZ 16, 4 KB; T1SZ 25, 4 KB; IPS 40 bits; 16-bit ASIDs. */
const TCR = 16n | (25n << 16n) | (2n << 30n) | (2n << 32n) | bit(36);
const EL1_ON = { SCTLR_EL1: SCTLR_EL1 | MMU, TCR_EL1: TCR, TTBR0_EL1: lower.root, TTBR1_EL1: upper.root };

// --- instructions ---------------------------------------------------------------------------------------------------------------------

const I = {
  'LDR X1, [X0]': 0xf940_0001,
  'STR X1, [X0]': 0xf900_0001,
  'LDTR X1, [X0]': 0xf840_0801,
  'STTR X1, [X0]': 0xf800_0801,
  'BR X0': 0xd61f_0000,
  'DC ZVA, X0': sys(3, 7, 4, 1, 0),
} as const;
const AT = {
  S1E1R: sys(0, 7, 8, 0, 0),
  S1E1W: sys(0, 7, 8, 1, 0),
  S1E0R: sys(0, 7, 8, 2, 0),
  S1E0W: sys(0, 7, 8, 3, 0),
  S1E2R: sys(4, 7, 8, 0, 0),
  S1E2W: sys(4, 7, 8, 1, 0),
  S12E1R: sys(4, 7, 8, 4, 0),
  S12E1W: sys(4, 7, 8, 5, 0),
  S12E0R: sys(4, 7, 8, 6, 0),
  S12E0W: sys(4, 7, 8, 7, 0),
} as const;
const PAN = bit(22);
const UAO = bit(23);

const make = (
  what: string,
  mode: Mode,
  word: number,
  x0: bigint,
  registers: TranslationCase['registers'],
  pstate = 0n,
  note = '',
): TranslationCase => ({
  name: `${what} at ${mode}${pstate & PAN ? ' with PAN' : ''}${pstate & UAO ? ' with UAO' : ''}${note}`,
  pstate: MODE[mode] | pstate,
  word,
  x0,
  registers,
});

const cases: TranslationCase[] = [];
const modes: readonly Mode[] = ['EL0t', 'EL1h'];
for (const [page, address] of Object.entries(pages)) {
  for (const mode of modes)
    for (const text of ['LDR X1, [X0]', 'STR X1, [X0]', 'BR X0'] as const)
      cases.push(make(`${text}: ${page}`, mode, I[text], address, EL1_ON));
  for (const pstate of [0n, PAN, UAO, PAN | UAO])
    for (const text of ['LDTR X1, [X0]', 'STTR X1, [X0]'] as const)
      cases.push(make(`${text}: ${page}`, 'EL1h', I[text], address, EL1_ON, pstate));
  for (const text of ['LDR X1, [X0]', 'STR X1, [X0]'] as const) cases.push(make(`${text}: ${page}`, 'EL1h', I[text], address, EL1_ON, PAN));
  for (const [name, word] of Object.entries(AT).slice(0, 4)) cases.push(make(`AT ${name}: ${page}`, 'EL1h', word, address, EL1_ON));
  cases.push(make(`AT S1E1R: ${page}`, 'EL1h', AT.S1E1R, address, EL1_ON, PAN));
  const wxn = { ...EL1_ON, SCTLR_EL1: EL1_ON.SCTLR_EL1 | bit(19) };
  for (const mode of modes) cases.push(make(`BR X0: ${page}`, mode, I['BR X0'], address, wxn, 0n, ' with WXN'));
}
for (const [what, address] of Object.entries(broken)) {
  for (const text of ['LDR X1, [X0]', 'STR X1, [X0]', 'BR X0'] as const)
    cases.push(make(`${text}: ${what}`, 'EL1h', I[text], address, EL1_ON));
  cases.push(make(`AT S1E1W: ${what}`, 'EL1h', AT.S1E1W, address, EL1_ON));
  cases.push(make(`LDR X1, [X0]: ${what}`, 'EL0t', I['LDR X1, [X0]'], address, EL1_ON));
}
for (const [what, address] of Object.entries({ ...blocks, ...device })) {
  cases.push(make(`LDR X1, [X0]: ${what}`, 'EL1h', I['LDR X1, [X0]'], address, EL1_ON));
  cases.push(make(`AT S1E1R: ${what}`, 'EL1h', AT.S1E1R, address + 0x34n, EL1_ON));
}
const edges: Readonly<Record<string, bigint>> = {
  'upper range': UPPER,
  'upper range, EL0 page': UPPER + 0x1000n,
  'upper range, nothing mapped': UPPER + 0x5000n,
  'below the upper range': UPPER - 8n,
  'the last address': 0xffff_ffff_ffff_fff8n,
  'above the lower range': 0x1_0000_0000_0000n,
  'lower range with a tag': 0x5a00_0010_0000_0000n,
  'upper range with a tag': 0xa5ff_ff80_0000_0000n,
  'bit 55 alone': 0x0080_0000_0000_0000n,
};
for (const [what, address] of Object.entries(edges)) {
  for (const [note, tcr] of [
    ['', TCR],
    [' with TBI0 and TBI1', TCR | bit(37) | bit(38)],
    [' with EPD0', TCR | bit(37) | bit(38) | bit(23)],
    [' with T1SZ 32', (TCR & ~(63n << 16n)) | (32n << 16n)],
    [' with 32-bit IPS', TCR & ~(7n << 32n)],
  ] as const) {
    cases.push(make(`LDR X1, [X0]: ${what}`, 'EL1h', I['LDR X1, [X0]'], address, { ...EL1_ON, TCR_EL1: tcr }, 0n, note));
    cases.push(make(`AT S1E0R: ${what}`, 'EL1h', AT.S1E0R, address, { ...EL1_ON, TCR_EL1: tcr }, 0n, note));
  }
}
cases.push(make('LDR X1, [X0]: TTBR1 too large', 'EL1h', I['LDR X1, [X0]'], UPPER, { ...EL1_ON, TTBR1_EL1: bit(44) | upper.root }));
cases.push(make('LDR X1, [X0]: TTBR1 where nothing is', 'EL1h', I['LDR X1, [X0]'], UPPER, { ...EL1_ON, TTBR1_EL1: 0x0f00_0000n }));
for (const page of ['EL1 read-write', 'EL1 read-only', 'EL0 read-only', 'EL0 read-write'])
  for (const mode of modes) cases.push(make(`DC ZVA, X0: ${page}`, mode, I['DC ZVA, X0'], pages[page] + 0x47n, EL1_ON));

// --- other granules -------------------------------------------------------------------------------------------------------------------

for (const [granule, tg0, sizes] of [
  [
    14,
    2n,
    [
      [47, 1],
      [36, 2],
    ],
  ],
  [
    16,
    1n,
    [
      [48, 1],
      [42, 2],
    ],
  ],
] as const) {
  for (const [inputSize, startLevel] of sizes) {
    const space = spaceWithHarness(granule, inputSize, startLevel);
    const registers = { ...EL1_ON, TTBR0_EL1: space.root, TCR_EL1: BigInt(64 - inputSize) | (tg0 << 14n) | bit(23) | (2n << 32n) };
    const size = 1n << BigInt(granule);
    const block = granule === 14 ? 0x200_0000n : 0x2000_0000n;
    tables.set(space, 0x8_0000_0000n, 3, DATA | NORMAL | D.PAGE);
    tables.set(space, 0x8_0000_0000n + size, 3, DATA | (NORMAL & ~D.AF) | D.PAGE);
    tables.set(space, 0x8_0000_0000n + 2n * size, 3, DATA | NORMAL | D.READ_ONLY | D.PAGE);
    tables.set(space, 0x9_0000_0000n, 2, 0x4000_0000n | NORMAL | D.BLOCK);
    tables.set(space, 0xa_0000_0000n, 2, 0x4000_0000n | NORMAL | D.READ_ONLY | D.BLOCK);
    if (startLevel === 1) tables.set(space, 0x1000_0000_0000n, 1, 0x4000_0000n | NORMAL | D.BLOCK);
    const at: Readonly<Record<string, bigint>> = {
      'a page': 0x8_0000_0000n,
      "a page's end": 0x8_0000_0000n + size - 8n,
      'no access flag': 0x8_0000_0000n + size,
      'a read-only page': 0x8_0000_0000n + 2n * size,
      'no page': 0x8_0000_0000n + 3n * size,
      'a block': 0x9_0000_0000n + ((block - 0x100_0000n) % 0x800_0000n),
      'a read-only block': 0xa_0000_0000n,
      'no block': 0xb_0000_0000n,
      'a block at level 1': 0x1000_0000_0000n,
    };
    for (const [what, address] of Object.entries(at)) {
      const note = `, ${granule === 14 ? 16 : 64} KB granule, ${inputSize} bits`;
      for (const text of ['LDR X1, [X0]', 'STR X1, [X0]'] as const)
        cases.push(make(`${text}: ${what}`, 'EL1h', I[text], address, registers, 0n, note));
      cases.push(make(`AT S1E1R: ${what}`, 'EL1h', AT.S1E1R, address, registers, 0n, note));
    }
  }
}

// --- EL2 and EL2&0 --------------------------------------------------------------------------------------------------------------------

const EL2_ON = { SCTLR_EL2: SCTLR_EL2 | MMU | bit(2), TCR_EL2: 0x8080_0000n | 16n | (2n << 16n), TTBR0_EL2: lower.root };
const HOST_ON = { HCR_EL2: HOST, SCTLR_EL2: HOST_SCTLR, TCR_EL2: TCR, TTBR0_EL2: lower.root, TTBR1_EL2: upper.root };
for (const [page, address] of Object.entries(pages)) {
  for (const text of ['LDR X1, [X0]', 'STR X1, [X0]', 'BR X0', 'LDTR X1, [X0]'] as const) {
    cases.push(make(`${text}: ${page}`, 'EL2h', I[text], address, EL2_ON));
    cases.push(make(`${text}: ${page}`, 'EL2h', I[text], address, HOST_ON, 0n, ' of a host'));
    if (text !== 'LDTR X1, [X0]') cases.push(make(`${text}: ${page}`, 'EL0t', I[text], address, HOST_ON, 0n, ' of a host'));
  }
  cases.push(make(`LDR X1, [X0]: ${page}`, 'EL2h', I['LDR X1, [X0]'], address, HOST_ON, PAN, ' of a host'));
  cases.push(make(`LDTR X1, [X0]: ${page}`, 'EL2h', I['LDTR X1, [X0]'], address, HOST_ON, PAN, ' of a host'));
  cases.push(make(`LDR X1, [X0]: ${page}`, 'EL2h', I['LDR X1, [X0]'], address, EL2_ON, PAN));
  for (const name of ['S1E2R', 'S1E2W', 'S1E1R', 'S1E0W'] as const) {
    cases.push(make(`AT ${name}: ${page}`, 'EL2h', AT[name], address, { ...EL2_ON, ...EL1_ON }));
    cases.push(make(`AT ${name}: ${page}`, 'EL2h', AT[name], address, HOST_ON, 0n, ' of a host'));
  }
}
for (const [what, address] of Object.entries({ 'upper range': UPPER, 'lower range with a tag': BASE | (0x5an << 56n) })) {
  for (const [note, registers] of [
    ['', EL2_ON],
    [' with TBI', { ...EL2_ON, TCR_EL2: EL2_ON.TCR_EL2 | bit(20) }],
    [' of a host', HOST_ON],
  ] as const) {
    cases.push(make(`LDR X1, [X0]: ${what}`, 'EL2h', I['LDR X1, [X0]'], address, registers, 0n, note));
  }
}

// --- stage 2 --------------------------------------------------------------------------------------------------------------------------

/** 40 bits from level 1: two concatenated tables. All RAM is mapped in 2 MB blocks, besides a few pages. */
const stage2: AddressSpace = { root: tables.allocate(12, 2n), granule: 12, inputSize: 40, startLevel: 1 };
const S2_NORMAL = D.s2Attr(15) | D.INNER_SHAREABLE | D.AF;
const S2_ALL = S2_NORMAL | D.S2_READ | D.S2_WRITE;
for (let block = 0x4000_0000n; block < 0x4800_0000n; block += 0x20_0000n)
  if (block !== 0x4460_0000n) tables.set(stage2, block, 2, block | S2_ALL | D.BLOCK);
tables.set(stage2, 0xc0_0000_0000n, 1, 0x4000_0000n | S2_ALL | D.BLOCK);
const PAGES2 = 0x4460_0000n;
const ofStage2: Readonly<Record<string, readonly [intermediate: bigint, descriptor?: bigint]>> = {
  'read-write': [PAGES2, DATA | S2_ALL | D.PAGE],
  'read-only': [PAGES2 + 0x1000n, DATA | S2_NORMAL | D.S2_READ | D.PAGE],
  'write-only': [PAGES2 + 0x2000n, DATA | S2_NORMAL | D.S2_WRITE | D.PAGE],
  'no access': [PAGES2 + 0x3000n, DATA | S2_NORMAL | D.PAGE],
  'execute-never': [PAGES2 + 0x4000n, DATA | S2_ALL | D.UXN | D.PAGE],
  'no access flag': [PAGES2 + 0x5000n, DATA | (S2_ALL & ~D.AF) | D.PAGE],
  'too large an address': [PAGES2 + 0x6000n, bit(44) | S2_ALL | D.PAGE],
  'nothing at level 3': [PAGES2 + 0x7000n],
  'nothing at level 2': [0x5000_0000n],
  'nothing at level 1': [0x1_0000_0000n],
  'a block at level 1': [0xc0_0400_0000n],
  'Device memory': [PAGES2 + 0x8000n, DATA | (S2_ALL & ~D.s2Attr(15)) | D.s2Attr(1) | D.PAGE],
  'non-cacheable': [PAGES2 + 0x9000n, DATA | (S2_ALL & ~D.s2Attr(15)) | D.s2Attr(5) | D.PAGE],
};
for (const [intermediate, descriptor] of Object.values(ofStage2)) if (descriptor) tables.set(stage2, intermediate, 3, descriptor);
const VTCR = 0x8000_0000n | 24n | (1n << 6n) | (2n << 16n);
const S2_ON = { HCR_EL2: RW | VM, VTCR_EL2: VTCR, VTTBR_EL2: stage2.root };

/** Stage 1 pages in front of them, and stage 1 tables that stage 2 refuses. */
const both = spaceWithHarness(12, 48, 0);
const inFront: Record<string, bigint> = {};
Object.entries(ofStage2).forEach(([name, [intermediate]], n) => {
  const address = BASE + BigInt(n) * 0x1000n;
  tables.set(both, address, 3, intermediate | NORMAL | D.USER | D.PAGE);
  inFront[name] = address;
});
tables.set(both, BASE + 0x40_0000n, 3, PAGES2 | NORMAL | D.READ_ONLY | D.UXN | D.PXN | D.PAGE);
const walked: Record<string, bigint> = {};
Object.entries(ofStage2).forEach(([name, [intermediate]], n) => {
  const address = 0x11_0000_0000n + BigInt(n) * 0x20_0000n;
  tables.set(both, address, 2, intermediate | D.PAGE);
  walked[name] = address + 0x3000n;
});
const BOTH_ON = { ...EL1_ON, ...S2_ON, TTBR0_EL1: both.root };

for (const [what, [address]] of Object.entries(ofStage2)) {
  for (const text of ['LDR X1, [X0]', 'STR X1, [X0]', 'BR X0'] as const)
    cases.push(make(`${text}: stage 2 ${what}`, 'EL1h', I[text], address, S2_ON, 0n, ', stage 1 off'));
  cases.push(make(`AT S12E1R: stage 2 ${what}`, 'EL2h', AT.S12E1R, address, S2_ON, 0n, ', stage 1 off'));
}
for (const [what, address] of Object.entries(inFront)) {
  for (const mode of modes)
    for (const text of ['LDR X1, [X0]', 'STR X1, [X0]'] as const)
      cases.push(make(`${text}: stage 2 ${what}`, mode, I[text], address, BOTH_ON));
  cases.push(make(`BR X0: stage 2 ${what}`, 'EL0t', I['BR X0'], address, BOTH_ON));
  for (const name of ['S12E1R', 'S12E1W', 'S12E0R', 'S12E0W', 'S1E1R'] as const)
    cases.push(make(`AT ${name}: stage 2 ${what}`, 'EL2h', AT[name], address, BOTH_ON));
  cases.push(make(`AT S1E1R: stage 2 ${what}`, 'EL1h', AT.S1E1R, address, BOTH_ON));
}
for (const [what, address] of Object.entries(walked)) {
  for (const text of ['LDR X1, [X0]', 'STR X1, [X0]', 'BR X0'] as const)
    cases.push(make(`${text}: a table in stage 2 ${what}`, 'EL0t', I[text], address, BOTH_ON));
  const protecting = { ...BOTH_ON, HCR_EL2: RW | VM | bit(2) };
  cases.push(make(`LDR X1, [X0]: a table in stage 2 ${what}`, 'EL1h', I['LDR X1, [X0]'], address, protecting, 0n, ' with PTW'));
  for (const name of ['S12E1R', 'S1E1R'] as const)
    cases.push(make(`AT ${name}: a table in stage 2 ${what}`, 'EL2h', AT[name], address, BOTH_ON));
  cases.push(make(`AT S1E1R: a table in stage 2 ${what}`, 'EL1h', AT.S1E1R, address, BOTH_ON));
}
cases.push(make('STR X1, [X0]: read-only at stage 1', 'EL1h', I['STR X1, [X0]'], BASE + 0x40_0000n, BOTH_ON));
cases.push(make('LDR X1, [X0]: above stage 2', 'EL1h', I['LDR X1, [X0]'], 0x80_0000_0000n, { ...S2_ON, VTCR_EL2: (VTCR & ~63n) | 25n }));
for (const [what, vtcr] of [
  ['starts at level 0', (VTCR & ~(3n << 6n)) | (2n << 6n)],
  ['starts at level 2', VTCR & ~(3n << 6n)],
  ['has SL0 = 3', VTCR | (3n << 6n)],
] as const) {
  cases.push(make(`LDR X1, [X0]: stage 2 ${what}`, 'EL1h', I['LDR X1, [X0]'], PAGES2, { ...S2_ON, VTCR_EL2: vtcr }));
}
const DC = { HCR_EL2: RW | bit(12), VTCR_EL2: VTCR, VTTBR_EL2: stage2.root };
for (const [what, registers] of [
  ['', DC],
  [', SCTLR_EL1.M = 1', { ...EL1_ON, ...DC }],
] as const) {
  cases.push(make(`AT S12E1R with DC${what}`, 'EL2h', AT.S12E1R, PAGES2, registers));
  cases.push(make(`LDR X1, [X0] with DC${what}`, 'EL1h', I['LDR X1, [X0]'], PAGES2 + 3n, registers));
}

/** Loads and stores that a hypervisor could carry out, and some that it could not. */
const described: Readonly<Record<string, number>> = {
  'LDRB W1, [X0]': 0x3940_0001,
  'LDRSB X1, [X0]': 0x3980_0001,
  'LDRSB W1, [X0]': 0x39c0_0001,
  'LDRH W1, [X0]': 0x7940_0001,
  'LDRSH X1, [X0]': 0x7980_0001,
  'LDR W1, [X0]': 0xb940_0001,
  'LDRSW X1, [X0]': 0xb980_0001,
  'STRB W1, [X0]': 0x3900_0001,
  'STR W1, [X0]': 0xb900_0001,
  'LDUR X1, [X0]': 0xf840_0001,
  'LDR X1, [X0, XZR]': 0xf87f_6801,
  'LDR X1, [X0], #8': 0xf840_8401,
  'LDR X1, [X0, #8]!': 0xf840_8c01,
  'LDP X1, X2, [X0]': 0xa940_0801,
  'LDAR X1, [X0]': 0xc8df_fc01,
  'STLRB W1, [X0]': 0x089f_fc01,
  'LDXR X1, [X0]': 0xc85f_7c01,
  'SWP X1, X1, [X0]': 0xf821_8001,
  'STR XZR, [X0]': 0xf900_001f,
};
for (const [text, word] of Object.entries(described))
  cases.push(make(`${text}: stage 2`, 'EL1h', word, inFront['nothing at level 2'], BOTH_ON));

export const translationCases: readonly TranslationCase[] = cases;
/** Words of the tables, by physical address. */
export const tableWords: ReadonlyMap<bigint, bigint> = tables.words;
