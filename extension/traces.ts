import * as vscode from 'vscode';
import { bytesFromBase64 } from './console-text.ts';
import { registerCommandTable } from './command-table.ts';
import { type SessionState, activeSession, ask } from './session-state.ts';
import { debugType } from './session-tracking.ts';

const filters = { 'SDEI traces': ['sdeitrace'] };

/** A run in one file: saved from a session, opened in another, wherever the extension runs. */
export function registerTraces(state: SessionState): vscode.Disposable {
  async function save(given?: unknown): Promise<vscode.Uri | undefined> {
    const session = activeSession(state);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const defaultUri = folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, 'guest.sdeitrace') };
    const target =
      given instanceof vscode.Uri ? given : await vscode.window.showSaveDialog({ title: 'SDEI: Save Trace', filters, ...defaultUri });
    if (target === undefined) return undefined;
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'Saving the run…' }, async () => {
      const { data } = await ask(session, 'sdei/saveTrace', {});
      await vscode.workspace.fs.writeFile(target, bytesFromBase64(data));
    });
    vscode.window.setStatusBarMessage(`$(save) ${target.path.replace(/^.*\//, '')} holds this run.`, 6000);
    return target;
  }

  async function open(given?: unknown): Promise<boolean> {
    const [picked] =
      given instanceof vscode.Uri ? [given] : ((await vscode.window.showOpenDialog({ title: 'SDEI: Open Trace', filters })) ?? []);
    if (picked === undefined) return false;
    const folder = vscode.workspace.getWorkspaceFolder(picked) ?? vscode.workspace.workspaceFolders?.[0];
    const name = picked.path.replace(/^.*\//, '');
    const trace = picked.scheme === 'file' ? picked.fsPath : picked.toString();
    return vscode.debug.startDebugging(folder, { type: debugType, request: 'launch', name, trace });
  }

  const commands: Record<string, (given?: unknown) => Promise<unknown>> = {
    'sdei.saveTrace': save,
    'sdei.openTrace': open,
  };
  return registerCommandTable(commands);
}
