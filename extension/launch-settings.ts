import * as vscode from 'vscode';
import { ask } from './session-state.ts';
import { debugType } from './session-tracking.ts';
import { showError } from './shown-errors.ts';

/** Launch keys with a setting `sdei.KEY`, which counts where the launch configuration does not say. */
const keys = ['stepIntoHandlers', 'stopAtEnd'] as const;

function wanted(key: (typeof keys)[number], folder: vscode.WorkspaceFolder | undefined): unknown {
  return vscode.workspace.getConfiguration('sdei', folder).get(key);
}

export function registerLaunchSettings(): vscode.Disposable {
  const sessions = new Set<vscode.DebugSession>();
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(debugType, {
      resolveDebugConfigurationWithSubstitutedVariables: (folder, config) =>
        config.request === 'launch' ? { ...Object.fromEntries(keys.map((key) => [key, wanted(key, folder)])), ...config } : config,
    }),
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === debugType) sessions.add(session);
    }),
    vscode.debug.onDidTerminateDebugSession((session) => sessions.delete(session)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration('sdei.stepIntoHandlers')) return;
      for (const session of sessions) {
        const enabled = wanted('stepIntoHandlers', session.workspaceFolder) === true;
        ask(session, 'sdei/setStepIntoHandlers', { enabled }).catch(showError);
      }
    }),
  );
}
