/** What gdb and llvm-symbolizer said of committed programs when `record.ts` ran. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Guest, Moment } from './stops.ts';
import type { StopSeen } from './view.ts';

const root = path.resolve(import.meta.dirname, '../..');
const directory = path.join(import.meta.dirname, 'recorded');

export interface RecordedStop {
  readonly moment: Moment;
  readonly gdb: StopSeen;
  /** `file.c:12` by llvm-symbolizer. */
  readonly line: string;
}

export interface Recorded {
  readonly elf: string;
  readonly stops: readonly RecordedStop[];
  /** Where a chain begins: address, then `function file:line`, innermost first. */
  readonly lines: readonly (readonly [address: string, ...chain: string[]])[];
}

/** Those of `test/program` start without a stack. */
export const guestOf = (elf: string): Guest => ({
  elf: path.join(root, elf),
  launch: {},
  ...(elf.includes('test/program') && { prepare: (target) => target.writeRegister(0, 'sp', 0x4070_0000n) }),
});

export const fileOf = (elf: string): string => path.join(directory, `${path.basename(elf, '.elf')}.json`);

export const recordedNames: () => readonly string[] = () => readdirSync(directory).filter((name) => name.endsWith('.json'));

export const readRecorded = (name: string): Recorded => JSON.parse(readFileSync(path.join(directory, name), 'utf8'));
