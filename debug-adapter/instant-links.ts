/** Lines of the Debug Console that lead to the moment they tell of: their value has a location, and asking for it goes there. */
import type { DisplayedVariable } from './variables/references.ts';
import type { Instant } from './timeline.ts';

/** Beyond all references to variables and locations of source. */
const FIRST = 1 << 30;

export const referenceOfInstant = ({ id }: Instant): number => FIRST + id;
export const instantOfReference = (reference: number): number | undefined => (reference >= FIRST ? reference - FIRST : undefined);

/** What an `output` event with the instant's reference has as its only child. */
export const linkOf = (instant: Instant): DisplayedVariable => ({
  name: `@${instant.moment.instruction}`,
  value: instant.text,
  variablesReference: 0,
  valueLocationReference: referenceOfInstant(instant),
});
