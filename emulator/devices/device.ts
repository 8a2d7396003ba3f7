/**
 * A memory-mapped device. Offsets are from its base; `size` is that of the access in bytes: 1, 2, 4 or 8.
 * What a device does not have it refuses by throwing {@link unimplementedRegister}: never a silent zero.
 */
export interface Device {
  readonly name: string;
  /** Bytes of address space. */
  readonly size: number;
  read(offset: number, size: number): bigint;
  write(offset: number, size: number, value: bigint): void;
  /** Whether no interrupt line moves if this is written now; absent: it may. */
  isQuiet?(offset: number, value: bigint): boolean;
  /** Plain data that {@link restoreState} accepts. */
  snapshotState(): unknown;
  restoreState(state: unknown): void;
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

/** @param register its name; absent: the offset is reserved */
export function unimplementedRegister(device: string, register: string | undefined, offset: number): Error {
  return new Error(
    register === undefined
      ? `${device} offset ${hex(offset, 4)} is reserved`
      : `${device} register ${register} (offset ${hex(offset, 4)}) is not implemented yet`,
  );
}

export const readOnlyRegister = (device: string, register: string, offset: number): Error =>
  new Error(`${device} register ${register} (offset ${hex(offset, 4)}) is read-only`);
