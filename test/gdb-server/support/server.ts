import path from 'node:path';
import { createGdbGuest, serveOwnGuest } from '../../../debug-adapter/gdb-server/own-guest.ts';
import type { GdbServer } from '../../../debug-adapter/gdb-server/server.ts';
import type { Host } from '../../../debug-adapter/host.ts';
import { parseLaunchArguments } from '../../../debug-adapter/launch-arguments.ts';
import { loadGuest } from '../../../debug-adapter/load-guest.ts';
import { makers } from '../../../debug-adapter/makers.ts';
import { nodeHost } from '../../../debug-adapter/node-host.ts';
import { RspClient } from './rsp-client.ts';

const guests = path.join(import.meta.dirname, '../../guests');

export interface Served {
  readonly server: GdbServer;
  readonly notes: readonly string[];
  connect(): RspClient;
  /** `function+0x8` */
  describe(pc: bigint): string;
  /** Address of a symbol, as packets write it. */
  at(symbol: string): string;
}

export async function withServer(
  guest: string,
  more: Record<string, unknown>,
  test: (served: Served) => Promise<void>,
  host: Host = nodeHost,
): Promise<void> {
  const launch = parseLaunchArguments({ program: path.join(guests, `${guest}.elf`), memory: '2M', ...more });
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const server = await serveOwnGuest(nodeHost, 0, {
    note,
    showsConsole: true,
    load: async ({ console }) => createGdbGuest(launch, await loadGuest(launch, host, makers), { host, makers, note, console }),
  });
  try {
    await test({
      server,
      notes,
      connect: () => new RspClient(server.port),
      describe: (pc) => server.guest.images.describe(pc),
      at(symbol) {
        const found = server.guest.images.symbol(symbol);
        if (found === undefined) throw new Error(`no symbol ${symbol}`);
        return found.address.toString(16);
      },
    });
  } finally {
    await server.close();
  }
}
