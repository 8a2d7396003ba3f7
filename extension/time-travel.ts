import * as vscode from 'vscode';
import type { CustomRequests } from '../debug-adapter/custom-requests.ts';
import type { TreeNode } from './views/tree-node.ts';
import { registerCommandTable } from './command-table.ts';
import { neighbouringDelivery } from './neighbouring-delivery.ts';
import { type SessionState, activeSession, ask } from './session-state.ts';

/** What the Variables view gives to a command of its context menu. */
interface VariableContext {
  readonly container?: { readonly variablesReference?: number };
  readonly variable?: { readonly name?: string; readonly evaluateName?: string };
}

/** Commands that DAP has no request for, and the sign in the status bar that one is in the past. */
export function registerTimeTravel(state: SessionState): vscode.Disposable {
  const sign = vscode.window.createStatusBarItem('sdei.time', vscode.StatusBarAlignment.Left, 50);
  sign.name = 'SDEI: time travel';
  sign.command = 'sdei.goToInstruction';
  sign.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
  const show = () => {
    const time = state.time;
    if (!time?.isInPast) return sign.hide();
    sign.text = `$(history) t=${time.now.toLocaleString('en')} / ${time.to.toLocaleString('en')}`;
    sign.tooltip = 'The guest stands in its past: going on repeats what happened. Select to go to another moment.';
    sign.show();
  };
  const unsubscribe = state.onChanged(show);

  const session = () => activeSession(state);
  const request = <Name extends keyof CustomRequests>(name: Name, args: CustomRequests[Name][0]) => ask(session(), name, args);
  const threadId = () => vscode.debug.activeStackItem?.threadId ?? 1;
  const frameId = () => {
    const item = vscode.debug.activeStackItem;
    return item instanceof vscode.DebugStackFrame ? { frameId: item.frameId } : {};
  };

  async function ofVariable(ask: 'sdei/lastWrite' | 'sdei/allWrites', title: string, context?: VariableContext): Promise<void> {
    const { name } = context?.variable ?? {};
    const variablesReference = context?.container?.variablesReference;
    if (name !== undefined && variablesReference !== undefined) {
      await request(ask, { threadId: threadId(), name, variablesReference });
      return;
    }
    const typed =
      context?.variable?.evaluateName ??
      (await vscode.window.showInputBox({ title, placeHolder: 'log->handled, $x19, $SCTLR_EL1.M, $sdei_masked' }));
    if (typed !== undefined && typed.trim() !== '') await request(ask, { threadId: threadId(), name: typed.trim(), ...frameId() });
  }

  async function addBookmark(): Promise<void> {
    const { time, bookmarks } = await request('sdei/bookmarks', {});
    const name = await vscode.window.showInputBox({
      title: `Bookmark instruction ${time.now.toLocaleString('en')}`,
      value: `moment ${bookmarks.length + 1}`,
      validateInput: (text) => (text.trim() === '' ? 'Give it a name.' : undefined),
    });
    if (name !== undefined) await request('sdei/addBookmark', { name: name.trim() });
  }

  async function goToBookmark(): Promise<void> {
    const { bookmarks } = await request('sdei/bookmarks', {});
    if (bookmarks.length === 0) throw new Error('There are no bookmarks yet. "SDEI: Bookmark This Moment…" makes one.');
    const items = bookmarks.map(({ name, instruction, place }) => ({
      label: name,
      description: `${instruction.toLocaleString('en')} · ${place}`,
    }));
    const picked = await vscode.window.showQuickPick(items, { title: 'SDEI: Go to which moment?', matchOnDescription: true });
    if (picked !== undefined) await request('sdei/goTo', { threadId: threadId(), bookmark: picked.label });
  }

  async function goToInstruction(): Promise<void> {
    const { time } = await request('sdei/bookmarks', {});
    const typed = await vscode.window.showInputBox({
      title: `Go to which instruction, from ${time.from} to ${time.to}?`,
      value: String(time.to),
      validateInput: (text) => (/^\d+$/.test(text.trim()) ? undefined : 'Give a number of instructions since the start.'),
    });
    if (typed !== undefined) await request('sdei/goTo', { threadId: threadId(), instruction: Number(typed) });
  }

  async function goToDelivery(where: 'before' | 'behind'): Promise<void> {
    const { instants, time } = await request('sdei/timeline', {});
    if (time === undefined) throw new Error('No history is kept ("history": false), so there is no way to another moment.');
    const expression = '$sdei_depth > 0 && $pc == $sdei_handler';
    const { result } = (await session().customRequest('evaluate', { expression, context: 'watch' })) as { result: string };
    const found = neighbouringDelivery(instants, { now: time.now, isAtHandler: result === '1' }, where);
    if (found === undefined)
      throw new Error(`No event was delivered ${where === 'before' ? 'before' : 'after'} this moment, as far as it is on record.`);
    await request('sdei/goTo', { threadId: threadId(), instant: found.id });
  }

  async function goToInstant(node?: unknown): Promise<void> {
    const { subject } = (node ?? {}) as Partial<TreeNode>;
    if (subject?.kind !== 'moment') return;
    const { instant, bookmark } = subject;
    await request('sdei/goTo', {
      threadId: threadId(),
      ...(instant === undefined ? {} : { instant }),
      ...(bookmark === undefined ? {} : { bookmark }),
    });
  }

  const commands: Record<string, (context?: VariableContext) => Promise<unknown>> = {
    'sdei.goToInstant': goToInstant,
    'sdei.previousDelivery': () => goToDelivery('before'),
    'sdei.nextDelivery': () => goToDelivery('behind'),
    'sdei.stepBackOut': () => request('sdei/stepBackOut', { threadId: threadId() }),
    'sdei.stepBackInto': () => request('sdei/stepBackInto', { threadId: threadId() }),
    'sdei.lastWrite': (context) => ofVariable('sdei/lastWrite', 'Go to the last write to which variable or register?', context),
    'sdei.allWrites': (context) => ofVariable('sdei/allWrites', 'List all writes to which variable or register?', context),
    'sdei.addBookmark': addBookmark,
    'sdei.goToBookmark': goToBookmark,
    'sdei.goToInstruction': goToInstruction,
  };
  return vscode.Disposable.from(sign, new vscode.Disposable(unsubscribe), registerCommandTable(commands));
}
