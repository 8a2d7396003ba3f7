/**
 * Where a PE came to the line that it has executed since, however often that goes round: its instructions are not looked at one by one, but
 * only where control can leave the line.
 */
import { depthOf, type Drive, type Ended } from './run-control.ts';
import { pieces, type Sought } from './reverse.ts';
import type { SteppingPlace } from './stepping.ts';
import { isBefore, type Moment } from './target.ts';

/** A line where only these are executed until one of {@link exits} is. */
interface ClosedLine {
  /** Of its instructions. */
  readonly addresses: readonly bigint[];
  /** Outside of it: what its branches lead to, what lies behind it, and the vectors. */
  readonly exits: readonly bigint[];
}

/** More are no line that somebody waits in. */
const MOST_INSTRUCTIONS = 256;
/** Arm ARM, "Exception vectors": distance and number of entries. */
const VECTOR = { BYTES: 0x80n, COUNT: 16 } as const;

/** A place's line, with its function: what {@link closedLineAt} takes for one line. */
export function lineKey({ images }: SteppingPlace, pc: bigint): string {
  const source = images.sourceAt(pc);
  return `${source && `${source.path}:${source.line}`} ${images.functionAt(pc)?.ranges[0].low}`;
}

/**
 * @param pe which is at `pc`, in its translation
 * @returns absent: some instruction may lead to where cannot be told before it is executed, or there is no function
 */
function closedLineAt(place: SteppingPlace, pe: number, pc: bigint): ClosedLine | undefined {
  const { target, images } = place;
  const key = lineKey(place, pc);
  const addresses: bigint[] = [];
  for (const { low, high } of images.functionAt(pc)?.ranges ?? []) {
    for (let address = low; address < high; address += 4n) if (lineKey(place, address) === key) addresses.push(address);
  }
  if (addresses.length === 0 || addresses.length > MOST_INSTRUCTIONS) return undefined;
  const inside = new Set(addresses);
  const exits = new Set<bigint>();
  for (const address of addresses) {
    const bytes = target.readMemory(address, 4, { kind: 'virtual', pe });
    if (bytes.length < 4) return undefined;
    const targets = successors(new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true), address);
    if (targets === undefined) return undefined;
    for (const to of targets) if (!inside.has(to)) exits.add(to);
  }
  for (const name of ['VBAR_EL1', 'VBAR_EL2']) {
    const vectors = target.readRegister(pe, name);
    for (let entry = 0; entry < VECTOR.COUNT; entry++) exits.add(vectors + BigInt(entry) * VECTOR.BYTES);
  }
  return { addresses, exits: [...exits] };
}

/** Arm ARM, "Branches, Exception Generating and System instructions". @returns absent: only executing it tells, or it moves the vectors */
function successors(word: number, address: bigint): readonly bigint[] | undefined {
  const next = address + 4n;
  const branch = (first: number, bits: number): bigint =>
    BigInt.asUintN(64, address + BigInt(((word << (32 - first - bits)) >> (32 - bits)) * 4));
  if ((word & 0xfc00_0000) >>> 0 === 0x1400_0000) return [branch(0, 26)]; // B
  if ((word & 0xfc00_0000) >>> 0 === 0x9400_0000) return [branch(0, 26), next]; // BL
  if ((word & 0xff00_0000) >>> 0 === 0x5400_0000 || (word & 0x7e00_0000) === 0x3400_0000) return [branch(5, 19), next]; // B.cond, CBZ, CBNZ
  if ((word & 0x7e00_0000) === 0x3600_0000) return [branch(5, 14), next]; // TBZ, TBNZ
  const isSystem = (word & 0xff00_0000) >>> 0 === 0xd500_0000;
  const isMsr = (word & 0xfff0_0000) >>> 0 === 0xd510_0000;
  const isOfClass = (word & 0x1c00_0000) === 0x1400_0000;
  return isOfClass && (!isSystem || isMsr) ? undefined : [next];
}

/**
 * The guest stands at `end`, and from some moment on PE `pe` has executed nothing but the line that it is in.
 * @param depth handlers beyond this are not looked at
 * @returns when it came to that line last, or where history begins in it; `knownFrom`: it has been there at least since then, when
 * something had come from outside; absent: that is to be found out otherwise
 */
export async function lineRunStart(
  place: SteppingPlace,
  pe: number,
  end: Moment,
  depth: number,
  sought: Sought,
  drive: Drive,
): Promise<{ readonly moment: Moment } | { readonly ended: Ended } | { readonly knownFrom: Moment } | undefined> {
  const { target } = place;
  const { timeTravel } = target;
  const line = closedLineAt(place, pe, target.pes[pe].pc);
  if (line === undefined) return undefined;
  const { addresses, exits } = line;
  const inside = new Set(addresses);
  let first = end;
  for (const whole of pieces(place, end, sought)) {
    const piece = { begin: laterOf(whole.begin, afterInputs(place, end)), end: whole.end };
    // What came from outside may have put it elsewhere.
    if (!isBefore(piece.begin, piece.end)) return { knownFrom: piece.end };
    first = piece.begin;
    const onTheWay = await drive.travel(piece.begin);
    if (onTheWay !== undefined) return { ended: onTheWay };
    let last: Moment | undefined = inside.has(target.pes[pe].pc) || depthOf(target, pe) > depth ? undefined : timeTravel.moment;
    target.setBreakpoints(exits.map((address) => ({ address, pe })));
    target.setStopConditions({ sdeiCompletion: true, sdeiDispatch: place.entersHandlers ?? false });
    const ended = await timeTravel.repeat(
      piece.end,
      () => {
        const { moment } = timeTravel;
        if (depthOf(target, pe) <= depth && !inside.has(target.pes[pe].pc) && isBefore(moment, piece.end)) last = moment;
      },
      () => drive.breathe(),
    );
    target.setStopConditions({});
    target.setBreakpoints([]);
    if (ended !== undefined) return { ended };
    if (last === undefined && isBefore(whole.begin, piece.begin)) return { knownFrom: piece.begin };
    if (last === undefined) continue;
    const there = await drive.travel(last);
    if (there !== undefined) return { ended: there };
    let start: Moment | undefined;
    target.setBreakpoints(addresses.map((address) => ({ address, pe })));
    const found = await timeTravel.repeat<Ended | 'found'>(
      end,
      (stop) => {
        if (stop.kind === 'breakpoint' && stop.pe === pe && depthOf(target, pe) <= depth) start ??= timeTravel.moment;
      },
      async () => (start === undefined ? drive.breathe() : 'found'),
    );
    target.setBreakpoints([]);
    if (found !== undefined && found !== 'found') return { ended: found };
    return start && { moment: start };
  }
  return { moment: first };
}

const laterOf = (one: Moment, other: Moment): Moment => (isBefore(one, other) ? other : one);

/** A moment since which nothing has come from outside before `end`; not the first one, but not long after it. */
function afterInputs({ target: { timeTravel } }: SteppingPlace, end: Moment): Moment {
  let [before, after] = [-1, end.instruction];
  if (timeTravel.inputsAt(after) !== end.inputs) return end;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (timeTravel.inputsAt(middle) === end.inputs) after = middle;
    else before = middle;
  }
  return { instruction: after, ticks: 0, inputs: end.inputs };
}
