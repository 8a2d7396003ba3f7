import type { Builder } from '../../engine/builder.ts';

/** WebAssembly for operations, by name and arrangement; what has none is computed by the host. */
export const lowerings: Readonly<Record<string, (b: Builder) => void>> = {};
