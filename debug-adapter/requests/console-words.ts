/** What the Debug Console understands besides C expressions. */
import type { RequestContext } from '../connection.ts';
import { badConsoleWord, triggerRefused, unknownPe } from '../errors.ts';
import { sdeiStatus } from '../sdei-status.ts';
import type { Session } from '../session.ts';
import { goToBranch } from './branches.ts';
import { goTo, lastWrite } from './time-travel.ts';

interface ConsoleWord {
  readonly usage: string;
  readonly description: string;
  /** What follows the word. */
  readonly form: RegExp;
  run(session: Session, rest: RegExpExecArray, at: ConsolePlace, context: RequestContext): string;
}

interface ConsolePlace {
  readonly threadId: number;
  readonly frameId?: number;
}

const words: Readonly<Record<string, ConsoleWord>> = {
  'sdei status': {
    usage: 'sdei status',
    description: 'PEs and events as the dispatcher knows them.',
    form: /^$/,
    run: (session) => sdeiStatus(session.theGuest()),
  },
  'sdei help': { usage: 'sdei help', description: 'Show this.', form: /^$/, run: () => help },
  inject: {
    usage: 'inject EVENT [PE]',
    description: 'Raise an event as its source would, on the PE of the selected frame unless said.',
    form: /^(\d{1,10})(?:\s+(?:PE)?(\d{1,3}))?$/i,
    run(session, [, event, wanted], { threadId }, context) {
      const { target } = session.theGuest();
      const pe = wanted === undefined ? threadId - 1 : Number(wanted);
      if (target.pes[pe] === undefined) throw unknownPe(pe, target.pes.length);
      const { accepted, message } = target.sdei.trigger(Number(event), pe);
      if (!accepted) throw triggerRefused(message);
      context.afterResponse(() => session.edited());
      return message;
    },
  },
  last: {
    usage: 'last EXPRESSION',
    description: 'Go back to before the last write to a variable, a register or a pseudo register.',
    form: /^([\w$].*)$/,
    run(session, [, name], at, context) {
      void lastWrite.run(session, { ...at, name }, context);
      return `Looking for the last write to ${name}.`;
    },
  },
  goto: {
    usage: 'goto INSTRUCTION|BOOKMARK|BRANCH|start|end',
    description: 'Go to a moment on record.',
    form: /^(\S.*)$/,
    run(session, [, to], { threadId }, context) {
      const { branches, bookmarks } = session.theGuest();
      if (bookmarks.named(to) === undefined && branches.named(to) !== undefined) {
        void goToBranch.run(session, { threadId, name: to }, context);
        return `To branch "${to}".`;
      }
      const time = session.timeState();
      const named = to === 'start' ? time?.from : to === 'end' ? time?.to : undefined;
      const number = /^@?[\d,]+$/.test(to) ? Number(to.replaceAll(/[@,]/g, '')) : named;
      void goTo.run(session, { threadId, ...(number === undefined ? { bookmark: to } : { instruction: number }) }, context);
      return `To ${number === undefined ? `bookmark "${to}"` : `instruction ${number}`}.`;
    },
  },
};

const help = Object.values(words)
  .map(({ usage, description }) => `${usage.padEnd(36)} ${description}`)
  .join('\n');

/** @returns the answer; `undefined`: the text is none of them. @throws UserError that says how the word is written */
export function consoleWord(session: Session, line: string, frameId: number | undefined, context: RequestContext): string | undefined {
  const text = line.trim().replaceAll(/\s+/g, ' ');
  const found = Object.entries(words).find(([name, { form }]) => (text === name ? form.test('') : text.startsWith(`${name} `)));
  if (found === undefined) return undefined;
  const [name, { usage, form, run }] = found;
  const rest = form.exec(text.slice(name.length).trim());
  // A variable may have the same name.
  if (rest === null) {
    if (name === 'last') return undefined;
    throw badConsoleWord(text, usage);
  }
  const pe = frameId === undefined ? (session.lastStop?.pe ?? 0) : session.frame(frameId).pe;
  return run(session, rest, { threadId: pe + 1, ...(frameId === undefined ? {} : { frameId }) }, context);
}

/** Words that could stand at the beginning of a line that begins with `text`. */
export const consoleWordsFor = (text: string): readonly { readonly label: string; readonly detail: string }[] =>
  Object.entries(words)
    .filter(([name]) => name.startsWith(text.toLowerCase()))
    .map(([name, { description }]) => ({ label: name, detail: description }));
