// Thread-local variables of test/program/thread-local, whose places are what the programs themselves compute: gdb 13 asks the remote target for them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import type { FrameView } from '../../debug-adapter/evaluate/frame-view.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { createReferences, variablesOf } from '../../debug-adapter/variables/references.ts';
import { scopesOf } from '../../debug-adapter/variables/scopes.ts';
import { guests, withSession } from '../debug-adapter/support/session-client.ts';
import { firstFrame, frameIn } from './stopped.ts';

const folder = path.join(import.meta.dirname, '../program/thread-local');
const elf = (name: string): string => path.join(folder, `${name}.elf`);
const valueIn = (frame: FrameView, expression: string): string => {
  try {
    return evaluateExpression(expression, frame).value;
  } catch (error) {
    return String((error as Error).message);
  }
};
const localsOf = (frame: FrameView): Readonly<Record<string, string>> => {
  const references = createReferences();
  const variables = variablesOf(references, scopesOf(frame, references)[0].variablesReference);
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
};

/** In `work`, before it has changed anything. */
const inWork: readonly (readonly [expression: string, value: string])[] = [
  ['counter', '7'],
  ['pair', '{a = 3, b = 4}'],
  ['pair.b + counter', '11'],
  ['aligned', '{1, 2, 3, 4}'],
  ['((unsigned long)&aligned) % 64', '0'],
  ['calls', '100'],
  ['again::calls', '200'],
  ['own', '11'],
  ["'other.c'::own", '1000'],
  ['from_assembly', '0'],
  ['only_a_symbol', '0'],
  ['sizeof(only_a_symbol)', '8'],
  ['hw::in_namespace', '21'],
  ['hw::Port::shared', '31'],
  ['hidden', '51'],
];

// `general-dynamic` is code for shared objects, which the linker has made that of an executable.
for (const name of ['gcc-O0', 'gcc-O2', 'general-dynamic', 'small', 'clang-O0', 'clang-O2', 'el1'])
  test(`${name}: each variable is where the program has it`, async () => {
    const frame = await frameIn(elf(name), 'work');
    for (const [expression, value] of inWork) assert.equal(valueIn(frame, expression), value, expression);
    assert.equal(localsOf(frame).calls, '100');
    const register = name === 'el1' ? 'TPIDR_EL1' : 'TPIDR_EL0';
    assert.equal(valueIn(frame, `(char *)&aligned - (char *)$${register} >= 64`), '1');
    const later = await frameIn(elf(name), 'again');
    assert.deepEqual(
      [
        'counter',
        'own',
        'pair.b',
        'aligned[1]',
        'from_assembly',
        'zeroed[0]',
        'calls',
        'work::calls',
        "'other.c'::own",
        'hw::Port::shared',
      ].map((one) => valueIn(later, one)),
      ['8', '12', '5', '1', '1', "98 'b'", '200', '101', '1001', '32'],
    );
  });

test('in C++: in functions, and as members', async () => {
  for (const name of ['gcc-O0', 'clang-O0']) {
    const frame = await frameIn(elf(name), 'hw::Port::use(int)');
    assert.deepEqual([valueIn(frame, 'uses'), valueIn(frame, 'shared'), valueIn(frame, 'in_namespace')], ['41', '31', '22'], name);
    assert.equal(valueIn(frame, '*this'), '{static shared = 31, number = 1}');
  }
});

test('by a file of debug information alone, code is that of the machine', () => {
  const whole = openProgram('el1.elf', readFileSync(elf('el1')));
  // As objcopy --only-keep-debug leaves it: PT_LOAD without bytes in the file (p_filesz 0).
  const bytes = Uint8Array.from(readFileSync(elf('el1')));
  const view = new DataView(bytes.buffer);
  const [table, count] = [Number(view.getBigUint64(32, true)), view.getUint16(56, true)];
  for (let header = table; header < table + count * 56; header += 56)
    if (view.getUint32(header, true) === 1) view.setBigUint64(header + 32, 0n, true);
  const alone = openProgram('el1.debug', bytes);
  const [{ breakpointAddress: pc }] = whole.functionsNamed('again');
  const memory = (address: bigint, length: number) => whole.contentsAt(address, length) ?? new Uint8Array();
  const places = (program: typeof whole): readonly unknown[] =>
    [program.global('counter', pc), ...program.variablesAt(pc).filter(({ name }) => name === 'calls')].map((variable) =>
      variable?.locate({ registers: new Map([[37, 0x1000n]]), memory, pc }),
    );
  assert.deepEqual(places(alone), places(whole));
  assert.deepEqual(places(alone)[0], { kind: 'memory', address: 0x1040n });
  assert.equal(places(alone).length, 2);
});

test('in Rust', async () => {
  const frame = await frameIn(elf('rust'), 'work');
  assert.deepEqual(
    ['COUNTER', 'hw::SHARED', 'CALLS'].map((one) => valueIn(frame, one)),
    ['7', '31', '41'],
  );
});

test('before the program has a thread, the message names the register', async () => {
  const frame = await firstFrame(elf('gcc-O0'));
  const message =
    "'counter' is thread-local, and no thread is there yet: TPIDR_EL0, by which the program finds such variables, is 0. Go on until the program has written TPIDR_EL0 on this PE.";
  assert.equal(valueIn(frame, 'counter'), message);
  assert.equal(valueIn(frame, '&counter'), message);
  assert.match(valueIn(await firstFrame(elf('el1')), 'counter'), /TPIDR_EL1, by which/);
});

describe('where it cannot be told, the message says why', () => {
  test('by two registers: the function that uses it knows, another does not', async () => {
    const work = await frameIn(elf('two-pointers'), 'work');
    const other = await frameIn(elf('two-pointers'), 'other_work');
    assert.equal(valueIn(work, '(char *)&counter - (char *)$TPIDR_EL0'), '64');
    assert.equal(valueIn(other, '(char *)&counter - (char *)$TPIDR_EL1'), '64');
    // What only one function uses is found from anywhere.
    assert.equal(valueIn(work, "(char *)&'other.c'::own - (char *)$TPIDR_EL1 < 512"), '1');
    const elsewhere = await frameIn(elf('two-pointers'), 'hw::Port::use(int)');
    assert.equal(
      valueIn(elsewhere, 'counter'),
      "'counter' is thread-local, and the program finds such variables by TPIDR_EL0 and TPIDR_EL1: which of them is meant here nobody can tell. Select a frame of a function that uses it, or evaluate *(TYPE *)($TPIDR_EL0 + 0x40).",
    );
    assert.equal(valueIn(elsewhere, '*(int *)($TPIDR_EL0 + 0x40)'), '8');
  });

  test('of several of one name, behind link-time optimization', async () => {
    const frame = await frameIn(elf('link-time'), 'work');
    assert.equal(
      valueIn(frame, 'own'),
      "'own' is thread-local, and which of own.lto_priv.1 and own.lto_priv.0 it is nobody can tell: evaluate one of these, with its name in quotes.",
    );
    assert.deepEqual([valueIn(frame, "'own.lto_priv.0'"), valueIn(frame, "'own.lto_priv.1'")].sort(), ['1000', '11']);
    // What functions have, their code tells.
    assert.deepEqual([valueIn(frame, 'calls'), valueIn(frame, 'again::calls'), valueIn(frame, 'counter')], ['100', '200', '7']);
  });

  test('by emulation', async () => {
    const frame = await frameIn(elf('emulated'), 'work');
    assert.equal(
      valueIn(frame, 'counter'),
      "'counter' is thread-local by emulation: where it is only __emutls_get_address(&__emutls_v.counter) knows. Compile without -femulated-tls.",
    );
    assert.match(valueIn(frame, 'work::calls'), /^'calls' is thread-local by emulation: .*&__emutls_v\.work\.calls/);
    assert.match(valueIn(frame, '&hw::in_namespace'), /emulation/);
  });

  test('in a shared object', () => {
    const program = openProgram('shared.elf', readFileSync(elf('shared')));
    const [own] = program.globalsNamed('own');
    assert.deepEqual(own.locate({ registers: new Map([[36, 0x1000n]]), memory: () => new Uint8Array(), pc: 0n }), {
      kind: 'unplaced',
      why: { kind: 'shared-object' },
    });
  });
});

test('two PEs are two threads: values, conditions, setVariable, data breakpoints, hover', () =>
  withSession(async (client) => {
    await client.launch(path.relative(guests, elf('gcc-O2')), { cpus: 2 });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'again', condition: 'counter == 57' }] });
    await client.start();
    const { body } = await client.stop();
    assert.equal(body.threadId, 2);
    const frames = await Promise.all(
      [1, 2].map(async (threadId) => (await client.request('stackTrace', { threadId })).stackFrames[0].id as number),
    );
    const both = (expression: string) => Promise.all(frames.map((frame) => client.evaluate(expression, frame)));
    assert.deepEqual(await both('counter'), ['8', '57']);
    assert.deepEqual(await both('work::calls'), ['101', '101']);
    assert.deepEqual(await both('own'), ['11', '61']);
    const [address, other] = await both('&counter');
    assert.notEqual(address, other);
    const hover = await client.request('evaluate', { expression: 'counter', frameId: frames[1], context: 'hover' });
    assert.equal(hover.result, '57');
    // Those of the other thread are left alone.
    await client.request('setExpression', { expression: 'counter', value: '58', frameId: frames[1] });
    const { scopes } = await client.request('scopes', { frameId: frames[1] });
    const set = await client.request('setVariable', { variablesReference: scopes[0].variablesReference, name: 'calls', value: '300' });
    assert.equal(set.value, '300');
    assert.deepEqual(await both('counter'), ['8', '58']);
    assert.deepEqual(await both('again::calls'), ['201', '300']);
    const { dataId } = await client.request('dataBreakpointInfo', { name: 'own', frameId: frames[1] });
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    await client.request('setDataBreakpoints', { breakpoints: [{ dataId }] });
    const stop = await client.go('continue', { threadId: 2 });
    assert.match(String(stop.body.text), /^own: 0x3d → 0x3b, by the instruction at again/);
    assert.equal((await client.go('continue')).event, 'terminated');
  }));
