/**
 * Where handlers begin. What changes with every stop (where PEs are, what is interrupted) is not noted: VS Code keeps the instructions that it has
 * shown, and would show it when it is no longer true.
 */
import type { TargetSdeiEvent } from '../target/target.ts';

/** @param client the exception level that handlers run at. @returns what stands at an address: `handler of event 0 (normal), EL1` */
export function handlerNotes(
  events: readonly Pick<TargetSdeiEvent, 'number' | 'priority' | 'entryPoint'>[],
  client: 'EL1' | 'EL2',
): (address: bigint) => string | undefined {
  return (address) => {
    const here = events.filter(({ entryPoint }) => entryPoint === address);
    // A private event has a row for each PE.
    const texts = new Set(here.map(({ number, priority }) => `${number} (${priority})`));
    return texts.size === 0 ? undefined : `handler of event${texts.size > 1 ? 's' : ''} ${[...texts].join(', ')}, ${client}`;
  };
}
