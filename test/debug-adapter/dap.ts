/**
 * `npm run test:dap`: every advertised capability of the protocol shows its effect, and every message is as the protocol's schema says, in
 * its order.
 *
 *   npm run test:dap -- --report FILE.json   the same for a program
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { proveCapabilities } from './support/prove-capabilities.ts';

const { values } = parseArgs({ options: { report: { type: 'string' } } });
const { advertised, proofs, absent, messages } = await proveCapabilities();
for (const { capability, shows, problem } of proofs) {
  console.log(
    `${problem === undefined ? 'ok    ' : 'FAILED'} ${capability}: ${shows ?? ''}${problem === undefined ? '' : `\n       ${problem}`}`,
  );
}
const proven = proofs.filter(({ capability, problem }) => problem === undefined && advertised.includes(capability)).length;
console.log(`\nnot advertised: ${absent.join(', ')}`);
console.log(`${messages} messages: schema and order as the protocol has them`);
console.log(`advertised ${advertised.length}, proven ${proven}`);
if (values.report !== undefined)
  writeFileSync(values.report, `${JSON.stringify({ advertised: advertised.length, proven, absent, messages, proofs }, undefined, 2)}\n`);
process.exitCode = proven === advertised.length && proofs.every(({ problem }) => problem === undefined) ? 0 : 1;
