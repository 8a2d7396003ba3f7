/** Moving a stopped guest into another machine, its dispatcher's state through KVM's pseudo firmware registers only. */
import { textOfRegister } from '../pseudo-register-text.ts';
import { type Target, TargetError } from '../target/target.ts';
import { idText } from './pseudo-register-id.ts';

export interface StreamRegister {
  readonly pe: number;
  readonly id: bigint;
  readonly name: string;
  readonly value: Uint8Array;
}

/** What a source sends: the machine without its dispatcher, and the registers of every PE. */
export interface MigrationStream {
  readonly machine: unknown;
  readonly registers: readonly StreamRegister[];
}

/** @returns the stream, or one sentence per part of the dispatcher's state that no register holds. `declared`: events of the configuration */
export function streamOf(source: Target, declared: ReadonlySet<number>): MigrationStream | readonly string[] {
  const registers: StreamRegister[] = [];
  const problems = new Set<string>();
  for (const { number, intid, pe } of source.sdei.events) {
    if (intid === undefined || declared.has(number) || (pe ?? 0) !== 0) continue;
    problems.add(`Event ${number} is bound to INTID ${intid} (SDEI_INTERRUPT_BIND), and no KVM register holds a binding.`);
  }
  for (const { index: pe } of source.pes) {
    for (const { id, name, value, error } of source.sdei.pseudoRegisters(pe)) {
      if (value === undefined) problems.add(`PE${pe}: ${error}`);
      else registers.push({ pe, id, name, value });
    }
  }
  return problems.size > 0 ? [...problems] : { machine: source.saveState(), registers };
}

/** Differences between stream and destination, one line each, in the words of QEMU's migration code where it has any. */
export interface Arrival {
  /** The destination has the register, the stream has not. */
  readonly missing: readonly string[];
  /** The stream has the register, the destination cannot take it. */
  readonly unexpected: readonly string[];
  /** The destination shows another value than it was sent. */
  readonly differing: readonly string[];
}

/** Writes a stream into a machine of the same size that has run nothing yet. */
export function arrive(destination: Target, { machine, registers }: MigrationStream): Arrival {
  const unexpected: string[] = [];
  destination.restoreState(machine, false);
  // In id order: PE_STATE is the last one of a PE, so nothing is delivered half-way.
  for (const { pe, id, name, value } of registers) {
    try {
      destination.sdei.writePseudoRegister(pe, id, value);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      unexpected.push(`Unexpected register in input stream: PE${pe} ${idText(id)} ${name}. ${error.message}`);
    }
  }
  const missing: string[] = [];
  const differing: string[] = [];
  for (const { index: pe } of destination.pes) {
    for (const { id, name, value } of destination.sdei.pseudoRegisters(pe)) {
      const sent = registers.find((register) => register.pe === pe && register.id === id);
      if (sent === undefined) missing.push(`Missing register in input stream: PE${pe} ${idText(id)} ${name}.`);
      else if (value === undefined || textOfRegister(value) !== textOfRegister(sent.value)) {
        const there = value === undefined ? 'unreadable' : textOfRegister(value);
        differing.push(
          `Register differs from the input stream: PE${pe} ${idText(id)} ${name} is ${there}, not ${textOfRegister(sent.value)}.`,
        );
      }
    }
  }
  return { missing, unexpected, differing };
}
