/** `sdei-debug run`: boots a guest, shows its console, tells how it ended. */
import { readFile } from 'node:fs/promises';
import { createInjections, type Injections } from '../breakpoints/injections.ts';
import type { Images } from '../images.ts';
import { parseLaunchArguments } from '../launch-arguments.ts';
import { createNotices, isNoticed } from '../target/notices.ts';
import { endText, exitCodeOf, isGuestEnd, type MachineStop, wordsOf } from '../target/stop-reason.ts';
import type { Target, TargetStop } from '../target/target.ts';
import { askedLaunch, launchFileOptions } from './asked-launch.ts';
import { launchOptions } from './launch-flags.ts';
import { helpOf, numberOf, type Option, type ParsedOptions, parseOptions, UsageError, valueOf } from './options.ts';
import { type StartedGuest, startGuest } from './started-guest.ts';
import type { Streams } from './streams.ts';

/** What is typed at the guest's console. */
export const consoleOptions: readonly Option[] = [
  { name: 'input', value: 'FILE', description: 'Type the bytes of a file on the console, instead of standard input.' },
  { name: 'input-after', value: 'TEXT', description: 'Type --input when this text has appeared on the console.' },
];

const ownOptions: readonly Option[] = [
  ...launchFileOptions,
  { name: 'max-instructions', value: 'N', description: 'End after exactly N instructions, with stop reason "budget".' },
  { name: 'append', value: 'TEXT', description: 'The same as --boot-arguments.' },
  ...consoleOptions,
  { name: 'json', description: 'Print one JSON document instead of the console.' },
  { name: 'hash', description: "Tell a hash of the machine's state at the end: equal for equal runs, on any computer." },
  { name: 'stats', description: "Tell the run's instructions, seconds and speed on standard error." },
  { name: 'help', description: 'Show this.' },
];

const help = () =>
  `sdei-debug run GUEST.elf [options]
sdei-debug run --kernel IMAGE [--initrd FILE] [--append TEXT] [options]

Boots the guest and shows its console until it switches off (PSCI SYSTEM_OFF) or exits (semihosting SYS_EXIT).
Exit status: the guest's own if it exits by semihosting; else 0 switched off, reset, or the instruction budget used up; 1 the guest got stuck; 2 wrong usage or input.

${helpOf(ownOptions)}

Launch keys (as in launch.json):
${helpOf(launchOptions)}
`;

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function run(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('run', args, [...ownOptions, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(help());
    return 0;
  }
  const maxInstructions = numberOf(parsed, 'max-instructions', 0);
  const append = valueOf(parsed, 'append');
  if (append !== undefined && parsed.options.has('boot-arguments'))
    throw new UsageError('Options "--append" and "--boot-arguments" are the same. Give one of them.');
  const asked = await askedLaunch('run', parsed);
  const input = await inputOf(parsed);
  const launch = parseLaunchArguments({ ...asked, ...(append === undefined ? {} : { bootArguments: append }) });
  const guest = await startGuest(launch, streams);
  const { target, images } = guest;
  const injections = createInjections(launch.inject, target, images);

  const isJson = parsed.options.has('json');
  const console = passConsole(target, { keep: isJson, input, isTerminal: launch.kernel !== undefined }, streams);
  const begun = performance.now();
  const stop = await runToEnd(guest, injections, maxInstructions, console, streams);
  const seconds = (performance.now() - begun) / 1000;
  const output = console.end();
  const hash = parsed.options.has('hash') ? target.stateHash() : undefined;

  const instructions = target.time;
  const instructionsPerSecond = seconds > 0 ? Math.round(instructions / seconds) : 0;
  if (isJson) {
    const document = {
      stop: stopDocument(stop, images),
      console: output,
      instructions,
      seconds,
      instructionsPerSecond,
      deliveries: deliveriesDocument(target),
      ...(hash === undefined ? {} : { hash }),
    };
    streams.out(`${JSON.stringify(document)}\n`);
  }
  const explanation = explanationOf(stop, images);
  if (explanation !== undefined) streams.say(`sdei-debug: ${explanation}\n`);
  if (hash !== undefined && !isJson) streams.say(`state hash ${hash} after ${instructions} instructions\n`);
  if (parsed.options.has('stats')) {
    streams.say(
      `${instructions} instructions in ${seconds.toFixed(3)} s, ${(instructionsPerSecond / 1e6).toFixed(1)} million per second\n`,
    );
  }
  if (isGuestEnd(stop)) return exitCodeOf(stop);
  return stop.kind === 'budget' ? 0 : 1;
}

/** What `--input` types, and the text it waits for. */
interface Input {
  readonly bytes: Uint8Array;
  readonly after: string;
}

export async function inputOf(parsed: ParsedOptions): Promise<Input | undefined> {
  const file = valueOf(parsed, 'input');
  const after = valueOf(parsed, 'input-after');
  if (file === undefined && after !== undefined) throw new UsageError('Option "--input-after" needs --input FILE.');
  if (file === undefined) return undefined;
  try {
    return { bytes: new Uint8Array(await readFile(file)), after: after ?? '' };
  } catch (error) {
    throw new UsageError(`Cannot read "${file}" (--input): ${(error as Error).message}.`);
  }
}

/** Tells what it notices on the way, and events that were to be raised and were not. */
export async function runToEnd(
  guest: StartedGuest,
  injections: Injections,
  maxInstructions: number | undefined,
  console: PassedConsole,
  streams: Streams,
): Promise<TargetStop> {
  const stop = await untilEnd(guest, injections, maxInstructions, console, streams);
  for (const text of injections.missed()) streams.say(`sdei-debug: ${text}\n`);
  return stop;
}

async function untilEnd(
  guest: StartedGuest,
  injections: Injections,
  maxInstructions: number | undefined,
  console: PassedConsole,
  streams: Streams,
): Promise<TargetStop> {
  const { target, images } = guest;
  const notice = createNotices(images);
  const arm = () => target.setBreakpoints(injections.addresses().map((address) => ({ address })));
  guest.moved = () => {
    injections.rebind();
    arm();
  };
  target.setStopConditions({ clobberedCall: 'sampled', sdeiClobbered: true, semihostingOff: true, nothingThere: true });
  for (;;) {
    arm();
    const remaining = maxInstructions === undefined ? undefined : maxInstructions - target.time;
    if (remaining === 0) return { kind: 'budget' };
    const stop = await target.resume({ waitsForInput: console.isOpen, ...(remaining === undefined ? {} : { maxInstructions: remaining }) });
    if (isNoticed(stop)) {
      const text = notice(stop);
      if (text !== undefined) streams.say(`sdei-debug: ${text}\n`);
      continue;
    }
    if (stop.kind === 'halted' && stop.why === 'awaits-input' && console.typesNow()) continue;
    if (stop.kind !== 'breakpoint') return stop;
    for (const note of injections.hit(stop.pe, stop.pc)) streams.say(`sdei-debug: ${note}\n`);
  }
}

interface ConsoleOptions {
  /** For the JSON document, instead of showing it. */
  readonly keep: boolean;
  /** Absent: standard input is typed. */
  readonly input: Input | undefined;
  /** The guest echoes and edits what is typed: keys go to it one by one. */
  readonly isTerminal: boolean;
}

export interface PassedConsole {
  /** Standard input may bring something at any time. */
  readonly isOpen: boolean;
  /** Looks at what has appeared. @returns whether `--input` has been typed for it */
  typesNow(): boolean;
  /** @returns what was kept */
  end(): string;
}

/** How often the console is looked at; a run makes room for it every 8. */
const CONSOLE_MILLISECONDS = 4;

/** The console goes to standard output as it comes, or is kept; input goes to the guest. */
export function passConsole(target: Target, { keep, input, isTerminal }: ConsoleOptions, streams: Streams): PassedConsole {
  const kept: Uint8Array[] = [];
  let awaited = input;
  let recent = '';
  const typeInput = (output: Uint8Array) => {
    if (awaited === undefined) return;
    recent += Buffer.from(output).toString('latin1');
    if (!recent.includes(Buffer.from(awaited.after).toString('latin1'))) {
      recent = recent.slice(-awaited.after.length * 4);
      return;
    }
    target.sendConsoleInput(awaited.bytes);
    target.endConsoleInput();
    awaited = undefined;
  };
  const flush = () => {
    const bytes = target.takeConsoleOutput();
    typeInput(bytes);
    if (bytes.length === 0) return;
    if (keep) kept.push(bytes);
    else streams.out(bytes);
  };
  const timer = setInterval(flush, CONSOLE_MILLISECONDS);
  const stopListening =
    input === undefined
      ? streams.listen((bytes) => target.sendConsoleInput(new Uint8Array(bytes)), {
          isTerminal,
          end: () => target.pause(),
          ended: () => target.endConsoleInput(),
        })
      : () => {};
  return {
    isOpen: input === undefined,
    typesNow() {
      const before = awaited;
      flush();
      return before !== undefined && awaited === undefined;
    },
    end() {
      clearInterval(timer);
      stopListening();
      flush();
      return Buffer.concat(kept).toString('utf8');
    },
  };
}

function stopDocument(stop: TargetStop, images: Images): Record<string, unknown> {
  const message = explanationOf(stop, images);
  return {
    reason: stop.kind,
    ...('pe' in stop ? { pe: stop.pe } : {}),
    ...(stop.kind === 'exit' ? { exitStatus: stop.status } : {}),
    ...('pc' in stop ? { pc: `0x${stop.pc.toString(16)}` } : {}),
    ...(message === undefined ? {} : { message }),
  };
}

function explanationOf(stop: TargetStop, images: Images): string | undefined {
  switch (stop.kind) {
    case 'system-off':
    case 'budget':
    case 'pause':
    case 'breakpoint':
      return undefined;
    case 'exit':
      return stop.status === 0 && stop.reason === undefined ? undefined : `The guest has ${endText(stop)}.`;
    case 'system-reset':
      return 'The guest asked for a reset (PSCI SYSTEM_RESET); the run ends there.';
    default:
      return wordsOf(stop satisfies MachineStop, images).text;
  }
}

const deliveriesDocument = (target: Target) =>
  target.sdei.deliveries.map(({ event, priority, pe, at, interrupted, ended, endedAt }) => ({
    event,
    priority,
    pe,
    at,
    interrupted: { pc: `0x${interrupted.pc.toString(16)}`, el: interrupted.el },
    ended: ended ?? null,
    ...(endedAt === undefined ? {} : { endedAt }),
  }));
