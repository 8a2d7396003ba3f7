/** Real debuggers on the samples, through `sdei-debug gdb-server` as a person starts it. What they must have written is a list of patterns in their order. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');
/** The ELFs name their sources relative to that folder. */
const folder = path.join(root, 'test/guests');

export interface Scenario {
  readonly guest: string;
  readonly flags?: readonly string[];
  /** Absent: `remote`. */
  readonly target?: 'remote' | 'extended-remote';
  /** Command, and what the debugger writes for it; without a pattern it is enough that it works. */
  readonly script: readonly (readonly [command: string, output?: RegExp])[];
  /** What the guest has written by then. */
  readonly console: RegExp;
}

export interface Debugger {
  readonly name: string;
  /** How it is started for a guest that listens on a port; it ends by itself. */
  command(scenario: Scenario, port: string): readonly [program: string, ...args: string[]];
  /** What it writes before the answer to the command of that place in the script. */
  mark(index: number, command: string): string;
  /** What none of its answers may have in it. */
  readonly never: RegExp;
}

/** One pipe for both, so that everything stands where it was written. */
function write(command: readonly string[]): Promise<string> {
  const child = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', ...command], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}

async function playOne({ name, command: start, mark, never }: Debugger, scenario: Scenario): Promise<void> {
  const { guest, flags = [], script, console: expected } = scenario;
  const program = ['debug-adapter/cli/sdei-debug.ts', 'gdb-server', `test/guests/${guest}.elf`, '--port', '0', '--once', ...flags];
  const server = spawn(process.execPath, program, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.once('close', resolve));
  let written = '';
  const port = await new Promise<string>((resolve) => {
    server.stdout.on('data', (chunk) => {
      written += chunk;
      const found = /Listening on 127\.0\.0\.1:(\d+)\n/.exec(written)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const text = await write(start(scenario, port));
  let begin = 0;
  for (const [index, [command, output]] of script.entries()) {
    const found = text.indexOf(mark(index, command), begin);
    assert.ok(found >= 0, `${name} did not come to "${command}":\n${text}`);
    begin = found + mark(index, command).length;
    const next = index + 1 < script.length ? text.indexOf(mark(index + 1, script[index + 1][0]), begin) : -1;
    const part = text.slice(begin, next < 0 ? undefined : next);
    const failed = (output !== undefined && !output.test(part)) || never.test(part);
    assert.ok(!failed, `${guest}: "${command}" was to be answered by ${output}, but ${name} wrote:\n${part.slice(0, 2000)}`);
  }
  assert.equal(await ended, 0);
  assert.match(written, expected, guest);
  process.stdout.write(`${guest}: ${script.length} commands of ${name} answered as expected\n`);
}

export async function play(client: Debugger, scenarios: readonly Scenario[]): Promise<void> {
  for (const scenario of scenarios) await playOne(client, scenario);
}
