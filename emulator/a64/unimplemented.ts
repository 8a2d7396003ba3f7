import type { Encoding } from './encoding.ts';

/** Encodings that ARMv8.0-A with our extensions allocates, but that are not implemented yet. Words found here are not UNDEFINED. */
export interface Unimplemented {
  /** The class title in the Arm ARM, under its group. */
  readonly name: string;
  readonly encoding: Encoding;
}

export const unimplemented: readonly Unimplemented[] = [];
