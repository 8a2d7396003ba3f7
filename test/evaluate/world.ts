/** The guest that the expression tables speak of. */
import { array, bytes, constant, enumeration, type FakeWorld, member, pointer, struct, typedef, types, union } from './fake.ts';

export const state = enumeration('state', { IDLE: 0, RUNNING: 1, STOPPED: 5 });
export const flags = enumeration('flags', { READ: 1, WRITE: 2, EXECUTE: 4 });
export const level = enumeration('signed_level', { LOW: -3, HIGH: 7 }, true);
export const handlerType = pointer({ kind: 'function', returns: () => types.int, parameters: () => [types.int] });
export const node = struct('node', 24, () => [
  member('value', 0, types.int),
  member('kind', 4, state),
  member('next', 8, pointer(node)),
  member('name', 16, pointer(constant(types.char))),
]);
export const packet = struct('packet', 16, () => [
  member('low', 0, types.unsigned, { offset: 0, size: 3 }),
  member('signedBits', 0, types.int, { offset: 3, size: 5 }),
  member('wide', 0, types.unsigned, { offset: 8, size: 20 }),
  member(
    undefined,
    4,
    union(undefined, 4, () => [member('word', 0, types.unsigned), member('bytes', 0, array(typedef('uint8_t', types.unsignedChar), 4))]),
  ),
  member('text', 8, array(types.char, 8)),
  member('rest', 16, array(types.char)),
]);

const float = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
const double = (value: number) => new Uint8Array(Float64Array.of(value).buffer);

export function world(): FakeWorld {
  const memory = new Map<bigint, Uint8Array>();
  const at = (address: bigint, content: Uint8Array) => (memory.set(address, content), address);
  const first = 0x4000_1000n;
  const second = 0x4000_1018n;
  return {
    memory,
    types: {
      'struct node': node,
      'struct packet': packet,
      'struct ghost': { kind: 'incomplete', name: 'struct ghost' },
      node_t: typedef('node_t', node),
      handler_t: typedef('handler_t', handlerType),
      state,
      'enum state': state,
      'enum flags': flags,
    },
    labels: { vectors: [0x4009_0000n, 0], table: [0x4000_00d0n, 4] },
    functions: { handler: 0x4008_0000n, idle: 0x4008_0100n },
    registers: { x0: 0xffff_ffff_8000_0001n, SCTLR_EL1: 0x30d0_0801n, MIDR_EL1: 0x410f_d083n },
    systemRegisters: [
      {
        name: 'SCTLR_EL1',
        bits: 64,
        writable: true,
        group: 'Control',
        fields: [
          { name: 'M', msb: 0, lsb: 0, values: { 0: 'MMU off', 1: 'MMU on' } },
          { name: 'EE', msb: 25, lsb: 25 },
          { name: 'TCF', msb: 41, lsb: 40 },
        ],
      },
      { name: 'MIDR_EL1', bits: 64, writable: false, group: 'Identification', description: 'Main ID Register' },
    ],
    locals: [
      { name: 'i', type: types.int, at: at(0x4000_0000n, bytes([5, 4])) },
      { name: 'negative', type: types.int, at: at(0x4000_0010n, bytes([-7, 4])) },
      { name: 'u', type: types.unsigned, at: at(0x4000_0020n, bytes([0xffff_fff0, 4])) },
      { name: 'c', type: types.char, at: at(0x4000_0030n, bytes([0x61, 1])) },
      { name: 'sc', type: types.signedChar, at: at(0x4000_0031n, bytes([-1, 1])) },
      { name: 'uc', type: types.unsignedChar, at: at(0x4000_0032n, bytes([200, 1])) },
      { name: 'flag', type: types.bool, at: at(0x4000_0033n, bytes([1, 1])) },
      { name: 'h', type: types.short, at: at(0x4000_0034n, bytes([-2, 2])) },
      { name: 'uh', type: types.unsignedShort, at: at(0x4000_0036n, bytes([0xffff, 2])) },
      { name: 'l', type: types.long, at: at(0x4000_0040n, bytes([-1n, 8])) },
      { name: 'ul', type: types.unsignedLong, at: at(0x4000_0050n, bytes([0xffff_ffff_ffff_fff0n, 8])) },
      { name: 'big', type: types.int128, at: at(0x4000_0060n, bytes([1n << 100n, 16])) },
      { name: 'f', type: types.float, at: at(0x4000_0080n, float(0.1)) },
      { name: 'd', type: types.double, at: at(0x4000_0088n, double(2.5)) },
      { name: 'ld', type: types.longDouble, at: at(0x4000_0090n, bytes([0x3fffn << 112n, 16])) },
      { name: 'half', type: types.half, at: at(0x4000_00a0n, bytes([0x3c00, 2])) },
      { name: 'z', type: types.complex, at: at(0x4000_00b0n, bytes(double(1.5), double(-2))) },
      { name: 's', type: state, at: at(0x4000_00c0n, bytes([1, 4])) },
      { name: 'm', type: flags, at: at(0x4000_00c8n, bytes([5, 4])) },
      { name: 'level', type: level, at: at(0x4000_00d0n, bytes([-3, 4])) },
      { name: 'numbers', type: array(types.int, 4), at: at(0x4000_0100n, bytes([10, 4], [20, 4], [30, 4], [40, 4])) },
      { name: 'grid', type: array(array(types.short, 3), 2), at: at(0x4000_0120n, bytes([1, 2], [2, 2], [3, 2], [4, 2], [5, 2], [6, 2])) },
      { name: 'p', type: pointer(types.int), at: at(0x4000_0140n, bytes([0x4000_0104n, 8])) },
      { name: 'nothing', type: pointer(types.int), at: at(0x4000_0148n, bytes([0, 8])) },
      { name: 'wild', type: pointer(types.int), at: at(0x4000_0150n, bytes([0xdead_0000n, 8])) },
      { name: 'v', type: pointer(types.void), at: at(0x4000_0158n, bytes([0x4000_0100n, 8])) },
      { name: 'text', type: pointer(types.char), at: at(0x4000_0160n, bytes([0x4000_0200n, 8])) },
      { name: 'buffer', type: array(types.char, 8), at: at(0x4000_0168n, bytes('ab\n"', new Uint8Array(4))) },
      { name: 'fn', type: handlerType, at: at(0x4000_0170n, bytes([0x4008_0000n, 8])) },
      { name: 'head', type: node, at: at(first, bytes([1, 4], [0, 4], [second, 8], [0x4000_0200n, 8], [2, 4], [1, 4], [0, 8], [0, 8])) },
      { name: 'list', type: pointer(typedef('node_t', node)), at: at(0x4000_0178n, bytes([first, 8])) },
      { name: 'ghost', type: pointer({ kind: 'incomplete', name: 'struct ghost' }), at: at(0x4000_0180n, bytes([first, 8])) },
      // low = 5, signedBits = -3, wide = 0xabcde; word = 0x04030201
      {
        name: 'packet',
        type: packet,
        at: at(0x4000_0190n, bytes([5 | (29 << 3) | (0xabcde << 8), 4], [0x0403_0201, 4], 'hello', new Uint8Array(3))),
      },
      { name: 'gone', type: types.int, at: { kind: 'optimized-out' } },
      { name: 'inRegister', type: types.int, at: { kind: 'register', register: 19 } },
      { name: 'folded', type: types.int, at: { kind: 'value', bytes: bytes([42, 4]) } },
      {
        name: 'split',
        type: struct('pair', 16, () => [member('a', 0, types.long), member('b', 8, types.long)]),
        at: {
          kind: 'pieces',
          pieces: [
            { bits: 64, skip: 0, location: { kind: 'register', register: 3 } },
            { bits: 64, skip: 0, location: { kind: 'optimized-out' } },
          ],
        },
      },
      // low and signedBits in bits of X25 (0b11001), the others nowhere
      {
        name: 'splitPacket',
        type: packet,
        at: {
          kind: 'pieces',
          pieces: [
            { bits: 3, skip: 1, location: { kind: 'register', register: 25 } },
            { bits: 5, skip: 0, location: { kind: 'register', register: 25 } },
            { bits: 24, skip: 0, location: { kind: 'optimized-out' } },
          ],
        },
      },
      {
        name: 'secondOnly',
        type: struct('pair', 16, () => [member('a', 0, types.long), member('b', 8, types.long)]),
        at: {
          kind: 'pieces',
          pieces: [
            { bits: 64, skip: 0, location: { kind: 'optimized-out' } },
            { bits: 64, skip: 0, location: { kind: 'register', register: 3 } },
          ],
        },
      },
      { name: 'goneArray', type: array(types.int, 3), at: { kind: 'optimized-out' } },
      { name: 'shadowed', type: types.int, at: 0x4000_0000n, depth: 0 },
      { name: 'shadowed', type: types.int, at: 0x4000_0010n, depth: 1 },
    ],
    globals: [
      { name: 'twice', type: types.int, at: at(0x4000_0320n, bytes([1, 4])), path: '/src/other.c' },
      { name: 'twice', type: types.int, at: at(0x4000_0330n, bytes([2, 4])), path: '/src/handler.c' },
      { name: 'count', type: types.int, at: at(0x4000_0300n, bytes([99, 4], [0, 4])), path: '/src/main.c' },
      { name: 'ticks', type: types.unsigned, at: at(0x4000_0310n, bytes([7, 4], [0, 4])), path: '/src/timer.c' },
    ],
    ...strings(at),
  };
}

function strings(at: (address: bigint, content: Uint8Array) => bigint) {
  at(0x4000_0200n, bytes('first', new Uint8Array(1)));
  return {};
}
