/** `sdei-debug gdb-server`: lets gdb drive a guest. */
import { createGdbGuest, serveOwnGuest } from '../gdb-server/own-guest.ts';
import { parseLaunchArguments } from '../launch-arguments.ts';
import { loadGuest } from '../load-guest.ts';
import { makers } from '../makers.ts';
import { nodeHost } from '../node-host.ts';
import { askedLaunch, launchFileOptions } from './asked-launch.ts';
import { launchOptions } from './launch-flags.ts';
import { helpOf, numberOf, type Option, parseOptions } from './options.ts';
import type { Streams } from './streams.ts';

const DEFAULT_PORT = 1234;

const ownOptions: readonly Option[] = [
  ...launchFileOptions,
  { name: 'port', value: 'N', description: `Port on 127.0.0.1, 0 for a free one. Default: ${DEFAULT_PORT}.` },
  { name: 'no-boot-cache', description: 'Execute how the guest begins also if that is known from an earlier run.' },
  { name: 'once', description: 'End when the first gdb has gone.' },
  { name: 'help', description: 'Show this.' },
];

const help = () => `sdei-debug gdb-server GUEST.elf [options]
sdei-debug gdb-server --kernel IMAGE [--initrd FILE] [options]

Waits for gdb: "gdb-multiarch GUEST.elf -ex 'target remote :${DEFAULT_PORT}'". The guest stands at its first instruction, and while no gdb is attached.
In gdb, "monitor help" lists what it has for SDEI; "info registers sdei" and "info registers system" show registers.
Exit status: 0 ended by --once; 2 wrong usage or input.

${helpOf(ownOptions)}

Launch keys (as in launch.json):
${helpOf(launchOptions)}
`;

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function gdbServer(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('gdb-server', args, [...ownOptions, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(help());
    return 0;
  }
  const port = numberOf(parsed, 'port', 0, 65535) ?? DEFAULT_PORT;
  const launch = parseLaunchArguments({
    ...(await askedLaunch('gdb-server', parsed)),
    ...(parsed.options.has('no-boot-cache') && { bootCache: false }),
  });
  const note = (text: string) => streams.say(`sdei-debug: ${text}\n`);

  let detached = () => {};
  const untilDetached = new Promise<void>((resolve) => {
    detached = resolve;
  });
  const isOnTerminal = launch.console !== 'debugConsole';
  const server = await serveOwnGuest(nodeHost, port, {
    showsConsole: launch.console !== 'terminal',
    note,
    detached: () => {
      if (parsed.options.has('once')) detached();
    },
    async load(listener) {
      const loaded = await loadGuest(launch, nodeHost, makers);
      for (const text of loaded.notes) note(text);
      return createGdbGuest(launch, loaded, {
        host: nodeHost,
        makers,
        note,
        console(bytes) {
          if (isOnTerminal) streams.out(bytes);
          listener.console(bytes);
        },
      });
    },
  });
  const end = streams.listen((bytes) => server.guest.target.sendConsoleInput(new Uint8Array(bytes)), {
    isTerminal: launch.kernel !== undefined,
    end: detached,
    ended: () => server.guest.target.endConsoleInput(),
  });
  streams.out(`Listening on 127.0.0.1:${server.port}\n`);
  await untilDetached;
  end();
  await server.close();
  return 0;
}
