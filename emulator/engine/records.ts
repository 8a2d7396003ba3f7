import { decode } from '../a64/decode.ts';
import { DISCARD, ZERO } from '../a64/instruction.ts';
import { RECORD, RECORDS_PER_PAGE, RECORD_PAGE_BYTES } from '../cpu-state.ts';
import { CHECK_INTERVAL, SPECIAL, formCases } from './cases.ts';
import { type WrittenState, mayWrite } from './writers.ts';

const PAGE = 4096;
const NOP = 0xd503_201f;

/** Predecoded code: for each physical page that was executed, its records. Pages are keyed by physical page address. */
export class Records {
  private readonly view: DataView;
  private readonly words: Uint32Array;
  private readonly area: number;
  private readonly capacity: number;
  private readonly addressOfPage = new Map<number, number>();
  private readonly pageOfIndex: number[] = [];
  /** Pages of the area from this index on were never written: they are zero, and most of their memory will never be touched. */
  private firstFresh = 0;
  /** Physical addresses of instructions with a breakpoint. */
  private breakpoints: ReadonlySet<number> = new Set();

  /** @param bytes room for records at `area` of the memory */
  constructor(memory: ArrayBuffer, area: number, bytes: number) {
    this.view = new DataView(memory);
    this.words = new Uint32Array(memory);
    this.area = area;
    this.capacity = Math.floor(bytes / RECORD_PAGE_BYTES);
  }

  hasPage(page: number): boolean {
    return this.addressOfPage.has(page);
  }
  get pages(): Iterable<number> {
    return this.addressOfPage.keys();
  }

  /**
   * Address of the first record of a physical page, made if there is none yet.
   * `undefined`: the area is full; the caller drops everything ({@link clear}) and asks again.
   */
  pageRecords(page: number): number | undefined {
    const known = this.addressOfPage.get(page);
    if (known !== undefined) return known;
    if (this.pageOfIndex.length === this.capacity) return undefined;
    const index = this.pageOfIndex.length;
    const address = this.area + index * RECORD_PAGE_BYTES;
    this.pageOfIndex.push(page);
    this.addressOfPage.set(page, address);
    if (index < this.firstFresh) this.words.fill(0, address >> 2, (address + RECORD_PAGE_BYTES) >> 2);
    else this.firstFresh = index + 1;
    const end = address + RECORDS_PER_PAGE * RECORD.BYTES;
    this.view.setUint16(end + RECORD.FAST, SPECIAL.PAGE_END, true);
    this.view.setUint16(end + RECORD.ORIGINAL, SPECIAL.PAGE_END, true);
    return address;
  }

  /** Before any page has records: some of NOP and a breakpoint after them. @returns address of the first */
  placeNops(count: number): number {
    const nop = decode(NOP);
    if (nop.kind !== 'instruction') throw new Error('NOP does not decode');
    const { near } = formCases[nop.formIndex];
    this.firstFresh = Math.ceil(((count + 1) * RECORD.BYTES) / RECORD_PAGE_BYTES);
    for (let index = 0; index <= count; index++)
      this.view.setUint16(this.area + index * RECORD.BYTES + RECORD.FAST, index < count ? near : SPECIAL.BREAKPOINT, true);
    return this.area;
  }

  clear(): void {
    this.addressOfPage.clear();
    this.pageOfIndex.length = 0;
  }

  /** Decodes the record of the instruction at page + offset and those after it, up to the next unconditional change of flow. */
  decodeFrom(page: number, offset: number, hostPage: number): void {
    const address = this.addressOfPage.get(page);
    if (address === undefined) throw new Error(`no records for page 0x${page.toString(16)}`);
    for (let index = offset >> 2; index < RECORDS_PER_PAGE; index++) {
      const record = address + index * RECORD.BYTES;
      if (this.view.getUint16(record + RECORD.ORIGINAL, true) !== SPECIAL.UNDECODED) return;
      const word = this.view.getUint32(hostPage + index * 4, true);
      const flow = this.decodeOne(record, address, index, word);
      if (this.stopsBefore(page + index * 4, word)) this.view.setUint16(record + RECORD.FAST, SPECIAL.BREAKPOINT, true);
      if (flow === 'jump' || flow === 'indirect' || flow === 'host') return;
    }
  }

  private decodeOne(record: number, pageRecords: number, index: number, word: number): string | undefined {
    const view = this.view;
    view.setInt32(record + RECORD.COUNTER, 0, true);
    const result = decode(word);
    if (result.kind !== 'instruction') {
      view.setInt32(record + RECORD.TARGET, word, true);
      view.setUint16(record + RECORD.FAST, SPECIAL.HOST, true);
      view.setUint16(record + RECORD.ORIGINAL, SPECIAL.HOST, true);
      return 'host';
    }
    const { instruction, decoded, formIndex } = result;
    const { flow } = instruction;
    const { d = DISCARD, n = ZERO, m = ZERO, a = ZERO, imm = 0n, imm2 = 0 } = decoded;
    view.setUint16(record + RECORD.D, d * 8, true);
    view.setUint16(record + RECORD.N, n * 8, true);
    view.setUint16(record + RECORD.M, m * 8, true);
    view.setUint16(record + RECORD.A, a * 8, true);
    view.setBigInt64(record + RECORD.IMM, imm, true);
    view.setInt32(record + RECORD.IMM2, imm2, true);
    let number = formCases[formIndex].near;
    if (flow === 'jump' || flow === 'branch') {
      const target = index * 4 + Number(imm);
      if (target >= 0 && target < PAGE) view.setInt32(record + RECORD.TARGET, pageRecords + (target >> 2) * RECORD.BYTES, true);
      else number = formCases[formIndex].far;
    } else view.setInt32(record + RECORD.TARGET, word, true);
    view.setUint16(record + RECORD.ORIGINAL, number, true);
    const goesOn = flow === undefined || flow === 'host';
    const check = goesOn && index % CHECK_INTERVAL === CHECK_INTERVAL - 1;
    view.setUint16(record + RECORD.FAST, check ? SPECIAL.CHECK : number, true);
    return flow;
  }

  /** Called with a physical page when decoded instructions on it are forgotten: their bytes were written, or a breakpoint came or went. */
  onCodeChanged: (page: number, why: 'written' | 'breakpoint') => void = () => {};

  /** Forgets what was decoded from [address, address + length) of a physical page: its bytes change. */
  invalidate(address: number, length: number): void {
    this.forget(address, length, 'written');
  }
  private forget(address: number, length: number, why: 'written' | 'breakpoint'): void {
    const page = address - (address % PAGE);
    const records = this.addressOfPage.get(page);
    if (records === undefined) return;
    let changed = false;
    for (let index = (address - page) >> 2; index * 4 < address - page + length && index < RECORDS_PER_PAGE; index++) {
      changed = this.undecode(records + index * RECORD.BYTES) || changed;
    }
    if (changed) this.onCodeChanged(page, why);
  }
  private undecode(record: number): boolean {
    if (this.view.getUint16(record + RECORD.ORIGINAL, true) === SPECIAL.UNDECODED) return false;
    this.view.setUint16(record + RECORD.FAST, SPECIAL.UNDECODED, true);
    this.view.setUint16(record + RECORD.ORIGINAL, SPECIAL.UNDECODED, true);
    this.view.setInt32(record + RECORD.COUNTER, 0, true);
    return true;
  }

  /** Address of the record of a decoded instruction without breakpoint; `undefined`: there is none. */
  decodedRecord(address: number): number | undefined {
    const records = this.addressOfPage.get(address - (address % PAGE));
    if (records === undefined) return undefined;
    const record = records + ((address % PAGE) >> 2) * RECORD.BYTES;
    if (this.view.getUint16(record + RECORD.ORIGINAL, true) === SPECIAL.UNDECODED) return undefined;
    return this.view.getUint16(record + RECORD.FAST, true) === SPECIAL.BREAKPOINT ? undefined : record;
  }
  /** Lets the fast engine enter a region at a record. @returns false: another region is entered there already */
  enterRegionAt(record: number, tableIndex: number, entry: number): boolean {
    if (this.view.getUint16(record + RECORD.FAST, true) === SPECIAL.ENTER) return false;
    this.view.setUint16(record + RECORD.FAST, SPECIAL.ENTER, true);
    this.view.setInt32(record + RECORD.COUNTER, 0x8000_0000 | (tableIndex << 8) | entry, true);
    return true;
  }
  /** Undoes {@link enterRegionAt} if that region is still the one. */
  leaveRegionAt(record: number, tableIndex: number, entry: number): void {
    if (this.view.getInt32(record + RECORD.COUNTER, true) !== (0x8000_0000 | (tableIndex << 8) | entry)) return;
    this.view.setInt32(record + RECORD.COUNTER, 0, true);
    if (this.view.getUint16(record + RECORD.FAST, true) !== SPECIAL.ENTER) return;
    this.view.setUint16(record + RECORD.FAST, this.view.getUint16(record + RECORD.ORIGINAL, true), true);
  }

  /** Whether there are breakpoints, also such as have no physical address yet. */
  get hasBreakpoints(): boolean {
    return this.areBreakpointsExpected || this.writesWatched !== undefined;
  }
  private areBreakpointsExpected = false;
  /** Whether the machine is to be asked before an instruction is executed. */
  stopsBefore(address: number, word: number): boolean {
    return this.breakpoints.has(address) || (this.writesWatched !== undefined && mayWrite(word, this.writesWatched));
  }
  private writesWatched: WrittenState | undefined;
  /** Instructions that may write any of these are treated as if they had breakpoints. */
  watchWrites(state: WrittenState | undefined): void {
    if (state === undefined && this.writesWatched === undefined) return;
    this.writesWatched = state;
    for (const page of this.pages) this.forget(page, PAGE, 'breakpoint');
  }
  /** One more place that a breakpoint turned out to be at. */
  addBreakpoint(address: number): void {
    if (this.breakpoints.has(address)) return;
    this.breakpoints = new Set([...this.breakpoints, address]);
    this.forget(address, 4, 'breakpoint');
  }
  /** Replaces all breakpoints, given as physical addresses of instructions. */
  setBreakpoints(addresses: ReadonlySet<number>, areMoreExpected = false): void {
    const touched = [...this.breakpoints, ...addresses];
    this.breakpoints = addresses;
    this.areBreakpointsExpected = addresses.size > 0 || areMoreExpected;
    for (const address of touched) this.forget(address, 4, 'breakpoint');
  }
}
