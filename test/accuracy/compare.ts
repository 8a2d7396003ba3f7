/** Where two views of a stop differ. */
import { type FrameSeen, spellFrame, type StopSeen } from './view.ts';

export interface Difference {
  readonly kind: 'frames' | 'frame' | 'line' | 'value';
  readonly function: string;
  /** Of the frame; 0 is the innermost. */
  readonly frame: number;
  /** The variable, with its members. */
  readonly what: string;
  readonly ours: string;
  readonly gdb: string;
}

export interface Comparison {
  readonly frames: number;
  readonly values: number;
  readonly differences: readonly Difference[];
}

export function compareStops(ours: StopSeen, gdb: StopSeen): Comparison {
  const differences: Difference[] = [];
  let values = 0;
  const names = ({ frames }: StopSeen) => frames.map((frame) => frame.function).join(' < ');
  const here = ours.frames[0]?.function ?? '?';
  if (ours.pc !== gdb.pc || ours.sp !== gdb.sp) throw new Error(`Not the same stop: ${ours.pc} and ${gdb.pc}.`);
  // Below a dispatch gdb has no frames, or invents some.
  const isSameCount = ours.label === undefined ? ours.frames.length === gdb.frames.length : gdb.frames.length >= ours.frames.length;
  if (!isSameCount) differences.push({ kind: 'frames', function: here, frame: 0, what: '', ours: names(ours), gdb: names(gdb) });
  let frames = 0;
  for (const [index, own] of ours.frames.entries()) {
    const other = gdb.frames[index];
    if (other === undefined) break;
    const at = (kind: Difference['kind'], what: string, one = '-', two = '-') =>
      void differences.push({ kind, function: own.function, frame: index, what, ours: one, gdb: two });
    frames++;
    if (spellFrame(own) !== spellFrame(other)) at('frame', '', spellFrame(own), spellFrame(other));
    if (own.function !== other.function) break;
    if (own.line !== other.line) at('line', '', own.line, other.line);
    const locals = asGdbWouldSay(own.locals, other.locals);
    for (const name of new Set([...Object.keys(locals), ...Object.keys(other.locals)])) {
      values++;
      if (!isSame(locals[name], other.locals[name])) at('value', name, locals[name], other.locals[name]);
    }
  }
  return { frames, values, differences };
}

/** gdb writes floating values with as many digits as their format may need, this debugger with as many as tell the value from its neighbours. */
function isSame(ours: string | undefined, gdb: string | undefined): boolean {
  if (ours === gdb) return true;
  if (ours === undefined || gdb === undefined) return false;
  if (ours.startsWith('<cannot read') && gdb.startsWith('<Cannot access memory')) return true;
  const [own, other] = [ours, gdb].map((text) => text.split(' + ').map((part) => part.replace(/i$/, '')));
  const isNone = (text: string) => /^-?nan(\(0x[0-9a-f]+\))?$/.test(text);
  const isReal = (text: string) => /^-?\d+(\.\d+)?(e[-+]\d+)?$/.test(text);
  const single = (text: string) => text.replace(/^-|e.*$|\./g, '').length <= 9;
  const isEqual = (a: string, b: string) => Number(a) === Number(b) || (single(b) && Math.fround(Number(a)) === Math.fround(Number(b)));
  return (
    own.length === other.length &&
    own.every(
      (text, index) => (isNone(text) && isNone(other[index])) || (isReal(text) && isReal(other[index]) && isEqual(text, other[index])),
    )
  );
}

const NONE = '<optimized out>';

/** gdb says of an aggregate as a whole that nothing of it is there. */
function asGdbWouldSay(own: FrameSeen['locals'], gdb: FrameSeen['locals']): FrameSeen['locals'] {
  const gone = Object.keys(gdb).filter((name) => gdb[name] === NONE && own[name] === undefined);
  const wholes = gone.map((name) => ({
    name,
    parts: Object.keys(own).filter((part) => part.startsWith(`${name}.`) || part.startsWith(`${name}[`)),
  }));
  const folded = wholes.filter(({ parts }) => parts.length > 0 && parts.every((part) => own[part] === NONE));
  const left = new Set(folded.flatMap(({ parts }) => parts));
  return Object.fromEntries([...Object.entries(own).filter(([name]) => !left.has(name)), ...folded.map(({ name }) => [name, NONE])]);
}
