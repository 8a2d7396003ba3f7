import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinPath, matchPath, normalizePath } from '../../debug-adapter/program/source-paths.ts';

describe('normalizePath', () => {
  for (const [path, normal] of [
    ['/a/b.c', '/a/b.c'],
    ['/a/./b.c', '/a/b.c'],
    ['/a/../b.c', '/b.c'],
    ['/../b.c', '/b.c'],
    ['a//b.c', 'a/b.c'],
    ['./b.c', 'b.c'],
    ['../b.c', '../b.c'],
    ['../../a/../b.c', '../../b.c'],
    ['C:\\a\\b.c', 'C:/a/b.c'],
    ['a/.hidden/b.c', 'a/.hidden/b.c'],
    ['a/..b/c.c', 'a/..b/c.c'],
    ['a/b/..', 'a'],
  ] as const) {
    test(`${path} is ${normal}`, () => assert.equal(normalizePath(path), normal));
  }
});

describe('joinPath', () => {
  for (const [directory, name, path] of [
    ['/src', 'a.c', '/src/a.c'],
    ['/src', '../a.c', '/a.c'],
    ['/src', '/other/a.c', '/other/a.c'],
    ['C:/src', 'D:\\a.c', 'D:/a.c'],
    ['', 'a.c', 'a.c'],
    ['.', 'a.c', 'a.c'],
  ] as const) {
    test(`${name} in "${directory}" is ${path}`, () => assert.equal(joinPath(directory, name), path));
  }
});

describe('matchPath', () => {
  const sources = ['/build/kernel/main.c', '/build/lib/main.c', '/build/lib/list.h', 'C:/build/drivers/uart.c', 'boot.S'];
  for (const [path, expected] of [
    ['/build/kernel/main.c', '/build/kernel/main.c'],
    ['/home/me/kernel/main.c', '/build/kernel/main.c'],
    ['lib/main.c', '/build/lib/main.c'],
    ['list.h', '/build/lib/list.h'],
    ['c:\\work\\drivers\\uart.c', 'C:/build/drivers/uart.c'],
    ['/home/me/boot.S', 'boot.S'],
    ['/build/x/../kernel/main.c', '/build/kernel/main.c'],
    ['main.c', undefined], // two agree equally well
    ['/other/main.c', undefined],
    ['LIST.H', undefined],
    ['st.h', undefined],
    ['', undefined],
  ] as const) {
    test(`"${path}" is ${expected ?? 'no source'}`, () => assert.equal(matchPath(path, sources), expected));
  }
});
