import { commandLine } from './command-line.ts';

const { stdin, stdout, stderr } = process;

const CTRL_A = 1;

/** Keys of a terminal: Ctrl-A X ends the run, Ctrl-A Ctrl-A is Ctrl-A, the others go to the guest. */
function keys(listener: (bytes: Uint8Array) => void, end: () => void): (bytes: Uint8Array) => void {
  let isEscaped = false;
  return (bytes) => {
    const passed: number[] = [];
    for (const byte of bytes) {
      if (isEscaped && String.fromCharCode(byte).toLowerCase() === 'x') end();
      else if (isEscaped || byte !== CTRL_A) passed.push(byte);
      isEscaped = !isEscaped && byte === CTRL_A;
    }
    if (passed.length > 0) listener(Uint8Array.from(passed));
  };
}

void commandLine(process.argv.slice(2), {
  out: (text) => void stdout.write(text),
  say: (text) => void stderr.write(text),
  listen(listener, { isTerminal, end, ended }) {
    const isRaw = isTerminal && stdin.isTTY === true;
    const take = isRaw ? keys(listener, end) : listener;
    if (isRaw) {
      stdin.setRawMode(true);
      stderr.write('sdei-debug: Ctrl-A X ends the run.\r\n');
    }
    stdin.on('data', take).on('end', ended);
    stdin.on('error', () => {});
    return () => {
      stdin.off('data', take).off('end', ended).pause();
      if (isRaw) stdin.setRawMode(false);
    };
  },
}).then((status) => {
  process.exitCode = status;
  // Ends when all output is out, whatever still waits on standard input.
  stdout.write('', () => stderr.write('', () => process.exit(status)));
});
