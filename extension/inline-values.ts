import * as vscode from 'vscode';
import { type InlineText, type Named, ofRegisters, ofVariables } from './inline-text.ts';
import { debugType } from './session-tracking.ts';

const ASSEMBLY = 'a64-assembly';

/** Values beside the lines of the function that the guest stands in. Only while such a guest is debugged: other debuggers have providers of their own. */
export function registerInlineValues(): vscode.Disposable {
  let provider: vscode.Disposable | undefined;
  const follow = (session: vscode.DebugSession | undefined) => {
    provider?.dispose();
    provider = undefined;
    if (session?.type !== debugType) return;
    provider = vscode.languages.registerInlineValuesProvider([{ language: 'c' }, { language: 'cpp' }, { language: ASSEMBLY }], {
      async provideInlineValues(document, { start }, { frameId, stoppedLocation }) {
        const stopped = stoppedLocation.end.line;
        const texts =
          document.languageId === ASSEMBLY
            ? ofRegisters(document.lineAt(stopped).text, stopped, await read(session, frameId, 'Registers'))
            : ofVariables(document.getText().split(/\r?\n/), start.line, stopped, await read(session, frameId, 'Locals'));
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
