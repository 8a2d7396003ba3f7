/**
 * Runs that take minutes, for the record: `npm run test:sdei -- NAME [options]`. Each prints what it counted; exit status 1 if anything
 * does not hold.
 */
import { parseArgs } from 'node:util';
import { findDisagreement, newTally } from './machine-against-model.ts';
import type { Client, Profile } from './model.ts';

const profiles: readonly Profile[] = ['spec', 'tfa', 'kvm', 'qemu'];
const clients: readonly Client[] = ['EL1', 'EL2'];

interface Options {
  /** The profile asked for, or all. */
  readonly profiles: readonly Profile[];
  readonly count: number;
  readonly seed: number;
}

/** @returns whether everything held */
type LongRun = (options: Options) => boolean | Promise<boolean>;

/** `count` random calls per profile, in machines with a client at EL1 and at EL2, with and without SCTLR_ELx.SPAN. */
function model({ profiles: asked, count, seed }: Options): boolean {
  let holds = true;
  const machines = clients.flatMap((client) => [true, false].map((span) => ({ client, span })));
  for (const profile of asked) {
    const tally = newTally();
    const begun = performance.now();
    let disagreements = 0;
    for (const [n, { client, span }] of machines.entries()) {
      const left = Math.ceil((count * (n + 1)) / machines.length) - tally.calls;
      const found = findDisagreement({ profile, client, span }, seed + n * 1_000_000, left, tally);
      if (found === undefined) continue;
      disagreements++;
      console.log(`profile ${profile}, client at ${client}, SPAN ${span}: ${found}`);
    }
    const { calls, otherSteps, deliveries, nested, shared } = tally;
    console.log(
      `profile ${profile.padEnd(4)}: ${calls} calls, ${otherSteps} other steps; ${deliveries} deliveries, ${nested} steps with nested and ${shared} with shared handlers; ${disagreements} disagreements (seed ${seed}, ${((performance.now() - begun) / 1000).toFixed(0)} s)`,
    );
    holds &&= disagreements === 0;
  }
  return holds;
}

const runs: Readonly<Record<string, { readonly run: LongRun; readonly count: number; readonly what: string }>> = {
  model: { run: model, count: 1_000_000, what: 'random calls in each profile, against the model' },
};

const usage = `npm run test:sdei -- NAME [--count N] [--seed N] [--profile P]\n${Object.entries(runs)
  .map(([name, { count, what }]) => `  ${name.padEnd(12)} ${what}; default ${count}`)
  .join('\n')}`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string' }, profile: { type: 'string' } },
});
const [name = ''] = positionals;
const chosen = runs[name];
const asked = profiles.filter((profile) => values.profile === undefined || values.profile === profile);
const [count, seed] = [Number(values.count ?? chosen?.count), Number(values.seed ?? 1)];
if (chosen === undefined || asked.length === 0 || !(count >= 1) || !Number.isInteger(seed)) {
  console.error(usage);
  process.exitCode = 2;
} else {
  process.exitCode = (await chosen.run({ profiles: asked, count, seed })) ? 0 : 1;
}
