import * as vscode from 'vscode';
import type { TimeState } from '../debug-adapter/custom-requests.ts';
import type { DapWorker } from './host.ts';
import type { Workers } from './workers.ts';
import { type EditGuard, createEditGuard, question, refusal } from './edit-guard.ts';
import { debugType } from './session-tracking.ts';
import { createToldAgain } from './told-again.ts';

/** Every session gets a worker of its own, which runs the debug adapter and the machine. A "debugServer" in the configuration is VS Code's affair. */
export function registerAdapterFactory(workers: Workers): vscode.Disposable {
  return vscode.debug.registerDebugAdapterDescriptorFactory(debugType, {
    async createDebugAdapterDescriptor() {
      return new vscode.DebugAdapterInlineImplementation(relay(await workers.take(), createEditGuard(askForBranch), workers.prepare));
    },
  });
}

async function askForBranch(time: TimeState): Promise<boolean> {
  const { message, detail, yes } = question(time);
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes;
}

/** Passes messages on, and ends the session if the worker ends before it should. @param onDispose called when the session is over */
function relay(worker: DapWorker, guard: EditGuard, onDispose: () => void): vscode.DebugAdapter {
  const messages = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  const send = (event: string, body?: unknown) => messages.fire({ type: 'event', seq: 0, event, body } as vscode.DebugProtocolMessage);
  const pass = createToldAgain((message) => messages.fire(message as vscode.DebugProtocolMessage), setTimeout);
  let disposed = false;
  worker.onMessage((message) => {
    guard.heard(message);
    pass(message as object);
  });
  worker.onEnd((problem) => {
    if (disposed) return;
    if (problem !== undefined)
      send('output', { category: 'important', output: `Internal error of the debug adapter: ${problem}\nPlease report it.\n` });
    send('terminated');
  });
  return {
    onDidSendMessage: messages.event,
    handleMessage(message) {
      const allowed = guard.allows(message);
      if (allowed === true) return worker.postMessage(message);
      void allowed.then((yes) => {
        if (disposed) return;
        if (yes) worker.postMessage(message);
        else messages.fire(refusal(message) as vscode.DebugProtocolMessage);
      });
    },
    dispose() {
      disposed = true;
      worker.terminate();
      onDispose();
      messages.dispose();
    },
  };
}
