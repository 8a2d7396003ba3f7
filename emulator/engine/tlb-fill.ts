/**
 * The usual translation table walk as a WebAssembly function: stage 1 alone, over tables in RAM, to a page or a known block in RAM that the
 * access is allowed to and that has its access flag set. Anything else is the host's (`system/mmu.ts`), which decides the same way for these.
 * It remembers nothing but the entry that it fills.
 */
import { FILL, FILL_KIND, FILL_RANGE, FOUND_PAGE, KNOWN_BLOCKS, TLB, TLB_BANK_BYTES, TLB_LOG, recordArea } from '../cpu-state.ts';
import { FunctionBody, ModuleBuilder } from '../wasm/module.ts';
import type { I32, I64 } from './expression.ts';
import { RegionBuilder } from './region-builder.ts';
import { fillSignature } from './slow-access.ts';

const OUTPUT_ADDRESS = 0xffff_ffff_f000n;
const VALID = 1n;
const TABLE_OR_PAGE = 2n;
const ACCESS_FLAG = 1n << 10n;
const NON_GLOBAL = 11n;
/** log2 of the largest block. Tables of 4 KB have it at level 1, others at no level. */
const GIGABYTE = 30;

/** A module with the one function `fill`, for machines of all sizes. */
export function buildFill(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(recordArea(1) / 65_536, []);
  module.export('fill', module.add(fillFunction()));
  return module.encode();
}

function fillFunction(): FunctionBody {
  const body = new FunctionBody(fillSignature);
  const b = new RegionBuilder(body, [], [], { isStrict: false, tlb: undefined });
  const [address, context, isWrite] = [b.local('i64', 0), b.local('i32', 1), b.local('i32', 2)];
  const variable = (): I32 => b.local('i32', body.local('i32'));
  const wide = (): I64 => b.local('i64', body.local('i64'));
  const parameter = (offset: number): I32 => b.loadFrom('i32', 'i32.load', context, offset);
  const answer = (value: number): void => {
    body.i32Const(value);
    body.op('return');
  };
  const leaveIf = (condition: I32): void => b.when(condition, () => answer(0));
  const leaveUnless = (condition: I32): void => leaveIf(b.eqz(condition));
  const shifted = (value: I64, count: I32): I64 => b.shrU(value, b.zeroExtend(count));
  /** Of a number from 0 to 31: whether that bit of the mask is 1. */
  const has = (mask: I32, number: I32): I32 => b.and(b.shrU(mask, number), b.i32(1));

  const [isUpper, range, lsb, mask, table, above, size, offset, page] = [
    variable(),
    variable(),
    variable(),
    variable(),
    variable(),
    variable(),
    variable(),
    variable(),
    variable(),
  ];
  const [descriptor, output, rest] = [wide(), wide(), wide()];
  const ofRange = (at: number): I32 => b.loadFrom('i32', 'i32.load', range, FILL.RANGES + at);

  const kind = b.let(parameter(FILL.KIND));
  leaveIf(b.eq(kind, b.i32(FILL_KIND.HOST)));
  b.assign(isUpper, b.and(b.wrap(b.shrU(address, b.i64(55))), b.i32(1)));
  b.assign(range, b.add(context, b.mul(isUpper, b.i32(FILL_RANGE.BYTES))));
  // The address without the bits that are ignored.
  const ignored = b.let(b.zeroExtend(ofRange(FILL_RANGE.IGNORED)));
  b.assign(rest, b.shrU(b.shl(address, ignored), ignored));
  b.assign(size, b.i32(12));
  b.assign(descriptor, b.i64(0));

  b.when(
    b.eq(kind, b.i32(FILL_KIND.FLAT)),
    () => b.assign(output, b.and(rest, b.i64(~0xfffn))),
    () => {
      b.assign(table, ofRange(FILL_RANGE.TABLE));
      leaveUnless(table);
      // All bits above the input address are 0, or 1 in the upper range.
      const inverted = b.sub(b.i64(0), b.zeroExtend(isUpper));
      leaveUnless(b.eqz(shifted(b.shrU(b.shl(b.xor(address, inverted), ignored), ignored), ofRange(FILL_RANGE.INPUT_SIZE))));
      b.assign(lsb, ofRange(FILL_RANGE.LSB));
      b.assign(mask, ofRange(FILL_RANGE.MASK));
      const granule = b.let(ofRange(FILL_RANGE.GRANULE));
      const stride = b.let(b.sub(granule, b.i32(3)));
      b.assign(above, b.i32(0));

      body.block('block');
      body.block('loop');
      const place = b.add(table, b.shl(b.and(b.wrap(shifted(address, lsb)), mask), b.i32(3)));
      b.assign(descriptor, b.loadFrom('i64', 'i64.load', place));
      leaveUnless(b.wrap(b.and(descriptor, b.i64(VALID))));
      b.emit(b.or(b.eq(lsb, granule), b.eqz(b.and(descriptor, b.i64(TABLE_OR_PAGE)))));
      body.opU32('br_if', 1);
      b.assign(above, b.or(above, b.wrap(b.shrU(descriptor, b.i64(59)))));
      const tableMask = b.shl(b.i64(-1), b.zeroExtend(granule));
      b.assign(output, b.sub(b.and(b.and(descriptor, b.i64(OUTPUT_ADDRESS)), tableMask), ramBase()));
      leaveUnless(b.ltU(output, ramBytes()));
      b.assign(table, b.add(parameter(FILL.RAM_HOST), b.wrap(output)));
      b.assign(lsb, b.sub(lsb, stride));
      b.assign(mask, b.sub(b.shl(b.i32(1), stride), b.i32(1)));
      body.opU32('br', 0);
      body.op('end');
      body.op('end');

      // A page at level 3; a block at level 2, or at level 1 of 4 KB tables.
      const isPage = b.and(b.eq(lsb, granule), b.wrap(b.and(b.shrU(descriptor, b.i64(1)), b.i64(1))));
      leaveUnless(b.or(isPage, b.or(b.eq(lsb, b.add(granule, stride)), b.eq(lsb, b.i32(GIGABYTE)))));
      leaveIf(b.eqz(b.and(descriptor, b.i64(ACCESS_FLAG))));
      b.assign(size, lsb);
      const low = b.let(b.wrap(descriptor));
      const isUser = b.and(b.shrU(low, b.i32(6)), b.xor(b.and(b.shrU(above, b.i32(2)), b.i32(1)), b.i32(1)));
      const isReadOnly = b.or(b.shrU(low, b.i32(7)), b.shrU(above, b.i32(3)));
      const access = b.or(b.and(isUser, b.i32(1)), b.shl(b.and(isReadOnly, b.i32(1)), b.i32(1)));
      leaveUnless(has(b.select(isWrite, parameter(FILL.WRITABLE), parameter(FILL.READABLE)), access));
      leaveUnless(has(parameter(FILL.ATTRIBUTES), b.and(b.shrU(low, b.i32(2)), b.i32(7))));
      const within = b.let(b.sub(b.shl(b.i64(1), b.zeroExtend(size)), b.i64(1)));
      const block = b.and(b.and(descriptor, b.i64(OUTPUT_ADDRESS)), b.xor(within, b.i64(-1)));
      b.assign(output, b.or(block, b.and(b.and(address, within), b.i64(~0xfffn))));
    },
  );

  function ramBase(): I64 {
    return b.loadFrom('i64', 'i64.load', context, FILL.RAM_BASE);
  }
  function ramBytes(): I64 {
    return b.loadFrom('i64', 'i64.load', context, FILL.RAM_BYTES);
  }

  b.assign(output, b.sub(output, ramBase()));
  leaveUnless(b.ltU(output, ramBytes()));
  b.assign(offset, b.wrap(output));
  b.when(b.ne(size, b.i32(12)), () => {
    const number = b.let(shifted(address, size));
    const known = b.shl(b.and(b.wrap(number), b.i32(KNOWN_BLOCKS.ENTRIES - 1)), b.i32(3));
    const found = b.loadFrom<'i64'>('i64', 'i64.load', b.add(parameter(FILL.KNOWN_BLOCKS), known));
    leaveIf(b.ne(found, b.add(b.shl(number, b.zeroExtend(size)), b.zeroExtend(size))));
  });

  b.assign(page, b.add(parameter(FILL.RAM_HOST), offset));
  const pages = b.select(isWrite, parameter(FILL.WRITABLE_PAGES), parameter(FILL.READABLE_PAGES));
  b.when(b.eqz(b.loadFrom('i32', 'i32.load8_u', b.add(pages, b.shrU(offset, b.i32(12))))), () => {
    b.storeTo('i32.store', b.i32(0), page, FOUND_PAGE);
    answer(0);
  });

  const slot = b.let(b.and(b.shrU(b.wrap(address), b.i32(12)), b.i32(TLB.ENTRIES - 1)));
  const bank = b.add(parameter(FILL.BANK), b.mul(isWrite, b.i32(TLB_BANK_BYTES)));
  const entry = b.let(b.add(bank, b.mul(slot, b.i32(TLB.BYTES))));
  const tag = b.let(b.and(address, b.i64(~0xfffn)));
  b.storeTo('i64.store', entry, tag, TLB.TAG);
  b.storeTo('i32.store', entry, page, TLB.HOST);
  b.storeTo('i32.store', entry, b.sub(page, b.wrap(tag)), TLB.ADDEND);

  // Of the address space's own: non-global pages, and those of the lower range.
  const isGlobal = b.let(b.and(isUpper, b.xor(b.wrap(b.and(b.shrU(descriptor, b.i64(NON_GLOBAL)), b.i64(1))), b.i32(1))));
  const log = b.let(b.add(parameter(FILL.LOG), b.mul(isWrite, b.i32(TLB_LOG.BYTES))));
  const countAt = b.let(b.add(log, b.mul(isGlobal, b.i32(TLB_LOG.GLOBALS - TLB_LOG.LOCALS))));
  const count = b.let(b.loadFrom('i32', 'i32.load', countAt, TLB_LOG.LOCALS));
  b.when(b.ltU(count, b.i32(TLB_LOG.SLOTS)), () => {
    const place = b.add(b.add(log, b.mul(isGlobal, b.i32(TLB_LOG.GLOBAL - TLB_LOG.LOCAL))), b.shl(count, b.i32(1)));
    b.storeTo('i32.store16', place, slot, TLB_LOG.LOCAL);
  });
  b.storeTo('i32.store', countAt, b.add(count, b.leU(count, b.i32(TLB_LOG.SLOTS))), TLB_LOG.LOCALS);
  body.i32Const(1);
  return body;
}
