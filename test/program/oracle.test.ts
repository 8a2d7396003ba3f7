// Our answers about the committed programs against those that binutils, LLVM and gdb gave when they were built.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bigintFromAddress } from '../../debug-adapter/program/addresses.ts';
import { type CfaRule, frameRows, readCallFrames, type RegisterRule } from '../../debug-adapter/program/dwarf/call-frames.ts';
import { DW_UT_type } from '../../debug-adapter/program/dwarf/constants.ts';
import { readLineHeader } from '../../debug-adapter/program/dwarf/line-header.ts';
import { END_SEQUENCE, IS_STATEMENT, PROLOGUE_END, runLineProgram } from '../../debug-adapter/program/dwarf/lines.ts';
import { sectionFromBytes } from '../../debug-adapter/program/dwarf/reader.ts';
import { readUnits } from '../../debug-adapter/program/dwarf/units.ts';
import { debugSections } from '../../debug-adapter/program/debug-sections.ts';
import type { InlineFrame } from '../../debug-adapter/program/program.ts';
import { typeName, typeSize } from '../../debug-adapter/program/types-of.ts';
import type { Member, Type } from '../../debug-adapter/program/types.ts';
import { codeAddresses, elfOfFixture, fixtureNames, openFixture, oracleOf, rowAt } from './fixtures.ts';

const hex = (address: bigint) => `0x${address.toString(16)}`;
const unexpected = (note: string): never => {
  throw new Error(note);
};

for (const name of fixtureNames) {
  describe(name, () => {
    const elf = elfOfFixture(name);
    const program = openFixture(name);
    const oracle = oracleOf(name);
    const addresses = codeAddresses(elf);

    test('line tables have the rows of llvm-dwarfdump', () => {
      const sections = debugSections(elf);
      const rows: string[] = [];
      for (const { root, kind } of readUnits(sections, unexpected).list) {
        // Type units name the line table of the unit they come from.
        if (kind === DW_UT_type) continue;
        const header = readLineHeader(sections, root.lineProgram ?? 0, root.compilationDirectory, root.name);
        const table = runLineProgram(header, () => true);
        table.addresses.forEach((address, row) => {
          const flags = [
            [IS_STATEMENT, 'is_stmt'],
            [PROLOGUE_END, 'prologue_end'],
            [END_SEQUENCE, 'end_sequence'],
          ] as const;
          const names = flags.filter(([flag]) => (table.flags[row] & flag) !== 0).map(([, text]) => text);
          const numbers = [hex(bigintFromAddress(address)), table.lines[row], table.columns[row], table.fileNumbers[row]];
          rows.push([...numbers, ...names].join(' '));
        });
      }
      assert.deepEqual(rows, oracle['llvm-dwarfdump --debug-line']);
    });

    test('statements start where llvm-dwarfdump has a row with is_stmt', () => {
      const starts = new Set<string>();
      for (const row of oracle['llvm-dwarfdump --debug-line']) {
        const [address, line, , , ...flags] = row.split(' ');
        if (flags.includes('is_stmt') && !flags.includes('end_sequence') && line !== '0') starts.add(address);
      }
      assert.deepEqual(new Set(addresses.filter((address) => program.isStatementStart(address)).map(hex)), starts);
    });

    test('the line range of an address is all of its line and nothing else', () => {
      const lineOf = (address: bigint) => program.sourceAt(address)?.line;
      for (const address of addresses) {
        const line = lineOf(address);
        const range = program.lineRangeAt(address);
        assert.equal(range === undefined, line === undefined, hex(address));
        if (range === undefined) continue;
        assert.ok(range.low <= address && address < range.high, hex(address));
        const inside = addresses.filter((other) => range.low <= other && other < range.high).map(lineOf);
        assert.deepEqual(new Set(inside.filter((other) => other !== undefined)), new Set([line]), hex(address));
        assert.notEqual(lineOf(range.high), line, `end of ${hex(address)}`);
      }
    });

    for (const tool of ['llvm-addr2line', 'aarch64-linux-gnu-addr2line'] as const) {
      test(`function, inlined calls and line of every address are those of ${tool}`, () => {
        for (const address of addresses) {
          const isPadding = rowAt(oracle['llvm-addr2line'], address)?.[1].startsWith('?? ');
          const actual = program.inlineChainAt(address).map(spellFrame);
          if (isPadding) assert.deepEqual(actual, [], hex(address));
          else if (!isKnownMistake(tool, name, address))
            assert.deepEqual(actual, rowAt(oracle[tool], address)?.slice(1).map(comparable), hex(address));
        }
      });
    }

    test('frame descriptions have the rows of readelf', () => {
      const sections = ['.debug_frame', '.eh_frame'].flatMap((section) => {
        const contents = elf.contents(section);
        return contents === undefined ? [] : [sectionFromBytes(section, contents.bytes, contents.address)];
      });
      const { descriptions } = readCallFrames(sections, () => true, unexpected);
      const expected = oracle['readelf --debug-dump=frames-interp'];
      assert.ok(descriptions.length > 0);
      assert.equal(descriptions.length, Object.keys(expected).length);
      for (const description of descriptions) {
        const range = `${hex(bigintFromAddress(description.low))}..${hex(bigintFromAddress(description.high))}`;
        const rows = [...frameRows(description)].map(({ low, cfa, rules }) =>
          [
            hex(bigintFromAddress(low)),
            spellCfa(cfa),
            ...[...rules].sort(([a], [b]) => a - b).map(([register, rule]) => `${spellRegister(register)}=${spellRule(rule)}`),
          ].join(' '),
        );
        // Where a description has no instructions of its own, readelf leaves its only row, the common one, out.
        const hasOnlyCommonRow = expected[range]?.length === 0 && rows.length === 1;
        if (!hasOnlyCommonRow) assert.deepEqual(withoutUndefined(rows), expected[range], range);
      }
    });

    test('the variables of every address are those of gdb', () => {
      for (const address of addresses) {
        const expected = rowAt(oracle.gdb.scopes, address)?.slice(1) ?? [];
        if (!program.functionAt(address) || expected.length === 0) continue;
        const actual = program
          .inlineChainAt(address)
          .map(({ name: functionName }, depth) => [
            functionName,
            ...names(program.variablesAt(address, depth).map((variable) => variable.name)),
          ]);
        assert.deepEqual(
          actual,
          expected.map(([functionName, ...variables]) => [functionName, ...names(variables)]),
          hex(address),
        );
      }
    });

    test('variables at file scope have the type, size and address that gdb gives', () => {
      const globals = program.globals().map((variable) => {
        const location = variable.locate({ registers: new Map(), memory: () => new Uint8Array(), pc: 0n });
        return [
          variable.name,
          [typeName(variable.type), typeSize(variable.type), location.kind === 'memory' ? hex(location.address) : location.kind],
        ];
      });
      const expected = Object.entries(oracle.gdb.globals).map(([variable, [type, size, address]]) => [
        variable,
        [cSpelling(type), size, address],
      ]);
      assert.deepEqual(Object.fromEntries(globals), Object.fromEntries(expected));
    });

    test('structures have the layout that gdb gives', () => {
      for (const [type, [size, ...members]] of Object.entries(oracle.gdb.layouts)) {
        const found = program.typeNamed(type);
        assert.ok(found !== undefined, type);
        assert.equal(typeSize(found), size, type);
        assert.deepEqual(
          membersOf(found).map(spellMember),
          members.map(([member, memberType, ...bits]) => [member, cSpelling(memberType), ...bits]),
          type,
        );
      }
    });
  });
}

/** Addresses where a tool is wrong, each with why. */
const knownMistakes: readonly { tool: string; program: string; low: bigint; high: bigint; why: string }[] = [
  {
    tool: 'aarch64-linux-gnu-addr2line',
    program: 'clang-O2-dwarf5-pac',
    low: 0x4000142cn,
    high: 0x40001494n,
    why: 'binutils 2.40 does not read the DW_FORM_rnglistx of the inlined four_times; llvm-addr2line and gdb do',
  },
  {
    tool: 'aarch64-linux-gnu-addr2line',
    program: 'gcc-O2-dwarf5-types-zstd',
    low: 0x4000_0120n,
    high: 0x4000_037cn,
    why: 'binutils 2.40 sees no inlined functions where type units precede; llvm-addr2line does',
  },
];

const isKnownMistake = (tool: string, program: string, address: bigint): boolean =>
  knownMistakes.some((mistake) => mistake.tool === tool && mistake.program === program && mistake.low <= address && address < mistake.high);

/** Differences that are the tools' way of speaking. */
function comparable(frame: string): string {
  return (
    frame
      // llvm-addr2line takes the outermost name from the symbol table, with gcc's mark for a specialized copy.
      .replace(/\.(constprop|isra|part)\.\d+ /, ' ')
      // Code that belongs to no line: GNU says `?`, LLVM 0.
      .replace(/:\?$/, ':0')
      .replace(/ \S+:0$/, ' no line')
      .replace(/ \?\?:.*$/, ' no line')
  );
}

/** gdb orders them otherwise, and shows one that only an inner block of an inlined copy has a second time outside of it. */
const names = (variables: readonly string[]): readonly string[] => [...new Set(variables)].sort();

const spellFrame = ({ name, location }: InlineFrame): string => `${name} ${location ? `${location.path}:${location.line}` : 'no line'}`;

const spellRegister = (register: number): string =>
  ({ 30: 'ra', 31: 'sp' })[register] ?? (register >= 64 ? `v${register - 64}` : `x${register}`);

function spellCfa(cfa: CfaRule | undefined): string {
  if (cfa === undefined) return 'u';
  return cfa.kind === 'expression' ? 'exp' : `${spellRegister(cfa.register)}${cfa.offset < 0 ? '' : '+'}${cfa.offset}`;
}

function spellRule(rule: RegisterRule): string {
  if (rule.kind === 'offset') return `c${rule.offset < 0 ? '' : '+'}${rule.offset}`;
  return rule.kind === 'undefined' ? 'u' : rule.kind;
}

/** readelf has one word, `u`, for "undefined" and "not mentioned"; the recorded rows leave both out. */
const withoutUndefined = (rows: readonly string[]): readonly string[] => rows.map((row) => row.replace(/ \w+=u\b/g, ''));

/** gdb puts a space after every star of a qualified pointer. */
const cSpelling = (type: string): string => type.replace(/\* (?=const|volatile|\*)/g, '*');

function membersOf(type: Type): readonly Member[] {
  assert.ok(type.kind === 'struct' || type.kind === 'union');
  return type.members();
}

const spellMember = ({ name, type, offset, bit }: Member) => [
  name ?? '',
  typeName(type()),
  offset * 8 + (bit?.offset ?? 0),
  bit?.size ?? 0,
];
