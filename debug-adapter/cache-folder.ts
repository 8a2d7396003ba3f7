/** Where programs keep what they can do without, by the customs of the system. */
import { homedir } from 'node:os';
import path from 'node:path';

export function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const ofSystem = { darwin: path.join(homedir(), 'Library/Caches'), win32: LOCALAPPDATA } as Partial<Record<NodeJS.Platform, string>>;
  return path.join(ofSystem[process.platform] ?? XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'sdei-guest-debugger');
}
