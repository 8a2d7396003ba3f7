import * as vscode from 'vscode';
import { registerCommandTable } from './command-table.ts';
import { type SessionState, activeSession, ask } from './session-state.ts';

const scheme = 'sdei-branch';

/** Futures of a run: going to one, naming one, and two of them side by side. */
export function registerBranches(state: SessionState): vscode.Disposable {
  /** Of documents that are open. */
  const reports = new Map<string, string>();
  let count = 0;
  const session = () => activeSession(state);
  async function pick(title: string, without?: string): Promise<string | undefined> {
    const { current, branches, forgotten } = await ask(session(), 'sdei/branches', {});
    const items = branches
      .filter(({ name }) => name !== without)
      .map(({ name, to }) => ({
        label: name,
        description: [`ends at t=${to.toLocaleString('en')}`, name === current ? 'on record now' : undefined].filter(Boolean).join(' · '),
      }));
    if (branches.length < 2) throw new Error('There is one future only. An edit in the past begins another one.');
    return (
      await vscode.window.showQuickPick(items, {
        title: `SDEI: ${title}`,
        ...(forgotten.length > 0 && { placeHolder: `No room was left ("history") for ${forgotten.join(', ')}` }),
      })
    )?.label;
  }

  async function goTo(): Promise<void> {
    const name = await pick('Go to which branch?');
    if (name !== undefined) await ask(session(), 'sdei/goToBranch', { threadId: vscode.debug.activeStackItem?.threadId ?? 1, name });
  }
  async function rename(): Promise<void> {
    const name = await pick('Rename which branch?');
    const to = name && (await vscode.window.showInputBox({ title: `New name of "${name}"`, value: name }));
    if (name !== undefined && to !== undefined && to.trim() !== '') await ask(session(), 'sdei/renameBranch', { name, to: to.trim() });
  }
  async function compare(one?: unknown, other?: unknown): Promise<void> {
    const left = typeof one === 'string' ? one : await pick('Compare which branch …');
    const right = typeof other === 'string' ? other : left && (await pick(`… with "${left}"?`, left));
    if (left === undefined || right === undefined) return;
    const uris: vscode.Uri[] = [];
    const asked = session();
    for (const name of [left, right]) {
      const { text } = await ask(asked, 'sdei/branchReport', { name });
      const uri = vscode.Uri.from({ scheme, path: `/${name}`, query: `${asked.id}-${++count}` });
      reports.set(uri.toString(), text);
      uris.push(uri);
    }
    await vscode.commands.executeCommand('vscode.diff', uris[0], uris[1], `${left} ↔ ${right}`);
  }

  const commands: Record<string, (...given: unknown[]) => Promise<void>> = {
    'sdei.goToBranch': goTo,
    'sdei.renameBranch': rename,
    'sdei.compareBranches': compare,
  };
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => reports.get(uri.toString()) ?? 'The session of this branch has ended.\n',
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => void reports.delete(uri.toString())),
    registerCommandTable(commands),
  );
}
