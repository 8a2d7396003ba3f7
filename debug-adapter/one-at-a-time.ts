/** What one process at a time does, of all that say so by the same file: it holds the number of the one that does it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ASK_AGAIN_MILLISECONDS = 500;
/** Whoever takes so long is not waited for: another process may have its number. */
const MOST_TIMES = 1200;

/**
 * Waits until no other process has its turn.
 * @param signal aborted: it need not wait any longer
 * @returns what ends the turn; `undefined`: it did not come
 */
export async function oneAtATime(file: string, signal: AbortSignal): Promise<(() => void) | undefined> {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  } catch {
    // Then the file cannot be written either.
  }
  for (let times = 0; times < MOST_TIMES && !signal.aborted; times++) {
    const end = take(file);
    if (end !== undefined) return end;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MILLISECONDS));
  }
  return undefined;
}

/**
 * Two that find one gone at the same moment may both go on: that does more than is needed, and nothing wrong.
 * @returns what ends the turn; `undefined`: it is another process's
 */
function take(file: string): (() => void) | undefined {
  for (const isLast of [false, true]) {
    try {
      writeFileSync(file, `${process.pid}`, { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      // A folder that cannot be written to has nobody's number in it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return () => {};
      if (isLast || isAlive(holderOf(file))) return undefined;
      rmSync(file, { force: true });
    }
  }
  return undefined;
}

function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
