import { EXIT, OFFSET, STATE, TLB, TLB_CONTEXTS, TLB_UNALIGNED_OK, TLB_BANK_BYTES, tlbBank } from '../cpu-state.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import type { Pe } from '../pe.ts';
import { isAlignmentChecked } from '../system/configuration.ts';
import { FAULT_STATUS } from '../system/exception-classes.ts';
import { translate } from '../system/mmu.ts';
import type { Records } from './records.ts';
import { ACCESS } from './slow-access.ts';

/** Why a data access faulted: what the syndrome needs. */
export interface DataFault {
  readonly address: bigint;
  readonly status: number;
  readonly isWrite: boolean;
}

/** A device register that is not there: the machine stops and says so. */
export interface UnimplementedAccess {
  readonly what: string;
}

const PAGE = 4096;

/**
 * Data accesses that generated code leaves to the host: TLB fills, devices, faults, accesses across pages, writes to pages that hold
 * predecoded code.
 */
export class MemoryAccess {
  /** Of the last access that returned "leave" with EXIT.FAULT. */
  fault: DataFault | undefined;
  unimplemented: UnimplementedAccess | undefined;
  private readonly view: DataView;
  private readonly memory: PhysicalMemory;
  private readonly records: Records;
  private readonly currentPe: () => Pe;

  constructor(buffer: ArrayBuffer, memory: PhysicalMemory, records: Records, currentPe: () => Pe) {
    this.view = new DataView(buffer);
    this.memory = memory;
    this.records = records;
    this.currentPe = currentPe;
  }

  /** The functions that one engine variant imports. `exact` may touch devices; the fast one leaves that to it. */
  imports(exact: boolean): Record<string, (...values: never[]) => number> {
    return {
      loadSlow: (address: bigint, access: number): number => this.load(BigInt.asUintN(64, address), access, exact),
      storeSlow: (address: bigint, value: bigint, access: number): number =>
        this.store(BigInt.asUintN(64, address), BigInt.asUintN(64, value), access, exact),
      writeAddress: (address: bigint, access: number): number => this.writeAddress(BigInt.asUintN(64, address), access, exact),
    };
  }

  private leave(exit: number): 1 {
    this.view.setInt32(STATE + OFFSET.EXIT, exit, true);
    return 1;
  }
  private abort(address: bigint, status: number, isWrite: boolean): 1 {
    this.fault = { address, status, isWrite };
    return this.leave(EXIT.FAULT);
  }
  private result(value: bigint): 0 {
    this.view.setBigUint64(STATE + OFFSET.SLOW_VALUE, value, true);
    return 0;
  }

  /** Context of TLB banks for an exception level. */
  private context(access: number): number {
    const el = this.currentPe().state.exceptionLevel;
    return access & ACCESS.UNPRIVILEGED && el === 1 ? 3 : el;
  }

  /** One access within one page, or the fault that it takes. */
  private resolve(address: bigint, access: number, isWrite: boolean): { physical: number } | { status: number } {
    const pe = this.currentPe();
    const size = 1 << (access & ACCESS.SIZE);
    const alignment = BigInt(access & ACCESS.PAIR ? size * 2 : size);
    const unaligned = (address & (alignment - 1n)) !== 0n;
    if (unaligned && (access & ACCESS.ALIGNED || isAlignmentChecked(pe))) return { status: FAULT_STATUS.ALIGNMENT };
    const translation = translate(pe, address, isWrite ? 'write' : 'read', pe.state.exceptionLevel);
    if (translation.kind === 'fault') return { status: translation.status };
    if (unaligned && translation.deviceMemory) return { status: FAULT_STATUS.ALIGNMENT };
    const physical = translation.physicalPage + Number(address & 0xfffn);
    const range = this.memory.rangeAt(physical);
    if (range && (range.writable || !isWrite)) this.fill(pe, address, translation.physicalPage, access, isWrite, !translation.deviceMemory);
    return { physical };
  }
  private fill(pe: Pe, address: bigint, physicalPage: number, access: number, isWrite: boolean, unalignedOk: boolean): void {
    if (isWrite && this.records.hasPage(physicalPage)) return;
    const range = this.memory.rangeAt(physicalPage);
    if (!range) return;
    const page = address & ~0xfffn;
    const entry = tlbBank(pe.index, this.context(access), isWrite) + Number((page >> 12n) & BigInt(TLB.ENTRIES - 1)) * TLB.BYTES;
    this.view.setBigUint64(entry + TLB.TAG, page, true);
    this.view.setInt32(entry + TLB.HOST, range.host + (physicalPage - range.base), true);
    this.view.setInt32(entry + TLB.FLAGS, unalignedOk && !isAlignmentChecked(pe) ? TLB_UNALIGNED_OK : 0, true);
  }

  private load(address: bigint, access: number, exact: boolean): number {
    const size = 1 << (access & ACCESS.SIZE);
    if (Number(address & 0xfffn) + size > PAGE) return this.loadAcrossPages(address, access, exact);
    const resolved = this.resolve(address, access, false);
    if ('status' in resolved) return this.abort(address, resolved.status, false);
    const range = this.memory.rangeAt(resolved.physical);
    if (range) {
      const at = range.host + (resolved.physical - range.base);
      const view = this.view;
      switch (access & ACCESS.SIZE) {
        case 0:
          return this.result(BigInt(view.getUint8(at)));
        case 1:
          return this.result(BigInt(view.getUint16(at, true)));
        case 2:
          return this.result(BigInt(view.getUint32(at, true)));
        default:
          return this.result(view.getBigUint64(at, true));
      }
    }
    const device = this.memory.deviceAt(resolved.physical);
    if (!device) return this.abort(address, FAULT_STATUS.EXTERNAL, false);
    if (!exact) return this.leave(EXIT.SLOW);
    return this.guardDevice(() => this.result(device.device.read(resolved.physical - device.base, size)));
  }
  private loadAcrossPages(address: bigint, access: number, exact: boolean): number {
    const size = 1 << (access & ACCESS.SIZE);
    let value = 0n;
    for (let i = 0; i < size; i++) {
      const status = this.load(address + BigInt(i), access & ~ACCESS.SIZE & ~ACCESS.PAIR, exact);
      if (status) return status;
      value |= this.view.getBigUint64(STATE + OFFSET.SLOW_VALUE, true) << BigInt(8 * i);
    }
    return this.result(value);
  }

  private store(address: bigint, value: bigint, access: number, exact: boolean): number {
    const size = 1 << (access & ACCESS.SIZE);
    if (Number(address & 0xfffn) + size > PAGE) return this.storeAcrossPages(address, value, access, exact);
    const resolved = this.resolve(address, access, true);
    if ('status' in resolved) return this.abort(address, resolved.status, true);
    const range = this.memory.rangeAt(resolved.physical);
    if (range) {
      if (!range.writable) return this.abort(address, FAULT_STATUS.EXTERNAL, true);
      this.writeRange(range.host + (resolved.physical - range.base), value, access & ACCESS.SIZE);
      this.records.invalidate(resolved.physical, size);
      return 0;
    }
    const device = this.memory.deviceAt(resolved.physical);
    if (!device) return this.abort(address, FAULT_STATUS.EXTERNAL, true);
    if (!exact) return this.leave(EXIT.SLOW);
    return this.guardDevice(() => {
      device.device.write(resolved.physical - device.base, size, size === 8 ? value : BigInt.asUintN(size * 8, value));
      return 0;
    });
  }
  private storeAcrossPages(address: bigint, value: bigint, access: number, exact: boolean): number {
    const size = 1 << (access & ACCESS.SIZE);
    // Both pages must take the write before any byte changes.
    for (const end of [address, address + BigInt(size - 1)]) {
      const resolved = this.resolve(end, access & ~ACCESS.SIZE & ~ACCESS.PAIR, true);
      if ('status' in resolved) return this.abort(end, resolved.status, true);
    }
    for (let i = 0; i < size; i++) {
      const status = this.store(address + BigInt(i), (value >> BigInt(8 * i)) & 0xffn, access & ~ACCESS.SIZE & ~ACCESS.PAIR, exact);
      if (status) return status;
    }
    return 0;
  }
  private writeRange(at: number, value: bigint, size: number): void {
    const view = this.view;
    switch (size) {
      case 0:
        view.setUint8(at, Number(value & 0xffn));
        return;
      case 1:
        view.setUint16(at, Number(value & 0xffffn), true);
        return;
      case 2:
        view.setUint32(at, Number(value & 0xffff_ffffn), true);
        return;
      default:
        view.setBigUint64(at, value, true);
    }
  }

  private writeAddress(address: bigint, access: number, exact: boolean): number {
    const resolved = this.resolve(address, access, true);
    if ('status' in resolved) {
      this.abort(address, resolved.status, true);
      return 0;
    }
    const range = this.memory.rangeAt(resolved.physical);
    if (!range || !range.writable) {
      if (this.memory.deviceAt(resolved.physical) && !exact) this.leave(EXIT.SLOW);
      else this.abort(address, FAULT_STATUS.EXTERNAL, true);
      return 0;
    }
    this.records.invalidate(resolved.physical, 1 << (access & ACCESS.SIZE));
    return range.host + (resolved.physical - range.base);
  }

  /** DC ZVA. @returns the fault status; absent: the bytes are zero now */
  zeroBlock(address: bigint, bytes: number): number | undefined {
    const pe = this.currentPe();
    const translation = translate(pe, address, 'write', pe.state.exceptionLevel);
    if (translation.kind === 'fault') return translation.status;
    if (translation.deviceMemory) return FAULT_STATUS.ALIGNMENT;
    const physical = translation.physicalPage + Number(address & 0xfffn);
    if (this.memory.write(physical, new Uint8Array(bytes)) !== bytes) return FAULT_STATUS.EXTERNAL;
    this.records.invalidate(physical, bytes);
    return undefined;
  }

  private guardDevice(access: () => number): number {
    try {
      return access();
    } catch (error) {
      this.unimplemented = { what: error instanceof Error ? error.message : String(error) };
      return this.leave(EXIT.HOST);
    }
  }

  /** Empties every data TLB of every PE: translations or what pages are good for changed. */
  flush(pes: number, writeBanksOnly = false): void {
    const words = new Int32Array(this.view.buffer);
    for (let pe = 0; pe < pes; pe++) {
      for (let context = 0; context < TLB_CONTEXTS.length; context++) {
        for (const write of writeBanksOnly ? [true] : [false, true]) {
          const bank = tlbBank(pe, context, write);
          words.fill(-1, bank >> 2, (bank + TLB_BANK_BYTES) >> 2);
          // All ones is a page of the last entry; there, page 0 cannot match.
          this.view.setBigUint64(bank + TLB_BANK_BYTES - TLB.BYTES + TLB.TAG, 0n, true);
        }
      }
    }
  }
  /** The running PE's EL changed: its accesses use that EL's banks from now on. */
  selectBanks(pe: Pe): void {
    const context = pe.state.exceptionLevel;
    pe.setField(OFFSET.TLB_READ, tlbBank(pe.index, context, false));
    pe.setField(OFFSET.TLB_WRITE, tlbBank(pe.index, context, true));
  }
}
