import { now } from './target/clock.ts';
/** In milliseconds: longer than a client takes from an answer to its next request, when it has several in a row. */
const AWAKE = 1;
let until = 0;
let isAwake = false;

/**
 * To be called at a request. Waking an idle processor takes longer than most of them do, so for a moment after each the event loop looks for the
 * next one instead of sleeping.
 */
export function stayAwake(): void {
  until = now() + AWAKE;
  if (isAwake) return;
  isAwake = true;
  setImmediate(look);
}

function look(): void {
  isAwake = now() < until;
  if (isAwake) setImmediate(look);
}
