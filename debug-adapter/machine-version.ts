/**
 * Changes with every change of the machine: a digest of the sources in `emulator/`, which `esbuild.mjs` writes into the bundles. What one version
 * of the machine came to says nothing about another. `undefined`, as here: not bundled, the sources may change at any time.
 */
export const machineVersion: string | undefined = undefined as string | undefined;
