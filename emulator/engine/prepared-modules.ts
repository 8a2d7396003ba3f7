type Bytes = Uint8Array<ArrayBuffer> | undefined;

/**
 * Modules that are the same in every machine: the interpreter with the usual threshold (`buildInterpreter`), `buildFill`'s and `buildSettle`'s.
 * Bundles hold their bytes (`scripts/prepare.mjs`); `undefined`, as here: they are built at the start.
 */
export const interpreterBytes = undefined as Bytes;
export const fillBytes = undefined as Bytes;
export const settleBytes = undefined as Bytes;
