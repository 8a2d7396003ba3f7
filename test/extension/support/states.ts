import type { EventState, PeState, PseudoRegister, SdeiState, SystemRegister } from '../../../debug-adapter/custom-requests.ts';

/** States of the dispatcher as the adapter tells them, to vary in tests. */
export const pe = (changes: Partial<PeState> = {}): PeState => ({
  pe: 0,
  name: `PE${changes.pe ?? 0}`,
  power: 'on',
  exceptionLevel: 1,
  masked: false,
  running: [],
  ...changes,
});
export const event = (changes: Partial<EventState> = {}): EventState => ({
  number: 0,
  type: 'private',
  priority: 'normal',
  source: 'software',
  ...(changes.type === 'shared' ? {} : { pe: 0 }),
  state: 'enabled',
  pending: false,
  delivered: 0,
  ...changes,
});
export const sdei = (pes: PeState[], events: EventState[]): SdeiState => ({ pes, events });
export const running = (number: number, priority: 'normal' | 'critical' = 'normal') => ({
  event: number,
  priority,
  interruptedPc: '0x40100000',
});
export const register = (changes: Partial<PseudoRegister> = {}): PseudoRegister => ({
  id: '0x6030000000140008',
  name: 'KVM_REG_ARM_SDEI_EVENT_REGISTERED',
  bytes: 8,
  value: '0x0000000000000001',
  writable: true,
  ...changes,
});
export const sctlr: SystemRegister = {
  name: 'SCTLR_EL1',
  encoding: 'S3_0_C1_C0_0',
  level: 1,
  group: 'Control',
  description: 'System control',
  access: 'RW',
  writableBits: '0x1805',
  fields: [
    { name: 'I', msb: 12, lsb: 12 },
    { name: 'C', msb: 2, lsb: 2 },
    { name: 'M', msb: 0, lsb: 0, values: { 0: 'MMU off', 1: 'MMU on' } },
  ],
};
