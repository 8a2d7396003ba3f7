import type { Pe } from '../pe.ts';
import type { SystemServices } from './services.ts';

/** A field of a system register. `values` names some or all of its values. */
export interface RegisterField {
  readonly name: string;
  readonly msb: number;
  readonly lsb: number;
  readonly values?: Readonly<Record<number, string>>;
}

export type RegisterGroup =
  | 'Identification'
  | 'Process state'
  | 'Control'
  | 'Exception handling'
  | 'Translation'
  | 'Thread and context'
  | 'Virtualization'
  | 'Generic timer'
  | 'Performance monitors'
  | 'Debug'
  | 'RAS'
  | 'Interrupt controller'
  | 'Floating-point';

/** Lowest exception level that may do what. `EL0 RO, EL1 RW`: read from EL0, read and write from EL1. */
export type Access = `EL${0 | 1 | 2} ${'RW' | 'RO' | 'WO'}` | `EL${0 | 1} RO, EL${1 | 2} RW`;

/** One row of the register tables, as it is written down. Hooks are in `register-behaviour.ts`, by name. */
export interface RegisterRow {
  /** As assemblers spell an encoding: `S<op0>_<op1>_C<n>_C<m>_<op2>`. */
  readonly at: string;
  readonly access: Access;
  readonly description: string;
  /** 0 if absent. */
  readonly reset?: bigint;
  /** Bits that a write changes; the others keep their reset value (RES0, RES1, read-only). Absent: all fields, or all bits if there are none. */
  readonly writable?: bigint;
  /** `NAME bit` or `NAME msb:lsb`, separated by commas. */
  readonly fields?: string;
  readonly values?: Readonly<Record<string, Readonly<Record<number, string>>>>;
  /** Other fields while a bit, `<register>.<field>`, is 1; `fields` are those without. */
  readonly layouts?: Readonly<Record<string, Required<Pick<RegisterRow, 'fields'>> & Pick<RegisterRow, 'values'>>>;
  /** At EL2 with HCR_EL2.E2H = 1 (and EL0 of such a host, for timers) this register is meant. An _EL12 or _EL02 name exists then. */
  readonly redirect?: string;
  /** Bits that trap accesses from EL1 and EL0 to EL2: `<register>.<field> r|w|rw`. */
  readonly traps?: readonly string[];
  /** Bits of which one must be set for accesses from EL0, which else trap to EL1: `SCTLR.<field>` means that of EL0's regime; `!` before it: be clear. */
  readonly el0?: readonly string[];
  /** A write may change translation, masks, deadlines or what is executed next. */
  readonly control?: boolean;
  readonly group?: RegisterGroup;
}

/** What a register's bits are while a bit, which `where` names, is 1. */
export interface RegisterLayout {
  readonly where: string;
  readonly register: string;
  readonly bit: number;
  readonly fields: readonly RegisterField[];
}

export interface AccessTrap {
  readonly register: string;
  readonly bit: number;
  readonly read: boolean;
  readonly write: boolean;
  /** It does not hold at EL0 of a host: HCR_EL2 traps of the guests only. */
  readonly isOfGuests: boolean;
}

export interface RegisterEncoding {
  readonly op0: number;
  readonly op1: number;
  readonly crn: number;
  readonly crm: number;
  readonly op2: number;
}

/** What a register does beyond storing. Reads have no effect on the guest. */
export interface RegisterBehaviour {
  /** Value at reset where it depends on the PE. */
  reset?(pe: Pe): bigint;
  read?(pe: Pe, services: SystemServices): bigint;
  /** Replaces storing. `value` is already reduced to the writable bits. */
  write?(pe: Pe, value: bigint, services: SystemServices): void;
  /** After the store. */
  written?(pe: Pe, value: bigint, previous: bigint, services: SystemServices): void;
  /** What this write (without `value`: this read) would need and the machine does not have, before anything is written. */
  unimplemented?(pe: Pe, services: SystemServices, value?: bigint): string | undefined;
  /** Replaces `read` for the guest: a read that changes something. */
  readWithEffect?(pe: Pe, services: SystemServices): bigint;
  /** Why the value says nothing at present, where the Arm ARM calls it UNKNOWN. */
  unknown?(pe: Pe): string | undefined;
  /** Access control beyond `access`, `traps` and `el0`: where an access traps to, or that it is UNDEFINED. */
  trap?(pe: Pe, isRead: boolean): 'EL1' | 'EL2' | 'undefined' | 'floating-point-EL1' | 'floating-point-EL2' | undefined;
}

/** One system register. */
export interface SystemRegister extends RegisterEncoding, RegisterBehaviour {
  readonly name: string;
  readonly description: string;
  readonly group: RegisterGroup;
  /** Where its value is in `Pe.systemRegisters`; an alias shares it with what it names. */
  readonly index: number;
  /** Lowest exception level that may read or write it; absent: none. */
  readonly readLevel: number | undefined;
  readonly writeLevel: number | undefined;
  readonly resetValue: bigint;
  readonly writable: bigint;
  readonly fields: readonly RegisterField[];
  /** The first one whose bit is 1 holds instead of `fields`. */
  readonly layouts: readonly RegisterLayout[];
  readonly traps: readonly AccessTrap[];
  readonly el0: readonly string[];
  readonly redirect: string | undefined;
  /** For _EL12 and _EL02 names: the register they reach. They exist at EL2 with HCR_EL2.E2H = 1 only. */
  readonly aliasOf: string | undefined;
  readonly control: boolean;
}

const ALL = 2n ** 64n - 1n;

/** @throws Error if `at` is not an encoding. */
export function parseRegisterEncoding(at: string): RegisterEncoding {
  const match = /^S([23])_([0-7])_C(\d+)_C(\d+)_([0-7])$/.exec(at);
  if (!match) throw new Error(`"${at}" is not the encoding of a system register, such as S3_0_C1_C0_0`);
  const [, op0, op1, crn, crm, op2] = match;
  return { op0: Number(op0), op1: Number(op1), crn: Number(crn), crm: Number(crm), op2: Number(op2) };
}

/** @throws Error if a word of `text` is not a field. */
export function parseFields(text: string, values: RegisterRow['values'] = {}): RegisterField[] {
  return text.split(', ').map((word) => {
    const match = /^(\w+) (\d+)(?::(\d+))?$/.exec(word);
    if (!match) throw new Error(`"${word}" is not a register field, such as "TG0 15:14"`);
    const msb = Number(match[2]);
    return { name: match[1], msb, lsb: match[3] === undefined ? msb : Number(match[3]), values: values[match[1]] };
  });
}

/** Bits msb to lsb. */
export const fieldMask = ({ msb, lsb }: { msb: number; lsb: number }): bigint => ((1n << BigInt(msb - lsb + 1)) - 1n) << BigInt(lsb);

type Levels = Pick<SystemRegister, 'readLevel' | 'writeLevel'>;
const levels = new Map<Access, Levels>();

function levelsOf(access: Access): Levels {
  const known = levels.get(access);
  if (known !== undefined) return known;
  let readLevel: number | undefined;
  let writeLevel: number | undefined;
  for (const [, el, what] of access.matchAll(/EL(\d) (R?[WO]O?)/g)) {
    if (what !== 'WO') readLevel ??= Number(el);
    if (what !== 'RO') writeLevel ??= Number(el);
  }
  const found = { readLevel, writeLevel };
  levels.set(access, found);
  return found;
}

/** What a row says in words is read when somebody asks: of most registers nobody does. */
class ReadRow implements SystemRegister {
  readonly op0: number;
  readonly op1: number;
  readonly crn: number;
  readonly crm: number;
  readonly op2: number;
  readonly name: string;
  readonly description: string;
  readonly group: RegisterGroup;
  readonly index: number;
  readonly readLevel: number | undefined;
  readonly writeLevel: number | undefined;
  readonly resetValue: bigint;
  readonly el0: readonly string[];
  readonly redirect: string | undefined;
  readonly aliasOf: string | undefined;
  readonly control: boolean;
  private readonly row: RegisterRow;
  private readonly bitOf: (path: string) => number;
  private readFields: readonly RegisterField[] | undefined;
  private readLayouts: readonly RegisterLayout[] | undefined;
  private readTraps: readonly AccessTrap[] | undefined;
  private readWritable: bigint | undefined;

  constructor(
    name: string,
    row: RegisterRow,
    group: RegisterGroup,
    index: number,
    bitOf: (path: string) => number,
    aliasOf: string | undefined,
  ) {
    const { op0, op1, crn, crm, op2 } = parseRegisterEncoding(row.at);
    const { readLevel, writeLevel } = levelsOf(row.access);
    this.op0 = op0;
    this.op1 = op1;
    this.crn = crn;
    this.crm = crm;
    this.op2 = op2;
    this.name = name;
    this.description = row.description;
    this.group = row.group ?? group;
    this.index = index;
    this.readLevel = readLevel;
    this.writeLevel = writeLevel;
    this.resetValue = row.reset ?? 0n;
    this.el0 = row.el0 ?? [];
    this.redirect = row.redirect;
    this.aliasOf = aliasOf;
    this.control = row.control ?? false;
    this.row = row;
    this.bitOf = bitOf;
  }

  get fields(): readonly RegisterField[] {
    return (this.readFields ??= this.row.fields ? parseFields(this.row.fields, this.row.values) : []);
  }
  get layouts(): readonly RegisterLayout[] {
    return (this.readLayouts ??= Object.entries(this.row.layouts ?? {}).map(([where, layout]) => ({
      where,
      register: where.split('.')[0],
      bit: this.bitOf(where),
      fields: parseFields(layout.fields, layout.values),
    })));
  }
  get writable(): bigint {
    return (this.readWritable ??=
      this.row.writable ?? (this.fields.length > 0 ? this.fields.reduce((mask, field) => mask | fieldMask(field), 0n) : ALL));
  }
  get traps(): readonly AccessTrap[] {
    return (this.readTraps ??= (this.row.traps ?? []).map((trap) => {
      const [path, on] = trap.split(' ');
      const [register, field] = path.split('.');
      const isOfGuests = register === 'HCR_EL2' && field !== 'TGE';
      return { register, bit: this.bitOf(path), read: on.includes('r'), write: on.includes('w'), isOfGuests };
    }));
  }
}

/** The row as the rest of the machine uses it. `bitOf` finds a field's bit by `<register>.<field>`. */
export const systemRegister = (
  name: string,
  row: RegisterRow,
  group: RegisterGroup,
  index: number,
  behaviour: RegisterBehaviour | undefined,
  bitOf: (path: string) => number,
  aliasOf?: string,
): SystemRegister => Object.assign(new ReadRow(name, row, group, index, bitOf, aliasOf), behaviour);
