/** The guest's console on its way to whoever hears it: the client, the timeline, and gdb. */
import { base64FromBytes } from '../base64.ts';
import type { Connection } from '../connection.ts';
import type { Guest } from './guest.ts';

export interface ConsoleOutput {
  /** Tells what has been written up to now. */
  flush(): void;
  /** Tells it again and again while the guest runs; a stop flushes by itself. */
  poll(): void;
  stopPolling(): void;
  /** Another guest. */
  startAnew(): void;
}

const INTERVAL = 16;

export function createConsoleOutput({
  guest: present,
  event,
  toGdb,
}: {
  guest(): Guest | undefined;
  event: Connection['event'];
  toGdb(bytes: Uint8Array): void;
}): ConsoleOutput {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let decoder = new TextDecoder();

  function flush(): void {
    const guest = present();
    const bytes = guest?.target.takeConsoleOutput() ?? new Uint8Array();
    if (guest === undefined || bytes.length === 0) return;
    guest.timeline.console(bytes, guest.target.consoleLines);
    const where = guest.launch.console;
    toGdb(bytes);
    if (where !== 'debugConsole') event('sdei/console', { data: base64FromBytes(bytes) });
    if (where !== 'terminal') event('output', { category: 'stdout', output: decoder.decode(bytes, { stream: true }) });
  }
  function poll(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
      if (present()?.run.isRunning) poll();
    }, INTERVAL);
  }
  return {
    flush,
    poll,
    stopPolling() {
      clearTimeout(timer);
      timer = undefined;
    },
    startAnew() {
      decoder = new TextDecoder();
    },
  };
}
