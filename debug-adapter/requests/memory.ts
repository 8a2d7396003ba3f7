import { base64FromBytes, bytesFromBase64 } from '../base64.ts';
import type { AddressSpace, Target } from '../target/target.ts';
import { badBase64, notWritable, tooMuchAtOnce } from '../errors.ts';
import { memoryPlace } from './memory-space.ts';
import { request } from './request.ts';

/** What a response may hold. Less than was asked for means to a client that memory ends, so more is refused. */
const mostBytes = 1 << 24;
const PAGE = 4096n;

export const readMemory = request('readMemory', {
  capabilities: { supportsReadMemoryRequest: true },
  arguments: { memoryReference: 'string', 'offset?': 'integer', count: 'count' },
  run(session, { memoryReference, offset, count }) {
    const { target } = session.theGuest();
    const { address, space } = memoryPlace(session, 'memoryReference', memoryReference, offset);
    const bytes = target.readMemory(address, Math.min(count, mostBytes), space);
    if (bytes.length === mostBytes && count > mostBytes) throw tooMuchAtOnce(count, mostBytes);
    return {
      address: `0x${address.toString(16)}`,
      ...(bytes.length === 0 ? {} : { data: base64FromBytes(bytes) }),
      ...(bytes.length === count ? {} : { unreadableBytes: holeAt(target, space, address + BigInt(bytes.length), count - bytes.length) }),
    };
  },
});

/** @returns how many bytes from an unreadable one on are unreadable, as far as it is worth looking: a client goes on behind them */
function holeAt(target: Target, space: AddressSpace | undefined, address: bigint, length: number): number {
  const end = address + BigInt(Math.min(length, mostBytes));
  let at = address;
  do at += PAGE - (at % PAGE);
  while (at < end && target.readMemory(at, 1, space).length === 0);
  return Number((at < end ? at : end) - address);
}

export const writeMemory = request('writeMemory', {
  capabilities: { supportsWriteMemoryRequest: true },
  arguments: { memoryReference: 'string', 'offset?': 'integer', 'allowPartial?': 'boolean', data: 'string' },
  run(session, { memoryReference, offset, allowPartial = false, data }, context) {
    const { target } = session.theGuest();
    const { address, space } = memoryPlace(session, 'memoryReference', memoryReference, offset);
    const bytes = bytesFromBase64(data);
    if (bytes === undefined) throw badBase64();
    const writable = target.readMemory(address, bytes.length, space).length;
    if (writable < bytes.length && !allowPartial) throw notWritable(address + BigInt(writable));
    const bytesWritten = target.writeMemory(address, bytes, space);
    if (bytesWritten < bytes.length && !allowPartial) throw notWritable(address + BigInt(bytesWritten));
    context.afterResponse(() => session.edited({ address, count: bytesWritten }));
    return { bytesWritten };
  },
});
