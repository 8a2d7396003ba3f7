import { fork } from 'node:child_process';
import { open } from 'node:fs/promises';
import { constants, homedir, setPriority } from 'node:os';
import { sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import { type Extension, registerFeatures } from './features.ts';
import type { Host } from './host.ts';

/** Seconds, at the lowest priority, of a kernel that has no event to come to. */
const MOST_INSTRUCTIONS = 3_000_000_000;
/** A command line is short in Windows. */
const MOST_BREAKPOINTS = 100;

const host: Host = {
  computer: {
    userHome: homedir(),
    pathSeparator: sep,
    environment: (name) => process.env[name],
    platform: process.platform === 'win32' ? 'windows' : process.platform === 'darwin' ? 'osx' : 'linux',
  },
  async startWorker(context) {
    const worker = new Worker(vscode.Uri.joinPath(context.extensionUri, 'dist', 'node-worker.js').fsPath);
    return {
      postMessage: (message) => worker.postMessage(message),
      onMessage: (listener) => worker.on('message', listener),
      onEnd(listener) {
        worker.once('error', (error) => listener(error instanceof Error ? (error.stack ?? error.message) : String(error)));
        worker.once('exit', (code) => listener(code === 0 ? undefined : `The worker ended with exit code ${code}.`));
      },
      terminate: () => void worker.terminate(),
    };
  },
  async readStart(file, bytes) {
    if (file.scheme !== 'file') return (await vscode.workspace.fs.readFile(file)).subarray(0, bytes);
    const handle = await open(file.fsPath);
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(bytes), 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
  prepareBoot(context, configuration, breakpoints) {
    const script = vscode.Uri.joinPath(context.extensionUri, 'dist', 'sdei-debug.js').fsPath;
    const words = ['prepare', '--background', '--launch', '-', '--max-instructions', `${MOST_INSTRUCTIONS}`];
    const places = breakpoints.slice(0, MOST_BREAKPOINTS).map((place) => `--break=${place}`);
    const child = fork(script, [...words, ...places], { execArgv: [], stdio: ['pipe', 'ignore', 'ignore', 'ipc'] });
    const done = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
    try {
      if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    } catch {
      // It has ended already.
    }
    child.stdin?.on('error', () => {}).end(JSON.stringify({ configurations: [configuration] }));
    const keep = (): void => {
      if (child.connected) child.send('keep');
    };
    return { done, keep, cancel: () => void child.kill() };
  },
};

export const activate = (context: vscode.ExtensionContext): Extension => registerFeatures(context, host);
