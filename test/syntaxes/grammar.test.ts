import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import oniguruma from 'vscode-oniguruma';
import textmate, { type IGrammar, type StateStack } from 'vscode-textmate';

const root = path.resolve(import.meta.dirname, '../..');
const from = (...parts: string[]) => path.join(root, ...parts);
const guests = from('test/guests');

interface Capstone {
  readonly ARCH_ARM64: number;
  readonly MODE_LITTLE_ENDIAN: number;
  readonly Capstone: new (architecture: number, mode: number) => { insn_name(id: number): string | null };
}
const openCapstone: (options: { wasmBinary: Uint8Array }) => Promise<Capstone> = createRequire(import.meta.url)('@alexaltea/capstone-js');

let grammar: IGrammar;
before(async () => {
  const wasm = readFileSync(from('node_modules/vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(from('syntaxes/a64-assembly.tmLanguage.json'), 'utf8'), 'a64.json'),
  });
  const loaded = await registry.loadGrammar('source.a64-assembly');
  assert.ok(loaded);
  grammar = loaded;
});

/** The scopes of each character of a line, innermost last. */
function scopesOf(line: string, state: StateStack | null): { at: (column: number) => string[]; state: StateStack } {
  const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
  return {
    at: (column) => tokens.find(({ startIndex, endIndex }) => startIndex <= column && column < endIndex)?.scopes.slice(1) ?? [],
    state: ruleStack,
  };
}

/** The scope of the first word of `line`. */
const scopeOf = (line: string) => scopesOf(line, textmate.INITIAL).at(line.search(/\S/)).at(-1);

describe('marked samples', () => {
  // Below a line, "// ^^^ scope" says what the characters above the carets are; "!" instead of a scope: nothing.
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.s'))) {
    it(file, () => {
      const lines = readFileSync(path.join(import.meta.dirname, file), 'utf8').split('\n');
      let state: StateStack = textmate.INITIAL;
      let at: (column: number) => string[] = () => [];
      let checks = 0;
      for (const [index, line] of lines.entries()) {
        const mark = /^\/\/( *)(\^+) (\S+)$/.exec(line);
        if (mark === null) {
          ({ at, state } = scopesOf(line, state));
          continue;
        }
        const [, indent, carets, wanted] = mark;
        for (let column = 2 + indent.length; column < 2 + indent.length + carets.length; column++) {
          const scopes = at(column);
          const good = wanted === '!' ? scopes.length === 0 : scopes.some((scope) => scope === wanted || scope.startsWith(`${wanted}.`));
          assert.ok(good, `${file}:${index + 1}, column ${column + 1}: expected ${wanted}, is ${scopes.join(' ') || 'nothing'}`);
          checks++;
        }
      }
      assert.notEqual(checks, 0);
    });
  }
});

describe('mnemonics', () => {
  it('every instruction that the disassembler can print is a mnemonic', async () => {
    const wasmBinary = readFileSync(from('node_modules/@alexaltea/capstone-js/dist/capstone.wasm'));
    const capstone = await openCapstone({ wasmBinary });
    const engine = new capstone.Capstone(capstone.ARCH_ARM64, capstone.MODE_LITTLE_ENDIAN);
    const names: string[] = [];
    for (let id = 1; id < 2000; id++) {
      try {
        const name = engine.insn_name(id);
        if (name) names.push(name);
      } catch {
        break;
      }
    }
    assert.ok(names.length > 1000, `${names.length} names`);
    assert.deepEqual(
      names.filter((name) => !scopeOf(`\t${name}\tx0`)?.startsWith('keyword.mnemonic')),
      [],
    );
  });
  it('other words are macros', () => {
    for (const line of ['kernel_entry 1', '\tmov_q x0, 1', '\taddx x0', 'b_ x', 'ldrq x0', 'svcc 0']) {
      assert.equal(scopeOf(line), 'support.function.macro.a64', line);
    }
  });
});

describe('the samples that come with the extension', () => {
  const files = readdirSync(guests, { recursive: true })
    .map(String)
    .filter((name) => /\.S$/.test(name));
  for (const file of files) {
    it(`${file}: every statement begins with something known`, () => {
      let state: StateStack = textmate.INITIAL;
      for (const [index, line] of readFileSync(path.join(guests, file), 'utf8').split('\n').entries()) {
        const scanned = scopesOf(line, state);
        state = scanned.state;
        const first = line.search(/\S/);
        if (first >= 0) assert.notEqual(scanned.at(first).length, 0, `${file}:${index + 1}: ${line}`);
      }
    });
  }
});
