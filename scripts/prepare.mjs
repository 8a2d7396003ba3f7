// What follows from the descriptions of instructions alone and takes long to work out, as JSON: `esbuild.mjs` writes it into the bundles.
import { instructions } from '../emulator/a64/decode.ts';
import { summaryOf } from '../emulator/a64/forms.ts';
import { HOT_THRESHOLD } from '../emulator/engine/cases.ts';
import { buildInterpreter } from '../emulator/engine/interpreter.ts';
import { buildSettle } from '../emulator/engine/settle-flags.ts';
import { buildFill } from '../emulator/engine/tlb-fill.ts';

const text = (bytes) => Buffer.from(bytes).toString('base64');
const modules = { interpreterBytes: text(buildInterpreter(HOT_THRESHOLD)), fillBytes: text(buildFill()), settleBytes: text(buildSettle()) };
process.stdout.write(JSON.stringify({ forms: instructions.map(summaryOf), modules }));
