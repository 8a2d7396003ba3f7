/** One register of the GIC's memory-mapped programmers' model (IHI 0069), or an array of them. */
export interface GicRegister {
  readonly name: string;
  readonly offset: number;
  /** Bytes of one register. */
  readonly width: 4 | 8;
  /** Number of registers; more than one are named `NAME0`, `NAME1`, … */
  readonly count: number;
}

const row = (name: string, offset: number, count = 1, width: 4 | 8 = 4): GicRegister => ({ name, offset, width, count });

/** The distributor. GICD_IROUTER begins with that of INTID 0, which is reserved as the 31 that follow. */
export const distributorRegisters: readonly GicRegister[] = [
  row('GICD_CTLR', 0x0000),
  row('GICD_TYPER', 0x0004),
  row('GICD_IIDR', 0x0008),
  row('GICD_TYPER2', 0x000c),
  row('GICD_STATUSR', 0x0010),
  row('GICD_SETSPI_NSR', 0x0040),
  row('GICD_CLRSPI_NSR', 0x0048),
  row('GICD_SETSPI_SR', 0x0050),
  row('GICD_CLRSPI_SR', 0x0058),
  row('GICD_IGROUPR', 0x0080, 32),
  row('GICD_ISENABLER', 0x0100, 32),
  row('GICD_ICENABLER', 0x0180, 32),
  row('GICD_ISPENDR', 0x0200, 32),
  row('GICD_ICPENDR', 0x0280, 32),
  row('GICD_ISACTIVER', 0x0300, 32),
  row('GICD_ICACTIVER', 0x0380, 32),
  row('GICD_IPRIORITYR', 0x0400, 256),
  row('GICD_ITARGETSR', 0x0800, 256),
  row('GICD_ICFGR', 0x0c00, 64),
  row('GICD_IGRPMODR', 0x0d00, 32),
  row('GICD_NSACR', 0x0e00, 64),
  row('GICD_SGIR', 0x0f00),
  row('GICD_CPENDSGIR', 0x0f10, 4),
  row('GICD_SPENDSGIR', 0x0f20, 4),
  row('GICD_IROUTER', 0x6000, 1020, 8),
  row('GICD_PIDR4', 0xffd0, 4),
  row('GICD_PIDR', 0xffe0, 4),
  row('GICD_CIDR', 0xfff0, 4),
];

/** One redistributor: the RD_base frame, then the SGI_base frame at 0x10000. */
export const redistributorRegisters: readonly GicRegister[] = [
  row('GICR_CTLR', 0x0000),
  row('GICR_IIDR', 0x0004),
  row('GICR_TYPER', 0x0008, 1, 8),
  row('GICR_STATUSR', 0x0010),
  row('GICR_WAKER', 0x0014),
  row('GICR_MPAMIDR', 0x0018),
  row('GICR_PARTIDR', 0x001c),
  row('GICR_SETLPIR', 0x0040, 1, 8),
  row('GICR_CLRLPIR', 0x0048, 1, 8),
  row('GICR_PROPBASER', 0x0070, 1, 8),
  row('GICR_PENDBASER', 0x0078, 1, 8),
  row('GICR_INVLPIR', 0x00a0, 1, 8),
  row('GICR_INVALLR', 0x00b0, 1, 8),
  row('GICR_SYNCR', 0x00c0),
  row('GICR_PIDR4', 0xffd0, 4),
  row('GICR_PIDR', 0xffe0, 4),
  row('GICR_CIDR', 0xfff0, 4),
  row('GICR_IGROUPR0', 0x10080),
  row('GICR_ISENABLER0', 0x10100),
  row('GICR_ICENABLER0', 0x10180),
  row('GICR_ISPENDR0', 0x10200),
  row('GICR_ICPENDR0', 0x10280),
  row('GICR_ISACTIVER0', 0x10300),
  row('GICR_ICACTIVER0', 0x10380),
  row('GICR_IPRIORITYR', 0x10400, 8),
  row('GICR_ICFGR', 0x10c00, 2),
  row('GICR_IGRPMODR0', 0x10d00),
  row('GICR_NSACR', 0x10e00),
];

/** Bytes of one redistributor's two frames. */
export const REDISTRIBUTOR_BYTES = 0x2_0000;

/** Where an offset lies: which register, which of an array, which byte of it. */
export interface GicRegisterAccess {
  readonly register: GicRegister;
  readonly index: number;
  readonly byte: number;
}
export function findGicRegister(registers: readonly GicRegister[], offset: number): GicRegisterAccess | undefined {
  for (const register of registers) {
    const from = offset - register.offset;
    if (from >= 0 && from < register.width * register.count) {
      return { register, index: Math.floor(from / register.width), byte: from % register.width };
    }
  }
  return undefined;
}
export const gicRegisterName = ({ register: { name, count }, index }: GicRegisterAccess): string => (count > 1 ? `${name}${index}` : name);
