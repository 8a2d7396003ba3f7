import * as vscode from 'vscode';
import type { TimeState } from '../debug-adapter/custom-requests.ts';
import type { DapWorker } from './host.ts';
import type { Workers } from './workers.ts';
import { type EditGuard, createEditGuard, question, refusal } from './edit-guard.ts';
import { debugType } from './session-tracking.ts';
import { createToldAgain } from './told-again.ts';

/**
 * Every session gets a worker of its own, which runs the debug adapter and the machine. A "debugServer" in the configuration is VS Code's affair.
 * @param settled when nothing that the session may take over is being written
 */
export function registerAdapterFactory(workers: Workers, settled: () => Promise<void>): vscode.Disposable {
  return vscode.debug.registerDebugAdapterDescriptorFactory(debugType, {
    async createDebugAdapterDescriptor() {
      return new vscode.DebugAdapterInlineImplementation(
        relay(await workers.take(), createEditGuard(askForBranch), { settled, onDispose: workers.prepare }),
      );
    },
  });
}

async function askForBranch(time: TimeState): Promise<boolean> {
  const { message, detail, yes } = question(time);
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes;
}

interface Listener {
  settled(): Promise<void>;
  /** The session is over. */
  onDispose(): void;
}

/** It has had the time that the session took to load; a computer that has other work gives it none. */
const MOST_WAITING_MILLISECONDS = 300;

/** Passes messages on, and ends the session if the worker ends before it should. */
function relay(worker: DapWorker, guard: EditGuard, { settled, onDispose }: Listener): vscode.DebugAdapter {
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
      // The guest starts by this one: what is kept is looked up then.
      if ((message as { command?: string }).command === 'configurationDone') {
        const late = new Promise((resolve) => setTimeout(resolve, MOST_WAITING_MILLISECONDS));
        void Promise.race([settled(), late]).then(() => {
          if (!disposed) worker.postMessage(message);
        });
        return;
      }
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
