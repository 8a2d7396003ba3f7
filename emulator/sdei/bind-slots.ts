import type { SdeiConfiguration } from './sdei-view.ts';

/** How many interrupts can be bound to events of a kind, or the numbers that these events have. */
export type BindSlots = number | readonly number[];

interface SlotNumbers {
  readonly configuration: Pick<SdeiConfiguration, 'bindSlots'>;
  readonly behaviour: { readonly slotNumbers: Readonly<Record<'private' | 'shared', { readonly first: number }>> };
}

/** Event numbers of the slots, in the order in which SDEI_INTERRUPT_BIND gives them out. */
export function slotNumbersOf({ configuration, behaviour }: SlotNumbers, type: 'private' | 'shared'): readonly number[] {
  const slots = configuration.bindSlots[type];
  return typeof slots === 'number' ? Array.from({ length: slots }, (_, n) => behaviour.slotNumbers[type].first + n) : slots;
}
