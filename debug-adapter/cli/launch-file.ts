/** A launch.json entry as the command line takes it. */
import { baseName, folderOf, isAbsolute, join } from '../paths.ts';
import { UsageError } from './options.ts';

/**
 * The configuration called `name`, or the only one of type `sdei`. Relative paths become relative to the workspace folder
 * (the one above `.vscode`, else the file's own). @throws UsageError
 */
export function launchFromFile(file: string, text: string, name: string | undefined): Record<string, unknown> {
  const parsed = parseJsonWithComments(file, text);
  const list = (parsed as { configurations?: unknown } | null)?.configurations;
  if (!Array.isArray(list)) throw new UsageError(`"${file}" has no "configurations" list. Give a launch.json.`);
  const configurations = list.filter(
    (item): item is Record<string, unknown> => typeof item === 'object' && item !== null && item.type === 'sdei',
  );
  const names = configurations.map((item) => `"${String(item.name)}"`).join(', ');
  const found = name === undefined ? configurations : configurations.filter((item) => item.name === name);
  if (found.length === 0) {
    throw new UsageError(
      name === undefined || names === ''
        ? `"${file}" has no configuration of type "sdei".`
        : `"${file}" has no configuration "${name}" of type "sdei". It has ${names}.`,
    );
  }
  if (found.length > 1) throw new UsageError(`"${file}" has several configurations of type "sdei". Choose one with --config: ${names}.`);
  const folder = baseName(folderOf(file)) === '.vscode' ? folderOf(folderOf(file)) : folderOf(file);
  return withFullPaths(found[0], folder);
}

function withFullPaths(configuration: Record<string, unknown>, folder: string): Record<string, unknown> {
  const substitute = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(/\$\{(?:workspaceFolder|workspaceRoot)\}/g, folder);
    if (Array.isArray(value)) return value.map(substitute);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item)]));
    return value;
  };
  const full = (value: unknown): unknown => (typeof value === 'string' && value !== '' && !isAbsolute(value) ? join(folder, value) : value);
  const launch = substitute(configuration) as Record<string, unknown>;
  for (const key of ['program', 'kernel', 'initrd']) if (launch[key] !== undefined) launch[key] = full(launch[key]);
  if (launch.symbols !== undefined) launch.symbols = Array.isArray(launch.symbols) ? launch.symbols.map(full) : full(launch.symbols);
  return launch;
}

/** JSON as VS Code writes it: with comments and trailing commas. */
function parseJsonWithComments(file: string, text: string): unknown {
  const plain = text
    .replace(/^\uFEFF/, '')
    .replaceAll(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string: string | undefined) => string ?? ' ')
    .replaceAll(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string: string | undefined) => string ?? '');
  try {
    return JSON.parse(plain);
  } catch (error) {
    throw new UsageError(`"${file}" is not JSON: ${(error as Error).message.replaceAll(/\s+/g, ' ')}.`);
  }
}
