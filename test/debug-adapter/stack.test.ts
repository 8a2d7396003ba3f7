/** The stack across dispatches is exact at every instruction of a handler, prologue and epilogue included. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makers } from '../../debug-adapter/makers.ts';
import type { Program } from '../../debug-adapter/program/program.ts';
import { type SessionClient, withSession } from './support/session-client.ts';

interface Row {
  readonly guest: string;
  readonly options: Record<string, unknown>;
  readonly event: number;
  /** The stack from the handler's entry function outwards. */
  readonly stack: readonly RegExp[];
}

const rows: readonly Row[] = [
  {
    guest: 'first-event.elf',
    options: {},
    event: 0,
    stack: [
      /^sdei_handler_entry handler-entry\.S/,
      /^SDEI event 0 \(normal\) interrupted EL1h here$/,
      /^signal_in_the_middle first-event\.c:76$/,
      /^main first-event\.c:\d+$/,
      /^_start crt0\.S/,
    ],
  },
  {
    guest: 'nested-critical.elf',
    options: {},
    event: 804,
    stack: [
      /^sdei_handler_entry handler-entry\.S/,
      /^SDEI event 804 \(critical\) interrupted EL1h here$/,
      /^on_event nested-critical\.c/,
      /^sdei_handler_entry handler-entry\.S/,
      /^SDEI event 806 \(normal\) interrupted EL1h here$/,
      /^smccc smccc\.S/,
      /^raise_event sdei\.c/,
      /^main nested-critical\.c/,
      /^_start crt0\.S/,
    ],
  },
  {
    guest: 'el2-client.elf',
    options: { client: 'EL2' },
    event: 0,
    stack: [
      /^sdei_handler_entry handler-entry\.S/,
      /^SDEI event 0 \(normal\) interrupted EL2h here$/,
      /^main el2-client\.c/,
      /^_start crt0\.S/,
    ],
  },
];

/** Registers of the interrupted frame that the dispatcher does not save: unwinding the handler must find them. */
const preserved = ['x18', 'x19', 'x20', 'x21', 'x22', 'x23', 'x24', 'x25', 'x26', 'x27', 'x28', 'x29', 'x30', 'sp'];

async function frameBelow(client: SessionClient, label: RegExp): Promise<{ names: string[]; registers: string[] }> {
  const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
  const names: string[] = stackFrames.map((frame: { name: string; source?: { name: string }; line: number }) =>
    frame.source === undefined ? frame.name : `${frame.name} ${frame.source.name}:${frame.line}`,
  );
  const at = names.findIndex((name) => label.test(name));
  const registers: string[] = [];
  if (at >= 0) for (const name of preserved) registers.push(await client.evaluate(`$${name}`, stackFrames[at + 1].id));
  return { names, registers };
}

/** The same program as if its assembly sources had no .cfi directives. */
function withoutCfiInAssembly(program: Program): Program {
  const isAssembly = (pc: bigint) => program.sourceAt(pc)?.path.endsWith('.S') ?? true;
  return {
    ...program,
    hasCallFrameInformation: (pc) => !isAssembly(pc) && program.hasCallFrameInformation(pc),
    unwind: (frame) => (isAssembly(frame.pc) ? undefined : program.unwind(frame)),
    callerRegisters: (frame) => (isAssembly(frame.pc) ? undefined : program.callerRegisters(frame)),
  };
}
const handWritten: typeof makers = {
  ...makers,
  openProgram: (file, bytes) => withoutCfiInAssembly(makers.openProgram(file, bytes)),
};

const both = rows.flatMap((row) => [
  { ...row, title: 'with call frame information', parts: makers },
  { ...row, title: 'without it in assembly', parts: handWritten },
]);

for (const { guest, options, event, stack, title, parts } of both) {
  test(`${guest}: event ${event}, ${title}`, () =>
    withSession(async (client) => {
      await client.launch(guest, options);
      await client.request('setExceptionBreakpoints', {
        filters: [],
        filterOptions: [{ filterId: 'sdei.dispatch', condition: String(event) }],
      });
      await client.start();
      await client.stop();
      await client.request('setExceptionBreakpoints', { filters: [] });
      const entry = await frameBelow(client, stack[1]);
      assert.equal(entry.names.length, stack.length, entry.names.join('\n'));
      let steps = 0;
      for (; ; steps++) {
        const { names, registers } = await frameBelow(client, stack[1]);
        const label = names.findIndex((name) => stack[1].test(name));
        if (label < 0) break;
        for (const [index, line] of stack.entries())
          assert.match(names[label - 1 + index] ?? 'nothing', line, `after ${steps} steps: ${names.join('\n')}`);
        assert.deepEqual(registers, entry.registers, `after ${steps} steps, in ${names[0]}`);
        // Every instruction of the handler's own code; what it calls is looked at once, on the way.
        await client.go(names[0].startsWith('print') || names[0].startsWith('put') ? 'stepOut' : 'stepIn', { granularity: 'instruction' });
      }
      assert.ok(steps > 30, `${steps} steps`);
      assert.match((await client.stack())[0], stack[2]);
    }, parts));
}

test('code at EL2 entered by HVC stands above its caller', () =>
  withSession(async (client) => {
    await client.launch('hyp-stub.elf');
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'own_call' }] });
    await client.start();
    await client.stop();
    assert.deepEqual(
      (await client.stack()).map((line) => line.replace(/:\d+$/, '')),
      [
        'own_call hyp-stub-el2.S',
        'EL2 exception entered from EL1h here',
        'smccc smccc.S',
        'hvc hyp-stub.c',
        'use_own_vectors hyp-stub.c',
        'main hyp-stub.c',
        '_start crt0.S',
      ],
    );
  }));

test('an exception handler stands above the instruction that raised the exception', () =>
  withSession(async (client) => {
    await client.launch('undefined.elf');
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'report_exception' }] });
    await client.start();
    await client.stop();
    const stack = (await client.stack()).map((line) => line.replace(/:\d+$/, ''));
    // The vectors have called a function without saving X30, so nobody knows who called main.
    assert.deepEqual(stack, [
      'report_exception exceptions.c',
      'vectors crt0.S',
      'EL1 exception entered from EL1h here',
      'main undefined.S',
    ]);
  }));

test('where COMPLETE_AND_RESUME goes on, the interrupted code stands below', () =>
  withSession(async (client) => {
    await client.launch('first-event.elf');
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'on_resume' }] });
    await client.start();
    await client.stop();
    assert.deepEqual((await client.stack()).slice(2, 4), ['EL1 exception entered from EL1h here', 'signal_in_the_middle first-event.c:76']);
    await client.go('stepOut');
    await client.go('stepOut');
    assert.equal((await client.stack())[0], 'signal_in_the_middle first-event.c:76');
  }));

test('the innermost frame asked for alone is the one of the whole stack, and its variables are there', async () => {
  await withSession(async (client) => {
    await client.launch('first-event.elf');
    await client.breakAt('first-event.c', 40);
    await client.start();
    await client.stop();
    const alone = await client.request('stackTrace', { threadId: 1, levels: 1 });
    const { scopes } = await client.request('scopes', { frameId: alone.stackFrames[0].id });
    const whole = await client.request('stackTrace', { threadId: 1 });
    assert.deepEqual(alone.stackFrames[0], whole.stackFrames[0]);
    assert.equal(whole.totalFrames, whole.stackFrames.length);
    assert.ok(scopes.length > 1);
  });
});
