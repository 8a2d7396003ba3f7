import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { unknownBreakpointMode, noCodeOnLine, pendingUntilLaunch, pendingUntilModule, unalignedInstruction } from '../errors.ts';
import { type CompiledExpression, compileExpression, compileLogMessage } from '../evaluate/evaluate.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import type { Images } from '../images.ts';
import type { SourcePaths } from '../source-paths.ts';
import type { Stop } from '../target/stop-reason.ts';
import type { Formula, Target } from '../target/target.ts';
import { functionPlaces } from './function-places.ts';
import { keptBy } from './kept.ts';
import { modeNamed } from './modes.ts';
import { hitConditionProblem, parseHitCondition } from './hit-condition.ts';

/** What breakpoints are bound to: a loaded guest. */
export interface BindingPlace {
  readonly target: Target;
  readonly images: Images;
  readonly sources: SourcePaths;
}

/** Where a person wants to stop, lines counted from 1. */
export type Wanted = Conditions &
  (
    | { readonly sort: 'source'; readonly source: Dap.Source; readonly line: number | { readonly problem: string } }
    | { readonly sort: 'function'; readonly name: string }
    | { readonly sort: 'instruction'; readonly address: bigint | { readonly problem: string } }
  );

interface Conditions {
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
  /** One of {@link breakpointModes}; absent: wherever the address is virtual, at any exception level. */
  readonly mode?: string;
}

/** A breakpoint as the client is told, lines counted from 1. */
export interface BreakpointState {
  readonly id: number;
  readonly verified: boolean;
  readonly message?: string;
  readonly source?: Dap.Source;
  readonly line?: number;
  readonly address?: bigint;
  readonly reason?: 'pending' | 'failed';
}

export interface Breakpoints {
  /** Replaces all breakpoints of one group (`source:PATH`, `function`, `instruction`). Those that stay the same keep id and hits. */
  set(group: string, wanted: readonly Wanted[]): BreakpointState[];
  /** Binds everything to a new guest, or unbinds it. @returns the new state of each breakpoint */
  bind(place: BindingPlace | undefined): BreakpointState[];
  /** Binds everything anew to the guest that is there, whose images have changed. @returns the states that have changed */
  rebind(): BreakpointState[];
  addresses(): readonly bigint[];
  /** Where this is 0, nothing stands at the address; absent: only {@link hit} can tell. */
  conditionAt(address: bigint): Formula | undefined;
  /** As {@link hit}, for what has happened before: nothing is counted, logged, or left out by its hit count. */
  metAgain(pe: number, pc: bigint): Stop | undefined;
  physicalAddresses(): readonly bigint[];
  /** A PE has arrived at `pc`: counts, logs, and tells whether that is a reason to stop. */
  hit(pe: number, pc: bigint): Stop | undefined;
}

interface Breakpoint {
  readonly id: number;
  readonly wanted: Wanted;
  /** By its hit condition; absent: always. */
  readonly isHit?: (hits: number) => boolean;
  state: BreakpointState;
  bound: readonly Bound[];
  hits: number;
}
interface Bound {
  readonly address: bigint;
  /** Only where the PE is at this exception level. */
  readonly exceptionLevel?: number;
  readonly condition?: CompiledExpression;
  readonly log?: (pe: number) => string;
}

/** @param onLog gets the text of log points, with the place they stand at. @param nextId numbers that no other breakpoint has */
export function createBreakpoints(onLog: (text: string, state: BreakpointState, pe: number) => void, nextId: () => number): Breakpoints {
  const groups = new Map<string, Breakpoint[]>();
  let byAddress = new Map<bigint, { breakpoint: Breakpoint; bound: Bound }[]>();
  let byPhysicalAddress: typeof byAddress = new Map();
  const conditions = new Map<bigint, Formula | undefined>();
  let place: BindingPlace | undefined;

  const all = () => [...groups.values()].flat();
  function index(): void {
    byAddress = new Map();
    byPhysicalAddress = new Map();
    conditions.clear();
    for (const breakpoint of all()) {
      const index = breakpoint.wanted.mode === 'physical' ? byPhysicalAddress : byAddress;
      for (const bound of breakpoint.bound) {
        const list = index.get(bound.address);
        if (list === undefined) index.set(bound.address, [{ breakpoint, bound }]);
        else list.push({ breakpoint, bound });
      }
    }
  }
  function reachedAt(pe: number, pc: bigint): readonly { breakpoint: Breakpoint; bound: Bound }[] {
    const reached = byAddress.get(pc) ?? [];
    if (byPhysicalAddress.size === 0) return reached;
    const physical = place?.target.physicalAddress(pe, pc);
    return physical === undefined ? reached : [...reached, ...(byPhysicalAddress.get(physical) ?? [])];
  }
  function bindOne(breakpoint: Breakpoint): void {
    const { state, bound } = resolve(breakpoint.id, breakpoint.wanted, place);
    breakpoint.state = state;
    breakpoint.bound = bound;
  }

  return {
    set(group, wanted) {
      const kept = keptBy(groups.get(group) ?? [], (old) => JSON.stringify(old.wanted, withBigints));
      const next = wanted.map((item): Breakpoint => {
        const same = kept(JSON.stringify(item, withBigints));
        if (same !== undefined) return same;
        const id = nextId();
        const isHit = item.hitCondition === undefined ? undefined : parseHitCondition(item.hitCondition);
        const created: Breakpoint = { id, wanted: item, ...(isHit && { isHit }), state: { id, verified: false }, bound: [], hits: 0 };
        bindOne(created);
        return created;
      });
      if (next.length === 0) groups.delete(group);
      else groups.set(group, next);
      index();
      return next.map(({ state }) => state);
    },
    bind(newPlace) {
      place = newPlace;
      for (const breakpoint of all()) {
        breakpoint.hits = 0;
        bindOne(breakpoint);
      }
      index();
      return all().map(({ state }) => state);
    },
    rebind() {
      const changed: BreakpointState[] = [];
      for (const breakpoint of all()) {
        const before = JSON.stringify(breakpoint.state, withBigints);
        bindOne(breakpoint);
        if (JSON.stringify(breakpoint.state, withBigints) !== before) changed.push(breakpoint.state);
      }
      index();
      return changed;
    },
    addresses: () => [...byAddress.keys()],
    conditionAt(address) {
      // The machine knows a condition again by its identity.
      const known = conditions.get(address);
      if (known !== undefined || conditions.has(address)) return known;
      const formula = conditionOf((byAddress.get(address) ?? []).map(({ bound }) => bound));
      conditions.set(address, formula);
      return formula;
    },
    physicalAddresses: () => [...byPhysicalAddress.keys()],
    metAgain: (pe, pc) => arrive(pe, pc, false),
    hit: (pe, pc) => arrive(pe, pc, true),
  };

  function arrive(pe: number, pc: bigint, isNew: boolean): Stop | undefined {
    const stopping: Breakpoint[] = [];
    let note: string | undefined;
    for (const { breakpoint, bound } of reachedAt(pe, pc)) {
      if (bound.exceptionLevel !== undefined && place?.target.pes[pe].exceptionLevel !== bound.exceptionLevel) continue;
      try {
        if (bound.condition !== undefined && !bound.condition.holds(pe)) continue;
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        note = `Condition "${breakpoint.wanted.condition}": ${error.message}`;
      }
      if (isNew) breakpoint.hits++;
      if (isNew && note === undefined && breakpoint.isHit?.(breakpoint.hits) === false) continue;
      if (bound.log === undefined) stopping.push(breakpoint);
      else if (isNew) onLog(bound.log(pe), breakpoint.state, pe);
    }
    if (stopping.length === 0) return undefined;
    const sort = stopping[0].wanted.sort;
    return { kind: 'breakpoint', pe, ids: stopping.map(({ id }) => id), sort, ...(note === undefined ? {} : { note }) };
  }
}

/** Not zero where the condition of any holds; `undefined`: one has none, or one that only closures compute. */
function conditionOf(all: readonly Bound[]): Formula | undefined {
  let whole: Formula | undefined;
  for (const { condition } of all) {
    if (condition?.formula === undefined) return undefined;
    whole = whole === undefined ? condition.formula : { kind: 'either', left: whole, right: condition.formula };
  }
  return whole;
}

const withBigints = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value);

interface Resolution {
  readonly state: BreakpointState;
  readonly bound: readonly Bound[];
}

function resolve(id: number, wanted: Wanted, place: BindingPlace | undefined): Resolution {
  const failed = (message: string, more: Partial<BreakpointState> = {}): Resolution => ({
    state: { id, verified: false, message, reason: 'failed', ...more },
    bound: [],
  });
  if (wanted.sort === 'instruction' && typeof wanted.address !== 'bigint') return failed(wanted.address.problem);
  if (wanted.sort === 'source' && typeof wanted.line !== 'number') return failed(wanted.line.problem, placeOf(wanted));
  const never = wanted.hitCondition === undefined ? undefined : hitConditionProblem(wanted.hitCondition);
  if (never !== undefined) return failed(never);
  const mode = wanted.mode === undefined ? undefined : modeNamed(wanted.mode);
  if (wanted.mode !== undefined && !mode?.appliesTo.includes(wanted.sort === 'function' ? 'source' : wanted.sort))
    return failed(unknownBreakpointMode(wanted.mode), placeOf(wanted));
  if (place === undefined) {
    return { state: { id, verified: false, message: pendingUntilLaunch(), reason: 'pending', ...placeOf(wanted) }, bound: [] };
  }
  const found = addressesOf(wanted, place);
  if ('problem' in found) {
    return place.images.mayGrow && wanted.sort !== 'instruction'
      ? failed(pendingUntilModule(found.problem), { ...placeOf(wanted), reason: 'pending' })
      : failed(found.problem, placeOf(wanted));
  }
  try {
    const bound = found.addresses.map((address) => bindAt(address, wanted, place));
    return { state: { id, verified: true, ...found.place, address: found.addresses[0] }, bound };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return failed(error.message, found.place);
  }
}

const placeOf = (wanted: Wanted): Partial<BreakpointState> =>
  wanted.sort !== 'source' ? {} : { source: wanted.source, ...(typeof wanted.line === 'number' && { line: wanted.line }) };

type Found = { readonly addresses: readonly bigint[]; readonly place: Partial<BreakpointState> } | { readonly problem: string };

function addressesOf(wanted: Wanted, { images, sources }: BindingPlace): Found {
  switch (wanted.sort) {
    case 'instruction':
      if (typeof wanted.address !== 'bigint') return wanted.address;
      return wanted.address % 4n === 0n ? { addresses: [wanted.address], place: {} } : { problem: unalignedInstruction(wanted.address) };
    case 'function': {
      const found = functionPlaces(wanted.name, images);
      return 'problem' in found ? found : { addresses: found.addresses, place: locationAt(found.addresses[0], { images, sources }) };
    }
    case 'source': {
      const { line: asked } = wanted;
      if (typeof asked !== 'number') return asked;
      const recorded = sources.recordedFor(wanted.source);
      if (recorded.length === 0) return { problem: sources.problemOf(wanted.source) };
      const resolved = recorded.flatMap(({ program, path }) => program.resolveLine(path, asked) ?? []);
      if (resolved.length === 0) return { problem: noCodeOnLine(asked) };
      const line = Math.min(...resolved.map((one) => one.line));
      const addresses = resolved.filter((one) => one.line === line).flatMap((one) => one.addresses);
      return {
        addresses: [...new Set(addresses)],
        place: { source: isFound(wanted.source) ? wanted.source : sources.sourceOf(recorded[0].path), line },
      };
    }
  }
}

/** The client can open it by what it has said. */
const isFound = ({ path, sourceReference }: Dap.Source): boolean => Boolean(path || sourceReference);

function locationAt(address: bigint, { images, sources }: Pick<BindingPlace, 'images' | 'sources'>): Partial<BreakpointState> {
  const location = images.sourceAt(address);
  return location === undefined ? {} : { source: sources.sourceOf(location.path), line: location.line };
}

function bindAt(address: bigint, { condition, logMessage, mode }: Wanted, { target, images }: BindingPlace): Bound {
  const place = { target, programs: images.programs, pc: address };
  const exceptionLevel = mode === undefined ? undefined : modeNamed(mode)?.exceptionLevel;
  return {
    address,
    ...(exceptionLevel === undefined ? {} : { exceptionLevel }),
    ...(condition === undefined || condition.trim() === '' ? {} : { condition: compileExpression(condition, place) }),
    ...(logMessage === undefined || logMessage === '' ? {} : { log: compileLogMessage(logMessage, place) }),
  };
}
