/** What has happened and was told, with the moment at which it did: lines of the guest's console, log points, deliveries, stops. */
import type { Images } from './images.ts';
import { where } from './target/stop-reason.ts';
import { isBefore, type Moment, type Target, type TargetDelivery } from './target/target.ts';

export type InstantKind = 'console' | 'log' | 'delivery' | 'stop';

export interface Instant {
  readonly id: number;
  readonly kind: InstantKind;
  readonly moment: Moment;
  readonly text: string;
  /** Absent: not known. */
  readonly pe?: number;
  /** Where the PE is at that moment. */
  readonly pc?: bigint;
}

export interface Timeline {
  /** In the order of time. */
  readonly all: readonly Instant[];
  add(instant: Omit<Instant, 'id'>): Instant;
  get(id: number): Instant | undefined;
  /** Bytes of the guest's console, and where lines begin in them. */
  console(bytes: Uint8Array, lines: readonly ConsoleLine[]): void;
  /** Takes over what the dispatcher has on record; to be called before the present is left. */
  takeDeliveries(): void;
  save(): TimelineState;
  restore(state: TimelineState): void;
  /** Another future begins at `moment`: what came after it has not happened. */
  dropAfter(moment: Moment): void;
}

/** Of another future. */
export interface TimelineState {
  readonly instants: readonly Instant[];
  readonly known: number;
}

/** The first byte of a line: its place in the bytes, and the instructions that had retired before the one that wrote it. */
export interface ConsoleLine {
  readonly offset: number;
  readonly instruction: number;
}

/** More than a person looks through; the oldest go. */
const MOST = 20_000;
/** So many more are kept before those go: to move all others for each would take longer than a stop. */
const SLACK = 2_000;
const LONGEST_LINE = 400;

export function createTimeline(target: Target, images: Images): Timeline {
  const list: Instant[] = [];
  let lastId = 0;
  let decoder = new TextDecoder();
  let line: { text: string; moment: Moment } | undefined;
  /** How many deliveries have been taken over, and by their number those whose handlers ran then. */
  let known = 0;
  const open = new Map<number, Instant>();

  function put(instant: Instant): void {
    let place = list.length;
    while (place > 0 && isBefore(instant.moment, list[place - 1].moment)) place--;
    list.splice(place, 0, instant);
    if (list.length >= MOST + SLACK) list.splice(0, list.length - MOST);
  }
  function add(instant: Omit<Instant, 'id'>): Instant {
    const added = { ...instant, id: ++lastId };
    put(added);
    return added;
  }
  const momentOf = (instruction: number): Moment => ({ instruction, ticks: 0, inputs: target.timeTravel.inputsAt(instruction) });
  function endLine(): void {
    const text = line?.text.trimEnd() ?? '';
    if (line !== undefined && text !== '') add({ kind: 'console', moment: line.moment, text: text.slice(0, LONGEST_LINE) });
    line = undefined;
  }

  return {
    get all() {
      return list;
    },
    add,
    get: (id) => list.find((one) => one.id === id),
    console(bytes, lines) {
      const begins = lines.map(({ offset }) => offset);
      for (const [index, begin] of [0, ...begins].entries()) {
        const piece = bytes.subarray(begin, begins[index] ?? bytes.length);
        if (index > 0) {
          endLine();
          decoder = new TextDecoder();
          line = { text: '', moment: momentOf(lines[index - 1].instruction) };
        }
        const text = decoder.decode(piece, { stream: true });
        if (line === undefined) continue;
        line.text += text;
        if (text.includes('\n')) endLine();
      }
    },
    takeDeliveries() {
      if (target.timeTravel.isInPast || (target.sdei.deliveryCount === known && open.size === 0)) return;
      const { deliveryCount, deliveries } = target.sdei;
      for (const [index, delivery] of deliveries.entries()) {
        const number = deliveryCount - deliveries.length + index;
        if (number < known && !open.has(number)) continue;
        const { event, pe, at } = delivery;
        const text = deliveryText(delivery, images);
        const before = open.get(number);
        if (delivery.ended !== undefined) open.delete(number);
        if (before?.text === text) continue;
        if (before !== undefined) list.splice(list.indexOf(before), 1);
        const pc = target.sdei.events.find(({ number: of, pe: on = pe }) => of === event && on === pe)?.entryPoint;
        const where = pc === undefined ? {} : { pc };
        const instant: Instant = {
          id: before?.id ?? ++lastId,
          kind: 'delivery',
          moment: momentOf(at),
          text,
          pe,

          ...where,
        };
        put(instant);
        if (delivery.ended === undefined) open.set(number, instant);
      }
      known = deliveryCount;
    },
    save: () => ({ instants: [...list], known }),
    restore(state) {
      list.splice(0, Number.POSITIVE_INFINITY, ...state.instants);
      known = state.known;
      open.clear();
      line = undefined;
    },
    dropAfter(moment) {
      // What the dispatcher remembers is taken over anew: handlers that run may end in another way.
      const { deliveries, deliveryCount } = target.sdei;
      const [first] = deliveries;
      const isAsked = ({ kind, moment: { instruction } }: Instant) => kind === 'delivery' && first !== undefined && instruction >= first.at;
      const kept = list.filter((one) => !isBefore(moment, one.moment) && !isAsked(one));
      list.splice(0, Number.POSITIVE_INFINITY, ...kept);
      known = deliveryCount - deliveries.length;
      open.clear();
      line = undefined;
    },
  };
}

const RUNNING = 'its handler runs';
const endings = { complete: 'completed', resume: 'completed and resumed elsewhere', reset: 'ended by a reset' } as const;

function deliveryText({ event, priority, at, interrupted, ended, endedAt = at }: TargetDelivery, images: Images): string {
  const end = ended === undefined ? RUNNING : `${endings[ended]} after ${endedAt - at} instructions`;
  return `Event ${event} (${priority}) interrupted EL${interrupted.el} at ${where(images, interrupted.pc)}: ${end}`;
}
