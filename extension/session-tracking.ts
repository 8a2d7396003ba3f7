import * as vscode from 'vscode';
import type { SessionState } from './session-state.ts';

export const debugType = 'sdei';

/** Tells `state` which sessions there are, which one is active, and what their adapters say. */
export function registerSessionTracking(state: SessionState): vscode.Disposable {
  const own = (session: vscode.DebugSession | undefined) => (session?.type === debugType ? session : undefined);
  return vscode.Disposable.from(
    vscode.debug.registerDebugAdapterTrackerFactory(debugType, {
      createDebugAdapterTracker(session) {
        state.start(session);
        return { onDidSendMessage: (message) => state.messageFromAdapter(session, message) };
      },
    }),
    vscode.debug.onDidChangeActiveDebugSession((session) => state.setActive(own(session))),
    vscode.debug.onDidTerminateDebugSession((session) => {
      if (own(session) !== undefined) state.end(session);
    }),
  );
}
