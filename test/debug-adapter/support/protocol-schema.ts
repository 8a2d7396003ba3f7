import { type AnyMessage, checkMessage } from '../../../debug-adapter/dap-lint/schema.ts';

export type { AnyMessage };

/** What is wrong with a message by the protocol's schema, in words. */
export const problemsOf = (message: AnyMessage): string[] => checkMessage(message).map(({ problem }) => problem);
