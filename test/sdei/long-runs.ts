/**
 * Runs that take minutes, for the record: `npm run test:sdei -- NAME [options]`. Each prints what it counted; exit status 1 if anything
 * does not hold.
 */
import { parseArgs } from 'node:util';
import { countEvents } from './event-sums.ts';
import { findDisagreement, newTally } from './machine-against-model.ts';
import { migrateAtRandom } from './migrations.ts';
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
      `profile ${profile.padEnd(4)}: ${calls} calls, ${otherSteps} other steps; ${deliveries} deliveries, ${nested} steps with nested and ${shared} with shared handlers; ${disagreements} disagreements (seed ${seed}, ${seconds(begun)})`,
    );
    holds &&= disagreements === 0;
  }
  return holds;
}

/** `count` triggers in each profile. */
function events({ profiles: asked, count, seed }: Options): boolean {
  let holds = true;
  for (const profile of asked) {
    const begun = performance.now();
    const { raised, delivered, collapsed, refused, discarded, pending, instructions, differing } = countEvents(profile, count, seed);
    const sum = delivered + collapsed + refused + discarded + pending;
    for (const difference of differing) console.log(`  ${difference}`);
    console.log(
      `profile ${profile.padEnd(4)}: ${raised} raised = ${delivered} delivered + ${collapsed} collapsed with a pending one + ${refused} refused + ${discarded} discarded by UNREGISTER + ${pending} pending still (sum ${sum}; ${instructions} instructions, ${seconds(begun)})`,
    );
    holds &&= sum === raised && differing.length === 0;
  }
  return holds;
}

const guests = ['nested-critical', 'watchdog', 'first-event'];

/** `count` migrations of each guest in each profile. */
async function migrations({ profiles: asked, count, seed }: Options): Promise<boolean> {
  let holds = true;
  const all = new Map<string, number>();
  for (const profile of asked) {
    for (const guest of guests) {
      const begun = performance.now();
      const { equal, refused, reasons, wrong } = await migrateAtRandom(guest, profile, count, seed);
      console.log(
        `profile ${profile.padEnd(4)}, ${guest.padEnd(15)}: ${equal} equal, ${refused} refused with the reason, ${wrong.length} wrong (${seconds(begun)})`,
      );
      for (const problem of wrong.slice(0, 5)) console.log(`  ${problem}`);
      for (const [reason, times] of reasons) all.set(reason, (all.get(reason) ?? 0) + times);
      holds &&= wrong.length === 0 && equal + refused === count;
    }
  }
  console.log('Reasons, each of which a refusal may name together with others:');
  for (const [reason, times] of all) console.log(`  ${times} × ${reason}`);
  return holds;
}

const seconds = (begun: number): string => `${((performance.now() - begun) / 1000).toFixed(0)} s`;

const runs: Readonly<Record<string, { readonly run: LongRun; readonly count: number; readonly what: string }>> = {
  model: { run: model, count: 1_000_000, what: 'random calls in each profile, against the model' },
  events: { run: events, count: 1_000_000, what: 'triggers in one run of each profile: they add up' },
  migrations: {
    run: migrations,
    count: 1000,
    what: `migrations at random instructions of ${guests.join(', ')} in each profile: equal or refused`,
  },
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
