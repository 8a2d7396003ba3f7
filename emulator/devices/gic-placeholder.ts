import { type Device, unimplementedRegister } from './device.ts';
import {
  type GicRegister,
  REDISTRIBUTOR_BYTES,
  distributorRegisters,
  findGicRegister,
  gicRegisterName,
  redistributorRegisters,
} from './gic-registers.ts';

/** Stands where the GICv3 will be: any access stops the run and names the register. */
function placeholder(name: string, size: number, registers: readonly GicRegister[], frame: number): Device {
  const refuse = (offset: number): never => {
    const access = findGicRegister(registers, offset % frame);
    throw unimplementedRegister(name, access && gicRegisterName(access), offset);
  };
  return { name, size, read: refuse, write: refuse, snapshotState: () => undefined, restoreState: () => {} };
}

export const gicDistributorPlaceholder = (): Device => placeholder('GICv3 distributor', 0x1_0000, distributorRegisters, 0x1_0000);
export const gicRedistributorsPlaceholder = (size: number): Device =>
  placeholder('GICv3 redistributor', size, redistributorRegisters, REDISTRIBUTOR_BYTES);
