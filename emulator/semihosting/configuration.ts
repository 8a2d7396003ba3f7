/** What a machine with semihosting tells its guest. */
export interface SemihostingConfiguration {
  /** SYS_GET_CMDLINE: the program and its arguments, in UTF-8. */
  readonly commandLine: Uint8Array;
  /** SYS_HEAPINFO: where RAM behind the program begins. Absent: not known. */
  readonly heapBase?: number;
}
