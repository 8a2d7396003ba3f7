import type { Pe } from './pe.ts';
import { SLOT } from './system/storage.ts';
import { resetSystemRegisters } from './system/system-registers.ts';
import { VIRT } from './virt.ts';

/**
 * The state in which a PE starts: registers zero, everything masked, at the client's exception level with SP_ELx. For a client at EL1, EL2
 * is as boot code that ran there leaves it: AArch64 below, nothing trapped, the hyp-stub's vectors installed.
 */
export function resetPe(pe: Pe, client: 1 | 2): void {
  for (let n = 0; n < 31; n++) pe.setX(n, 0n);
  for (let n = 0; n < 32; n++) pe.setV(n, 0n);
  pe.bankedSp.fill(0n);
  pe.sp = 0n;
  pe.waiting = undefined;
  pe.eventRegister = false;
  pe.clearExclusiveMonitor();
  resetSystemRegisters(pe);
  if (client === 1) {
    pe.systemRegisters[SLOT.HCR_EL2] = HCR_RW;
    pe.systemRegisters[SLOT.VBAR_EL2] = BigInt(VIRT.ROM.base);
    pe.systemRegisters[SLOT.CNTHCTL_EL2] |= CNTHCTL_EL1_ACCESS;
  }
  pe.pstate = client === 2 ? 0x3c9n : 0x3c5n;
  pe.power = 'on';
}

const HCR_RW = 1n << 31n;
/** EL1PCTEN and EL1PCEN. */
const CNTHCTL_EL1_ACCESS = 3n;
