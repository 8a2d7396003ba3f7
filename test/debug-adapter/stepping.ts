/** `npm run test:stepping [-- --per-cell N] [-- --seed N]`: the whole stepping matrix, printed as a table. Exit status 1: a step ended elsewhere. */
import { parseArgs } from 'node:util';
import { cells, runMatrix, textOf } from './stepping-matrix.ts';

const { values } = parseArgs({ options: { 'per-cell': { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } } });
const begun = performance.now();
const matrix = await runMatrix(cells, Number(values['per-cell']), Number(values.seed));
console.log(`${textOf(matrix)}\nseed ${values.seed}, ${((performance.now() - begun) / 1000).toFixed(0)} s`);
process.exitCode = matrix.outcomes.length > 0 && matrix.outcomes.every(({ wrong }) => wrong === undefined) ? 0 : 1;
