/** The stack as execution made it: calls and returns counted as they are executed, so that it owes nothing to debug information. */
import type { Program } from '../../debug-adapter/program/program.ts';
import type { Target } from '../../debug-adapter/target/target.ts';

export interface Calls {
  /** Handlers, and code that they resumed at, that have not ended: each has a number of its own. */
  readonly open: readonly number[];
  /** `name sp`, innermost first, inlined calls too, down to the function that the last dispatch or exception entered. */
  frames(): readonly string[];
  /** One instruction of PE0. @returns false when something else than an instruction happened */
  step(): boolean;
}

interface Segment {
  readonly id: number;
  /** Calls that have not returned, innermost last: where, and SP at that moment. */
  readonly calls: { readonly pc: bigint; readonly sp: bigint }[];
  /** How it ends. */
  readonly by: 'start' | 'dispatch' | 'resume';
}

const isCall = (word: number) => word >>> 26 === 0b100101 || (word & 0xfffffc1f) >>> 0 === 0xd63f0000;
const isReturn = (word: number) => (word & 0xfffffc1f) >>> 0 === 0xd65f0000 || word === 0xd65f0bff || word === 0xd65f0fff;
const ERET = 0xd69f03e0;

export function followCalls(target: Target, program: Program): Calls {
  let lastId = 0;
  const segments: Segment[] = [{ id: 0, calls: [], by: 'start' }];
  const enter = (by: Segment['by']) => void segments.push({ id: ++lastId, calls: [], by });
  const running = () => target.sdei.pes[0].running.length;
  const namesAt = (pc: bigint): readonly string[] => {
    const chain = program.inlineChainAt(pc).map(({ name }) => name);
    return chain.length > 0 ? chain : [program.symbolAt(pc)?.name ?? '?'];
  };
  return {
    get open() {
      return segments.slice(1).map(({ id }) => id);
    },
    frames() {
      const { calls } = segments[segments.length - 1];
      const here = { pc: target.pes[0].pc, sp: target.readRegister(0, 'sp') };
      return [here, ...[...calls].reverse()].flatMap(({ pc, sp }) => namesAt(pc).map((name) => `${name} 0x${sp.toString(16)}`));
    },
    step() {
      const { pc } = target.pes[0];
      const bytes = target.readMemory(pc, 4);
      const word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      const before = running();
      const sp = target.readRegister(0, 'sp');
      const interrupted = target.sdei.pes[0].running.at(-1)?.pc;
      if (target.step(0) !== undefined) return false;
      const now = target.pes[0].pc;
      if (running() > before) enter('dispatch');
      else if (running() < before) {
        segments.pop();
        if (now !== interrupted) enter('resume');
      } else if (word === ERET && segments.at(-1)?.by === 'resume') segments.pop();
      else if (isCall(word)) segments.at(-1)?.calls.push({ pc, sp });
      else if (isReturn(word)) segments.at(-1)?.calls.pop();
      return true;
    },
  };
}
