import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Extension } from '../../extension/features.ts';
import { ask, breakAt, debug, extension, folder, listen, nextStop, stops, tidy, until, viewReads, type Wire } from './support/session.ts';

describe('going backwards', () => {
  let wire: Wire;
  let api: Extension;
  beforeEach(async () => {
    wire = listen();
    api = await extension();
  });
  afterEach(async () => {
    await tidy();
    wire.dispose();
  });

  /** Executes a command that moves the guest, and waits for where it stops. */
  async function go(command: string, ...context: unknown[]): Promise<string> {
    const before = stops(wire).length;
    await vscode.commands.executeCommand(command, ...context);
    const { body } = await nextStop(wire, before + 1);
    return (body as { text?: string } | undefined)?.text ?? '';
  }

  it('steps go into handlers as the setting says, at once', async () => {
    const setting = vscode.workspace.getConfiguration('sdei');
    await setting.update('stepIntoHandlers', true, vscode.ConfigurationTarget.Global);
    try {
      await breakAt('first-event.c', 'SMCCC_HERE(status');
      const session = await debug({ program: 'first-event.elf', internalConsoleOptions: 'neverOpen' });
      await nextStop(wire, 1);
      const top = async (): Promise<string> => (await session.customRequest('stackTrace', { threadId: 1 })).stackFrames[0].name;
      await go('workbench.action.debug.stepOver');
      assert.equal(await top(), 'sdei_handler_entry');
      await go('workbench.action.debug.stepBack');
      assert.equal(await top(), 'signal_in_the_middle');
      await setting.update('stepIntoHandlers', undefined, vscode.ConfigurationTarget.Global);
      await until('the adapter knows', () => wire.received.some(({ command }) => command === 'sdei/setStepIntoHandlers'));
      await go('workbench.action.debug.stepOver');
      assert.equal(await top(), 'signal_in_the_middle');
    } finally {
      await setting.update('stepIntoHandlers', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('to moments of the timeline, which is read only while it is shown', async () => {
    await vscode.commands.executeCommand('workbench.view.explorer');
    await breakAt('first-event.c', 'log->handled++');
    const session = await debug({ program: 'first-event.elf', internalConsoleOptions: 'neverOpen' });
    await nextStop(wire, 1);
    assert.ok(!viewReads(wire).flat().includes('sdei/timeline'));
    await vscode.commands.executeCommand('sdei.timeline.focus');
    const nodes = api.shown['sdei.timeline'];
    const printed = await until('a line of the console', () => nodes().find(({ icon }) => icon?.name === 'terminal'));
    await go(printed.command ?? '', printed);
    const { result } = await session.customRequest('evaluate', { expression: '$time', context: 'watch' });
    assert.equal(printed.description, `t=${Number(result).toLocaleString('en')}`);
    await until('where the guest stands', () => nodes().some(({ label }) => label === 'The guest stands here, in its past'));
    await vscode.commands.executeCommand('workbench.view.explorer');
  });

  it('a run is saved to a file, and opens where it was saved', async () => {
    await breakAt('first-event.c', 'log->handled++');
    const session = await debug({ program: 'first-event.elf', internalConsoleOptions: 'neverOpen' });
    await nextStop(wire, 1);
    const stack = async (of: vscode.DebugSession): Promise<string[]> =>
      (await of.customRequest('stackTrace', { threadId: 1 })).stackFrames.map(({ name }: { name: string }) => name);
    const saved = await stack(session);
    const file = vscode.Uri.joinPath(folder().uri, 'saved.sdeitrace');
    await vscode.commands.executeCommand('sdei.saveTrace', file);
    await tidy();
    const before = stops(wire).length;
    await vscode.commands.executeCommand('sdei.openTrace', file);
    await nextStop(wire, before + 1);
    const opened = vscode.debug.activeDebugSession;
    assert.ok(opened);
    assert.deepEqual(await stack(opened), saved);
    await vscode.workspace.fs.delete(file);
  });

  it('by the editor and by commands; an edit is asked about in the past only', async () => {
    await breakAt('first-event.c', 'log->handled++');
    const session = await debug({ program: 'first-event.elf', internalConsoleOptions: 'neverOpen' });
    await nextStop(wire, 1);
    const time = () => api.state.time;
    assert.equal(time(), undefined);

    await go('workbench.action.debug.stepBack');
    const past = await until('the past', time);
    assert.ok(past.isInPast && past.now < past.to);

    await ask(session, 'sdei/addBookmark', { name: 'before' });
    await go('sdei.stepBackOut');
    assert.ok((time()?.now ?? past.to) < past.now);
    const atHandler = async () => (await session.customRequest('evaluate', { expression: '$pc == $sdei_handler' })).result;
    assert.equal(await atHandler(), '0');
    await go('sdei.previousDelivery');
    assert.equal(await atHandler(), '1');
    await go('sdei.stepBackOut');
    assert.equal((await session.customRequest('stackTrace', { threadId: 1 })).stackFrames[0].name, 'signal_in_the_middle');
    await go('sdei.nextDelivery');
    assert.equal(await atHandler(), '1');

    const { scopes } = await session.customRequest('scopes', {
      frameId: (await session.customRequest('stackTrace', { threadId: 1 })).stackFrames[0].id,
    });
    const { variablesReference } = scopes.find(({ name }: { name: string }) => name === 'Registers');
    assert.match(await go('sdei.lastWrite', { container: { variablesReference }, variable: { name: 'sp' } }), /writes \$sp/);

    await go('workbench.action.debug.continue');
    await until('the present', () => time() === undefined);
    await ask(session, 'sdei/setMasked', { pe: 0, masked: true });
  });
});
