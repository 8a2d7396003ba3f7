import { hypStubImage, hypStubOffsets } from './hyp-stub.generated.ts';

type Routine = Exclude<keyof typeof hypStubOffsets, 'hyp_stub_call' | 'hyp_stub_calls'>;

export interface KernelEra {
  /** The first Linux version that has it; `4.11` is the last one before numbers were given anew. */
  readonly name: '4.11' | '4.12' | '5.12' | '6.0' | '6.19';
  /** What X0 = 0, 1, … call, under the kernel's names. */
  readonly calls: readonly { readonly name: string; readonly routine: Routine }[];
  /** Any other X0. */
  readonly others: Routine;
}

const setVectors = { name: 'HVC_SET_VECTORS', routine: 'set_vectors' } as const;
const softRestart = { name: 'HVC_SOFT_RESTART', routine: 'soft_restart' } as const;
const resetVectors = { name: 'HVC_RESET_VECTORS', routine: 'reset_vectors' } as const;
const finaliseEl2 = { name: 'HVC_FINALISE_EL2', routine: 'finalise_el2' } as const;

/** The calls of the hyp-stub, kernel by kernel. Source: arch/arm64/kernel/hyp-stub.S and asm/virt.h of Linux, the "hyp-abi" document. */
export const kernelEras: readonly KernelEra[] = [
  {
    name: '4.11',
    calls: [
      { name: 'HVC_GET_VECTORS', routine: 'get_vectors' },
      { name: 'HVC_SET_VECTORS', routine: 'set_vectors_only' },
    ],
    others: 'call_function',
  },
  { name: '4.12', calls: [setVectors, softRestart, resetVectors], others: 'refuse' },
  {
    name: '5.12',
    calls: [setVectors, softRestart, resetVectors, { name: 'HVC_VHE_RESTART', routine: 'finalise_el2' }],
    others: 'refuse',
  },
  { name: '6.0', calls: [setVectors, softRestart, resetVectors, finaliseEl2], others: 'refuse' },
  {
    name: '6.19',
    calls: [setVectors, softRestart, resetVectors, finaliseEl2, { name: 'HVC_GET_ICH_VTR_EL2', routine: 'get_ich_vtr_el2' }],
    others: 'refuse',
  },
];
export type KernelEraName = KernelEra['name'];
export const DEFAULT_ERA = '6.0' satisfies KernelEraName;

const NUMBERS = 5;

/** The ROM of a kernel era: its branches for X0 = 0 to 4 and for any other X0. */
export function hypStubOf(name: KernelEraName): Uint8Array {
  const era = kernelEras.find((row) => row.name === name) as KernelEra;
  const image = hypStubImage.slice();
  const view = new DataView(image.buffer);
  for (let number = 0; number <= NUMBERS; number++) {
    const at = hypStubOffsets.hyp_stub_calls + number * 4;
    const distance = hypStubOffsets[era.calls[number]?.routine ?? era.others] - at;
    view.setUint32(at, (0x1400_0000 | (distance >> 2)) >>> 0, true);
  }
  return image;
}

/** The kernel's name for an `hvc #0` with this X0; `undefined`: it has none. */
export const hypStubCallName = (name: KernelEraName, x0: bigint): string | undefined =>
  x0 < BigInt(NUMBERS) ? kernelEras.find((row) => row.name === name)?.calls[Number(x0)]?.name : undefined;
