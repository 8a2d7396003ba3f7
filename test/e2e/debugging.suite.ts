import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  ask,
  breakAt,
  debug,
  extension,
  folder,
  lineOf,
  listen,
  nextStop,
  sample,
  stops,
  tidy,
  until,
  type Wire,
} from './support/session.ts';

describe('debugging the samples', () => {
  let wire: Wire;
  beforeEach(() => {
    wire = listen();
  });
  afterEach(async () => {
    await tidy();
    wire.dispose();
  });

  it('stops in the handler; the stack goes on in the interrupted code', async () => {
    await breakAt('first-event.c', 'log->handled++');
    const session = await debug({ program: 'first-event.elf' });
    const stop = await nextStop(wire);
    assert.equal(stop.body?.reason, 'breakpoint');

    const { stackFrames } = await session.customRequest('stackTrace', { threadId: 1 });
    const frames = stackFrames.map(({ name, line, presentationHint }: { name: string; line: number; presentationHint?: string }) =>
      presentationHint === 'label' ? name : `${name}:${line}`,
    );
    const handler = await lineOf(sample('first-event.c'), 'log->handled++');
    const interrupted = await lineOf(sample('first-event.c'), 'SMCCC_HERE(status, SDEI_EVENT_SIGNAL');
    assert.equal(frames[0], `on_event:${handler}`);
    assert.ok(frames.includes(`signal_in_the_middle:${interrupted}`), frames.join('\n'));
    assert.match(frames.slice(1).find((name: string) => /event 0/.test(name)) ?? frames.join('\n'), /event 0/);
    const item = await until('a selected frame', () =>
      vscode.debug.activeStackItem instanceof vscode.DebugStackFrame ? vscode.debug.activeStackItem : undefined,
    );
    assert.equal(item.threadId, 1);
  });

  it('starts without a launch configuration from the source that is open', async () => {
    await breakAt('nested-critical.c', '{');
    await vscode.window.showTextDocument(sample('nested-critical.c'));
    await debug({});
    const launch = await until('launch', () => wire.sent.find(({ command }) => command === 'launch'));
    const { program } = (launch as unknown as { arguments: { program: string } }).arguments;
    assert.equal(program, sample('nested-critical.elf').fsPath);
  });

  it('asks which program, where several could be meant', async () => {
    const picking = vscode.commands.executeCommand<string | undefined>('sdei.pickProgram');
    await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
    let picked: string | undefined | symbol = Symbol('nothing yet');
    void picking.then((value) => {
      picked = value;
    });
    await until('a choice', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return typeof picked !== 'symbol';
    });
    assert.match(String(picked), /[\\/]workspace[\\/][\w-]+\.elf$/);
  });

  it('runs to the end: the guest switches off, the session ends', async () => {
    const ended = new Promise<void>((resolve) => {
      const subscription = vscode.debug.onDidTerminateDebugSession(() => {
        subscription.dispose();
        resolve();
      });
    });
    await debug({ program: 'first-event.elf' });
    await ended;
    const text = wire.received.filter(({ event }) => event === 'output').map(({ body }) => body?.output);
    assert.match(text.join(''), /2 events handled, power off/);
  });

  it('stays usable after a launch that cannot work', async () => {
    const failed = (program: string) => vscode.debug.startDebugging(folder(), { type: 'sdei', request: 'launch', name: 'bad', program });
    void failed('README.md');
    const answer = await until(
      'the refusal',
      () => wire.received.find((message) => message.command === 'launch') as unknown as { success: boolean; message: string },
    );
    assert.equal(answer.success, false);
    assert.match(answer.message, /README\.md/);
    await until('the end of the session', () => vscode.debug.activeDebugSession === undefined);
    await breakAt('first-event.c', 'log->handled++');
    await debug({ program: 'first-event.elf' });
    await nextStop(wire, 1);
    assert.equal(stops(wire).length, 1);
  });

  it('a triggered event arrives over the line that is next', async () => {
    await breakAt('first-event.c', 'current.index =');
    await breakAt('first-event.c', 'log->handled++');
    const session = await debug({ program: 'first-event.elf' });
    await nextStop(wire, 1);
    const answer = await ask(session, 'sdei/trigger', { event: 0, pe: 0 });
    assert.equal(answer.outcome, 'dispatches', answer.message);
    await session.customRequest('continue', { threadId: 1 });
    await nextStop(wire, 2);
    const { stackFrames } = await session.customRequest('stackTrace', { threadId: 1 });
    const lines = stackFrames.map(({ name, line }: { name: string; line: number }) => `${name}:${line}`);
    assert.match(lines[0], /^on_event:/);
    assert.ok(lines.includes(`signal_in_the_middle:${await lineOf(sample('first-event.c'), 'current.index =')}`), lines.join('\n'));
  });

  it('restarts', async () => {
    await breakAt('first-event.c', 'log->handled++');
    await debug({ program: 'first-event.elf' });
    await nextStop(wire, 1);
    await vscode.commands.executeCommand('workbench.action.debug.restart');
    await nextStop(wire, 2);
    await until('the state of the stop', async () => (await extension()).state.status === 'stopped');
    const state = await (await extension()).state.sdei();
    assert.equal(state?.events.find(({ number }) => number === 0)?.delivered, 1);
  });

  it('pauses a guest that spins', async () => {
    const found = vscode.extensions.getExtension('sdei-guest-debugger.sdei-guest-debugger');
    const session = await debug({ program: vscode.Uri.joinPath(found?.extensionUri ?? folder().uri, 'test/guests/spin.elf').fsPath });
    await until('the start', () => wire.received.find(({ command }) => command === 'configurationDone'));
    await session.customRequest('pause', { threadId: 1 });
    const stop = await nextStop(wire, 1);
    assert.equal(stop.body?.reason, 'pause');
  });
});
