#!/usr/bin/env node
import { commandLine } from './command-line.ts';

const { stdin, stdout, stderr } = process;

void commandLine(process.argv.slice(2), {
  out: (text) => void stdout.write(text),
  say: (text) => void stderr.write(text),
  listen(listener) {
    stdin.on('data', listener);
    stdin.on('error', () => {});
    return () => void stdin.off('data', listener).pause();
  },
}).then((status) => {
  process.exitCode = status;
  // Ends when all output is out, whatever still waits on standard input.
  stdout.write('', () => stderr.write('', () => process.exit(status)));
});
