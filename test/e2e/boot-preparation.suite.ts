import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { cacheFolder } from '../../debug-adapter/cache-folder.ts';
import { AFTER_LOOP, countingKernel } from './support/counting-kernel.ts';
import { debug, folder, listen, stops, tidy, until, type Wire } from './support/session.ts';

const boots = path.join(cacheFolder(), 'boots');

function kept(): readonly string[] {
  try {
    return readdirSync(boots).filter((name) => name.endsWith('.kept'));
  } catch {
    return [];
  }
}

const KNOWN = /The first ([\d,]+) instructions are known/;

async function newlyKept(before: readonly string[]): Promise<string> {
  return until('a boot that is kept', () => kept().find((one) => !before.includes(one)));
}
const forget = (name: string): void => rmSync(path.join(boots, name), { force: true });
/** Another kernel in each run of the tests: what is kept is kept. */
let mark = Date.now();

describe('boots in the background', () => {
  const kernel = () => vscode.Uri.joinPath(folder().uri, 'Image');
  const launchFile = () => vscode.Uri.joinPath(folder().uri, '.vscode/launch.json');
  let launchText: Uint8Array;
  let wire: Wire;
  const launch = () => ({ type: 'sdei', request: 'launch', name: 'kernel', kernel: '${workspaceFolder}/Image', memory: '64M' });
  const writeKernel = () => vscode.workspace.fs.writeFile(kernel(), countingKernel(++mark));
  const offer = (...configurations: object[]) =>
    vscode.workspace.fs.writeFile(
      launchFile(),
      new TextEncoder().encode(`{ // by hand\n"configurations": ${JSON.stringify(configurations)},}`),
    );
  /** Up to its end. @returns what the console has said */
  async function session(start: () => Promise<unknown> = () => debug({ kernel: kernel().fsPath, memory: '64M' })): Promise<string> {
    const ended = new Promise<void>((resolve) => {
      const subscription = vscode.debug.onDidTerminateDebugSession(() => {
        subscription.dispose();
        resolve();
      });
    });
    const before = wire.received.length;
    await start();
    await ended;
    return wire.received
      .slice(before)
      .map(({ event, body }) => (event === 'output' ? (body?.output ?? '') : ''))
      .join('');
  }
  const f5 = (): Promise<string> => session(async () => assert.ok(await vscode.debug.startDebugging(folder(), 'kernel')));
  beforeEach(async () => {
    launchText = await vscode.workspace.fs.readFile(launchFile());
    wire = listen();
  });
  afterEach(async () => {
    await tidy();
    await vscode.workspace.fs.writeFile(launchFile(), launchText);
    await vscode.workspace.fs.delete(kernel());
    wire.dispose();
  });

  it('a kernel that is built again boots, so that the next session begins where it ends', async () => {
    await writeKernel();
    assert.doesNotMatch(await session(), KNOWN);
    const before = kept();
    await writeKernel();
    const name = await newlyKept(before);
    assert.match(await session(), KNOWN);
    forget(name);
  });

  it('a kernel that launch.json names boots before its first session, once its file is there', async () => {
    const before = kept();
    // Nothing of these is executed or asked for; the other two have no boot, or ask somebody.
    await offer({ ...launch(), preLaunchTask: '${input:nothing}' }, { ...launch(), name: 'asks', bootArguments: '${command:nothing}' });
    await until(
      'the launch configurations',
      () => vscode.workspace.getConfiguration('launch').get<unknown[]>('configurations')?.length === 2,
    );
    await writeKernel();
    const name = await newlyKept(before);
    await offer(launch());
    await until(
      'the launch configuration',
      () => vscode.workspace.getConfiguration('launch').get<unknown[]>('configurations')?.length === 1,
    );
    assert.match(await f5(), KNOWN);
    assert.equal(kept().filter((one) => !before.includes(one)).length, 1);
    forget(name);
  });

  it('up to the breakpoint that its session will have', async () => {
    const before = kept();
    vscode.debug.addBreakpoints([
      new vscode.FunctionBreakpoint(`*0x${AFTER_LOOP.toString(16)}`),
      new vscode.FunctionBreakpoint('*0x40200040', false),
    ]);
    await writeKernel();
    await offer(launch());
    const name = await newlyKept(before);
    assert.ok(await vscode.debug.startDebugging(folder(), 'kernel'));
    const stop = await until('a stop', () => stops(wire)[0]);
    assert.equal(stop.body?.reason, 'function breakpoint');
    const known = wire.received.map(({ body }) => KNOWN.exec(body?.output ?? '')?.[1]).find((one) => one !== undefined);
    const time = await vscode.debug.activeDebugSession?.customRequest('evaluate', { expression: '$time' });
    assert.equal(known?.replaceAll(',', ''), time?.result);
    forget(name);
  });
});
