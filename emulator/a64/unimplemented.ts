import { type Encoding, parseEncoding } from './encoding.ts';

/** Encodings that ARMv8.0-A with our extensions allocates, but that are not implemented yet. Words found here are not UNDEFINED. */
export interface Unimplemented {
  /** The class title in the Arm ARM, under its group. */
  readonly name: string;
  readonly encoding: Encoding;
}

const group = (title: string, classes: Readonly<Record<string, string | readonly string[]>>): Unimplemented[] =>
  Object.entries(classes).flatMap(([name, patterns]) =>
    [patterns].flat().map((pattern) => ({ name: `${title}: ${name}`, encoding: parseEncoding(pattern) })),
  );

export const unimplemented: readonly Unimplemented[] = [
  ...group('Advanced SIMD and floating-point load/store', {
    'Advanced SIMD load/store multiple structures': '0 Q:1 001100 0 L:1 000000 opcode:4 size:2 Rn:5 Rt:5',
    'Advanced SIMD load/store multiple structures (post-indexed)': '0 Q:1 001100 1 L:1 0 Rm:5 opcode:4 size:2 Rn:5 Rt:5',
    'Advanced SIMD load/store single structure': '0 Q:1 001101 0 L:1 R:1 00000 opcode:3 S:1 size:2 Rn:5 Rt:5',
    'Advanced SIMD load/store single structure (post-indexed)': '0 Q:1 001101 1 L:1 R:1 Rm:5 opcode:3 S:1 size:2 Rn:5 Rt:5',
    'Load register (literal, SIMD&FP)': ['0 opc0:1 011 1 00 imm19:19 Rt:5', '10 011 1 00 imm19:19 Rt:5'],
    'Load/store register pair (SIMD&FP)': [
      '0 opc0:1 101 1 0 mode:2 L:1 imm7:7 Rt2:5 Rn:5 Rt:5',
      '10 101 1 0 mode:2 L:1 imm7:7 Rt2:5 Rn:5 Rt:5',
    ],
    'Load/store register (unscaled immediate, SIMD&FP)': 'size:2 111 1 00 opc:2 0 imm9:9 00 Rn:5 Rt:5',
    'Load/store register (immediate post-indexed, pre-indexed, SIMD&FP)': 'size:2 111 1 00 opc:2 0 imm9:9 pre:1 1 Rn:5 Rt:5',
    'Load/store register (register offset, SIMD&FP)': 'size:2 111 1 00 opc:2 1 Rm:5 option:3 S:1 10 Rn:5 Rt:5',
    'Load/store register (unsigned immediate, SIMD&FP)': 'size:2 111 1 01 opc:2 imm12:12 Rn:5 Rt:5',
  }),
  ...group('Advanced SIMD', {
    'table lookup': '0 Q:1 001110 000 Rm:5 0 len:2 op:1 00 Rn:5 Rd:5',
    permute: '0 Q:1 001110 size:2 0 Rm:5 0 opcode:3 10 Rn:5 Rd:5',
    extract: '0 Q:1 101110 000 Rm:5 0 imm4:4 0 Rn:5 Rd:5',
    copy: '0 Q:1 op:1 01110000 imm5:5 0 imm4:4 1 Rn:5 Rd:5',
    'three same': '0 Q:1 U:1 01110 size:2 1 Rm:5 opcode:5 1 Rn:5 Rd:5',
    'three same extra (SQRDMLAH, SQRDMLSH, SDOT, UDOT)': '0 Q:1 U:1 01110 size:2 0 Rm:5 1 00 opcode:2 1 Rn:5 Rd:5',
    'two-register miscellaneous': '0 Q:1 U:1 01110 size:2 10000 opcode:5 10 Rn:5 Rd:5',
    'across lanes': '0 Q:1 U:1 01110 size:2 11000 opcode:5 10 Rn:5 Rd:5',
    'three different': '0 Q:1 U:1 01110 size:2 1 Rm:5 opcode:4 00 Rn:5 Rd:5',
    'modified immediate and shift by immediate': '0 Q:1 U:1 011110 immh:4 immb:3 opcode:5 1 Rn:5 Rd:5',
    'vector x indexed element': '0 Q:1 U:1 01111 size:2 L:1 M:1 Rm:4 opcode:4 H:1 0 Rn:5 Rd:5',
    'scalar copy': '01 op:1 11110000 imm5:5 0 imm4:4 1 Rn:5 Rd:5',
    'scalar three same': '01 U:1 11110 size:2 1 Rm:5 opcode:5 1 Rn:5 Rd:5',
    'scalar three same extra (SQRDMLAH, SQRDMLSH)': '01 U:1 11110 size:2 0 Rm:5 1 00 opcode:2 1 Rn:5 Rd:5',
    'scalar two-register miscellaneous': '01 U:1 11110 size:2 10000 opcode:5 10 Rn:5 Rd:5',
    'scalar pairwise': '01 U:1 11110 size:2 11000 opcode:5 10 Rn:5 Rd:5',
    'scalar three different': '01 U:1 11110 size:2 1 Rm:5 opcode:4 00 Rn:5 Rd:5',
    'scalar shift by immediate': '01 U:1 111110 immh:4 immb:3 opcode:5 1 Rn:5 Rd:5',
    'scalar x indexed element': '01 U:1 11111 size:2 L:1 M:1 Rm:4 opcode:4 H:1 0 Rn:5 Rd:5',
  }),
  ...group('Floating-point', {
    'conversion between floating-point and fixed-point': 'sf:1 00 11110 0 ptype0:1 0 rmode:2 opcode:3 scale:6 Rn:5 Rd:5',
    'conversion between floating-point and integer': [
      'sf:1 00 11110 0 ptype0:1 1 rmode:2 opcode:3 000000 Rn:5 Rd:5',
      '1 00 11110 10 1 01 11 op:1 000000 Rn:5 Rd:5',
    ],
    'data-processing (1 source)': '0 00 11110 0 ptype0:1 1 opcode:6 10000 Rn:5 Rd:5',
    compare: '0 00 11110 0 ptype0:1 1 Rm:5 00 1000 Rn:5 opcode2:2 000',
    immediate: '0 00 11110 0 ptype0:1 1 imm8:8 100 00000 Rd:5',
    'conditional compare': '0 00 11110 0 ptype0:1 1 Rm:5 cond:4 01 Rn:5 op:1 nzcv:4',
    'data-processing (2 source)': '0 00 11110 0 ptype0:1 1 Rm:5 opcode:4 10 Rn:5 Rd:5',
    'conditional select': '0 00 11110 0 ptype0:1 1 Rm:5 cond:4 11 Rn:5 Rd:5',
    'data-processing (3 source)': '0 00 11111 0 ptype0:1 o1:1 Rm:5 o0:1 Ra:5 Rn:5 Rd:5',
    'conversion from half precision': '0 00 11110 11 1 0001 opcode:2 10000 Rn:5 Rd:5',
  }),
];
