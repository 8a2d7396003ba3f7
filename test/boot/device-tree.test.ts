import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flattenDeviceTree } from '../../debug-adapter/boot/device-tree.ts';
import { type Board, virtDeviceTree } from '../../debug-adapter/boot/virt-device-tree.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('a blob, word by word', () => {
  const blob = flattenDeviceTree({ properties: { a: 1, b: true, c: 'xyz' }, children: { 'n@2': { properties: { a: 0x1_0000_0002n } } } });
  const words = hex(blob).match(/.{1,8}/g) ?? [];
  assert.deepEqual(words.slice(0, 10), [
    'd00dfeed', // magic
    '0000009a', // totalsize
    '00000038', // off_dt_struct
    '00000094', // off_dt_strings
    '00000028', // off_mem_rsvmap
    '00000011', // version
    '00000010', // last_comp_version
    '00000000', // boot_cpuid_phys
    '00000006', // size_dt_strings
    '0000005c', // size_dt_struct
  ]);
  assert.deepEqual(words.slice(10, 14), ['00000000', '00000000', '00000000', '00000000']);
  assert.equal(
    words.slice(14).join(' '),
    [
      '00000001 00000000', // the root
      '00000003 00000004 00000000 00000001', // a = <1>
      '00000003 00000000 00000002', // b
      '00000003 00000004 00000004 78797a00', // c = "xyz"
      '00000001 6e403200', // n@2
      '00000003 00000008 00000000 00000001 00000002', // a = <1 2>
      '00000002 00000002 00000009', // ends
      '61006200 6300', // names
    ].join(' '),
  );
});

test('values of properties', () => {
  const rows: readonly [Parameters<typeof flattenDeviceTree>[0]['properties'][string], string][] = [
    [['a', 'bc'], '6100626300'],
    [[1, 0xffff_ffff], '00000001ffffffff'],
    [0x8000_0000_0000_0001n, '8000000000000001'],
    ['', '00'],
    [true, ''],
    [[], ''],
  ];
  for (const [value, expected] of rows) {
    const blob = flattenDeviceTree({ properties: { p: value } });
    const view = new DataView(blob.buffer);
    const structure = view.getUint32(8) + 8;
    const length = view.getUint32(structure + 4);
    assert.equal(hex(blob.subarray(structure + 12, structure + 12 + length)), expected);
  }
});

const board: Board = { cpus: 2, memoryBytes: 128 << 20, conduit: 'hvc', bootArguments: 'quiet' };

test('the machine: what a kernel finds', () => {
  const { properties, children = {} } = virtDeviceTree(board);
  assert.equal(properties.compatible, 'linux,dummy-virt');
  assert.deepEqual(Object.keys(children), [
    'chosen',
    'psci',
    'firmware',
    'memory@40000000',
    'cpus',
    'timer',
    'pmu',
    'intc@8000000',
    'apb-pclk',
    'pl011@9000000',
    'pl031@9010000',
  ]);
  assert.deepEqual(children['memory@40000000'].properties.reg, [0, 0x4000_0000, 0, 0x800_0000]);
  assert.deepEqual(children.timer.properties.interrupts, [1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4]);
  assert.deepEqual(children['pl011@9000000'].properties.interrupts, [0, 1, 4]);
  assert.deepEqual(children['pl031@9010000'].properties.interrupts, [0, 2, 4]);
  assert.deepEqual(children['intc@8000000'].properties.reg, [0, 0x800_0000, 0, 0x1_0000, 0, 0x80a_0000, 0, 0xf6_0000]);
  assert.deepEqual(Object.keys(children.cpus.children ?? {}), ['cpu@0', 'cpu@1']);
  assert.deepEqual(children.chosen.properties, { bootargs: 'quiet', 'stdout-path': '/pl011@9000000' });
});

test('an initial RAM disk is named in chosen, the conduit in psci and sdei', () => {
  const { children = {} } = virtDeviceTree({ ...board, conduit: 'smc', initrd: { start: 0x4400_0000n, end: 0x4400_1234n } });
  assert.equal(children.chosen.properties['linux,initrd-start'], 0x4400_0000n);
  assert.equal(children.chosen.properties['linux,initrd-end'], 0x4400_1234n);
  assert.equal(children.psci.properties.method, 'smc');
  assert.deepEqual(children.firmware.children?.sdei.properties, { compatible: 'arm,sdei-1.0', method: 'smc' });
});

test('more than 4 GiB of memory has a size of two cells', () => {
  const { children = {} } = virtDeviceTree({ ...board, memoryBytes: 5 * 2 ** 30 });
  assert.deepEqual(children['memory@40000000'].properties.reg, [0, 0x4000_0000, 1, 0x4000_0000]);
});
