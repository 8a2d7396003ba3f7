import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { hexadecimal } from '../errors.ts';
import type { Images } from '../images.ts';
import { deviceIrqChanges, deviceIrqLevelText } from './device-irq-level.ts';
import type { ChangedRegister, Target, TargetStop } from './target.ts';

/** How a guest ends itself. */
export type GuestEnd = Extract<TargetStop, { kind: 'system-off' | 'system-reset' | 'exit' }>;
export const isGuestEnd = (stop: TargetStop): stop is GuestEnd =>
  stop.kind === 'system-off' || stop.kind === 'system-reset' || stop.kind === 'exit';
/** How a run ends for good. `refused`: it is not the run that it should be, and nothing is to be seen of it; `text` says why. */
export type RunEnd = GuestEnd | { readonly kind: 'refused'; readonly text: string };
/** What the guest has done: `switched itself off (PSCI SYSTEM_OFF)`. */
export function endText(end: RunEnd): string {
  switch (end.kind) {
    case 'refused':
      return `come to a run that is refused: ${end.text}`;
    case 'system-off':
      return 'switched itself off (PSCI SYSTEM_OFF)';
    case 'system-reset':
      return 'asked for a reset (PSCI SYSTEM_RESET)';
    case 'exit':
      return `exited with status ${end.status} (semihosting ${end.operation}${end.reason === undefined ? '' : `, ${end.reason}`})`;
  }
}
/** As a process ends with it. */
export const exitCodeOf = (end: RunEnd): number => (end.kind === 'exit' ? end.status & 0xff : end.kind === 'refused' ? 1 : 0);

/** Why the guest stands still, as the debugger tells it: what the machine said, or what the debugger itself did. */
export type Stop =
  | { readonly kind: 'entry' | 'step' | 'pause' | 'goto' | 'restart' | 'history-start' | 'trace-opened'; readonly pe: number }
  | {
      readonly kind: 'breakpoint';
      readonly pe: number;
      readonly ids: readonly number[];
      readonly sort: 'source' | 'function' | 'instruction';
      readonly note?: string;
    }
  /** What a data breakpoint watches was accessed or has changed; `text` says what and where. */
  | { readonly kind: 'data'; readonly pe: number; readonly ids: readonly number[]; readonly text: string }
  /** The guest has come to its end: one can go back from here. */
  | { readonly kind: 'end'; readonly pe: number; readonly end: GuestEnd }
  /** Something threw that should not have, or the machine cannot do what is on record. */
  | { readonly kind: 'fault'; readonly pe: number; readonly id: keyof typeof faultTitles; readonly text: string }
  | { readonly kind: 'machine'; readonly pe: number; readonly stop: MachineStop };

/** Stops that the machine makes by itself and that need words. */
export type MachineStop = Exclude<TargetStop, GuestEnd | { kind: 'budget' | 'pause' | 'breakpoint' }>;

/** `id` names the filter or the fault, `text` is one sentence. */
export interface StopWords {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

const haltedWords = {
  'all-pes-off': { title: 'All PEs are off', text: 'Every PE has switched itself off (PSCI CPU_OFF): nothing is left to run.' },
  'nothing-can-wake': {
    title: 'Nothing can wake the guest',
    text: 'Every PE that is on waits (WFI or WFE), and no timer, device or other PE can wake one. Trigger an event, or type at the console, and continue.',
  },
  'others-stand-still': {
    title: 'The PE cannot go on alone',
    text: 'The PE that was to go on alone waits (WFI or WFE) or is off, and the others, which could wake it, stand still. Let them go on, too.',
  },
  'awaits-input': {
    title: 'Waiting for input',
    text: 'The guest waits for input of its console in a semihosting call (SYS_READ or SYS_READC), and for nothing else. Type at the console, and continue.',
  },
} as const;

const accessWords = { read: 'reads', write: 'writes', execute: 'is to execute' } as const;

type Words = { readonly [Kind in MachineStop['kind']]: (stop: Extract<MachineStop, { kind: Kind }>, images: Images) => StopWords };

export const where = (images: Images, pc: bigint): string => {
  const source = images.sourceAt(pc);
  const line = source === undefined ? '' : ` (${source.path.slice(source.path.lastIndexOf('/') + 1)}:${source.line})`;
  return `${images.describe(pc)}${line}`;
};

/** How a handler ends: by its stop's `how`. */
export const completingCalls = {
  complete: { name: 'SDEI_EVENT_COMPLETE', functionId: 0xc400_0025n },
  resume: { name: 'SDEI_EVENT_COMPLETE_AND_RESUME', functionId: 0xc400_0026n },
} as const;

const changesText = (changed: readonly ChangedRegister[]): string =>
  changed
    .map(({ name, before, after, by }) => `${name.toUpperCase()} = ${hexadecimal(after)} instead of ${hexadecimal(before)}${byText(by)}`)
    .join(', ');
const byText = (by: ChangedRegister['by']): string =>
  by === undefined ? '' : ` (left so by event ${by.event}, which interrupted it and ended by ${completingCalls[by.how].name})`;
const namesText = (changed: readonly ChangedRegister[]): string => changed.map(({ name }) => name.toUpperCase()).join(', ');
/** Who has to be looked at: often not the handler that has ended. */
function whoChanged(event: number, changed: readonly ChangedRegister[]): string {
  const own = changed.filter(({ by }) => by === undefined);
  const others = [...new Set(changed.flatMap(({ by }) => by?.event ?? []))].map(
    (other) =>
      `${namesText(changed.filter(({ by }) => by?.event === other))} ${own.length > 0 ? 'was left' : 'left'} changed by event ${other}`,
  );
  const title = `The handler of SDEI event ${event} ${own.length > 0 ? `changed ${namesText(own)}` : 'ended with '}`;
  return own.length > 0 ? [title, ...others].join('; ') : `${title}${others.join('; ')}`;
}

const exceptionTitles = { synchronous: 'Exception', irq: 'IRQ', fiq: 'FIQ', serror: 'SError' } as const;
const exceptionNames = { synchronous: 'a synchronous exception', irq: 'an IRQ', fiq: 'an FIQ', serror: 'an SError' } as const;

function syndromeText({ to, esr, far }: Extract<MachineStop, { kind: 'handler-exception' }>): string {
  if (esr === undefined) return '';
  return ` (ESR_EL${to} = ${hexadecimal(esr)}${far === undefined ? '' : `, FAR_EL${to} = ${hexadecimal(far)}`})`;
}

function levelChangeText({ how, description }: Extract<MachineStop, { kind: 'exception-level' }>): string {
  if (how === 'eret') return 'ERET';
  if (how === 'dispatch') return 'the dispatch of an SDEI event';
  if (how === 'completion') return 'the completion of an SDEI event';
  return description === undefined ? `an ${how.toUpperCase()}` : `an exception: ${description}`;
}

const words: Words = {
  'sdei-dispatch': (stop, images) => ({
    id: 'sdei.dispatch',
    title: `SDEI event ${stop.event} dispatched`,
    text: `SDEI event ${stop.event} (${stop.priority}) interrupted EL${stop.interruptedEl} at ${where(images, stop.interruptedPc)}. The PE is at the first instruction of the handler${stop.depth > 1 ? `, which is nested: ${stop.depth} handlers run` : ''}.`,
  }),
  'sdei-completion': (stop, images) => ({
    id: 'sdei.completion',
    title: `SDEI event ${stop.event} completed`,
    text:
      stop.how === 'complete'
        ? `The handler of SDEI event ${stop.event} ended by ${completingCalls.complete.name}. The PE is back at ${where(images, stop.pc)}.`
        : `The handler of SDEI event ${stop.event} ended by ${completingCalls.resume.name}. The PE goes on at ${where(images, stop.pc)}.`,
  }),
  'sdei-pended': (stop, images) => ({
    id: 'sdei.pended',
    title: `SDEI event ${stop.event} is pending`,
    text: `SDEI event ${stop.event} (${stop.priority}) became pending and is not dispatched: ${stop.text}. PE${stop.pe} is at EL${stop.el}, at ${where(images, stop.pc)}.`,
  }),
  'sdei-clobbered': (stop, images) => ({
    id: 'sdei.clobbered',
    title: whoChanged(stop.event, stop.changed),
    text: `The handler of SDEI event ${stop.event} ended by ${completingCalls[stop.how].name} with ${changesText(stop.changed)}. ${completingCalls[stop.how].name} restores X0 to X17, PC and PSTATE only: the code at ${where(images, stop.pc)} goes on with what is left in the others.`,
  }),
  'handler-exception': (stop, images) => ({
    id: 'sdei.exception',
    title: `${exceptionTitles[stop.type]} in the handler of SDEI event ${stop.event}`,
    text: `While the handler of SDEI event ${stop.event} runs, PE${stop.pe} took ${exceptionNames[stop.type]} at EL${stop.from}, at ${where(images, stop.pc)}${stop.description === undefined ? '' : `: ${stop.description}`}${syndromeText(stop)}. The PE is at the vector, at EL${stop.to}.`,
  }),
  'exception-level': (stop, images) => ({
    id: 'exceptionLevel',
    title: `EL${stop.from} to EL${stop.to}`,
    text: `PE${stop.pe} went from EL${stop.from}, at ${where(images, stop.pc)}, to EL${stop.to} by ${levelChangeText(stop)}.`,
  }),
  'sdei-call-failed': (stop, images) => ({
    id: 'sdei.error',
    title: `${stop.call} returned ${stop.status}`,
    text: `${stop.call}(${stop.arguments.map(hexadecimal).join(', ')}) at ${where(images, stop.pc)} returned ${stop.status} (${BigInt.asIntN(64, stop.result)})${stop.reason === undefined ? '' : `: ${stop.reason}`}.`,
  }),
  'conduit-call': (stop, images) => ({
    id: 'conduit',
    title: `${stop.conduit.toUpperCase()} #${stop.immediate}${stop.call === undefined ? '' : `: ${stop.call}`}`,
    text: `${stop.conduit.toUpperCase()} #${stop.immediate} at ${where(images, stop.pc)} is about to be executed with X0 = ${hexadecimal(stop.x0)}${stop.call === undefined ? '' : ` (${stop.call})`}.`,
  }),
  'device-irq-level': (stop, images) => ({
    id: 'kvm.deviceIrqLevel',
    title: `device_irq_level is ${deviceIrqLevelText(stop.level)}`,
    text: `PE${stop.pe} exits to user space (KVM_EXIT_INTR) before ${where(images, stop.pc)}: ${deviceIrqChanges(stop.before, stop.level)}.`,
  }),
  watchpoint: (stop, images) => ({
    id: 'watchpoint',
    title: 'Watchpoint',
    text: `What is watched ${stop.access === undefined ? 'changed' : `was ${stop.access.kind === 'read' ? 'read' : 'written'}`} at ${where(images, stop.pc)}.`,
  }),
  'clobbered-call': (stop, images) => ({
    id: 'call.clobbered',
    title: `${stop.conduit.toUpperCase()} #0 changed ${namesText(stop.changed)}`,
    text: `The call by ${stop.conduit.toUpperCase()} #0 at ${where(images, stop.pc)} with X0 = ${hexadecimal(stop.x0)} returned with ${changesText(stop.changed)}. The code at EL2 may change X0 to X18 only; X19 to X30 are the caller's.`,
  }),
  halted: ({ why }) => ({ id: 'halted', ...haltedWords[why] }),
  unimplemented: (stop, images) => ({
    id: 'unimplemented',
    title: 'Not implemented',
    text: `The guest needs something this machine does not implement: ${stop.what} (encoding 0x${stop.encoding.toString(16).padStart(8, '0')}) at ${where(images, stop.pc)}.`,
  }),
  'bad-semihosting-call': (stop, images) => ({
    id: 'semihosting',
    title: `Bad semihosting call ${stop.operation}`,
    text: `The semihosting call ${stop.operation} at ${where(images, stop.pc)} cannot be done: ${stop.why}.`,
  }),
  'semihosting-off': (stop, images) => ({
    id: 'semihosting.off',
    title: 'Semihosting is off',
    text: `HLT #0xF000 at ${where(images, stop.pc)} is a semihosting call, and semihosting is off: it was taken as an undefined instruction. Set the launch key "semihosting" to true (--semihosting).`,
  }),
  'nothing-there': (stop, images) => ({
    id: 'nothing.there',
    title: 'Nothing is there',
    text: `PE${stop.pe} ${accessWords[stop.access]} ${hexadecimal(stop.address)}${stop.address === stop.physical ? '' : ` (physical ${hexadecimal(stop.physical)})`} at ${where(images, stop.pc)}, and nothing there answers that: it takes a synchronous external abort. The devices are GICv3, PL011 and PL031 of QEMU's "virt" board.`,
  }),
  lockup: (stop, images) => ({ id: 'lockup', title: 'Lockup', text: `${stop.message} It happened at ${where(images, stop.pc)}.` }),
};

export function wordsOf(stop: MachineStop, images: Images): StopWords {
  return (words[stop.kind] as (stop: MachineStop, images: Images) => StopWords)(stop, images);
}

const breakpointReasons = { source: 'breakpoint', function: 'function breakpoint', instruction: 'instruction breakpoint' } as const;

/** A stop in one line, with the place. @param body as {@link stoppedBody} has made it */
export function stopText(
  stop: Stop,
  { description, reason, text }: StoppedBody,
  { images, target }: { readonly images: Images; readonly target: Target },
): string {
  return stop.kind === 'machine' && text !== undefined ? text : `${description ?? reason} at ${where(images, target.pes[stop.pe].pc)}`;
}

const faultTitles = { 'internal-error': 'Internal error', recording: 'The run cannot go on' } as const;
const endTitles = { 'system-off': 'Switched off', 'system-reset': 'Reset', exit: 'Exited' } as const;

/** Of the `stopped` event, without the thread. */
type StoppedBody = Pick<Dap.StoppedEvent['body'], 'reason' | 'description' | 'text' | 'hitBreakpointIds'>;

export function stoppedBody(stop: Stop, images: Images): StoppedBody {
  switch (stop.kind) {
    case 'breakpoint':
      return {
        reason: breakpointReasons[stop.sort],
        hitBreakpointIds: [...stop.ids],
        ...(stop.note === undefined ? {} : { text: stop.note }),
      };
    case 'data':
      return { reason: 'data breakpoint', hitBreakpointIds: [...stop.ids], text: stop.text };
    case 'fault':
      return { reason: 'exception', description: faultTitles[stop.id], text: stop.text };
    case 'machine': {
      const { title, text } = wordsOf(stop.stop, images);
      return { reason: 'exception', description: title, text };
    }
    case 'end': {
      const { end } = stop;
      return {
        reason: 'pause',
        description: endTitles[end.kind],
        text: `The guest has ${endText(end)}. Go back from here, or continue to end the session.`,
      };
    }
    case 'history-start':
      return { reason: 'step', description: 'Start of history', text: 'Nothing is on record before this instruction.' };
    case 'goto':
      return { reason: 'goto', description: 'Paused after a jump' };
    case 'trace-opened':
      return {
        reason: 'goto',
        description: 'Trace saved here',
        text: 'The run was at this moment when it was saved. Go back from here, or continue.',
      };
    default:
      return { reason: stop.kind };
  }
}
