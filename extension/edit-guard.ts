/** An edit in the past begins another future, and what came after it becomes a branch: a person is asked before. */
import type { TimeState } from '../debug-adapter/custom-requests.ts';

/** A message of the editor to the adapter, as far as it matters here. */
interface Request {
  readonly type?: string;
  readonly seq?: number;
  readonly command?: string;
  readonly arguments?: { readonly expression?: string; readonly context?: string };
}

const edits = new Set([
  'setVariable',
  'setExpression',
  'writeMemory',
  'goto',
  'restartFrame',
  'sdei/trigger',
  'sdei/setEnabled',
  'sdei/setMasked',
  'sdei/setPseudoRegister',
  'sdei/consoleInput',
]);
/** `=`, `+=`, `<<=`, `++`, but not `==`, `<=`. */
const assignment = /\+\+|--|(?:^|[^=!<>])=(?!=)|(?:<<|>>)=/;

/** An event here and now; at a place ahead it changes nothing yet. */
const raise = /^\s*inject\s+\d+(?:\s+(?:PE)?\d+)?\s*$/i;

/** Whether a request may change the guest. */
export function mayEdit({ type, command, arguments: args }: Request): boolean {
  if (type !== 'request' || command === undefined) return false;
  return command === 'evaluate'
    ? args?.context === 'repl' && (assignment.test(args.expression ?? '') || raise.test(args.expression ?? ''))
    : edits.has(command);
}

export interface EditGuard {
  /** Takes every message of the adapter. */
  heard(message: unknown): void;
  /** @returns whether the message may go to the adapter; at once where nothing has to be asked */
  allows(message: unknown): true | Promise<boolean>;
}

/** @param ask whether to begin another future */
export function createEditGuard(ask: (time: TimeState) => Promise<boolean>): EditGuard {
  let time: TimeState | undefined;
  return {
    heard(message) {
      const { type, event, body } = (message ?? {}) as { type?: string; event?: string; body?: TimeState };
      if (type === 'event' && event === 'sdei/time') time = body;
    },
    allows: (message) => (time?.isInPast && mayEdit(message as Request) ? ask(time) : true),
  };
}

/** The answer to a request that a person did not allow. */
export const refusal = (message: unknown): object => {
  const { seq = 0, command = '' } = message as Request;
  return { type: 'response', seq: 0, request_seq: seq, command, success: false, message: 'cancelled' };
};

const count = (instructions: number): string => `${instructions.toLocaleString('en')} instruction${instructions === 1 ? '' : 's'}`;

export const question = ({ now, to }: TimeState): { readonly message: string; readonly detail: string; readonly yes: string } => ({
  message: 'Begin another future here?',
  detail: `The guest stands in its past, at instruction ${now.toLocaleString('en')}. An edit begins another future: what is on record after this moment (${count(to - now)}) is kept as a branch of its own.`,
  yes: 'Begin Another Future',
});
