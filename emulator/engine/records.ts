import { decode } from '../a64/decode.ts';
import { RECORD, RECORDS_PER_PAGE, RECORD_PAGE_BYTES } from '../cpu-state.ts';
import { CHECK_INTERVAL, SPECIAL, formCases } from './cases.ts';
import type { Coverage } from './coverage.ts';
import { FLOW, PREDECODED, predecode, predecoded } from './predecode.ts';
import { type WrittenState, mayWrite } from './writers.ts';

const PAGE = 4096;
const NOP = 0xd503_201f;

/** Where, in 32-bit words, the number of decoded instructions of a page is: in the record behind its last. */
const decodedCount = (pageRecords: number): number => (pageRecords + RECORDS_PER_PAGE * RECORD.BYTES + RECORD.COUNTER) >> 2;

/** Predecoded code: for each physical page that was executed, its records. Pages are keyed by physical page address. */
export class Records {
  private readonly view: DataView;
  private readonly words: Int32Array;
  private readonly area: number;
  private readonly capacity: number;
  private readonly addressOfPage = new Map<number, number>();
  private readonly pageOfIndex: number[] = [];
  /** Where the bytes of that page are in the machine's memory. */
  private readonly hostOfIndex: number[] = [];
  /** Pages of the area from this index on were never written: they are zero, and most of their memory will never be touched. */
  private firstFresh = 0;
  /** Is told what is decoded. Absent: nobody wants to know. */
  coverage: Coverage | undefined;
  /** Physical addresses of instructions with a breakpoint. */
  private breakpoints: ReadonlySet<number> = new Set();

  /** @param bytes room for records at `area` of the memory */
  constructor(memory: ArrayBuffer, area: number, bytes: number) {
    this.view = new DataView(memory);
    this.words = new Int32Array(memory);
    this.area = area;
    this.capacity = Math.floor(bytes / RECORD_PAGE_BYTES);
  }

  /** Whether any instruction of a page is decoded, so that writes to it have to be noticed. */
  hasCode(page: number): boolean {
    const records = this.addressOfPage.get(page);
    return records !== undefined && this.words[decodedCount(records)] !== 0;
  }
  private indexOf(pageRecords: number): number {
    return (pageRecords - this.area) / RECORD_PAGE_BYTES;
  }
  /** The physical page that records are of. */
  pageOf(pageRecords: number): number {
    return this.pageOfIndex[this.indexOf(pageRecords)];
  }
  get pages(): Iterable<number> {
    return this.addressOfPage.keys();
  }

  /**
   * Address of the first record of a physical page, made if there is none yet.
   * @param hostPage where its bytes are in the machine's memory
   * `undefined`: the area is full; the caller drops everything ({@link clear}) and asks again.
   */
  pageRecords(page: number, hostPage: number): number | undefined {
    const known = this.addressOfPage.get(page);
    if (known !== undefined) return known;
    if (this.pageOfIndex.length === this.capacity) return undefined;
    const index = this.pageOfIndex.length;
    const address = this.area + index * RECORD_PAGE_BYTES;
    this.pageOfIndex.push(page);
    this.hostOfIndex.push(hostPage);
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
    this.hostOfIndex.length = 0;
  }

  /**
   * Decodes the record of the instruction at an offset of a page and those after it, up to the next unconditional change of flow.
   * @param pageRecords as {@link pageRecords} gave it
   */
  decodeFrom(pageRecords: number, offset: number): void {
    const { words } = this;
    const number = this.indexOf(pageRecords);
    const page = this.pageOfIndex[number];
    const hostWords = this.hostOfIndex[number] >> 2;
    const mayStop = this.breakpoints.size > 0 || this.writesWatched !== undefined;
    const first = offset >> 2;
    let index = first;
    for (let flow: number = FLOW.ON; index < RECORDS_PER_PAGE; index++) {
      const record = pageRecords + index * RECORD.BYTES;
      if (flow === FLOW.JUMP || flow === FLOW.INDIRECT || flow === FLOW.HOST || this.isDecoded(record)) break;
      const word = words[hostWords + index];
      flow = this.decodeOne(record, pageRecords, index, word);
      if (mayStop && this.stopsBefore(page + index * 4, word >>> 0)) this.setFast(record, SPECIAL.BREAKPOINT);
    }
    words[decodedCount(pageRecords)] += index - first;
    this.coverage?.decoded(page, first, index);
  }

  /** @returns its FLOW */
  private decodeOne(record: number, pageRecords: number, index: number, word: number): number {
    const { words } = this;
    const at = record >> 2;
    const from = predecode(word);
    for (let n = 1; n < RECORD.TARGET / 4; n++) words[at + n] = predecoded[from + n];
    const flow = predecoded[from + PREDECODED.FLOW];
    const numbers = predecoded[from + PREDECODED.CASES];
    let number = numbers & 0xffff;
    let target = word;
    if (flow >= FLOW.JUMP) {
      const offset = index * 4 + predecoded[from + RECORD.IMM / 4];
      if (offset >= 0 && offset < PAGE) target = pageRecords + (offset >> 2) * RECORD.BYTES;
      else number = numbers >>> 16;
    }
    words[at + RECORD.TARGET / 4] = target;
    words[at + RECORD.COUNTER / 4] = 0;
    const check = flow <= FLOW.HOST && index % CHECK_INTERVAL === CHECK_INTERVAL - 1;
    words[at] = (check ? SPECIAL.CHECK : number) | (number << 16);
    return flow;
  }
  private setFast(record: number, number: number): void {
    this.view.setUint16(record + RECORD.FAST, number, true);
  }
  private isDecoded(record: number): boolean {
    return this.words[record >> 2] >>> 16 !== SPECIAL.UNDECODED;
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
    let changed = 0;
    for (let index = (address - page) >> 2; index * 4 < address - page + length && index < RECORDS_PER_PAGE; index++) {
      if (this.undecode(records + index * RECORD.BYTES)) changed += 1;
    }
    this.words[decodedCount(records)] -= changed;
    if (changed > 0) this.onCodeChanged(page, why);
  }
  private undecode(record: number): boolean {
    if (!this.isDecoded(record)) return false;
    this.words[record >> 2] = SPECIAL.UNDECODED | (SPECIAL.UNDECODED << 16);
    this.words[(record + RECORD.COUNTER) >> 2] = 0;
    return true;
  }

  /** Address of the record of a decoded instruction without breakpoint; `undefined`: there is none. */
  decodedRecord(address: number): number | undefined {
    const records = this.addressOfPage.get(address - (address % PAGE));
    if (records === undefined) return undefined;
    const record = records + ((address % PAGE) >> 2) * RECORD.BYTES;
    if (!this.isDecoded(record)) return undefined;
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
    return this.breakpoints.has(address) || this.mayWriteWatched(word);
  }
  get isWatchingWrites(): boolean {
    return this.writesWatched !== undefined;
  }
  /** Whether an instruction may write what is watched. */
  mayWriteWatched(word: number): boolean {
    return this.writesWatched !== undefined && mayWrite(word, this.writesWatched);
  }
  /** The same of a record; `undefined`: it is not decoded. */
  stopsAt(record: number): boolean | undefined {
    return this.isDecoded(record) ? this.view.getUint16(record + RECORD.FAST, true) === SPECIAL.BREAKPOINT : undefined;
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
