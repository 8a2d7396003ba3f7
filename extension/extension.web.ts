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
      onMessage(listener) {
        worker.addEventListener('message', ({ data }) => {
          if (isFileRequest(data)) void readFor(data, context).then((answer) => worker.postMessage(answer));
          else listener(data);
        });
      },
      onEnd: (listener) => worker.addEventListener('error', ({ message }) => listener(message)),
      terminate() {
        worker.terminate();
        URL.revokeObjectURL(address);
      },
    };
  },
  readStart: async (file, bytes) => (await vscode.workspace.fs.readFile(file)).subarray(0, bytes),
};

/** A worker in the browser has no files of its own: it asks for them. */
interface FileRequest {
  readonly host: 'readFile' | 'readAsset';
  readonly id: number;
  readonly path: string;
}

const isFileRequest = (message: unknown): message is FileRequest =>
  typeof message === 'object' && message !== null && ['readFile', 'readAsset'].includes((message as { host?: string }).host ?? '');

async function readFor({ host: what, id, path }: FileRequest, context: vscode.ExtensionContext): Promise<unknown> {
  const uri = what === 'readAsset' ? vscode.Uri.joinPath(context.extensionUri, 'dist', path) : uriOf(path);
  try {
    return { host: 'file', id, bytes: await vscode.workspace.fs.readFile(uri) };
  } catch (error) {
    return { host: 'file', id, error: error instanceof Error ? error.message : String(error) };
  }
}

/** What is no URI is a path in the workspace's file system. */
function uriOf(path: string): vscode.Uri {
  if (/^[a-z][\w+.-]+:\/\//i.test(path)) return vscode.Uri.parse(path);
  return vscode.workspace.workspaceFolders?.[0]?.uri.with({ path }) ?? vscode.Uri.file(path);
}

export const activate = (context: vscode.ExtensionContext): Extension => registerFeatures(context, host);
