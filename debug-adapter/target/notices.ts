/** What is told even if nobody wants to stop for it: registers that somebody must not change and has changed. */
import type { Images } from '../images.ts';
import { type MachineStop, wordsOf } from './stop-reason.ts';

const kinds = ['clobbered-call', 'sdei-clobbered'] as const;
export type Noticed = Extract<MachineStop, { kind: (typeof kinds)[number] }>;

export const isNoticed = (stop: { readonly kind: string }): stop is Noticed => (kinds as readonly string[]).includes(stop.kind);

/** @returns what to tell; `undefined`: it has been told of that call, or of that event's handler, with the same registers */
export function createNotices(images: Images): (stop: Noticed) => string | undefined {
  const told = new Set<string>();
  return (stop) => {
    const who = stop.kind === 'clobbered-call' ? stop.pc : stop.event;
    const what = [stop.kind, who, ...stop.changed.map(({ name }) => name)].join(' ');
    if (told.has(what)) return undefined;
    told.add(what);
    return wordsOf(stop, images).text;
  };
}
