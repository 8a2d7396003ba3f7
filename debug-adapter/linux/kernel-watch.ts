import type { Image } from '../images.ts';
import type { Target } from '../target/target.ts';
import type { KernelMark } from './kernel-symbols.ts';

/** What is learned of a guest's images where it comes by certain places; a part of `RunListener`. */
export interface ImageWatch {
  addresses(): readonly bigint[];
  physicalAddresses(): readonly bigint[];
  learn(pe: number, pc: bigint): Promise<void> | undefined;
}

const isUpperHalf = (address: bigint): boolean => address >> 63n === 1n;

/**
 * Finds where a kernel runs that chooses that itself (KASLR): by the first PE that is about to execute the mark at the kernel's own
 * addresses. Nothing of it has been executed at them before.
 */
export function watchKernel(
  target: Pick<Target, 'physicalAddress'>,
  { image, mark }: { readonly image: Image; readonly mark: KernelMark },
  found: (image: Image) => void,
): ImageWatch {
  let isFound = false;
  return {
    addresses: () => [],
    physicalAddresses: () => (isFound ? [] : [mark.physical]),
    learn(pe, pc) {
      if (isFound || !isUpperHalf(pc) || target.physicalAddress(pe, pc) !== mark.physical) return undefined;
      isFound = true;
      image.move?.(BigInt.asIntN(64, pc - mark.linked));
      found(image);
      return Promise.resolve();
    },
  };
}
