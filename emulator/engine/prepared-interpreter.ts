/**
 * The bytes of the interpreter with the usual threshold (`buildInterpreter`). Bundles hold them (`scripts/prepare.mjs`);
 * `undefined`, as here: it is built at the start.
 */
export const interpreterBytes: Uint8Array<ArrayBuffer> | undefined = undefined as Uint8Array<ArrayBuffer> | undefined;
