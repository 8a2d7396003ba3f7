/** `sdei-debug prepare`: keeps how a guest begins, before a session wants it. */
import path from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { makers } from '../makers.ts';
import { nodeHost } from '../node-host.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import { type Preparation, prepareBoot } from '../session/boot-preparation.ts';
import { askedLaunch, launchFileOptions } from './asked-launch.ts';
import { launchOptions } from './launch-flags.ts';
import { helpOf, numberOf, type Option, parseOptions } from './options.ts';
import type { Streams } from './streams.ts';

const ownOptions: readonly Option[] = [
  ...launchFileOptions,
  {
    name: 'break',
    value: 'PLACE',
    repeats: true,
    description: 'Where sessions will have a breakpoint: FUNCTION, FILE:LINE or *ADDRESS. Not executed, nor what comes after it.',
  },
  { name: 'max-instructions', value: 'N', description: 'End after N instructions. Default: 10000000000.' },
  {
    name: 'background',
    description:
      'Wait while another process prepares so. For one that has forked this one: what was executed when it sends "keep" is kept.',
  },
  { name: 'help', description: 'Show this.' },
];

const help = () => `sdei-debug prepare --kernel IMAGE [--initrd FILE] [options]
sdei-debug prepare GUEST.elf [options]
sdei-debug prepare --launch FILE [--config NAME]

Executes a guest that runs long before its first event, such as a Linux kernel, up to that event or a breakpoint of --break before it, and keeps how it began, as sessions do ("bootCache"): the next session with the same files and settings begins there. For a build's last step; VS Code does it by itself where a session's kernel is built again.
Exit status: 0 it is kept, or need not be; 2 wrong usage or input, or it cannot be kept.

${helpOf(ownOptions)}

Launch keys (as in launch.json):
${helpOf(launchOptions)}
`;

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function prepare(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('prepare', args, [...ownOptions, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(help());
    return 0;
  }
  const most = numberOf(parsed, 'max-instructions', 1);
  const breakpoints = parsed.options.get('break');
  const asked = await askedLaunch('prepare', parsed);
  const isEnough = new AbortController();
  const isBackground = parsed.options.has('background');
  const end = isBackground ? await beginInBackground(isEnough) : () => {};
  if (end === undefined) {
    streams.out('Nothing is kept: another process prepares, or nobody wants it any more.\n');
    return 0;
  }
  const preparation = await prepareBoot(asked, {
    host: nodeHost,
    makers,
    signal: isEnough.signal,
    note: (text) => streams.say(`sdei-debug: ${text}\n`),
    ...(most !== undefined && { most }),
    ...(Array.isArray(breakpoints) && { breakpoints: breakpoints as readonly string[] }),
  }).finally(end);
  streams.out(`${wordsOf(preparation)}\n`);
  return 0;
}

/** @returns what ends its turn; `undefined`: it does not come */
function beginInBackground(isEnough: AbortController): Promise<(() => void) | undefined> {
  process.on('message', (message) => {
    if (message === 'keep') isEnough.abort();
  });
  // Whoever wanted it has gone.
  process.once('disconnect', () => process.exit(0));
  return oneAtATime(path.join(cacheFolder(), 'preparing'), isEnough.signal);
}

function wordsOf(preparation: Preparation | undefined): string {
  if (preparation === undefined) return 'Nothing is kept: "bootCache" or "history" is off.';
  const { outcome, stop } = preparation;
  const instructions = preparation.instructions.toLocaleString('en');
  switch (outcome) {
    case 'kept':
      return `Kept: sessions of this guest need not execute its first ${instructions} instructions.`;
    case 'known':
      return `Its first ${instructions} instructions were kept before: sessions of this guest need not execute them.`;
    case 'short':
      return `Nothing is kept: the guest stops after ${instructions} instructions (${stop}), and they are executed sooner than read.`;
  }
}
