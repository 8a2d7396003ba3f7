import * as vscode from 'vscode';
import { type InlineText, type Named, ofRegisters, ofVariables } from './inline-text.ts';
import { debugType } from './session-tracking.ts';

/** The other languages with breakpoints are assembly, by the names that extensions for it have. */
const withVariables: readonly string[] = ['c', 'cpp', 'rust'];

/** Values beside the lines of the function that the guest stands in. Only while such a guest is debugged: other debuggers have providers of their own. */
export function registerInlineValues({ extension }: vscode.ExtensionContext): vscode.Disposable {
  const { contributes } = extension.packageJSON as { contributes: { breakpoints: readonly { language: string }[] } };
  let provider: vscode.Disposable | undefined;
  const follow = (session: vscode.DebugSession | undefined) => {
    provider?.dispose();
    provider = undefined;
    if (session?.type !== debugType) return;
    provider = vscode.languages.registerInlineValuesProvider(contributes.breakpoints, {
      async provideInlineValues(document, { start }, { frameId, stoppedLocation }) {
        const stopped = stoppedLocation.end.line;
        const texts = withVariables.includes(document.languageId)
          ? ofVariables(document.getText().split(/\r?\n/), start.line, stopped, await read(session, frameId, 'Locals'))
          : ofRegisters(document.lineAt(stopped).text, stopped, await read(session, frameId, 'Registers'));
        return texts.map(inlineValue);
      },
    });
  };
  follow(vscode.debug.activeDebugSession);
  return vscode.Disposable.from(vscode.debug.onDidChangeActiveDebugSession(follow), new vscode.Disposable(() => provider?.dispose()));
}

const inlineValue = ({ line, start, end, text }: InlineText) => new vscode.InlineValueText(new vscode.Range(line, start, line, end), text);

async function read(session: vscode.DebugSession, frameId: number, scope: string): Promise<readonly Named[]> {
  const { scopes } = (await session.customRequest('scopes', { frameId })) as { scopes: { name: string; variablesReference: number }[] };
  const found = scopes.find(({ name }) => name === scope);
  if (found === undefined) return [];
  const { variables } = await session.customRequest('variables', { variablesReference: found.variablesReference });
  return variables as readonly Named[];
}
