import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CustomRequests } from '../../../debug-adapter/custom-requests.ts';
import type { Extension } from '../../../extension/features.ts';

interface Message {
  readonly type: string;
  readonly event?: string;
  readonly command?: string;
  readonly arguments?: { readonly parts?: readonly { readonly request: string }[] };
  readonly body?: Record<string, never> & { reason?: string; data?: string; output?: string };
}

/** Everything said between VS Code and the adapters, in order. */
export interface Wire {
  readonly sent: Message[];
  readonly received: Message[];
  dispose(): void;
}

export const folder = (): vscode.WorkspaceFolder => {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(first, 'the tests run with the samples opened');
  return first;
};
export const sample = (name: string): vscode.Uri => vscode.Uri.joinPath(folder().uri, name);

export async function extension(): Promise<Extension> {
  const found = vscode.extensions.getExtension<Extension>('sdei-guest-debugger.sdei-guest-debugger');
  assert.ok(found, 'the extension is installed');
  return found.activate();
}

export function listen(): Wire {
  const sent: Message[] = [];
  const received: Message[] = [];
  const registration = vscode.debug.registerDebugAdapterTrackerFactory('sdei', {
    createDebugAdapterTracker: () => ({
      onWillReceiveMessage: (message: Message) => void sent.push(message),
      onDidSendMessage: (message: Message) => void received.push(message),
    }),
  });
  return { sent, received, dispose: () => registration.dispose() };
}

/** Each request that a view has made, as what it asks for. */
export const viewReads = ({ sent }: Wire): string[][] =>
  sent
    .filter(({ command }) => command !== undefined && /^sdei\/(?:views|state|timeline|pseudoRegisters|systemRegister)/.test(command))
    .map(({ command = '', arguments: args }) => (args?.parts ?? [{ request: command }]).map(({ request }) => request));

/** Polls until `probe` gives something. */
export async function until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await probe();
    if (value) return value as NonNullable<T>;
    assert.ok(Date.now() < end, `waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const stops = (wire: Wire) => wire.received.filter(({ type, event }) => type === 'event' && event === 'stopped');
/** Also waits until the editor shows it: a session that ends while the editor opens the source stays the active one for ever. */
export async function nextStop(wire: Wire, count = stops(wire).length + 1): Promise<Message> {
  const stop = await until(`stop ${count}`, () => stops(wire)[count - 1]);
  await until('a focused frame', () => vscode.debug.activeStackItem instanceof vscode.DebugStackFrame);
  return stop;
}

/** The 1-based number of the first line that holds `text`. */
export async function lineOf(uri: vscode.Uri, text: string): Promise<number> {
  const lines = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)).split('\n');
  const index = lines.findIndex((line) => line.includes(text));
  assert.notEqual(index, -1, `${uri.path} has no "${text}"`);
  return index + 1;
}

export async function breakAt(name: string, text: string): Promise<void> {
  const uri = sample(name);
  const line = await lineOf(uri, text);
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(uri, new vscode.Position(line - 1, 0)))]);
}

export async function debug(configuration: Record<string, unknown> = {}): Promise<vscode.DebugSession> {
  const started = new Promise<vscode.DebugSession>((resolve) => {
    const subscription = vscode.debug.onDidStartDebugSession((session) => {
      subscription.dispose();
      resolve(session);
    });
  });
  assert.equal(await vscode.debug.startDebugging(folder(), { type: 'sdei', request: 'launch', name: 'test', ...configuration }), true);
  return started;
}

export const ask = async <Name extends keyof CustomRequests>(
  session: vscode.DebugSession,
  name: Name,
  args: CustomRequests[Name][0],
): Promise<CustomRequests[Name][1]> => session.customRequest(name, args);

/** Ends every session and removes every breakpoint. */
export async function tidy(): Promise<void> {
  await vscode.debug.stopDebugging();
  vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
  await until('no session', () => vscode.debug.activeDebugSession === undefined);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
