/** A DAP session of the adapter as it is packed, for the length of one conversation. */
import assert from 'node:assert/strict';
import { RawClient, type RawResponse } from '../debug-adapter/support/raw-client.ts';

/** Answers with the response's body. @throws AssertionError if it is refused */
export type Ask = (command: string, args?: unknown) => Promise<RawResponse['body']>;

/** @param talk from `initialize` on; the adapter ends with it */
export async function debugged<Result>(talk: (client: RawClient, request: Ask) => Promise<Result>): Promise<Result> {
  let end = (): void => {};
  const client = new RawClient({ after: (hook: unknown) => void (end = hook as () => void) }, [], 'dist/debug-adapter.js');
  try {
    const request: Ask = async (command, args) => {
      const response = await client.request(command, args);
      assert.ok(response.success, `${command}: ${response.message}`);
      return response.body;
    };
    await request('initialize', { adapterID: 'sdei' });
    return await talk(client, request);
  } finally {
    end();
  }
}
