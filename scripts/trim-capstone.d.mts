import type { Plugin } from 'esbuild';

export const trimmed: Plugin;
