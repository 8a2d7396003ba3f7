import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripTypedefsAndQualifiers, typeName, typeSize } from '../../debug-adapter/program/types-of.ts';
import type { Type } from '../../debug-adapter/program/types.ts';

const int: Type = { kind: 'base', name: 'int', size: 4, encoding: 'signed' };
const char: Type = { kind: 'base', name: 'char', size: 1, encoding: 'unsigned-char' };
const nothing: Type = { kind: 'void' };
const node: Type = { kind: 'struct', name: 'node', size: 24, members: () => [] };
const anonymous: Type = { kind: 'union', size: 8, members: () => [] };
const pointer = (to: Type): Type => ({ kind: 'pointer', size: 8, to: () => to });
const array = (element: Type, count?: number): Type => ({
  kind: 'array',
  element: () => element,
  count,
  size: count === undefined ? undefined : count * (typeSize(element) ?? 0),
});
const qualified = (kind: 'const' | 'volatile' | 'restrict' | 'atomic', to: Type): Type => ({ kind, to: () => to });
const functionOf = (returns: Type, ...parameters: readonly Type[]): Extract<Type, { kind: 'function' }> => ({
  kind: 'function',
  returns: () => returns,
  parameters: () => parameters,
});
const word: Type = { kind: 'typedef', name: 'word', to: () => qualified('const', int) };

describe('typeName is the C spelling', () => {
  for (const [name, type] of [
    ['int', int],
    ['void', nothing],
    ['struct node', node],
    ['union {...}', anonymous],
    ['enum state', { kind: 'enum', name: 'state', size: 4, signed: false, enumerators: () => [] }],
    ['struct gone', { kind: 'incomplete', name: 'struct gone' }],
    ['word', word],
    ['struct node *', pointer(node)],
    ['void **', pointer(pointer(nothing))],
    ['char [16]', array(char, 16)],
    ['int [3][4]', array(array(int, 4), 3)],
    ['int []', array(int)],
    ['char *[4]', array(pointer(char), 4)],
    ['char (*)[4]', pointer(array(char, 4))],
    ['int (*)(int)', pointer(functionOf(int, int))],
    ['int (*)(char *, ...)', pointer({ ...functionOf(int, pointer(char)), isVariadic: () => true })],
    ['void (**)(void)', pointer(pointer(functionOf(nothing)))],
    ['int (*[3])(int, char *)', array(pointer(functionOf(int, int, pointer(char))), 3)],
    ['int (*(*)(void))(int)', pointer(functionOf(pointer(functionOf(int, int))))],
    ['const char *', pointer(qualified('const', char))],
    ['char *const', qualified('const', pointer(char))],
    ['const char *const *', pointer(qualified('const', pointer(qualified('const', char))))],
    ['const volatile int', qualified('volatile', qualified('const', int))],
    ['char *const volatile', qualified('volatile', qualified('const', pointer(char)))],
    ['_Atomic int', qualified('atomic', int)],
    ['char *restrict', qualified('restrict', pointer(char))],
    ['const char [6]', qualified('const', array(qualified('const', char), 6))],
    ['const int [2]', qualified('const', array(int, 2))],
    ['int (*const)(int)', qualified('const', pointer(functionOf(int, int)))],
  ] as const) {
    test(name, () => assert.equal(typeName(type), name));
  }
});

describe('typeSize', () => {
  for (const [what, type, size] of [
    ['a pointer', pointer(nothing), 8],
    ['a typedef of a qualified int', word, 4],
    ['an array', array(array(int, 4), 3), 48],
    ['an array of unknown bound', array(int), undefined],
    ['void', nothing, undefined],
    ['a function', functionOf(int), undefined],
    ['an incomplete type', { kind: 'incomplete', name: 'struct gone' }, undefined],
  ] as const) {
    test(`of ${what} is ${size}`, () => assert.equal(typeSize(type), size));
  }
});

test('typedefs and qualifiers are taken off in any order', () =>
  assert.equal(stripTypedefsAndQualifiers(qualified('volatile', word)), int));

describe('a type that is a part of itself, as damage can make it', () => {
  const loop: Type = { kind: 'typedef', name: 'loop', to: () => loop };
  const spiral: Type = pointer({ kind: 'function', returns: () => spiral, parameters: () => [spiral, spiral] });
  test('has no size', () => assert.equal(typeSize(loop), undefined));
  test('has a name of bounded length', () => assert.ok(typeName(spiral).length < 10_000));
});
