/** What gdb was recorded to show of a stopped program, and that program as a frame without a machine. */
import { readFileSync } from 'node:fs';
import type { FrameView } from '../../debug-adapter/evaluate/frame-view.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { type FakeTarget, fakeTarget } from '../evaluate/fake.ts';

export interface Recorded {
  readonly registers: Readonly<Record<string, string>>;
  readonly stack: string;
  /** Expression in gdb's syntax (`,x` for print/x), type, text; type `null`: gdb's error. */
  readonly rows: readonly (readonly [string, string | null, string])[];
}

export function readRecorded(level: string): Recorded {
  return JSON.parse(readFileSync(new URL(`fixtures/values-${level}.json`, import.meta.url), 'utf8'));
}

export function recordedFrame(level: string, recorded: Recorded): FrameView & { readonly target: FakeTarget } {
  const bytes = new Uint8Array(readFileSync(new URL(`fixtures/values-${level}.elf`, import.meta.url)));
  const program = openProgram(`values-${level}.elf`, bytes);
  const value = (name: string) => BigInt(recorded.registers[name]);
  const memory = new Map<bigint, Uint8Array>();
  for (const segment of program.segments) {
    const contents = new Uint8Array(segment.memorySize);
    contents.set(segment.bytes);
    memory.set(segment.virtualAddress, contents);
  }
  memory.set(value('sp'), Uint8Array.from(Buffer.from(recorded.stack, 'hex')));
  const registers: Record<string, bigint> = { sp: value('sp'), pc: value('pc'), pstate: value('cpsr') };
  for (let n = 0; n <= 30; n++) registers[`x${n}`] = value(`x${n}`);
  for (let n = 0; n <= 31; n++) registers[`v${n}`] = value(`v${n}`);
  const target = fakeTarget({ memory, registers });
  const dwarf = new Map<number, bigint>([
    ...Array.from({ length: 31 }, (_, n): [number, bigint] => [n, value(`x${n}`)]),
    [31, value('sp')],
    [32, value('pc')],
  ]);
  const reader = (address: bigint, length: number) => target.readMemory(address, length);
  const cfa = program.unwind({ registers: dwarf, memory: reader, pc: value('pc') })?.cfa;
  return { target, programs: [program], pe: 0, level: 0, pc: value('pc'), inlineDepth: 0, registers: dwarf, live: true, cfa };
}
