import { type Device, readOnlyRegister, unimplementedRegister } from './device.ts';
import {
  type GicRegister,
  type GicRegisterAccess,
  REDISTRIBUTOR_BYTES,
  distributorRegisters,
  findGicRegister,
  gicRegisterName,
  redistributorRegisters,
} from './gic-registers.ts';
import { type Gic, INTERRUPTS, type Interrupt, PRIORITY_MASK, PRIVATE_INTERRUPTS } from './gic.ts';

/** Registers with one bit per interrupt. `write` is called for each interrupt with its bit. */
const BIT_PER_INTERRUPT: Readonly<
  Record<
    string,
    { read(gic: Gic, interrupt: Interrupt): boolean; write(gic: Gic, interrupt: Interrupt, bit: boolean, intid: number, pe: number): void }
  >
> = {
  IGROUPR: {
    read: (_gic, interrupt) => interrupt.group === 1,
    write: (_gic, interrupt, bit) => {
      interrupt.group = bit ? 1 : 0;
    },
  },
  ISENABLER: {
    read: (_gic, interrupt) => interrupt.enabled,
    write: (_gic, interrupt, bit) => {
      if (bit) interrupt.enabled = true;
    },
  },
  ICENABLER: {
    read: (_gic, interrupt) => interrupt.enabled,
    write: (_gic, interrupt, bit) => {
      if (bit) interrupt.enabled = false;
    },
  },
  ISPENDR: {
    read: (gic, interrupt) => gic.isPending(interrupt),
    write: (gic, _interrupt, bit, intid, pe) => {
      if (bit) gic.setPending(intid, pe);
    },
  },
  ICPENDR: {
    read: (gic, interrupt) => gic.isPending(interrupt),
    write: (_gic, interrupt, bit) => {
      if (bit) interrupt.latched = false;
    },
  },
  ISACTIVER: {
    read: (_gic, interrupt) => interrupt.active,
    write: (_gic, interrupt, bit) => {
      if (bit) interrupt.active = true;
    },
  },
  ICACTIVER: {
    read: (_gic, interrupt) => interrupt.active,
    write: (_gic, interrupt, bit) => {
      if (bit) interrupt.active = false;
    },
  },
};

/** RAZ/WI: with affinity routing, or in a single security state, or since an optional feature is absent. */
const ZERO = new Set([
  'GICD_TYPER2',
  'GICD_STATUSR',
  'GICR_STATUSR',
  'GICD_ITARGETSR',
  'GICD_IGRPMODR',
  'GICR_IGRPMODR0',
  'GICD_NSACR',
  'GICR_NSACR',
  'GICD_SGIR',
  'GICD_CPENDSGIR',
  'GICD_SPENDSGIR',
  'GICR_CTLR',
  'GICR_SYNCR',
  'GICR_MPAMIDR',
  'GICR_PARTIDR',
]);

const CTLR = { EnableGrp0: 1n, EnableGrp1: 2n, ARE: 1n << 4n, DS: 1n << 6n } as const;
const WAKER = { ProcessorSleep: 2n, ChildrenAsleep: 4n } as const;
const ROUTE_AFFINITY = 0xff_00ff_ffffn;

/** Read-only registers with constant values; PIDR2 says GICv3. */
const CONSTANT: Readonly<Record<string, readonly number[]>> = {
  GICD_IIDR: [0x43b],
  GICR_IIDR: [0x43b],
  // No1N, A3V, 16 bits of INTID, SPIs up to 287.
  GICD_TYPER: [(1 << 25) | (1 << 24) | (15 << 19) | (INTERRUPTS / 32 - 1)],
  GICD_PIDR4: [0x44, 0, 0, 0],
  GICD_PIDR: [0x92, 0xb4, 0x3b, 0],
  GICD_CIDR: [0x0d, 0xf0, 0x05, 0xb1],
  GICR_PIDR4: [0x44, 0, 0, 0],
  GICR_PIDR: [0x93, 0xb4, 0x3b, 0],
  GICR_CIDR: [0x0d, 0xf0, 0x05, 0xb1],
};

/** `GICD_ISENABLER`, `GICR_ISENABLER0` -> `ISENABLER` */
const kind = (register: GicRegister): string => register.name.replace(/^GIC[DR]_/, '').replace(/0$/, '');

/** One 4- or 8-byte register of a frame. `first`: the first interrupt that the frame's arrays are about. */
class Frame {
  private readonly gic: Gic;
  private readonly name: string;
  private readonly registers: readonly GicRegister[];
  private readonly pe: number;

  /** @param pe whose private interrupts they are; absent: the distributor, where private ones are RAZ/WI */
  constructor(gic: Gic, name: string, registers: readonly GicRegister[], pe?: number) {
    this.gic = gic;
    this.name = name;
    this.registers = registers;
    this.pe = pe ?? -1;
  }
  private get isDistributor(): boolean {
    return this.pe < 0;
  }
  private interrupt(intid: number): Interrupt | undefined {
    if (this.isDistributor === intid < PRIVATE_INTERRUPTS) return undefined;
    return this.gic.interrupt(intid, this.pe);
  }
  private access(offset: number, size: number): GicRegisterAccess {
    const access = findGicRegister(this.registers, offset);
    if (!access) throw unimplementedRegister(this.name, undefined, offset);
    const isByte = size === 1 && /IPRIORITYR|ITARGETSR/.test(access.register.name);
    const isWhole = access.byte % size === 0 && (size === 4 || size === access.register.width);
    if (!isByte && !isWhole)
      throw new Error(
        `${this.name} register ${gicRegisterName(access)} cannot be accessed with ${size} bytes at offset 0x${offset.toString(16)}`,
      );
    return access;
  }

  read(offset: number, size: number): bigint {
    const access = this.access(offset, size);
    const value = this.readRegister(access, offset);
    return BigInt.asUintN(size * 8, value >> BigInt(access.byte * 8));
  }
  private readRegister(access: GicRegisterAccess, offset: number): bigint {
    const { register, index } = access;
    const bits = BIT_PER_INTERRUPT[kind(register)];
    if (bits) return this.collect(index * 32, 32, 1, (interrupt) => (bits.read(this.gic, interrupt) ? 1 : 0));
    if (kind(register) === 'IPRIORITYR') return this.collect(index * 4, 4, 8, (interrupt) => interrupt.priority);
    if (kind(register) === 'ICFGR') return this.collect(index * 16, 16, 2, (interrupt) => (interrupt.edge ? 2 : 0));
    if (ZERO.has(register.name)) return 0n;
    const constant = CONSTANT[register.name];
    if (constant) return BigInt(constant[index]);
    switch (register.name) {
      case 'GICD_CTLR': {
        const [group0, group1] = this.gic.groupEnabled;
        return CTLR.ARE | CTLR.DS | (group0 ? CTLR.EnableGrp0 : 0n) | (group1 ? CTLR.EnableGrp1 : 0n);
      }
      case 'GICD_IROUTER':
        return index >= PRIVATE_INTERRUPTS && index < INTERRUPTS ? this.gic.route(index) : 0n;
      case 'GICR_TYPER':
        return (BigInt(this.pe) << 32n) | (BigInt(this.pe) << 8n) | (this.pe === this.gic.pes - 1 ? 16n : 0n);
      case 'GICR_WAKER':
        return this.gic.cpuInterface(this.pe).asleep ? WAKER.ProcessorSleep | WAKER.ChildrenAsleep : 0n;
      default:
        throw unimplementedRegister(this.name, gicRegisterName(access), offset);
    }
  }
  private collect(first: number, count: number, width: number, value: (interrupt: Interrupt) => number): bigint {
    let result = 0n;
    for (let n = 0; n < count; n++) {
      const interrupt = this.interrupt(first + n);
      if (interrupt) result |= BigInt(value(interrupt)) << BigInt(n * width);
    }
    return result;
  }

  write(offset: number, size: number, value: bigint): void {
    const access = this.access(offset, size);
    this.writeRegister(access, size, value, offset);
    this.gic.changed();
  }
  private writeRegister(access: GicRegisterAccess, size: number, value: bigint, offset: number): void {
    const { register, index, byte } = access;
    const bits = BIT_PER_INTERRUPT[kind(register)];
    if (bits) {
      this.distribute(index * 32, 32, 1, value, (interrupt, bit, intid) =>
        bits.write(this.gic, interrupt, bit === 1, intid, Math.max(this.pe, 0)),
      );
      return;
    }
    if (kind(register) === 'IPRIORITYR') {
      this.distribute(index * 4 + byte, size, 8, value, (interrupt, priority) => {
        interrupt.priority = priority & PRIORITY_MASK;
      });
      return;
    }
    if (kind(register) === 'ICFGR') {
      this.distribute(index * 16, 16, 2, value, (interrupt, configuration, intid) => {
        if (intid >= 16) interrupt.edge = (configuration & 2) !== 0;
      });
      return;
    }
    if (ZERO.has(register.name)) return;
    switch (register.name) {
      case 'GICD_CTLR':
        this.gic.groupEnabled = [(value & CTLR.EnableGrp0) !== 0n, (value & CTLR.EnableGrp1) !== 0n];
        return;
      case 'GICD_IROUTER': {
        if (index < PRIVATE_INTERRUPTS || index >= INTERRUPTS) return;
        const shift = BigInt(byte * 8);
        const mask = ((1n << BigInt(size * 8)) - 1n) << shift;
        this.gic.setRoute(index, ((this.gic.route(index) & ~mask) | (value << shift)) & ROUTE_AFFINITY);
        return;
      }
      case 'GICR_WAKER':
        this.gic.cpuInterface(this.pe).asleep = (value & WAKER.ProcessorSleep) !== 0n;
        return;
      default:
        if (CONSTANT[register.name] || register.name === 'GICR_TYPER') throw readOnlyRegister(this.name, gicRegisterName(access), offset);
        throw unimplementedRegister(this.name, gicRegisterName(access), offset);
    }
  }
  private distribute(
    first: number,
    count: number,
    width: number,
    value: bigint,
    set: (interrupt: Interrupt, field: number, intid: number) => void,
  ): void {
    for (let n = 0; n < count; n++) {
      const interrupt = this.interrupt(first + n);
      if (interrupt) set(interrupt, Number((value >> BigInt(n * width)) & ((1n << BigInt(width)) - 1n)), first + n);
    }
  }
}

/** The distributor's frame. It saves and restores the whole GIC. */
export function gicDistributor(gic: Gic): Device {
  const frame = new Frame(gic, 'GICv3 distributor', distributorRegisters);
  return {
    name: 'GICv3 distributor',
    size: 0x1_0000,
    read: (offset, size) => frame.read(offset, size),
    write: (offset, size, value) => frame.write(offset, size, value),
    snapshotState: () => gic.snapshotState(),
    restoreState: (state) => gic.restoreState(state),
  };
}

/** The redistributors of all PEs, one after the other. Their state is the distributor's. */
export function gicRedistributors(gic: Gic): Device {
  const frames = Array.from({ length: gic.pes }, (_, pe) => new Frame(gic, `GICv3 redistributor of PE ${pe}`, redistributorRegisters, pe));
  const at = (offset: number): [Frame, number] => {
    const frame = frames[Math.floor(offset / REDISTRIBUTOR_BYTES)];
    if (!frame) throw unimplementedRegister('GICv3 redistributors', undefined, offset);
    return [frame, offset % REDISTRIBUTOR_BYTES];
  };
  return {
    name: 'GICv3 redistributors',
    size: gic.pes * REDISTRIBUTOR_BYTES,
    read(offset, size) {
      const [frame, inside] = at(offset);
      return frame.read(inside, size);
    },
    write(offset, size, value) {
      const [frame, inside] = at(offset);
      frame.write(inside, size, value);
    },
    snapshotState: () => undefined,
    restoreState: () => {},
  };
}
