import type { Timeline } from './views/timeline.ts';
import type { CustomRequests, PseudoRegister, SdeiState, TimeState } from '../debug-adapter/custom-requests.ts';

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

export type Status = 'none' | 'running' | 'stopped';

/**
 * Mirror of the SDEI state of each session; views read only this. It reads nothing by itself: what a view asks for is read then, once per stop
 * (or other change), and kept until the next.
 */
export interface SessionState {
  readonly active: Session | undefined;
  readonly status: Status;
  /** Where the session stands on its record; undefined in the present. */
  readonly time: TimeState | undefined;
  setActive(session: Session | undefined): void;
  start(session: Session): void;
  end(session: Session): void;
  /** Takes every message that the adapter sends to the editor. */
  messageFromAdapter(session: Session, message: unknown): void;
  /** The state at the latest stop; undefined before the first. */
  sdei(): Promise<SdeiState | undefined>;
  pseudoRegisters(pe: number): Promise<readonly PseudoRegister[]>;
  timeline(): Promise<Timeline | undefined>;
  /** Calls `listener` when something that views show may have changed. @returns stops that */
  onChanged(listener: () => void): () => void;
}

interface Mirror {
  readonly session: Session;
  status: Status;
  time?: TimeState;
  readonly sdei: Reading<SdeiState>;
  readonly timeline: Reading<Timeline>;
  readonly pseudoRegisters: Map<number, Reading<readonly PseudoRegister[]>>;
}

interface Reading<Body> {
  /** Of the present stop; absent: not asked yet. */
  present?: Promise<Body>;
  /** What was shown last: it stays while the guest runs. */
  last?: Body;
}

/** @param read asks the adapter, once per stop */
async function latest<Body>(of: Mirror, reading: Reading<Body>, read: () => Promise<Body>): Promise<Body | undefined> {
  if (of.status !== 'stopped') return reading.last;
  reading.present ??= read();
  const { present } = reading;
  try {
    const body = await present;
    if (reading.present === present) reading.last = body;
    return body;
  } catch (error) {
    // The guest was resumed, or the session ended, before the answer: the next stop reads again.
    if (of.status !== 'stopped' || reading.present !== present) return reading.last;
    throw error;
  }
}

const resuming = new Set(['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'restart', 'restartFrame', 'goto']);

export function createSessionState(): SessionState {
  const mirrors = new Map<string, Mirror>();
  const listeners = new Set<() => void>();
  let active: Session | undefined;

  // The editor may make a session active that has ended meanwhile (it opens the source first), and the next one never: then the newest counts.
  const mirror = () => (active === undefined ? undefined : (mirrors.get(active.id) ?? [...mirrors.values()].at(-1)));

  function changed(of: Mirror | undefined): void {
    if (of === undefined || of === mirror()) for (const listener of listeners) listener();
  }
  function forget(of: Mirror): void {
    for (const reading of [of.sdei, of.timeline, ...of.pseudoRegisters.values()]) reading.present = undefined;
  }
  function stopped(of: Mirror): void {
    of.status = 'stopped';
    forget(of);
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
    setActive(session) {
      active = session;
      changed(undefined);
    },
    start(session) {
      if (!mirrors.has(session.id)) {
        mirrors.set(session.id, { session, status: 'running', sdei: {}, timeline: {}, pseudoRegisters: new Map() });
      }
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
      if (type === 'event') {
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
      return of && latest(of, of.sdei, () => ask(of.session, 'sdei/state', {}));
    },
    async timeline() {
      const of = mirror();
      return of && latest(of, of.timeline, () => ask(of.session, 'sdei/timeline', {}));
    },
    async pseudoRegisters(pe) {
      const of = mirror();
      if (of === undefined) return [];
      const reading = of.pseudoRegisters.get(pe) ?? {};
      of.pseudoRegisters.set(pe, reading);
      const read = async () => (await ask(of.session, 'sdei/pseudoRegisters', { pe })).registers;
      return (await latest(of, reading, read)) ?? [];
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
