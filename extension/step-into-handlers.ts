import * as vscode from 'vscode';
import { ask } from './session-state.ts';
import { debugType } from './session-tracking.ts';

const setting = 'sdei.stepIntoHandlers';
const wanted = (folder?: vscode.WorkspaceFolder) => vscode.workspace.getConfiguration(undefined, folder).get<boolean>(setting, false);

/** The setting: for launch configurations that do not say it, and at once for the sessions that there are. */
export function registerStepIntoHandlers(): vscode.Disposable {
  const sessions = new Set<vscode.DebugSession>();
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(debugType, {
      resolveDebugConfigurationWithSubstitutedVariables: (folder, config) =>
        config.request === 'launch' ? { stepIntoHandlers: wanted(folder), ...config } : config,
    }),
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === debugType) sessions.add(session);
    }),
    vscode.debug.onDidTerminateDebugSession((session) => sessions.delete(session)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration(setting)) return;
      for (const session of sessions)
        ask(session, 'sdei/setStepIntoHandlers', { enabled: wanted(session.workspaceFolder) }).catch((error: Error) =>
          vscode.window.showErrorMessage(error.message),
        );
    }),
  );
}
