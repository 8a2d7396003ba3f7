/** Whether what a trace says of itself can be: known before anything follows it. */
import { problemOf, type Shape } from '../arguments.ts';
import { isBefore, type Moment, type Recording } from '../target/target.ts';
import type { TraceManifest } from './trace-file.ts';
import { fileKeys, machineKeys } from './trace-keys.ts';

const moment: Shape = { instruction: 'count', ticks: 'count', inputs: 'count' };
const recording: Shape = { inputs: [{ at: moment, what: { kind: 'string' } }], end: moment };
const bookmarks: Shape = [{ name: 'string', moment, place: 'string' }];
const shape: Shape = {
  launch: { 'program?': 'string', 'kernel?': 'string', 'initrd?': 'string', 'symbols?': ['string'], 'cpus?': 'count' },
  files: [{ name: 'string', bytes: 'count', md5: 'string' }],
  sources: [{ recorded: 'string', name: 'string' }],
  'modules?': [{ name: 'string', file: 'string', sections: [{ name: 'string', address: 'any' }] }],
  recording,
  now: moment,
  pe: 'count',
  hash: 'string',
  bookmarks,
  'branches?': { current: 'string', others: [{ name: 'string', recording, bookmarks }] },
};

type Check = (value: unknown, cpus: number) => boolean;

const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const pe: Check = (value, cpus) => count(value, cpus) && (value as number) < cpus;
const text: Check = (value) => typeof value === 'string';
const integer: Check = (value) => typeof value === 'bigint';
const bytes: Check = (value) => value instanceof Uint8Array;

/** What the inputs of each kind are made of: those of emulator/input-log.ts, which a test compares. */
export const inputChecks = {
  consoleInput: { bytes },
  consoleEnd: {},
  trigger: { event: count, pe },
  sdeiCall: {
    call: (value, cpus) =>
      Array.isArray(value) && pe(value[0], cpus) && text(value[1], cpus) && value.slice(2).every((one) => integer(one, cpus)),
  },
  interruptedContext: { pe, depth: count, field: text, value: integer },
  kvmRegister: { pe, id: integer, value: bytes, strict: (value) => typeof value === 'boolean' },
  register: { pe, name: text, value: integer },
  memory: { address: count, bytes },
  turn: { onlyPe: (value, cpus) => value === undefined || pe(value, cpus) },
} satisfies Readonly<Record<string, Readonly<Record<string, Check>>>>;
const inputs: Readonly<Record<string, Readonly<Record<string, Check>>>> = inputChecks;

/** @param names of the archive's parts. @returns what is wrong, in words; `undefined`: nothing is */
export function problemOfManifest(manifest: TraceManifest, names: ReadonlySet<string>): string | undefined {
  const problem = problemOf(shape, manifest, 'trace.json');
  if (problem !== undefined) return problem;
  const { launch, sources, now, branches, modules = [] } = manifest;
  const stranger = Object.keys(launch).find((key) => ![...machineKeys, ...fileKeys, 'symbols'].includes(key));
  if (stranger !== undefined) return `it has the launch key "${stranger}", which no trace has`;
  const cpus = (launch.cpus as number | undefined) ?? 1;
  if (manifest.pe >= cpus) return `PE${manifest.pe} had stopped, and it has ${cpus} PEs`;
  const placed = [
    ...fileKeys.flatMap((key) => (launch[key] as string | undefined) ?? []),
    ...((launch.symbols as string[] | undefined) ?? []),
  ];
  const wanted = placed.map((name) => name.replace(/@[^@/]*$/, ''));
  const missing = [...wanted, ...sources.map(({ name }) => name), ...modules.map(({ file }) => file)].find((name) => !names.has(name));
  if (missing !== undefined) return `its "${missing}" is missing`;
  const place = modules.flatMap(({ sections }) => sections).find(({ address }) => typeof address !== 'bigint');
  if (place !== undefined) return `the section "${place.name}" of a module has no address`;
  for (const one of [manifest, ...(branches?.others ?? [])]) {
    const wrong = problemOfRecording(one.recording, cpus);
    if (wrong !== undefined) return wrong;
  }
  return isBefore(manifest.recording.end, now)
    ? `it was saved at instruction ${now.instruction}, behind the end of its recording`
    : undefined;
}

function problemOfRecording({ inputs: list, end }: Recording, cpus: number): string | undefined {
  let before: Moment = { instruction: 0, ticks: 0, inputs: 0 };
  for (const [index, { at, what }] of list.entries()) {
    const fields = Object.hasOwn(inputs, what.kind) ? inputs[what.kind] : undefined;
    if (fields === undefined) return `input ${index} is of the unknown kind "${what.kind}"`;
    const wrong = Object.entries(fields).find(([name, check]) => !check((what as unknown as Record<string, unknown>)[name], cpus));
    if (wrong !== undefined) return `input ${index} (${what.kind}) has a wrong "${wrong[0]}"`;
    if (at.inputs !== index || isBefore(at, before)) return `input ${index} is not in the order of time`;
    before = at;
  }
  return end.inputs !== list.length || isBefore(end, before) ? 'its recording ends before its last input' : undefined;
}
