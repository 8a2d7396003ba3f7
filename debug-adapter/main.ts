/** The adapter as a program: DAP on standard input and output, or with `--server=PORT` on loopback, a session per connection. */
import { appendFileSync, writeFileSync } from 'node:fs';
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

type Log = (message: unknown) => void;
const noLog: Log = () => {};

/**
 * @param again a new session may follow on the same streams when a guest was left
 * @param log gets the messages of both sides as they come
 */
function serve(input: Readable, output: Writable, onDisconnect: () => void, again: boolean, log: Log): void {
  let outgoing = '';
  function flush(): void {
    if (outgoing !== '' && output.writable) output.write(outgoing);
    outgoing = '';
  }
  function send(message: unknown): void {
    // What one turn of the event loop has to say, a response and the stop that follows it, is one write: that costs more than most requests.
    if (outgoing === '') queueMicrotask(() => process.nextTick(flush));
    outgoing += frame(message);
    log(message);
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
  const take = createDeframer((message) => {
    log(message);
    session.receive(message);
  }, say);
  input.on('data', (bytes: Uint8Array) => {
    take(bytes);
    stayAwake();
  });
  input.on('error', (error) => say(error.message));
  output.on('error', (error) => say(error.message));
  input.on('close', () => void session.close().then(onDisconnect));
}

/** A message per line, as `sdei-debug dap-lint` reads them. @throws Error if the file cannot be written now; later it is told, and no more is kept */
function createLog(file: string): Log {
  writeFileSync(file, '');
  let isKept = true;
  return (message) => {
    if (!isKept) return;
    try {
      appendFileSync(file, `${JSON.stringify(message)}\n`);
    } catch (error) {
      isKept = false;
      say(`no more is kept in the log: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

/** A log for each conversation: FILE, FILE.2, FILE.3 … @throws Error as {@link createLog}, for the first one; of others that is told */
function createLogs(file: string | undefined): () => Log {
  if (file === undefined) return () => noLog;
  const first = createLog(file);
  let count = 0;
  return () => {
    if (++count === 1) return first;
    try {
      return createLog(`${file}.${count}`);
    } catch (error) {
      say(`this conversation is not kept in a log: ${error instanceof Error ? error.message : String(error)}`);
      return noLog;
    }
  };
}

interface Arguments {
  readonly port?: number;
  readonly logFile?: string;
}

/** @returns `undefined`: one of them is wrong, as has been said */
function argumentsFrom(words: readonly string[]): Arguments | undefined {
  let given: Arguments = {};
  for (const word of words) {
    const [, name, value] = /^--(server|log)=(.+)$/.exec(word) ?? [];
    if (name === 'log') given = { ...given, logFile: value };
    else if (name === 'server' && /^\d{1,5}$/.test(value)) given = { ...given, port: Number(value) };
    else {
      say(`unknown argument "${word}". Use none for standard input and output, or --server=PORT, and --log=FILE to keep all messages.`);
      return undefined;
    }
  }
  return given;
}

function main(): void {
  const given = argumentsFrom(process.argv.slice(2));
  let nextLog: () => Log;
  try {
    nextLog = createLogs(given?.logFile);
  } catch (error) {
    say(`cannot write the log: ${error instanceof Error ? error.message : String(error)}. Give --log a file in a folder that is there.`);
    process.exitCode = 2;
    return;
  }
  if (given === undefined) {
    process.exitCode = 2;
    return;
  }
  const { port } = given;
  if (port === undefined) {
    // What was answered last must be out before the process ends.
    serve(process.stdin, process.stdout, () => process.stdout.write('', () => process.exit(0)), true, nextLog());
    return;
  }
  const server = createServer({ noDelay: true }, (socket) => serve(socket, socket, () => socket.end(), false, nextLog()));
  server.on('error', (error) => {
    say(`cannot listen on port ${port}: ${error.message}`);
    process.exitCode = 2;
  });
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    say(`listening on 127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`);
  });
}

// One session's fault must not end the others.
for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(fault, (error: unknown) => void say(`internal error: ${error instanceof Error ? error.stack : String(error)}`));
}
main();
