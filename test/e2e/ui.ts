/** The packed extension, driven with keyboard and mouse as the README tells a person to. Run by scripts/test-ui.mjs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { cacheFolder } from '../../debug-adapter/cache-folder.ts';
import { keyOf, runs } from '../determinism/runs.ts';
import {
  choose,
  debugConfiguration,
  expandRow,
  goToLine,
  inlineAction,
  openFile,
  pane,
  row,
  runCommand,
  see,
  setBreakpoint,
  setPane,
  waitForStop,
  waitForWorkbench,
} from './support/page.ts';
import { countingKernel } from './support/counting-kernel.ts';
import { statesInPage } from './support/states-in-page.ts';

/** What a scenario gets from the one who runs it. */
export interface Stage {
  /**
   * A new page on a workspace: all samples with a launch.json, one program without, nothing at all, or what `npm start` opens.
   * `worker`: a page without VS Code that can start the adapter's worker; `web`: the samples with the extension in the browser's own extension host, where there is no Node.
   */
  open(workspace: 'samples' | 'program' | 'empty' | 'start' | 'web' | 'worker'): Promise<Page>;
  /** The folder of that workspace. */
  folder(workspace: 'samples' | 'program'): string;
  screenshot(page: Page, name: string): Promise<void>;
}

const events = 'SDEI Events';
const registers = 'SDEI Pseudo Registers';
const timeline = 'SDEI Timeline';
const systemRegisters = 'System Registers';

/** The 1-based number of the first line that holds `text`. */
function lineOf(file: string, text: string): number {
  const index = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text));
  assert.notEqual(index, -1, `${file} has no "${text}"`);
  return index + 1;
}

async function breakInHandler(page: Page, folder: string): Promise<void> {
  await waitForWorkbench(page);
  await openFile(page, 'first-event.c');
  await goToLine(page, lineOf(path.join(folder, 'first-event.c'), 'log->handled++'));
  await setBreakpoint(page);
}

async function endSession(page: Page): Promise<void> {
  await page.keyboard.press('Shift+F5');
  await page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
}
/** By the menu of the file in the Explorer. */
async function openTrace(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+Shift+E');
  const file = page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first();
  await see(file);
  const item = page.locator('.monaco-menu .action-item', { hasText: 'Open Trace' }).first();
  // Soon after the start the workbench does not know the extension's items yet.
  for (let attempt = 0; attempt < 15 && !(await item.isVisible()); attempt++) {
    await page.keyboard.press('Escape');
    await file.click({ button: 'right' });
    await item.waitFor({ timeout: 2000 }).catch(() => {});
  }
  await choose(page, 'Open Trace');
  await page.keyboard.press('Control+Shift+D');
}
/** By the command line, which is Node's. */
function makeTrace(program: string, output: string, instructions: number): void {
  const command = path.join(import.meta.dirname, '../../dist/sdei-debug.js');
  execFileSync(process.execPath, [command, 'trace', program, '--output', output, '--max-instructions', String(instructions)]);
}
/** The run is said to have gone on for so long that nobody waits for it. */
function withoutEnd(file: string): void {
  const archive = unzipSync(readFileSync(file));
  const end = { instruction: 1e12, ticks: 0, inputs: 0 };
  const manifest = { ...JSON.parse(strFromU8(archive['trace.json'])), recording: { inputs: [], end }, now: end };
  writeFileSync(file, zipSync({ ...archive, 'trace.json': strToU8(JSON.stringify(manifest)) }));
}

export const scenarios: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async 'F5 on the sample stops in the handler; a triggered event arrives'(stage) {
    const page = await stage.open('samples');
    await breakInHandler(page, stage.folder('samples'));
    await page.keyboard.press('F5');
    await waitForStop(page);

    for (const closed of ['Watch', 'Loaded Scripts', 'Breakpoints']) await setPane(page, closed, false);
    await expandRow(row(page, 'Variables', 'Locals'));
    await see(row(page, 'Variables', /event/));
    await see(row(page, 'Call Stack', 'on_event'));
    await see(row(page, 'Call Stack', /SDEI event 0/));
    await see(row(page, 'Call Stack', 'signal_in_the_middle'));
    // The view opens by itself the first time.
    await see(row(page, events, /PE0.*runs 0/));
    await see(row(page, events, /Event 0.*running/));
    await stage.screenshot(page, 'stopped-in-handler');

    await inlineAction(row(page, events, /Event 0/), 'Trigger Event');
    await see(page.locator('.notification-toast', { hasText: 'Event 0 is pending' }));
    await see(row(page, events, /Event 0.*pending/));
    await see(row(page, 'Call Stack', 'signal_in_the_middle'));
    await stage.screenshot(page, 'triggered');

    await page.keyboard.press('F5');
    await see(row(page, events, /Event 0.*×2/));
    await waitForStop(page);
    await see(row(page, 'Call Stack', 'on_event'));

    for (const closed of ['Variables', 'Call Stack', events]) await setPane(page, closed, false);
    await setPane(page, registers, true);
    await expandRow(row(page, registers, 'EVENT_RUNNING'));
    await expandRow(row(page, registers, 'EVENT_HANDLER_0'));
    await see(row(page, registers, /entry.*sdei_handler_entry/));
    await stage.screenshot(page, 'pseudo-registers');
  },

  async 'a field of a system register is edited; what has changed stays marked'(stage) {
    const page = await stage.open('samples');
    await breakInHandler(page, stage.folder('samples'));
    await page.keyboard.press('F5');
    await waitForStop(page);
    for (const closed of ['Variables', 'Watch', 'Call Stack', 'Loaded Scripts', 'Breakpoints', events]) await setPane(page, closed, false);
    await setPane(page, systemRegisters, true);
    await expandRow(row(page, systemRegisters, /^Control/));
    await expandRow(row(page, systemRegisters, 'SCTLR_EL1'));
    const field = row(page, systemRegisters, /MMU o/);
    await see(field);
    await inlineAction(row(page, systemRegisters, 'SCTLR_EL1'), 'Pin Register');
    await see(row(page, systemRegisters, /^Pinned/));
    await expandRow(row(page, systemRegisters, 'SCTLR_EL1'));

    await page.keyboard.press('F10');
    await see(row(page, systemRegisters, /EL0\d+ registers, \d+ changed/));
    await inlineAction(row(page, systemRegisters, /^M0 \(MMU off\)/), 'Edit System Register');
    const input = page.locator('.quick-input-widget input');
    await see(input);
    await input.fill('on');
    await see(page.locator('.quick-input-widget', { hasText: 'or the name of a value' }));
    await input.fill('MMU on');
    await page.keyboard.press('Enter');
    await see(row(page, systemRegisters, /^M1 \(MMU on\) · changed, was 0 \(MMU off\) · bit 0/));
    await runCommand(page, 'Debug Console: Focus on Debug Console View');
    await page.locator('.repl-input-wrapper').click();
    await page.keyboard.type('$SCTLR_EL1.M');
    await page.keyboard.press('Enter');
    await see(page.locator('.repl .monaco-list-row', { hasText: /^1 \(MMU on\)/ }));

    const marks = () => pane(page, systemRegisters).locator('.monaco-list-row', { hasText: 'changed' }).count();
    const marked = await marks();
    assert.ok(marked >= 4, `${marked} rows are marked`);
    for (const over of [/^Pinned/, 'SCTLR_EL1', /^M1/, /RES0/]) {
      await row(page, systemRegisters, over).hover();
      await page.waitForTimeout(700);
      assert.equal(await marks(), marked, `after hovering over ${over}`);
    }
    await stage.screenshot(page, 'system-registers');
    await row(page, systemRegisters, 'SCTLR_EL1').locator('.monaco-tl-twistie').click();
    await expandRow(row(page, systemRegisters, 'SCTLR_EL1'));
    await see(row(page, systemRegisters, /^M1/));
    assert.equal(await marks(), marked);

    await pane(page, systemRegisters).hover();
    await pane(page, systemRegisters).locator('.action-label[aria-label^="Filter System Registers"]').click();
    await see(input);
    await input.fill('vbar');
    await page.keyboard.press('Enter');
    await see(pane(page, systemRegisters).locator('.pane-header', { hasText: 'with "vbar"' }));
    await see(row(page, systemRegisters, 'VBAR_EL1'));
    assert.equal(await row(page, systemRegisters, 'SCTLR_EL1').count(), 0);
    await stage.screenshot(page, 'system-registers-filtered');
    await pane(page, systemRegisters).locator('.action-label[aria-label^="Clear Filter"]').click();
    await see(row(page, systemRegisters, 'SCTLR_EL1'));
  },

  async 'a critical event over a normal one: two events in the stack'(stage) {
    const page = await stage.open('samples');
    await waitForWorkbench(page);
    await openFile(page, 'nested-critical.c');
    await goToLine(page, lineOf(path.join(stage.folder('samples'), 'nested-critical.c'), 'print("context:'));
    await setBreakpoint(page);
    await debugConfiguration(page, 'Nested critical event');
    await waitForStop(page);
    for (const closed of ['Variables', 'Watch', 'Loaded Scripts', 'Breakpoints']) await setPane(page, closed, false);
    await see(row(page, 'Call Stack', /SDEI event 804/));
    await see(row(page, 'Call Stack', /SDEI event 806/));
    await setPane(page, events, true);
    await see(row(page, events, /PE0.*runs 806 › 804/));
    await setPane(page, registers, true);
    await see(row(page, registers, 'EVENT_HANDLER_0'));
    await stage.screenshot(page, 'nested-critical');
  },

  async 'an event is injected at a line, by the menu of its number'(stage) {
    const page = await stage.open('samples');
    await breakInHandler(page, stage.folder('samples'));
    await page.keyboard.press('F5');
    await waitForStop(page);
    await see(page.locator('.view-line', { hasText: /log\s=\s0x\w+/ }).first());
    await stage.screenshot(page, 'inline-values');
    const line = lineOf(path.join(stage.folder('samples'), 'first-event.c'), 'print("signal -> ');
    await goToLine(page, line);
    await page
      .locator('.margin-view-overlays .line-numbers', { hasText: new RegExp(`^${line}$`) })
      .first()
      .click({ button: 'right' });
    await see(page.locator('.monaco-menu .action-item', { hasText: 'Inject Event Here' }).first());
    await stage.screenshot(page, 'inject-menu');
    await choose(page, 'Inject Event Here');
    const choice = page.locator('.quick-input-list .monaco-list-row', { hasText: 'Event 0' }).first();
    await see(choice);
    await choice.click();
    await see(page.locator('.notification-list-item', { hasText: /Event 0 is raised at signal_in_the_middle.*first-event\.c/ }));
    await page.keyboard.press('F5');
    await see(row(page, 'Call Stack', new RegExp(`signal_in_the_middle.*${line}:`)));
    await see(row(page, 'Call Stack', 'SDEI event 0'));
  },

  async 'in the past: a sign, and an edit that is asked about'(stage) {
    const page = await stage.open('samples');
    await breakInHandler(page, stage.folder('samples'));
    await page.keyboard.press('F5');
    await waitForStop(page);
    await page.locator('.debug-toolbar .codicon-debug-step-back').click();
    const sign = page.locator('.statusbar-item', { hasText: /t=[\d,]+ \/ [\d,]+/ });
    await see(sign);
    await see(page.locator('.pane-header', { hasText: 'In the past: paused on step' }));
    await see(row(page, events, /Event 0.*running/));

    const dialog = page.locator('.monaco-dialog-box', { hasText: 'Begin another future here?' });
    await inlineAction(row(page, events, /Event 0/), 'Trigger Event');
    await see(dialog);
    await stage.screenshot(page, 'edit-in-the-past');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await see(sign);

    await inlineAction(row(page, events, /Event 0/), 'Trigger Event');
    await dialog.locator('.monaco-button', { hasText: 'Begin Another Future' }).click();
    await see(row(page, events, /Event 0.*pending/));
    await sign.waitFor({ state: 'hidden' });
    await see(page.locator('.pane-header', { hasText: 'Another future begins here' }));
    await page.locator('.pane-header', { hasText: 'In the past' }).waitFor({ state: 'hidden' });
    await see(row(page, 'Call Stack', 'SDEI event 0'));
    await see(page.locator('.debug-top-stack-frame-line'));
    await stage.screenshot(page, 'another-future');

    await runCommand(page, 'SDEI: Compare Branches');
    for (const name of ['main', 'branch 1']) {
      const choice = page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
      await see(choice);
      await choice.click();
    }
    await see(page.locator('.tab.active', { hasText: 'main ↔ branch 1' }));
    await see(page.locator('.monaco-diff-editor .view-line', { hasText: 'Deliveries' }).first());
    await stage.screenshot(page, 'branches');
  },

  async 'lines of the Debug Console, the timeline and the guest console lead to their moments'(stage) {
    const page = await stage.open('samples');
    await waitForWorkbench(page);
    await openFile(page, 'first-event.c');
    await goToLine(page, lineOf(path.join(stage.folder('samples'), 'first-event.c'), 'SMCCC_HERE(status'));
    await setBreakpoint(page);
    await page.keyboard.press('F5');
    await waitForStop(page);
    await page.keyboard.press('F10');
    const handled = page.locator('.repl .monaco-list-row', { hasText: /1 event handled during the step: #0, \d+ instructions/ });
    // A stop takes the focus, and the quick input with it.
    await see(pane(page, 'Call Stack').getByText('Paused on step'));
    await runCommand(page, 'Debug Console: Focus on Debug Console View');
    await see(handled);
    await stage.screenshot(page, 'debug-console-link');
    await handled
      .locator('a')
      .first()
      .click({ modifiers: ['Control'] });
    await see(row(page, 'Call Stack', 'sdei_handler_entry'));
    const sign = page.locator('.statusbar-item', { hasText: /t=[\d,]+ \/ [\d,]+/ });
    await see(sign);
    await see(page.locator('.pane-header', { hasText: 'In the past: Paused after a jump' }));

    for (const closed of ['Variables', 'Watch', 'Call Stack', 'Loaded Scripts', 'Breakpoints', events]) await setPane(page, closed, false);
    await setPane(page, timeline, true);
    await see(row(page, timeline, 'The guest stands here, in its past'));
    const printed = row(page, timeline, /register -> 0/);
    await see(printed);
    await stage.screenshot(page, 'timeline');
    const time = /t=([\d,]+)/.exec((await printed.textContent()) ?? '')?.[1] ?? '';
    await printed.click();
    await see(page.locator('.statusbar-item', { hasText: `t=${time} / ` }));
    await setPane(page, 'Call Stack', true);
    await see(row(page, 'Call Stack', 'print'));
  },

  async 'a kernel of launch.json boots when its folder is opened: the first F5 finds it booted'(stage) {
    const folder = stage.folder('samples');
    const [kernel, launchFile] = [path.join(folder, 'Image'), path.join(folder, '.vscode/launch.json')];
    const launchText = readFileSync(launchFile);
    const boots = path.join(cacheFolder(), 'boots');
    const kept = (): string[] => (existsSync(boots) ? readdirSync(boots).filter((name) => name.endsWith('.kept')) : []);
    const before = kept();
    // 537 million instructions, of another kernel in each run of the tests.
    writeFileSync(kernel, countingKernel(Date.now(), 0x1000));
    const launch = { type: 'sdei', request: 'launch', name: 'Counting kernel', kernel: '${workspaceFolder}/Image', stopAtEnd: 'always' };
    writeFileSync(launchFile, JSON.stringify({ configurations: [launch] }));
    try {
      const page = await stage.open('samples');
      await waitForWorkbench(page);
      // At the lowest priority: a busy computer has it wait. What the status bar says of it a fast one shows too shortly to be seen.
      for (const end = Date.now() + 120_000; kept().every((name) => before.includes(name)); await page.waitForTimeout(200))
        assert.ok(Date.now() < end, 'the kernel has not been booted');
      await page.keyboard.press('F5');
      await see(row(page, 'Call Stack', '0x40200058'));
      await runCommand(page, 'Debug Console: Focus on Debug Console View');
      await see(page.locator('.repl .monaco-list-row', { hasText: /The first 536,[\d,]+ instructions are known/ }).first());
      await stage.screenshot(page, 'first-session-of-a-booted-kernel');
      await endSession(page);
    } finally {
      writeFileSync(launchFile, launchText);
      for (const name of kept()) if (!before.includes(name)) rmSync(path.join(boots, name));
      rmSync(kernel);
    }
  },

  async 'F5 without a launch.json runs the only program of the workspace'(stage) {
    const page = await stage.open('program');
    await breakInHandler(page, stage.folder('program'));
    await page.keyboard.press('F5');
    await waitForStop(page);
    await see(row(page, 'Call Stack', 'on_event'));
    await stage.screenshot(page, 'without-launch-json');
  },

  async 'the same in the browser, without Node'(stage) {
    const page = await stage.open('web');
    await breakInHandler(page, stage.folder('samples'));
    await page.keyboard.press('F5');
    await waitForStop(page);
    await see(row(page, 'Call Stack', 'on_event'));
    await see(row(page, 'Call Stack', 'signal_in_the_middle'));
    await setPane(page, events, true);
    await see(row(page, events, /Event 0.*running/));
    await stage.screenshot(page, 'in-the-browser');

    // A run saved in the browser opens in the browser.
    await runCommand(page, 'SDEI: Save Trace');
    await see(page.locator('.quick-input-widget', { hasText: 'Save Trace' }));
    await page.locator('.quick-input-action .monaco-button', { hasText: 'OK' }).first().click();
    await see(page.locator('.statusbar-item', { hasText: 'holds this run' }));
    await endSession(page);
    await openTrace(page, 'guest.sdeitrace');
    await waitForStop(page);
    await see(row(page, 'Call Stack', 'on_event'));
    await see(row(page, 'Call Stack', 'signal_in_the_middle'));
    await stage.screenshot(page, 'trace-in-the-browser');

    // So does one that was saved elsewhere; a long one shows how far it is.
    const folder = stage.folder('samples');
    const [made, endless] = ['made-elsewhere', 'endless'].map((name) => path.join(folder, `${name}.sdeitrace`));
    makeTrace(path.join(folder, 'first-event.elf'), made, 1500);
    makeTrace(path.join(import.meta.dirname, '../guests/spin.elf'), endless, 1000);
    withoutEnd(endless);
    try {
      await endSession(page);
      await openTrace(page, 'made-elsewhere.sdeitrace');
      await see(row(page, 'Call Stack', 'on_event'));
      await see(row(page, 'Call Stack', /SDEI event 0/));
      await stage.screenshot(page, 'trace-made-elsewhere');
      await endSession(page);
      await openTrace(page, 'endless.sdeitrace');
      const opening = page.locator('.notification-toast', { hasText: 'Opening endless.sdeitrace' });
      await see(opening.filter({ hasText: /t=[\d,]+ of 1,000,000,000,000/ }));
      await stage.screenshot(page, 'opening-a-long-trace');
      await opening.locator('.monaco-button', { hasText: 'Cancel' }).click();
      await see(row(page, 'Call Stack', '_start'));
      await see(page.locator('.statusbar-item', { hasText: /t=[\d,]+ \/ 1,000,000,000,000/ }));
      await stage.screenshot(page, 'opening-cancelled');
    } finally {
      for (const file of [made, endless]) rmSync(file);
    }
  },

  async 'guests have the same states in the browser as in Node, by their hashes'(stage) {
    const expected = JSON.parse(readFileSync(path.join(import.meta.dirname, '../determinism/hashes.json'), 'utf8'));
    const page = await stage.open('worker');
    for (const run of runs) {
      const hashes = await page.evaluate(statesInPage, run);
      assert.deepEqual(
        hashes,
        run.instructions.map((instructions) => expected[keyOf(run, instructions)]),
        run.name,
      );
    }
  },

  async 'from an empty workspace to a stop in a handler'(stage) {
    const page = await stage.open('empty');
    await waitForWorkbench(page);
    await page.keyboard.press('Control+Shift+D');
    const offer = page.locator('.welcome-view-content .monaco-button', { hasText: 'Create SDEI Sample Workspace' }).first();
    await see(offer);
    await stage.screenshot(page, 'empty-workspace');
    await offer.click();
    await see(page.locator('.quick-input-widget', { hasText: 'sdei-samples' }));
    await page.locator('.quick-input-action .monaco-button').first().click();
    await see(page.locator('.tab.active', { hasText: 'first-event.c' }));
    await goToLine(page, lineOf(path.join(stage.folder('samples'), 'first-event.c'), 'log->handled++'));
    await setBreakpoint(page);
    await page.keyboard.press('F5');
    await waitForStop(page);
    await see(row(page, 'Call Stack', 'on_event'));
    await runCommand(page, 'Open Disassembly View');
    await see(page.locator('.disassembly-view .monaco-list-row', { hasText: /ldr|str|add/ }).first());
    await stage.screenshot(page, 'disassembly');
  },

  async "npm start's page is the workbench with the samples opened"(stage) {
    const page = await stage.open('start');
    await waitForWorkbench(page);
    await see(page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'first-event.c' }).first());
    await openFile(page, 'first-event.c');
    await stage.screenshot(page, 'npm-start');
  },
};
