/** Records `first-event.jsonl`: what an editor and the adapter say from F5 to the first handler and back. `node test/dap-lint/record.ts` */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RawClient } from '../debug-adapter/support/raw-client.ts';

const root = path.resolve(import.meta.dirname, '../..');
const file = path.join(import.meta.dirname, 'first-event.jsonl');
let end = (): void => {};
const client = new RawClient({ after: (hook: unknown) => void (end = hook as () => void) }, [`--log=${file}`], 'dist/debug-adapter.js');
await client.request('initialize', { adapterID: 'sdei', clientName: 'record.ts', linesStartAt1: true, columnsStartAt1: true });
await client.request('launch', { program: 'test/guests/first-event.elf' });
await client.event('initialized');
await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_event' }] });
await client.request('configurationDone');
await client.event('stopped');
await client.request('threads');
const { body } = await client.request('stackTrace', { threadId: 1 });
await client.request('scopes', { frameId: body.stackFrames[0].id });
await client.request('evaluate', { expression: '$sdei_event', frameId: body.stackFrames[0].id, context: 'watch' });
await client.request('next', { threadId: 1 });
await client.event('stopped');
await client.request('stackTrace', { threadId: 1, levels: 1 });
await client.request('setFunctionBreakpoints', { breakpoints: [] });
await client.request('continue', { threadId: 1 });
await client.event('terminated');
await client.request('disconnect', {});
end();
// Of no computer in particular.
writeFileSync(file, readFileSync(file, 'utf8').replaceAll(root, '/home/you/sdei'));
