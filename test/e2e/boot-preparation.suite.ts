import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { cacheFolder } from '../../debug-adapter/cache-folder.ts';
import { debug, folder, listen, tidy, until, type Wire } from './support/session.ts';

/** A kernel that counts to 40 million and switches itself off: 80 million instructions. @param mark makes it another one */
function image(mark: number): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  const code = [
    0xd2a0_4c41, // mov x1, #(0x262 << 16)
    0xf100_0421, // subs x1, x1, #1
    0x54ff_ffe1, // b.ne .-4
    0x5280_0100, // mov w0, #8
    0x72b0_8000, // movk w0, #0x8400, lsl #16: PSCI SYSTEM_OFF
    0xd400_0002, // hvc #0
  ];
  view.setUint32(0, 0x1400_0010, true); // b .+64
  view.setBigUint64(16, 0x1000n, true);
  view.setUint32(56, 0x644d_5241, true);
  view.setBigUint64(0x800, BigInt(mark), true);
  for (const [index, word] of code.entries()) view.setUint32(64 + index * 4, word, true);
  return bytes;
}

const boots = path.join(cacheFolder(), 'boots');

function kept(): readonly string[] {
  try {
    return readdirSync(boots).filter((name) => name.endsWith('.kept'));
  } catch {
    return [];
  }
}

const KNOWN = /The first [\d,]+ instructions are known/;

describe('a kernel that is built again', () => {
  const kernel = () => vscode.Uri.joinPath(folder().uri, 'Image');
  let wire: Wire;
  /** Up to its end. @returns what the console has said */
  async function session(): Promise<string> {
    const ended = new Promise<void>((resolve) => {
      const subscription = vscode.debug.onDidTerminateDebugSession(() => {
        subscription.dispose();
        resolve();
      });
    });
    const before = wire.received.length;
    await debug({ kernel: kernel().fsPath, memory: '64M' });
    await ended;
    return wire.received
      .slice(before)
      .map(({ event, body }) => (event === 'output' ? (body?.output ?? '') : ''))
      .join('');
  }
  beforeEach(() => {
    wire = listen();
  });
  afterEach(async () => {
    await tidy();
    await vscode.workspace.fs.delete(kernel());
    wire.dispose();
  });

  it('boots in the background, so that the next session begins where it ends', async () => {
    // Another kernel in each run of the tests: what is kept is kept.
    const mark = Date.now();
    await vscode.workspace.fs.writeFile(kernel(), image(mark));
    assert.doesNotMatch(await session(), KNOWN);
    const before = kept();
    await vscode.workspace.fs.writeFile(kernel(), image(mark + 1));
    const name = await until('a boot that is kept', () => kept().find((one) => !before.includes(one)));
    assert.match(await session(), KNOWN);
    rmSync(path.join(boots, name));
  });
});
