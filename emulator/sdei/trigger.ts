/** Raising an event from outside the guest, and saying in words what became of it. */

import { callNamed } from './calls.ts';
import { nextEventOn, obstacle, raise } from './delivery.ts';
import { type DispatcherCore, type SdeiEvent, findEvent, instanceOn } from './dispatcher-state.ts';
import { stateInWords } from './handler-state.ts';
import { conditions, knownEvents } from './requirements.ts';
import type { TriggerResult } from './sdei-view.ts';

const refused = (message: string): TriggerResult => ({ accepted: false, message });

/** Source: DEN0054, "SDEI_EVENT_SIGNAL" for event 0 and "Event dispatch" for all. */
export function trigger(core: DispatcherCore, number: number, pe: number): TriggerResult {
  const { host } = core;
  if (!Number.isInteger(number) || number < 0 || number > 0x7fff_ffff) {
    return refused(`Event ${number} is out of range: event numbers are 0 to 0x7fffffff, and ${knownEvents(core)}.`);
  }
  if (!Number.isInteger(pe) || !host.pes[pe]) {
    return refused(`PE${pe} does not exist: this machine has ${host.pes.length === 1 ? 'only PE0' : `PE0 to PE${host.pes.length - 1}`}.`);
  }
  const event = findEvent(core, number);
  if (!event) return refused(`Event ${number} is not known: ${knownEvents(core)}. Declare others under "events" of the launch key "sdei".`);

  const problem = event.number === 0 ? signalProblem(core, event, pe) : undefined;
  if (problem) {
    const { counts } = instanceOn(event, pe);
    counts.triggered++;
    counts.refused++;
    return refused(
      `Event 0 is refused: ${problem}; SDEI_EVENT_SIGNAL answers INVALID_PARAMETERS here (profile ${core.configuration.profile}).`,
    );
  }
  const raised = raise(core, event, pe);
  if (raised === 'refused') {
    const where = event.type === 'private' ? ` on PE${pe}` : '';
    return refused(
      `Event ${number} is refused: its handler${where} is ${stateInWords[instanceOn(event, pe).state]} (SDEI_EVENT_REGISTER).`,
    );
  }
  const blocked = whyPending(core, event, pe);
  if ('goesTo' in blocked)
    return {
      accepted: true,
      outcome: 'dispatches',
      message: `Event ${number} is dispatched to PE${blocked.goesTo} before its next instruction.`,
    };
  const message = raised === 'collapsed' ? `was pending already and stays so (one trigger)` : 'is pending';
  return { accepted: true, outcome: 'pending', message: `Event ${number} ${message}: ${blocked.reason}.` };
}

/** What the profile's SDEI_EVENT_SIGNAL would refuse beyond DEN0054. */
function signalProblem(core: DispatcherCore, event: SdeiEvent, pe: number): string | undefined {
  const target = core.host.pes[pe];
  const call = { core, pe: target, arguments: [0n, target.affinity], event, instance: instanceOn(event, pe) };
  const row = callNamed('SDEI_EVENT_SIGNAL');
  for (const [condition] of core.behaviour.requirements[row.name] ?? row.requirements) {
    const problem = conditions[condition](call, row.transition);
    if (problem) return problem;
  }
  return undefined;
}

function whyPending(core: DispatcherCore, event: SdeiEvent, asked: number): { goesTo: number } | { reason: string } {
  const { pes } = core.host;
  const candidates = event.type === 'private' ? [pes[asked]] : [pes[asked], ...pes.filter(({ index }) => index !== asked)];
  const reasons = new Set<string>();
  for (const pe of candidates) {
    const reason = obstacle(core, event, pe);
    if (reason) {
      reasons.add(reason.text);
      continue;
    }
    const next = nextEventOn(core, pe);
    if (next === event || !next) return { goesTo: pe.index };
    reasons.add(`event ${next.number} goes to PE${pe.index} first`);
  }
  return { reason: [...reasons].join('; ') };
}
