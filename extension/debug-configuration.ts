import * as vscode from 'vscode';
import { programOf } from './elf-header.ts';
import type { Host } from './host.ts';
import { findPrograms, hostPath, launchPath } from './programs.ts';
import { debugType } from './session-tracking.ts';
import type { Workers } from './workers.ts';

/** Launch configurations: F5 without a launch.json, the list of "Run and Debug", and paths. What the keys mean is the adapter's affair. */
export function registerDebugConfiguration(host: Host, workers: Workers): vscode.Disposable {
  const { Initial, Dynamic } = vscode.DebugConfigurationProviderTriggerKind;
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      {
        async resolveDebugConfiguration(folder, given) {
          workers.prepare();
          const config = given.type === undefined || given.type === '' ? { ...given, ...launchOf('SDEI guest') } : given;
          if (config.request !== 'launch' || config.program !== undefined || config.kernel !== undefined || config.trace !== undefined)
            return config;
          const program = await pickProgram(host, folder);
          return program === undefined ? undefined : { ...config, program: hostPath(program) };
        },
        resolveDebugConfigurationWithSubstitutedVariables: (folder, config) =>
          withFullPaths(config, folder ?? vscode.workspace.workspaceFolders?.[0]),
      },
      Initial,
    ),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      { provideDebugConfigurations: async (folder) => configurationsOf(await findPrograms(host, folder)) },
      Dynamic,
    ),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      {
        async provideDebugConfigurations(folder) {
          const found = configurationsOf(await findPrograms(host, folder));
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of launch.json
          return found.length > 0 ? found : [{ ...launchOf('SDEI guest'), program: '${command:pickProgram}' }];
        },
      },
      Initial,
    ),
    vscode.commands.registerCommand('sdei.pickProgram', async () => {
      const program = await pickProgram(host);
      return program === undefined ? undefined : hostPath(program);
    }),
  );
}

const launchOf = (name: string) => ({ type: debugType, request: 'launch', name });

const configurationsOf = (programs: readonly vscode.Uri[]) =>
  programs.map((program) => ({ ...launchOf(baseName(program)), program: launchPath(program) }));

const baseName = (file: vscode.Uri) => file.path.replace(/^.*\//, '');

/** The only program of the workspace, or the one that belongs to the open source, or the one a person picks. */
async function pickProgram(host: Host, folder?: vscode.WorkspaceFolder): Promise<vscode.Uri | undefined> {
  const programs = await findPrograms(host, folder);
  if (programs.length === 0) {
    await offerSample();
    return undefined;
  }
  if (programs.length === 1) return programs[0];
  const source = vscode.window.activeTextEditor?.document.uri.path;
  const likely =
    source === undefined
      ? undefined
      : programOf(
          source,
          programs.map(({ path }) => path),
        );
  if (likely !== undefined) return programs.find(({ path }) => path === likely);
  const picked = await vscode.window.showQuickPick(
    programs.map((program) => ({
      label: baseName(program),
      description: vscode.workspace.asRelativePath(vscode.Uri.joinPath(program, '..')),
      iconPath: new vscode.ThemeIcon('file-binary'),
      program,
    })),
    { title: 'SDEI: Which guest to debug?', placeHolder: 'AArch64 ELF executables of this workspace', matchOnDescription: true },
  );
  return picked?.program;
}

async function offerSample(): Promise<void> {
  const create = 'Create Sample Workspace';
  const chosen = await vscode.window.showErrorMessage(
    'There is no AArch64 ELF executable in this workspace. Build the guest, or name it as "program" in launch.json.',
    create,
  );
  if (chosen === create) await vscode.commands.executeCommand('sdei.createSampleWorkspace');
}

/** Relative paths start at the workspace folder; where its files are not on this host's disk, paths become URIs. */
export function withFullPaths<Configuration extends Readonly<Record<string, unknown>>>(
  config: Configuration,
  folder: vscode.WorkspaceFolder | undefined,
): Configuration {
  if (folder === undefined) return config;
  const full = (path: unknown) => {
    if (typeof path !== 'string' || path === '' || /^[a-z][\w+.-]+:\/\//i.test(path)) return path;
    const absolute = /^([\\/]|[a-z]:)/i.test(path);
    if (folder.uri.scheme === 'file') return absolute ? path : vscode.Uri.joinPath(folder.uri, path).fsPath;
    return (absolute ? folder.uri.with({ path }) : vscode.Uri.joinPath(folder.uri, path)).toString();
  };
  const complete: Record<string, unknown> = { ...config };
  for (const key of ['program', 'kernel', 'initrd', 'trace']) if (config[key] !== undefined) complete[key] = full(config[key]);
  if (config.symbols !== undefined) complete.symbols = Array.isArray(config.symbols) ? config.symbols.map(full) : full(config.symbols);
  return complete as Configuration;
}
