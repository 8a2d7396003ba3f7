/** The documents speak of what is there: paths, scripts, dependencies, links. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { exceptionFilters } from '../debug-adapter/breakpoints/exception-filters.ts';
import { readText, root } from './support/documents.ts';

const manifest = JSON.parse(readText('package.json')) as {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const documents = [...globSync('*.md', { cwd: root }), ...globSync('{docs,test/guests,extension}/**/*.md', { cwd: root })].sort();
const exists = (name: string) => existsSync(path.join(root, name));

/** Code in a text that looks like a path of the project. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, name]) => name)
    .filter(
      (name) =>
        /^(emulator|debug-adapter|extension|syntaxes|test|bench|scripts|docs)\//.test(name) || (/^\.?\w+\/\w+$/.test(name) && exists(name)),
    );

describe('paths', () => {
  for (const document of ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md']) {
    it(`${document} names only what exists`, () => {
      const named = pathsIn(readText(document));
      assert.ok(named.length > 0);
      assert.deepEqual(
        named.filter((name) => !exists(name)),
        [],
      );
    });
  }
  it('every folder of the three parts is on the map', () => {
    const map = readText('ARCHITECTURE.md');
    const folders = ['emulator', 'debug-adapter', 'extension'].flatMap((part) =>
      readdirSync(path.join(root, part))
        .map((name) => `${part}/${name}`)
        .filter((name) => statSync(path.join(root, name)).isDirectory() && !name.endsWith('sample-workspace')),
    );
    assert.ok(folders.length > 15);
    assert.deepEqual(
      folders.filter((folder) => !map.includes(`\`${folder}/`) && !map.includes(`\`${path.basename(folder)}/\``)),
      [],
    );
  });
});

describe('links', () => {
  for (const document of documents) {
    it(document, () => {
      const text = readText(document).replace(/^```[\s\S]*?^```$/gm, '');
      const broken = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target]) => target)
        .filter((target) => !/^(https?|command):/.test(target) && !existsSync(path.resolve(root, path.dirname(document), target)));
      assert.deepEqual(broken, []);
    });
  }
});

it('docs/vim.md names every filter: vimspector asks for those that are not named', () => {
  const [, json] = /```json\n([^]*?)```/.exec(readText('docs/vim.md')) ?? assert.fail();
  const { configurations } = JSON.parse(json) as { configurations: Record<string, { breakpoints: { exception: object } }> };
  const named = Object.values(configurations).flatMap(({ breakpoints }) => Object.keys(breakpoints.exception));
  assert.deepEqual(named.sort(), exceptionFilters.map(({ filter }) => filter).sort());
});

it('ARCHITECTURE.md is short enough to be kept true', () => assert.ok(readText('ARCHITECTURE.md').split('\n').length <= 200));

describe('CONTRIBUTING.md', () => {
  const text = readText('CONTRIBUTING.md');
  it('has a row for every script', () => {
    const rows = [...text.matchAll(/^\| `npm (?:run )?([\w:-]+)` \|/gm)].map(([, name]) => name);
    assert.deepEqual(rows.sort(), Object.keys(manifest.scripts).sort());
  });
  it('gives a reason for every dependency', () => {
    const table = text.slice(text.indexOf('## Dependencies'));
    const rows = [...table.matchAll(/^\| (`.*?`) \| .+ \|$/gm)].flatMap(([, names]) => names.split(', ').map((name) => name.slice(1, -1)));
    assert.deepEqual(rows.sort(), Object.keys(manifest.devDependencies).sort());
  });
  it('what it tells to record again is there', () => {
    const commands = [...text.matchAll(/\| `(?:UPDATE_\w+=1 )?(?:node |npm run test:unit -- )?(test\/[^`]+)` \|/g)].map(([, file]) => file);
    assert.ok(commands.length >= 7);
    for (const file of commands) assert.ok(exists(file), file);
  });
});

describe('CHANGELOG.md', () => {
  it('begins with the version of the package', () => assert.equal(/^## (\S+)/m.exec(readText('CHANGELOG.md'))?.[1], manifest.version));
});
