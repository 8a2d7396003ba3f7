import * as vscode from 'vscode';
import type { CustomEvents } from '../debug-adapter/custom-requests.ts';
import { bytesFromBase64, base64FromBytes, terminalText } from './console-text.ts';
import { lineInput } from './line-input.ts';
import { ask } from './session-state.ts';
import { debugType } from './session-tracking.ts';
import { showError } from './shown-errors.ts';

/** The guest's console (PL011 and semihosting) as a terminal. There is one for each configuration; it outlives the session, so that a restart goes on in it. */
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
    vscode.window.registerTerminalLinkProvider({
      provideTerminalLinks({ terminal, line }) {
        const found = [...consoles.values()].find((one) => one.terminal === terminal);
        const text = line.trim();
        if (found?.session?.configuration.history === false || found?.session === undefined || text === '') return [];
        const tooltip = 'Go to when the guest printed this';
        return [{ startIndex: line.indexOf(text), length: text.length, tooltip, text, session: found.session }];
      },
      handleTerminalLink: ({ session, text }: ConsoleLink) => goToLine(session, text).catch(showError),
    }),
    new vscode.Disposable(() => {
      for (const { terminal } of consoles.values()) terminal.dispose();
    }),
  );
}

interface ConsoleLink extends vscode.TerminalLink {
  readonly session: vscode.DebugSession;
  readonly text: string;
}

/** To the moment when the guest printed a line; which one is asked if it did so more than once. */
async function goToLine(session: vscode.DebugSession, text: string): Promise<void> {
  const { instants } = await ask(session, 'sdei/timeline', { text });
  const printed = instants.filter(({ kind }) => kind === 'console');
  const items = printed.map(({ id, instruction, text: line }) => ({
    label: `t=${instruction.toLocaleString('en')}`,
    description: line,
    id,
  }));
  if (items.length === 0) throw new Error(`"${text}" is not on the timeline.`);
  const picked =
    items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: 'SDEI: Go to which time it was printed?' });
  if (picked !== undefined) await ask(session, 'sdei/goTo', { threadId: 1, instant: picked.id });
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
  const send = (session: vscode.DebugSession, text: string, end = false): void => {
    const data = base64FromBytes(new TextEncoder().encode(text));
    ask(session, 'sdei/consoleInput', { data, ...(end && { end }) }).catch((error: Error) => note(error.message));
  };
  const note = (text: string) => print(`\r\n\x1b[2m── ${text} ──\x1b[0m\r\n`);
  /** A guest that drives the PL011 echoes and edits itself; one that reads by semihosting leaves that to the terminal. */
  const lines = lineInput({
    line: (text) => console.session && send(console.session, text),
    end: () => console.session && send(console.session, '', true),
    echo: print,
  });
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
          if (session.configuration.semihosting === true) lines(text);
          else send(session, text);
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
