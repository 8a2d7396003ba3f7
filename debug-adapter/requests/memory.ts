import { base64FromBytes, bytesFromBase64 } from '../base64.ts';
import { badBase64, notWritable } from '../errors.ts';
import { memoryPlace } from './memory-space.ts';
import { request } from './request.ts';

/** More than this at once is given in part, like memory that ends. */
const mostBytes = 1 << 20;

export const readMemory = request('readMemory', {
  capabilities: { supportsReadMemoryRequest: true },
  arguments: { memoryReference: 'string', 'offset?': 'integer', count: 'count' },
  run(session, { memoryReference, offset, count }) {
    const { target } = session.theGuest();
    const { address, space } = memoryPlace(session, 'memoryReference', memoryReference, offset);
    const bytes = target.readMemory(address, Math.min(count, mostBytes), space);
    return {
      address: `0x${address.toString(16)}`,
      ...(bytes.length === 0 ? {} : { data: base64FromBytes(bytes) }),
      ...(bytes.length === count ? {} : { unreadableBytes: count - bytes.length }),
    };
  },
});

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
