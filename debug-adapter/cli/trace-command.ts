/** `sdei-debug trace`: a run in one file; `sdei-debug query`: what happened in it. */
import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInjections } from '../breakpoints/injections.ts';
import { parseCondition, unknownFieldOf } from '../conditions.ts';
import { makers } from '../makers.ts';
import { nearest } from '../nearest.ts';
import { nodeHost } from '../node-host.ts';
import { createSourcePaths } from '../source-paths.ts';
import { openTrace, recordsOfTrace } from '../trace/open-trace.ts';
import { conditionFieldsOf, type TraceRecord, type TraceTableName, traceTables } from '../trace/records.ts';
import { saveTrace } from '../trace/save-trace.ts';
import { askedLaunch, launchFileOptions } from './asked-launch.ts';
import { launchOptions } from './launch-flags.ts';
import { helpOf, numberOf, type Option, parseOptions, UsageError, valueOf } from './options.ts';
import { loadRecordedGuest } from './recorded-guest.ts';
import { consoleOptions, inputOf, passConsole, runToEnd } from './run.ts';
import type { Streams } from './streams.ts';

const traceOptions: readonly Option[] = [
  ...launchFileOptions,
  { name: 'output', value: 'FILE', description: 'Where to write the trace (.sdeitrace).' },
  { name: 'max-instructions', value: 'N', description: 'End after exactly N instructions.' },
  ...consoleOptions,
  { name: 'help', description: 'Show this.' },
];

const traceHelp = () => `sdei-debug trace GUEST.elf --output FILE.sdeitrace [options]
sdei-debug trace --kernel IMAGE [--initrd FILE] --output FILE.sdeitrace [options]

Runs the guest as "sdei-debug run" does, and writes the run to a file: images, sources, settings, and what came from outside.
It opens with the launch key "trace", and answers "sdei-debug query".
Exit status: 0 written; 2 wrong usage or input.

${helpOf(traceOptions)}

Launch keys (as in launch.json):
${helpOf(launchOptions)}
`;

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function trace(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('trace', args, [...traceOptions, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(traceHelp());
    return 0;
  }
  const output = valueOf(parsed, 'output');
  if (output === undefined) throw new UsageError('Where to? Give --output FILE.sdeitrace.');
  const given = await askedLaunch('trace', parsed);
  const input = await inputOf(parsed);
  await checkOutput(output);
  const guest = await loadRecordedGuest(given, streams, nodeHost);
  const { launch, target, images } = guest;
  const console = passConsole(target, { keep: false, input, isTerminal: launch.kernel !== undefined }, streams);
  const injections = createInjections(launch.inject, target, images);
  const stop = await runToEnd(guest, injections, numberOf(parsed, 'max-instructions', 0), console, streams);
  console.end();
  const embedded = new Map([[makers.hypStub.sourcePath, makers.hypStub.source]]);
  const sources = await createSourcePaths(images.all, { host: nodeHost, sourceMap: launch.sourceMap, embedded });
  const bytes = await saveTrace(nodeHost, { given, ...guest, sources }, 'pe' in stop ? stop.pe : 0, async () => {});
  await writeFile(output, bytes).catch((error: Error) => {
    throw new UsageError(`Cannot write "${output}" (--output): ${error.message}.`);
  });
  streams.say(`sdei-debug: ${output}: ${target.time} instructions (${stop.kind}), ${bytes.length} bytes\n`);
  return 0;
}

/** Before a run that may take long. @throws UsageError: nothing can be written there */
async function checkOutput(file: string): Promise<void> {
  const cannot = (reason: string) => new UsageError(`Cannot write "${file}" (--output): ${reason}`);
  const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory();
  if (await isFolder(file)) throw cannot('it is a folder. Give the path of a file.');
  const folder = dirname(file);
  if (!(await isFolder(folder))) throw cannot(`there is no folder "${folder}". Make it, or give another path.`);
}

const queryOptions: readonly Option[] = [
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

const queryHelp = () => `sdei-debug query FILE.sdeitrace "TABLE [where CONDITION]" [options]

Repeats a run that was saved, and lists what happened in it.
Exit status: 0 done, also if nothing is found; 2 wrong usage or input.

${helpOf(queryOptions)}

Tables and their fields:
${Object.entries(traceTables)
  .map(([name, { description, fields }]) => `  ${name.padEnd(12)} ${description}\n${' '.repeat(15)}${fields.join(', ')}`)
  .join('\n')}

Conditions compare fields with ==, !=, <, <=, >, >=, and ~ (contains), joined by "and", "or", "not" and parentheses, as in exception
breakpoints: "deliveries where latency > 500 and interrupted.el == 1".
`;

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function query(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('query', args, queryOptions);
  if (parsed.options.has('help')) {
    streams.out(queryHelp());
    return 0;
  }
  const [file, text, more] = parsed.words;
  if (text === undefined)
    throw new UsageError('What of which trace? Write "sdei-debug query FILE.sdeitrace \'deliveries where event == 0\'".');
  if (more !== undefined) throw new UsageError(`One query at a time, but "${more}" was given besides "${text}". Quote the query.`);
  const { table, holds } = parseQuery(text);
  const { given, host, trace: opened } = await openTrace(file, nodeHost);
  const { target, images } = await loadRecordedGuest(given, streams, host, opened);
  const records = (await recordsOfTrace(target, images, opened))[table].filter((record) => holds((field) => record[field]));
  const { fields } = traceTables[table];
  if (parsed.options.has('json')) {
    const rows = records.map((record) => Object.fromEntries(fields.map((field) => [field, shown(field, record, true)])));
    streams.out(
      `${JSON.stringify({ query: text, instructions: target.timeTravel.recording.end.instruction, count: rows.length, rows })}\n`,
    );
    return 0;
  }
  const cells = [
    fields as readonly string[],
    ...records.map((record) => fields.map((field) => String(shown(field, record, false) ?? '-'))),
  ];
  const widths = fields.map((_, column) => cells.reduce((widest, row) => Math.max(widest, row[column].length), 0));
  for (const row of cells)
    streams.out(
      `${row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
    );
  return 0;
}

/** @throws UsageError that names what could be asked */
function parseQuery(text: string): { table: TraceTableName; holds: (valueOf: (field: string) => TraceRecord[string]) => boolean } {
  const [, name = '', rest = ''] = /^\s*(\w*)\s*(.*?)\s*$/s.exec(text) ?? [];
  if (!Object.hasOwn(traceTables, name)) {
    const guess = nearest(name, Object.keys(traceTables));
    const mend = guess === undefined ? `There are: ${Object.keys(traceTables).join(', ')}.` : `Did you mean "${guess}"?`;
    throw new UsageError(`Query "${text}": there is no table "${name}". ${mend}`);
  }
  const table = name as TraceTableName;
  if (rest === '') return { table, holds: () => true };
  const [, condition] = /^where\b(.*)$/is.exec(rest) ?? [];
  if (condition === undefined)
    throw new UsageError(`Query "${text}": "${rest}" behind the table is not understood. Write "${name} where CONDITION".`);
  const fields = conditionFieldsOf(table);
  const holds = parseCondition(condition, fields);
  if (holds !== undefined) return { table, holds };
  const stranger = unknownFieldOf(condition, fields);
  if (stranger === undefined)
    throw new UsageError(
      `Query "${text}": the condition is not understood. Compare ${fields.all.join(', ')}, for example "at > 1000 and not pe == 1".`,
    );
  const guess = nearest(stranger, fields.all);
  const mend = guess === undefined ? `There are: ${fields.all.join(', ')}.` : `Did you mean "${guess}"?`;
  throw new UsageError(`Query "${text}": ${table} have no field "${stranger}". ${mend}`);
}

const addresses = new Set(['pc', 'interrupted.pc', 'fid']);
/** Numbers as JSON numbers, but 64-bit ones as text. */
function shown(field: string, record: TraceRecord, isJson: boolean): string | number | null {
  const value = record[field];
  if (value === undefined) return isJson ? null : '-';
  if (typeof value === 'string') return value;
  return addresses.has(field) ? `0x${value.toString(16)}` : Number(value);
}
