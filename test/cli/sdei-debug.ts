import { join, resolve } from 'node:path';
import { commandLine } from '../../debug-adapter/cli/command-line.ts';

export const root = resolve(import.meta.dirname, '../..');
export const guest = (name: string): string => join(root, 'test/guests', `${name}.elf`);

/** Runs a command in this process. */
export async function sdeiDebug(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const decoder = new TextDecoder();
  const status = await commandLine(args, {
    out(text) {
      stdout += typeof text === 'string' ? text : decoder.decode(text, { stream: true });
    },
    say(text) {
      stderr += text;
    },
    listen: () => () => {},
  });
  return { status, stdout, stderr };
}

export async function json(...args: string[]) {
  const { status, stdout, stderr } = await sdeiDebug(...args, '--json');
  return { status, stderr, document: JSON.parse(stdout) };
}
