import { BANKED_SP_SLOT, DAIF_SLOT, OFFSET, SLOT_SP, STATE, STATE_BYTES, saveArea, systemRegisterArea } from './cpu-state.ts';

const U64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Flags, as indices of 32-bit words. */
const WORD = { N: OFFSET.N >> 2, Z: OFFSET.Z >> 2, V_FLAG: OFFSET.V_FLAG >> 2, C: OFFSET.C >> 2 } as const;

/** PSTATE fields besides NZCV, as numbers. DAIF as bits 9:6 of an SPSR shifted down: D=8, A=4, I=2, F=1. A class, since accessors of object literals are slow. */
export class ProcessState {
  exceptionLevel = 1;
  /** SPSel */
  stackPointerSelect = 1;
  pan = 0;
  uao = 0;
  illegal = 0;
  /** Software step, SPSR bit 21. */
  softwareStep = 0;
  /** Generated code has DAIF among the system registers. */
  readonly #systemRegisterWords: Int32Array;

  constructor(systemRegisterWords: Int32Array) {
    this.#systemRegisterWords = systemRegisterWords;
  }
  get daif(): number {
    return this.#systemRegisterWords[2 * DAIF_SLOT] >>> 6;
  }
  set daif(masks: number) {
    this.#systemRegisterWords[2 * DAIF_SLOT] = masks << 6;
  }
  /** Plain data. */
  get saved(): SavedProcessState {
    return { ...this, daif: this.daif };
  }
}
export type SavedProcessState = Pick<
  ProcessState,
  'exceptionLevel' | 'stackPointerSelect' | 'daif' | 'pan' | 'uao' | 'illegal' | 'softwareStep'
>;

/**
 * One processing element as TypeScript sees it: registers in the machine's memory, PSTATE, banked stack pointers, power.
 * It only holds state; `system/` says what happens to it.
 */
export class Pe {
  readonly index: number;
  readonly state: ProcessState;
  power: 'on' | 'off' | 'suspended' = 'off';
  /** The instruction being executed is stepped by the guest (MDSCR_EL1.SS), and has not led to an exception. */
  isStepped = false;
  /** Waiting in WFI or WFE for something to wake it, or in a semihosting call for input. */
  waiting: 'wfi' | 'wfe' | 'input' | undefined;
  /** Instructions retired, except for those of the present stay in the engine. */
  retired = 0;
  /** Up to when the performance monitors' counters are up to date, and at which exception level the PE has been since. */
  readonly counted = { time: 0, retired: 0, el: 1 };
  /** The event register of WFE/SEV. */
  eventRegister = false;
  /** SP_EL0 … SP_EL2; the selected one is stale here, its value is in the register block. */
  readonly bankedSp: BigUint64Array;
  /** System registers by storage index of `system/system-registers.ts`. */
  readonly systemRegisters: BigUint64Array;
  /** The same as 32-bit words, low half first: for questions about single bits. */
  readonly systemRegisterWords: Int32Array;
  /** Called after EL, SPSel or a register that decides translation or alignment checks changed. */
  onContextChange: (pe: Pe) => void = () => {};
  /** The same where only EL, SPSel, PSTATE.PAN or PSTATE.UAO changed. */
  onModeChange: (pe: Pe) => void = (pe) => pe.onContextChange(pe);

  private base: number;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly doublewords: BigUint64Array;
  /** For halves of a 64-bit value without BigInts. */
  private readonly scratch = new BigUint64Array(1);
  private readonly scratchWords = new Int32Array(this.scratch.buffer);

  constructor(index: number, memory: ArrayBuffer) {
    this.index = index;
    this.view = new DataView(memory);
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
    this.doublewords = new BigUint64Array(memory);
    this.base = saveArea(index);
    this.systemRegisters = new BigUint64Array(memory, systemRegisterArea(index), 1024);
    this.systemRegisterWords = new Int32Array(memory, systemRegisterArea(index), 2048);
    this.bankedSp = this.systemRegisters.subarray(BANKED_SP_SLOT);
    this.setField(OFFSET.SYSTEM_REGISTERS, systemRegisterArea(index));
    this.state = new ProcessState(this.systemRegisterWords);
    this.state.daif = 15;
  }

  /** Moves the registers into the block that generated code works on. One PE at a time. */
  makeCurrent(): void {
    this.bytes.copyWithin(STATE, this.base, this.base + STATE_BYTES);
    this.base = STATE;
  }
  makeWaiting(): void {
    const area = saveArea(this.index);
    this.bytes.copyWithin(area, STATE, STATE + STATE_BYTES);
    this.base = area;
  }
  /** Of the register block, where it is at present. */
  get address(): number {
    return this.base;
  }
  /** The register block, where it is at present. */
  get block(): Uint8Array {
    return this.bytes.subarray(this.base, this.base + STATE_BYTES);
  }
  get isCurrent(): boolean {
    return this.base === STATE;
  }

  /** X0-X30; 31 is the zero register. */
  x(n: number): bigint {
    return this.view.getBigUint64(this.base + OFFSET.X + n * 8, true);
  }
  setX(n: number, value: bigint): void {
    if (n < 31) this.view.setBigUint64(this.base + OFFSET.X + n * 8, value, true);
  }
  /** W0-W30, unsigned. */
  w(n: number): number {
    return this.view.getUint32(this.base + OFFSET.X + n * 8, true);
  }
  /** Puts X0 to X<count - 1>, PC and PSTATE there. */
  saveContext(saved: BigUint64Array, count: number): void {
    const { doublewords, scratch } = this;
    const first = (this.base + OFFSET.X) >> 3;
    for (let n = 0; n < count; n++) saved[n] = doublewords[first + n];
    saved[count] = doublewords[(this.base + OFFSET.PC) >> 3];
    this.scratchWords[0] = this.pstateBits;
    this.scratchWords[1] = 0;
    saved[count + 1] = scratch[0];
  }
  restoreContext(saved: BigUint64Array, count: number): void {
    const { doublewords, scratch } = this;
    const first = (this.base + OFFSET.X) >> 3;
    for (let n = 0; n < count; n++) doublewords[first + n] = saved[n];
    doublewords[(this.base + OFFSET.PC) >> 3] = saved[count];
    scratch[0] = saved[count + 1];
    this.pstateBits = this.scratchWords[0];
  }
  /** Puts X<first> to X30 and SP_EL0 to SP_EL2 there, low half first. */
  saveWords(saved: Int32Array, first: number): void {
    const { words, systemRegisterWords: banked, selectedBank } = this;
    const registers = (this.base + OFFSET.X) >> 2;
    const count = 2 * (31 - first);
    for (let n = 0; n < count; n++) saved[n] = words[registers + 2 * first + n];
    for (let n = 0; n < 6; n++) saved[count + n] = banked[2 * BANKED_SP_SLOT + n];
    saved[count + 2 * selectedBank] = words[registers + 2 * SLOT_SP];
    saved[count + 2 * selectedBank + 1] = words[registers + 2 * SLOT_SP + 1];
  }
  /** Whether that is there, as {@link saveWords} puts it. */
  hasWords(saved: Int32Array, first: number): boolean {
    const { words, systemRegisterWords: banked, selectedBank } = this;
    const registers = (this.base + OFFSET.X) >> 2;
    const count = 2 * (31 - first);
    for (let n = 0; n < count; n++) if (saved[n] !== words[registers + 2 * first + n]) return false;
    for (let bank = 0; bank < 3; bank++) {
      const isSelected = bank === selectedBank;
      const low = isSelected ? words[registers + 2 * SLOT_SP] : banked[2 * (BANKED_SP_SLOT + bank)];
      const high = isSelected ? words[registers + 2 * SLOT_SP + 1] : banked[2 * (BANKED_SP_SLOT + bank) + 1];
      if (saved[count + 2 * bank] !== low || saved[count + 2 * bank + 1] !== high) return false;
    }
    return true;
  }
  clearX(first: number, last: number): void {
    const start = (this.base + OFFSET.X) >> 2;
    for (let n = 2 * first; n < 2 * last + 2; n++) this.words[start + n] = 0;
  }
  get sp(): bigint {
    return this.view.getBigUint64(this.base + OFFSET.X + SLOT_SP * 8, true);
  }
  set sp(value: bigint) {
    this.view.setBigUint64(this.base + OFFSET.X + SLOT_SP * 8, value, true);
  }
  get pc(): bigint {
    return this.view.getBigUint64(this.base + OFFSET.PC, true);
  }
  set pc(value: bigint) {
    this.view.setBigUint64(this.base + OFFSET.PC, value, true);
  }
  /** Bits 31:0, signed. */
  get pcLow(): number {
    return this.words[(this.base + OFFSET.PC) >> 2];
  }
  /** Bits 63:32, signed. */
  get pcHigh(): number {
    return this.words[((this.base + OFFSET.PC) >> 2) + 1];
  }
  setPcWords(low: number, high: number): void {
    const at = (this.base + OFFSET.PC) >> 2;
    this.words[at] = low;
    this.words[at + 1] = high;
  }
  /** Goes on to the next instruction. */
  advance(): void {
    const at = (this.base + OFFSET.PC) >> 2;
    const low = (this.words[at] + 4) | 0;
    this.words[at] = low;
    if (low >= 0 && low < 4) this.words[at + 1]++;
  }
  /** V0-V31 as 128-bit values. */
  v(n: number): bigint {
    const at = this.base + OFFSET.V + n * 16;
    return this.view.getBigUint64(at, true) | (this.view.getBigUint64(at + 8, true) << 64n);
  }
  setV(n: number, value: bigint): void {
    const at = this.base + OFFSET.V + n * 16;
    this.view.setBigUint64(at, U64(value), true);
    this.view.setBigUint64(at + 8, U64(value >> 64n), true);
  }
  /** A 32-bit field of the register block, by {@link OFFSET}. */
  field(offset: number): number {
    return this.words[(this.base + offset) >> 2];
  }
  setField(offset: number, value: number): void {
    this.words[(this.base + offset) >> 2] = value;
  }

  /** NZCV in bits 3:0. */
  get nzcv(): number {
    const { words } = this;
    const at = this.base >> 2;
    const n = words[at + WORD.N + 1] < 0 ? 8 : 0;
    const z = (words[at + WORD.Z] | words[at + WORD.Z + 1]) === 0 ? 4 : 0;
    const c = words[at + WORD.C] ? 2 : 0;
    const v = words[at + WORD.V_FLAG + 1] < 0 ? 1 : 0;
    return n | z | c | v;
  }
  set nzcv(value: number) {
    const { words } = this;
    const at = this.base >> 2;
    words[at + WORD.N] = words[at + WORD.N + 1] = value & 8 ? -1 : 0;
    words[at + WORD.Z] = value & 4 ? 0 : 1;
    words[at + WORD.Z + 1] = 0;
    words[at + WORD.C] = value & 2 ? 1 : 0;
    words[at + WORD.V_FLAG] = words[at + WORD.V_FLAG + 1] = value & 1 ? -1 : 0;
  }

  /** SP_ELn, whichever is selected. */
  stackPointer(el: number): bigint {
    return this.selectedBank === el ? this.sp : this.bankedSp[el];
  }
  setStackPointer(el: number, value: bigint): void {
    if (this.selectedBank === el) this.sp = value;
    else this.bankedSp[el] = U64(value);
  }
  private get selectedBank(): number {
    return this.state.stackPointerSelect ? this.state.exceptionLevel : 0;
  }

  /** Changes EL and SPSel together, exchanging the stack pointer. */
  setMode(exceptionLevel: number, stackPointerSelect: number): void {
    const bank = stackPointerSelect ? exceptionLevel : 0;
    if (bank !== this.selectedBank) {
      const { words, systemRegisterWords: banked } = this;
      const at = (this.base + OFFSET.X + SLOT_SP * 8) >> 2;
      const [old, next] = [2 * (BANKED_SP_SLOT + this.selectedBank), 2 * (BANKED_SP_SLOT + bank)];
      banked[old] = words[at];
      banked[old + 1] = words[at + 1];
      words[at] = banked[next];
      words[at + 1] = banked[next + 1];
    }
    this.state.exceptionLevel = exceptionLevel;
    this.state.stackPointerSelect = stackPointerSelect;
    this.onModeChange(this);
  }

  /** PSTATE in SPSR format (AArch64). */
  get pstate(): bigint {
    return BigInt(this.pstateBits >>> 0);
  }
  /** Sets every field, EL and SP included, without any legality check. */
  set pstate(value: bigint) {
    this.pstateBits = Number(BigInt.asUintN(32, value));
  }
  /** The same as a number, signed. */
  get pstateBits(): number {
    const s = this.state;
    return (
      (this.nzcv << 28) |
      (s.uao << 23) |
      (s.pan << 22) |
      (s.softwareStep << 21) |
      (s.illegal << 20) |
      (s.daif << 6) |
      (s.exceptionLevel << 2) |
      s.stackPointerSelect
    );
  }
  set pstateBits(bits: number) {
    const s = this.state;
    this.nzcv = bits >>> 28;
    s.uao = (bits >>> 23) & 1;
    s.pan = (bits >>> 22) & 1;
    s.softwareStep = (bits >>> 21) & 1;
    s.illegal = (bits >>> 20) & 1;
    s.daif = (bits >>> 6) & 15;
    this.setMode((bits >>> 2) & 3, bits & 1);
  }

  clearExclusiveMonitor(): void {
    this.setField(OFFSET.MONITOR_SIZE, 0);
  }
}
