/**
 * The boot with the kernel's debug information, up to its handler of an SDEI event: in DAP sessions, of a kernel that nobody has executed before
 * and of one that has been prepared (`sdei-debug prepare`), and in gdb on the same machine (`sdei-debug gdb-server`). Needs gdb-multiarch.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Boot, type Machine, MEMORY } from './conversation.ts';
import { debugged } from './debugged.ts';

const root = path.resolve(import.meta.dirname, '../..');
const HANDLER = 'sdei_event_handler';
/** What both debuggers are asked in the handler's frame. */
const EXPRESSIONS = [
  'regs',
  'arg',
  'arg->event_num',
  'arg->priority',
  'arg->callback_arg',
  'regs->pc',
  'regs->sp',
  'arg->interrupted_regs.pstate',
];
/** Of the task that loads the module, from the interrupted function outwards. */
const TASK = ['generic_exec_single', 'smp_call_function_single', 'do_one_initcall', 'load_module', 'do_el0_svc', 'el0t_64_sync'];

/** What boots, and what it is told to choose its addresses by. */
interface Guest extends Pick<Machine, 'cpus' | 'client'> {
  readonly boot: Boot;
  readonly kaslrSeed?: string;
}

interface Session {
  readonly seconds: number;
  /** Most resident memory, of the debugger and the machine. */
  readonly megabytes: number;
  readonly values: readonly string[];
  readonly stack: readonly string[];
  /** Of the kernel from where it was linked, as the debugger says. */
  readonly offset: bigint;
}

const highWaterMark = (pid: number | undefined): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
/** A number as both write it, without the symbol beside it. */
const plain = (value: string): string => `${BigInt(/-?(0x[0-9a-f]+|\d+)/.exec(value.replace(/^\([^)]*\) /, ''))?.[0] ?? '-1')}`;

/**
 * @param symbols absent: to the dispatch of the same event, which is the machine's work alone
 * @param bootCache whether how the kernel begins is kept, and not repeated if it was
 */
async function inOurs({ boot, cpus, client: level, kaslrSeed }: Guest, symbols?: string, bootCache = false): Promise<Session> {
  const begun = performance.now();
  return debugged(async (client, request) => {
    const launched = request('launch', {
      ...boot,
      cpus,
      client: level,
      ...(kaslrSeed === undefined ? {} : { kaslrSeed }),
      memory: MEMORY,
      symbols: symbols === undefined ? [] : [symbols],
      console: 'debugConsole',
      bootCache,
    });
    await client.event('initialized');
    if (symbols === undefined) await request('setExceptionBreakpoints', { filters: ['sdei.dispatch'] });
    else {
      const { breakpoints } = await request('setFunctionBreakpoints', { breakpoints: [{ name: HANDLER }] });
      assert.equal(breakpoints[0].verified, true, breakpoints[0].message);
    }
    await request('configurationDone');
    await launched;
    const { threadId } = await client.event('stopped');
    const { stackFrames } = await request('stackTrace', { threadId });
    const seconds = (performance.now() - begun) / 1000;
    const frameId = stackFrames[0].id;
    const values: string[] = [];
    for (const expression of symbols === undefined ? [] : EXPRESSIONS)
      values.push(plain((await request('evaluate', { expression, frameId, context: 'watch' })).result));
    const megabytes = highWaterMark(client.process.pid);
    const { modules } = await request('modules');
    const version = modules.find(({ path: file }: { readonly path?: string }) => file === symbols)?.version ?? '';
    const offset = BigInt(/\+ (0x[0-9a-f]+)/.exec(version)?.[1] ?? 0);
    await request('disconnect', { terminateDebuggee: true });
    return { seconds, megabytes, values, stack: stackFrames.map(({ name }: { readonly name: string }) => name), offset };
  });
}

function flagsOf({ boot, cpus, client, kaslrSeed }: Guest): string[] {
  const flags = ['--kernel', boot.kernel, '--initrd', boot.initrd, '--boot-arguments', boot.bootArguments, '--memory', MEMORY];
  return [...flags, '--cpus', `${cpus}`, '--client', client, ...(kaslrSeed === undefined ? [] : ['--kaslr-seed', kaslrSeed])];
}

/** As a build's last step does, and VS Code in the background. @returns seconds */
function prepare(guest: Guest): number {
  const begun = performance.now();
  const said = execFileSync(process.execPath, ['dist/sdei-debug.js', 'prepare', ...flagsOf(guest)], { cwd: root, encoding: 'utf8' });
  assert.match(said, /^Kept: /);
  return (performance.now() - begun) / 1000;
}

/** @param bootCache as of {@link inOurs}, for the machine that gdb is given */
async function inGdb(guest: Guest, symbols: string, offset: bigint, bootCache = false): Promise<Session> {
  const begun = performance.now();
  const flags = [...flagsOf(guest), ...(bootCache ? [] : ['--no-boot-cache']), '--console', 'debugConsole', '--port', '0'];
  const words = ['dist/sdei-debug.js', 'gdb-server', ...flags];
  const server = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    let said = '';
    const port = await new Promise<string>((resolve, reject) => {
      const hear = (bytes: Buffer): void => {
        said += bytes.toString();
        const found = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (found) resolve(found);
      };
      server.stdout.on('data', hear);
      server.stderr.on('data', hear);
      server.on('exit', () => reject(new Error(`the gdb server has ended: ${said}`)));
    });
    const file = offset === 0n ? 'file' : `symbol-file -o 0x${offset.toString(16)}`;
    const commands = [
      ...[`${file} ${symbols}`, `target remote :${port}`, `break ${HANDLER}`, 'continue', 'backtrace', 'shell echo time $(date +%s%N)'],
      ...EXPRESSIONS.map((expression) => `output/u (unsigned long) (${expression})\necho \\n`).flatMap((text) => text.split('\n')),
      'shell grep VmHWM /proc/$PPID/status',
    ];
    const startedAt = Date.now() - (performance.now() - begun);
    const options = ['-batch', '-nx', '-iex', 'set debuginfod enabled off', ...commands.flatMap((command) => ['-ex', command])];
    const output = await new Promise<string>((resolve, reject) => {
      const gdb = spawn('gdb-multiarch', options, { cwd: root });
      let text = '';
      for (const stream of [gdb.stdout, gdb.stderr]) stream.on('data', (bytes: Buffer) => void (text += bytes.toString()));
      gdb.on('error', reject);
      gdb.on('close', () => resolve(text));
    });
    const [, time, rest] = /^time (\d+)\n([^]*)/m.exec(output) ?? [];
    assert.ok(time !== undefined, output);
    const megabytes = Number(/VmHWM:\s+(\d+)/.exec(rest)?.[1]) / 1000 + highWaterMark(server.pid);
    return {
      seconds: (Number(time) / 1e6 - startedAt) / 1000,
      megabytes,
      values: rest.split('\n').slice(0, EXPRESSIONS.length).map(plain),
      stack: [...output.matchAll(/^#\d+ +(?:0x[0-9a-f]+ in )?(\S+) \(/gm)].map(([, name]) => name),
      offset,
    };
  } finally {
    server.kill();
  }
}

export async function stopInHandler(guest: Guest, symbols: string): Promise<string> {
  execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root });
  // What sessions keep is kept here: the kernel is new to the cache.
  const folder = mkdtempSync(path.join(tmpdir(), 'vmlinux-'));
  const usual = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = folder;
  try {
    const machine = await inOurs(guest);
    const ours = await inOurs(guest, symbols);
    const preparing = prepare(guest);
    const prepared = await inOurs(guest, symbols, true);
    const gdb = await inGdb(guest, symbols, ours.offset);
    const gdbPrepared = await inGdb(guest, symbols, ours.offset, true);
    return compared(guest, { machine, ours, prepared, preparing, gdb, gdbPrepared });
  } finally {
    if (usual === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = usual;
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly machine: Session;
  readonly ours: Session;
  readonly prepared: Session;
  /** Seconds. */
  readonly preparing: number;
  readonly gdb: Session;
  /** On a machine that is prepared as ours was. */
  readonly gdbPrepared: Session;
}

function compared({ kaslrSeed }: Guest, { machine, ours, prepared, preparing, gdb, gdbPrepared }: Measured): string {
  assert.equal(ours.offset !== 0n, kaslrSeed !== undefined, `the kernel runs 0x${ours.offset.toString(16)} above where it was linked`);
  assert.deepEqual({ ...prepared, seconds: 0, megabytes: 0 }, { ...ours, seconds: 0, megabytes: 0 }, 'a beginning that is not repeated');
  assert.equal(ours.stack[0], HANDLER);
  for (const { values } of [gdb, gdbPrepared]) assert.deepEqual(ours.values, values, `${EXPRESSIONS.join(', ')}`);
  const task = ours.stack.slice(ours.stack.findIndex((name) => name.startsWith('SDEI event 0 ')));
  assert.deepEqual(
    task.filter((name) => TASK.includes(name)),
    TASK,
    ours.stack.join('\n'),
  );
  const besides = ({ seconds }: Session): string => `${(seconds - machine.seconds).toFixed(2)} s`;
  const told = ({ seconds, megabytes, stack }: Session) => `${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB, ${stack.length} frames`;
  const beside = ({ seconds, megabytes }: Session, other: Session) =>
    `${(seconds / other.seconds).toFixed(2)} of gdb's time, ${(megabytes / other.megabytes).toFixed(2)} of its memory`;
  return (
    `first stop in ${HANDLER}: ${told(ours)}; gdb ${told(gdb)}; ${beside(ours, gdb)}; of a kernel that "sdei-debug prepare" was given before ` +
    `(${preparing.toFixed(2)} s), and no session, ${told(prepared)}: ${beside(prepared, gdb)}; gdb on the machine prepared in the same way ` +
    `${told(gdbPrepared)}: ${beside(prepared, gdbPrepared)}; the machine alone ${machine.seconds.toFixed(2)} s, ` +
    `${machine.megabytes.toFixed(0)} MB: ${besides(ours)} of the session without preparation are the debugger's, ${besides(gdb)} gdb's` +
    `\n  ${EXPRESSIONS.map((text, n) => `${text} = ${ours.values[n]}`).join(', ')}: equal in gdb` +
    `\n  ours: ${ours.stack.join(' < ')}\n  gdb:  ${gdb.stack.join(' < ')}`
  );
}
