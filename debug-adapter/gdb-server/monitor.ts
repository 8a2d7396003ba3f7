/** `monitor …`: what gdb has no words for (GDB manual, qRcmd). */
import { UserError } from '../errors.ts';
import { sdeiStatus } from '../sdei-status.ts';
import type { GdbGuest } from './guest.ts';

interface MonitorCommand {
  readonly usage: string;
  readonly description: string;
  /** What follows the command's name. */
  readonly form: RegExp;
  run(guest: GdbGuest, words: RegExpExecArray, pe: number): string;
}

const filters: Readonly<Record<string, string>> = {
  dispatch: 'sdei.dispatch',
  completion: 'sdei.completion',
  error: 'sdei.error',
  pended: 'sdei.pended',
  exception: 'sdei.exception',
  clobbered: 'sdei.clobbered',
  conduit: 'conduit',
  level: 'exceptionLevel',
};
const filterWords = Object.keys(filters);

const commands: Readonly<Record<string, MonitorCommand>> = {
  'sdei status': {
    usage: 'sdei status',
    description: 'Events and PEs as the dispatcher knows them.',
    form: /^$/,
    run: sdeiStatus,
  },
  'sdei trigger': {
    usage: 'sdei trigger EVENT [PE]',
    description: "Raise an event, on the selected thread's PE unless said.",
    form: /^(\d{1,10})(?:\s+(\d{1,3}))?$/,
    run({ target, edited }, [, event, wanted], selected) {
      const pe = wanted === undefined ? selected : Number(wanted);
      if (target.pes[pe] === undefined) throw new UserError(`There is no PE ${pe}: this machine has PE 0 to ${target.pes.length - 1}.`);
      const { accepted, message } = target.sdei.trigger(Number(event), pe);
      edited();
      return accepted ? `${message}\ngdb may show registers it has read before: "maintenance flush register-cache".` : message;
    },
  },
  'sdei catch': {
    usage: 'sdei catch [WORD ...]',
    description: `Stop at these from now on, and at no others; without a word at none. Words: ${filterWords.join(', ')}.`,
    form: new RegExp(`^((?:(?:${filterWords.join('|')})\\b\\s*)*)$`),
    run({ exceptions }, [, words]) {
      const names = words.split(/\s+/).filter((word) => word !== '');
      exceptions.set({ filters: names.map((name) => filters[name]) });
      return names.length === 0 ? 'Stops at none of them.' : `Stops at: ${names.join(', ')}.`;
    },
  },
  'sdei step': {
    usage: 'sdei step over|into',
    description: 'Whether a step runs handlers that interrupt it to their end (over, as at the start), or stops in them.',
    form: /^(over|into)$/,
    run(guest, [, how]) {
      guest.stepsIntoHandlers = how === 'into';
      return guest.stepsIntoHandlers ? 'Steps stop in handlers.' : 'Handlers run to their end within a step.';
    },
  },
  help: { usage: 'help', description: 'Show this.', form: /^$/, run: () => help },
};

const help = Object.values(commands)
  .map(({ usage, description }) => `monitor ${usage.padEnd(52)} ${description}`)
  .join('\n');

/** @param pe of gdb's selected thread. @returns what gdb shows. @throws UserError that says how the command is written */
export function monitor(guest: GdbGuest, line: string, pe: number): string {
  const text = line.trim().replaceAll(/\s+/g, ' ');
  if (text === '') return help;
  for (const [name, { usage, description, form, run }] of Object.entries(commands)) {
    if (text !== name && !text.startsWith(`${name} `)) continue;
    const words = form.exec(text.slice(name.length).trim());
    if (words === null) throw new UserError(`"monitor ${text}" is not understood. Write "monitor ${usage}": ${description}`);
    return run(guest, words, pe);
  }
  throw new UserError(`There is no command "monitor ${text}". "monitor help" lists them.`);
}
