/** The messages that nvim-dap 0.6 sends, in its order: `seq` begins at 0, requests may have no arguments, and an empty table is a list. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { guests, SessionClient } from './support/session-client.ts';

const initialize = {
  adapterID: 'nvim-dap',
  clientId: 'neovim',
  clientname: 'neovim',
  columnsStartAt1: true,
  linesStartAt1: true,
  locale: 'C.UTF-8',
  pathFormat: 'path',
  supportsProgressReporting: true,
  supportsRunInTerminalRequest: true,
  supportsStartDebuggingRequest: true,
  supportsVariableType: true,
};
const program = path.join(guests, 'first-event.elf');
const source = { name: 'first-event.c', path: path.join(guests, 'first-event.c') };

test('a session of nvim-dap: each request is answered in turn', async () => {
  const client = new SessionClient();
  let seq = 0;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked at, not modelled
  const ask = async (command: string, args?: unknown): Promise<any> => {
    const own = seq++;
    client.session.receive({ seq: own, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) });
    for (;;) {
      const response = client.messages.find(({ type, request_seq }) => type === 'response' && request_seq === own);
      if (response === undefined) await new Promise((resolve) => setImmediate(resolve));
      else {
        assert.equal(response.success, true, `${command}: ${response.message}`);
        return response.body;
      }
    }
  };
  const where = async () => {
    await client.stop();
    const { stackFrames } = await ask('stackTrace', { threadId: 1 });
    const { scopes } = await ask('scopes', { frameId: stackFrames[0].id });
    const { variables } = await ask('variables', { variablesReference: scopes[0].variablesReference });
    return [`${stackFrames[0].name}:${stackFrames[0].line}`, variables.map(({ name }: { name: string }) => name).join(' ')];
  };

  await ask('initialize', initialize);
  await ask('launch', { name: 'SDEI guest', program, request: 'launch', type: 'sdei' });
  await ask('setBreakpoints', { breakpoints: [{ line: 38 }], lines: [38], source, sourceModified: false });
  await ask('setExceptionBreakpoints', { filters: [] });
  await ask('configurationDone');
  const names = 'event argument pc pstate log';
  assert.deepEqual(await where(), ['on_event:38', names]);
  assert.equal((await ask('threads')).threads.length, 1);
  const steps = [['next', 'on_event:39'], ['stepBack', 'on_event:38'], ['next', 'on_event:39'], ['reverseContinue', 'on_event:38']]; // biome-ignore format: pairs
  for (const [command, place] of steps) {
    await ask(command, { granularity: 'statement', threadId: 1 });
    assert.deepEqual(await where(), [place, names], command);
  }
  assert.equal((await ask('sdei/state', [])).pes[0].running.length, 1);
  await ask('setBreakpoints', { breakpoints: [], lines: [], source, sourceModified: false });
  await ask('continue', { granularity: 'statement', threadId: 1 });
  assert.equal((await client.stop()).event, 'terminated');
  await ask('disconnect', { restart: false, terminateDebuggee: true });
  await client.session.close();
});
