// Starting other programs, for the scripts of this folder.
import { spawn } from 'node:child_process';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');

/** `node_modules/.bin` first, so that everything started from here runs on the project's own Node. */
export const environment = { ...process.env, PATH: [path.join(root, 'node_modules/.bin'), process.env.PATH].join(path.delimiter) };

/**
 * Runs a program to its end.
 * @param options `quiet`: show its output only if it fails; `cwd`: default the project's folder; `env`: added to the environment
 * @returns what it wrote to standard output, if `quiet`
 * @throws Error if it cannot be started or does not exit with 0
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: { ...environment, ...options.env },
      stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    const output = [];
    const everything = [];
    child.stdout?.on('data', (data) => (output.push(data), everything.push(data)));
    child.stderr?.on('data', (data) => everything.push(data));
    child.once('error', (error) => reject(new Error(`Cannot start ${program}: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(output).toString());
      if (options.quiet) process.stderr.write(Buffer.concat(everything));
      reject(new Error(`${path.basename(program)} ${args.slice(0, 3).join(' ')} ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}

/** Whether a program answers `--version`. */
export async function answers(program) {
  return run(program, ['--version'], { quiet: true }).then(
    () => true,
    () => false,
  );
}
