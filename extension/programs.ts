import * as vscode from 'vscode';
import { headerBytes, isA64Program, mayBeProgram } from './elf-header.ts';
import type { Host } from './host.ts';

/** AArch64 programs of the workspace (or one of its folders), by path. */
export async function findPrograms(host: Host, folder?: vscode.WorkspaceFolder): Promise<vscode.Uri[]> {
  const include = folder === undefined ? '**/*' : new vscode.RelativePattern(folder, '**/*');
  const files = await vscode.workspace.findFiles(include, '**/{node_modules,.git}/**', 20_000);
  const looked = await Promise.all(
    files
      .filter((file) => mayBeProgram(file.path))
      .map(async (file) => {
        const header = await host.readStart(file, headerBytes).catch(() => new Uint8Array());
        return isA64Program(header) ? [file] : [];
      }),
  );
  return looked.flat().sort((a, b) => a.path.localeCompare(b.path));
}

/** The path as launch.json has it: relative to its workspace folder where it is in one. */
export function launchPath(file: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(file);
  return folder === undefined ? hostPath(file) : `\${workspaceFolder}${file.path.slice(folder.uri.path.length)}`;
}

/** A file as the adapter can open it: a path on this host's disk, else a URI. */
export const hostPath = (file: vscode.Uri): string => (file.scheme === 'file' ? file.fsPath : file.toString());
