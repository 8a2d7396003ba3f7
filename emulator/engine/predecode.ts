import { decode } from '../a64/decode.ts';
import { DISCARD, type Flow, ZERO } from '../a64/instruction.ts';
import { RECORD } from '../cpu-state.ts';
import { SPECIAL, formCases } from './cases.ts';

/** How control leaves a record: DIRECT branches last, and before them what always leaves. */
export const FLOW = { ON: 0, HOST: 1, INDIRECT: 2, JUMP: 3, BRANCH: 4 } as const;
const flowNumber: Readonly<Record<Flow, number>> = { host: FLOW.HOST, indirect: FLOW.INDIRECT, jump: FLOW.JUMP, branch: FLOW.BRANCH };

/** What is the same wherever an instruction stands: a {@link RECORD} in 32-bit words, but for the first one and the last two. */
export const PREDECODED = {
  WORDS: RECORD.BYTES / 4,
  /** Case number, in bits 31:16 that of the far variant. */
  CASES: 0,
  /** A {@link FLOW}. */
  FLOW: RECORD.TARGET / 4,
  IS_KNOWN: RECORD.COUNTER / 4,
} as const;

const LOG_ENTRIES = 15;
const bytes = new ArrayBuffer(RECORD.BYTES << LOG_ENTRIES);
/** Of the words that were decoded last; {@link predecode} says where. */
export const predecoded = new Int32Array(bytes);
const halfwords = new Uint16Array(bytes);
const immediates = new BigInt64Array(bytes);
const wordOf = new Int32Array(1 << LOG_ENTRIES);

/** Most words of a program occur many times. @returns the index in {@link predecoded} of the first of its words; valid until the next call */
export function predecode(word: number): number {
  const entry = Math.imul(word, 0x9e37_79b1) >>> (32 - LOG_ENTRIES);
  const at = entry * PREDECODED.WORDS;
  if (wordOf[entry] !== (word | 0) || predecoded[at + PREDECODED.IS_KNOWN] === 0) {
    fill(at, word);
    wordOf[entry] = word;
  }
  return at;
}

function fill(at: number, word: number): void {
  predecoded[at + PREDECODED.IS_KNOWN] = 1;
  const result = decode(word >>> 0);
  if (result.kind !== 'instruction') {
    predecoded[at + PREDECODED.CASES] = SPECIAL.HOST;
    predecoded[at + PREDECODED.FLOW] = FLOW.INDIRECT;
    return;
  }
  const { flow } = result.instruction;
  const { d = DISCARD, n = ZERO, m = ZERO, a = ZERO, imm = 0n, imm2 = 0 } = result.decoded;
  const { near, far } = formCases[result.formIndex];
  predecoded[at + PREDECODED.CASES] = near | (far << 16);
  predecoded[at + RECORD.IMM2 / 4] = imm2;
  halfwords[2 * at + RECORD.D / 2] = d * 8;
  halfwords[2 * at + RECORD.N / 2] = n * 8;
  halfwords[2 * at + RECORD.M / 2] = m * 8;
  halfwords[2 * at + RECORD.A / 2] = a * 8;
  immediates[at / 2 + RECORD.IMM / 8] = imm;
  predecoded[at + PREDECODED.FLOW] = flow === undefined ? FLOW.ON : flowNumber[flow];
}
