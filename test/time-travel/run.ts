/** `npm run test:time`: going backwards, on record. `-- NAME` for one part. */
import { farBack, lastChange, lastOfMany, recordAll, thereAndBack } from './checks.ts';
import { bench, guests } from './guests.ts';
import { hostileGuests, hostileSession } from './hostile.ts';
import type { TargetWatchpoint } from '../../debug-adapter/target/target.ts';
import { type Traveller, traveller } from './traveller.ts';

const POINTS = 10_000;
const HITS = 1_000_000;
const FAR = 100_000_000;
const SEEDS = 10;
const COMMANDS = 150;

const ms = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`;
const count = (number: number): string => number.toLocaleString('en');

const parts: Readonly<Record<string, () => Promise<void>>> = {
  async points() {
    const names = Object.keys(guests);
    for (const [index, name] of names.entries()) {
      const share = Math.floor(POINTS / names.length);
      const { points, steps, inHandlers, nested, levels, crossings } = await thereAndBack(
        traveller(`test/guests/${name}.elf`, guests[name]),
        share,
        index + 1,
      );
      console.log(
        `${name}: ${count(points)} random points, ${count(steps)} instructions forward and as many back: every state hash equal ` +
          `(${count(inHandlers)} points in handlers, ${count(nested)} in nested ones, EL ${levels.join(', ')}, ${count(crossings)} steps over events or to another EL)`,
      );
    }
  },
  async hits() {
    const one = traveller(bench.path, bench.changes);
    const { hits, forwardSeconds, backSeconds, backToFirstSeconds, instructions } = await lastOfMany(
      one,
      one.images.symbol(bench.often)?.address ?? 0n,
      HITS,
    );
    console.log(
      `reverseContinue: the last of ${count(hits)} hits in ${ms(backSeconds)}; the first of them, ${count(instructions)} instructions back, ` +
        `every other looked at and refused, in ${ms(backToFirstSeconds)} (forwards, stopping at each: ${ms(forwardSeconds)})`,
    );
  },
  async far() {
    const { instructions, backSeconds, forwardSeconds, oneBackSeconds, slowestBackSeconds, checkpoints } = await farBack(
      traveller(bench.path, bench.changes),
      traveller(bench.path, bench.changes),
      20_000_000,
      FAR,
    );
    console.log(
      `${count(instructions)} instructions back in ${ms(backSeconds)}, forwards to the instruction before the end in ${ms(forwardSeconds)}: state hash equal (${checkpoints} checkpoints)`,
    );
    console.log(`one instruction back: ${ms(oneBackSeconds)} the first time, ${ms(slowestBackSeconds)} the slowest of 20 more`);
  },
  async change() {
    const one = traveller(bench.path, bench.changes);
    await recordAll(one, FAR);
    const { seconds, moment } = await lastChange(one, word(one, 'crc_table', 4));
    console.log(
      `last change of a word, written at instruction ${count(moment.instruction)}, looked for from instruction ${count(FAR)}: ${ms(seconds)}`,
    );
  },
  async hostile() {
    for (const guest of hostileGuests) {
      let [commands, stops, again, compared, branches, elsewhere] = [0, 0, 0, 0, 0, 0];
      for (let seed = 1; seed <= SEEDS; seed++) {
        const one = await hostileSession(guest, seed, COMMANDS);
        for (const failure of one.failures) console.log(`  ${failure}`);
        if (one.failures.length > 0) process.exitCode = 1;
        commands += one.commands;
        stops += one.stops;
        again += one.again;
        compared += one.compared;
        branches += one.branches;
        elsewhere += one.elsewhere;
      }
      console.log(
        `${guest.name}: ${count(commands)} commands at random in ${SEEDS} sessions, ${count(stops)} stops, ${count(branches)} other futures; ` +
          `${count(again)} times at a known moment, and ${count(elsewhere)} times in another machine; ${count(compared)} searches backwards beside a run forwards`,
      );
    }
  },
  async watch() {
    const rows: readonly [what: string, instructions: number, watchpoint: (one: Traveller) => readonly TargetWatchpoint[]][] = [
      ['nothing watched', FAR, () => []],
      ['a word on a page that is not used', FAR, (one) => [word(one, 'bss_end', 0x10_0000)]],
      ['a word on the page of the stack', FAR, (one) => [word(one, 'bss_end', 0x4000)]],
      ['a word that is read often, on a page that is written often', FAR, (one) => [word(one, 'crc_table', 4)]],
      ['every access to a word that is read often', FAR / 10, (one) => [{ ...word(one, 'crc_table', 4), access: 'readWrite' }]],
      ['a system register', FAR, () => [{ kind: 'value', pe: 0, what: { register: 'VBAR_EL1' } }]],
      ['a core register that is written often', FAR / 100, () => [{ kind: 'value', pe: 0, what: { register: 'x28' } }]],
      ['the stack pointer', FAR, () => [{ kind: 'value', pe: 0, what: { register: 'sp' } }]],
      ['a vector register', FAR / 100, () => [{ kind: 'value', pe: 0, what: { register: 'v31' } }]],
    ];
    for (const [what, instructions, watchpoint] of rows) {
      const one = traveller(bench.path, bench.changes);
      await recordAll(one, FAR / 10);
      one.target.setWatchpoints(watchpoint(one));
      const end = one.target.time + instructions;
      let stops = 0;
      const begin = performance.now();
      while (one.target.time < end) {
        const stop = await one.target.resume({ maxInstructions: end - one.target.time });
        if (stop.kind === 'watchpoint') stops++;
      }
      const seconds = (performance.now() - begin) / 1000;
      console.log(`${what}: ${count(Math.round(instructions / seconds / 1e4) / 100)} million instructions a second, ${count(stops)} stops`);
    }
  },
};

function word(one: Traveller, symbol: string, offset: number): TargetWatchpoint & { kind: 'memory' } {
  const address = Number(one.images.symbol(symbol)?.address) + offset;
  return { kind: 'memory', ranges: [{ address, length: 4 }], access: 'change' };
}

const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const begin = performance.now();
  await part();
  console.log(`${name}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
}
