import type { FormSummary } from './forms.ts';

/**
 * `summaryOf` each instruction of `decode.ts`, in order. Bundles hold it, since trying all samples takes long (`scripts/prepare.mjs`);
 * `undefined`, as here: it is made at the start.
 */
export const preparedForms: readonly FormSummary[] | undefined = undefined as readonly FormSummary[] | undefined;
