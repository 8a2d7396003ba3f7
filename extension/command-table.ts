import * as vscode from 'vscode';
import { showError } from './shown-errors.ts';

/** Commands by their names in package.json; what fails is shown. */
export function registerCommandTable<Given extends unknown[]>(
  commands: Readonly<Record<string, (...given: Given) => Promise<unknown>>>,
): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, command]) =>
      vscode.commands.registerCommand(name, (...given: Given) => command(...given).catch(showError)),
    ),
  );
}
