import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SystemRegister, SystemRegisterValue } from '../../debug-adapter/custom-requests.ts';
import { asAssembly, asC } from '../../extension/register-code.ts';
import type { SystemRegisters } from '../../extension/session-state.ts';
import { shownPes } from '../../extension/views/pe-nodes.ts';
import { extract, keptBits, parseFieldValue } from '../../extension/views/register-fields.ts';
import { systemRegisterNodes } from '../../extension/views/system-registers.ts';
import type { TreeNode } from '../../extension/views/tree-node.ts';
import { pe, sctlr } from './support/states.ts';

const row = (name: string, changes: Partial<SystemRegister> = {}): SystemRegister => ({
  name,
  encoding: 'S3_0_C0_C0_0',
  level: 1,
  group: 'Exception handling',
  description: 'Something',
  access: 'RW',
  writableBits: '0xffffffffffffffff',
  fields: [],
  ...changes,
});
const table: readonly SystemRegister[] = [
  row('ESR_EL1', { fields: [{ name: 'EC', msb: 31, lsb: 26, values: { 21: 'SVC' } }], writableBits: '0xfc000000' }),
  row('FAR_EL1'),
  sctlr,
  row('MIDR_EL1', { access: 'RO', writableBits: '0x0', group: 'Identification' }),
  row('ICC_IAR1_EL1', { access: 'RO', writableBits: '0x0', group: 'Interrupt controller', fields: [{ name: 'INTID', msb: 23, lsb: 0 }] }),
  row('ICC_DIR_EL1', { access: 'WO', group: 'Interrupt controller' }),
  row('VBAR_EL2', { level: 2, writableBits: '0xfffffffffffff800' }),
  row('ACTLR_EL2', { level: 2, writableBits: '0x0', group: 'Control' }),
];
const present: readonly SystemRegisterValue[] = [
  { name: 'ESR_EL1', value: '0x54000000' },
  { name: 'FAR_EL1', value: '0x0', unknown: 'ESR_EL1.EC (0x15) is none that sets it' },
  { name: 'SCTLR_EL1', value: '0x1801' },
  { name: 'MIDR_EL1', value: '0xf5de0' },
  { name: 'ICC_IAR1_EL1', unread: 'a read has an effect' },
  { name: 'ICC_DIR_EL1', unread: 'write-only' },
  { name: 'VBAR_EL2', value: '0x40080800', symbol: 'vectors' },
  { name: 'ACTLR_EL2', value: '0x0' },
];
const was = (changes: Readonly<Record<string, string>>): readonly SystemRegisterValue[] =>
  present.map((one) => ({ ...one, ...(changes[one.name] && { value: changes[one.name] }) }));

const nodes = (registers: Partial<SystemRegisters> = {}, choice: { pinned?: readonly string[]; filter?: string } = {}) =>
  systemRegisterNodes([pe()], async () => ({ table, values: present, ...registers }), { pinned: [], filter: '', ...choice });

const childrenOf = ({ children }: TreeNode): readonly TreeNode[] => (Array.isArray(children) ? children : []);
function text(of: readonly TreeNode[], depth: number, indent = ''): string[] {
  return of.flatMap((node) => [
    `${indent}${[node.label, node.description].filter(Boolean).join(' | ')}`,
    ...(depth > 1 ? text(childrenOf(node), depth - 1, `${indent}  `) : []),
  ]);
}
const all = (of: readonly TreeNode[]): TreeNode[] => of.flatMap((node) => [node, ...all(childrenOf(node))]);
const find = (of: readonly TreeNode[], label: string): TreeNode => all(of).find((node) => node.label === label) ?? assert.fail(label);

describe('System registers', () => {
  it('by exception level and function, with what there is to say of a value', async () => {
    assert.deepEqual(text(await nodes(), 3), [
      'EL1 | 6 registers',
      '  Exception handling | 2 registers',
      '    ESR_EL1 | 0x54000000',
      '    FAR_EL1 | 0x0 · UNKNOWN',
      '  Control | 1 register',
      '    SCTLR_EL1 | 0x1801',
      '  Identification | 1 register',
      '    MIDR_EL1 | 0xf5de0',
      '  Interrupt controller | 2 registers',
      '    ICC_IAR1_EL1 | not read: a read has an effect',
      '    ICC_DIR_EL1 | write-only',
      'EL2 | 2 registers',
      '  Exception handling | 1 register',
      '    VBAR_EL2 | 0x40080800 <vectors>',
      '  Control | 1 register',
      '    ACTLR_EL2 | 0x0 · RES0',
    ]);
  });

  it('fields with the meaning of their values, bits without a name, and those that no write changes', async () => {
    const tree = await nodes();
    assert.deepEqual(text(childrenOf(find(tree, 'SCTLR_EL1')), 1), [
      'I | 1 · bit 12',
      '<11:11> | 1 · bit 11',
      'C | 0 · bit 2',
      'M | 1 (MMU on) · bit 0',
      'RES0 | bits 63:13, 10:3, 1',
    ]);
    assert.deepEqual(text(childrenOf(find(tree, 'ESR_EL1')), 1), ['EC | 0x15 (SVC) · bits 31:26', 'RES0 | bits 63:32, 25:0']);
    assert.deepEqual(text(childrenOf(find(tree, 'VBAR_EL2')), 1), ['<63:11> | 0x80101 · bits 63:11', 'RES0 | bits 10:0']);
    assert.deepEqual(text(childrenOf(find(tree, 'ICC_IAR1_EL1')), 1), ['INTID | bits 23:0']);
    assert.deepEqual(childrenOf(find(tree, 'MIDR_EL1')), []);
    const [sctlrOne] = text(childrenOf(find(await nodes({ values: was({ SCTLR_EL1: '0x30001801' }) }), 'SCTLR_EL1')).slice(-1), 1);
    assert.equal(sctlrOne, 'RES1 | bits 29:28');
  });

  it('says in which state its fields are these, where others have others', async () => {
    const values = present.map((one) => (one.name === 'SCTLR_EL1' ? { ...one, layoutText: 'HCR_EL2.E2H = 1' } : one));
    const tree = await nodes({ values });
    assert.match(find(tree, 'SCTLR_EL1').tooltip ?? '', /Fields as they are while HCR_EL2\.E2H = 1/);
    assert.doesNotMatch(find(tree, 'ESR_EL1').tooltip ?? '', /Fields/);
  });

  it('marks what the latest stop changed, down to the field, and counts it', async () => {
    const tree = await nodes({ before: was({ SCTLR_EL1: '0x1800', MIDR_EL1: '0xf5de0' }) });
    assert.deepEqual(
      all(tree)
        .map(({ label, description }) => `${label} | ${description}`)
        .filter((line) => line.includes('changed')),
      [
        'EL1 | 6 registers, 1 changed',
        'Control | 1 register, 1 changed',
        'SCTLR_EL1 | 0x1801 · changed',
        'M | 1 (MMU on) · changed, was 0 (MMU off) · bit 0',
      ],
    );
    assert.equal(find(tree, 'SCTLR_EL1').icon?.color, 'charts.orange');
    assert.match(find(tree, 'SCTLR_EL1').tooltip ?? '', /Was 0x1800/);
  });

  it('what is pinned comes first, in the order of pinning, and stays at its place', async () => {
    const tree = await nodes({}, { pinned: ['VBAR_EL2', 'GONE_EL1', 'SCTLR_EL1'] });
    assert.deepEqual(text(tree.slice(0, 1), 2), ['Pinned | 2 registers', '  VBAR_EL2 | 0x40080800 <vectors>', '  SCTLR_EL1 | 0x1801']);
    assert.equal(all(tree).filter(({ label }) => label === 'SCTLR_EL1').length, 2);
    assert.ok(find(tree, 'SCTLR_EL1').context?.includes('pinned'));
    assert.ok(find(tree, 'MIDR_EL1').context?.includes('unpinned'));
  });

  const filters: readonly (readonly [string, readonly string[]])[] = [
    ['sctlr', ['EL1', 'Control', 'SCTLR_EL1', 'I', '<11:11>', 'C', 'M', 'RES0']],
    ['MMU on', ['EL1', 'Control', 'SCTLR_EL1', 'M']],
    ['esr_el1 ec', ['EL1', 'Exception handling', 'ESR_EL1', 'EC']],
    ['0x40080800', ['EL2', 'Exception handling', 'VBAR_EL2', '<63:11>', 'RES0']],
    ['changed', ['EL1', 'Control', 'SCTLR_EL1', 'I', '<11:11>', 'C', 'M', 'RES0']],
    ['nothing like this', ['No register has "nothing like this"']],
  ];
  for (const [filter, expected] of filters) {
    it(`filtered by "${filter}"`, async () => {
      const tree = await nodes({ before: was({ SCTLR_EL1: '0x1800' }) }, { filter });
      assert.deepEqual(
        all(tree).map(({ label }) => label),
        expected,
      );
    });
  }

  it('only what can be written can be edited; only what is read can be copied', async () => {
    const tree = await nodes();
    const words = (label: string) => ['writable', 'copyable'].filter((word) => find(tree, label).context?.includes(word));
    assert.deepEqual(words('SCTLR_EL1'), ['writable', 'copyable']);
    assert.deepEqual(words('M'), ['writable', 'copyable']);
    assert.deepEqual(words('<11:11>'), []);
    assert.deepEqual(words('MIDR_EL1'), ['copyable']);
    assert.deepEqual(words('ACTLR_EL2'), ['copyable']);
    assert.deepEqual(words('ICC_DIR_EL1'), ['writable']);
    assert.deepEqual(words('ICC_IAR1_EL1'), []);
  });

  it('lines keep their ids from stop to stop, and no two are the same', async () => {
    const ids = async (before?: readonly SystemRegisterValue[]) =>
      all(await nodes({ before }, { pinned: ['SCTLR_EL1'] })).map(({ id }) => id);
    assert.deepEqual(await ids(was({ SCTLR_EL1: '0x0' })), await ids());
    assert.equal(new Set(await ids()).size, (await ids()).length);
  });

  it('of several PEs are read when their node is open, and asked for with the rest if it was', async () => {
    const read: number[] = [];
    const tree = await systemRegisterNodes(
      [pe(), pe({ pe: 1, power: 'off' })],
      async (index) => {
        read.push(index);
        return { table, values: present };
      },
      { pinned: [], filter: '' },
    );
    assert.deepEqual(text(tree, 1), ['PE0', 'PE1 | off']);
    assert.deepEqual(read, []);
    const { children } = tree[1];
    assert.ok(typeof children === 'function');
    assert.equal((await children()).length, 2);
    assert.deepEqual(read, [1]);
    const atFirst = (_id: string, isOpen: boolean) => isOpen;
    assert.deepEqual([shownPes(1, () => false), shownPes(3, atFirst), shownPes(3, (id) => id === 'pe2')], [[0], [0], [2]]);
  });
});

describe('a typed value', () => {
  const [, , m] = sctlr.fields;
  const rows: readonly (readonly [string, string | bigint])[] = [
    ['1', 1n],
    ['0b1', 1n],
    ['mmu on', 1n],
    ['0 (MMU off)', 0n],
    ['2', 'Too large: 1 bit is 0 or 1.'],
    ['on', 'Write a number (0x…, 0b… or decimal), or the name of a value.'],
    ['', 'Write a number (0x…, 0b… or decimal), or the name of a value.'],
  ];
  for (const [typed, expected] of rows) {
    it(`"${typed}" for SCTLR_EL1.M`, () => {
      const parsed = parseFieldValue(typed, m);
      assert.equal('value' in parsed ? parsed.value : parsed.problem, expected);
    });
  }
  it('of a whole register', () => {
    assert.deepEqual(parseFieldValue('0xffff_ffff_ffff_ffff', { msb: 63, lsb: 0 }), { value: 2n ** 64n - 1n });
    assert.match(JSON.stringify(parseFieldValue(`0x1${'0'.repeat(16)}`, { msb: 63, lsb: 0 })), /64 bits hold up to 0xf{16}/);
  });
  it('bits that a write would not change are told', () =>
    assert.deepEqual(keptBits(sctlr, 0x1801n, 0x3003n), [
      { msb: 13, lsb: 13 },
      { msb: 1, lsb: 1 },
    ]));
});

describe('copied as source', () => {
  const [, , m] = sctlr.fields;
  it('as C', () => {
    assert.equal(asC(sctlr, 0x1801n), '/* SCTLR_EL1 = 0x1801: I = 1, M = 1 (MMU on) */\n#define SCTLR_EL1_VALUE 0x1801UL\n');
    assert.equal(
      asC(table[0], 0x5400_0000n, table[0].fields[0]),
      '/* ESR_EL1.EC = 0x15 (SVC) */\n#define ESR_EL1_EC_SHIFT 26\n#define ESR_EL1_EC_MASK 0xfc000000UL\n#define ESR_EL1_EC_VALUE 0x54000000UL\n',
    );
  });
  it('as assembly', () => {
    assert.equal(
      asAssembly(sctlr, 0x30d0_0801n),
      '\t// SCTLR_EL1 = 0x30d00801: M = 1 (MMU on)\n\tmovz\tx0, #0x801\n\tmovk\tx0, #0x30d0, lsl #16\n\tmsr\tSCTLR_EL1, x0\n',
    );
    assert.equal(
      asAssembly(sctlr, 0x1801n, m),
      '\t// SCTLR_EL1.M = 1 (MMU on)\n\tmrs\tx0, SCTLR_EL1\n\tmovz\tx1, #0x1\n\tbfi\tx0, x1, #0, #1\n\tmsr\tSCTLR_EL1, x0\n',
    );
    assert.equal(asAssembly(table[3], 0xf5de0n), '\t// MIDR_EL1 = 0xf5de0\n\tmrs\tx0, MIDR_EL1\n');
    assert.equal(asAssembly(table[7], 0n), '\t// ACTLR_EL2 = 0x0\n\tmov\tx0, #0\n\tmsr\tACTLR_EL2, x0\n');
  });
  it('the instructions make every value', () => {
    for (const value of [0n, 1n, 0xffffn, 0x1_0000n, 0xdead_0000_beefn, 2n ** 64n - 1n, 0xffff_0000_0000_0001n]) {
      let made: bigint | undefined;
      for (const [, name, digits, shift = '0'] of asAssembly(sctlr, value).matchAll(/(mov|movz|movk)\tx0, #(\w+)(?:, lsl #(\d+))?/g)) {
        const lsb = BigInt(shift);
        made = (name === 'movk' ? (made ?? assert.fail()) & ~(0xffffn << lsb) : 0n) | (BigInt(digits) << lsb);
      }
      assert.equal(made, value);
    }
  });
  it('fields are cut out', () => assert.equal(extract(0x5400_0000n, { msb: 31, lsb: 26 }), 0x15n));
});
