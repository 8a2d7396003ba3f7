/** Given by `start.ts` to the bundles that it starts. */
declare const onFirstUse: (() => void) | undefined;

/** To be called when a program has done what it is for: what that took is kept compiled for the next start. */
export function tellUse(): void {
  if (typeof onFirstUse === 'function') onFirstUse();
}
