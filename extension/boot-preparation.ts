import * as vscode from 'vscode';
import type { Host } from './host.ts';
import { createRebuiltKernels } from './rebuilt-kernels.ts';
import { debugType } from './session-tracking.ts';

/** A kernel that is built again boots in the background, so that F5 finds how it begins (`bootCache`). */
export function registerBootPreparation(context: vscode.ExtensionContext, { prepareBoot }: Host): vscode.Disposable {
  if (prepareBoot === undefined) return new vscode.Disposable(() => {});
  const isWanted = (): boolean => vscode.workspace.getConfiguration('sdei').get('prepareBoot') !== false;
  const kernels = createRebuiltKernels({
    watch(file, changed) {
      const uri = vscode.Uri.file(file);
      const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), uri.path.replace(/^.*\//, ''));
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      watcher.onDidChange(changed);
      watcher.onDidCreate(changed);
      return () => watcher.dispose();
    },
    prepare(configuration) {
      if (!isWanted()) return { done: Promise.resolve(), cancel() {} };
      const running = prepareBoot(context, configuration);
      const title = `SDEI: ${String(configuration.name)} boots in the background, for the next F5…`;
      void vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => running.done);
      return running;
    },
    after(milliseconds, action) {
      const timer = setTimeout(action, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  return vscode.Disposable.from(
    new vscode.Disposable(kernels.dispose),
    vscode.debug.onDidStartDebugSession(({ type, configuration }) => {
      if (type === debugType) kernels.started(configuration);
    }),
  );
}
