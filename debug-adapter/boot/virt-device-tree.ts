import { TIMERS } from '../../emulator/system/generic-timer.ts';
import { VIRT } from '../../emulator/virt.ts';
import { type DeviceNode, flattenDeviceTree } from './device-tree.ts';

/** What a kernel is to find. */
export interface Board {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of PSCI and SDEI. */
  readonly conduit: 'hvc' | 'smc';
  readonly bootArguments: string;
  /** What the kernel chooses its addresses by; absent: it stays where it was linked. */
  readonly kaslrSeed?: bigint;
  /** Physical, half-open; absent: no initial RAM disk. */
  readonly initrd?: { readonly start: bigint; readonly end: bigint };
}

const PHANDLE = { intc: 1, clock: 2 } as const;
/** First cell of an interrupt of the GIC's binding. */
const SPI = 0;
const PPI = 1;
const LEVEL_HIGH = 4;
/** INTIDs from which the binding counts. */
const FIRST_SPI = 32;
const FIRST_PPI = 16;
/** UARTCLK and PCLK of the board. */
const CLOCK_HZ = 24_000_000;

const spi = (intid: number): number[] => [SPI, intid - FIRST_SPI, LEVEL_HIGH];
const ppi = (intid: number): number[] => [PPI, intid - FIRST_PPI, LEVEL_HIGH];
/** `reg` with two cells each for address and size. */
const reg = (...spans: readonly { readonly base: number; readonly size: number }[]): number[] =>
  spans.flatMap(({ base, size }) => [0, base, Math.floor(size / 2 ** 32), size % 2 ** 32]);
const unit = (name: string, base: number): string => `${name}@${base.toString(16)}`;

/** The secure physical timer's INTID on this board; the binding names it first. The machine has no secure state. */
const SECURE_TIMER = 29;

const primeCell = (
  what: string,
  { base, size, intid }: { base: number; size: number; intid: number },
  clockNames: string[],
): DeviceNode => ({
  properties: {
    compatible: [`arm,${what}`, 'arm,primecell'],
    reg: reg({ base, size }),
    interrupts: spi(intid),
    clocks: clockNames.map(() => PHANDLE.clock),
    'clock-names': clockNames,
  },
});

/** The tree of the machine (bindings: Linux, Documentation/devicetree/bindings). */
export function virtDeviceTree({ cpus, memoryBytes, conduit, bootArguments, kaslrSeed, initrd }: Board): DeviceNode {
  const { GIC_DISTRIBUTOR, GIC_REDISTRIBUTORS, UART, RTC, PMU, RAM } = VIRT;
  return {
    properties: {
      compatible: 'linux,dummy-virt',
      model: 'linux,dummy-virt',
      '#address-cells': 2,
      '#size-cells': 2,
      'interrupt-parent': PHANDLE.intc,
    },
    children: {
      chosen: {
        properties: {
          bootargs: bootArguments,
          'stdout-path': `/${unit('pl011', UART.base)}`,
          ...(kaslrSeed !== undefined && { 'kaslr-seed': kaslrSeed }),
          ...(initrd && { 'linux,initrd-start': initrd.start, 'linux,initrd-end': initrd.end }),
        },
      },
      psci: { properties: { compatible: ['arm,psci-1.0', 'arm,psci-0.2'], method: conduit } },
      firmware: {
        properties: {},
        children: { sdei: { properties: { compatible: 'arm,sdei-1.0', method: conduit } } },
      },
      [unit('memory', RAM)]: { properties: { device_type: 'memory', reg: reg({ base: RAM, size: memoryBytes }) } },
      cpus: {
        properties: { '#address-cells': 1, '#size-cells': 0 },
        children: Object.fromEntries(
          Array.from({ length: cpus }, (_, index) => [
            unit('cpu', index),
            { properties: { device_type: 'cpu', compatible: 'arm,armv8', 'enable-method': 'psci', reg: index } },
          ]),
        ),
      },
      timer: {
        properties: {
          compatible: 'arm,armv8-timer',
          'always-on': true,
          interrupts: [SECURE_TIMER, TIMERS['EL1 physical'].intid, TIMERS['EL1 virtual'].intid, TIMERS['EL2 physical'].intid].flatMap(ppi),
        },
      },
      pmu: { properties: { compatible: 'arm,armv8-pmuv3', interrupts: ppi(PMU.intid) } },
      [unit('intc', GIC_DISTRIBUTOR.base)]: {
        properties: {
          compatible: 'arm,gic-v3',
          'interrupt-controller': true,
          '#interrupt-cells': 3,
          '#address-cells': 0,
          '#redistributor-regions': 1,
          reg: reg(GIC_DISTRIBUTOR, GIC_REDISTRIBUTORS),
          phandle: PHANDLE.intc,
        },
      },
      'apb-pclk': {
        properties: {
          compatible: 'fixed-clock',
          '#clock-cells': 0,
          'clock-frequency': CLOCK_HZ,
          'clock-output-names': 'clk24mhz',
          phandle: PHANDLE.clock,
        },
      },
      [unit('pl011', UART.base)]: primeCell('pl011', UART, ['uartclk', 'apb_pclk']),
      [unit('pl031', RTC.base)]: primeCell('pl031', RTC, ['apb_pclk']),
    },
  };
}

export const virtDeviceTreeBlob = (board: Board): Uint8Array => flattenDeviceTree(virtDeviceTree(board));
