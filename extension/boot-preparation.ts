import * as vscode from 'vscode';
import { withFullPaths } from './debug-configuration.ts';
import type { Host } from './host.ts';
import { launchesOf } from './launch-file.ts';
import { createPreparedBoots, type LaunchConfiguration, type RunningPreparation } from './prepared-boots.ts';
import { debugType } from './session-tracking.ts';

export interface BootPreparation extends vscode.Disposable {
  /** When nothing that a session may take over is being written. */
  settled(): Promise<void>;
}

/** Names of launch configurations that were started in this workspace, the last first. */
const STARTED = 'sdei.startedConfigurations';
const MOST_STARTED = 10;

/** Kernels that may be debugged boot in the background, so that F5 finds how they begin (`bootCache`). */
export function registerBootPreparation(context: vscode.ExtensionContext, { prepareBoot, computer }: Host): BootPreparation {
  if (prepareBoot === undefined || computer === undefined) return { settled: () => Promise.resolve(), dispose() {} };
  const isWanted = (): boolean => vscode.workspace.getConfiguration('sdei').get('prepareBoot') !== false;
  const boots = createPreparedBoots({
    watch(file, changed) {
      const uri = vscode.Uri.file(file);
      const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), uri.path.replace(/^.*\//, ''));
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      watcher.onDidChange(changed);
      watcher.onDidCreate(changed);
      return () => watcher.dispose();
    },
    exists: (file) =>
      Promise.resolve(vscode.workspace.fs.stat(vscode.Uri.file(file))).then(
        () => true,
        () => false,
      ),
    prepare(configuration): RunningPreparation {
      if (!isWanted()) return { done: Promise.resolve(), keep() {}, cancel() {} };
      const running = prepareBoot(context, configuration, breakpointPlaces());
      const title = `SDEI: ${String(configuration.name)} boots in the background, for the next F5…`;
      void vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => running.done);
      return running;
    },
    after(milliseconds, action) {
      const timer = setTimeout(action, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  const started = (): readonly string[] => context.workspaceState.get<string[]>(STARTED, []);

  /** What launch.json offers now, what was started last first. Nothing of it is read where the workspace is not trusted. */
  function offer(): void {
    if (!isWanted() || !vscode.workspace.isTrusted) return boots.offered([]);
    // The first look at them has VS Code send them.
    void vscode.debug.breakpoints;
    const order = started();
    const rank = ({ name }: LaunchConfiguration): number => (order.includes(String(name)) ? order.indexOf(String(name)) : order.length);
    boots.offered(launches().sort((one, other) => rank(one) - rank(other)));
  }
  function launches(): LaunchConfiguration[] {
    const all = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const folders = all.map(({ name, uri }) => ({ name, path: uri.fsPath }));
    return all.flatMap((folder, index) => {
      const written = vscode.workspace.getConfiguration('launch', folder).inspect('configurations');
      // Of a single folder it is the workspace's.
      const value = written?.workspaceFolderValue ?? (all.length === 1 ? written?.workspaceValue : undefined);
      const setting = (name: string): unknown => vscode.workspace.getConfiguration(undefined, folder).get(name);
      const place = { ...(computer as NonNullable<Host['computer']>), folder: folders[index], folders, setting };
      return launchesOf(value, debugType, place).map((launch) => withFullPaths(launch, folder));
    });
  }

  offer();
  const subscriptions = vscode.Disposable.from(
    new vscode.Disposable(boots.dispose),
    vscode.workspace.onDidGrantWorkspaceTrust(offer),
    vscode.workspace.onDidChangeWorkspaceFolders(offer),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('launch') || change.affectsConfiguration('sdei.prepareBoot')) offer();
    }),
    vscode.debug.onDidTerminateDebugSession(({ type }) => {
      if (type === debugType) boots.ended();
    }),
    vscode.debug.onDidStartDebugSession(({ type, configuration }) => {
      if (type !== debugType) return;
      boots.started(configuration);
      const { name } = configuration;
      void context.workspaceState.update(STARTED, [name, ...started().filter((one) => one !== name)].slice(0, MOST_STARTED));
    }),
  );
  return { settled: () => boots.settled, dispose: () => subscriptions.dispose() };
}

/** As `sdei-debug prepare --break` has them: a boot is kept up to the first of them. */
function breakpointPlaces(): string[] {
  return vscode.debug.breakpoints.flatMap((one) => {
    if (!one.enabled) return [];
    if (one instanceof vscode.FunctionBreakpoint) return one.functionName;
    if (!(one instanceof vscode.SourceBreakpoint) || one.location.uri.scheme !== 'file') return [];
    return `${one.location.uri.fsPath}:${one.location.range.start.line + 1}`;
  });
}
