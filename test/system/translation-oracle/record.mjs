// Records oracle.json: what every case of cases.ts leads to, and the program, so that ours can run the same one.
// node test/system/translation-oracle/record.mjs
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { record } from '../recording/record.mjs';
import { DEFAULTS, tableWords, translationCases } from './cases.ts';

const here = import.meta.dirname;
const names = new Set(translationCases.map(({ name }) => name));
if (names.size !== translationCases.length) throw new Error('two cases have the same name');
const cases = translationCases.map(({ pstate, word, x0, registers }) => [
  pstate, x0, 0x1122_3344_5566_7788n, word >>> 0, ...Object.values({ ...DEFAULTS, ...registers }), 0n,
]);
const { lines, program } = record(here, { cases, tables: [...tableWords] });
if (lines.length !== translationCases.length) throw new Error(`${lines.length} results for ${translationCases.length} cases; none for ${translationCases[lines.length]?.name}`);
const results = lines.map((line, n) => `  ${JSON.stringify(translationCases[n].name)}: ${JSON.stringify(line.replace(/\b0+(?=[0-9a-f])/g, ''))}`);
const packed = gzipSync(program).toString('base64');
writeFileSync(join(here, 'oracle.json'), `{\n"program": "${packed}",\n"results": {\n${results.join(',\n')}\n}}\n`);
console.log(`${results.length} cases recorded`);
