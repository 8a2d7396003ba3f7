// Records what qemu-aarch64 makes of A64 instructions: node test/a64/oracle/record.mjs [group …]
// Compares without recording: node test/a64/oracle/record.mjs --compare WORDS [SEED]
// Needs aarch64-linux-gnu-gcc and qemu-aarch64 7.2 or later. Writes <group>.json next to this file.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { decode, forms, groups, instructions } from '../../../emulator/a64/decode.ts';
import { encode } from '../../../emulator/a64/encoding.ts';
import {
  BRK,
  DATA,
  encodeResult,
  initialRegions,
  initialState,
  PROGRAM_WORDS,
  randomNumbers,
} from './executions.ts';

/** ARMv8.2-A with LSE, CRC32, LRCPC, RDM, DotProd: of QEMU's models the nearest to the emulated PE. */
const CPU = 'neoverse-n1';
const SEED = 0x20260101;
const OPERAND_SETS = 4;
const WORDS_PER_ENCODING = 200;
/** Of the words of an encoding, how many may be unallocated. */
const UNDEFINED_PER_ENCODING = 25;
const WORDS_PER_FORM = 5;

/** Words of features that this QEMU model has and the emulated PE has not. */
const excluded = [
  { why: 'FEAT_LOR: LDLAR, STLLR', mask: 0x3fa08000, value: 0x08800000 },
  { why: 'FEAT_SSBS: MSR SSBS, #imm', mask: 0xfffff0ff, value: 0xd503403f },
  { why: 'FEAT_SHA1, FEAT_SHA256: three-register', mask: 0xff208c00, value: 0x5e000000 },
  { why: 'FEAT_SHA1, FEAT_SHA256: two-register', mask: 0xff3e0c00, value: 0x5e280800 },
  { why: 'FEAT_AES', mask: 0xff3e0c00, value: 0x4e280800 },
  { why: 'FEAT_PMULL', mask: 0xbfe0fc00, value: 0x0ee0e000 },
  { why: 'FEAT_FP16, scalar', mask: 0x5ec00000, value: 0x1ec00000 },
  { why: 'FEAT_FP16, Advanced SIMD scalar three same', mask: 0xdf60c400, value: 0x5e400400 },
  { why: 'FEAT_FP16, Advanced SIMD vector x indexed element', mask: 0x9fc03400, value: 0x0f001000 },
  { why: 'FEAT_FP16, Advanced SIMD scalar x indexed element', mask: 0xdfc03400, value: 0x5f001000 },
  { why: 'FEAT_FP16, Advanced SIMD scalar pairwise', mask: 0xff3fcc00, value: 0x5e30c800 },
  { why: 'FEAT_FP16, Advanced SIMD across lanes', mask: 0xbf3fcc00, value: 0x0e30c800 },
  { why: 'FEAT_FP16, Advanced SIMD modified immediate', mask: 0x9ff8fc00, value: 0x0f00fc00 },
  { why: 'FEAT_FP16, Advanced SIMD SCVTF, UCVTF (fixed-point)', mask: 0x9ff0fc00, value: 0x0f10e400 },
  { why: 'FEAT_FP16, Advanced SIMD FCVTZS, FCVTZU (fixed-point)', mask: 0x9ff0fc00, value: 0x0f10fc00 },
  { why: 'FEAT_FP16, Advanced SIMD scalar SCVTF, UCVTF (fixed-point)', mask: 0xdff0fc00, value: 0x5f10e400 },
  { why: 'FEAT_FP16, Advanced SIMD scalar FCVTZS, FCVTZU (fixed-point)', mask: 0xdff0fc00, value: 0x5f10fc00 },
  { why: 'FEAT_FP16, Advanced SIMD two-register miscellaneous', mask: 0x9f7e0c00, value: 0x0e780800 },
  { why: 'FEAT_FP16, Advanced SIMD scalar two-register miscellaneous', mask: 0xdf7e0c00, value: 0x5e780800 },
  { why: 'FEAT_FP16, Advanced SIMD three same', mask: 0x9f60c400, value: 0x0e400400 },
];
/**
 * Where the Arm ARM's pseudocode faults on an unaligned address and QEMU does not: LDAPR, and store-exclusives that fail anyway.
 * These are recorded with aligned addresses.
 */
const isRecordedAligned = (word) => {
  const result = decode(word);
  if (result.kind !== 'instruction') return false;
  const { name } = result.instruction;
  return name.endsWith(': LDAPR') || (name.startsWith('Load/store exclusive') && !result.decoded.form.load);
};
/** BR, BLR and RET to XZR: QEMU reports the fault of the next fetch. */
const isBranchToZero = (word) => (word & 0xff9fffe0) >>> 0 === 0xd61f03e0;

const kinds = {
  'load-store-register': 'memory',
  'load-store-pair': 'memory',
  'load-store-exclusive': 'memory',
  'atomic-memory-operations': 'memory',
  branches: 'branch',
  'simd-load-store': 'vector memory',
  'simd-load-store-structures': 'vector memory',
  'float-data-processing': 'vector',
  'float-convert': 'vector',
  'simd-three-same': 'vector',
  'simd-three-different': 'vector',
  'simd-two-register': 'vector',
  'simd-reduce': 'vector',
  'simd-indexed': 'vector',
  'simd-shift-immediate': 'vector',
  'simd-copy': 'vector',
};

/** Set anew for each recording. */
let random;
const chance = (percent) => random() % 100 < percent;
const pick = (list) => list[random() % list.length];

/** Word offsets that stay in the code region and away from the program itself. */
const nearOffset = () => (chance(50) ? 8 + (random() % 8000) : -8 - (random() % 8000));

function randomField(name, width, others) {
  const all = 2 ** width;
  if (/^imm(19|26|14)$/.test(name)) return (nearOffset() + 2 ** 26) % all;
  if (name.startsWith('R') && width === 5) {
    if (chance(15)) return 31;
    const registers = Object.entries(others).filter(([other]) => other.startsWith('R'));
    return registers.length && chance(20) ? pick(registers)[1] : random() % 31;
  }
  if (width > 4 && chance(25)) return pick([0, 1, all / 2 - 1, all / 2, all - 1]);
  return random() % all;
}

function randomWord({ encoding }) {
  const fields = {};
  for (const { name, width } of encoding.fields) fields[name] = randomField(name, width, fields);
  let word = encode(encoding, fields);
  const named = encoding.fields.reduce((mask, { lsb, width }) => mask | ((2 ** width - 1) * 2 ** lsb), 0);
  word |= random() & ~(encoding.mask | named);
  return word >>> 0;
}

const isOneOf = (list, word) => list.some(({ mask, value }) => (word & mask) >>> 0 === value);
const isExecutable = (word) => {
  const result = decode(word);
  if (result.kind === 'undefined') return !isOneOf(excluded, word);
  return result.kind === 'instruction' && result.instruction.flow !== 'host';
};

/** Random words of an encoding, and a few of every form. */
function wordsOf(instruction, isWanted) {
  const words = new Set();
  let unallocated = 0;
  for (let tries = 0; words.size < WORDS_PER_ENCODING && tries < 100 * WORDS_PER_ENCODING; tries++) {
    const word = randomWord(instruction);
    if (!isExecutable(word) || !isWanted(word)) continue;
    if (decode(word).kind === 'undefined' && ++unallocated > UNDEFINED_PER_ENCODING) continue;
    words.add(word);
  }
  if (words.size === 0) return [];
  const missing = new Map(forms.flatMap((form, index) => (form.instruction === instruction ? [[index, WORDS_PER_FORM]] : [])));
  const count = (word) => {
    const { formIndex } = decode(word);
    if (!missing.has(formIndex)) return false;
    if (missing.get(formIndex) > 1) missing.set(formIndex, missing.get(formIndex) - 1);
    else missing.delete(formIndex);
    return true;
  };
  for (const word of words) count(word);
  for (let tries = 0; missing.size > 0 && tries < 300_000; tries++) {
    const word = randomWord(instruction);
    if (!words.has(word) && isExecutable(word) && isWanted(word) && count(word)) words.add(word);
  }
  return [...words];
}

/** Fields that say where operands are or what value is meant, not what is done with it. */
const isOperand = (name) => /^(R|imm[0-9]|immb|abc|defgh|scale|nzcv|cond|L$|M$|H$)/.test(name);
const WORDS_PER_OPERATION = 3;
/** Random words of each operation that the fields of an encoding tell apart. */
function wordsOfOperations(instruction) {
  const operations = new Map();
  const words = new Set();
  const names = instruction.encoding.fields.filter(({ name }) => !isOperand(name) || (name === 'imm4' && instruction.name.endsWith('copy')));
  let unallocated = 0;
  for (let tries = 0; tries < 60_000; tries++) {
    const word = randomWord(instruction);
    if (words.has(word) || !isExecutable(word)) continue;
    const result = decode(word);
    if (result.kind === 'instruction' && result.instruction !== instruction) continue;
    if (result.kind === 'undefined') {
      if (unallocated >= UNDEFINED_PER_ENCODING) continue;
      unallocated++;
    }
    const key = names.map(({ lsb, width }) => (word >>> lsb) & (2 ** width - 1)).join();
    const count = operations.get(key) ?? 0;
    if (count === WORDS_PER_OPERATION) continue;
    operations.set(key, count + 1);
    words.add(word);
  }
  return [...words];
}

/** Exclusive loads followed by stores that mostly match them, with other words between. */
function exclusiveSequences() {
  const named = (name) => Object.values(groups['load-store-exclusive']).find((instruction) => instruction.name === name);
  return Array.from({ length: 400 }, () => {
    const instruction = named(chance(50) ? 'Load/store exclusive pair' : 'Load/store exclusive register');
    const size = instruction.encoding.fields[0].width === 1 ? { sz: random() % 2 } : { size: random() % 4 };
    const fields = { ...size, Rs: 31, o0: 0, Rt2: random() % 8, Rn: 8 + (random() % 8), Rt: random() % 8 };
    const otherAddress = 0x91004000 | (fields.Rn << 5) | fields.Rn;
    const between = [0xd503201f, 0xd5033f5f, otherAddress];
    const load = encode(instruction.encoding, { ...fields, L: 1 });
    const store = { ...fields, L: 0, o0: random() % 2, Rs: random() % 31, Rt: random() % 32, Rt2: random() % 32 };
    return [load, ...(chance(40) ? [pick(between)] : []), encode(instruction.encoding, store)];
  });
}

/** Neighbours of allocated words that should be UNDEFINED. */
function undefinedWords() {
  const words = new Set();
  while (words.size < 5000) {
    const instruction = pick(instructions);
    let word = randomWord(instruction);
    for (let flips = 1 + (random() % 3); flips > 0; flips--) word ^= 1 << random() % 32;
    word >>>= 0;
    if (decode(word).kind === 'undefined' && !isOneOf(excluded, word)) words.add(word);
  }
  // Advanced SIMD and floating-point.
  while (words.size < 7000) {
    const word = ((random() & ~0x0e000000) | pick([0x0e000000, 0x0c000000, 0x1e000000])) >>> 0;
    if (decode(word).kind === 'undefined' && !isOneOf(excluded, word)) words.add(word);
  }
  return [...words];
}

const isVector = (group) => /^(float|simd)-/.test(group) && !group.includes('load-store');
const recordings = [
  ...Object.entries(groups).map(([group, members]) => ({
    group,
    kind: kinds[group] ?? 'data',
    programs: () =>
      Object.values(members)
        .filter(({ name }) => !name.startsWith('Load register (literal'))
        .flatMap((instruction) => (isVector(group) ? [...new Set([...wordsOfOperations(instruction), ...wordsOf(instruction, () => true)])].map((word) => [word]) : wordsOf(instruction, (word) => !isRecordedAligned(word) && !isBranchToZero(word)).map((word) => [word]))),
  })),
  {
    group: 'aligned-accesses',
    kind: 'aligned memory',
    programs: () => instructions.flatMap((instruction) => wordsOf(instruction, isRecordedAligned).map((word) => [word])),
  },
  {
    group: 'load-literal',
    kind: 'literal',
    programs: () => wordsOf(groups['load-store-register'].loadLiteral, () => true).map((word) => [word]),
  },
  {
    group: 'simd-load-literal',
    kind: 'vector literal',
    programs: () => wordsOf(groups['simd-load-store'].loadLiteral, () => true).map((word) => [word]),
  },
  { group: 'exclusive-sequences', kind: 'aligned memory', programs: exclusiveSequences },
  { group: 'undefined', kind: 'data', operandSets: 1, programs: () => undefinedWords().map((word) => [word]) },
];

const directory = mkdtempSync(join(tmpdir(), 'a64-oracle-'));
const harness = join(directory, 'harness');
execFileSync('aarch64-linux-gnu-gcc', ['-O2', '-static', '-o', harness, new URL('harness.c', import.meta.url).pathname]);

const INPUT_BYTES = 4 * PROGRAM_WORDS + 8 * 33 + 8 + 16 * 32 + 8 * 2;
const OUTPUT_BYTES = 8 * 35 + 8 + 16 * 32 + 8 * 2;
const endingOfSignal = { 5: 'executed', 4: 'undefined', 7: 'fault', 11: 'fault' };

function runQemu(kind, executions) {
  const inputFile = join(directory, 'input');
  const outputFile = join(directory, 'output');
  const input = new DataView(new ArrayBuffer(INPUT_BYTES * executions.length));
  executions.forEach(({ program, before }, index) => {
    let at = index * INPUT_BYTES;
    for (let i = 0; i < PROGRAM_WORDS; i++, at += 4) input.setUint32(at, program[i] ?? BRK, true);
    for (const value of [...before.x, before.sp, BigInt(before.nzcv)]) {
      input.setBigUint64(at, value, true);
      at += 8;
    }
    at += 8; // alignment
    for (const value of [...before.v.flatMap((value) => [BigInt.asUintN(64, value), value >> 64n]), BigInt(before.fpcr), BigInt(before.fpsr)]) {
      input.setBigUint64(at, value, true);
      at += 8;
    }
  });
  writeFileSync(inputFile, Buffer.concat([...initialRegions(kind).map(({ bytes }) => bytes), new Uint8Array(input.buffer)]));
  execFileSync('qemu-aarch64', ['-cpu', CPU, harness, inputFile, outputFile], { stdio: 'inherit' });
  const output = readFileSync(outputFile);
  let at = 0;
  const next = () => {
    at += 8;
    return output.readBigUInt64LE(at - 8);
  };
  return executions.map(({ program, before }) => {
    if (at + OUTPUT_BYTES > output.length) throw new Error(`the harness ended early, at ${program.map((word) => word.toString(16))}`);
    const ending = endingOfSignal[Number(next())];
    const x = Array.from({ length: 31 }, next);
    const [sp, pc, pstate] = [next(), next(), next()];
    at += 8; // alignment
    const v = Array.from({ length: 32 }, () => next() | (next() << 64n));
    const fpsr = Number(next());
    const written = Array.from({ length: Number(next()) }, () => {
      at += 4;
      const change = output.readUInt32LE(at - 4);
      return [DATA + BigInt(change >>> 8), change & 0xff];
    });
    return { ending, state: { x, sp, pc, nzcv: Number((pstate >> 28n) & 15n), v, fpcr: before.fpcr, fpsr }, written };
  });
}

function record({ group, kind, programs, operandSets = OPERAND_SETS }, seed) {
  random = randomNumbers(seed);
  const list = programs();
  const executions = list.flatMap((program, programIndex) =>
    Array.from({ length: operandSets }, (_, set) => ({
      program,
      before: initialState(kind, program, seed, programIndex * operandSets + set),
    })),
  );
  const results = runQemu(kind, executions);
  const packedWords = Uint32Array.from(list.flatMap((program) => Array.from({ length: PROGRAM_WORDS }, (_, i) => program[i] ?? BRK)));
  const pack = (bytes) => deflateRawSync(bytes, { level: 9 }).toString('base64');
  const recording = {
    group,
    cpu: CPU,
    kind,
    seed,
    operandSets,
    programs: pack(new Uint8Array(packedWords.buffer)),
    results: pack(Buffer.concat(results.map((result, index) => encodeResult(kind, executions[index].before, result)))),
  };
  writeFileSync(new URL(`${group}.json`, import.meta.url), `${JSON.stringify(recording, null, 1)}\n`);
  const count = (ending) => results.filter((result) => result.ending === ending).length;
  console.log(`${group}: ${list.length} programs, ${count('executed')} executed, ${count('undefined')} UNDEFINED, ${count('fault')} faults`);
}

/** A comparison of so many words is written to docs/qemu-comparison.md. */
const WORDS_ON_RECORD = 1_000_000;

function writeComparison(verdict, counts, passedOver) {
  const [qemu] = execFileSync('qemu-aarch64', ['--version'], { encoding: 'utf8' }).split('\n');
  const rows = (lines) => lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const hex = (value) => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
  const encodingOf = (why) => excluded.find((row) => row.why === why);
  const left = [...new Set([...excluded.map(({ why }) => why), ...passedOver.keys()])].map((why) => {
    const encoding = encodingOf(why);
    return [why, encoding ? hex(encoding.mask) : '', encoding ? hex(encoding.value) : '', passedOver.get(why) ?? 0];
  });
  const document = `# Random words, here and in QEMU

Written by \`node test/a64/oracle/record.mjs --compare ${WORDS_ON_RECORD}\` on ${new Date().toISOString().slice(0, 10)}, beside ${qemu}, -cpu ${CPU}.
Each word is an encoding of [instructions.md](instructions.md), all of them equally often, with random operand fields, and is executed once from random and
edge-case registers, memory and FPCR: the ending, all registers, flags, FPSR and written memory must be the same.

**${verdict}.**

| Group | Words | UNDEFINED | Faults |
| --- | --- | --- | --- |
${rows(Object.entries(counts).map(([group, { words, undefined: none, faults }]) => [group, words, none, faults]))}

Left out, with how many random words were so:

| Why | Mask | Value | Words |
| --- | --- | --- | --- |
${rows(left)}

Words of extensions are left out where this model of QEMU has them and the emulated PE has not: here they are UNDEFINED.
System instructions and registers cannot be seen in user mode; they are compared with qemu-system-aarch64 (\`test/system/oracle\`). BR, BLR and RET to XZR are left out since QEMU
reports the fault of the next fetch. LDAPR and store-exclusives have aligned addresses, since QEMU does not fault where the Arm ARM does.
`;
  writeFileSync(new URL('../../../docs/qemu-comparison.md', import.meta.url), document);
}

/** Every so many words are executed by translated code, too: each costs a WebAssembly module. */
const TRANSLATED_EVERY = 50;
/** What a program in user mode cannot show: the machine's instructions, and moves from its registers. */
const isOfTheSystem = ({ flow, name }) => flow === 'host' || /^System (register move|instructions)/.test(name);
/** The kind of operands that a word is compared with, as its recording has it. */
function operandsOf(group, instruction, word) {
  if (instruction.name.startsWith('Load register (literal')) return group === 'simd-load-store' ? 'vector literal' : 'literal';
  return isRecordedAligned(word) ? 'aligned memory' : (kinds[group] ?? 'data');
}
const outcomeText = ({ state, ending, written }) =>
  ending === 'undefined'
    ? ending
    : JSON.stringify([ending, state.x, state.sp, state.pc, state.nzcv, state.v, state.fpsr >>> 0, written], (_, value) =>
        typeof value === 'bigint' ? value.toString(16) : value,
      );

/** Random words of all groups, each executed once by QEMU and by the interpreter, and some by translated code. */
async function compare(total, seed) {
  const { engines } = await import('../engines.ts');
  const [, interpreter, , translator] = engines.map((make) => make());
  const BATCH = 20_000;
  const pool = Object.entries(groups).flatMap(([group, members]) =>
    Object.values(members).flatMap((instruction) => (isOfTheSystem(instruction) ? [] : [{ group, instruction }])),
  );
  const counts = Object.fromEntries(Object.keys(groups).map((group) => [group, { words: 0, undefined: 0, faults: 0 }]));
  const passedOver = new Map();
  const passOver = (why) => passedOver.set(why, (passedOver.get(why) ?? 0) + 1);
  let compared = 0;
  let translated = 0;
  let different = 0;
  random = randomNumbers(seed);
  while (compared < total) {
    const batches = new Map();
    for (let count = Math.min(BATCH, total - compared); count > 0; ) {
      const { group, instruction } = pick(pool);
      const word = randomWord(instruction);
      const result = decode(word);
      const reason =
        result.kind === 'undefined'
          ? excluded.find(({ mask, value }) => (word & mask) >>> 0 === value)?.why
          : isOfTheSystem(result.instruction)
            ? 'system instructions and registers'
            : isBranchToZero(word)
              ? 'BR, BLR and RET to XZR'
              : undefined;
      if (reason !== undefined) {
        passOver(reason);
        continue;
      }
      const kind = operandsOf(group, instruction, word);
      batches.set(kind, batches.get(kind) ?? []);
      batches.get(kind).push({ group, program: [word], before: initialState(kind, [word], seed, compared + count) });
      count--;
    }
    for (const [kind, executions] of batches) {
      for (const engine of [interpreter, translator]) engine.load(initialRegions(kind));
      runQemu(kind, executions).forEach((expected, index) => {
        const { group, program, before } = executions[index];
        counts[group].words++;
        if (expected.ending === 'undefined') counts[group].undefined++;
        if (expected.ending === 'fault') counts[group].faults++;
        const asked = [interpreter, ...(compared % TRANSLATED_EVERY === 0 ? [translator] : [])];
        translated += asked.length - 1;
        compared++;
        for (const engine of asked) {
          const actual = outcomeText(engine.run(program, before));
          if (actual === outcomeText(expected)) continue;
          different++;
          console.log(`0x${program[0].toString(16)}, ${kind}, seed ${seed}, ${engine.name}: ${actual}\n  QEMU: ${outcomeText(expected)}`);
        }
      });
    }
  }
  console.table(counts);
  console.table(Object.fromEntries([...passedOver].sort()));
  const verdict = `${compared} words compared (${translated} of them in translated code, too), ${different} differences`;
  console.log(verdict);
  if (compared >= WORDS_ON_RECORD) writeComparison(`${verdict}, seed ${seed}`, counts, passedOver);
}

const wanted = process.argv.slice(2);
if (wanted[0] === '--compare') await compare(Number(wanted[1]), Number(wanted[2] ?? SEED));
else
recordings.forEach((recording, index) => {
  if (wanted.length === 0 || wanted.includes(recording.group)) record(recording, SEED + index * 0x1000003);
  });
rmSync(directory, { recursive: true });
