import * as vscode from 'vscode';

const firstFile = 'first-event.c';

/** "SDEI: Create Sample Workspace…": copies the guests that come with the extension into a folder and opens it. */
export function registerSampleWorkspace(context: vscode.ExtensionContext): vscode.Disposable {
  return vscode.commands.registerCommand('sdei.createSampleWorkspace', async (given?: vscode.Uri) => {
    const target = given instanceof vscode.Uri ? given : await chooseTarget();
    if (target === undefined) return undefined;
    await copyFolder(vscode.Uri.joinPath(context.extensionUri, 'dist', 'samples'), target);
    if (given === undefined) await show(target);
    return target;
  });
}

async function chooseTarget(): Promise<vscode.Uri | undefined> {
  const open = vscode.workspace.workspaceFolders?.[0]?.uri;
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    defaultUri: open,
    openLabel: 'Create Samples Here',
    title: 'Where to create the folder "sdei-samples"',
  });
  if (picked === undefined) return undefined;
  const target = vscode.Uri.joinPath(picked[0], 'sdei-samples');
  if (!(await exists(target))) return target;
  const use = 'Open It';
  const answer = await vscode.window.showWarningMessage(
    `"${target.path}" exists already.`,
    { modal: true, detail: 'Files that are there stay as they are.' },
    use,
  );
  return answer === use ? target : undefined;
}

async function show(target: vscode.Uri): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(target) !== undefined) {
    await vscode.window.showTextDocument(vscode.Uri.joinPath(target, firstFile));
    return;
  }
  await vscode.commands.executeCommand('vscode.openFolder', target, { forceReuseWindow: vscode.workspace.workspaceFolders === undefined });
}

const exists = (uri: vscode.Uri) =>
  vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );

/** What exists already is not overwritten. */
async function copyFolder(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  await vscode.workspace.fs.createDirectory(to);
  for (const [name, type] of await vscode.workspace.fs.readDirectory(from)) {
    const source = vscode.Uri.joinPath(from, name);
    const target = vscode.Uri.joinPath(to, name);
    if (type === vscode.FileType.Directory) await copyFolder(source, target);
    else if (!(await exists(target))) await vscode.workspace.fs.copy(source, target);
  }
}
