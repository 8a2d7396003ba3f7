/**
 * Starts a bundle from what Node has compiled of it before: compiling takes longer than the rest of the start.
 * Node keeps that by the text's checksum and its own version, in the person's cache folder; before Node 22.1 it does not.
 */
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';
import { cacheFolder } from './cache-folder.ts';

/** Relative to this file; `esbuild.mjs` says which. */
declare const BUNDLE: string;

/** By then a session has been at its first stop, and what that takes has been compiled. */
const WARM_MILLISECONDS = 3000;

(enableCompileCache as typeof enableCompileCache | undefined)?.(cacheFolder());
createRequire(__filename)(BUNDLE);
setTimeout(() => (flushCompileCache as typeof flushCompileCache | undefined)?.(), WARM_MILLISECONDS).unref();
