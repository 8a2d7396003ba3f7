/** What a person does in the workbench, as functions over a page. The selectors are VS Code's own. */
import type { Locator, Page } from 'playwright-core';

const patience = { timeout: 30_000 };

export const pane = (page: Page, title: string): Locator =>
  page.locator('.pane', { has: page.locator('.pane-header', { hasText: title }) }).first();
export const row = (page: Page, view: string, text: string | RegExp): Locator =>
  pane(page, view).locator('.monaco-list-row', { hasText: text }).first();
export const see = (found: Locator): Promise<void> => found.waitFor(patience);

export const waitForWorkbench = (page: Page): Promise<void> => see(page.locator('.monaco-workbench .part.statusbar'));

/**
 * Opens the quick input by a key, types, and takes the row that says `expected`. A stop takes the focus some time after it is shown, and closes
 * the quick input: then it is opened again.
 */
async function quickly(page: Page, key: string, text: string, expected: string): Promise<void> {
  const input = page.locator('.quick-input-widget .quick-input-box input');
  const found = page.locator('.quick-input-list .monaco-list-row', { hasText: expected }).first();
  for (let attempt = 1; ; attempt++) {
    await page.keyboard.press(key);
    try {
      await input.waitFor({ timeout: 5000 });
      await input.fill((await input.inputValue()) + text);
      await found.waitFor({ timeout: 5000 });
      await input.press('Enter', { timeout: 5000 });
      return;
    } catch (error) {
      if (attempt === 6) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

export const runCommand = (page: Page, title: string): Promise<void> => quickly(page, 'F1', title, title);

/** Starts one of the configurations of launch.json. */
export async function debugConfiguration(page: Page, name: string): Promise<void> {
  await runCommand(page, 'Debug: Select and Start Debugging');
  const choice = page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
  await see(choice);
  await choice.click();
}

export async function openFile(page: Page, name: string): Promise<void> {
  await quickly(page, 'Control+P', name, name);
  await see(page.locator('.tab.active', { hasText: name }));
}

export async function goToLine(page: Page, line: number): Promise<void> {
  await quickly(page, 'Control+G', String(line), `line ${line}`);
  await see(page.locator('.statusbar-item', { hasText: `Ln ${line},` }));
}

/** F9 does nothing until the workbench knows that there is a debugger, so it is pressed until the breakpoint is there. */
export async function setBreakpoint(page: Page): Promise<void> {
  for (let attempt = 0; attempt < 15; attempt++) {
    await page.keyboard.press('F9');
    const shown = await page
      .locator('.codicon-debug-breakpoint')
      .first()
      .waitFor({ timeout: 2000 })
      .then(
        () => true,
        () => false,
      );
    if (shown) return;
  }
  throw new Error('F9 sets no breakpoint.');
}

export async function waitForStop(page: Page): Promise<void> {
  await see(page.locator('.debug-toolbar'));
  await see(page.locator('.codicon-debug-stackframe, .codicon-debug-breakpoint-stackframe, .debug-top-stack-frame-line').first());
}

export async function setPane(page: Page, title: string, expanded: boolean): Promise<void> {
  const header = pane(page, title).locator('.pane-header').first();
  await see(header);
  if (((await header.getAttribute('aria-expanded')) === 'true') !== expanded) await header.click();
}

export async function expandRow(found: Locator): Promise<void> {
  await see(found);
  if ((await found.getAttribute('aria-expanded')) === 'false') await found.locator('.monaco-tl-twistie').click();
}

/** Clicks an inline action of a row, which is there while the pointer is over the row. */
export async function inlineAction(found: Locator, title: string): Promise<void> {
  await see(found);
  await found.hover();
  await found.locator(`.action-label[aria-label^="${title}"]`).first().click();
}

/** Takes an item of the open context menu. A menu takes no click in its first moments, so it is clicked until the menu has gone. */
export async function choose(page: Page, title: string): Promise<void> {
  const item = page.locator('.monaco-menu .action-item', { hasText: title }).first();
  await see(item);
  for (let attempt = 0; attempt < 15 && (await item.isVisible()); attempt++) {
    await item.click({ timeout: 2000 }).catch(() => {});
    await item.waitFor({ state: 'hidden', timeout: 1000 }).catch(() => {});
  }
}
