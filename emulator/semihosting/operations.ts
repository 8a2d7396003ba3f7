/** The operations of "Semihosting for AArch32 and AArch64", as an A64 guest calls them: one row each. */
import { LONGEST_TEXT, type SemihostingCall } from './call.ts';
import { FEATURES } from './handles.ts';

/** X0; `nothing`: it stays; `waits`: the call is made again when something has been typed; `gone`: the guest has ended. */
export type OperationResult = bigint | 'nothing' | 'waits' | 'gone';

export interface Operation {
  /** W0 */
  readonly number: number;
  readonly name: string;
  /** Fields of the block that X1 leads to. Absent: there is none, or X1 leads to something else. */
  readonly block?: readonly string[];
  /** @param block the fields' values. @throws BadAddress before anything has been done */
  run(call: SemihostingCall, ...block: readonly bigint[]): OperationResult;
}

const NANOSECONDS = 1_000_000_000;
const CENTISECOND = 10_000_000;
const LONGEST_NAME = 4096n;
/** Modes of SYS_OPEN are those of C's fopen: r rb r+ r+b, w …, a …. */
const MODES = 12n;
const STREAMS = ['stdin', 'stdout', 'stderr'] as const;

/** Reasons of SYS_EXIT. */
const ADP_STOPPED_APPLICATION_EXIT = 0x20026n;
const exitReasons: Readonly<Record<string, string>> = {
  0x20000: 'ADP_Stopped_BranchThroughZero',
  0x20001: 'ADP_Stopped_UndefinedInstr',
  0x20002: 'ADP_Stopped_SoftwareInterrupt',
  0x20003: 'ADP_Stopped_PrefetchAbort',
  0x20004: 'ADP_Stopped_DataAbort',
  0x20005: 'ADP_Stopped_AddressException',
  0x20006: 'ADP_Stopped_IRQ',
  0x20007: 'ADP_Stopped_FIQ',
  0x20020: 'ADP_Stopped_BreakPoint',
  0x20021: 'ADP_Stopped_WatchPoint',
  0x20022: 'ADP_Stopped_StepComplete',
  0x20023: 'ADP_Stopped_RunTimeErrorUnknown',
  0x20024: 'ADP_Stopped_InternalError',
  0x20025: 'ADP_Stopped_UserInterruption',
  0x20027: 'ADP_Stopped_StackOverflow',
  0x20028: 'ADP_Stopped_DivisionByZero',
  0x20029: 'ADP_Stopped_OSSpecific',
};

function open(call: SemihostingCall, path: bigint, mode: bigint, length: bigint): OperationResult {
  if (length > LONGEST_NAME) return call.fail('ENAMETOOLONG');
  const name = call.characters(path, length, 'file name');
  if (mode >= MODES) return call.fail('EINVAL');
  if (name === ':tt') return call.handles.open({ kind: 'terminal', stream: STREAMS[Number(mode / 4n)] });
  if (name === ':semihosting-features' && mode < 2n) return call.handles.open({ kind: 'features', position: 0 });
  return call.fail('EACCES');
}

/** @returns how many bytes are still to be written */
function write(call: SemihostingCall, number: bigint, address: bigint, length: bigint): OperationResult {
  if (call.handles.get(number)?.kind !== 'terminal') return call.fail('EBADF', length);
  const count = length < LONGEST_TEXT ? length : BigInt(LONGEST_TEXT);
  call.host.print(call.bytes(address, count, 'buffer'));
  return length - count;
}

/** As a terminal does it: gives what is there, and waits while nothing is. @returns how many bytes are missing */
function read(call: SemihostingCall, number: bigint, address: bigint, length: bigint): OperationResult {
  const handle = call.handles.get(number);
  if (handle === undefined) return call.fail('EBADF', length);
  if (length === 0n) return 0n;
  call.checkWritable(address, length, 'buffer');
  if (handle.kind === 'terminal' && call.host.typed === 0) return call.hasInputEnded ? length : 'waits';
  let bytes: Uint8Array;
  if (handle.kind === 'terminal') bytes = call.host.takeTyped(Number(length));
  else {
    bytes = FEATURES.subarray(handle.position, handle.position + Number(length));
    call.handles.set(number, { ...handle, position: handle.position + bytes.length });
  }
  call.host.write(call.pe, address, bytes);
  return length - BigInt(bytes.length);
}

function seek(call: SemihostingCall, number: bigint, position: bigint): OperationResult {
  const handle = call.handles.get(number);
  if (handle === undefined) return call.fail('EBADF');
  if (handle.kind === 'terminal') return call.fail('ESPIPE');
  if (position > FEATURES.length) return call.fail('EINVAL');
  call.handles.set(number, { ...handle, position: Number(position) });
  return 0n;
}

/** @returns of `handle`, what `of` says */
function about(call: SemihostingCall, number: bigint, of: { readonly terminal: bigint; readonly features: bigint }): OperationResult {
  const handle = call.handles.get(number);
  return handle === undefined ? call.fail('EBADF') : of[handle.kind];
}

function commandLine(call: SemihostingCall, buffer: bigint, length: bigint): OperationResult {
  const text = call.configuration.commandLine;
  const bytes = Uint8Array.of(...text, 0);
  if (length < bytes.length) return call.fail('E2BIG');
  call.checkWritable(buffer, BigInt(bytes.length), 'buffer');
  call.setFields([buffer, BigInt(text.length)]);
  call.host.write(call.pe, buffer, bytes);
  return 0n;
}

/** Heap and stack share what is behind the program; a field that is 0 is not known. */
function heapInfo(call: SemihostingCall, place: bigint): OperationResult {
  const { ram } = call.host;
  const { heapBase } = call.configuration;
  const [base, end] = heapBase === undefined ? [0n, 0n] : [BigInt(heapBase), BigInt(ram.base + ram.size)];
  call.setFields([base, end, end, base], place, 'four addresses');
  return 0n;
}

const exit =
  (name: string) =>
  (call: SemihostingCall, reason: bigint, subcode: bigint): OperationResult => {
    const isOwn = reason === ADP_STOPPED_APPLICATION_EXIT;
    const why = isOwn ? undefined : (exitReasons[Number(reason)] ?? `reason 0x${reason.toString(16)}`);
    call.host.exit(call.pe, isOwn ? Number(BigInt.asIntN(32, subcode)) : 1, name, why);
    return 'gone';
  };

export const operations: readonly Operation[] = [
  { number: 0x01, name: 'SYS_OPEN', block: ['name', 'mode', 'length of the name'], run: open },
  {
    number: 0x02,
    name: 'SYS_CLOSE',
    block: ['handle'],
    run(call, number) {
      if (call.handles.get(number) === undefined) return call.fail('EBADF');
      call.handles.set(number, undefined);
      return 0n;
    },
  },
  {
    number: 0x03,
    name: 'SYS_WRITEC',
    run(call) {
      call.host.print(call.bytes(call.parameter, 1n, 'character'));
      return 'nothing';
    },
  },
  {
    number: 0x04,
    name: 'SYS_WRITE0',
    run(call) {
      call.host.print(call.zeroEnded(call.parameter, 'text'));
      return 'nothing';
    },
  },
  { number: 0x05, name: 'SYS_WRITE', block: ['handle', 'buffer', 'length'], run: write },
  { number: 0x06, name: 'SYS_READ', block: ['handle', 'buffer', 'length'], run: read },
  {
    number: 0x07,
    name: 'SYS_READC',
    run(call) {
      if (call.host.typed === 0) return call.hasInputEnded ? -1n : 'waits';
      return BigInt(call.host.takeTyped(1)[0]);
    },
  },
  { number: 0x08, name: 'SYS_ISERROR', block: ['status'], run: (_, status) => (BigInt.asIntN(64, status) < 0n ? 1n : 0n) },
  { number: 0x09, name: 'SYS_ISTTY', block: ['handle'], run: (call, number) => about(call, number, { terminal: 1n, features: 0n }) },
  { number: 0x0a, name: 'SYS_SEEK', block: ['handle', 'position'], run: seek },
  {
    number: 0x0c,
    name: 'SYS_FLEN',
    block: ['handle'],
    run: (call, number) => about(call, number, { terminal: 0n, features: BigInt(FEATURES.length) }),
  },
  { number: 0x0d, name: 'SYS_TMPNAM', block: ['buffer', 'identifier', 'length'], run: (call) => call.fail('EACCES') },
  { number: 0x0e, name: 'SYS_REMOVE', block: ['name', 'length of the name'], run: (call) => call.fail('EACCES') },
  {
    number: 0x0f,
    name: 'SYS_RENAME',
    block: ['old name', 'its length', 'new name', 'its length'],
    run: (call) => call.fail('EACCES'),
  },
  { number: 0x10, name: 'SYS_CLOCK', run: ({ host }) => BigInt(Math.floor(host.time / CENTISECOND)) },
  { number: 0x11, name: 'SYS_TIME', run: ({ host }) => BigInt(host.seconds) },
  { number: 0x12, name: 'SYS_SYSTEM', block: ['command', 'its length'], run: (call) => call.fail('EACCES') },
  { number: 0x13, name: 'SYS_ERRNO', run: (call) => BigInt(call.errno) },
  { number: 0x15, name: 'SYS_GET_CMDLINE', block: ['buffer', 'length'], run: commandLine },
  { number: 0x16, name: 'SYS_HEAPINFO', block: ['place of four addresses'], run: heapInfo },
  { number: 0x18, name: 'SYS_EXIT', block: ['reason', 'subcode'], run: exit('SYS_EXIT') },
  { number: 0x20, name: 'SYS_EXIT_EXTENDED', block: ['reason', 'subcode'], run: exit('SYS_EXIT_EXTENDED') },
  {
    number: 0x30,
    name: 'SYS_ELAPSED',
    run(call) {
      call.setFields([BigInt(call.host.time)], call.parameter, 'number of ticks');
      return 0n;
    },
  },
  { number: 0x31, name: 'SYS_TICKFREQ', run: () => BigInt(NANOSECONDS) },
];

const rows: ReadonlyMap<number, Operation> = new Map(operations.map((row) => [row.number, row]));

/** `undefined`: there is no such operation. @param w0 unsigned */
export const operationOf = (w0: number): Operation | undefined => rows.get(w0);
