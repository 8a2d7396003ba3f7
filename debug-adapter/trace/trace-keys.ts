/** Of each launch key: whether it is in a trace, or may be given beside it. */

/** What the run depends on, besides files. What `inject` did is on record. */
export const machineKeys: readonly string[] = [
  'client',
  'conduit',
  'sdei',
  'cpus',
  'memory',
  'entry',
  'bootArguments',
  'kaslrSeed',
  'irqchip',
  'hypStub',
  'semihosting',
];
/** Files that come along; `symbols` is a list of them. */
export const fileKeys: readonly string[] = ['program', 'kernel', 'initrd'];

/** What is shown, not what runs. */
export const otherKeys: ReadonlySet<string> = new Set([
  'trace',
  'sourceMap',
  'console',
  'history',
  'gdbServer',
  'stepIntoHandlers',
  'stopAtEnd',
  'stopOnEntry',
  'bootCache',
]);
