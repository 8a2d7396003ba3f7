/** What the Debug Console understands besides C expressions. */
import type { RequestContext } from '../connection.ts';
import {
  badByteCountShown,
  badConsoleWord,
  bareConsoleWord,
  hexadecimal,
  injectionsForgotten,
  nothingThere,
  notOnRecord,
  triggerRefused,
  unknownPe,
} from '../errors.ts';
import { addressMeant, hasName } from '../evaluate/evaluate.ts';
import type { FrameView } from '../evaluate/frame-view.ts';
import { sdeiStatus } from '../sdei-status.ts';
import type { Session } from '../session.ts';
import { goToBranch } from './branches.ts';
import { planInjection } from './inject.ts';
import { memoryPlace } from './memory-space.ts';
import { allWrites, goTo, lastWrite } from './time-travel.ts';

interface ConsoleWord {
  readonly usage: string;
  readonly description: string;
  /** Absent: nothing follows the word. */
  readonly example?: string;
  /** What follows the word. */
  readonly form: RegExp;
  /** What may follow it as well if the program has nothing of the word's name; then it would be an expression. */
  readonly otherwise?: RegExp;
  /** What could follow the word. Absent: nothing, or an expression. */
  values?(session: Session): readonly Suggestion[];
  run(session: Session, rest: RegExpExecArray, at: ConsolePlace, context: RequestContext): string | Promise<string>;
}

export interface Suggestion {
  readonly label: string;
  readonly detail: string;
}

interface ConsolePlace {
  readonly threadId: number;
  readonly frameId?: number;
  /** That an expression is evaluated in. */
  frame(): FrameView;
}

const placeOf = ({ threadId, frameId }: ConsolePlace) => ({ threadId, ...(frameId === undefined ? {} : { frameId }) });

/** Of what is on record. */
const ends = { start: 'The first moment on record.', end: 'The last moment on record.' };

const words: Readonly<Record<string, ConsoleWord>> = {
  'sdei status': {
    usage: 'sdei status',
    description: 'PEs and events as the dispatcher knows them.',
    form: /^$/,
    run: (session) => sdeiStatus(session.theGuest()),
  },
  'sdei hash': {
    usage: 'sdei hash',
    description: "A hash of the machine's state: equal for equal runs, on any computer.",
    form: /^$/,
    run(session) {
      const { target } = session.theGuest();
      return `${target.stateHash()} after ${target.time} instructions`;
    },
  },
  'sdei help': { usage: 'sdei help', description: 'Show this.', form: /^$/, run: () => help },
  inject: {
    usage: 'inject EVENT [PE] | EVENT@PLACE#N | none',
    description: 'Raise an event as its source would, on the PE of the selected frame unless said; or when a place is reached.',
    example: 'inject 0@main#2',
    form: /^(?:(\d{1,10})(?:\s+(?:PE)?(\d{1,3}))?|((?:\d+|0x[0-9a-f]+)\s*@.+)|none)$/i,
    values(session) {
      // Of a private event there is one for each PE.
      const events = new Map(session.theGuest().target.sdei.events.map((event) => [event.number, event]));
      return [...events.values()].map(({ number, type, priority }) => ({ label: `${number}`, detail: `${type} event, ${priority}` }));
    },
    run(session, [, event, wanted, placed], { threadId }, context) {
      if (placed !== undefined) return planInjection(session, placed);
      if (event === undefined) return injectionsForgotten(session.theGuest().injections.clear());
      const { target } = session.theGuest();
      const pe = wanted === undefined ? threadId - 1 : Number(wanted);
      if (target.pes[pe] === undefined) throw unknownPe(pe, target.pes.length);
      const { accepted, message } = target.sdei.trigger(Number(event), pe);
      if (!accepted) throw triggerRefused(message);
      context.afterResponse(() => session.edited());
      return message;
    },
  },
  memory: {
    usage: 'memory [PA:|EL1:|EL2@PE0:]ADDRESS|EXPRESSION [COUNT]',
    description: 'Bytes of memory: as the selected PE sees them, physical ones, or as a PE would see them at an exception level.',
    example: 'memory 0x40100000 64',
    form: /^(\S+:)?(\$?\w+)(?:\s+(\d+|0x[0-9a-f]+))?$/i,
    otherwise: /^((?:PA|EL\d(?:@PE\d+)?):)?([$\w(&*:'].*?)(?:\s+(\d+|0x[0-9a-f]+))?$/i,
    run(session, [, space = '', text, count = '64'], { frame }) {
      if (!(Number(count) >= 1 && Number(count) <= MOST_BYTES)) throw badByteCountShown(count, MOST_BYTES);
      const { target, images } = session.theGuest();
      const isNumber = /^\d\w*$/.test(text);
      const address = isNumber ? undefined : (images.symbol(text)?.address ?? addressMeant(text, frame()));
      const place = memoryPlace(session, 'Address', `${space}${address === undefined ? text : hexadecimal(address)}`);
      const bytes = target.readMemory(place.address, Number(count), place.space);
      if (bytes.length === 0) throw nothingThere(`${space}${hexadecimal(place.address)}`);
      return hexDump(place.address, bytes);
    },
  },
  last: {
    usage: 'last EXPRESSION',
    description: 'Go back to before the last write to a variable, a register or a pseudo register.',
    example: 'last $pc',
    form: /^([\w$].*)$/,
    otherwise: /^([*&(:'].*)$/,
    run(session, [, name], at, context) {
      void lastWrite.run(session, { ...placeOf(at), name }, context);
      return `Looking for the last write to ${name}.`;
    },
  },
  writes: {
    usage: 'writes EXPRESSION',
    description: 'List all writes to a variable, a register or a pseudo register, with values and places.',
    example: 'writes $sp',
    form: /^([\w$].*)$/,
    otherwise: /^([*&(:'].*)$/,
    run(session, [, name], at, context) {
      void allWrites.run(session, { ...placeOf(at), name }, context);
      return `Looking for all writes to ${name}.`;
    },
  },
  goto: {
    usage: 'goto INSTRUCTION|BOOKMARK|BRANCH|start|end',
    description: 'Go to a moment on record.',
    example: 'goto 1000',
    form: /^(\S.*)$/,
    values(session) {
      const { bookmarks, branches } = session.theGuest();
      return [
        ...Object.entries(ends).map(([label, detail]) => ({ label, detail })),
        ...bookmarks.all.map(({ name, moment }) => ({ label: name, detail: `Bookmark at instruction ${moment.instruction}.` })),
        ...branches.others.map(({ name, recording }) => ({ label: name, detail: `Branch to instruction ${recording.end.instruction}.` })),
      ];
    },
    run(session, [, to], { threadId }, context) {
      const { branches, bookmarks } = session.theGuest();
      if (bookmarks.named(to) === undefined && branches.named(to) !== undefined) {
        void goToBranch.run(session, { threadId, name: to }, context);
        return `To branch "${to}".`;
      }
      const time = session.timeState();
      const named = to === 'start' ? time?.from : to === 'end' ? time?.to : undefined;
      const number = /^@?\d[\d,]*$/.test(to) ? Number(to.replaceAll(/[@,]/g, '')) : named;
      if (number !== undefined && number > Number.MAX_SAFE_INTEGER && time) throw notOnRecord(to, time.from, time.to);
      void goTo.run(session, { threadId, ...(number === undefined ? { bookmark: to } : { instruction: number }) }, context);
      return `To ${number === undefined ? `bookmark "${to}"` : `instruction ${number}`}.`;
    },
  },
};

const BYTES_PER_LINE = 16;
/** More lines than anybody reads; the memory view shows any amount. */
const MOST_BYTES = 65_536;
const isShown = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

function hexDump(address: bigint, bytes: Uint8Array): string {
  const lines = Array.from({ length: Math.ceil(bytes.length / BYTES_PER_LINE) }, (_, n) => {
    const part = [...bytes.subarray(n * BYTES_PER_LINE, (n + 1) * BYTES_PER_LINE)];
    const text = part.map((byte) => (isShown(byte) ? String.fromCharCode(byte) : '.')).join('');
    const digits = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return `${hexadecimal(address + BigInt(n * BYTES_PER_LINE))}  ${digits.padEnd(BYTES_PER_LINE * 3 - 1)}  ${text}`;
  });
  return lines.join('\n');
}

const help = Object.values(words)
  .map(({ usage, description }) => `${usage.padEnd(36)} ${description}`)
  .join('\n');

/**
 * A text that begins with a word and has not its form is an expression if the program has something of that name.
 * @param frame that an expression would be evaluated in
 * @returns the answer; `undefined`: the text is an expression. @throws UserError that says how the word is written
 */
export function consoleWord(
  session: Session,
  line: string,
  { frameId, frame }: { readonly frameId?: number; frame(): FrameView },
  context: RequestContext,
): string | Promise<string> | undefined {
  const text = line.trim().replaceAll(/\s+/g, ' ');
  const found = Object.entries(words).find(([name]) => text === name || text.startsWith(`${name} `));
  if (found === undefined) {
    if (!/^sdei(?: \w|$)/.test(text) || hasName('sdei', frame())) return undefined;
    throw badConsoleWord(
      text,
      Object.keys(words)
        .filter((name) => name.startsWith('sdei '))
        .join('", "'),
    );
  }
  const [name, { usage, example, form, otherwise, run }] = found;
  const said = text.slice(name.length).trim();
  let rest = form.exec(said);
  if (rest === null) {
    if (hasName(name, frame())) return undefined;
    rest = otherwise?.exec(said) ?? null;
    if (rest === null) throw said === '' ? bareConsoleWord(name, usage, example) : badConsoleWord(text, usage, example);
  }
  const pe = frameId === undefined ? (session.lastStop?.pe ?? 0) : session.frame(frameId).pe;
  return run(session, rest, { threadId: pe + 1, ...(frameId === undefined ? {} : { frameId }), frame }, context);
}

/**
 * What could stand at the end of a line that begins with `text`: words, or what follows the one that is there.
 * @returns each with the length of what it takes the place of
 */
export function consoleSuggestions(session: Session, text: string): readonly (Suggestion & { readonly length: number })[] {
  const matching = (suggestions: readonly Suggestion[], typed: string) =>
    suggestions
      .filter(({ label }) => label.toLowerCase().startsWith(typed.toLowerCase()))
      .map((suggestion) => ({ ...suggestion, length: typed.length }));
  const line = text.trimStart();
  const [, word, rest = ''] = /^(\w+) +(.*)$/.exec(line) ?? [];
  const values = word === undefined ? undefined : words[word]?.values;
  if (values !== undefined) return matching(values(session), rest);
  return matching(
    Object.entries(words).map(([label, { description }]) => ({ label, detail: description })),
    line,
  );
}
