/** What stepping must know of an instruction before it is executed. */
export type InstructionKind = 'call' | 'return' | 'exception-return' | 'exception-call' | 'wait' | 'other';

/** Arm ARM, "Branches, Exception Generating and System instructions". */
const kinds: readonly { readonly mask: number; readonly value: number; readonly kind: InstructionKind }[] = [
  { mask: 0xfc000000, value: 0x94000000, kind: 'call' }, // BL
  { mask: 0xfffffc1f, value: 0xd63f0000, kind: 'call' }, // BLR
  { mask: 0xfefff800, value: 0xd63f0800, kind: 'call' }, // BLRAA, BLRAB, BLRAAZ, BLRABZ
  { mask: 0xfffffc1f, value: 0xd65f0000, kind: 'return' }, // RET
  { mask: 0xfffffbff, value: 0xd65f0bff, kind: 'return' }, // RETAA, RETAB
  { mask: 0xffffffff, value: 0xd69f03e0, kind: 'exception-return' }, // ERET
  { mask: 0xfffffbff, value: 0xd69f0bff, kind: 'exception-return' }, // ERETAA, ERETAB
  { mask: 0xffe0001f, value: 0xd4000001, kind: 'exception-call' }, // SVC
  { mask: 0xffe0001f, value: 0xd4000002, kind: 'exception-call' }, // HVC
  { mask: 0xffe0001f, value: 0xd4000003, kind: 'exception-call' }, // SMC
  { mask: 0xffffffff, value: 0xd503207f, kind: 'wait' }, // WFI
  { mask: 0xffffffff, value: 0xd503205f, kind: 'wait' }, // WFE
];

export function instructionKind(word: number): InstructionKind {
  return kinds.find(({ mask, value }) => (word & mask) >>> 0 === value)?.kind ?? 'other';
}
