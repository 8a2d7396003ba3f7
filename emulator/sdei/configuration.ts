/** Which SDEI configurations are possible. */

import { behaviourOf, type ProfileName, profiles } from './behaviour.ts';
import { type BindSlots, slotNumbersOf } from './bind-slots.ts';
import { interruptKind } from './interrupt-binding.ts';
import type { SdeiConfiguration } from './sdei-view.ts';

/** What a profile has when nothing else is said: its version and slots, and no platform events. */
export function defaultSdeiConfiguration(profile: ProfileName = 'spec'): SdeiConfiguration {
  const { version, bindSlots } = profiles[profile];
  return { profile, version, bindSlots, events: [], bugCompatible: false };
}

/** @returns one sentence per problem, each naming key, value, rule and mend; empty: the configuration is fine */
export function validateSdeiConfiguration(configuration: SdeiConfiguration): string[] {
  if (!Object.hasOwn(profiles, configuration.profile)) {
    return [`"sdei.profile" is "${configuration.profile}": no such profile. Use ${Object.keys(profiles).join(', ')}.`];
  }
  return [...versionProblems(configuration), ...slotProblems(configuration), ...bothKinds(configuration), ...eventProblems(configuration)];
}

function* versionProblems({ profile, version, relativeMode }: SdeiConfiguration): Generator<string> {
  const [major, minor] = version;
  const fits =
    version.length === 2 &&
    Number.isInteger(major) &&
    Number.isInteger(minor) &&
    major >= 0 &&
    major <= 0x7fff &&
    minor >= 0 &&
    minor <= 0xffff;
  if (!fits) {
    yield `"sdei.version" is [${version.join(', ')}]: SDEI_VERSION has a major number of 15 bits and a minor number of 16. Use [1, 0] or [1, 1].`;
  } else if (relativeMode && profile !== 'spec') {
    yield `"sdei.relativeMode" is true: relative mode is DEN0054's (1.1), and profile ${profile} has none. Remove it, or set "sdei.profile" to "spec".`;
  } else if (relativeMode && (major < 1 || (major === 1 && minor < 1))) {
    yield `"sdei.relativeMode" needs SDEI 1.1, and "sdei.version" is [${major}, ${minor}]. Set it to [1, 1].`;
  }
}

function* slotProblems({ profile, bindSlots, bugCompatible }: SdeiConfiguration): Generator<string> {
  const { slotNumbers, absentCalls } = behaviourOf(profile, bugCompatible);
  for (const type of ['private', 'shared'] as const) {
    const { first, limit } = slotNumbers[type];
    const slots = bindSlots[type];
    const key = `"sdei.bindSlots.${type}"`;
    if (absentCalls.includes('SDEI_INTERRUPT_BIND') && (typeof slots === 'number' ? slots : slots.length) > 0) {
      yield `${key} is ${slotsText(slots)}: profile ${profile} has no SDEI_INTERRUPT_BIND. Remove it, or set it to 0.`;
      continue;
    }
    if (typeof slots !== 'number') {
      yield* slotNumberProblems(key, slots);
      continue;
    }
    if (Number.isInteger(slots) && slots >= 0 && slots <= limit) continue;
    yield `${key} is ${slots}: profile ${profile} has numbers for 0 to ${limit} ${type} slots (from 0x${first.toString(16)}).`;
  }
}

function* bothKinds({ bindSlots }: SdeiConfiguration): Generator<string> {
  const { private: own, shared } = bindSlots;
  if (typeof own === 'number' || typeof shared === 'number') return;
  for (const [n, number] of shared.entries()) {
    if (own.includes(number))
      yield `"sdei.bindSlots.shared[${n}]" is ${number}, which is a private slot too. An event is private or shared.`;
  }
}

const slotsText = (slots: BindSlots): string => (typeof slots === 'number' ? `${slots}` : `[${slots.join(', ')}]`);

/** The numbers of one kind. */
function* slotNumberProblems(key: string, numbers: readonly number[]): Generator<string> {
  for (const [n, number] of numbers.entries()) {
    const problem = numberProblem(number);
    const here = `${key.slice(0, -1)}[${n}]" is ${number}`;
    if (problem !== undefined) yield `${here}${problem}`;
    else if (numbers.indexOf(number) !== n)
      yield `${here}, as is number ${numbers.indexOf(number)} of the list. Each slot has a number of its own.`;
  }
}

/** What is wrong with an event number by itself, as the end of a sentence. Source: DEN0054, "Event numbers". */
function numberProblem(number: number): string | undefined {
  if (!Number.isInteger(number)) return ': an event number is an integer.';
  if (number === 0) return ': event 0 always exists (private, normal, software-signalled). Remove the entry.';
  if (number < 0 || number > 0x7fff_ffff) return ': bit 31 of an event number is 0. Use 1 to 0x7fffffff.';
  if ((number & 0x3f00_0000) !== 0)
    return ` (0x${number.toString(16)}): bits 29:24 of an event number are reserved. Use bits 23:0, and bit 30 for a vendor's number.`;
  return undefined;
}

function* eventProblems(configuration: SdeiConfiguration): Generator<string> {
  const { profile, events, bugCompatible } = configuration;
  const behaviour = behaviourOf(profile, bugCompatible);
  const numbers = new Set(behaviour.events.map(({ number }) => number));
  const interrupts = new Map<number, number>();
  for (const [n, { number, type, priority, interrupt }] of events.entries()) {
    const key = `"sdei.events[${n}].number" is ${number}`;
    const problem = numberProblem(number);
    if (problem !== undefined) yield `${key}${problem}`;
    else if (numbers.has(number))
      yield `${key}: that event exists already${behaviour.events.some((own) => own.number === number) ? ` in profile ${profile}` : ''}. Give it another number.`;
    else {
      const slot = (['private', 'shared'] as const).find((kind) => slotNumbersOf({ configuration, behaviour }, kind).includes(number));
      if (slot)
        yield `${key} (0x${number.toString(16)}): SDEI_INTERRUPT_BIND gives out this number (${slot} slots of profile ${profile}). Give the event another number.`;
    }
    numbers.add(number);

    if (type !== 'private' && type !== 'shared') yield `"sdei.events[${n}].type" is "${type}": an event is "private" or "shared".`;
    if (priority !== 'normal' && priority !== 'critical')
      yield `"sdei.events[${n}].priority" is "${priority}": a priority is "normal" or "critical".`;
    if (interrupt === undefined) continue;
    const kind = interruptKind(interrupt);
    const interruptKey = `"sdei.events[${n}].interrupt" is ${interrupt}`;
    if (!kind) yield `${interruptKey}: an event's interrupt is a PPI (16-31, 1056-1119) or an SPI (32-1019, 4096-5119).`;
    else if (kind !== type)
      yield `${interruptKey}, ${kind === 'private' ? 'a PPI' : 'an SPI'}: its event is ${kind}. Set "type" to "${kind}".`;
    if (priority === 'critical')
      yield `${interruptKey} and "priority" is "critical": interrupt events are normal. Set "priority" to "normal" or remove "interrupt".`;
    const other = interrupts.get(interrupt);
    if (other !== undefined) yield `${interruptKey}, which raises event ${other} already. One interrupt raises one event.`;
    interrupts.set(interrupt, number);
  }
}
