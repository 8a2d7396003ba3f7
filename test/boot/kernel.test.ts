/** An image of seven instructions that sends what its device tree begins with, the initial RAM disk's first byte, and what is typed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { commandLine } from '../../debug-adapter/cli/command-line.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kernel-'));
after(() => rmSync(folder, { recursive: true }));

const POWER_OFF = [
  0x52b0_8000, // mov w0, #0x84000000
  0x7280_0100, // movk w0, #8
  0xd400_0002, // hvc #0
];
const SHOW_DEVICE_TREE = [
  0x52a1_2002, // mov w2, #0x9000000
  0xb940_0001, // ldr w1, [x0]
  0x3900_0041, // strb w1, [x2]
  ...POWER_OFF,
];
const ECHO_ONE = [
  0x52a1_2002, // mov w2, #0x9000000
  0x5280_07c1, // mov w1, #'>'
  0x3900_0041, // strb w1, [x2]
  0xb940_1843, // ldr w3, [x2, #0x18]
  0x3727_ffe3, // tbnz w3, #4, .-4
  0xb940_0041, // ldr w1, [x2]
  0x3900_0041, // strb w1, [x2]
  ...POWER_OFF,
];

function imageOf(code: readonly number[]): string {
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x1400_0010, true); // b .+64
  view.setBigUint64(16, 0x1000n, true);
  view.setUint32(56, 0x644d_5241, true);
  for (const [index, word] of code.entries()) view.setUint32(64 + index * 4, word, true);
  const file = path.join(folder, `Image-${code.length}`);
  writeFileSync(file, bytes);
  return file;
}

async function run(...args: string[]): Promise<{ status: number; out: number[]; said: string }> {
  const out: number[] = [];
  let said = '';
  const status = await commandLine(['run', ...args], {
    out: (bytes) => out.push(...(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes)),
    say(text) {
      said += text;
    },
    listen: () => () => {},
  });
  return { status, out, said };
}

test('the kernel finds its device tree at X0', async () => {
  assert.deepEqual(await run('--kernel', imageOf(SHOW_DEVICE_TREE)), { status: 0, out: [0xd0], said: '' });
});

test('input is typed once its text has appeared', async () => {
  const input = path.join(folder, 'input');
  writeFileSync(input, 'x');
  const { status, out } = await run('--kernel', imageOf(ECHO_ONE), '--input', input, '--input-after', '>');
  assert.deepEqual([status, String.fromCharCode(...out)], [0, '>x']);
});

const broken = path.join(folder, 'broken');
writeFileSync(broken, 'no kernel');
const missing = path.join(folder, 'missing');
const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no kernel there', ['--kernel', missing], /^sdei-debug: Cannot read "kernel": ".*missing"\. There is no such file\./],
  ['not a kernel', ['--kernel', broken], /^sdei-debug: Launch key "kernel": ".*broken" is not an arm64 kernel/],
  ['no RAM disk there', ['--kernel', imageOf(POWER_OFF), '--initrd', missing], /^sdei-debug: Cannot read "initrd": /],
  [
    'too little memory',
    ['--kernel', imageOf(POWER_OFF), '--memory', '4M'],
    /^sdei-debug: "kernel" with its device tree and "initrd" needs \d+ MB of RAM, and "memory" is 4 MB\. Set "memory" to a larger size\.\n$/,
  ],
  [
    'two names of one option',
    ['--kernel', broken, '--append', 'a', '--boot-arguments', 'b'],
    /"--append" and "--boot-arguments" are the same/,
  ],
  ['input to wait for is missing', ['--kernel', broken, '--input-after', '#'], /"--input-after" needs --input FILE/],
  ['input cannot be read', ['--kernel', broken, '--input', missing], /Cannot read ".*missing" \(--input\)/],
];
for (const [title, args, message] of refused)
  test(`refused: ${title}`, async () => {
    const { status, said } = await run(...args);
    assert.equal(status, 2);
    assert.match(said, message);
    assert.equal(said.split('\n').length, 2);
  });
