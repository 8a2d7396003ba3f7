import { bytesFromBase64 } from '../base64.ts';
import type { EventState, PseudoRegister } from '../custom-requests.ts';
import { badBase64, badRegisterId, callFailed, eventOutOfRange, hexadecimal, triggerRefused } from '../errors.ts';
import { pseudoRegisterParts } from '../pseudo-register-parts.ts';
import { bytesOfText, textOfRegister } from '../pseudo-register-text.ts';
import type { Guest } from '../session/guest.ts';
import type { Session } from '../session.ts';
import { deviceIrqLevelText } from '../target/device-irq-level.ts';
import type { PeInfo, TargetSdeiEvent } from '../target/target.ts';
import { peOfGuest } from './pe-argument.ts';
import { request } from './request.ts';

export const sdeiState = request('sdei/state', {
  needs: 'launched',
  run(session) {
    const guest = session.theGuest();
    return guest.run.whileStopped(() => ({
      pes: guest.target.sdei.pes.map(({ pe, masked, running }) => ({
        pe,
        name: `PE${pe}`,
        power: guest.target.pes[pe].power,
        exceptionLevel: guest.target.pes[pe].exceptionLevel,
        masked,
        ...deviceIrqLevelOf(guest.target.pes[pe]),
        running: running.map(({ event, priority, pc }) => ({ event, priority, interruptedPc: hexadecimal(pc) })),
      })),
      events: guest.target.sdei.events.map((event) => eventState(guest, event)),
    }));
  },
});

const deviceIrqLevelOf = ({ deviceIrqLevel }: PeInfo) =>
  deviceIrqLevel === undefined ? {} : { deviceIrqLevel: deviceIrqLevelText(deviceIrqLevel) };

function eventState({ images, sources }: Guest, event: TargetSdeiEvent): EventState {
  const { number, type, priority, source, intid, pe, state, pending, entryPoint, argument, routing, counts } = event;
  const location = entryPoint === undefined ? undefined : images.sourceAt(entryPoint);
  const place = location === undefined ? undefined : sources.sourceOf(location.path);
  const name = entryPoint === undefined ? undefined : images.symbolAt(entryPoint)?.name;
  return {
    number,
    type,
    priority,
    source,
    state,
    pending,
    delivered: counts.delivered,
    ...(intid === undefined ? {} : { intid }),
    ...(pe === undefined ? {} : { pe }),
    ...(argument === undefined ? {} : { argument: hexadecimal(argument) }),
    ...(routing === undefined ? {} : { routing: routing.mode === 'RM_ANY' ? 'RM_ANY' : `RM_PE ${hexadecimal(routing.affinity)}` }),
    ...(entryPoint === undefined
      ? {}
      : {
          handler: {
            address: hexadecimal(entryPoint),
            ...(name === undefined ? {} : { name }),
            ...(place?.path === undefined ? {} : { path: place.path }),
            ...(location === undefined ? {} : { line: location.line }),
          },
        }),
  };
}

export const sdeiTrigger = request('sdei/trigger', {
  needs: 'launched',
  arguments: { event: 'count', pe: 'count' },
  async run(session, { event, pe }, context) {
    const guest = session.theGuest();
    const { accepted, outcome, message } = await guest.run.whileStopped(() => guest.target.sdei.trigger(event, peOfGuest(guest, pe)));
    if (!accepted || outcome === undefined) throw triggerRefused(message);
    changed(session, context);
    return { outcome, message };
  },
});

const changed = (session: Session, { afterResponse }: { afterResponse(action: () => void): void }) =>
  afterResponse(() => (session.guest?.run.isRunning ? session.event('sdei/changed', {}) : session.edited()));

/** Event numbers have 31 bits, and registers would take what is left of one with more (DEN0054C, "Event numbers"). */
const LAST_EVENT = 0x7fff_ffff;

export const sdeiSetEnabled = request('sdei/setEnabled', {
  needs: 'launched',
  arguments: { event: 'count', pe: 'count', enabled: 'boolean' },
  async run(session, { event, pe, enabled }, context) {
    const guest = session.theGuest();
    if (event > LAST_EVENT) throw eventOutOfRange(event);
    const call = enabled ? 'SDEI_EVENT_ENABLE' : 'SDEI_EVENT_DISABLE';
    const { error } = await guest.run.whileStopped(() => guest.target.sdei.call(peOfGuest(guest, pe), call, event));
    if (error !== undefined) throw callFailed(call, event, error);
    changed(session, context);
    return {};
  },
});

export const sdeiSetMasked = request('sdei/setMasked', {
  needs: 'launched',
  arguments: { pe: 'count', masked: 'boolean' },
  async run(session, { pe, masked }, context) {
    const guest = session.theGuest();
    const call = masked ? 'SDEI_PE_MASK' : 'SDEI_PE_UNMASK';
    const { error } = await guest.run.whileStopped(() => guest.target.sdei.call(peOfGuest(guest, pe), call));
    if (error !== undefined) throw callFailed(call, undefined, error);
    changed(session, context);
    return {};
  },
});

export const sdeiPseudoRegisters = request('sdei/pseudoRegisters', {
  needs: 'launched',
  arguments: { pe: 'count' },
  run(session, { pe }) {
    const guest = session.theGuest();
    return guest.run.whileStopped(() => ({
      registers: guest.target.sdei.pseudoRegisters(peOfGuest(guest, pe)).map(
        ({ id, name, bytes, value, error, writable }): PseudoRegister => ({
          id: `0x${id.toString(16).padStart(16, '0')}`,
          name,
          bytes,
          writable,
          ...(error === undefined ? {} : { error }),
          ...(value === undefined ? {} : { value: textOfRegister(value), ...pseudoRegisterParts(name, value, guest.images) }),
        }),
      ),
    }));
  },
});

export const sdeiSetPseudoRegister = request('sdei/setPseudoRegister', {
  needs: 'launched',
  arguments: { pe: 'count', id: 'string', value: 'string' },
  async run(session, { pe, id, value }, context) {
    const guest = session.theGuest();
    if (!/^0x[0-9a-f]{1,16}$/i.test(id)) throw badRegisterId(id);
    await guest.run.whileStopped(() => {
      const register = guest.target.sdei.pseudoRegisters(peOfGuest(guest, pe)).find((one) => one.id === BigInt(id));
      if (register === undefined) throw badRegisterId(id);
      guest.target.sdei.writePseudoRegister(pe, register.id, bytesOfText(value, register.bytes));
    });
    changed(session, context);
    return {};
  },
});

export const sdeiConsoleInput = request('sdei/consoleInput', {
  needs: 'launched',
  arguments: { data: 'string', 'end?': 'boolean' },
  async run(session, { data, end }, { afterResponse }) {
    const bytes = bytesFromBase64(data);
    if (bytes === undefined) throw badBase64();
    const { run, target } = session.theGuest();
    const { isInPast } = target.timeTravel;
    await run.whileStopped(() => {
      if (bytes.length > 0) target.sendConsoleInput(bytes);
      if (end) target.endConsoleInput();
    });
    // What is typed changes nothing that is shown, but in the past it begins another future.
    if (isInPast && !run.isRunning) afterResponse(() => session.edited());
    return {};
  },
});
