/** The adapter as a program: DAP on standard input and output, or with `--server=PORT` on loopback, a session per connection. */
import { createServer } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { createDeframer, frame } from './framing.ts';
import { createLeftGuests } from './left-guests.ts';
import { makers } from './makers.ts';
import { nodeHost } from './node-host.ts';
import { createSession, type SessionEndpoint } from './session.ts';
import { stayAwake } from './stay-awake.ts';

const say = (text: string) => process.stderr.write(`sdei debug adapter: ${text}\n`);

const leftGuests = createLeftGuests();

/** @param again a new session may follow on the same streams when a guest was left */
function serve(input: Readable, output: Writable, onDisconnect: () => void, again: boolean): void {
  let outgoing = '';
  function flush(): void {
    if (outgoing !== '' && output.writable) output.write(outgoing);
    outgoing = '';
  }
  function send(message: unknown): void {
    // What one turn of the event loop has to say, a response and the stop that follows it, is one write: that costs more than most requests.
    if (outgoing === '') queueMicrotask(() => process.nextTick(flush));
    outgoing += frame(message);
  }
  const start = (): SessionEndpoint =>
    createSession({
      host: nodeHost,
      makers,
      send,
      leftGuests,
      onDisconnect(isGuestLeft) {
        flush();
        if (again && isGuestLeft) session = start();
        else onDisconnect();
      },
    });
  let session = start();
  const take = createDeframer((message) => session.receive(message), say);
  input.on('data', (bytes: Uint8Array) => {
    take(bytes);
    stayAwake();
  });
  input.on('error', (error) => say(error.message));
  output.on('error', (error) => say(error.message));
  input.on('close', () => void session.close().then(onDisconnect));
}

function main(): void {
  const argument = process.argv[2];
  if (argument === undefined) {
    // What was answered last must be out before the process ends.
    serve(process.stdin, process.stdout, () => process.stdout.write('', () => process.exit(0)), true);
    return;
  }
  const port = /^--server=(\d{1,5})$/.exec(argument)?.[1];
  if (port === undefined) {
    say(`unknown argument "${argument}". Use no argument for standard input and output, or --server=PORT.`);
    process.exitCode = 2;
    return;
  }
  const server = createServer({ noDelay: true }, (socket) => serve(socket, socket, () => socket.end(), false));
  server.on('error', (error) => {
    say(`cannot listen on port ${port}: ${error.message}`);
    process.exitCode = 2;
  });
  server.listen(Number(port), '127.0.0.1', () => {
    const address = server.address();
    say(`listening on 127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`);
  });
}

// One session's fault must not end the others.
for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(fault, (error: unknown) => void say(`internal error: ${error instanceof Error ? error.stack : String(error)}`));
}
main();
