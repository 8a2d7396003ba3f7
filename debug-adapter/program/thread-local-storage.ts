/** Where the thread-local variables of an executable are: behind the thread pointer, so many bytes as the linker has told its code. */
import { type Address, addressFromBigint, type AddressRange } from './addresses.ts';
import { once } from './dwarf/compilation-units.ts';
import { NotAvailable } from './dwarf/expressions.ts';
import { THREAD_POINTERS } from './dwarf/registers.ts';
import type { ElfImage, ElfSegment } from './elf.ts';
import type { FrameContext, Unplaced } from './program.ts';
import type { ThreadLocalSymbol } from './symbol-table.ts';
import { followThreadPointers, type ThreadLocalAccess } from './thread-local-accesses.ts';

export interface ThreadLocalStorage {
  readonly symbols: readonly ThreadLocalSymbol[];
  /** Whether variables are in memory that a library allocates for each thread when it first asks (gcc and clang, -femulated-tls). */
  isEmulated(): boolean;
  /** Those that code there reads or writes, or else those whose address it makes. */
  usedIn(ranges: readonly AddressRange[], symbols: readonly ThreadLocalSymbol[], frame: FrameContext): readonly ThreadLocalSymbol[];
  /** @param offset in what PT_TLS describes. @param ranges the function that the frame is in, as linked. @throws NotAvailable saying why it has no address */
  addressOf(offset: bigint, frame: FrameContext, ranges: readonly AddressRange[]): bigint;
}

/** Thread control block: what AAELF64 ("Thread Local Storage", variant 1) has at the thread pointer. */
const TCB_SIZE = 16;
const PF_X = 1;
/** Bytes of a segment that are read from the machine. */
const MOST_CODE = 64 << 20;

/** By which registers code may find thread-local variables: what compilers use where they are not told (-mtp). */
const [, TPIDR_EL0] = THREAD_POINTERS.keys();

export function createThreadLocalStorage(elf: ElfImage): ThreadLocalStorage {
  const segment = elf.threadLocal;
  const symbols = segment === undefined ? [] : elf.symbols().threadLocals;
  /** As linkers compute it: the block follows the TCB, and has the same place in a page that the segment has. */
  const blockOffset =
    segment === undefined
      ? TCB_SIZE
      : TCB_SIZE + ((((segment.address - TCB_SIZE) % segment.alignment) + segment.alignment) % segment.alignment);

  interface Found {
    readonly accesses: readonly ThreadLocalAccess[];
    readonly read: ReadonlySet<number>;
  }
  /** @param codeOf what executable segments hold */
  function findIn(codeOf: (segment: ElfSegment) => Uint8Array): Found {
    const accesses: ThreadLocalAccess[] = [];
    const read = new Set<number>();
    const end = blockOffset + (segment?.memorySize ?? 0);
    for (const executable of elf.segments.filter(({ flags }) => (flags & PF_X) !== 0)) {
      const registers = followThreadPointers(codeOf(executable), addressFromBigint(executable.virtualAddress), (access) => {
        if (blockOffset <= access.offset && access.offset < end) accesses.push(access);
      });
      for (const register of registers) read.add(register);
    }
    return { accesses, read };
  }
  const inFile = once(() => findIn(({ bytes }) => bytes));
  /** A file of debug information alone has no code in its segments: then the program's is in memory. */
  const isWithoutCode = elf.segments.every(({ flags, fileSize }) => (flags & PF_X) === 0 || fileSize === 0);
  let inMemory: { readonly at: bigint; readonly found: Found } | undefined;
  function found({ memory, loadOffset = 0n }: FrameContext): Found {
    if (!isWithoutCode) return inFile();
    if (inMemory === undefined || inMemory.at !== loadOffset || inMemory.found.read.size === 0)
      inMemory = {
        at: loadOffset,
        found: findIn(({ virtualAddress, memorySize }) => memory(virtualAddress + loadOffset, Math.min(memorySize, MOST_CODE))),
      };
    return inMemory.found;
  }
  const isWithin = (ranges: readonly AddressRange[], pc: Address): boolean => ranges.some(({ low, high }) => low <= pc && pc < high);

  /** The least that tells: the variable's own accesses before those of others, such as linkers make before others. */
  function registersFor(offset: number, ranges: readonly AddressRange[], frame: FrameContext): readonly number[] {
    const { accesses, read } = found(frame);
    const isIt = (access: ThreadLocalAccess): boolean => access.offset - blockOffset === offset;
    const kinds = [
      accesses.filter((access) => access.isRelocated && isIt(access)),
      accesses.filter(({ isRelocated }) => isRelocated),
      accesses.filter(isIt),
      accesses,
    ];
    const telling = kinds.find(({ length }) => length > 0);
    if (telling === undefined) return read.size > 0 ? [...read] : [TPIDR_EL0];
    const all = [...new Set(telling.map(({ register }) => register))];
    const here = [...new Set(telling.flatMap(({ pc, register }) => (isWithin(ranges, pc) ? [register] : [])))];
    return here.length === 1 ? here : all;
  }

  return {
    symbols,
    isEmulated: once(() => elf.symbols().named('__emutls_get_address').length > 0),
    usedIn(ranges, candidates, frame) {
      const inside = found(frame).accesses.filter(({ pc }) => isWithin(ranges, pc));
      const isOn = (access: ThreadLocalAccess, { offset, size }: ThreadLocalSymbol): boolean => {
        const at = access.offset - blockOffset - offset;
        return at >= 0 && at < Math.max(1, size);
      };
      const accessed = candidates.filter((symbol) => inside.some((access) => !access.isAddressOnly && isOn(access, symbol)));
      return accessed.length > 0 ? accessed : candidates.filter((symbol) => inside.some((access) => isOn(access, symbol)));
    },
    addressOf(offset, frame, ranges) {
      const unplaced = (why: Unplaced): NotAvailable => new NotAvailable(why);
      if (segment === undefined) throw new NotAvailable();
      if (elf.isSharedObject) throw unplaced({ kind: 'shared-object' });
      const registers = registersFor(Number(BigInt.asIntN(64, offset)), ranges, frame);
      const behind = BigInt(blockOffset) + offset;
      const nameOf = (register: number): string => THREAD_POINTERS.get(register) ?? '';
      const [register, ...others] = registers;
      const pointer = frame.registers.get(register);
      if (others.some((other) => frame.registers.get(other) !== pointer))
        throw unplaced({ kind: 'several-thread-pointers', registers: registers.map(nameOf), offset: behind });
      if (pointer === undefined || pointer === 0n) throw unplaced({ kind: 'no-thread', register: nameOf(register) });
      return BigInt.asUintN(64, pointer + behind);
    },
  };
}
