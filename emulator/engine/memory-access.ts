import { EXIT, FOUND_PAGE, OFFSET, STATE, TLB } from '../cpu-state.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import type { Pe } from '../pe.ts';
import { FAULT_STATUS } from '../system/exception-classes.ts';
import { HOW, type TranslationFault, translateAddress } from '../system/mmu.ts';
import { regimesOf } from '../system/translation-regimes.ts';
import type { MemoryWatch } from './memory-watch.ts';
import type { Records } from './records.ts';
import { ACCESS } from './slow-access.ts';
import { type Tlb, contextOf } from './tlb.ts';

/** Why a data access faulted: what the syndrome needs. */
export interface DataFault extends Partial<Pick<TranslationFault, 'secondStage' | 's2fs1walk' | 'ipa'>> {
  readonly address: bigint;
  readonly status: number;
  readonly isWrite: boolean;
}

/** A device register that is not there: the machine stops and says so. */
export interface UnimplementedAccess {
  readonly what: string;
}

const PAGE = 4096;
/** Which writes to devices may be made now: an instruction that is left in between is executed anew. */
type DeviceWrites = 'all' | 'quiet' | 'none';

/** What {@link MemoryAccess.resolve} answers for a fault, which is in {@link MemoryAccess.fault} then. */
const FAULTED = -1;

/**
 * Data accesses that generated code leaves to the host: TLB fills, devices, faults, accesses across pages, writes to pages that hold
 * predecoded code. Addresses are pairs of 32-bit words here, since this is the way of every TLB miss.
 */
export class MemoryAccess {
  /** Of the last access that returned "leave" with EXIT.FAULT. */
  fault: DataFault | undefined;
  unimplemented: UnimplementedAccess | undefined;
  private readonly view: DataView;
  private readonly words: Int32Array;
  private readonly memory: PhysicalMemory;
  private readonly records: Records;
  private readonly tlb: Tlb;
  private readonly watch: MemoryWatch;
  private readonly currentPe: () => Pe;
  /** For taking 64-bit values apart. */
  private readonly wide = new BigUint64Array(2);
  private readonly halves = new Int32Array(this.wide.buffer);

  constructor(buffer: ArrayBuffer, memory: PhysicalMemory, records: Records, tlb: Tlb, watch: MemoryWatch, currentPe: () => Pe) {
    this.view = new DataView(buffer);
    this.words = new Int32Array(buffer);
    this.memory = memory;
    this.records = records;
    this.tlb = tlb;
    this.watch = watch;
    this.currentPe = currentPe;
  }

  /**
   * The functions that one engine variant imports. `exact` may write to devices; the fast one leaves that to it, except where nothing
   * follows from it.
   */
  imports(exact: boolean): Record<string, (...values: never[]) => number> {
    const { wide, halves } = this;
    return {
      loadSlow: (address: bigint, access: number): number => {
        wide[0] = address;
        return this.load(halves[1], halves[0], access);
      },
      storeSlow: (address: bigint, value: bigint, access: number): number => {
        wide[0] = address;
        wide[1] = value;
        return this.store(halves[1], halves[0], halves[3], halves[2], access, exact);
      },
      writeAddress: (address: bigint, access: number): number => {
        wide[0] = address;
        return this.writeAddress(halves[1], halves[0], access, exact);
      },
    };
  }

  private leave(exit: number): 1 {
    this.view.setInt32(STATE + OFFSET.EXIT, exit, true);
    return 1;
  }
  private result(high: number, low: number): 0 {
    this.words[(STATE + OFFSET.SLOW_VALUE) >> 2] = low;
    this.words[(STATE + OFFSET.SLOW_VALUE + 4) >> 2] = high;
    return 0;
  }
  private noteFault(high: number, low: number, status: number, isWrite: boolean, fault?: TranslationFault): void {
    const address = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    this.fault = { ...fault, address, status, isWrite };
  }
  private externalAbort(high: number, low: number, isWrite: boolean): 1 {
    this.noteFault(high, low, FAULT_STATUS.EXTERNAL, isWrite);
    return this.leave(EXIT.FAULT);
  }

  /**
   * Translates an access that stays on its page, and remembers the translation for generated code.
   * @returns the physical address, or {@link FAULTED}
   */
  private resolve(high: number, low: number, access: number, isWrite: boolean, isPartOfUnaligned = false): number {
    const size = 1 << (access & ACCESS.SIZE);
    const isUnaligned = isPartOfUnaligned || (low & ((access & ACCESS.PAIR ? size * 2 : size) - 1)) !== 0;
    const found = this.words[FOUND_PAGE >> 2];
    if (found !== 0) {
      this.words[FOUND_PAGE >> 2] = 0;
      if (!isUnaligned) return this.allow(found, isWrite) + (low & 0xfff);
    }
    const pe = this.currentPe();
    const { exceptionLevel, pan, uao } = pe.state;
    const regimes = regimesOf(pe);
    const { alignmentChecked: mustBeAligned, isStrict } = regimes.stageOne(exceptionLevel);
    if (isUnaligned && (access & ACCESS.ALIGNED || mustBeAligned)) {
      // A read of an atomic would have faulted as well.
      this.noteFault(high, low, FAULT_STATUS.ALIGNMENT, isWrite && !(access & ACCESS.ATOMIC));
      return FAULTED;
    }
    const isLikeEl0 = access & ACCESS.UNPRIVILEGED && uao === 0 && exceptionLevel > 0 && (exceptionLevel === 1 || regimes.isHost);
    const el = isLikeEl0 ? 0 : exceptionLevel;
    const how = (pan ? HOW.PAN : 0) | (isUnaligned ? HOW.UNALIGNED : 0);
    const type = isWrite ? (access & ACCESS.ATOMIC ? 'atomic' : 'write') : 'read';
    const translation = translateAddress(regimes, this.memory, high, low, type, el, how);
    if (translation.kind === 'fault') {
      this.noteFault(high, low, translation.status, isWrite && !this.wouldReadFault(access, high, low, el, how, translation), translation);
      return FAULTED;
    }
    const page = translation.physicalPage;
    const range = this.memory.rangeAt(page);
    if (isWrite && range?.writable) this.memory.willWrite(page);
    const isUnalignedOk = !translation.deviceMemory && !mustBeAligned;
    const mayBeKnown = (isWrite ? range?.writable && !this.records.hasCode(page) : true) && !this.watch.forbids(page, isWrite);
    // Generated code does not ask a page for its alignment: where only single pages are strict it never gets to know these.
    if (range && mayBeKnown && (isUnalignedOk || isStrict)) {
      const isLocal = translation.nonGlobal || (high & 0x80_0000) === 0;
      const hostPage = range.host + (page - range.base);
      this.tlb.insertData(pe.index, contextOf(el, pan), isWrite, high, low, hostPage, isLocal, translation.size);
    }
    return page + (low & 0xfff);
  }
  /** A page of RAM that only the host's word was missing for: gives it, if nothing is against it. @returns its physical address */
  private allow(hostPage: number, isWrite: boolean): number {
    const { ram } = this.memory;
    const page = ram.base + (hostPage - ram.host);
    if (isWrite) this.memory.willWrite(page);
    if (!(isWrite && this.records.hasCode(page)) && !this.watch.forbids(page, isWrite)) this.tlb.allow(hostPage, isWrite);
    return page;
  }
  /** ESR_ELx.WnR of an atomic is 0 if a read would have faulted in the same way. */
  private wouldReadFault(access: number, high: number, low: number, el: number, how: number, fault: TranslationFault): boolean {
    if (!(access & ACCESS.ATOMIC)) return false;
    const read = translateAddress(regimesOf(this.currentPe()), this.memory, high, low, 'read', el, how);
    return read.kind === 'fault' && read.status === fault.status && read.secondStage === fault.secondStage;
  }

  private load(high: number, low: number, access: number): number {
    const size = 1 << (access & ACCESS.SIZE);
    if ((low & 0xfff) + size > PAGE) return this.loadAcrossPages(high, low, access);
    const physical = this.resolve(high, low, access, false);
    if (physical === FAULTED) return this.leave(EXIT.FAULT);
    if (this.watch.isActive && this.watch.meets(physical, size, true, false)) return this.leave(EXIT.WATCHED);
    return this.loadPhysical(physical, high, low, size);
  }
  private loadPhysical(physical: number, high: number, low: number, size: number): number {
    const range = this.memory.rangeAt(physical);
    if (range) {
      const at = range.host + (physical - range.base);
      const { view } = this;
      switch (size) {
        case 1:
          return this.result(0, view.getUint8(at));
        case 2:
          return this.result(0, view.getUint16(at, true));
        case 4:
          return this.result(0, view.getInt32(at, true));
        default:
          return this.result(view.getInt32(at + 4, true), view.getInt32(at, true));
      }
    }
    const device = this.memory.deviceAt(physical);
    if (!device) return this.externalAbort(high, low, false);
    return this.guardDevice(() => {
      this.wide[0] = device.device.read(physical - device.base, size);
      return this.result(this.halves[1], this.halves[0]);
    });
  }
  /** Byte by byte, as the architecture has it: an access to both pages, or the fault of the first byte that has one. */
  private loadAcrossPages(high: number, low: number, access: number): number {
    const size = 1 << (access & ACCESS.SIZE);
    const bytes = new Uint8Array(8);
    const firstPart = PAGE - (low & 0xfff);
    const [nextHigh, nextLow] = plus(high, low, firstPart);
    const first = this.resolve(high, low, access, false, true);
    if (first === FAULTED) return this.leave(EXIT.FAULT);
    const second = this.resolve(nextHigh, nextLow, access, false, true);
    if (second === FAULTED) return this.leave(EXIT.FAULT);
    if (this.isWatchedAcrossPages(first, second, firstPart, size, false)) return this.leave(EXIT.WATCHED);
    for (let i = 0; i < size; i++) {
      const status =
        i < firstPart ? this.loadPhysical(first + i, high, low, 1) : this.loadPhysical(second + i - firstPart, nextHigh, nextLow, 1);
      if (status) return status;
      bytes[i] = this.words[(STATE + OFFSET.SLOW_VALUE) >> 2];
    }
    const value = new DataView(bytes.buffer);
    return this.result(value.getInt32(4, true), value.getInt32(0, true));
  }

  private store(high: number, low: number, valueHigh: number, valueLow: number, access: number, exact: boolean): number {
    const size = 1 << (access & ACCESS.SIZE);
    if ((low & 0xfff) + size > PAGE) return this.storeAcrossPages(high, low, valueHigh, valueLow, access, exact);
    const physical = this.resolve(high, low, access, true);
    if (physical === FAULTED) return this.leave(EXIT.FAULT);
    if (this.watch.isActive && this.watch.meets(physical, size, false, true)) return this.leave(EXIT.WATCHED);
    return this.storePhysical(physical, high, low, valueHigh, valueLow, size, exact ? 'all' : access & ACCESS.PART ? 'none' : 'quiet');
  }
  private storePhysical(
    physical: number,
    high: number,
    low: number,
    valueHigh: number,
    valueLow: number,
    size: number,
    devices: DeviceWrites,
  ): number {
    const range = this.memory.rangeAt(physical);
    if (range) {
      if (!range.writable) return this.externalAbort(high, low, true);
      const at = range.host + (physical - range.base);
      const { view } = this;
      if (size === 8) {
        view.setInt32(at, valueLow, true);
        view.setInt32(at + 4, valueHigh, true);
      } else if (size === 4) view.setInt32(at, valueLow, true);
      else if (size === 2) view.setInt16(at, valueLow, true);
      else view.setInt8(at, valueLow);
      this.records.invalidate(physical, size);
      return 0;
    }
    const device = this.memory.deviceAt(physical);
    if (!device) return this.externalAbort(high, low, true);
    const value = BigInt.asUintN(size * 8, (BigInt(valueHigh >>> 0) << 32n) | BigInt(valueLow >>> 0));
    const mayWrite = devices === 'all' || (devices === 'quiet' && device.device.isQuiet?.(physical - device.base, value));
    if (!mayWrite) return this.leave(EXIT.SLOW);
    return this.guardDevice(() => {
      device.device.write(physical - device.base, size, value);
      return 0;
    });
  }
  private storeAcrossPages(high: number, low: number, valueHigh: number, valueLow: number, access: number, exact: boolean): number {
    const size = 1 << (access & ACCESS.SIZE);
    const firstPart = PAGE - (low & 0xfff);
    const [nextHigh, nextLow] = plus(high, low, firstPart);
    // Both pages must take the write before any byte changes.
    const first = this.resolve(high, low, access, true, true);
    if (first === FAULTED) return this.leave(EXIT.FAULT);
    const second = this.resolve(nextHigh, nextLow, access, true, true);
    if (second === FAULTED) return this.leave(EXIT.FAULT);
    if (this.isWatchedAcrossPages(first, second, firstPart, size, true)) return this.leave(EXIT.WATCHED);
    const devices = exact ? 'all' : 'none';
    for (let i = 0; i < size; i++) {
      const byte = (i < 4 ? valueLow >>> (8 * i) : valueHigh >>> (8 * (i - 4))) & 0xff;
      const status =
        i < firstPart
          ? this.storePhysical(first + i, high, low, 0, byte, 1, devices)
          : this.storePhysical(second + i - firstPart, nextHigh, nextLow, 0, byte, 1, devices);
      if (status) return status;
    }
    return 0;
  }

  private isWatchedAcrossPages(first: number, second: number, firstPart: number, size: number, isWrite: boolean): boolean {
    const { watch } = this;
    if (!watch.isActive) return false;
    return watch.meets(first, firstPart, !isWrite, isWrite) || watch.meets(second, size - firstPart, !isWrite, isWrite);
  }

  private writeAddress(high: number, low: number, access: number, exact: boolean): number {
    const physical = this.resolve(high, low, access, true);
    if (physical === FAULTED) {
      this.leave(EXIT.FAULT);
      return 0;
    }
    const size = 1 << (access & ACCESS.SIZE);
    if (this.watch.isActive && this.watch.meets(physical, size, (access & ACCESS.ATOMIC) !== 0, true)) {
      this.leave(EXIT.WATCHED);
      return 0;
    }
    const range = this.memory.rangeAt(physical);
    if (!range?.writable) {
      if (this.memory.deviceAt(physical) && !exact) this.leave(EXIT.SLOW);
      else this.externalAbort(high, low, range !== undefined || !(access & ACCESS.ATOMIC));
      return 0;
    }
    this.records.invalidate(physical, size);
    return range.host + (physical - range.base);
  }

  /** Generated code gets to know a page if it may read there. */
  noteReadable(high: number, low: number): void {
    this.resolve(high, low, 0, false);
  }

  /** DC ZVA of the block of so many bytes that contains `address`. @returns the fault; absent: the bytes are zero now */
  zeroBlock(address: bigint, bytes: number): DataFault | undefined {
    this.wide[0] = address;
    const low = this.halves[0] & -bytes;
    const high = this.halves[1];
    const known = this.knownWritable(high, low);
    if (known !== 0) {
      this.words.fill(0, known >> 2, (known + bytes) >> 2);
      return undefined;
    }
    const pe = this.currentPe();
    const how = HOW.UNALIGNED | (pe.state.pan ? HOW.PAN : 0);
    // An alignment fault on any Device memory, as for an unaligned access.
    const result = translateAddress(regimesOf(pe), this.memory, high, low, 'write', pe.state.exceptionLevel, how);
    if (result.kind === 'fault') return { ...result, address, isWrite: true };
    const physical = result.physicalPage + (low & 0xfff);
    this.memory.willWrite(result.physicalPage);
    if (this.watch.isActive) this.watch.noteAnyway(physical, bytes);
    if (this.memory.write(physical, new Uint8Array(bytes)) !== bytes) return { address, status: FAULT_STATUS.EXTERNAL, isWrite: true };
    this.records.invalidate(physical, bytes);
    this.resolve(high, low, 3, true);
    return undefined;
  }
  /** Where an address that generated code may write to is in this memory; 0: not known. Device memory is not among them. */
  private knownWritable(high: number, low: number): number {
    const { words } = this;
    const bank = words[(STATE + OFFSET.TLB_WRITE) >> 2];
    const entry = (bank + ((low >>> 12) & (TLB.ENTRIES - 1)) * TLB.BYTES) >> 2;
    const isDevice = words[(STATE + OFFSET.STRICT_ALIGNMENT) >> 2] !== 0;
    const isKnown = words[entry] === (low & ~0xfff) && words[entry + 1] === high;
    return isKnown && !isDevice ? words[entry + (TLB.HOST >> 2)] + (low & 0xfff) : 0;
  }

  private guardDevice(access: () => number): number {
    try {
      return access();
    } catch (error) {
      this.unimplemented = { what: error instanceof Error ? error.message : String(error) };
      return this.leave(EXIT.HOST);
    }
  }
}

/** Sum of an address and a small number. */
function plus(high: number, low: number, count: number): [high: number, low: number] {
  const sum = (low >>> 0) + count;
  return [(high + (sum >= 2 ** 32 ? 1 : 0)) | 0, sum | 0];
}
