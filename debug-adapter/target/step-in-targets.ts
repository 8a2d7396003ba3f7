import type { Images } from '../images.ts';
import { instructionKind } from './instruction-kind.ts';
import type { Target } from './target.ts';

/** What a step in can be told to lead into: what one instruction of the line calls, or the handler of an event. */
export type StepInto = { readonly kind: 'call'; readonly address: bigint } | { readonly kind: 'event'; readonly event: number };

export interface StepInTarget {
  readonly into: StepInto;
  readonly label: string;
  /** Of the calling instruction. */
  readonly address?: bigint;
}

const longestLine = 0x1000n;

/** Everything that the rest of the present line calls, then the events that are pending for the PE. */
export function stepInTargetsAt(target: Target, images: Images, pe: number): StepInTarget[] {
  const { pc } = target.pes[pe];
  const range = images.lineRangeAt(pc);
  const end = range === undefined || range.high - pc > longestLine ? pc + 4n : range.high;
  const bytes = target.readMemory(pc, Number(end - pc), { kind: 'virtual', pe });
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const calls: StepInTarget[] = [];
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4) {
    const address = pc + BigInt(offset);
    const label = calledBy(target, images, pe, address, words.getUint32(offset, true));
    if (label !== undefined) calls.push({ into: { kind: 'call', address }, label, address });
  }
  const { events } = target.sdei;
  const pending = events.filter((event) => event.pending && (event.type === 'shared' || event.pe === undefined || event.pe === pe));
  const numbers = [...new Set(pending.map(({ number }) => number))].sort((a, b) => a - b);
  const handlers = numbers.map((event): StepInTarget => {
    const entryPoint = pending.find(({ number }) => number === event)?.entryPoint;
    const handler = entryPoint === undefined ? '' : `: ${images.describe(entryPoint)}`;
    return { into: { kind: 'event', event }, label: `SDEI event ${event} (pending)${handler}` };
  });
  return [...calls, ...handlers];
}

/** What an instruction calls, in words; `undefined` if it calls nothing that one could look into. */
function calledBy(target: Target, images: Images, pe: number, address: bigint, word: number): string | undefined {
  const kind = instructionKind(word);
  if (kind === 'call') {
    const isDirect = word >>> 26 === 0b100101;
    if (isDirect) return images.describe(BigInt.asUintN(64, address + BigInt((word << 6) >> 4)));
    const register = (word >>> 5) & 31;
    if (address !== target.pes[pe].pc) return `the function in x${register}`;
    return images.describe(target.readRegister(pe, `x${register}`));
  }
  if (kind !== 'exception-call') return undefined;
  const from = target.pes[pe].exceptionLevel;
  const to = [undefined, from === 2 ? 2 : 1, 2, undefined][word & 3];
  if (to === undefined || to < from) return undefined;
  const vector = target.readRegister(pe, `VBAR_EL${to}`) + (to === from ? 0x200n : 0x400n);
  return images.lineRangeAt(vector) === undefined ? undefined : `${['', 'svc', 'hvc'][word & 3]}: ${images.describe(vector)}`;
}
