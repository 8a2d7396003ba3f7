import { nearest } from '../nearest.ts';
import type { TargetPseudoRegister } from '../target/target.ts';
import { UsageError } from './options.ts';

/** As KVM's documents write it: 16 digits. */
export const idText = (id: bigint): string => `0x${id.toString(16).toUpperCase().padStart(16, '0')}`;

/** By id, by KVM's name, or by the end of that name (`EVENT_CONTEXT`). @throws UsageError */
export function registerNamed<Register extends Pick<TargetPseudoRegister, 'id' | 'name'>>(
  option: string,
  text: string,
  registers: readonly Register[],
): Register {
  const wanted = text.trim().toUpperCase();
  const byId = /^0X[0-9A-F]+$/.test(wanted) ? registers.find(({ id }) => id === BigInt(text.trim())) : undefined;
  const found = byId ?? registers.find(({ name }) => name === wanted || (wanted.length > 3 && name.endsWith(`_${wanted}`)));
  if (found !== undefined) return found;
  const guess = nearest(
    wanted,
    registers.flatMap(({ name }) => [name, name.replace('KVM_REG_ARM_SDEI_', '')]),
  );
  throw new UsageError(
    `Option "--${option}" names "${text}", which is no pseudo firmware register. ${guess === undefined ? 'The ids are 0x6040000000140004 to 0x603000000014000D.' : `Did you mean "${guess}"?`}`,
  );
}
