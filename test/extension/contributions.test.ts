/** package.json and the code say the same. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { launchSchema, type Schema } from './support/launch-schema.ts';
import { launchKeys } from '../../debug-adapter/launch-keys.ts';

const root = path.resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { contributes } = manifest;
const code = globSync('extension/**/*.ts', { cwd: root })
  .map((file) => readFileSync(path.join(root, file), 'utf8'))
  .join('\n');
const commands: string[] = contributes.commands.map(({ command }: { command: string }) => command);
const views: string[] = contributes.views.debug.map(({ id }: { id: string }) => id);

describe('commands', () => {
  const registered = new Set([
    ...[...code.matchAll(/registerCommand\('([\w.]+)'/g)].map(([, name]) => name),
    ...[...code.matchAll(/^ {4}'(sdei\.\w+)':/gm)].map(([, name]) => name),
  ]);
  it('every command of the manifest is registered, and every registered one is in the manifest', () =>
    assert.deepEqual([...registered].sort(), [...commands].sort()));
  it('every command that a menu, a view or a variable names exists', () => {
    const named = [
      ...Object.values<{ command: string }[]>(contributes.menus).flatMap((items) => items.map(({ command }) => command)),
      ...Object.values<string>(contributes.debuggers[0].variables),
      ...contributes.walkthroughs[0].steps.flatMap(({ description }: { description: string }) =>
        [...description.matchAll(/command:(sdei\.\w+)\)/g)].map(([, name]) => name),
      ),
      ...contributes.viewsWelcome.flatMap(({ contents }: { contents: string }) =>
        [...contents.matchAll(/command:(sdei\.\w+)/g)].map(([, name]) => name),
      ),
    ];
    assert.deepEqual(
      named.filter((name) => !commands.includes(name)),
      [],
    );
  });
  it('commands that need a node of a tree are not in the palette', () => {
    const hidden = contributes.menus.commandPalette
      .filter(({ when }: { when: string }) => when === 'false')
      .map(({ command }: { command: string }) => command);
    assert.deepEqual(hidden.sort(), [
      'sdei.copyAsAssembly',
      'sdei.copyAsC',
      'sdei.copyAsExpression',
      'sdei.copyValue',
      'sdei.goToInstant',
      'sdei.openHandler',
      'sdei.pickProgram',
      'sdei.pinRegister',
      'sdei.unpinRegister',
    ]);
  });
  it('inline actions have icons', () => {
    const inline = contributes.menus['view/item/context'].filter(({ group }: { group: string }) => group.startsWith('inline'));
    for (const { command } of inline)
      assert.ok(contributes.commands.find((one: { command: string; icon?: string }) => one.command === command)?.icon, command);
  });
  it('menus look for words that the trees give', () => {
    const given = new Set([...code.matchAll(/'(\w+)'/g)].map(([, word]) => word));
    const whens: string[] = contributes.menus['view/item/context'].map(({ when }: { when: string }) => when);
    for (const when of whens) {
      const [, word] = /\\b(\w+)\\b/.exec(when) ?? [];
      assert.ok(word !== undefined && given.has(word), when);
    }
  });
});

describe('views', () => {
  it('every view has a provider', () =>
    assert.deepEqual(
      views.filter((id) => !code.includes(`registerTree('${id}'`)),
      [],
    ));
  it('are there only while an SDEI guest is debugged', () => {
    for (const { when } of contributes.views.debug) assert.equal(when, "inDebugMode && debugType == 'sdei'");
  });
});

describe('launch configurations', () => {
  const { launch } = contributes.debuggers[0].configurationAttributes;
  it('the schema is what debug-adapter/launch-keys.ts defines (npm run launch-schema writes it)', () =>
    assert.deepEqual(launch.properties, launchSchema(launchKeys, launch.properties)));
  it('every key and every value of a list is described', () => {
    const check = (properties: Record<string, Schema>, where: string) => {
      for (const [name, schema] of Object.entries(properties)) {
        assert.ok(schema.description, where + name);
        if (schema.enumDescriptions !== undefined)
          assert.equal((schema.enumDescriptions as []).length, (schema.enum as []).length, where + name);
        check(schema.properties ?? schema.items?.properties ?? {}, `${where}${name}.`);
      }
    };
    check(launch.properties, '');
  });
  it('snippets, initial configurations and the samples use only keys that exist', () => {
    const used = [
      ...contributes.debuggers[0].initialConfigurations,
      ...contributes.debuggers[0].configurationSnippets.map(({ body }: { body: object }) => body),
      ...JSON.parse(readFileSync(path.join(root, 'extension/sample-workspace/.vscode/launch.json'), 'utf8').replace(/^\s*\/\/.*$/gm, ''))
        .configurations,
    ];
    const known = new Set(['type', 'request', 'name', ...launchKeys.map(({ name }) => name)]);
    for (const configuration of used) {
      assert.equal(configuration.type, contributes.debuggers[0].type);
      for (const key of Object.keys(configuration)) assert.ok(known.has(key), `${configuration.name}: ${key}`);
    }
  });
});

describe('activation', () => {
  it('happens for a folder with a launch.json, a session, a configuration list, a view or a command, and not before', () => {
    for (const event of manifest.activationEvents)
      assert.match(
        event,
        /^(onDebug(Resolve:sdei|InitialConfigurations|DynamicConfigurations:sdei)|workspaceContains:\.vscode\/launch\.json)$/,
      );
  });
  it('languages with breakpoints include those that the debugger is for', () => {
    const languages = contributes.breakpoints.map(({ language }: { language: string }) => language);
    for (const language of contributes.debuggers[0].languages) assert.ok(languages.includes(language), language);
  });
  it('files that the manifest names outside dist/ exist', () => {
    for (const file of [contributes.languages[0].configuration, contributes.grammars[0].path])
      assert.ok(JSON.parse(readFileSync(path.join(root, file), 'utf8')));
  });
});
