import type { PseudoRegister } from './custom-requests.ts';
import type { Images } from './images.ts';

/** Names for the parts of KVM's SDEI pseudo firmware registers: the bits of bitmaps, the 64-bit words of structures in their order. */
export function pseudoRegisterParts(name: string, value: Uint8Array, images: Images): Pick<PseudoRegister, 'bits' | 'fields'> {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const words = Array.from({ length: value.length >> 3 }, (_, index) => view.getBigUint64(index * 8, true));
  const bit = (at: number, label: string) => ({ bit: at, name: label, set: ((words[0] >> BigInt(at)) & 1n) === 1n });
  if (/_(?:REGISTERED|ENABLED|RUNNING|PENDING)$/.test(name)) return { bits: [bit(0, 'event 0'), bit(1, 'event 1')] };
  if (name.endsWith('_PE_STATE')) return { bits: [bit(0, 'masked')] };
  if (!/_(?:HANDLER_\d|CONTEXT)$/.test(name)) return {};
  const labels = name.endsWith('_CONTEXT') ? ['pc', 'pstate', ...Array.from({ length: 18 }, (_, n) => `x${n}`)] : ['entry', 'argument'];
  return {
    fields: labels.slice(0, words.length).map((label, index) => {
      const isCode = label === 'pc' || label === 'entry';
      const symbol = isCode && words[index] !== 0n ? images.describe(words[index]) : undefined;
      return {
        name: label,
        value: `0x${words[index].toString(16)}`,
        ...(symbol === undefined || symbol.startsWith('0x') ? {} : { symbol }),
      };
    }),
  };
}
