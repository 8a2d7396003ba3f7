/** `monitor …`: what gdb has no words for (GDB manual, qRcmd). */
import { hexadecimal, UserError } from '../errors.ts';
import { sdeiStatus } from '../sdei-status.ts';
import type { MemoryRegion } from '../target/target.ts';
import type { GdbClient } from './client.ts';

interface MonitorCommand {
  readonly usage: string;
  readonly description: string;
  /** What follows the command's name. */
  readonly form: RegExp;
  /** For gdb's selected thread, where a PE counts. @throws UserError, TargetError, GdbError */
  run(client: GdbClient, words: RegExpExecArray): string | Promise<string>;
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
    run: ({ guest }) => sdeiStatus(guest),
  },
  'sdei trigger': {
    usage: 'sdei trigger EVENT [PE]',
    description: "Raise an event, on the selected thread's PE unless said.",
    form: /^(\d{1,10})(?:\s+(\d{1,3}))?$/,
    run({ guest: { target, edited }, selected }, [, event, wanted]) {
      const pe = wanted === undefined ? selected : Number(wanted);
      if (target.pes[pe] === undefined) throw new UserError(`There is no PE ${pe}: this machine has PE 0 to ${target.pes.length - 1}.`);
      const { accepted, message } = target.sdei.trigger(Number(event), pe);
      edited();
      return accepted ? `${message}\n${mayBeStale}` : message;
    },
  },
  'sdei catch': {
    usage: 'sdei catch [WORD ...]',
    description: `Stop at these from now on, and at no others; without a word at none. Words: ${filterWords.join(', ')}.`,
    form: new RegExp(`^((?:(?:${filterWords.join('|')})\\b\\s*)*)$`),
    run({ guest: { exceptions } }, [, words]) {
      const names = words.split(/\s+/).filter((word) => word !== '');
      exceptions.set({ filters: names.map((name) => filters[name]) });
      return names.length === 0 ? 'Stops at none of them.' : `Stops at: ${names.join(', ')}.`;
    },
  },
  'sdei step': {
    usage: 'sdei step over|into',
    description: 'Whether a step runs handlers that interrupt it to their end (over, as at the start), or stops in them.',
    form: /^(over|into)$/,
    run({ guest }, [, how]) {
      guest.stepsIntoHandlers = how === 'into';
      return guest.stepsIntoHandlers ? 'Steps stop in handlers.' : 'Handlers run to their end within a step.';
    },
  },
  'memory region': {
    usage: 'memory region [ADDRESS]',
    description: 'What the selected thread may do around an address, or where it stands, and what is there.',
    form: /^(?:0x([0-9a-f]{1,16})|([0-9]{1,20}))?$/i,
    run({ guest: { target }, selected }, [, hex, decimal]) {
      const given = hex === undefined ? decimal : `0x${hex}`;
      const address = given === undefined ? target.pes[selected].pc : BigInt.asUintN(64, BigInt(given));
      return regionText(target.memoryRegion(selected, address), address);
    },
  },
  reset: {
    usage: 'reset',
    description: 'The guest at its first instruction again, with the breakpoints that there are.',
    form: /^$/,
    async run(client) {
      const { breakpoints } = client.guest;
      await client.restart();
      client.guest.breakpoints.adopt(breakpoints);
      return `The guest stands at its first instruction.\n${mayBeStale}`;
    },
  },
  help: { usage: 'help', description: 'Show this.', form: /^$/, run: () => help },
};

/** What people write who know the monitors of QEMU and OpenOCD. */
const otherWords: readonly { readonly words: RegExp; readonly meant?: string; readonly told?: string }[] = [
  { words: /^(?:system_reset|reset (?:halt|init|run))$/, meant: 'reset' },
  { words: /^gva2gpa (?<rest>.*)$/, meant: 'memory region $<rest>' },
  {
    words: /^info registers\b/,
    told: 'gdb has them: "info registers", of the system "info registers system", of SDEI "info registers sdei".',
  },
  { words: /^info (?:mtree|mem|tlb)\b/, told: '"monitor memory region ADDRESS" says what is at an address.' },
  { words: /^info cpus$/, told: 'PEs are threads: "info threads".' },
  {
    words: /^(?:q|quit|shutdown|exit)$/,
    told: '"detach" leaves the guest for the next debugger, "kill" ends the connection; with --once the server ends, too.',
  },
  { words: /^(?:stop|halt)$/, told: 'The guest stands still while gdb takes commands. Ctrl-C stops one that runs.' },
  { words: /^(?:c|cont|resume)$/, told: 'That is "continue" of gdb.' },
  { words: /^xp?\b/, told: 'gdb reads memory with "x", physical memory after "maintenance packet Qqemu.PhyMemMode:1".' },
  { words: /^(?:savevm|loadvm)\b/, told: 'No snapshot is needed to go back: "reverse-continue", "reverse-stepi".' },
];

const mayBeStale = 'gdb may show registers it has read before: "maintenance flush register-cache".';

function regionText({ start, end, mapped }: MemoryRegion, address: bigint): string {
  const range = `${hexadecimal(start)} to ${hexadecimal(end - 1n)}`;
  if (mapped === undefined) return `${range}: not mapped, or nothing is there`;
  const { read, write, execute, name, physical } = mapped;
  const where = `${hexadecimal(address)} is physical ${hexadecimal(physical)}`;
  return `${range}: ${read ? 'r' : '-'}${write ? 'w' : '-'}${execute ? 'x' : '-'} ${name}; ${where}`;
}

const help = Object.values(commands)
  .map(({ usage, description }) => `monitor ${usage.padEnd(52)} ${description}`)
  .join('\n');

/** @returns what gdb shows. @throws UserError that says how the command is written, TargetError, GdbError */
export function monitor(client: GdbClient, line: string): string | Promise<string> {
  const typed = line.trim().replaceAll(/\s+/g, ' ');
  const other = otherWords.find(({ words }) => words.test(typed));
  if (other?.told !== undefined) throw new UserError(other.told);
  const text = other?.meant === undefined ? typed : typed.replace(other.words, other.meant);
  if (text === '') return help;
  for (const [name, { usage, description, form, run }] of Object.entries(commands)) {
    if (text !== name && !text.startsWith(`${name} `)) continue;
    const words = form.exec(text.slice(name.length).trim());
    if (words === null) throw new UserError(`"monitor ${text}" is not understood. Write "monitor ${usage}": ${description}`);
    return run(client, words);
  }
  throw new UserError(`There is no command "monitor ${text}". "monitor help" lists them.`);
}
