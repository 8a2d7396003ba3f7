/** The target description (GDB manual, "Target Description Format"): names, types and groups of the registers, as XML. */
import type { RegisterField } from '../target/target.ts';
import type { GdbRegister } from './registers.ts';

/** `group`: what `info registers GROUP` shows. Without one gdb goes by the register's type. */
const features: readonly { readonly key: GdbRegister['feature']; readonly name: string; readonly group?: string }[] = [
  { key: 'core', name: 'org.gnu.gdb.aarch64.core' },
  { key: 'fpu', name: 'org.gnu.gdb.aarch64.fpu' },
  { key: 'system', name: 'org.sdei-guest-debugger.sdei.system', group: 'system' },
  { key: 'sdei', name: 'org.sdei-guest-debugger.sdei.pseudo', group: 'sdei' },
];

const bit = (name: string, lsb: number, msb = lsb): RegisterField => ({ name, lsb, msb });

/** SPSR_ELx, "exception taken from AArch64". */
const cpsrFields = [
  bit('SP', 0), bit('EL', 2, 3), bit('nRW', 4), bit('F', 6), bit('I', 7), bit('A', 8), bit('D', 9),
  bit('IL', 20), bit('SS', 21), bit('PAN', 22), bit('UAO', 23), bit('V', 28), bit('C', 29), bit('Z', 30), bit('N', 31),
]; // biome-ignore format: a list

/** How a vector register can be looked at: `$v0.s.u[1]`. */
const vectorViews = [
  { id: 'd', bytes: 8, members: ['ieee_double', 'uint64', 'int64'] },
  { id: 's', bytes: 4, members: ['ieee_single', 'uint32', 'int32'] },
  { id: 'h', bytes: 2, members: ['ieee_half', 'uint16', 'int16'] },
  { id: 'b', bytes: 1, members: [undefined, 'uint8', 'int8'] },
  { id: 'q', bytes: 16, members: [undefined, 'uint128', 'int128'] },
] as const;

function vectorTypes(): string {
  const views = vectorViews.map(({ id, bytes, members }) => {
    const parts = ['f', 'u', 's'].flatMap((letter, index) => {
      const type = members[index];
      return type === undefined ? [] : [{ letter, type, vector: `v${16 / bytes}_${type}` }];
    });
    const vectors = parts.map(({ type, vector }) => `<vector id="${vector}" type="${type}" count="${16 / bytes}"/>`);
    const fields = parts.map(({ letter, vector }) => `<field name="${letter}" type="${vector}"/>`);
    return `${vectors.join('')}<union id="vector_${id}">${fields.join('')}</union>`;
  });
  const all = vectorViews.map(({ id }) => `<field name="${id}" type="vector_${id}"/>`);
  return `${views.join('')}<union id="vector">${all.join('')}</union>`;
}

const flagsType = (id: string, bytes: number, fields: readonly RegisterField[]): string =>
  `<flags id="${id}" size="${bytes}">${[...fields]
    .sort((one, other) => one.lsb - other.lsb)
    .map(({ name, lsb, msb }) => `<field name="${name}" start="${lsb}" end="${msb}"/>`)
    .join('')}</flags>`;

const ownTypes: Readonly<Record<GdbRegister['feature'], string>> = {
  core: flagsType('cpsr_flags', 4, cpsrFields),
  fpu: vectorTypes(),
  system: '',
  sdei: '',
};

export function targetDescription(registers: readonly GdbRegister[]): string {
  const parts = features.map(({ key, name, group }) => {
    const lines = registers.flatMap((register, number) => {
      if (register.feature !== key) return [];
      const fields = register.fields?.filter((field) => /^\w+$/.test(field.name)) ?? [];
      const flags = fields.length === 0 ? '' : flagsType(`${register.name}_fields`, register.bits >> 3, fields);
      const type = register.type ?? (flags === '' ? `uint${register.bits}` : `${register.name}_fields`);
      // A function that gdb calls in the guest must not have the system's state put back behind its back.
      const more = group === undefined ? '' : ` group="${group}" save-restore="no"`;
      return [`${flags}<reg name="${register.name}" bitsize="${register.bits}" regnum="${number}" type="${type}"${more}/>`];
    });
    return `<feature name="${name}">\n${ownTypes[key]}\n${lines.join('\n')}\n</feature>`;
  });
  return `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>aarch64</architecture>
${parts.join('\n')}
</target>
`;
}
