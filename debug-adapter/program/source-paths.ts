/** `directory` and `name` as one path, without `.` and `..` where they can be resolved; `\` is taken for `/`. */
export function joinPath(directory: string, name: string): string {
  const path = name.replaceAll('\\', '/');
  if (isAbsolute(path) || directory === '') return normalizePath(path);
  return normalizePath(`${directory}/${path}`);
}

export function normalizePath(path: string): string {
  const forward = path.replaceAll('\\', '/');
  if (!/(^|\/)(\.{0,2})(\/|$)/.test(forward.slice(1))) return forward.startsWith('./') ? forward.slice(2) : forward;
  const root = forward.startsWith('/') ? '/' : '';
  const kept: string[] = [];
  for (const component of forward.split('/')) {
    if (component === '' || component === '.') continue;
    const parent = kept.at(-1);
    if (component !== '..') kept.push(component);
    else if (parent !== undefined && parent !== '..') kept.pop();
    else if (root === '') kept.push(component);
  }
  return root + kept.join('/');
}

const isAbsolute = (path: string): boolean => path.startsWith('/') || /^[A-Za-z]:\//.test(path);

/**
 * The one of `candidates` that `path` means: itself, else the one that agrees in most trailing components, at least the file name.
 * People build in one place and debug in another. `undefined` if none or several agree equally well.
 */
export function matchPath(path: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalizePath(path);
  const wantedComponents = wanted.split('/').filter((component) => component !== '');
  let best: string | undefined;
  let bestCount = 0;
  for (const candidate of candidates) {
    if (candidate === wanted) return candidate;
    const count = commonTrailingComponents(wantedComponents, candidate);
    if (count > bestCount) {
      best = candidate;
      bestCount = count;
    } else if (count === bestCount) {
      best = undefined;
    }
  }
  return best;
}

function commonTrailingComponents(wanted: readonly string[], candidate: string): number {
  const fileName = wanted.at(-1);
  if (fileName === undefined || !candidate.endsWith(fileName)) return 0;
  const components = candidate.split('/').filter((component) => component !== '');
  let count = 0;
  while (count < wanted.length && count < components.length && wanted.at(-1 - count) === components.at(-1 - count)) count++;
  return count;
}
