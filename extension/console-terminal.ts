import * as vscode from 'vscode';
import type { CustomEvents } from '../debug-adapter/custom-requests.ts';
import { bytesFromBase64, base64FromBytes, terminalText } from './console-text.ts';
import { ask } from './session-state.ts';
import { debugType } from './session-tracking.ts';

/** The guest's console (PL011) as a terminal. There is one for each configuration; it outlives the session, so that a restart goes on in it. */
export function registerConsoleTerminal(): vscode.Disposable {
  const consoles = new Map<string, GuestConsole>();

  function consoleOf(session: vscode.DebugSession): GuestConsole {
    let found = consoles.get(session.name);
    if (found === undefined) {
      found = createConsole(session.name, () => consoles.delete(session.name));
      consoles.set(session.name, found);
    }
    found.session = session;
    return found;
  }

  return vscode.Disposable.from(
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type !== debugType) return;
      consoles.get(session.name)?.started(session);
      if (session.configuration.console === 'terminal') consoleOf(session).terminal.show(true);
    }),
    vscode.debug.onDidReceiveDebugSessionCustomEvent(({ event, session, body }) => {
      if (session.type !== debugType || event !== 'sdei/console' || session.configuration.console === 'debugConsole') return;
      consoleOf(session).write((body as CustomEvents['sdei/console']).data);
    }),
    vscode.debug.onDidTerminateDebugSession((session) => consoles.get(session.name)?.ended(session)),
    new vscode.Disposable(() => {
      for (const { terminal } of consoles.values()) terminal.dispose();
    }),
  );
}

interface GuestConsole {
  readonly terminal: vscode.Terminal;
  session: vscode.DebugSession | undefined;
  started(session: vscode.DebugSession): void;
  ended(session: vscode.DebugSession): void;
  write(base64: string): void;
}

function createConsole(name: string, closed: () => void): GuestConsole {
  const output = new vscode.EventEmitter<string>();
  let decode = terminalText();
  let opened = false;
  let waiting = '';
  const print = (text: string) => {
    if (opened) output.fire(text);
    else waiting += text;
  };
  const note = (text: string) => print(`\r\n\x1b[2m── ${text} ──\x1b[0m\r\n`);
  const console: GuestConsole = {
    session: undefined,
    terminal: vscode.window.createTerminal({
      name: `Guest console: ${name}`,
      iconPath: new vscode.ThemeIcon('chip'),
      isTransient: true,
      pty: {
        onDidWrite: output.event,
        open() {
          opened = true;
          output.fire(waiting);
          waiting = '';
        },
        close() {
          output.dispose();
          closed();
        },
        handleInput(text: string) {
          const { session } = console;
          if (session === undefined) return;
          ask(session, 'sdei/consoleInput', { data: base64FromBytes(new TextEncoder().encode(text)) }).catch((error: Error) =>
            note(error.message),
          );
        },
      },
    }),
    started(session) {
      console.session = session;
      decode = terminalText();
      note('restarted');
    },
    ended(session) {
      if (console.session?.id !== session.id) return;
      console.session = undefined;
      note('session ended');
    },
    write: (base64) => print(decode(bytesFromBase64(base64))),
  };
  return console;
}
