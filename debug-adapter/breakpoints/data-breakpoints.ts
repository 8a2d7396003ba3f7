/** Data breakpoints: what a person wants to know the changes of, bound to what the machine can watch. */
import { badAccessType, badDataId, lastByteOutside, notMapped, pendingUntilLaunch, tooMuchToWatch } from '../errors.ts';
import { type CompiledExpression, compileExpression } from '../evaluate/evaluate.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import { parseExpression } from '../evaluate/parse.ts';
import { integerFrom } from '../evaluate/place.ts';
import { type Watched, watchedNamed } from '../evaluate/watched.ts';
import type { Images } from '../images.ts';
import { type Stop, where } from '../target/stop-reason.ts';
import type { AddressSpace, Target, TargetStop, TargetWatchpoint } from '../target/target.ts';
import type { BindingPlace, BreakpointState } from './breakpoints.ts';
import { hitConditionProblem, parseHitCondition } from './hit-condition.ts';
import { keptBy } from './kept.ts';

export type WatchpointStop = Extract<TargetStop, { kind: 'watchpoint' }>;
export type AccessType = 'read' | 'write' | 'readWrite';

export interface WantedData {
  readonly dataId: string;
  /** `write`, which is the default, means a change of the value. */
  readonly accessType?: AccessType;
  readonly condition?: string;
  readonly hitCondition?: string;
}

export interface DataBreakpoints {
  /** The id of what may be watched; what a person calls it is remembered. */
  dataIdOf(watched: Watched): string;
  /** Replaces all. Those that stay the same keep id and hits. */
  set(wanted: readonly WantedData[]): BreakpointState[];
  /** Binds everything to a new guest, or unbinds it. @returns the new state of each */
  bind(place: BindingPlace | undefined): BreakpointState[];
  /** In the order that a stop counts them in; what is not mapped at present has no ranges. */
  watchpoints(): readonly TargetWatchpoint[];
  /** One was met: counts, and tells whether that is a reason to stop. @param isNew false: it has happened before and is not counted again */
  hit(stop: WatchpointStop, isNew: boolean): Stop | undefined;
  /** The same, told from before the instruction, on the way back. */
  metAgain(stop: WatchpointStop): Stop | undefined;
  /** The guest has gone elsewhere in time: what is watched is what it is there. */
  look(): void;
}

interface DataBreakpoint {
  readonly id: number;
  readonly wanted: WantedData;
  watched?: Watched;
  state: BreakpointState;
  hits: number;
  /** When it was looked at last. */
  last?: bigint;
  /** Its condition, compiled at each place that has done what it watches. */
  readonly compiled: Map<bigint, CompiledExpression>;
}

type WatchedMemory = Extract<Watched, { kind: 'memory' }>;
const spaceOf = ({ pe, space = { kind: 'virtual', pe } }: WatchedMemory): AddressSpace => space;
const rangesOf = (target: Target, watched: WatchedMemory) => target.physicalRanges(watched.address, watched.length, spaceOf(watched));

/**
 * Ids of what is watched, as text that a client can keep: `pe0/memory/0x40103000/8`, `pe0/cell/SCTLR_EL1.M`,
 * and of memory that is not simply what a PE sees, `PA/memory/0x40103000/8` and `EL2@PE0/memory/0x40103000/8`.
 */
function dataIdOf(watched: Watched): string {
  const pe = `pe${watched.pe}`;
  if (watched.kind === 'value')
    return watched.mask !== undefined && !watched.label.startsWith('$')
      ? `${pe}/cell/${watched.cell}/0x${watched.mask.toString(16)}`
      : `${pe}/cell/${watched.cell}`;
  const mask = watched.mask === undefined ? '' : `/0x${watched.mask.toString(16)}`;
  const { space } = watched;
  const of = space === undefined ? pe : space.kind === 'physical' ? 'PA' : `EL${space.el}@PE${space.pe}`;
  return `${of}/memory/0x${watched.address.toString(16)}/${watched.length}${mask}`;
}

function watchedOfId(dataId: string, { target, images }: BindingPlace): Watched {
  const memory = /^(?:PA|EL([0-2])@PE(\d+)|pe(\d+))\/memory\/(0x[0-9a-f]{1,16})\/(\d+)(?:\/(0x[0-9a-f]+))?$/.exec(dataId);
  if (memory) {
    const [, el, peOfSpace, peOfPlain, address, length, mask] = memory;
    const pe = Number(peOfSpace ?? peOfPlain ?? 0);
    const space: AddressSpace | undefined =
      peOfPlain !== undefined ? undefined : el === undefined ? { kind: 'physical' } : { kind: 'virtual', pe, el: Number(el) };
    if (pe >= target.pes.length || Number(length) < 1 || Number(length) > MOST_BYTES) throw new ExpressionError(badDataId(dataId));
    return {
      kind: 'memory',
      pe,
      address: BigInt(address),
      ...(space === undefined ? {} : { space }),
      length: Number(length),
      label: space === undefined ? images.describe(BigInt(address)) : dataId.replace(/\/memory\/(\w+).*/, ':$1'),
      ...(mask === undefined ? {} : { mask: BigInt(mask) }),
    };
  }
  const cell = /^pe(\d+)\/cell\/([\w.]+)(?:\/(0x[0-9a-f]+))?$/.exec(dataId);
  if (!cell || Number(cell[1]) >= target.pes.length) throw new ExpressionError(badDataId(dataId));
  const watched = watchedNamed(target, Number(cell[1]), cell[2]);
  return cell[3] === undefined ? watched : ({ ...watched, mask: BigInt(cell[3]) } as Watched);
}
/** Of one data breakpoint: beyond this it would be cheaper to watch nothing. */
const MOST_BYTES = 1 << 20;
/** Values that are shown as numbers. */
const NUMBER_BYTES = 8;

/** Names have their meaning where the access happens; what cannot be read wherever it is, is told at once. */
function syntaxProblem(condition: string): string | undefined {
  let problem: string | undefined;
  for (const isCPlusPlus of [true, false])
    for (const isType of [true, false]) {
      try {
        parseExpression(condition, { isType: () => isType, isTemplate: () => isType, isCPlusPlus });
        return undefined;
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        problem = error.message;
      }
    }
  return problem;
}

/** @returns why it cannot be watched, in a sentence */
export function sizeProblem(watched: Watched): string | undefined {
  if (watched.kind !== 'memory') return undefined;
  const { label, address, length } = watched;
  if (length > MOST_BYTES) return tooMuchToWatch(label, length, MOST_BYTES);
  return address + BigInt(length) > 1n << 64n ? lastByteOutside(label, length) : undefined;
}

const NOTHING: TargetWatchpoint = { kind: 'memory', ranges: [], access: 'change' };

/** What the machine watches, at present. @param access of memory; values are watched for changes */
export function watchpointOf(target: Target, watched: Watched, access: 'read' | 'write' | 'readWrite' | 'change'): TargetWatchpoint {
  if (watched.kind === 'memory') return { kind: 'memory', ranges: rangesOf(target, watched), access };
  const { pe, what, mask } = watched;
  return { kind: 'value', pe, what, ...(mask === undefined ? {} : { mask }) };
}

/** A bit-field has neighbours that are written with it: only what changes it counts. */
const isPart = (watched: Watched): boolean => watched.kind === 'memory' && watched.mask !== undefined;

export interface AccessTeller<Text> {
  /** The next access that is told of comes after where the guest stands now. */
  look(): void;
  /** `undefined`: it did nothing to what is watched. */
  tell(stop: WatchpointStop): Text | undefined;
}

function createTeller<Text>(
  watched: Watched,
  target: Target,
  textOfAccess: (stop: WatchpointStop, before: bigint | undefined, now: bigint | undefined) => Text,
): AccessTeller<Text> {
  let last: bigint | undefined;
  return {
    look() {
      last = watched.kind === 'memory' && isPart(watched) ? valueIn(target, watched) : undefined;
    },
    tell(stop) {
      const { before, now } = valuesAround(watched, stop, target, last);
      last = now;
      return isPart(watched) && before === now ? undefined : textOfAccess(stop, before, now);
    },
  };
}

/** What accesses did, told from before the instruction. */
export const tellAhead = (watched: Watched, { target, images }: Pick<BindingPlace, 'target' | 'images'>): AccessTeller<string> =>
  createTeller(watched, target, (stop, _, after) => textAhead(stop, watched.label, after, images));

/** What accesses have done, told from behind each, one after the other: the text is made when it is wanted. */
export const tellEach = (watched: Watched, { target, images }: Pick<BindingPlace, 'target' | 'images'>): AccessTeller<() => string> =>
  createTeller(watched, target, (stop, before, now) => () => textOf(stop, watched.label, before, now, images));

/** Where so many places write, the first are forgotten. */
const MOST_PLACES = 1000;

function conditionAt({ compiled }: DataBreakpoint, text: string, pc: bigint, { target, images }: BindingPlace): CompiledExpression {
  const known = compiled.get(pc);
  if (known !== undefined) return known;
  if (compiled.size >= MOST_PLACES) compiled.clear();
  const condition = compileExpression(text, { target, programs: images.programs, pc });
  compiled.set(pc, condition);
  return condition;
}

export function createDataBreakpoints(nextId: () => number): DataBreakpoints {
  let all: DataBreakpoint[] = [];
  const labels = new Map<string, string>();
  let place: BindingPlace | undefined;

  function bindOne(one: DataBreakpoint): void {
    one.watched = undefined;
    one.last = undefined;
    one.compiled.clear();
    one.state = { id: one.id, ...resolve(one) };
  }
  function resolve(one: DataBreakpoint): Omit<BreakpointState, 'id'> {
    const { dataId, hitCondition, accessType, condition } = one.wanted;
    if (accessType !== undefined && !['read', 'write', 'readWrite'].includes(accessType))
      return { verified: false, message: badAccessType(accessType), reason: 'failed' };
    const problem = condition === undefined ? undefined : syntaxProblem(condition);
    if (problem !== undefined) return { verified: false, message: problem, reason: 'failed' };
    const never = hitCondition === undefined ? undefined : hitConditionProblem(hitCondition);
    if (never !== undefined) return { verified: false, message: never, reason: 'failed' };
    if (place === undefined) return { verified: false, message: pendingUntilLaunch(), reason: 'pending' };
    try {
      const watched = watchedOfId(dataId, place);
      one.watched = { ...watched, label: labels.get(dataId) ?? watched.label };
      if (watched.kind === 'memory' && rangesOf(place.target, watched).length === 0)
        return { verified: false, message: notMapped(watched.address), reason: 'pending' };
      return { verified: true };
    } catch (error) {
      if (error instanceof ExpressionError) return { verified: false, message: error.message, reason: 'failed' };
      throw error;
    }
  }

  function met(stop: WatchpointStop, isNew: boolean, isAhead: boolean): Stop | undefined {
    const one = all[stop.watchpoint];
    if (one?.watched === undefined || place === undefined) return undefined;
    const { watched, wanted } = one;
    const { target, images } = place;
    const { before, now } = valuesAround(watched, stop, target, one.last);
    one.last = now;
    if (isPart(watched) && (wanted.accessType ?? 'write') === 'write' && before === now) return undefined;
    let note = '';
    if (wanted.condition !== undefined) {
      try {
        if (!conditionAt(one, wanted.condition, target.pes[stop.pe].pc, place).holds(stop.pe)) return undefined;
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        note = ` Condition "${wanted.condition}": ${error.message}`;
      }
    }
    if (isNew) one.hits++;
    if (isNew && note === '' && wanted.hitCondition !== undefined && !parseHitCondition(wanted.hitCondition)?.(one.hits)) return undefined;
    const text = isAhead ? textAhead(stop, watched.label, now, images) : textOf(stop, watched.label, before, now, images);
    return { kind: 'data', pe: stop.pe, ids: [one.id], text: text + note };
  }

  function look(): void {
    if (place === undefined) return;
    const { target } = place;
    for (const one of all) if (one.watched?.kind === 'memory') one.last = valueIn(target, one.watched);
  }

  return {
    look,
    dataIdOf(watched) {
      const dataId = dataIdOf(watched);
      labels.set(dataId, watched.label);
      return dataId;
    },
    set(wanted) {
      const kept = keptBy(all, (old) => JSON.stringify(old.wanted));
      all = wanted.map((item): DataBreakpoint => {
        const same = kept(JSON.stringify(item));
        if (same !== undefined) return same;
        const id = nextId();
        const created: DataBreakpoint = { id, wanted: item, state: { id, verified: false }, hits: 0, compiled: new Map() };
        bindOne(created);
        return created;
      });
      return all.map(({ state }) => state);
    },
    bind(newPlace) {
      place = newPlace;
      for (const one of all) {
        one.hits = 0;
        bindOne(one);
      }
      return all.map(({ state }) => state);
    },
    watchpoints() {
      if (place === undefined) return [];
      const { target } = place;
      look();
      return all.map(({ watched, wanted: { accessType = 'write' } }) =>
        watched === undefined ? NOTHING : watchpointOf(target, watched, accessType === 'write' ? 'change' : accessType),
      );
    },
    hit: (stop, isNew) => met(stop, isNew, false),
    metAgain: (stop) => met(stop, false, true),
  };
}

function valueIn(target: Target, watched: WatchedMemory): bigint | undefined {
  const { address, length, mask } = watched;
  if (length > NUMBER_BYTES) return undefined;
  const bytes = target.readMemory(address, length, spaceOf(watched));
  if (bytes.length < length) return undefined;
  const value = integerFrom(bytes);
  return mask === undefined ? value : (value & mask) / (mask & -mask);
}
function partOf({ mask, lsb }: Extract<Watched, { kind: 'value' }>, value: bigint | undefined): bigint | undefined {
  return value === undefined || mask === undefined ? value : (value & mask) >> BigInt(lsb);
}

interface ValuesAround {
  readonly before: bigint | undefined;
  readonly now: bigint | undefined;
}
/** @param last of memory: what it held before */
const valuesAround = (watched: Watched, { change }: WatchpointStop, target: Target, last: bigint | undefined): ValuesAround =>
  watched.kind === 'value'
    ? { before: partOf(watched, change?.before), now: partOf(watched, change?.after) }
    : { before: last, now: valueIn(target, watched) };

const number = (value: bigint): string => (value < 10n ? String(value) : `0x${value.toString(16)}`);

function textOf(stop: WatchpointStop, label: string, before: bigint | undefined, now: bigint | undefined, images: Images): string {
  const by = `by the instruction at ${where(images, stop.pc)}`;
  if (stop.access?.kind === 'read') return `${label}${now === undefined ? '' : ` (${number(now)})`} was read ${by}.`;
  if (now === undefined) return `${label} was written ${by}.`;
  if (before === undefined) return `${label} became ${number(now)} ${by}.`;
  return before === now
    ? `${label} was written ${by}; it is ${number(now)} as before.`
    : `${label}: ${number(before)} → ${number(now)}, ${by}.`;
}
/** Seen from before the instruction. */
function textAhead(stop: WatchpointStop, label: string, after: bigint | undefined, images: Images): string {
  const what = stop.access?.kind === 'read' ? 'reads' : 'writes';
  return `The instruction at ${where(images, stop.pc)} ${what} ${label}${after === undefined || what === 'reads' ? '' : `, which becomes ${number(after)}`}.`;
}
