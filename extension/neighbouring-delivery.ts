import type { TimelineInstant } from '../debug-adapter/custom-requests.ts';

/** Where the guest stands. */
export interface Standing {
  /** Instructions since the start. */
  readonly now: number;
  /** It has just been delivered: the one before this moment. */
  readonly isAtHandler: boolean;
}

/** The delivery on record that is next to a moment; the one of that very moment is passed over. */
export function neighbouringDelivery(
  instants: readonly TimelineInstant[],
  { now, isAtHandler }: Standing,
  where: 'before' | 'behind',
): TimelineInstant | undefined {
  const deliveries = instants.filter(({ kind }) => kind === 'delivery');
  if (isAtHandler) {
    const here = deliveries.findLastIndex(({ instruction }) => instruction <= now);
    return deliveries[here + (where === 'before' ? -1 : 1)];
  }
  return where === 'before'
    ? deliveries.findLast(({ instruction }) => instruction < now)
    : deliveries.find(({ instruction }) => instruction >= now);
}
