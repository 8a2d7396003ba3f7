/**
 * Sessions that go through time in every way there is, at random, with breakpoints that change on the way. What must hold: the state at a moment
 * is the same whenever one comes there, here and in another machine that repeats the recording; `reverseContinue` finds the last stop of a run
 * forwards; each request has its answer; and all signs of the past say the same.
 */
import path from 'node:path';
import { makers } from '../../debug-adapter/makers.ts';
import { createEmulatorTarget, type MachineConfiguration } from '../../debug-adapter/target/emulator-target.ts';
import { isBefore, type Moment, type Recording, type Target } from '../../debug-adapter/target/target.ts';
import type { MachineSettings } from '../../debug-adapter/launch-arguments.ts';
import { guests as folder, type Message, SessionClient } from '../debug-adapter/support/session-client.ts';
import { createRandom, oneOf } from '../fuzz/random.ts';
import { nodeHost } from '../../debug-adapter/node-host.ts';

export interface HostileGuest {
  readonly name: string;
  readonly launch?: Readonly<Record<string, unknown>>;
  readonly functions: readonly string[];
  readonly data: readonly string[];
  readonly events: readonly number[];
}

const standard = ['804', '806'].map(Number);
const some = ['$sdei_depth', '$x0', '$x19', '$sp', '$VBAR_EL1', '$sdei_masked'];

export const hostileGuests: readonly HostileGuest[] = [
  { name: 'first-event', functions: ['on_event', 'main', 'print'], data: ['event_log.handled', ...some], events: [0] },
  { name: 'nested-critical', functions: ['on_event', 'raise_event'], data: some, events: standard },
  { name: 'two-pes', launch: { cpus: 2 }, functions: ['on_event', 'secondary_main', 'reach'], data: ['step', ...some], events: [0] },
  { name: 'cpu-hotplug', launch: { cpus: 2 }, functions: ['on_event', 'secondary_main', 'print'], data: some, events: [0] },
  { name: 'kdump-cpu-off', launch: { cpus: 2 }, functions: ['on_event', 'secondary_main', 'print'], data: some, events: [0] },
  { name: 'watchdog', functions: ['on_event', 'main', 'print'], data: some, events: [0] },
  { name: 'async-page-fault', launch: { sdei: { profile: 'kvm' } }, functions: ['on_event', 'main', 'print'], data: some, events: [0, 1] },
  { name: 'steps', functions: ['on_event', 'main'], data: some, events: standard },
  {
    name: 'steps-el2',
    launch: { client: 'EL2', conduit: 'smc' },
    functions: ['on_event', 'main'],
    data: ['$VBAR_EL2', ...some],
    events: standard,
  },
  { name: 'kvm-vectors', functions: ['main', 'print'], data: ['$VBAR_EL2', ...some], events: [0] },
  { name: 'faulty-handlers', functions: ['at_el0', 'unmask'], data: some, events: [0, ...standard] },
  { name: 'corner-cases', functions: ['main'], data: some, events: [0] },
];

export interface Hostile {
  readonly commands: number;
  readonly stops: number;
  readonly moments: number;
  /** Moments that were come to again. */
  readonly again: number;
  /** Searches backwards that were compared with a run forwards. */
  readonly compared: number;
  readonly branches: number;
  /** Moments that another machine was brought to. */
  readonly elsewhere: number;
  readonly failures: readonly string[];
}

/** Milliseconds until something that runs on is paused, and until an answer counts as missing. */
const PATIENCE = 1500;
const MISSING = 120_000;
/** Stops of a run forwards that is compared with a search backwards. */
const MOST_STOPS = 60;

const keyOf = ({ instruction, ticks, inputs }: Moment): string => `${instruction}/${ticks}/${inputs}`;
const isSame = (one: Moment, other: Moment): boolean => keyOf(one) === keyOf(other);

interface Known {
  readonly moment: Moment;
  readonly hash: string;
}

/** A session in which `commands` random ones are given. */
export async function hostileSession(guest: HostileGuest, seed: number, commands: number, tell?: (line: string) => void): Promise<Hostile> {
  const random = createRandom(seed * 1009 + hostileGuests.indexOf(guest));
  const interval = oneOf(random, [97, 1000, 5000, 60_000, 10_000_000]);
  const loads: ((target: Target) => void)[] = [];
  let target: Target | undefined;
  let configuration: MachineConfiguration | undefined;
  /** Keeps what the loader does, so that another machine can be loaded as well. */
  function createTarget(machine: MachineConfiguration): Target {
    const made = createEmulatorTarget(machine, interval);
    if (target !== undefined) return made;
    [target, configuration] = [made, machine];
    const { load, loadBy, start } = made;
    made.load = (address, bytes) => {
      loads.push((other) => void other.load(address, bytes.slice()));
      return load(address, bytes);
    };
    made.loadBy = (address, length, fill) => {
      loads.push((other) => other.loadBy(address, length, fill));
      loadBy(address, length, fill);
    };
    made.start = (entry, x0) => {
      loads.push((other) => other.start(entry, x0));
      start(entry, x0);
    };
    return made;
  }
  const client = new SessionClient({ ...makers, createTarget });
  const failures: string[] = [];
  const fail = (text: string): void => void failures.push(`${guest.name}, seed ${seed}, command ${done}: ${text}`);
  /** Going on from there would end the session. */
  let isAtEnd = false;
  let [done, stops, again, compared, elsewhere] = [0, 0, 0, 0, 0];

  /** By branch: what is known of it, by moment. */
  let known = new Map<string, Known>();
  const ofBranches = new Map<string, Map<string, Known>>();
  let branch = 'main';
  let bookmarks: { readonly name: string; readonly moment: Moment }[] = [];
  const bookmarksOfBranches = new Map<string, typeof bookmarks>();

  async function withLimit<Result>(what: string, promise: Promise<Result>): Promise<Result | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        fail(`${what}: nothing came`);
        resolve(undefined);
      }, MISSING);
    });
    try {
      return await Promise.race([promise, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
  const ask = async (command: string, args: object = {}): Promise<Message> => {
    const answer = await withLimit(command, client.ask(command, args));
    if (answer?.success === false && /internal|report it|recording cannot/i.test(answer.message ?? ''))
      fail(`${command}: ${answer.message}`);
    return answer ?? { type: 'response', success: false };
  };

  function present(): Target {
    if (target === undefined) throw new Error('nothing was loaded');
    return target;
  }
  const now = (): Moment => present().timeTravel.moment;

  /** Looks at where the guest stands. */
  function look(where: string): void {
    const moment = now();
    const key = keyOf(moment);
    const hash = present().stateHash();
    const before = known.get(key);
    if (before === undefined) known.set(key, { moment, hash });
    else {
      again++;
      if (before.hash !== hash) fail(`${where}: at ${key} the state is another one than before (branch ${branch})`);
    }
    const { history } = present().timeTravel;
    if (history !== undefined && (isBefore(moment, history.checkpoints[0]) || isBefore(history.end, moment)))
      fail(`${where}: ${key} is not on record`);
  }
  /** An edit in the past has begun another future: what is known of moments behind it belongs to the one that was left. */
  async function lookAtBranches(before: Moment): Promise<void> {
    const { body } = await ask('sdei/branches');
    const { current } = (body ?? { current: branch }) as { current: string };
    if (current === branch) return;
    ofBranches.set(branch, known);
    bookmarksOfBranches.set(branch, bookmarks);
    known = new Map([...known].filter(([, { moment }]) => !isBefore(before, moment)));
    bookmarks = bookmarks.filter(({ moment }) => !isBefore(before, moment));
    branch = current;
  }

  async function lookAtSigns(stopped: { readonly description?: string } | undefined): Promise<void> {
    const { timeTravel } = present();
    const { isInPast, moment, history } = timeTravel;
    if (stopped !== undefined && (stopped.description ?? '').startsWith('In the past: ') !== isInPast)
      fail(`the stop says "${stopped.description}", and in the past is ${isInPast}`);
    const { body } = await ask('sdei/bookmarks');
    const { time } = body as { time: object };
    const right = { from: history?.checkpoints[0].instruction, now: moment.instruction, to: history?.end.instruction, isInPast };
    if (JSON.stringify(time) !== JSON.stringify(right))
      fail(`the time is told as ${JSON.stringify(time)}, and is ${JSON.stringify(right)}`);
    const { body: listed } = await ask('threads');
    for (const { name } of (listed as { threads?: { name: string }[] })?.threads ?? [])
      if (/in the past: instruction/.test(name) !== (isInPast && !/off|suspended/.test(name))) fail(`a thread is called "${name}"`);
    const lines = client.outputs('console').split('\n');
    const last = lines.findLast((line) => /^(In the past, at|In the present again|Another future begins)/.test(line));
    if ((last?.startsWith('In the past') ?? false) !== isInPast)
      fail(`the console's last word is "${last}", and in the past is ${isInPast}`);
    const told = client.messages.findLast(({ event }) => event === 'sdei/time')?.body as { isInPast: boolean; now: number } | undefined;
    if ((told?.isInPast ?? false) !== isInPast) fail(`the last sdei/time says in the past: ${told?.isInPast}`);
    if (isInPast && told?.now !== moment.instruction) fail(`the last sdei/time says ${told?.now} instead of ${moment.instruction}`);
  }
  async function lookAtTimeline(): Promise<void> {
    const { body } = await ask('sdei/timeline', { count: 100_000 });
    const { instants } = body as { instants: { id: number; kind: string; instruction: number; text: string }[] };
    for (const [n, { instruction }] of instants.entries())
      if (n > 0 && instruction < instants[n - 1].instruction) fail(`the timeline is not in order at ${instruction}`);
    const end = present().timeTravel.history?.end.instruction ?? 0;
    const beyond = instants.find(({ instruction }) => instruction > end);
    if (beyond !== undefined) fail(`the timeline has "${beyond.text}" at ${beyond.instruction}, and the record ends at ${end}`);
    if (new Set(instants.map(({ id }) => id)).size !== instants.length) fail('the timeline has two with one id');
    if (present().timeTravel.isInPast) return;
    const { deliveries } = present().sdei;
    for (const { at, event, pe } of deliveries.slice(-50)) {
      const count = instants.filter(
        ({ kind, instruction, text }) => kind === 'delivery' && instruction === at && text.startsWith(`Event ${event} `),
      );
      const all = deliveries.filter((one) => one.at === at && one.event === event).length;
      if (count.length !== all)
        fail(`the timeline has ${count.length} deliveries of event ${event} on PE${pe} at ${at}, and there were ${all}`);
    }
  }

  /** A stop, or what comes of something that runs on for long. */
  async function stopOf(): Promise<
    { event: string; body: { reason?: string; description?: string; threadId?: number; text?: string } } | undefined
  > {
    const stop = client.stop();
    const timer = setTimeout(() => void client.ask('pause', { threadId: 1 }), PATIENCE);
    const came = await withLimit('a stop', stop);
    clearTimeout(timer);
    if (came !== undefined) stops++;
    isAtEnd = /Go back from here/.test(came?.body.text ?? '') && !present().timeTravel.isInPast;
    if (/internal|report it|cannot be followed/i.test(`${came?.body.text} ${came?.body.description}`)) fail(`stopped: ${came?.body.text}`);
    return came;
  }
  /** @returns absent: it was refused, or the guest is gone */
  async function go(command: string, args: object = {}): Promise<Awaited<ReturnType<typeof stopOf>>> {
    const { success, message } = await ask(command, { threadId: 1, ...args });
    if (!success) {
      tell?.(`  refused: ${message}`);
      return undefined;
    }
    return stopOf();
  }

  async function bookmark(): Promise<string> {
    const name = `m${done}x${bookmarks.length}`;
    await ask('sdei/addBookmark', { name });
    bookmarks.push({ name, moment: now() });
    return name;
  }

  /** What the breakpoints as they are now stop at on the way forwards, the last before here, is where one comes to backwards. */
  async function compareBackwards(): Promise<void> {
    const here = now();
    const name = await bookmark();
    const start = present().timeTravel.history?.end === undefined ? undefined : present().timeTravel.history?.checkpoints[0];
    if (start === undefined) return;
    await go('sdei/goTo', { instruction: start.instruction });
    const met: { readonly moment: Moment; readonly isData: boolean; readonly text: string }[] = [];
    let isWhole = true;
    while (isBefore(now(), here) && met.length < MOST_STOPS) {
      const stop = await go('continue');
      // Paused where it takes too long, or at the guest's end.
      isWhole = stop !== undefined && (stop.body.reason !== 'pause' || !isBefore(now(), here));
      if (!isWhole || stop === undefined || stop.body.reason === 'pause') break;
      met.push({ moment: now(), isData: stop.body.reason === 'data breakpoint', text: `${stop.body.reason} ${stop.body.text}` });
    }
    isAtEnd = false;
    isWhole &&= met.length < MOST_STOPS;
    if ((await go('sdei/goTo', { bookmark: name }))?.body.reason !== 'goto') return;
    if (!isSame(now(), here)) return fail(`goTo leads to ${keyOf(now())} instead of ${keyOf(here)}`);
    if (!isWhole) return;
    const back = await go('reverseContinue', { threadId: 1 + random(present().pes.length) });
    if (back === undefined || back.body.reason === 'pause') return;
    compared++;
    const places = met
      .filter(({ moment, isData }) => isBefore(moment, here) || (isData && isSame(moment, here)))
      .flatMap(({ moment, isData, text }) =>
        isData
          ? [
              { at: moment.instruction - 1, text },
              { at: moment.instruction, text },
            ]
          : [{ at: moment.instruction, text }],
      );
    const last = places.filter(({ at }) => at <= here.instruction).at(-1);
    const there = now().instruction;
    // A watched access is told of before it is made: one of the two.
    const right = places.filter((one) => one.text === last?.text && Math.abs(one.at - (last?.at ?? 0)) <= 1).map(({ at }) => at);
    const wanted = last === undefined ? [start.instruction] : right;
    // One that stops at this very moment may have told of something else first.
    const isOfThisMoment =
      back.body.reason === 'data breakpoint' && there === here.instruction - 1 && met.some(({ moment }) => isSame(moment, here));
    if (!wanted.includes(there) && !isOfThisMoment)
      fail(
        `reverseContinue from ${keyOf(here)} leads to ${keyOf(now())} (${back.body.reason} ${back.body.text}); forwards the last was ${JSON.stringify(met.slice(-3))}`,
      );
  }

  const source = { path: path.join(folder, `${guest.name}.c`) };
  const thread = (): number => 1 + random(present().pes.length);
  const granularity = (): object => (random(2) === 0 ? { granularity: 'instruction' } : {});
  const lines: number[] = [];

  async function changeBreakpoints(): Promise<void> {
    const extra = (): object =>
      oneOf<() => object>(random, [
        () => ({}),
        () => ({}),
        () => ({ condition: oneOf(random, ['$x0 != 0', '$x0 == 1', '$sdei_depth > 0', '$x1 & 1']) }),
        () => ({ hitCondition: oneOf(random, ['2', '>1', '%3']) }),
        () => ({ logMessage: 'x0 is {$x0}' }),
      ])();
    switch (random(6)) {
      case 0:
        return void (await ask('setFunctionBreakpoints', {
          breakpoints: guest.functions.filter(() => random(2) === 0).map((name) => ({ name, ...extra() })),
        }));
      case 1: {
        const breakpoints = [];
        for (let n = random(3); n > 0; n--)
          breakpoints.push({ line: lines.length === 0 ? 40 + random(60) : oneOf(random, lines), ...extra() });
        return void (await ask('setBreakpoints', { source, breakpoints }));
      }
      case 2: {
        const breakpoints = [];
        for (let n = random(2); n > 0; n--) {
          const { pc } = present().pes[random(present().pes.length)];
          breakpoints.push({ instructionReference: `0x${(pc + BigInt(4 * (random(9) - 4))).toString(16)}`, ...extra() });
        }
        return void (await ask('setInstructionBreakpoints', { breakpoints }));
      }
      case 3: {
        const breakpoints = [];
        for (let n = random(3); n > 0; n--) {
          const { body } = await ask('dataBreakpointInfo', { name: oneOf(random, guest.data) });
          const { dataId } = (body ?? {}) as { dataId?: string };
          if (typeof dataId === 'string')
            breakpoints.push({
              dataId,
              accessType: dataId.includes('/memory/') ? oneOf(random, ['write', 'readWrite']) : 'write',
              ...(random(4) === 0 ? { hitCondition: '2' } : {}),
            });
        }
        return void (await ask('setDataBreakpoints', { breakpoints }));
      }
      case 4: {
        const filters = ['sdei.dispatch', 'sdei.completion', 'sdei.pended', 'sdei.exception', 'exceptionLevel', 'conduit'].filter(
          () => random(5) === 0,
        );
        return void (await ask('setExceptionBreakpoints', { filters }));
      }
      default:
        await ask('setFunctionBreakpoints', { breakpoints: [] });
        await ask('setBreakpoints', { source, breakpoints: [] });
        await ask('setInstructionBreakpoints', { breakpoints: [] });
        await ask('setDataBreakpoints', { breakpoints: [] });
        await ask('setExceptionBreakpoints', { filters: [] });
    }
  }

  /** Something from outside; in the past it begins another future. */
  async function edit(): Promise<void> {
    const before = now();
    const pe = random(present().pes.length);
    const edits: readonly (readonly [command: string, args: object])[] = [
      ['evaluate', { expression: `$x${random(30)} = ${random(1000)}`, context: 'repl' }],
      ['sdei/trigger', { event: oneOf(random, guest.events), pe }],
      ['sdei/setMasked', { pe, masked: random(2) === 0 }],
      ['sdei/setEnabled', { event: oneOf(random, guest.events), pe, enabled: random(2) === 0 }],
      ['sdei/consoleInput', { data: Buffer.from('hello').toString('base64') }],
    ];
    const [command, args] = oneOf(random, edits);
    tell?.(`  ${command} ${JSON.stringify(args)}`);
    await ask(command, args);
    await lookAtBranches(before);
  }
  /** The same by requests that put a PE elsewhere, which stops anew. */
  async function jump(): Promise<Awaited<ReturnType<typeof stopOf>>> {
    const before = now();
    const threadId = thread();
    let stop: Awaited<ReturnType<typeof stopOf>>;
    if (random(2) === 0) {
      const { body } = await ask('gotoTargets', { source, line: lines.length === 0 ? 60 : oneOf(random, lines) });
      const targets = (body as { targets?: { id: number }[] })?.targets ?? [];
      if (targets.length === 0) return undefined;
      stop = await go('goto', { threadId, targetId: targets[0].id });
    } else {
      const { body } = await ask('stackTrace', { threadId });
      const frames = (body as { stackFrames?: { id: number }[] })?.stackFrames ?? [];
      if (frames.length === 0) return undefined;
      stop = await go('restartFrame', { frameId: oneOf(random, frames.slice(0, 2)).id });
    }
    await lookAtBranches(before);
    return stop;
  }

  async function goToBranch(): Promise<Awaited<ReturnType<typeof stopOf>>> {
    const others = [...ofBranches.keys()];
    if (others.length === 0) return undefined;
    const name = oneOf(random, others);
    const stop = await go('sdei/goToBranch', { name });
    const { body } = await ask('sdei/branches');
    if ((body as { current: string }).current === name) {
      const [moments, marks] = [ofBranches.get(name), bookmarksOfBranches.get(name)];
      ofBranches.delete(name);
      ofBranches.set(branch, known);
      bookmarksOfBranches.set(branch, bookmarks);
      branch = name;
      known = moments ?? new Map<string, Known>();
      bookmarks = marks ?? [];
    }
    return stop;
  }

  const moves: readonly (readonly [name: string, weight: number, move: () => Promise<Awaited<ReturnType<typeof stopOf>> | void>])[] = [
    ['next', 4, () => go('next', { threadId: thread(), ...granularity(), singleThread: random(5) === 0 })],
    ['stepIn', 4, () => go('stepIn', { threadId: thread(), ...granularity(), singleThread: random(5) === 0 })],
    ['stepOut', 2, () => go('stepOut', { threadId: thread() })],
    ['continue', 4, () => go('continue', { threadId: thread(), singleThread: random(6) === 0 })],
    ['stepBack', 6, () => go('stepBack', { threadId: thread(), ...granularity() })],
    ['reverseContinue', 4, () => go('reverseContinue', { threadId: thread() })],
    ['stepBackOut', 2, () => go('sdei/stepBackOut', { threadId: thread() })],
    ['stepBackInto', 2, () => go('sdei/stepBackInto', { threadId: thread() })],
    ['lastWrite', 2, () => go('sdei/lastWrite', { threadId: thread(), name: oneOf(random, guest.data) })],
    ['allWrites', 1, () => go('sdei/allWrites', { threadId: thread(), name: oneOf(random, guest.data) })],
    [
      'goTo',
      4,
      () => {
        const { history } = present().timeTravel;
        const [from, to] = [history?.checkpoints[0].instruction ?? 0, history?.end.instruction ?? 0];
        return go('sdei/goTo', { threadId: thread(), instruction: from + random(to - from + 1) });
      },
    ],
    [
      'goTo instant',
      1,
      async () => {
        const { body } = await ask('sdei/timeline', { count: 1000 });
        const { instants } = body as { instants: { id: number }[] };
        return instants.length === 0 ? undefined : go('sdei/goTo', { threadId: thread(), instant: oneOf(random, instants).id });
      },
    ],
    ['bookmark', 3, () => bookmark().then(() => undefined)],
    [
      'goTo bookmark',
      4,
      async () => {
        if (bookmarks.length === 0) return undefined;
        const { name, moment } = oneOf(random, bookmarks);
        const stop = await go('sdei/goTo', { threadId: thread(), bookmark: name });
        if (stop?.body.reason === 'goto' && !isSame(now(), moment))
          fail(`bookmark ${name} leads to ${keyOf(now())} instead of ${keyOf(moment)}`);
        return stop;
      },
    ],
    ['edit', 2, edit],
    ['jump', 1, jump],
    ['goToBranch', 2, goToBranch],
    ['breakpoints', 6, changeBreakpoints],
    ['compare', 3, compareBackwards],
    ['stepIntoHandlers', 1, () => ask('sdei/setStepIntoHandlers', { enabled: random(2) === 0 }).then(() => undefined)],
    [
      'branchReport',
      1,
      async () => {
        const { success, message } = await ask('sdei/branchReport', {
          name: random(2) === 0 ? branch : oneOf(random, [branch, ...ofBranches.keys()]),
        });
        if (!success) fail(`branchReport: ${message}`);
      },
    ],
    ['timeline', 1, lookAtTimeline],
  ];
  const forwards = new Set(['next', 'stepIn', 'stepOut', 'continue']);
  const lots = moves.flatMap(([name, weight, move]) => Array.from({ length: weight }, () => ({ name, move })));

  try {
    await client.request('initialize', { adapterID: 'sdei', supportsInvalidatedEvent: true, supportsMemoryEvent: true });
    const memory = { memory: '2M', stopAtEnd: 'always', stopOnEntry: true, bootCache: false, history: oneOf(random, ['1M', '256M']) };
    await client.request('launch', { program: path.join(folder, `${guest.name}.elf`), ...memory, ...guest.launch });
    await client.start();
    await stopOf();
    const { body } = await ask('breakpointLocations', { source, line: 1, endLine: 400 });
    if (random(3) > 0) await go('continue');
    lines.push(...((body as { breakpoints?: { line: number }[] })?.breakpoints ?? []).map(({ line }) => line));
    for (; done < commands && failures.length < 5; done++) {
      const { name, move } = oneOf(random, lots);
      if (isAtEnd && forwards.has(name)) continue;
      const before = keyOf(now());
      const stop = await move();
      tell?.(
        `${done} ${name}: ${before} → ${keyOf(now())} ${stop === undefined ? '' : `${stop.event} ${stop.body.reason} ${stop.body.text ?? ''}`}`,
      );
      if (stop?.event === 'terminated') break;
      look(name);
      await lookAtSigns(stop?.body);
    }
    await compareElsewhere(present().timeTravel.recording, known);
    for (const [name, moments] of ofBranches) if (elsewhere < 40) await compareBranch(name, moments);
    await compareTrace();
  } catch (error) {
    fail(error instanceof Error ? `${error.stack}` : String(error));
  } finally {
    await withLimit('disconnect', client.end());
  }
  failures.push(...client.problems.map((problem) => `${guest.name}, seed ${seed}: ${problem}`));
  return { commands: done, stops, moments: known.size, again, compared, branches: ofBranches.size, elsewhere, failures };

  async function compareBranch(name: string, moments: Map<string, Known>): Promise<void> {
    const stop = await go('sdei/goToBranch', { name });
    // Where the oldest of history has gone, the branch cannot be gone to any more.
    if (stop?.body.reason !== 'goto') return tell?.(`branch ${name}: ${stop?.body.description} ${stop?.body.text}`);
    await compareElsewhere(present().timeTravel.recording, moments);
  }
  /** Another machine with checkpoints elsewhere, brought to moments in any order. */
  async function compareElsewhere(recording: Recording, moments: Map<string, Known>): Promise<void> {
    if (configuration === undefined) return;
    const other = createEmulatorTarget(configuration, oneOf(random, [501, 20_000]));
    for (const load of loads) load(other);
    other.timeTravel.keepHistory(64 << 20);
    other.timeTravel.follow(structuredClone(recording));
    const wanted = [...moments.values()];
    for (let n = Math.min(12, wanted.length); n > 0; n--) {
      const { moment, hash } = oneOf(random, wanted);
      await other.timeTravel.travel(moment);
      elsewhere++;
      if (other.stateHash() !== hash) fail(`another machine has another state at ${keyOf(moment)} of branch ${branch}`);
    }
  }
  /** Saved and opened: the machine's hash where it was saved is in the file, and is compared there. */
  async function compareTrace(): Promise<void> {
    const { body } = await ask('sdei/saveTrace');
    const { data } = (body ?? {}) as { data?: string };
    if (data === undefined) return;
    const hash = present().stateHash();
    let opened: Target | undefined;
    const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
    const parts = {
      ...makers,
      createTarget(machine: MachineSettings) {
        opened ??= makers.createTarget(machine);
        return opened;
      },
    };
    const FILE = '/hostile.sdeitrace';
    const other = new SessionClient(parts, {
      ...nodeHost,
      readFile: (file) => (file === FILE ? Promise.resolve(bytes) : nodeHost.readFile(file)),
    });
    try {
      await other.request('initialize', { adapterID: 'sdei' });
      await other.request('launch', { trace: FILE });
      await other.start();
      const stop = await withLimit('opening a trace', other.stop());
      if (stop?.event !== 'stopped') fail(`a trace does not open: ${other.outputs('important')}`);
      else if (opened?.stateHash() !== hash) fail('a trace opens in another state');
    } finally {
      await withLimit('disconnect', other.end());
    }
  }
}
