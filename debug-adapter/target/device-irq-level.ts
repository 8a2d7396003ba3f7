/** Bits of `device_irq_level` in kvm_run (KVM_CAP_ARM_USER_IRQ), and the interrupt that user space makes of each. */
export const deviceIrqBits = [
  { name: 'KVM_ARM_DEV_EL1_VTIMER', mask: 1, intid: 27 },
  { name: 'KVM_ARM_DEV_EL1_PTIMER', mask: 2, intid: 30 },
  { name: 'KVM_ARM_DEV_PMU', mask: 4, intid: 23 },
] as const;

/** `0x3 (KVM_ARM_DEV_EL1_VTIMER, KVM_ARM_DEV_EL1_PTIMER)` */
export function deviceIrqLevelText(level: number): string {
  const names = deviceIrqBits.filter(({ mask }) => level & mask).map(({ name }) => name);
  return names.length === 0 ? '0' : `0x${level.toString(16)} (${names.join(', ')})`;
}

/** `KVM_ARM_DEV_PMU rose, KVM_ARM_DEV_EL1_VTIMER fell` */
export function deviceIrqChanges(before: number, level: number): string {
  const changed = deviceIrqBits.filter(({ mask }) => (before ^ level) & mask);
  return changed.map(({ name, mask }) => `${name} ${level & mask ? 'rose' : 'fell'}`).join(', ');
}
