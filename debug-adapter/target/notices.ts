/** What is told even if nobody wants to stop for it: registers that somebody must not change and has changed, semihosting and devices that are not there. */
import type { Images } from '../images.ts';
import { type MachineStop, wordsOf } from './stop-reason.ts';

const kinds = ['clobbered-call', 'sdei-clobbered', 'semihosting-off', 'nothing-there'] as const;
export type Noticed = Extract<MachineStop, { kind: (typeof kinds)[number] }>;

export const isNoticed = (stop: { readonly kind: string }): stop is Noticed => (kinds as readonly string[]).includes(stop.kind);

/** @returns what to tell; `undefined`: it has been told of that instruction, or of that event's handler, with the same registers */
export function createNotices(images: Images): (stop: Noticed) => string | undefined {
  const told = new Set<string>();
  return (stop) => {
    const who = stop.kind === 'sdei-clobbered' ? stop.event : stop.pc;
    const changed = 'changed' in stop ? stop.changed : [];
    const what = [stop.kind, who, ...changed.map(({ name }) => name)].join(' ');
    if (told.has(what)) return undefined;
    told.add(what);
    return wordsOf(stop, images).text;
  };
}
