import type { Type } from './types.ts';

/** C's own types under LP64 (AAPCS64, "Fundamental data types"), for programs whose debug information does not mention them. */
export const builtInTypes: ReadonlyMap<string, Type> = new Map(
  (
    [
      ['char', 1, 'unsigned-char'],
      ['signed char', 1, 'signed-char'],
      ['unsigned char', 1, 'unsigned-char'],
      ['short', 2, 'signed'],
      ['unsigned short', 2, 'unsigned'],
      ['int', 4, 'signed'],
      ['unsigned int', 4, 'unsigned'],
      ['long', 8, 'signed'],
      ['unsigned long', 8, 'unsigned'],
      ['long long', 8, 'signed'],
      ['unsigned long long', 8, 'unsigned'],
      ['__int128', 16, 'signed'],
      ['unsigned __int128', 16, 'unsigned'],
      ['_Bool', 1, 'boolean'],
      ['float', 4, 'float'],
      ['double', 8, 'float'],
    ] as const
  ).map(([name, size, encoding]): [string, Type] => [name, { kind: 'base', name, size, encoding }]),
);
