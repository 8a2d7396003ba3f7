/** Where gdb attaches to the guests of a session: one port for all of them. */
import type { GdbGuest } from '../gdb-server/guest.ts';
import { type GdbServer, startGdbServer } from '../gdb-server/server.ts';
import type { Host } from '../host.ts';

export interface GdbPort extends Pick<GdbServer, 'isAttached' | 'console' | 'drop'> {
  /** Unless it does already. @param port absent: it is not asked for. @throws UserError if it cannot be had */
  listen(port: number | undefined): Promise<void>;
  close(): Promise<void> | undefined;
}

/** @param guest the present one. @throws UserError if there is none */
export function createGdbPort(host: Host, guest: () => GdbGuest, note: (text: string) => void): GdbPort {
  let server: GdbServer | undefined;
  return {
    get isAttached() {
      return server?.isAttached ?? false;
    },
    console: (bytes) => server?.console(bytes),
    drop: () => server?.drop(),
    async listen(port) {
      if (port === undefined || server !== undefined) return;
      server = await startGdbServer(host, port, { guest, note, showsConsole: false, attaching: () => guest().halt() });
      note(`gdb can attach: "target remote 127.0.0.1:${server.port}".`);
    },
    close() {
      const closing = server;
      server = undefined;
      return closing?.close();
    },
  };
}
