import type { Input } from './syntax.ts';

export function parse(text: string, options: { isType(name: string): boolean; isTemplate(name: string): boolean; isCPlusPlus: boolean }): Input;
export class SyntaxError extends Error {
  readonly found: string | null;
  readonly location: { readonly start: { readonly offset: number } };
}
