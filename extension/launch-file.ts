/** What launch.json says, as VS Code would start it: for configurations that nobody has started. */
import type { LaunchConfiguration } from './prepared-boots.ts';

/** What variables are told by. Absent values: the variable has none here, or nobody knows it before the session starts. */
export interface VariablePlace {
  /** Of the folder that the launch.json is in. */
  readonly folder: Folder;
  /** All of the workspace, by `${workspaceFolder:NAME}`. */
  readonly folders: readonly Folder[];
  readonly userHome: string;
  readonly pathSeparator: string;
  /** An environment variable of the extension host's. */
  environment(name: string): string | undefined;
  /** A setting. */
  setting(name: string): unknown;
}
interface Folder {
  readonly name: string;
  /** On this computer's disk. */
  readonly path: string;
}

/** What VS Code, or somebody besides the adapter, takes from a configuration: no variable in it makes another guest. */
const notOfGuest = new Set([
  'preLaunchTask',
  'postDebugTask',
  'serverReadyAction',
  'presentation',
  'internalConsoleOptions',
  'debugServer',
  'gdbServer',
  'windows',
  'osx',
  'linux',
]);

/**
 * Configurations of a type, without what is not of the guest, and without those that have a variable which nobody knows before they start.
 * @param written the "configurations" of a launch.json
 */
export function launchesOf(
  written: unknown,
  type: string,
  { platform, ...place }: VariablePlace & { readonly platform: 'windows' | 'osx' | 'linux' },
): readonly LaunchConfiguration[] {
  if (!Array.isArray(written)) return [];
  return written.flatMap((one: unknown): LaunchConfiguration[] => {
    if (typeof one !== 'object' || one === null) return [];
    const configuration = one as Record<string, unknown>;
    const here = configuration[platform];
    const whole: Record<string, unknown> = typeof here === 'object' ? { ...configuration, ...here } : configuration;
    if (whole.type !== type || whole.request !== 'launch') return [];
    const launch = withVariables(Object.fromEntries(Object.entries(whole).filter(([key]) => !notOfGuest.has(key))), place);
    return launch === undefined ? [] : [launch];
  });
}

/** One that is not known before the session starts: `${command:…}` and `${input:…}` ask a person or run something, `${file}` depends on the editor. */
class UnknownVariable extends Error {}

/** @returns the same with every variable replaced, or `undefined`: it has one that nobody knows before the session starts */
export function withVariables<Value>(value: Value, place: VariablePlace): Value | undefined {
  try {
    return replaced(value, place) as Value;
  } catch (error) {
    if (error instanceof UnknownVariable) return undefined;
    throw error;
  }
}

function replaced(value: unknown, place: VariablePlace): unknown {
  if (typeof value === 'string') return value.replaceAll(/\$\{([^}]*)\}/g, (_, variable: string) => valueOf(variable, place));
  if (Array.isArray(value)) return value.map((one) => replaced(one, place));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one, place)]));
}

function valueOf(variable: string, place: VariablePlace): string {
  const [, name = '', argument] = /^([^:]*)(?::(.*))?$/s.exec(variable) ?? [];
  switch (name) {
    case 'workspaceFolder':
    case 'workspaceRoot':
    case 'workspaceFolderBasename': {
      const folder = argument === undefined ? place.folder : place.folders.find((one) => one.name === argument);
      if (folder === undefined) throw new UnknownVariable(variable);
      return name === 'workspaceFolderBasename' ? folder.path.replace(/[\\/]+$/, '').replace(/^.*[\\/]/s, '') : folder.path;
    }
    case 'userHome':
      return place.userHome;
    case 'pathSeparator':
    case '/':
      return place.pathSeparator;
    case 'env':
      // One that is not set is empty, as in VS Code.
      return argument === undefined ? unknown(variable) : (place.environment(argument) ?? '');
    case 'config': {
      const setting = argument === undefined ? undefined : place.setting(argument);
      return typeof setting === 'string' || typeof setting === 'number' || typeof setting === 'boolean' ? `${setting}` : unknown(variable);
    }
    default:
      return unknown(variable);
  }
}

function unknown(variable: string): never {
  throw new UnknownVariable(variable);
}
