/**
 * Our SDEI client as a module with symbols: a breakpoint by a line of its handler, set before the kernel runs; the stack from there through
 * the dispatch into its other functions, with their locals; and that it goes with the module.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Boot, type Machine, MEMORY, prompt } from './conversation.ts';
import { debugged } from './debugged.ts';

const root = path.resolve(import.meta.dirname, '../..');
const SOURCE = path.join(import.meta.dirname, 'module/sdei-client.c');
const COUNTS = 'atomic_inc(argument);';
/** Of the module, from the handler to where it was loaded, with the kernel's that call them. */
const STACK = [
  'count',
  'sdei_event_handler',
  'signal_this_pe',
  'smp_call_function_single',
  'signal_on',
  'sdei_client_init',
  'do_one_initcall',
  'el0t_64_sync',
];
/** In these frames, and what they are whatever was built. */
const LOCALS: readonly (readonly [frame: string, expression: string, value: RegExp])[] = [
  ['count', 'event', /^0$/],
  ['count', 'argument', /<handled>/],
  ['count', 'regs->pc', /^\d+$/],
  ['signal_this_pe', 'i', /^0$/],
  ['signal_this_pe', 'burst->signals', /^10000$/],
  ['signal_this_pe', 'burst->refused', /^0$/],
  ['signal_on', 'burst.signals', /^10000$/],
  ['signal_on', 'signals', /^10000$/],
];

interface Frame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  readonly source?: { readonly name: string };
}

/** @param module sdei-client.ko. @param folder for it. @param more launch keys */
export async function moduleSymbols(
  machine: Machine,
  boot: Boot,
  vmlinux: string,
  module: Uint8Array,
  folder: string,
  more = {},
): Promise<string> {
  execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root });
  mkdirSync(path.join(folder, 'extra'), { recursive: true });
  const file = path.join(folder, 'extra/sdei-client.ko');
  writeFileSync(file, module);
  return debugged(async (client, request) => {
    const line =
      readFileSync(SOURCE, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes(COUNTS)) + 1;
    const source = { path: SOURCE };
    const { cpus, client: level } = machine;
    const launched = request('launch', {
      ...boot,
      ...more,
      cpus,
      client: level,
      memory: MEMORY,
      symbols: [vmlinux, `${folder}/`],
      console: 'debugConsole',
    });
    await client.event('initialized');
    const { breakpoints } = await request('setBreakpoints', { source, breakpoints: [{ line }] });
    await launched;
    await request('configurationDone');
    assert.equal(breakpoints[0].verified, false);
    const { threadId } = await client.event('stopped');
    const { module: added, reason } = (await client.event('module')) as { module: { name: string; path: string }; reason: string };
    const found = reason === 'new' ? added : ((await client.event('module')).module as typeof added);
    assert.equal(found.path, file);
    const { stackFrames }: { stackFrames: readonly Frame[] } = await request('stackTrace', { threadId });
    // The compiler has the function begin in the middle of that line.
    assert.ok([line - 1, line].includes(stackFrames[0].line), `line ${stackFrames[0].line}`);
    const names = stackFrames.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => STACK.includes(name)),
      STACK,
      names.join('\n'),
    );
    const values: string[] = [];
    for (const [name, expression, expected] of LOCALS) {
      const frameId = stackFrames.find((frame) => frame.name === name)?.id;
      const { result } = await request('evaluate', { expression, frameId, context: 'watch' });
      assert.match(result, expected, `${expression} in ${name}`);
      values.push(`${name}: ${expression} = ${result}`);
    }
    // The module goes, and with it its symbols.
    await request('setBreakpoints', { source, breakpoints: [] });
    await request('continue', { threadId });
    const said = () =>
      client.messages.flatMap(({ event, body }) => (event === 'output' ? [(body as { output: string }).output] : [])).join('');
    await client.waitFor(() => said().includes(`/ ${prompt}`));
    await request('sdei/consoleInput', { data: Buffer.from('rmmod sdei_client\n').toString('base64') });
    const removed = (await client.event('module')) as { module: { name: string }; reason: string };
    assert.deepEqual([removed.reason, removed.module.name], ['removed', found.name]);
    return `line ${line} of the handler: ${names.join(' < ')}\n  ${values.join(', ')}; the module is gone after rmmod`;
  });
}
