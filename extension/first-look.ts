import * as vscode from 'vscode';
import type { SessionState } from './session-state.ts';

const key = 'sdei.eventsShown';

/** VS Code keeps an extension's views in the Run and Debug container closed: the Events view opens by itself at a person's very first stop. */
export function registerFirstLook(context: vscode.ExtensionContext, state: SessionState): vscode.Disposable {
  const unsubscribe = state.onChanged(() => {
    if (state.status !== 'stopped' || context.globalState.get(key) === true) return;
    void context.globalState.update(key, true);
    void vscode.commands.executeCommand('sdei.events.focus', { preserveFocus: true });
  });
  return new vscode.Disposable(unsubscribe);
}
