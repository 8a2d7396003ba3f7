import { badHitCondition, hitConditionNever } from '../errors.ts';

/** DAP hit conditions: `3` and `== 3` (the third time), `>= 3`, `> 3`, `<= 3`, `< 3`, `% 2` (every second time). `undefined`: not one of these. */
export function parseHitCondition(text: string): ((hits: number) => boolean) | undefined {
  const match = /^\s*(==?|>=|>|<=|<|%)?\s*(\d+)\s*$/.exec(text);
  if (match === null) return undefined;
  const count = Number(match[2]);
  switch (match[1]) {
    case '>=':
      return (hits) => hits >= count;
    case '>':
      return (hits) => hits > count;
    case '<=':
      return (hits) => hits <= count;
    case '<':
      return (hits) => hits < count;
    case '%':
      return count === 0 ? undefined : (hits) => hits % count === 0;
    default:
      return (hits) => hits === count;
  }
}

/** No run comes that often to a place. */
const MOST_HITS = 1_000_000_000;

/** @returns why it is none that could ever hold, in a sentence */
export function hitConditionProblem(text: string): string | undefined {
  const holds = parseHitCondition(text);
  if (holds === undefined) return badHitCondition(text);
  const count = Number(/\d+/.exec(text)?.[0]);
  const isReached = [1, count - 1, count, count + 1].some((hits) => hits >= 1 && hits <= MOST_HITS && holds(hits));
  return isReached ? undefined : hitConditionNever(text, `from 1 to ${MOST_HITS}`);
}
