import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { zlibSync } from 'fflate';
import { readElf } from '../../debug-adapter/program/elf.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { ProgramError } from '../../debug-adapter/program/program.ts';
import { type Bytes, concatenate, string, u8, u16, u32, u64 } from './bytes.ts';
import { elfImage, type ImageFields } from './elf-image.ts';

const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHF_EXECINSTR_ALLOC = 6;
const SHF_COMPRESSED = 0x800;

test('a minimal image has its entry and one segment, and no debug information', () => {
  const program = openProgram('fw.bin', elfImage());
  assert.equal(program.entry, 0x40000000n);
  assert.deepEqual(
    program.segments.map(({ physicalAddress, virtualAddress, bytes, memorySize, flags }) => [
      physicalAddress,
      virtualAddress,
      bytes.length,
      memorySize,
      flags,
    ]),
    [[0x40000000n, 0x40000000n, 8, 0x1000, 5]],
  );
  assert.equal(program.hasDebugInformation, false);
  assert.equal(program.sourceAt(0x40000000n), undefined);
  assert.equal(program.functionAt(0x40000000n), undefined);
  assert.equal(program.resolveLine('main.c', 1), undefined);
  assert.equal(program.unwind({ registers: new Map(), memory: () => new Uint8Array(), pc: 0x40000000n }), undefined);
  assert.deepEqual(program.warnings, []);
});

const rebuild = 'The file is damaged; build it again.';
const another = 'Set "program" to an ELF built for AArch64.';
const badImages: readonly [what: string, Uint8Array, message: string][] = [
  ['an empty file', new Uint8Array(), `not an ELF file (it is empty). ${another}`],
  [
    'a raw binary',
    elfImage({ magic: [0x1f, 0x20, 0x03, 0xd5] }),
    `not an ELF file (it starts with 1f 20 03 d5). ${another} One of a flat binary: aarch64-linux-gnu-ld -b binary -Tdata=0x40080000 -e 0x40080000 guest.bin -o guest.elf, with the address it is built for.`,
  ],
  ['a source', new TextEncoder().encode('.text\n'), `not an ELF file (it starts with 2e 74 65 78). ${another}`],
  [
    'a Linux kernel',
    Uint8Array.from({ length: 64 }, (_, index) => [0x4d, 0x5a][index] ?? [0x41, 0x52, 0x4d, 0x64][index - 56] ?? 0),
    'not an ELF file (it starts with 4d 5a 00 00). It is a Linux kernel: set "kernel" to it instead of "program".',
  ],
  ['three bytes', elfImage().subarray(0, 3), `not an ELF file (it starts with 7f 45 4c). ${another}`],
  ['a 32-bit ELF', elfImage({ fileClass: 1 }), `EI_CLASS is 1 (32-bit ELF), expected 2 (64-bit ELF). ${another}`],
  ['a big-endian ELF', elfImage({ data: 2 }), `EI_DATA is 2 (big-endian), expected 1 (little-endian). ${another}`],
  ['an unknown version', elfImage({ version: 7 }), `EI_VERSION is 7, expected 1. ${another}`],
  ['an x86-64 ELF', elfImage({ machine: 62 }), `e_machine is 62 (x86-64), expected 183 (AArch64). ${another}`],
  ['an unknown machine', elfImage({ machine: 999 }), `e_machine is 999, expected 183 (AArch64). ${another}`],
  [
    'an object file',
    elfImage({ type: 1 }),
    'e_type is 1 (ET_REL, a relocatable object file), expected 2 (ET_EXEC) or 3 (ET_DYN). Set "program" to a linked image, not one of its parts.',
  ],
  [
    'a core dump',
    elfImage({ type: 4 }),
    'e_type is 4 (ET_CORE, a core dump), expected 2 (ET_EXEC) or 3 (ET_DYN). Set "program" to a linked image, not one of its parts.',
  ],
  [
    'a truncated header',
    elfImage().subarray(0, 40),
    'the file is truncated: the ELF header ends at offset 0x40, the file at 0x28. Copy or build it again.',
  ],
  [
    'truncated program headers',
    elfImage().subarray(0, 100),
    'the file is truncated: the program header table ends at offset 0x78, the file at 0x64. Copy or build it again.',
  ],
  [
    'a truncated segment',
    elfImage().subarray(0, 124),
    'the file is truncated: segment 0 ends at offset 0x80, the file at 0x7c. Copy or build it again.',
  ],
  [
    'section headers beyond the end',
    elfImage({ sectionHeaderOffset: 0x1000, sectionHeaderCount: 4 }),
    'the file is truncated: the section header table ends at offset 0x1040, the file at 0x80. Copy or build it again.',
  ],
  [
    'a section beyond the end',
    elfImage({ sections: [{ name: '.text', bytes: u32(0), offset: 0x2000 }] }),
    'the file is truncated: section 1 (".text") ends at offset 0x2004, the file at 0x155. Copy or build it again.',
  ],
  ['a wrong program header size', elfImage({ programHeaderSize: 32 }), `e_phentsize is 32, expected 56. ${rebuild}`],
  ['a wrong section header size', elfImage({ sections: [], sectionHeaderSize: 40 }), `e_shentsize is 40, expected 64. ${rebuild}`],
  [
    'no PT_LOAD',
    elfImage({ segmentType: 4 }),
    'it has no PT_LOAD segment (1 program headers), so there is nothing to run. Set "program" to a linked image.',
  ],
  [
    'no program headers',
    elfImage({ programHeaderCount: 0 }),
    'it has no PT_LOAD segment (0 program headers), so there is nothing to run. Set "program" to a linked image.',
  ],
  ['p_memsz below p_filesz', elfImage({ segmentMemorySize: 4n }), `segment 0 has p_memsz 0x4, less than its p_filesz 0x8. ${rebuild}`],
  [
    'a segment beyond the address space',
    elfImage({ segmentAddress: 0xffff_ffff_ffff_f000n, segmentMemorySize: 0x2000n }),
    'segment 0 at 0xfffffffffffff000 with p_memsz 0x2000 reaches beyond the 64-bit address space. Check the linker script.',
  ],
];

for (const [what, bytes, message] of badImages) {
  test(`${what} is refused with one clear error`, () => {
    assert.throws(() => openProgram('fw.bin', bytes), new ProgramError(`Cannot load "fw.bin": ${message}`));
  });
}

const goodTwins: readonly [what: string, ImageFields][] = [
  ['a position-independent image', { type: 3 }],
  ['an image of the upper half of the address space', { segmentAddress: 0xffff_8000_0000_0000n }],
  ['a segment without file bytes, wherever it says they are', { segmentOffset: 0x10000, segmentFileSize: 0 }],
  ['a segment that ends with the address space', { segmentAddress: 0xffff_ffff_ffff_f000n, segmentMemorySize: 0x1000n }],
];
for (const [what, fields] of goodTwins) test(`${what} is loaded`, () => void openProgram('fw.bin', elfImage(fields)));

describe('symbols', () => {
  const names = ['main', 'loop', 'table', '$x', 'here.c', 'far'];
  const nameOffset = (name: string) => [...string(''), ...names.slice(0, names.indexOf(name)).flatMap(string)].length;
  const symbol = (name: string, info: number, section: number, value: number | bigint, size: number): Bytes => [
    ...u32(nameOffset(name)), // st_name
    ...u8(info), // st_info: binding << 4 | type
    ...u8(0), // st_other
    ...u16(section), // st_shndx
    ...u64(value), // st_value
    ...u64(size), // st_size
  ];
  const STT_OBJECT = 1;
  const STT_FUNC = 2;
  const STT_FILE = 4;
  const STT_TLS = 6;
  const GLOBAL = 1 << 4;
  const program = openProgram(
    'fw.elf',
    elfImage({
      sections: [
        { name: '.text', flags: SHF_EXECINSTR_ALLOC, address: 0x40000000, bytes: new Array<number>(64).fill(0) },
        { name: '.data', flags: 3, address: 0x40001000, bytes: new Array<number>(64).fill(0) },
        {
          name: '.symtab',
          type: SHT_SYMTAB,
          link: 4,
          bytes: [
            ...new Array<number>(24).fill(0), // the null symbol
            ...symbol('here.c', STT_FILE, 0xfff1, 0, 0),
            ...symbol('$x', 0, 1, 0x40000000, 0),
            ...symbol('main', GLOBAL | STT_FUNC, 1, 0x40000000, 16),
            ...symbol('loop', 0, 1, 0x40000020, 0),
            ...symbol('table', GLOBAL | STT_OBJECT, 2, 0x40001000, 32),
            ...symbol('far', GLOBAL, 0xfff1, 0x1234, 0), // SHN_ABS
            ...symbol('here.c', GLOBAL | STT_TLS, 2, 0, 64), // an offset in each thread's own storage
          ],
        },
        { name: '.strtab', type: SHT_STRTAB, bytes: [...string(''), ...names.flatMap(string)] },
      ],
    }),
  );

  test('file and mapping symbols are not listed, nor those that are no addresses', () => {
    assert.deepEqual(
      program.symbols().map(({ name, kind }) => [name, kind]),
      [
        ['main', 'function'],
        ['loop', 'other'],
        ['table', 'object'],
        ['far', 'other'],
      ],
    );
  });
  for (const [address, expected] of [
    [0x3fffffffn, undefined],
    [0x40000000n, { name: 'main', offset: 0n }],
    [0x4000000fn, { name: 'main', offset: 15n }],
    [0x40000010n, undefined],
    [0x40000020n, { name: 'loop', offset: 0n }],
    [0x4000003cn, { name: 'loop', offset: 0x1cn }],
    [0x40000040n, undefined],
    [0x40001004n, { name: 'table', offset: 4n }],
    [0x40001020n, undefined],
    [0x1234n, undefined],
  ] as const) {
    test(`0x${address.toString(16)} is ${expected ? `${expected.name}+${expected.offset}` : 'no symbol'}`, () => {
      assert.deepEqual(program.symbolAt(address), expected);
    });
  }
  test('a symbol is found by name, an absolute one too', () => {
    assert.deepEqual(program.symbol('table'), { address: 0x40001000n, size: 32 });
    assert.deepEqual(program.symbol('far'), { address: 0x1234n, size: 0 });
    assert.equal(program.symbol('nothing'), undefined);
  });
  test('functions come from symbols where there is no debug information', () => {
    assert.deepEqual(program.functionAt(0x40000008n)?.ranges, [{ low: 0x40000000n, high: 0x40000010n }]);
    assert.equal(program.functionAt(0x40000024n)?.name, 'loop');
    assert.equal(program.functionAt(0x40000014n), undefined);
    assert.deepEqual(
      program.functionsNamed('main').map(({ breakpointAddress }) => breakpointAddress),
      [0x40000000n],
    );
    assert.deepEqual(program.functionsNamed('table'), []);
    assert.deepEqual(program.inlineChainAt(0x40000008n), [{ name: 'main', inlined: false, location: undefined }]);
  });
});

describe('compressed sections', () => {
  const text = new TextEncoder().encode('debug information '.repeat(20));
  const compressed = (type: number, size: number | bigint, contents: Uint8Array): Uint8Array =>
    concatenate(
      u32(type), // ch_type
      u32(0), // ch_reserved
      u64(size), // ch_size
      u64(1), // ch_addralign
      [...contents],
    );
  const zlib = zlibSync(text);
  const contentsOf = (bytes: Uint8Array) => {
    const notes: string[] = [];
    const elf = readElf('fw.elf', elfImage({ sections: [{ name: '.debug_str', flags: SHF_COMPRESSED, bytes }] }), (note) =>
      notes.push(note),
    );
    return { contents: elf.contents('.debug_str')?.bytes, notes };
  };

  test('zlib is decompressed', () => {
    const { contents, notes } = contentsOf(compressed(1, text.length, zlib));
    assert.deepEqual(notes, []);
    assert.deepEqual(contents, text);
  });
  const leftOut = 'Section ".debug_str" of "fw.elf" is left out:';
  for (const [what, bytes, note] of [
    [
      'an unknown compression',
      compressed(3, text.length, zlib),
      `${leftOut} its compression is 3, zlib (1) and zstd (2) can be read; link with --compress-debug-sections=zlib or none.`,
    ],
    ['a damaged zstd stream', compressed(2, text.length, zlib), `${leftOut} its zstd stream is damaged.`],
    ['a damaged stream', compressed(1, text.length, zlib.slice().fill(0xff, 4, 12)), `${leftOut} its zlib stream is damaged.`],
    [
      'a size no stream can have',
      compressed(1, 1n << 60n, zlib),
      `${leftOut} ${24 + zlib.length} compressed bytes cannot become 0x1000000000000000.`,
    ],
    ['a short header', new Uint8Array(8), `${leftOut} its compression header needs 24 bytes, it has 8.`],
  ] as const) {
    test(`${what} is left out with a note`, () => {
      const { contents, notes } = contentsOf(bytes);
      assert.equal(contents, undefined);
      assert.deepEqual(notes, [note]);
    });
  }
});

test('a debug section beyond the end leaves the image loadable', () => {
  const program = openProgram('fw.elf', elfImage({ sections: [{ name: '.debug_info', bytes: u32(0), offset: 0x10000 }] }));
  assert.equal(program.hasDebugInformation, false);
  assert.deepEqual(program.warnings, ['Section ".debug_info" of "fw.elf" is left out: it ends at offset 0x10004, the file at 0x15b.']);
});
