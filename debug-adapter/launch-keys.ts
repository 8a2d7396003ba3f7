/**
 * The one definition of launch.json's keys: types, defaults, descriptions. package.json's schema is tested against {@link launchKeys};
 * the command line derives its flags from it.
 */
export interface LaunchKey {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer' | 'object' | 'array';
  /** Types accepted besides `type`. */
  readonly also?: 'string' | 'integer' | 'boolean' | 'object' | 'array';
  readonly values?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description: string;
  /** Keys of an `object`, or of the objects of an `array`. */
  readonly keys?: readonly LaunchKey[];
}

/** Of an entry of `sdei.events`. */
export const eventKeys: readonly LaunchKey[] = [
  {
    name: 'number',
    type: 'integer',
    minimum: 1,
    maximum: 0x7fffffff,
    description: 'Event number. Event 0 always exists and is not declared.',
  },
  {
    name: 'type',
    type: 'string',
    values: ['private', 'shared'],
    default: 'private',
    description: 'private: one instance per PE; shared: one for the machine.',
  },
  {
    name: 'priority',
    type: 'string',
    values: ['normal', 'critical'],
    default: 'normal',
    description: 'A critical handler interrupts a normal one.',
  },
  {
    name: 'interrupt',
    type: 'integer',
    minimum: 16,
    maximum: 1019,
    description:
      'INTID that raises the event: a PPI (16-31) a private one, an SPI (32-1019) a shared one. Absent: raised from the Events view, with "inject", or by the guest.',
  },
];

export const launchKeys: readonly LaunchKey[] = [
  {
    name: 'program',
    type: 'string',
    description:
      'The guest: an AArch64 ELF executable; as FILE@OFFSET to load it so many bytes (a multiple of 4) from where it is linked, such as a position-independent one that is linked at 0. It is loaded as it is, as by QEMU and by bootelf of U-Boot: relocations are its own to apply. Relative paths start at the workspace folder.',
  },
  {
    name: 'symbols',
    type: 'array',
    also: 'string',
    default: [],
    description:
      'More ELF files whose symbols and lines are used; as FILE@OFFSET where one runs so many bytes (a multiple of 4) from the addresses it is linked at. Modules of a Linux kernel, as FILE.ko or a folder of them with / at its end, are found when the kernel loads them (beside its vmlinux), or are where FILE.ko@.text=ADDRESS,.data=ADDRESS says.',
  },
  {
    name: 'client',
    type: 'string',
    values: ['EL1', 'EL2'],
    default: 'EL1',
    description:
      'Where the guest starts. EL1: EL2 is played by the debugger (a KVM guest). EL2: EL3 is played (a client of Trusted Firmware).',
  },
  {
    name: 'conduit',
    type: 'string',
    values: ['hvc', 'smc'],
    description: 'Instruction of SMCCC calls. Default: hvc for a client at EL1, smc for a client at EL2.',
  },
  {
    name: 'sdei',
    type: 'object',
    default: {},
    description: 'The SDEI dispatcher above the client.',
    keys: [
      {
        name: 'profile',
        type: 'string',
        values: ['spec', 'tfa', 'kvm', 'qemu'],
        default: 'spec',
        description: 'Whose behaviour: the specification, Trusted Firmware-A, KVM, or QEMU.',
      },
      {
        name: 'events',
        type: 'array',
        description:
          'Platform events besides event 0. Default: 804 private critical, 805 shared critical, 806 private normal, 807 shared normal.',
        keys: eventKeys,
      },
      {
        name: 'bindSlots',
        type: 'object',
        description:
          'How many interrupts the guest can bind to events. Default: 3 of each kind; profile kvm 0, qemu 8 private and 16 shared.',
        keys: [
          {
            name: 'private',
            type: 'integer',
            also: 'array',
            minimum: 0,
            maximum: 80,
            description: 'For private interrupts (PPIs): how many, or the numbers of their events.',
          },
          {
            name: 'shared',
            type: 'integer',
            also: 'array',
            minimum: 0,
            maximum: 2012,
            description: 'For shared interrupts (SPIs): how many, or the numbers of their events.',
          },
        ],
      },
      {
        name: 'version',
        type: 'string',
        values: ['1.0', '1.1'],
        description: 'What SDEI_VERSION answers. Default: 1.0; profile kvm 1.1.',
      },
      {
        name: 'relativeMode',
        type: 'boolean',
        default: false,
        description: 'Entry points may be offsets from VBAR (flag bit 1 of SDEI_EVENT_REGISTER). Needs version 1.1.',
      },
      {
        name: 'bugCompatible',
        type: 'boolean',
        default: false,
        description: "Reproduce the known defects of the profile's implementation.",
      },
    ],
  },
  { name: 'cpus', type: 'integer', minimum: 1, maximum: 8, default: 1, description: 'Number of PEs. All but PE0 wait for PSCI CPU_ON.' },
  {
    name: 'memory',
    type: 'string',
    also: 'integer',
    default: '128M',
    description: 'RAM from 0x40000000: a number of bytes, or with a suffix K, M or G.',
  },
  {
    name: 'entry',
    type: 'string',
    also: 'integer',
    description: "Where the guest starts: an address or a symbol. Default: the program's entry point.",
  },
  { name: 'stopOnEntry', type: 'boolean', default: false, description: "Stop before the guest's first instruction." },
  {
    name: 'stepIntoHandlers',
    type: 'boolean',
    default: false,
    description:
      'Steps, forwards and backwards, go into the handler of an event that is delivered meanwhile. false: it runs unseen, and the Debug Console says what ran.',
  },
  {
    name: 'stopAtEnd',
    type: 'string',
    values: ['never', 'afterStop', 'always'],
    default: 'never',
    description:
      'Whether a guest that switches itself off, or asks for a reset, stands still there first, so that one can go back: never, if the session has stopped before, or always. Continuing from there ends the session.',
  },
  {
    name: 'inject',
    type: 'array',
    also: 'string',
    default: [],
    description: 'Events raised at exact places, as EVENT@SYMBOL+OFFSET#N: when the address is reached the Nth time.',
  },
  {
    name: 'sourceMap',
    type: 'object',
    default: {},
    description: 'Path prefixes recorded in the debug information, each with the folder where the sources are now.',
  },
  {
    name: 'console',
    type: 'string',
    values: ['both', 'terminal', 'debugConsole'],
    default: 'both',
    description: "Where the guest's console (PL011) appears.",
  },
  {
    name: 'kernel',
    type: 'string',
    description:
      'Instead of "program": an arm64 Linux kernel to boot, as Image, Image.gz or vmlinuz. It gets a device tree of this machine.',
  },
  { name: 'initrd', type: 'string', description: 'Initial RAM disk of "kernel".' },
  {
    name: 'bootArguments',
    type: 'string',
    description:
      'Command line of "kernel"; with "semihosting", what a program finds behind its name in its command line (SYS_GET_CMDLINE).',
  },
  {
    name: 'kaslrSeed',
    type: 'string',
    also: 'integer',
    description:
      'Seed by which "kernel" chooses the addresses it runs at (KASLR): any number up to 64 bits but 0, the same one for the same run. Default: none, it runs where it was linked.',
  },
  {
    name: 'irqchip',
    type: 'string',
    values: ['kernel', 'user'],
    default: 'kernel',
    description:
      "Whose the interrupt controller is. user: user space's (KVM_CAP_ARM_USER_IRQ), which learns of timer and PMU interrupts from each PE's device_irq_level.",
  },
  {
    name: 'hypStub',
    type: 'string',
    values: ['4.11', '4.12', '5.12', '6.0', '6.19'],
    description: "Which Linux kernels' calls the hyp-stub answers: those up to 4.11, or from that version on. Default: 6.0.",
  },
  {
    name: 'semihosting',
    type: 'boolean',
    default: false,
    description:
      "Arm semihosting: HLT #0xF000 calls the debugger, which gives the guest's console, time, and exit status, but no files of the host's. false: that instruction is undefined.",
  },
  {
    name: 'trace',
    type: 'string',
    description: 'Instead of "program": a run that was saved (.sdeitrace), to be gone through forwards and backwards.',
  },
  {
    name: 'history',
    type: 'string',
    also: 'boolean',
    default: '256M',
    description: 'Memory for checkpoints, from which one can go back in time: such as "256M". false: keep none, there is no way back.',
  },
  {
    name: 'bootCache',
    type: 'boolean',
    default: true,
    description:
      'Remember how a guest begins that runs long before it first stops, such as a Linux kernel: the next session with the same files and settings begins there, if none of its breakpoints lies in what was executed by then. Kept in the cache folder of the person, 1 GiB at most. false: execute everything.',
  },
  {
    name: 'gdbServer',
    type: 'integer',
    minimum: 0,
    maximum: 65535,
    description: 'Port on 127.0.0.1 where gdb can attach to the guest of this session; 0: a free one, told in the Debug Console.',
  },
];
