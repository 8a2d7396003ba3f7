import { decode } from '../../emulator/a64/decode.ts';
import { EXIT, OFFSET, fetchBank, recordArea, STATE, TLB, TLB_BANK_BYTES, tlbBank } from '../../emulator/cpu-state.ts';
import { Engine as MachineEngine } from '../../emulator/engine/engine.ts';
import type { Variant } from '../../emulator/engine/interpreter.ts';
import { Records } from '../../emulator/engine/records.ts';
import { ACCESS } from '../../emulator/engine/slow-access.ts';
import { Pe } from '../../emulator/pe.ts';
import type { CpuState, Ending, Engine, Outcome, Region } from './engines.ts';

const PAGE = 0x1000;
const WASM_PAGE = 0x1_0000;
const RECORDS_BYTES = 0x20_0000;
const RAM = recordArea(1) + RECORDS_BYTES;
const MEMORY_BYTES = RAM + 0x4_0000;
/** More than any program here executes; far enough above the fast variant's reserve. */
const BUDGET = 1000;
const BRK = 0xd4200000;

/**
 * The WebAssembly engines over a flat address space: the interpreter, fast or exact, or the fast one with the code translated beforehand. The last region loaded is reached through the TLB, the others only through the
 * host's slow accesses, so that both paths are tested.
 */
export class InterpreterEngine implements Engine {
  readonly name: string;
  private readonly variant: Variant | 'translated';
  private readonly memory = new WebAssembly.Memory({ initial: Math.ceil(MEMORY_BYTES / WASM_PAGE) });
  private readonly view = new DataView(this.memory.buffer);
  private readonly pe = new Pe(0, this.memory.buffer);
  private readonly records = new Records(this.memory.buffer, recordArea(1), RECORDS_BYTES);
  private readonly engine: MachineEngine;
  private placed: { region: Region; host: number }[] = [];

  constructor(variant: Variant | 'translated') {
    this.variant = variant;
    this.name = variant === 'translated' ? 'region translator' : `WebAssembly interpreter, ${variant}`;
    const imports = {
      loadSlow: (address: bigint, access: number): number => this.loadSlow(BigInt.asUintN(64, address), access),
      storeSlow: (address: bigint, value: bigint, access: number): number => this.storeSlow(BigInt.asUintN(64, address), value, access),
      writeAddress: (address: bigint, access: number): number => this.accessible(BigInt.asUintN(64, address), access) ?? 0,
      hostInstruction: (): number => this.leave(EXIT.HOST),
    };
    this.engine = new MachineEngine(
      this.memory,
      this.records,
      { fast: imports, exact: imports },
      (pc) => {
        const host = this.hostAddress(pc);
        return host === undefined ? undefined : { physicalPage: Number(pc), hostPage: host };
      },
      () => {},
      // So low that no code is too cold to be translated.
      variant === 'translated' ? 200 : undefined,
    );
    this.pe.makeCurrent();
    this.pe.setField(OFFSET.SP_ALIGNMENT, 15);
    this.pe.setField(OFFSET.TLB_READ, tlbBank(0, 1, false));
    this.pe.setField(OFFSET.TLB_WRITE, tlbBank(0, 1, true));
    this.pe.setField(OFFSET.TLB_READ_UNPRIVILEGED, tlbBank(0, 1, false));
    this.pe.setField(OFFSET.TLB_WRITE_UNPRIVILEGED, tlbBank(0, 1, true));
    this.pe.setField(OFFSET.FETCH_BANK, fetchBank(0, 1));
  }

  private leave(exit: number): 1 {
    this.view.setInt32(STATE + OFFSET.EXIT, exit, true);
    return 1;
  }
  private hostAddress(address: bigint): number | undefined {
    for (const { region, host } of this.placed) {
      if (address >= region.address && address < region.address + BigInt(region.bytes.length))
        return host + Number(address - region.address);
    }
    return undefined;
  }
  /** Host address of an access; `undefined`: it faults. */
  private accessible(address: bigint, access: number): number | undefined {
    const size = 1 << (access & ACCESS.SIZE);
    const alignment = BigInt(access & ACCESS.PAIR ? 2 * size : size);
    const host = access & ACCESS.ALIGNED && address % alignment !== 0n ? undefined : this.hostAddress(address);
    if (host === undefined || this.hostAddress(address + BigInt(size - 1)) === undefined) {
      this.leave(EXIT.FAULT);
      return undefined;
    }
    return host;
  }
  private loadSlow(address: bigint, access: number): number {
    const host = this.accessible(address, access);
    if (host === undefined) return 1;
    const value = this.view.getBigUint64(host, true);
    this.view.setBigUint64(STATE + OFFSET.SLOW_VALUE, BigInt.asUintN(8 << (access & ACCESS.SIZE), value), true);
    return 0;
  }
  private storeSlow(address: bigint, value: bigint, access: number): number {
    const host = this.accessible(address, access);
    if (host === undefined) return 1;
    for (let i = 0; i < 1 << (access & ACCESS.SIZE); i++) this.view.setUint8(host + i, Number((value >> BigInt(8 * i)) & 0xffn));
    return 0;
  }

  load(regions: readonly Region[]): void {
    let host = RAM;
    this.placed = regions.map((region) => {
      const at = host;
      host += Math.ceil(region.bytes.length / PAGE) * PAGE;
      return { region, host: at };
    });
    if (host > MEMORY_BYTES) throw new Error(`the regions need ${host - RAM} bytes, more than the engine's ${MEMORY_BYTES - RAM}`);
    for (const { region, host: at } of this.placed) new Uint8Array(this.memory.buffer).set(region.bytes, at);
    this.records.clear();
    this.engine.flushFetch();
    for (const write of [false, true]) this.fillTlb(tlbBank(0, 1, write));
  }
  private fillTlb(bank: number): void {
    new Uint8Array(this.memory.buffer).fill(0xff, bank, bank + TLB_BANK_BYTES);
    const { region, host } = this.placed[this.placed.length - 1];
    for (let offset = 0; offset < region.bytes.length; offset += PAGE) {
      const page = region.address + BigInt(offset);
      const entry = bank + Number((page >> 12n) % BigInt(TLB.ENTRIES)) * TLB.BYTES;
      this.view.setBigUint64(entry + TLB.TAG, page, true);
      this.view.setInt32(entry + TLB.HOST, host + offset, true);
      this.view.setInt32(entry + TLB.ADDEND, host + offset - Number(BigInt.asIntN(32, page)), true);
    }
  }

  run(words: readonly number[], before: CpuState): Outcome {
    const { pe } = this;
    const code = this.hostAddress(before.pc);
    if (code === undefined) throw new Error(`no region at 0x${before.pc.toString(16)}`);
    const original = new Uint8Array(this.memory.buffer).slice(code, code + 4 * words.length + 4);
    [...words, BRK].forEach((word, index) => this.view.setUint32(code + 4 * index, word, true));
    this.engine.regions.clear();
    this.records.invalidate(Number(before.pc), original.length);
    if (this.variant === 'translated') this.translate(before.pc, words.length + 1);
    before.x.forEach((value, index) => pe.setX(index, value));
    pe.sp = before.sp;
    pe.pc = before.pc;
    pe.nzcv = before.nzcv;
    before.v.forEach((value, index) => pe.setV(index, value));
    pe.setField(OFFSET.FPCR, before.fpcr);
    pe.setField(OFFSET.FPSR, before.fpsr);
    pe.clearExclusiveMonitor();
    const exit = this.variant === 'exact' ? this.engine.runExact(BUDGET) : this.engine.run(BUDGET);
    new Uint8Array(this.memory.buffer).set(original, code);
    const state: CpuState = {
      x: before.x.map((_, index) => pe.x(index)),
      sp: pe.sp,
      pc: pe.pc,
      nzcv: pe.nzcv,
      v: before.v.map((_, index) => pe.v(index)),
      fpcr: pe.field(OFFSET.FPCR),
      fpsr: pe.field(OFFSET.FPSR),
    };
    const stoppedAt = words[Number(state.pc - before.pc) / 4];
    return { ending: this.endingOf(exit, stoppedAt), state, written: this.restore() };
  }
  /** Has the code been executed before, and often. */
  private translate(pc: bigint, words: number): void {
    const page = Number(pc & ~0xfffn);
    const records = this.records.pageRecords(page, this.hostAddress(pc & ~0xfffn) as number) as number;
    for (let index = 0; index < words; index++) this.records.decodeFrom(records, Number(pc & 0xfffn) + 4 * index);
    this.engine.regions.translate(pc);
  }
  /** @param word of the program, where it stopped; `undefined`: outside it, at a BRK */
  private endingOf(exit: ReturnType<MachineEngine['run']>, word: number | undefined): Ending {
    if (exit === 'fault' || exit === 'sp-alignment') return 'fault';
    if (exit !== 'host') throw new Error(`the interpreter ended with ${exit}`);
    if (word === undefined) return 'executed';
    const { kind } = decode(word);
    return kind === 'instruction' ? 'host' : kind;
  }
  private restore(): [bigint, number][] {
    const all = new Uint8Array(this.memory.buffer);
    return this.placed.flatMap(({ region, host }) => {
      const now = all.subarray(host, host + region.bytes.length);
      if (Buffer.compare(now, region.bytes) === 0) return [];
      const changed: [bigint, number][] = [];
      const { bytes } = region;
      for (let index = 0; index < bytes.length; index++) {
        if (now[index] !== bytes[index]) changed.push([region.address + BigInt(index), now[index]]);
      }
      now.set(region.bytes);
      return changed;
    });
  }
}
