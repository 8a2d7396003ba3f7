import { Event, type Message, Response } from '@vscode/debugadapter/lib/messages.js';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { cancelled, internalFault, StateError, UserError } from './errors.ts';
import type { Events } from './protocol.ts';

/** What answers a request: resolves to the response body, rejects with the error. */
export type Dispatch = (command: string, args: unknown, context: RequestContext) => unknown;

export interface RequestContext {
  /** Aborted by `cancel` and by the end of the session. */
  readonly signal: AbortSignal;
  /** Runs `action` right after the response has been sent, also if it is an error. */
  afterResponse(action: () => void): void;
}

export interface Connection {
  /** Takes one message from the client, of whatever shape. Never throws. */
  receive(message: unknown): void;
  event<Name extends keyof Events>(name: Name, body: Events[Name]): void;
  /** Resolves when everything received so far has been answered. */
  settled(): Promise<void>;
}

/** Milliseconds that requests before a `disconnect` have to end by themselves. */
const patience = 1000;

interface Pending {
  readonly request: Dap.Request;
  /** Made when somebody wants to know of it: most requests are answered at once. */
  controller?: AbortController;
  isCancelled?: boolean;
}

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise;

function cancel(entry: Pending): void {
  entry.isCancelled = true;
  entry.controller?.abort();
}

function controllerOf(entry: Pending): AbortController {
  entry.controller ??= new AbortController();
  if (entry.isCancelled) entry.controller.abort();
  return entry.controller;
}

/** A class: an object with an accessor of its own takes V8 longer than all else of an answer. */
class Context implements RequestContext {
  private readonly entry: Pending;
  readonly afterResponse: RequestContext['afterResponse'];

  constructor(entry: Pending, afterResponse: RequestContext['afterResponse']) {
    this.entry = entry;
    this.afterResponse = afterResponse;
  }
  get signal(): AbortSignal {
    return controllerOf(this.entry).signal;
  }
}

/**
 * Turns messages into calls of `dispatch` and results into responses. Every request gets exactly one response; requests run one after the other
 * in the order they came, `cancel` at once, and those that are beside the others without making them wait. What can be answered without waiting is
 * answered within `receive`. What stands before a `disconnect` or `terminate` for too long (a file that does not come) is cancelled.
 */
export function createConnection(options: {
  send: (message: Dap.ProtocolMessage) => void;
  dispatch: Dispatch;
  /** Errors of these commands are also shown by the client as a message. */
  errorsShown?: (command: string) => boolean;
  /** These take their time and touch nothing that others ask for. */
  isBeside?: (command: string) => boolean;
  /** `cancel` of something that is reported by progress events. */
  cancelProgress?: (progressId: string) => void;
}): Connection {
  let sequence = 0;
  let terminated = false;
  let isBusy = false;
  let beside = 0;
  const waiting: Pending[] = [];
  let onSettled: (() => void)[] = [];
  const pending = new Map<number, Pending>();

  function send(message: Message): void {
    message.seq = ++sequence;
    options.send(message);
  }
  const respond = (request: Dap.Request, fields: Record<string, unknown>) => send(Object.assign(new Response(request), fields));

  function respondError(request: Dap.Request, error: unknown): void {
    const fault = error instanceof UserError || error instanceof StateError ? error : internalFault(request.command, error);
    const message = fault instanceof StateError ? fault.reason : fault.message;
    const showUser = !(fault instanceof StateError) && (options.errorsShown?.(request.command) ?? false);
    respond(request, {
      success: false,
      message,
      body: { error: { id: fault instanceof UserError ? 1 : fault instanceof StateError ? 2 : 3, format: fault.message, showUser } },
    });
  }

  /** @returns a promise if the answer has to be waited for; it never rejects */
  function answer(entry: Pending): Promise<void> | undefined {
    const { request } = entry;
    const later: (() => void)[] = [];
    // A guest that has ended begins again, and is heard of again.
    const hadTerminated = terminated;
    if (request.command === 'restart') terminated = false;
    const done = (body: unknown): void => {
      try {
        respond(request, body === undefined || isEmpty(body) ? { success: true } : { success: true, body });
      } catch (error) {
        respondError(request, error);
      }
      finish(entry, later);
    };
    const failed = (error: unknown): void => {
      terminated ||= hadTerminated;
      respondError(request, error);
      finish(entry, later);
    };
    let body: unknown;
    try {
      if (entry.isCancelled) throw cancelled();
      body = options.dispatch(request.command, request.arguments, new Context(entry, (action) => later.push(action)));
    } catch (error) {
      failed(error);
      return undefined;
    }
    if (isPromise(body)) return Promise.race([body, whenAborted(controllerOf(entry).signal)]).then(done, failed);
    done(body);
    return undefined;
  }

  function finish({ request }: Pending, later: readonly (() => void)[]): void {
    pending.delete(request.seq);
    for (const action of later) {
      try {
        action();
      } catch (error) {
        event('output', { category: 'stderr', output: `${internalFault(request.command, error).message}\n` });
      }
    }
  }

  /** Answers what waits, up to the first request that takes its time. */
  function answerWaiting(): void {
    while (!isBusy) {
      const entry = waiting.shift();
      if (entry === undefined) break;
      isBusy = true;
      const answered = answer(entry);
      if (answered === undefined) isBusy = false;
      else if (options.isBeside?.(entry.request.command)) {
        isBusy = false;
        beside++;
        void answered.then(() => {
          beside--;
          tellSettled();
        });
      } else
        void answered.then(() => {
          isBusy = false;
          answerWaiting();
        });
    }
    tellSettled();
  }

  const isSettled = (): boolean => !isBusy && beside === 0;
  function tellSettled(): void {
    if (!isSettled()) return;
    const listeners = onSettled;
    onSettled = [];
    for (const listener of listeners) listener();
  }
  const settled = (): Promise<void> => (isSettled() ? Promise.resolve() : new Promise((resolve) => onSettled.push(resolve)));

  function event<Name extends keyof Events>(name: Name, body: Events[Name]): void {
    if (terminated) return;
    terminated = name === 'terminated';
    send(new Event(name, body));
  }

  function cancelRequest(request: Dap.Request): void {
    const { requestId, progressId } = (request.arguments ?? {}) as { requestId?: unknown; progressId?: unknown };
    const entry = typeof requestId === 'number' ? pending.get(requestId) : undefined;
    if (entry !== undefined) cancel(entry);
    if (typeof progressId === 'string') options.cancelProgress?.(progressId);
    respond(request, { success: true });
  }

  function giveUpWaiting(before: readonly Pending[]): void {
    for (const entry of before) if (options.isBeside?.(entry.request.command)) cancel(entry);
    if (before.length === 0) return;
    const timer = setTimeout(() => {
      for (const entry of before) cancel(entry);
    }, patience);
    void settled().then(() => clearTimeout(timer));
  }

  return {
    receive(message) {
      const request = requestOf(message);
      if (request === undefined) return;
      if (request.command === 'cancel') return cancelRequest(request);
      if (request.command === 'disconnect' || request.command === 'terminate') giveUpWaiting([...pending.values()]);
      const entry: Pending = { request };
      pending.set(request.seq, entry);
      waiting.push(entry);
      answerWaiting();
    },
    event,
    settled,
  };
}

/** Only requests are answered: the adapter sends no reverse requests, so that no response can be meant for it. */
function requestOf(message: unknown): Dap.Request | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, seq, command } = message as Record<string, unknown>;
  if (type !== 'request') return undefined;
  return { ...(message as Dap.Request), seq: typeof seq === 'number' ? seq : 0, command: String(command) };
}

function whenAborted(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(cancelled());
    else signal.addEventListener('abort', () => reject(cancelled()), { once: true });
  });
  aborted.catch(() => {});
  return aborted;
}

function isEmpty(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  for (const _ in body) return false;
  return true;
}
