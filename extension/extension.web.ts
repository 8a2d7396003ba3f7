import * as vscode from 'vscode';
import { type Extension, registerFeatures } from './features.ts';
import type { Host } from './host.ts';

const host: Host = {
  async startWorker(context) {
    // Scripts of the extension have another origin than the extension host: a worker can only be started from a copy.
    const script = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(context.extensionUri, 'dist', 'worker.js'));
    const address = URL.createObjectURL(new Blob([script.slice()], { type: 'text/javascript' }));
    const worker = new Worker(address);
    return {
      postMessage: (message) => worker.postMessage(message),
      onMessage: (listener) => worker.addEventListener('message', ({ data }) => listener(data)),
      onEnd: (listener) => worker.addEventListener('error', ({ message }) => listener(message)),
      terminate() {
        worker.terminate();
        URL.revokeObjectURL(address);
      },
    };
  },
  readStart: async (file, bytes) => (await vscode.workspace.fs.readFile(file)).subarray(0, bytes),
};

export const activate = (context: vscode.ExtensionContext): Extension => registerFeatures(context, host);
