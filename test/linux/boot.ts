/** Boots Linux in the machine; its console is a {@link Turn} conversation. */
import { parseLaunchArguments } from '../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../debug-adapter/load-guest.ts';
import { makers } from '../../debug-adapter/makers.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';
import type { Target, TargetStop } from '../../debug-adapter/target/target.ts';
import { type Boot, type BootResult, createTypist, INIT_SAYS, type Machine, MEMORY, shellSession, type Turn } from './conversation.ts';

/** The console is looked at this often, in instructions: the same run each time. */
const TURN = 1_000_000;
const MOST_INSTRUCTIONS = 6_000_000_000;

interface Session {
  readonly turns: readonly Turn[];
  /** Runs the machine for so many instructions. @param console all that has been said */
  readonly run: (target: Target, maxInstructions: number, console: string) => Promise<TargetStop>;
}

const shell: Session = { turns: shellSession, run: (target, maxInstructions) => target.resume({ maxInstructions }) };

export async function boot(
  { cpus, client }: Machine,
  { kernel, initrd, bootArguments }: Boot,
  { turns, run }: Session = shell,
): Promise<BootResult> {
  const launch = parseLaunchArguments({ kernel, initrd, bootArguments, cpus, client, memory: MEMORY });
  const { target, entry, x0 } = await loadGuest(launch, nodeHost, makers);
  target.start(entry, x0);
  const begun = performance.now();
  const usedBefore = process.cpuUsage();
  const seconds = () => (performance.now() - begun) / 1000;
  const typist = createTypist(turns);
  const decoder = new TextDecoder();
  let console = '';
  let secondsToInit: number | undefined;
  for (;;) {
    const stop = await run(target, TURN, console);
    const output = decoder.decode(target.takeConsoleOutput(), { stream: true });
    console += output;
    if (process.env.SHOW_CONSOLE) process.stderr.write(output);
    if (secondsToInit === undefined && console.includes(INIT_SAYS)) secondsToInit = seconds();
    const typed = typist(output);
    if (typed !== '') target.sendConsoleInput(new TextEncoder().encode(typed));
    if (stop.kind === 'budget' && target.time < MOST_INSTRUCTIONS) continue;
    const why =
      'message' in stop ? `${stop.kind}: ${stop.message}` : stop.kind === 'unimplemented' ? `${stop.kind}: ${stop.what}` : stop.kind;
    const { user, system } = process.cpuUsage(usedBefore);
    return { console, seconds: seconds(), processorSeconds: (user + system) / 1e6, secondsToInit, instructions: target.time, stop: why };
  }
}
