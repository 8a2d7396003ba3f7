import * as vscode from 'vscode';
import type { DapWorker, Host } from './host.ts';
import { debugType } from './session-tracking.ts';

/** Every session gets a worker of its own, which runs the debug adapter and the machine. A "debugServer" in the configuration is VS Code's affair. */
export function registerAdapterFactory(context: vscode.ExtensionContext, host: Host): vscode.Disposable {
  return vscode.debug.registerDebugAdapterDescriptorFactory(debugType, {
    async createDebugAdapterDescriptor() {
      return new vscode.DebugAdapterInlineImplementation(relay(await host.startWorker(context)));
    },
  });
}

/** Passes messages on, and ends the session if the worker ends before it should. */
function relay(worker: DapWorker): vscode.DebugAdapter {
  const messages = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  const send = (event: string, body?: unknown) => messages.fire({ type: 'event', seq: 0, event, body } as vscode.DebugProtocolMessage);
  let disposed = false;
  worker.onMessage((message) => messages.fire(message as vscode.DebugProtocolMessage));
  worker.onEnd((problem) => {
    if (disposed) return;
    if (problem !== undefined)
      send('output', { category: 'important', output: `Internal error of the debug adapter: ${problem}\nPlease report it.\n` });
    send('terminated');
  });
  return {
    onDidSendMessage: messages.event,
    handleMessage: (message) => worker.postMessage(message),
    dispose() {
      disposed = true;
      worker.terminate();
      messages.dispose();
    },
  };
}
