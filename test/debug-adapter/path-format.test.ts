import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileUriOf, pathOfFileUri, withPaths, withUris } from '../../debug-adapter/path-format.ts';

/** A path, its URI, and the path that the URI means; absent: the same path. */
const pairs: readonly (readonly [string, string, string?])[] = [
  ['/home/me/a.c', 'file:///home/me/a.c'],
  ['/home/me/50 %/ä#?.c', 'file:///home/me/50%20%25/%C3%A4%23%3F.c'],
  ['C:\\work\\a.c', 'file:///C:/work/a.c', 'C:/work/a.c'],
  ['c:/work/a b.c', 'file:///c:/work/a%20b.c'],
  ['\\\\server\\share\\a.c', 'file://server/share/a.c', '//server/share/a.c'],
  ['//server/share/a.c', 'file://server/share/a.c'],
  ['vscode-vfs://github/a.c', 'vscode-vfs://github/a.c'],
  ['lib/a.c', 'lib/a.c'],
];
for (const [path, uri, back = path] of pairs) {
  test(`${path} is ${uri}`, () => {
    assert.equal(fileUriOf(path), uri);
    assert.equal(pathOfFileUri(uri), back);
  });
}

const accepted: readonly (readonly [string, string])[] = [
  ['file:///c%3A/work/a.c', 'c:/work/a.c'],
  ['FILE://localhost/home/a.c', '/home/a.c'],
  ['/home/a%20.c', '/home/a%20.c'],
  ['file:///home/%zz.c', 'file:///home/%zz.c'],
];
for (const [uri, path] of accepted) test(`${uri} means ${path}`, () => assert.equal(pathOfFileUri(uri), path));

test('paths of sources are changed in a message, and nothing else is', () => {
  const source = { name: 'a.c', path: '/a.c' };
  const message = {
    body: { stackFrames: [{ source, path: '/b' }], sources: [source], module: { path: '/c' }, location: source, source: 'platform' },
  };
  const uris = withUris(message);
  const there = { name: 'a.c', path: 'file:///a.c' };
  assert.deepEqual(uris, {
    body: { stackFrames: [{ source: there, path: '/b' }], sources: [there], module: { path: '/c' }, location: there, source: 'platform' },
  });
  assert.deepEqual(source, { name: 'a.c', path: '/a.c' });
  assert.deepEqual(withPaths(uris), message);
});
