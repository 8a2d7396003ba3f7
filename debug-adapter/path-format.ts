/** Sources in messages with a client whose `pathFormat` is `uri` (DAP initialize): inside the adapter they are paths. No file access. */

const SCHEME = /^[a-z][a-z0-9+.-]+:/i;
const DRIVE = /^[a-z]:$/i;

/** A path that names no place on its own (a relative one), and what is a URI already, stay as they are. */
export function fileUriOf(path: string): string {
  if (SCHEME.test(path)) return path;
  const plain = /^(?:[a-z]:)?\\/i.test(path) ? path.replaceAll('\\', '/') : path;
  const [first, ...rest] = plain.split('/');
  if (first !== '' && !DRIVE.test(first)) return path;
  const encoded = rest.map(encodeURIComponent).join('/');
  if (first !== '') return `file:///${first}/${encoded}`;
  return encoded.startsWith('/') ? `file:/${encoded}` : `file:///${encoded}`;
}

/** What is no `file:` URI stays as it is. */
export function pathOfFileUri(uri: string): string {
  const [whole, host, encoded] = /^file:\/\/([^/]*)(\/.*)$/i.exec(uri) ?? [];
  if (whole === undefined) return uri;
  try {
    const path = decodeURIComponent(encoded);
    if (host !== '' && host.toLowerCase() !== 'localhost') return `//${host}${path}`;
    return /^\/[a-z]:/i.test(path) ? path.slice(1) : path;
  } catch {
    return uri;
  }
}

/** A copy of a message in which the path of each DAP Source is a URI. */
export const withUris = <Message>(message: Message): Message => mapped(message, fileUriOf, false) as Message;

/** A copy of a request's arguments in which the path of each DAP Source is a path. */
export const withPaths = <Arguments>(args: Arguments): Arguments => mapped(args, pathOfFileUri, false) as Arguments;

/** By these names messages of the protocol have sources in them. */
const SOURCES = new Set(['source', 'sources', 'location']);

function mapped(value: unknown, change: (path: string) => string, isSource: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, change, isSource));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key,
      isSource && key === 'path' && typeof inner === 'string' ? change(inner) : mapped(inner, change, SOURCES.has(key)),
    ]),
  );
}
