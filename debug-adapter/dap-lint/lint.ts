/** Whether a conversation is one of the Debug Adapter Protocol: each message by itself, and what must come before or after what. */
import { type AnyMessage, capabilityOf, checkMessage } from './schema.ts';

export const rules = {
  schema: 'a message is as debugAdapterProtocol.json (1.71) says',
  'unknown-field': 'a message has no fields that the protocol does not know',
  'integer-range': 'numbers are in the range that the protocol gives them',
  sequence: 'seq counts from 1 on each side, by 1',
  'one-response': 'each request has exactly one response, with its command',
  'initialize-first': 'initialize is the first request, and nothing else is said before its response',
  capability: 'a request is made only if the capability for it was advertised',
  'after-terminated': 'no event follows terminated, unless the session is restarted',
} as const;
export type Rule = keyof typeof rules;

export interface Finding {
  /** Of the message in the conversation, from 0. */
  readonly index: number;
  readonly rule: Rule;
  readonly problem: string;
}

type Side = 'client' | 'adapter';
const otherSide = { client: 'adapter', adapter: 'client' } as const;
/** What adapters ask of clients. */
const REVERSE: readonly unknown[] = ['runInTerminal', 'startDebugging'];

interface Asked {
  readonly index: number;
  readonly command: unknown;
  isAnswered: boolean;
}

/** @param messages of both sides, as they came */
export function lint(messages: readonly unknown[]): readonly Finding[] {
  const findings: Finding[] = [];
  let index = 0;
  const find = (rule: Rule, problem: string, at = index): void => void findings.push({ index: at, rule, problem });

  /** Last `seq` of each side. */
  const last = { client: 0, adapter: 0 };
  const asked = { client: new Map<unknown, Asked>(), adapter: new Map<unknown, Asked>() };
  let capabilities: Record<string, unknown> | undefined;
  let initialize = 'not asked' as 'not asked' | 'asked' | 'answered';
  let terminatedAt: number | undefined;

  function begin(): void {
    capabilities = undefined;
    initialize = 'not asked';
    terminatedAt = undefined;
    last.client = last.adapter = 0;
    for (const side of [asked.client, asked.adapter]) endOf(side);
  }
  function endOf(side: Map<unknown, Asked>): void {
    for (const { index: at, command, isAnswered } of side.values())
      if (!isAnswered) find('one-response', `${command} is never answered`, at);
    side.clear();
  }
  function learn(more: unknown): void {
    if (typeof more === 'object' && more !== null) capabilities = { ...capabilities, ...more };
  }

  function request(side: Side, { seq, command }: AnyMessage): void {
    if (asked[side].has(seq)) find('one-response', `${command} has the seq ${seq} of an earlier request`);
    asked[side].set(seq, { index, command, isAnswered: false });
    if (side === 'adapter') return;
    if (command === 'initialize') {
      if (initialize !== 'not asked') find('initialize-first', 'initialize is asked again');
      initialize = 'asked';
    } else if (initialize !== 'answered')
      find('initialize-first', `${command} is asked ${initialize === 'asked' ? 'before the response to' : 'without'} initialize`);
    const capability = capabilityOf.get(String(command));
    if (capability !== undefined && capabilities !== undefined && capabilities[capability] !== true)
      find('capability', `${command} is asked, and ${capability} was not advertised`);
  }
  function response(side: Side, { request_seq, command, success, body }: AnyMessage): void {
    const request = asked[otherSide[side]].get(request_seq);
    if (request === undefined) return find('one-response', `a response to request ${request_seq} (${command}), which was not made`);
    if (request.isAnswered) find('one-response', `request ${request_seq} (${command}) is answered again`);
    request.isAnswered = true;
    if (request.command !== command) find('one-response', `request ${request_seq} is ${request.command}, and is answered as ${command}`);
    if (side === 'client') return;
    if (command === 'initialize') {
      initialize = 'answered';
      capabilities = {};
      learn(body);
    } else if (initialize !== 'answered') find('initialize-first', `${command} is answered before initialize`);
    if (command === 'restart' && success === true) terminatedAt = undefined;
  }
  function event({ event: name, body }: AnyMessage): void {
    if (initialize !== 'answered') find('initialize-first', `the event ${name} comes before the response to initialize`);
    if (terminatedAt !== undefined) find('after-terminated', `the event ${name} comes behind terminated`);
    if (name === 'terminated') terminatedAt = index;
    if (name === 'capabilities') learn((body as { capabilities?: unknown } | undefined)?.capabilities);
  }

  for (; index < messages.length; index++) {
    const message = messages[index];
    if (!isMessage(message)) {
      find('schema', 'it is no object with a type');
      continue;
    }
    // Another conversation in the same file: of an adapter that serves one client after the other.
    if (message.command === 'initialize' && message.type === 'request' && message.seq === 1 && initialize === 'answered') begin();
    for (const { rule, problem } of checkMessage(message)) find(rule, problem);
    const isReverse = REVERSE.includes(message.command);
    const isOfClient = message.type === 'request' ? !isReverse : message.type === 'response' && isReverse;
    const side = isOfClient ? 'client' : 'adapter';
    if (message.seq !== last[side] + 1) find('sequence', `the ${side}'s seq is ${message.seq}, expected ${last[side] + 1}`);
    if (typeof message.seq === 'number') last[side] = message.seq;
    if (message.type === 'request') request(side, message);
    else if (message.type === 'response') response(side, message);
    else if (message.type === 'event') event(message);
  }
  endOf(asked.client);
  endOf(asked.adapter);
  return findings.sort((one, other) => one.index - other.index);
}

const isMessage = (value: unknown): value is AnyMessage =>
  typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>).type === 'string';
