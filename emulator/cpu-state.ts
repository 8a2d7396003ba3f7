/**
 * Where everything lives in the machine's one WebAssembly memory: the only place that knows offsets.
 *
 * The PE that runs has its registers at {@link STATE}, so generated code addresses them with constants; the others wait in save areas
 * (a switch copies 1 KB). 64-bit fields are 8-aligned, V registers 16-aligned.
 */

/** Size of one PE's register block. */
export const STATE_BYTES = 0x400;
/** Block of the running PE. */
export const STATE = 0x400;
/** Block of PE n while it does not run. */
export const saveArea = (pe: number): number => 0x1000 + pe * STATE_BYTES;
/** System registers of PE n, 8 bytes each, by storage index. */
export const systemRegisterArea = (pe: number): number => 0x4000 + pe * SYSTEM_REGISTER_BYTES;
export const SYSTEM_REGISTER_BYTES = 0x2000;
/** SP_EL0 … SP_EL2 have the last indices. */
export const BANKED_SP_SLOT = SYSTEM_REGISTER_BYTES / 8 - 3;
/** PSTATE.DAIF, as MRS gives it. */
export const DAIF_SLOT = BANKED_SP_SLOT - 1;

/** Offsets inside a register block. */
export const OFFSET = {
  /** X0-X30, then ZERO, SP, DISCARD: 34 × 8. */
  X: 0x000,
  /** V0-V31: 32 × 16. */
  V: 0x120,
  PC: 0x320,
  /**
   * NZCV, unpacked: N is the sign of an i64; Z holds when the i64 is zero; V is the sign of an i64; C is an i32, 0 or 1.
   */
  N: 0x328,
  Z: 0x330,
  V_FLAG: 0x338,
  C: 0x340,
  /** Why generated code returned: an {@link EXIT}. */
  EXIT: 0x344,
  /** Instructions left of the budget, at every call out of generated code. */
  BUDGET: 0x348,
  /** Addresses of the TLB banks of the present translation regime and privilege. */
  TLB_READ: 0x34c,
  TLB_WRITE: 0x350,
  /** 15 when SP must be 16-byte aligned as a base (SCTLR.SA/SA0), else 0. */
  SP_ALIGNMENT: 0x354,
  /** Local exclusive monitor: armed when MONITOR_SIZE ≠ 0 (bytes). */
  MONITOR_ADDRESS: 0x358,
  MONITOR_VALUE: 0x360,
  MONITOR_VALUE_HIGH: 0x368,
  MONITOR_SIZE: 0x370,
  /** Code page that executes: address of its first record, and its virtual address. */
  RECORD_PAGE: 0x374,
  PC_PAGE: 0x378,
  /** Result of a slow access made by the host. */
  SLOW_VALUE: 0x380,
  SLOW_VALUE_HIGH: 0x388,
  FPCR: 0x390,
  FPSR: 0x394,
  /** Not zero: floating-point and Advanced SIMD instructions trap (CPACR_EL1, CPTR_EL2). */
  FP_TRAP: 0x3c0,
  /** 1: no data access may be unaligned (`StageOne.isStrict`); 0: all pages that the TLB knows allow it. */
  STRICT_ALIGNMENT: 0x3cc,
  /** A vector that is loaded or stored in pieces: 16 bytes. */
  VECTOR_PIECES: 0x3d0,
  /** Number of the mapping that holds; a region made under another number asks the host before it runs. */
  TRANSLATION_GENERATION: 0x398,
  /** As TLB_READ and TLB_WRITE, for LDTR and STTR. */
  TLB_READ_UNPRIVILEGED: 0x39c,
  TLB_WRITE_UNPRIVILEGED: 0x3a0,
  /** Address of the fetch bank of the present exception level. */
  FETCH_BANK: 0x3a4,
  /** As TRANSLATION_GENERATION, for code that lies in the upper address range only: it stays the same when only TTBR0 or the ASID changes. */
  UPPER_TRANSLATION_GENERATION: 0x3a8,
  /** Inside regions: which operation's flags wait to be computed (`region-flags.ts`), and its operands. Outside them 0. */
  PENDING: 0x3ac,
  PENDING_A: 0x3b0,
  PENDING_B: 0x3b8,
  /** Address of the PE's system registers. */
  SYSTEM_REGISTERS: 0x3c4,
  /** Bits of `system/inline-access.ts`: what generated code may do without asking the host. */
  INLINE_ACCESS: 0x3c8,
  /** Not 0: an interrupt may be pending, so that the host is to be asked where PSTATE.DAIF is cleared. */
  INTERRUPTS: 0x3e0,
} as const;

/** Slot of the current stack pointer in the X block (as in a64/instruction.ts). */
export const SLOT_SP = 32;

/** Why generated code returned to the host. The PC in the block is that of the next instruction to execute. */
export const EXIT = {
  /** The budget is used up (exact engine), or too small to go on fast. */
  BUDGET: 1,
  /** Code at PC has no records yet, or lies on another page than the fetch cache knows. */
  FETCH: 2,
  /** The record at PC has not been decoded. */
  DECODE: 3,
  /** A breakpoint stands at PC. */
  BREAKPOINT: 4,
  /** The instruction at PC needs the exact engine (device, watched page, fault, first write to a page). */
  SLOW: 5,
  /** An access of the instruction at PC faulted; the host knows how. */
  FAULT: 6,
  /** The host executed an instruction and wants control back; PC is where to go on. */
  HOST: 7,
  /** CheckSPAlignment failed for the instruction at PC. */
  SP_ALIGNMENT: 8,
  /** PC is not a multiple of 4. */
  PC_ALIGNMENT: 9,
  /** The code at PC is executed often and not translated yet. */
  HOT: 10,
  /** From a region to the interpreter: go on at PC. */
  REGION: 11,
  /** From a region to the interpreter: interpret the instruction at PC, then go on. */
  REGION_COLD: 12,
  /** From a region to the host: the pages it was made from may be mapped differently now. */
  REGION_STALE: 13,
  /** An access of the instruction at PC is watched; the instruction has not begun. */
  WATCHED: 14,
  /** The form of the instruction at PC has no function yet; the instruction has not begun. */
  FORM: 15,
  /** From a region that BLR instructions call to the host: they have called it often. */
  REGION_CALLED: 16,
} as const;

/** One predecoded instruction: a record. Records of a 4 KB page are consecutive, followed by one that leads to the next page. */
export const RECORD = {
  BYTES: 32,
  /** u16: what the fast engine dispatches on; may be replaced (breakpoint, budget check). */
  FAST: 0,
  /** u16: the instruction's form, never replaced. */
  ORIGINAL: 2,
  /** i32 */
  IMM2: 4,
  /** u16 each: byte offset of the slot from {@link STATE}. */
  D: 8,
  N: 10,
  M: 12,
  A: 14,
  /** i64 */
  IMM: 16,
  /** i32: address of the record of a direct branch's target on the same page; of any other instruction, its word. */
  TARGET: 24,
  /**
   * i32: how often a branch came here, up to HOT_THRESHOLD; negative: a region starts here, its table index in bits 30:8 and its entry
   * number in bits 7:0.
   */
  COUNTER: 28,
} as const;
export const RECORDS_PER_PAGE = 1024;
export const RECORD_PAGE_BYTES = (RECORDS_PER_PAGE + 1) * RECORD.BYTES;

/**
 * One TLB entry: i64 virtual page address (0, in slot 0 all ones: empty), i32 address of the page in this memory, i32 what to add to the low
 * half of a virtual address to have its place in this memory. Direct-mapped.
 */
export const TLB = { ENTRIES: 16384, BYTES: 16, TAG: 0, HOST: 8, ADDEND: 12 } as const;
export const TLB_BANK_BYTES = TLB.ENTRIES * TLB.BYTES;
/** Translation contexts of a PE that have banks of their own. LDTR and STTR use those of EL0. */
export const TLB_CONTEXTS = ['EL0', 'EL1', 'EL1-PAN', 'EL2', 'EL2-PAN'] as const;
export const tlbBank = (pe: number, context: number, write: boolean): number =>
  TLB_AREA + ((pe * TLB_CONTEXTS.length + context) * 2 + (write ? 1 : 0)) * TLB_BANK_BYTES;
export const TLB_AREA = 0x20_0000;

/**
 * Fetch banks: where the records of a virtual page are, for each PE and exception level. Direct-mapped; i64 tag, i32 address of the page's
 * first record, padding. 16 MB of code, which is an operating system's, have places of their own.
 */
export const FETCH = { AREA: 0x2_0000, ENTRIES: 4096, BYTES: 16, TAG: 0, RECORDS: 8 } as const;
export const FETCH_BANK_BYTES = FETCH.ENTRIES * FETCH.BYTES;
export const fetchBank = (pe: number, exceptionLevel: number): number => FETCH.AREA + (pe * 3 + exceptionLevel) * FETCH_BANK_BYTES;
/** PEs that a machine can have. */
export const MAXIMUM_PES = 8;

/** Banks of all PEs end here. */
const bankAreaEnd = (pes: number): number => TLB_AREA + pes * TLB_CONTEXTS.length * 2 * TLB_BANK_BYTES;

/**
 * What was filled in a bank since it was empty: how many slots of entries that depend on the address space, how many of others, and which;
 * a number above SLOTS: more than can be told.
 */
export const TLB_LOG = { SLOTS: 4096, LOCALS: 0, GLOBALS: 4, LOCAL: 64, GLOBAL: 64 + 2 * 4096, BYTES: 64 + 4 * 4096 } as const;
/** Of each PE: two for each context, then one for each fetch bank. */
const LOGS_OF_A_PE = TLB_CONTEXTS.length * 2 + 3;
const logOf = (pes: number, pe: number, index: number): number => bankAreaEnd(pes) + (pe * LOGS_OF_A_PE + index) * TLB_LOG.BYTES;
export const tlbLog = (pes: number, pe: number, context: number, write: boolean): number => logOf(pes, pe, context * 2 + (write ? 1 : 0));
export const fetchLog = (pes: number, pe: number, exceptionLevel: number): number =>
  logOf(pes, pe, TLB_CONTEXTS.length * 2 + exceptionLevel);

/**
 * What generated code must know to fill entries of a context's banks by itself (`engine/tlb-fill.ts`); one after the other for each PE and
 * context, in the order of the banks.
 */
export const FILL = {
  AREA: 0x1_4000,
  BYTES: 128,
  /** {@link FILL_KIND} */
  KIND: 0,
  /** Addresses of the bank for reads and of its log; those for writes follow. */
  BANK: 4,
  LOG: 8,
  /** Bit n: an access is allowed by a descriptor that n stands for: 1 AP[1] without APTable[0], 2 AP[2] or APTable[1]. */
  READABLE: 12,
  WRITABLE: 16,
  /** Bit n: pages of AttrIndx n may be entered. */
  ATTRIBUTES: 20,
  /** Address of the PE's {@link KNOWN_BLOCKS}. */
  KNOWN_BLOCKS: 24,
  /** Where RAM is in this memory. */
  RAM_HOST: 28,
  /** Addresses of a byte per page of RAM: 1 for pages that entries may be made for, for reads and for writes. */
  READABLE_PAGES: 32,
  WRITABLE_PAGES: 36,
  /** i64: where RAM is, and how much of it output addresses can reach. */
  RAM_BASE: 40,
  RAM_BYTES: 48,
  /** The range of TTBR0, and that of TTBR1: {@link FILL_RANGE}. */
  RANGES: 64,
} as const;
/** `HOST`: walks are the host's. `FLAT`: no translation. */
export const FILL_KIND = { HOST: 0, FLAT: 1, TABLES: 2 } as const;
export const FILL_RANGE = {
  BYTES: 32,
  /** Address in this memory of the first table; 0: walks are the host's. */
  TABLE: 0,
  INPUT_SIZE: 4,
  /** 8: bits 63:56 of addresses are ignored; 0: they are not. */
  IGNORED: 8,
  /** Lowest bit of the index into the first table, and the mask of that index. */
  LSB: 12,
  MASK: 16,
  /** log2 */
  GRANULE: 20,
} as const;
/**
 * i32: where in this memory the page is that the walk of `engine/tlb-fill.ts` came to last, if only the byte of READABLE_PAGES or WRITABLE_PAGES
 * was in its way; else 0. The host, which is asked next, takes it.
 */
export const FOUND_PAGE = 0x1_7000;
/** Blocks that entries were made from, direct-mapped by the lowest bits of their number: i64 virtual address plus log2 of the size. */
export const KNOWN_BLOCKS = { AREA: 0x1_8000, ENTRIES: 256, BYTES: 8 } as const;
export const KNOWN_BLOCKS_BYTES = KNOWN_BLOCKS.ENTRIES * KNOWN_BLOCKS.BYTES;

/** Records start here; RAM follows at an address the machine chooses. */
export const recordArea = (pes: number): number => logOf(pes, pes, 0);
