// Records oracle.json: what every case of cases.ts leads to.  node test/system/oracle/record.mjs
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../recording/record.mjs';
import { MODE } from '../support.ts';
import { DEFAULTS, oracleCases } from './cases.ts';

const here = import.meta.dirname;
const cases = oracleCases.map(({ mode, word, x0 = 0n, registers }) => [MODE[mode], x0, word >>> 0, ...Object.values({ ...DEFAULTS, ...registers })]);
const { lines } = record(here, { cases });
if (lines.length !== oracleCases.length) throw new Error(`${lines.length} results for ${oracleCases.length} cases; the last is ${lines.at(-1)}`);
const results = lines.map((line, n) => {
  const [target, offset, esr, elr, spsr, far, daif, pan, x0] = line.split(' ').map((value) => BigInt(`0x${value}`).toString(16));
  return { name: oracleCases[n].name, target, offset, esr, elr, spsr, far, daif, pan, x0 };
});
writeFileSync(join(here, 'oracle.json'), `[\n${results.map((result) => JSON.stringify(result)).join(',\n')}\n]\n`);
console.log(`${results.length} cases recorded`);
