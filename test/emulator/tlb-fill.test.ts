import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILL, FOUND_PAGE, TLB, TLB_CONTEXTS, tlbBank } from '../../emulator/cpu-state.ts';
import { buildFill } from '../../emulator/engine/tlb-fill.ts';
import { contextOf, Tlb } from '../../emulator/engine/tlb.ts';
import { PhysicalMemory } from '../../emulator/memory/physical-memory.ts';
import { Pe } from '../../emulator/pe.ts';
import { HOW, translateAddress } from '../../emulator/system/mmu.ts';
import { type RegisterName, store } from '../../emulator/system/storage.ts';
import { regimesOf } from '../../emulator/system/translation-regimes.ts';
import { layOutMemory } from '../../emulator/virt.ts';
import { randomNumbers } from '../a64/oracle/executions.ts';

const RAM_BYTES = 1 << 18;
const layout = layOutMemory(1, RAM_BYTES);
const [ram] = layout.ranges;
const memory = new WebAssembly.Memory({ initial: layout.totalPages });
const view = new DataView(memory.buffer);
const pe = new Pe(0, memory.buffer);
const physical = new PhysicalMemory(memory.buffer, layout.ranges, []);
const tlb = new Tlb(memory.buffer, [pe], { ...ram, ...layout.pages });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(buildFill()), { env: { memory } });
const fill = exports.fill as (address: bigint, context: number, isWrite: number) => number;
/** By page of RAM: for reads, then for writes. */
const mayBeEntered = new Uint8Array(memory.buffer, layout.pages.readablePages, (2 * RAM_BYTES) / 4096);

const numbers = randomNumbers(0xf111);
const below = (count: number): number => (numbers() >>> 0) % count;
const oneOf = <T>(...values: readonly T[]): T => values[below(values.length)];
const bits = (count: number): bigint =>
  BigInt(below(2 ** Math.min(count, 32))) | (count > 32 ? BigInt(below(2 ** (count - 32))) << 32n : 0n);

/** Mostly in RAM. */
const outputAddress = (): bigint => (below(24) > 0 ? 0x4000_0000n : oneOf(0n, 0x4004_0000n, 1n << 40n)) + bits(18);
/** Mostly valid, a table or a page, with its access flag. */
function descriptor(): bigint {
  const above = below(4) > 0 ? 0n : bits(5) << 59n;
  const attributes = (bits(10) & 0x3fcn) | BigInt(below(16) > 0 ? 1 << 10 : 0) | (bits(1) << 11n) | (bits(3) << 52n);
  return above | (outputAddress() & ~0xfffn) | attributes | BigInt(below(8) > 0 ? 3 : below(4) > 0 ? 1 : oneOf(0, 2));
}
function newTables(): void {
  const words = new BigUint64Array(memory.buffer, ram.host, RAM_BYTES / 8);
  const some = BigUint64Array.from({ length: 509 }, descriptor);
  for (let at = 0; at < words.length; at += some.length) words.set(some.subarray(0, words.length - at), at);
}

function control(): bigint {
  const size = (): bigint => BigInt(oneOf(16, 16, 25, 25, 28, 33, 39, below(64)));
  const lower = size() | (oneOf(0n, 0n, 0n, 1n) << 7n) | (oneOf(0n, 0n, 1n, 2n, 3n) << 14n);
  const upper = (size() << 16n) | (oneOf(0n, 0n, 0n, 1n) << 23n) | (oneOf(2n, 2n, 1n, 3n, 0n) << 30n);
  return lower | upper | (oneOf(0n, 1n, 2n, 5n, 5n) << 32n) | (bits(2) << 37n);
}

/** As most guests have it, and as none has. */
function newRegisters(): void {
  const set = (name: RegisterName, value: bigint): void => store(pe, name, value);
  for (const el of [1, 2] as const) {
    set(`TCR_EL${el}`, control());
    for (const n of [0, 1] as const) set(`TTBR${n}_EL${el}`, (outputAddress() & oneOf(~0xfffn, ~0xffffn)) | (bits(8) << 48n));
    set(`MAIR_EL${el}`, BigInt(oneOf(0xff, 0x04ff, 0xff44, 0x00)) | (bits(32) << 16n));
    set(`SCTLR_EL${el}`, BigInt(below(12) > 0 ? 1 : 0) | (oneOf(0n, 0n, 0n, 1n) << 1n) | (oneOf(0n, 1n, 1n) << 2n) | (bits(1) << 19n));
  }
  const rarely = (): bigint => BigInt(below(12) > 0 ? 0 : 1);
  set('HCR_EL2', rarely() | (rarely() << 12n) | (oneOf(0n, 0n, 1n) << 27n) | (oneOf(0n, 1n) << 34n));
}

/** Mostly one that lies in a range of the exception level's; sometimes near the start of a gigabyte, so that its block is in RAM. */
function inputAddress(el: number): bigint {
  const { enabled, lower, upper } = regimesOf(pe).stageOne(el);
  const isUpper = enabled && upper !== undefined && below(2) === 1;
  const size = BigInt(isUpper ? upper.inputSize : lower.inputSize);
  const inRange = enabled ? BigInt.asUintN(Number(size), bits(48)) & oneOf(-1n, -1n, ~0x3ffc_0000n) : outputAddress();
  const top = below(8) > 0 ? 0n : bits(8) << oneOf(56n, 48n, 30n);
  return BigInt.asUintN(64, (isUpper ? ~inRange : inRange) ^ top);
}

/** Entry of the bank, as (virtual page, place, addend); absent: it has none for the page. */
function entryOf(address: bigint, context: number, isWrite: boolean): string | undefined {
  const at = tlbBank(0, context, isWrite) + Number((address >> 12n) % BigInt(TLB.ENTRIES)) * TLB.BYTES;
  if (view.getBigUint64(at + TLB.TAG, true) !== (address & ~0xfffn)) return undefined;
  return `${view.getInt32(at + TLB.HOST, true)} ${view.getInt32(at + TLB.ADDEND, true)}`;
}

test('the walk in WebAssembly finds what translateAddress finds', () => {
  const seen = { filled: 0, blocks: 0, flat: 0, refused: 0, upper: 0, left: 0 };
  for (let round = 0; round < 2000; round++) {
    newTables();
    newRegisters();
    const regimes = regimesOf(pe);
    for (let n = 0; n < 40; n++) {
      const el = below(3);
      const pan = el === 0 ? 0 : below(2);
      pe.state.exceptionLevel = el;
      pe.state.pan = pan;
      tlb.select(pe);
      tlb.flush();
      const address = inputAddress(el);
      const [high, low] = [Number(address >> 32n) | 0, Number(address & 0xffff_ffffn) | 0];
      const isWrite = below(2) === 1;
      const context = contextOf(el, pan);
      const translation = translateAddress(regimes, physical, high, low, isWrite ? 'write' : 'read', el, pan ? HOW.PAN : 0);
      const stage = regimes.stageOne(el);
      const isPage = translation.kind === 'page' && physical.rangeAt(translation.physicalPage) === ram;
      const isAllowed = isPage && (stage.isStrict || (!stage.alignmentChecked && !translation.deviceMemory));
      const expected = isAllowed && !stage.stage2;
      if (isPage && translation.size > 12) {
        assert.equal(fill(address, FILL.AREA + context * FILL.BYTES, isWrite ? 1 : 0), 0, 'an unknown block is the host’s');
        tlb.insertData(0, context, isWrite, high, low, ram.host, false, translation.size);
        tlb.flushLocal();
      }
      const place = ram.host + (isPage ? translation.physicalPage - ram.base : 0);
      mayBeEntered.fill(0);
      assert.equal(fill(address, FILL.AREA + context * FILL.BYTES, isWrite ? 1 : 0), 0, 'the host has not allowed it yet');
      assert.equal(view.getInt32(FOUND_PAGE, true), expected ? place : 0);
      view.setInt32(FOUND_PAGE, 0, true);
      if (isPage) tlb.allow(place, isWrite);
      const found = fill(address, FILL.AREA + context * FILL.BYTES, isWrite ? 1 : 0);
      const where = `round ${round}: ${TLB_CONTEXTS[context]}, ${isWrite ? 'write' : 'read'} 0x${address.toString(16)}: ${JSON.stringify(translation)}`;
      assert.equal(found, expected ? 1 : 0, where);
      if (!isPage) seen.refused++;
      else if (!expected) seen.left++;
      if (!expected) continue;
      seen.filled++;
      if (translation.size > 12) seen.blocks++;
      if (!stage.enabled) seen.flat++;
      if (high < 0) seen.upper++;
      assert.equal(entryOf(address, context, isWrite), `${place} ${(place - (low & ~0xfff)) | 0}`, where);
      // It depends on the address space exactly if the page does.
      tlb.flushLocal();
      const isGlobal = !translation.nonGlobal && (high & 0x80_0000) !== 0;
      assert.equal(entryOf(address, context, isWrite) !== undefined, isGlobal, where);
      tlb.flush();
      assert.equal(entryOf(address, context, isWrite), undefined, where);
    }
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 100, `${what}: ${count}`);
});
