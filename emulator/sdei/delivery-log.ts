/**
 * Deliveries on record, as plain structured-cloneable data: numbers in arrays, since a guest makes a million of them a second. Counters are
 * exact for ever, the latest {@link DELIVERY_HISTORY} are remembered one by one.
 */

import type { Priority } from '../stop-reason.ts';
import type { DeliveryRecord } from './sdei-view.ts';

/** How many deliveries are remembered at least. */
export const DELIVERY_HISTORY = 4096;

const CHUNK = 512;
const WORD = { event: 0, pe: 1, priority: 2, el: 3, ended: 4, COUNT: 5 } as const;
const TIME = { at: 0, ended: 1, COUNT: 2 } as const;
const priorities: readonly Priority[] = ['normal', 'critical'];
const endings = [undefined, 'complete', 'resume', 'reset'] as const;

interface Chunk {
  readonly words: Int32Array;
  readonly times: Float64Array;
  readonly pcs: BigUint64Array;
}

/** Deliveries are numbered from 0 at reset. A chunk that is full and whose handlers have ended never changes: copies share it. */
export interface DeliveryLog {
  /** Number of the first delivery of `chunks`. */
  first: number;
  /** Deliveries since the start, remembered or not: the number of the next one. */
  count: number;
  chunks: Chunk[];
}

export const newDeliveryLog = (): DeliveryLog => ({ first: 0, count: 0, chunks: [] });

const newChunk = (): Chunk => ({
  words: new Int32Array(CHUNK * WORD.COUNT),
  times: new Float64Array(CHUNK * TIME.COUNT),
  pcs: new BigUint64Array(CHUNK),
});
/** Chunks that more than one log has. */
const shared = new WeakSet<Chunk>();

/** A chunk of zeros: that one, if nobody else has it. */
function anewFrom(old: Chunk | undefined): Chunk {
  if (old === undefined || shared.has(old)) return newChunk();
  old.words.fill(0);
  old.times.fill(0);
  old.pcs.fill(0n);
  return old;
}

/** @param pc where it interrupted, @param el at which exception level. @returns the delivery's number */
export function addDelivery(log: DeliveryLog, event: number, priority: Priority, pe: number, at: number, pc: bigint, el: number): number {
  if (log.count - log.first === log.chunks.length * CHUNK) {
    const isFull = log.chunks.length * CHUNK >= DELIVERY_HISTORY + CHUNK;
    log.chunks.push(anewFrom(isFull ? log.chunks.shift() : undefined));
    if (isFull) log.first += CHUNK;
  }
  const place = log.count - log.first;
  const { words, times, pcs } = log.chunks[log.chunks.length - 1];
  const word = (place % CHUNK) * WORD.COUNT;
  words[word + WORD.event] = event;
  words[word + WORD.pe] = pe;
  words[word + WORD.priority] = priority === 'critical' ? 1 : 0;
  words[word + WORD.el] = el;
  pcs[place % CHUNK] = pc;
  times[(place % CHUNK) * TIME.COUNT + TIME.at] = at;
  return log.count++;
}

/** Without effect for one that is not remembered any more. */
export function endDelivery({ first, chunks }: DeliveryLog, delivery: number, how: NonNullable<DeliveryRecord['ended']>, at: number): void {
  const place = delivery - first;
  if (place < 0) return;
  const { words, times } = chunks[Math.floor(place / CHUNK)];
  words[(place % CHUNK) * WORD.COUNT + WORD.ended] = endings.indexOf(how);
  times[(place % CHUNK) * TIME.COUNT + TIME.ended] = at;
}

/** The latest, oldest first: as many as are remembered, at most `most`. */
export function latestDeliveries(log: DeliveryLog, most: number = DELIVERY_HISTORY): DeliveryRecord[] {
  const count = Math.min(most, log.count - log.first);
  return Array.from({ length: count }, (_, n) => recordOf(log, log.count - count + n));
}

function recordOf({ first, chunks }: DeliveryLog, delivery: number): DeliveryRecord {
  const place = delivery - first;
  const { words, times, pcs } = chunks[Math.floor(place / CHUNK)];
  const word = (place % CHUNK) * WORD.COUNT;
  const time = (place % CHUNK) * TIME.COUNT;
  const ended = endings[words[word + WORD.ended]];
  return {
    event: words[word + WORD.event],
    priority: priorities[words[word + WORD.priority]],
    pe: words[word + WORD.pe],
    at: times[time + TIME.at],
    interrupted: { pc: pcs[place % CHUNK], el: words[word + WORD.el] },
    ...(ended && { ended, endedAt: times[time + TIME.ended] }),
  };
}

function sharing(chunk: Chunk): Chunk {
  shared.add(chunk);
  return chunk;
}

/** @param open deliveries whose handlers run: their chunks still change, as the last one does */
export function copyDeliveryLog(log: DeliveryLog, open: readonly number[]): DeliveryLog {
  const changing = new Set(open.map((delivery) => Math.floor((delivery - log.first) / CHUNK)));
  changing.add(log.chunks.length - 1);
  const copy = ({ words, times, pcs }: Chunk): Chunk => ({ words: words.slice(), times: times.slice(), pcs: pcs.slice() });
  return { ...log, chunks: log.chunks.map((chunk, n) => (changing.has(n) ? copy(chunk) : sharing(chunk))) };
}

/** What the part of a copy takes that it shares with no other. */
export const COPIED_LOG_BYTES = CHUNK * (WORD.COUNT * 4 + TIME.COUNT * 8 + 8);
