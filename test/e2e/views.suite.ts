import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Extension } from '../../extension/features.ts';
import type { TreeNode } from '../../extension/views/tree-node.ts';
import { ask, breakAt, debug, extension, listen, nextStop, tidy, until, viewReads, type Wire } from './support/session.ts';

const views = ['sdei.events', 'sdei.pseudoRegisters', 'sdei.systemRegisters', 'sdei.timeline'] as const;
type View = (typeof views)[number];

describe('the views', () => {
  let wire: Wire;
  let api: Extension;
  beforeEach(async () => {
    wire = listen();
    api = await extension();
  });
  afterEach(async () => {
    await hide();
    await tidy();
    wire.dispose();
  });

  const open = (view: View) => vscode.commands.executeCommand(`${view}.focus`);
  /** What the workbench still asked for as a view appeared or went has been answered. */
  const settled = () => new Promise((resolve) => setTimeout(resolve, 200));
  const hide = () => vscode.commands.executeCommand('workbench.view.explorer');
  const reads = () => viewReads(wire);
  const childrenOf = (node: TreeNode | undefined) => (Array.isArray(node?.children) ? (node.children as TreeNode[]) : []);
  const event = (number: number) =>
    api.shown['sdei.events']()
      .flatMap(childrenOf)
      .find(({ label }) => label === `Event ${number}`);
  /** Those of this session, not of the one before. */
  async function openRegisters(): Promise<void> {
    await open('sdei.systemRegisters');
    await until('a read', () => reads().flat().includes('sdei/systemRegisters'));
    await settled();
  }
  const all = (nodes: readonly TreeNode[]): TreeNode[] => nodes.flatMap((node) => [node, ...all(childrenOf(node))]);
  const find = (label: string) => all(api.shown['sdei.systemRegisters']()).find((node) => node.label === label);
  const register = (label: string) => api.shown['sdei.pseudoRegisters']().find((node) => node.label === label);

  async function stopInHandler(configuration: Record<string, unknown> = {}): Promise<vscode.DebugSession> {
    await breakAt('first-event.c', 'log->handled++');
    const session = await debug({ program: 'first-event.elf', internalConsoleOptions: 'neverOpen', ...configuration });
    await nextStop(wire, 1);
    const commands = new Set(await vscode.commands.getCommands());
    for (const view of views) if (commands.has(`${view}.removeView`)) await vscode.commands.executeCommand(`${view}.removeView`);
    return session;
  }

  /** From the first stop on, one request for each of the next. @param parts of each, sorted */
  async function threeSteps(session: vscode.DebugSession, parts: readonly string[]): Promise<void> {
    for (let stop = 2; stop <= 4; stop++) {
      const read = reads().length;
      await session.customRequest('next', { threadId: 1 });
      await nextStop(wire, stop);
      await until('a read', () => reads().length > read);
      await settled();
      assert.deepEqual(
        reads()
          .slice(read)
          .map((asked) => [...asked].sort()),
        [parts],
      );
    }
  }

  it('read nothing while they are hidden, and once per stop while they are shown', async () => {
    await hide();
    const session = await stopInHandler();
    await hide();
    await settled();
    const hiddenReads = reads().length;
    await session.customRequest('next', { threadId: 1 });
    await nextStop(wire, 2);
    await session.customRequest('stackTrace', { threadId: 1 });
    assert.equal(reads().length, hiddenReads);

    await open('sdei.events');
    await until('the read of a view that appears', () => reads().length > hiddenReads);
    await settled();
    const shown = await until('the event', () => event(0));
    const before = reads().length;
    await session.customRequest('next', { threadId: 1 });
    await nextStop(wire, 3);
    await until('a read', () => reads().length > before);
    await session.customRequest('stackTrace', { threadId: 1 });
    assert.deepEqual(reads().slice(before), [['sdei/state']]);
    // Nothing differs, so the rows stay, and a click that comes just then finds its node.
    assert.equal(event(0), shown);
  });

  it('ask in one request per stop for all that are shown, and one that appears for what is missing only', async () => {
    const session = await stopInHandler();
    await open('sdei.events');
    await until('the event', () => event(0));
    await settled();
    const before = reads().length;
    await open('sdei.systemRegisters');
    await until('the registers', () => find('SCTLR_EL1'));
    await open('sdei.pseudoRegisters');
    await until('the pseudo registers', () => register('EVENT_RUNNING'));
    await open('sdei.timeline');
    // What was read for the session before is shown until then.
    await until('a read of the timeline', () => reads().slice(before).flat().includes('sdei/timeline'));
    await settled();
    assert.deepEqual(reads().slice(before), [
      ['sdei/systemRegisterTable', 'sdei/systemRegisters'],
      ['sdei/pseudoRegisters'],
      ['sdei/timeline'],
    ]);
    await threeSteps(session, ['sdei/pseudoRegisters', 'sdei/state', 'sdei/systemRegisters', 'sdei/timeline']);
    await hide();
    await settled();
    const read = reads().length;
    await session.customRequest('next', { threadId: 1 });
    await nextStop(wire, 5);
    await settled();
    assert.equal(reads().length, read);
  });

  it('ask in one request also for the PEs that are open, and for another when it is opened', async () => {
    const session = await stopInHandler({ cpus: 2 });
    await openRegisters();
    await threeSteps(session, ['sdei/state', 'sdei/systemRegisters']);
    const [, other] = api.shown['sdei.systemRegisters']();
    assert.equal(other.label, 'PE1');
    const read = reads().length;
    assert.ok(typeof other.children === 'function' && (await other.children()).length > 0);
    assert.deepEqual(reads().slice(read), [['sdei/systemRegisters']]);
  });

  it('change a field of a system register, which stays marked until the next stop', async () => {
    const session = await stopInHandler();
    await openRegisters();
    const field = await until('SCTLR_EL1.UCT', () => find('UCT'));
    const marks = () => all(api.shown['sdei.systemRegisters']()).filter(({ context }) => context?.includes('changed')).length;
    assert.equal(marks(), 0);
    await session.customRequest('next', { threadId: 1 });
    await nextStop(wire, 2);
    const [was, is] = field.value === '0x0' ? ['0', '1'] : ['1', '0'];
    const { stackFrames } = await session.customRequest('stackTrace', { threadId: 1, startFrame: 0, levels: 1 });
    await session.customRequest('setExpression', { expression: '$SCTLR_EL1.UCT', value: is, frameId: stackFrames[0].id });
    const edited = await until('the mark', () => (find('UCT')?.description?.includes('changed') ? find('UCT') : undefined));
    assert.equal(edited.description, `${is} · changed, was ${was} · bit 15`);
    const marked = marks();
    assert.ok(marked > 0);

    // A view that goes and comes, and one that is built again: no mark is lost.
    await hide();
    await settled();
    await open('sdei.systemRegisters');
    await settled();
    assert.equal(marks(), marked);
    await vscode.commands.executeCommand('sdei.clearRegisterFilter');
    assert.equal(marks(), marked);
    await session.customRequest('next', { threadId: 1 });
    await nextStop(wire, 3);
    await until('no mark', () => find('UCT')?.description === `${is} · bit 15`);
  });

  it('pin a register, and copy it as source', async () => {
    await stopInHandler();
    await openRegisters();
    const node = await until('SCTLR_EL1', () => find('SCTLR_EL1'));
    await vscode.commands.executeCommand('sdei.pinRegister', node);
    const pinned = () => api.shown['sdei.systemRegisters']().find(({ label }) => label === 'Pinned');
    assert.deepEqual(
      childrenOf(await until('a pinned register', pinned)).map(({ label }) => label),
      ['SCTLR_EL1'],
    );
    for (const [command, copied] of [
      ['sdei.copyValue', /^0x[0-9a-f]+$/],
      ['sdei.copyAsC', /^\/\* SCTLR_EL1 = .*\n#define SCTLR_EL1_VALUE 0x[0-9a-f]+UL\n$/],
      ['sdei.copyAsAssembly', /\tmsr\tSCTLR_EL1, x0\n$/],
      ['sdei.copyAsExpression', /^\$SCTLR_EL1$/],
    ] as const) {
      await vscode.commands.executeCommand(command, node);
      assert.match(await vscode.env.clipboard.readText(), copied);
    }
    await vscode.commands.executeCommand('sdei.unpinRegister', node);
    await until('no pinned register', () => pinned() === undefined);
  });

  it('show the event that runs, and a trigger that has to wait', async () => {
    await stopInHandler();
    await open('sdei.events');
    const running = await until('event 0 running', () => (event(0)?.description?.startsWith('running') ? event(0) : undefined));
    assert.equal(running.icon?.name, 'debug-stackframe-focused');
    await vscode.commands.executeCommand('sdei.triggerEvent', running);
    await until('event 0 pending', () => event(0)?.description?.includes('pending'));
  });

  it('mask and unmask a PE, disable and enable an event', async () => {
    await stopInHandler();
    await open('sdei.events');
    const pe = () => api.shown['sdei.events']()[0];
    await until('PE0', () => pe()?.context?.includes('unmasked'));
    await vscode.commands.executeCommand('sdei.maskPe', pe());
    await until('masked', () => pe().context?.includes('masked'));
    await vscode.commands.executeCommand('sdei.unmaskPe', pe());
    await until('unmasked', () => pe().context?.includes('unmasked'));
    await vscode.commands.executeCommand('sdei.disableEvent', event(0));
    await until('disabled', () => event(0)?.context?.includes('disabled'));
    await vscode.commands.executeCommand('sdei.enableEvent', event(0));
    await until('enabled', () => event(0)?.context?.includes('enabled'));
  });

  it('lead from an event to the source of its handler', async () => {
    await stopInHandler();
    await open('sdei.events');
    const node = await until('event 0', () => event(0));
    await vscode.commands.executeCommand('sdei.openHandler', node);
    const editor = await until('the handler', () => {
      const { activeTextEditor } = vscode.window;
      return activeTextEditor?.document.uri.path.endsWith('handler-entry.S') ? activeTextEditor : undefined;
    });
    assert.equal(editor.selection.active.line + 1, node.location?.line);
  });

  it('show the pseudo registers, and a value that was set', async () => {
    const session = await stopInHandler();
    await open('sdei.pseudoRegisters');
    await until('EVENT_RUNNING', () => register('EVENT_RUNNING')?.description?.startsWith('0x1'));
    const node = register('EVENT_ENABLED');
    assert.equal(node?.subject?.kind, 'register');
    if (node?.subject?.kind !== 'register') return;
    await ask(session, 'sdei/setPseudoRegister', { pe: 0, id: node.subject.register.id, value: '0x0' });
    await until('EVENT_ENABLED = 0', () => register('EVENT_ENABLED')?.description === '0x0');
  });

  it('are empty after the session, and filled again by the next', async () => {
    await stopInHandler();
    await open('sdei.events');
    await until('event 0', () => event(0));
    await vscode.debug.stopDebugging();
    await until('no session', () => api.state.status === 'none');
    await debug({ program: 'first-event.elf' });
    await nextStop(wire, 2);
    assert.equal(api.state.status, 'stopped');
    await until('event 0', () => event(0));
  });

  it('follow the active session', async () => {
    const first = await stopInHandler({ name: 'first' });
    await open('sdei.events');
    await until('event 0', () => event(0));
    const second = await debug({ name: 'second', program: 'first-event.elf', cpus: 2 });
    await nextStop(wire, 2);
    const labels = () => api.shown['sdei.events']().map(({ label }) => label);
    assert.equal(api.state.active?.id, vscode.debug.activeDebugSession?.id);
    await vscode.debug.stopDebugging(first);
    await until('the second session', () => api.state.active?.id === second.id);
    await until('two PEs', () => labels().includes('PE1'));
  });

  it('the guest console is a terminal', async () => {
    await debug({ name: 'console', program: 'first-event.elf' });
    const terminal = await until('a terminal', () => vscode.window.terminals.find(({ name }) => name === 'Guest console: console'));
    terminal.dispose();
  });

  it('the guest console takes lines for semihosting, and survives restarts', async () => {
    const name = 'semihosting';
    const heard = (event: string) => wire.received.filter((message) => message.type === 'event' && message.event === event);
    const printed = () =>
      heard('sdei/console')
        .map(({ body }) => Buffer.from(body?.data ?? '', 'base64').toString())
        .join('');
    const prompts = () => printed().split('type: ').length - 1;
    const exitCodes = () => heard('exited').map(({ body }) => (body as unknown as { exitCode: number }).exitCode);
    const terminals = () => vscode.window.terminals.filter((one) => one.name === `Guest console: ${name}`);

    await debug({ name, program: 'semihosting.elf', semihosting: true });
    await until('a prompt', () => prompts() === 1);
    const terminal = await until('a terminal', () => terminals()[0]);
    terminal.sendText('forgotten', false);
    await vscode.commands.executeCommand('workbench.action.debug.restart');
    await until('a prompt after the restart', () => prompts() === 2);
    terminal.sendText('\u0015wrongg\u007f way\u0015right\r', false);
    await until('its exit', () => exitCodes().length === 1);
    assert.match(printed(), /type: got: right\n$/);
    assert.deepEqual(exitCodes(), [6]);
    await until('no session', () => vscode.debug.activeDebugSession === undefined);

    await debug({ name, program: 'semihosting.elf', semihosting: true });
    await until('a prompt of another session', () => prompts() === 3);
    terminal.sendText('\u0004', false);
    await until('its exit', () => exitCodes().length === 2);
    await until('no session', () => vscode.debug.activeDebugSession === undefined);
    assert.deepEqual([exitCodes(), terminals().length, terminals()[0] === terminal], [[6, 0], 1, true]);
    terminal.dispose();
  });
});

describe('the sample workspace', () => {
  it('is created by a command', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    const target = vscode.Uri.joinPath(folder.uri, '..', 'created-samples');
    await vscode.commands.executeCommand('sdei.createSampleWorkspace', target);
    const names = (await vscode.workspace.fs.readDirectory(target)).map(([name]) => name);
    for (const name of ['first-event.c', 'first-event.elf', 'common', '.vscode', 'README.md']) assert.ok(names.includes(name), name);
  });
});
