// Makes parser.generated.js and its types from expression.pegjs: `node debug-adapter/evaluate/build-parser.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';
import peggy from 'peggy';

const here = (name) => new URL(name, import.meta.url);

/** @returns {Record<string, string>} file name → text */
export function buildParser() {
  const grammar = readFileSync(here('expression.pegjs'), 'utf8');
  return {
    'parser.generated.js': peggy.generate(grammar, { output: 'source', format: 'es' }),
    'parser.generated.d.ts': `import type { Input } from './syntax.ts';

export function parse(text: string, options: { isType(name: string): boolean; isTemplate(name: string): boolean; isCPlusPlus: boolean }): Input;
export class SyntaxError extends Error {
  readonly found: string | null;
  readonly location: { readonly start: { readonly offset: number } };
}
`,
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) for (const [name, text] of Object.entries(buildParser())) writeFileSync(here(name), text);
