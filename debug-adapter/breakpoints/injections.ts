import { badInjection, injectionMissed } from '../errors.ts';
import type { Images } from '../images.ts';
import { namedPlace, timesOf } from '../named-place.ts';
import { baseName } from '../paths.ts';
import type { Target } from '../target/target.ts';

/** `EVENT@PLACE#N`: raise the event when a PE is about to execute the place for the Nth time. */
export interface Injections {
  addresses(): readonly bigint[];
  /** One more, counted from now on. @returns what it means. @throws UserError naming the text and the problem */
  add(text: string): Pick<Injection, 'event' | 'address' | 'remaining'>;
  /** Forgets those that wait. @returns their texts */
  clear(): readonly string[];
  /** A PE has arrived at `pc`. @returns a sentence about each event raised or refused */
  hit(pe: number, pc: bigint): readonly string[];
  /** The run is over. @returns a sentence about each event that was not raised, once */
  missed(): readonly string[];
  /** Symbols are elsewhere now. */
  rebind(): void;
}

interface Injection {
  readonly text: string;
  readonly event: number;
  address: bigint;
  readonly find: () => bigint;
  /** After how many comings it is raised. */
  readonly times: number;
  remaining: number;
  isToldAsMissed: boolean;
}

/** PLACE is SYMBOL, SYMBOL+OFFSET, an address, or FILE:LINE. @throws UserError naming the text and the problem */
export function createInjections(texts: readonly string[], target: Target, images: Images): Injections {
  let injections = texts.map((text) => parse(text, target, images));
  return {
    addresses: () => injections.filter(({ remaining }) => remaining > 0).map(({ address }) => address),
    add(text) {
      const injection = parse(text, target, images);
      injections.push(injection);
      return injection;
    },
    clear() {
      const waiting = injections.filter(({ remaining }) => remaining > 0);
      injections = [];
      return waiting.map(({ text }) => text);
    },
    hit(pe, pc) {
      const notes: string[] = [];
      for (const injection of injections) {
        if (injection.address !== pc || injection.remaining === 0) continue;
        injection.remaining--;
        if (injection.remaining > 0) continue;
        const { message, accepted } = target.sdei.trigger(injection.event, pe);
        if (!accepted) notes.push(`Injection ${injection.text}: ${message}`);
      }
      return notes;
    },
    missed() {
      const missed = injections.filter(({ remaining, isToldAsMissed }) => remaining > 0 && !isToldAsMissed);
      for (const injection of missed) injection.isToldAsMissed = true;
      return missed.map(({ text, times, remaining }) => injectionMissed(text, times - remaining, times));
    },
    rebind() {
      for (const injection of injections) injection.address = injection.find();
    },
  };
}

function parse(text: string, target: Target, images: Images): Injection {
  const match = /^\s*(\d+|0x[0-9a-f]+)\s*@\s*(.+?)\s*(?:#\s*(\d+)\s*)?$/i.exec(text);
  if (match === null) throw badInjection(text, 'it has not the form EVENT@PLACE#N.');
  const event = Number(match[1]);
  const known = [...new Set(target.sdei.events.map(({ number }) => number))].sort((a, b) => a - b);
  if (!known.includes(event)) throw badInjection(text, `the machine has no event ${match[1]} (it has ${known.join(', ')}).`);
  const times = timesOf(match[3]);
  if (typeof times !== 'number') throw badInjection(text, times.problem);
  const find = () => placeAddress(match[2], text, images);
  return { text, event, address: find(), find, times, remaining: times, isToldAsMissed: false };
}

function placeAddress(place: string, text: string, images: Images): bigint {
  const line = /^(.+):(\d+)$/.exec(place);
  if (line !== null) {
    for (const program of images.programs) {
      const path = program.sourcesNamed(baseName(line[1])).find((source) => source === line[1] || source.endsWith(`/${line[1]}`));
      const resolved = path === undefined ? undefined : program.resolveLine(path, Number(line[2]));
      if (resolved !== undefined) return resolved.addresses[0];
    }
    throw badInjection(text, `no code on ${place}.`);
  }
  const found = namedPlace(place, images);
  if ('problem' in found) throw badInjection(text, found.problem);
  return found.address;
}
