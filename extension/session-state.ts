import type { Timeline } from './views/timeline.ts';
import type {
  CustomRequests,
  PseudoRegister,
  SdeiState,
  SystemRegister,
  SystemRegisterValue,
  TimeState,
  ViewRequest,
} from '../debug-adapter/custom-requests.ts';
import type { ToldAgain } from './told-again.ts';

/** What is needed of a `vscode.DebugSession`. */
export interface Session {
  readonly id: string;
  customRequest(command: string, args?: unknown): Thenable<unknown>;
}

/** Asks the adapter one of its own requests. @throws Error with the adapter's message */
export async function ask<Name extends keyof CustomRequests>(
  session: Session,
  request: Name,
  args: CustomRequests[Name][0],
): Promise<CustomRequests[Name][1]> {
  return (await session.customRequest(request, args)) as CustomRequests[Name][1];
}

/** The session that a command is about. @throws Error if there is none */
export function activeSession({ active }: SessionState): Session {
  if (active === undefined) throw new Error('No SDEI guest is being debugged. Start one with F5.');
  return active;
}

/** With the fields that hold now. */
const laidOut = (table: readonly SystemRegister[], values: readonly SystemRegisterValue[]): readonly SystemRegister[] =>
  table.map((register, index) => {
    const { layout } = values[index];
    return layout === undefined ? register : { ...register, ...register.layouts?.[layout] };
  });

export type Status = 'none' | 'running' | 'stopped';

/** System registers of a PE. */
export interface SystemRegisters {
  /** Their fields are those that the present state gives them. */
  readonly table: readonly SystemRegister[];
  readonly values: readonly SystemRegisterValue[];
  /** As they were shown before the latest stop; absent: never. */
  readonly before?: readonly SystemRegisterValue[];
}

/**
 * Mirror of the SDEI state of each session; views read only this. It reads nothing by itself: what views ask for is read then, in one request
 * for all that ask at the same time, once per stop (or other change), and kept until the next.
 */
export interface SessionState {
  readonly active: Session | undefined;
  readonly status: Status;
  /** Where the session stands on its record; undefined in the present. */
  readonly time: TimeState | undefined;
  /** How many PEs there are, as far as is known without asking; 1 at first. */
  readonly knownPes: number;
  setActive(session: Session | undefined): void;
  start(session: Session): void;
  end(session: Session): void;
  /** Takes every message that the adapter sends to the editor. */
  messageFromAdapter(session: Session, message: unknown): void;
  /** The state at the latest stop; undefined before the first. */
  sdei(): Promise<SdeiState | undefined>;
  pseudoRegisters(pe: number): Promise<readonly PseudoRegister[]>;
  systemRegisters(pe: number): Promise<SystemRegisters | undefined>;
  timeline(): Promise<Timeline | undefined>;
  /** Calls `listener` when something that views show may have changed. @returns stops that */
  onChanged(listener: () => void): () => void;
  /**
   * The same some milliseconds later, once for changes that come in a burst (an edit is announced as several DAP events). All listeners are
   * called in one turn, so that what they ask for then goes in one request. @returns stops that
   */
  onSettled(listener: () => void): () => void;
  /** When listeners that are to be called soon have been: who asks before them asks by itself. */
  settled(): Promise<void>;
}

interface Mirror {
  readonly session: Session;
  status: Status;
  time?: TimeState;
  /** By request and arguments. */
  readonly readings: Map<string, Reading>;
  /** Asked for, and not sent yet. */
  readonly waiting: Waiting[];
}

interface Reading {
  readonly request: ViewRequest;
  /** Of the present stop; absent: not asked yet. */
  present?: Promise<unknown>;
  /** What was shown last: it stays while the guest runs. */
  last?: unknown;
  /** What was shown last before the latest stop. */
  before?: unknown;
}

interface Waiting {
  readonly request: ViewRequest;
  readonly arguments: object;
  resolve(body: unknown): void;
  reject(error: unknown): void;
}

/** It is the same as long as the session lasts. */
const lasting = 'sdei/systemRegisterTable';
const BURST_MILLISECONDS = 10;
const resuming = new Set(['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'restart', 'restartFrame', 'goto']);

function readingOf(of: Mirror, request: ViewRequest, args: object): Reading {
  const key = `${request} ${JSON.stringify(args)}`;
  const known = of.readings.get(key);
  if (known !== undefined) return known;
  const reading: Reading = { request };
  of.readings.set(key, reading);
  return reading;
}

/** Asks the adapter, once per stop. */
async function latest<Name extends ViewRequest>(
  of: Mirror,
  request: Name,
  args: CustomRequests[Name][0],
): Promise<CustomRequests[Name][1] | undefined> {
  type Body = CustomRequests[Name][1] | undefined;
  const reading = readingOf(of, request, args);
  if (of.status !== 'stopped') return reading.last as Body;
  reading.present ??= asked(of, request, args);
  const { present } = reading;
  try {
    const body = await present;
    if (reading.present === present) reading.last = body;
    return body as Body;
  } catch (error) {
    // The guest was resumed, or the session ended, before the answer: the next stop reads again.
    if (of.status !== 'stopped' || reading.present !== present) return reading.last as Body;
    throw error;
  }
}

/** Together with what others ask for in this turn. */
function asked(of: Mirror, request: ViewRequest, args: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    of.waiting.push({ request, arguments: args, resolve, reject });
    if (of.waiting.length === 1) setTimeout(() => void send(of), 0);
  });
}

async function send({ session, waiting }: Mirror): Promise<void> {
  const parts = waiting.splice(0);
  try {
    const { answers } = await ask(session, 'sdei/views', {
      parts: parts.map(({ request, arguments: args }) => ({ request, arguments: args })),
    });
    for (const [index, { resolve, reject }] of parts.entries()) {
      const answer = answers[index];
      if ('error' in answer) reject(new Error(answer.error));
      else resolve(answer.body);
    }
  } catch (error) {
    for (const { reject } of parts) reject(error);
  }
}

export function createSessionState(): SessionState {
  const mirrors = new Map<string, Mirror>();
  const listeners = new Set<() => void>();
  const settledListeners = new Set<() => void>();
  let settling: Promise<void> | undefined;
  let active: Session | undefined;

  // The editor may make a session active that has ended meanwhile (it opens the source first), and the next one never: then the newest counts.
  const mirror = () => (active === undefined ? undefined : (mirrors.get(active.id) ?? [...mirrors.values()].at(-1)));

  function changed(of: Mirror | undefined): void {
    if (of !== undefined && of !== mirror()) return;
    for (const listener of listeners) listener();
    settling ??= new Promise((resolve) => {
      setTimeout(() => {
        settling = undefined;
        for (const listener of settledListeners) listener();
        resolve();
      }, BURST_MILLISECONDS);
    });
  }
  function forget(of: Mirror): void {
    for (const reading of of.readings.values()) if (reading.request !== lasting) reading.present = undefined;
  }
  function stopped(of: Mirror): void {
    of.status = 'stopped';
    forget(of);
    for (const reading of of.readings.values()) reading.before = reading.last;
    changed(of);
  }
  function running(of: Mirror): void {
    if (of.status === 'running') return;
    of.status = 'running';
    changed(of);
  }

  return {
    get active() {
      return mirror()?.session;
    },
    get status() {
      return mirror()?.status ?? 'none';
    },
    get time() {
      return mirror()?.time;
    },
    get knownPes() {
      const of = mirror();
      const known = of && (readingOf(of, 'sdei/state', {}).last as SdeiState | undefined);
      return known?.pes.length ?? 1;
    },
    setActive(session) {
      active = session;
      changed(undefined);
    },
    start(session) {
      if (!mirrors.has(session.id)) mirrors.set(session.id, { session, status: 'running', readings: new Map(), waiting: [] });
    },
    end(session) {
      mirrors.delete(session.id);
      changed(undefined);
    },
    messageFromAdapter(session, message) {
      const of = mirrors.get(session.id);
      if (of === undefined || typeof message !== 'object' || message === null) return;
      const { type, event, command, success, body } = message as {
        type?: string;
        event?: string;
        command?: string;
        success?: boolean;
        body?: unknown;
      };
      if (type === 'event' && (body as ToldAgain | undefined)?.isToldAgain !== true) {
        if (event === 'stopped') stopped(of);
        else if (event === 'continued') running(of);
        else if (event === 'sdei/time') {
          const time = body as TimeState;
          of.time = time.isInPast ? time : undefined;
          changed(of);
        } else if (event === 'sdei/changed' || event === 'invalidated') {
          forget(of);
          changed(of);
        }
      } else if (type === 'response' && success === true && resuming.has(command ?? '')) running(of);
    },
    async sdei() {
      const of = mirror();
      return of && latest(of, 'sdei/state', {});
    },
    async timeline() {
      const of = mirror();
      return of && latest(of, 'sdei/timeline', {});
    },
    async pseudoRegisters(pe) {
      const of = mirror();
      const read = of && (await latest(of, 'sdei/pseudoRegisters', { pe }));
      return read?.registers ?? [];
    },
    async systemRegisters(pe) {
      const of = mirror();
      if (of === undefined) return undefined;
      const reading = readingOf(of, 'sdei/systemRegisters', { pe });
      const [table, present] = await Promise.all([latest(of, lasting, {}), latest(of, 'sdei/systemRegisters', { pe })]);
      if (table === undefined || present === undefined) return undefined;
      const before = reading.before as CustomRequests['sdei/systemRegisters'][1] | undefined;
      return { table: laidOut(table.registers, present.values), values: present.values, ...(before && { before: before.values }) };
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onSettled(listener) {
      settledListeners.add(listener);
      return () => settledListeners.delete(listener);
    },
    async settled() {
      await settling;
    },
  };
}
