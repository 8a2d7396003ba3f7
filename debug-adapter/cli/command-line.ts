/** The commands. Exit status: 0 as asked, 1 what was checked does not hold, 2 wrong usage or input. */
import { UserError } from '../errors.ts';
import { tellUse } from '../first-use.ts';
import { nearest } from '../nearest.ts';
import { conform } from './conform-command.ts';
import { dapLint } from './dap-lint-command.ts';
import { diff } from './diff-command.ts';
import { gdbServer } from './gdb-server-command.ts';
import { migrate } from './migrate-command.ts';
import { UsageError } from './options.ts';
import { prepare } from './prepare-command.ts';
import { registers } from './registers-command.ts';
import { run } from './run.ts';
import { scenario } from './scenario-command.ts';
import { query, trace } from './trace-command.ts';
import type { Streams } from './streams.ts';
import { sweepCommand } from './sweep-command.ts';
import { userIrq } from './user-irq-command.ts';

const commands: Readonly<
  Record<string, { readonly summary: string; readonly perform: (args: readonly string[], streams: Streams) => number | Promise<number> }>
> = {
  run: { summary: 'boot a guest and show its console', perform: run },
  conform: { summary: 'check the SDEI dispatcher against its cases', perform: conform },
  registers: { summary: 'list and write the KVM pseudo firmware registers', perform: registers },
  migrate: { summary: 'move a guest to another dispatcher through its KVM registers', perform: migrate },
  trace: { summary: 'write a run to a file', perform: trace },
  query: { summary: 'list what happened in a run that was written to a file', perform: query },
  diff: { summary: 'tell in what two runs differ at their ends', perform: diff },
  prepare: { summary: 'keep how a guest begins, for sessions that begin there', perform: prepare },
  sweep: { summary: 'raise an event at every instruction of a range, and tell what breaks', perform: sweepCommand },
  'user-irq': { summary: 'follow device_irq_level, and check a KVM_RUN loop', perform: userIrq },
  'gdb-server': { summary: 'let gdb drive a guest', perform: gdbServer },
  scenario: { summary: 'answer a question about dispatchers by running it', perform: scenario },
  'dap-lint': { summary: 'check recorded conversations of the Debug Adapter Protocol', perform: dapLint },
};

const usage = `sdei-debug COMMAND ...

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

"sdei-debug COMMAND --help" tells more.
`;

/** @returns the exit status */
export async function commandLine(args: readonly string[], streams: Omit<Streams, 'atEnd'>): Promise<number> {
  const endings: (() => void)[] = [];
  const status = await perform(args, { ...streams, atEnd: (action) => void endings.push(action) });
  for (const action of endings) action();
  return status;
}

async function perform(args: readonly string[], streams: Streams): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    streams.out(usage);
    return 0;
  }
  try {
    if (name === undefined) throw new UsageError(`Which command? There are ${Object.keys(commands).join(', ')}. Try "sdei-debug --help".`);
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
      const guess = nearest(name, Object.keys(commands));
      throw new UsageError(`Unknown command "${name}". ${guess === undefined ? 'Try "sdei-debug --help".' : `Did you mean "${guess}"?`}`);
    }
    const status = await command.perform(rest, streams);
    if (!rest.includes('--help')) tellUse();
    return status;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof UserError)) {
      streams.say(`sdei-debug: Internal error: ${error instanceof Error ? error.stack : String(error)}\nPlease report it.\n`);
      return 2;
    }
    streams.say(`sdei-debug: ${error.message}\n`);
    return 2;
  }
}
