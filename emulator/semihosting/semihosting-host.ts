/** What semihosting needs of the machine. PEs are named by index, addresses are virtual and mean what the PE's present level means by them. */
export interface SemihostingHost {
  /** Machine time in nanoseconds. */
  readonly time: number;
  /** Since 1970, by machine time. */
  readonly seconds: number;
  readonly ram: { readonly base: number; readonly size: number };
  /** Fewer bytes where memory ends. Whoever watches memory is not told. */
  read(pe: number, address: bigint, length: number): Uint8Array;
  /** @returns whether all of it can be written */
  isWritable(pe: number, address: bigint, length: number): boolean;
  write(pe: number, address: bigint, bytes: Uint8Array): void;
  /** A call that has been done has read these bytes: for who watches memory. */
  noteRead(pe: number, address: bigint, length: number): void;
  /** On the guest's console. */
  print(bytes: Uint8Array): void;
  /** Bytes typed at the console that nobody has read. */
  readonly typed: number;
  takeTyped(most: number): Uint8Array;
  /** Ends the run. @param reason absent: the guest's own */
  exit(pe: number, status: number, operation: string, reason?: string): void;
}
