/** File paths as text: POSIX, Windows or URIs, whichever the client and the debug information use. No file access. */

export const isAbsolute = (path: string): boolean => /^(?:[/\\]|[a-z]:[/\\]|[a-z][a-z0-9+.-]+:\/)/i.test(path);

export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return end < 0 ? '.' : end === 0 ? path.slice(0, 1) : path.slice(0, end);
}

export function join(folder: string, path: string): string {
  if (isAbsolute(path)) return path;
  const separator = folder.includes('\\') && !folder.includes('/') ? '\\' : '/';
  return normalize(folder.endsWith('/') || folder.endsWith('\\') ? folder + path : folder + separator + path);
}

/** Resolves `.` and `..` parts, keeping separators and a URI's scheme. */
export function normalize(path: string): string {
  const [root] = /^(?:[a-z][a-z0-9+.-]+:\/\/[^/]*\/?|[a-z]:[/\\]|[/\\])?/i.exec(path) ?? [''];
  const separator = path.includes('\\') && !path.includes('/') ? '\\' : '/';
  const parts: string[] = [];
  for (const part of path.slice(root.length).split(/[/\\]/)) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || root === '') parts.push(part);
  }
  return root + parts.join(separator) || '.';
}

/** Equal up to separators, `.` parts and, for Windows paths, case. */
export function samePath(a: string, b: string): boolean {
  return pathKey(a) === pathKey(b);
}

/** Equal for paths that are the {@link samePath}. */
export function pathKey(path: string): string {
  const plain = normalize(path).replaceAll('\\', '/');
  return /^[a-z]:\//i.test(plain) ? plain.toLowerCase() : plain;
}

/** How many trailing parts two paths have in common. */
export function commonTail(a: string, b: string): number {
  const left = pathKey(a).split('/').reverse();
  const right = pathKey(b).split('/').reverse();
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}
