import type { Device } from '../devices/device.ts';

/** A range of RAM or ROM inside the machine's WebAssembly memory. Physical addresses are numbers: they fit in 48 bits. */
export interface MemoryRange {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** Where its first byte is in the WebAssembly memory. */
  readonly host: number;
  readonly writable: boolean;
}

const PAGE = 4096;
const NO_RAM: MemoryRange = { name: 'no RAM', base: 0, size: 0, host: 0, writable: true };

export interface DeviceRange {
  readonly base: number;
  readonly size: number;
  readonly device: Device;
}

/** The physical address map: what is at an address. Knows neither PEs nor translation. */
export class PhysicalMemory {
  readonly ranges: readonly MemoryRange[];
  readonly devices: readonly DeviceRange[];
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  /** What {@link readDescriptor} found. */
  low = 0;
  high = 0;

  /** Called before a page of RAM changes, or becomes writable to generated code; told of its physical address. */
  onWrite: (page: number) => void = () => {};
  readonly ram: MemoryRange;
  /** By page of RAM. */
  private readonly isWritten: Uint8Array;

  constructor(memory: ArrayBuffer, ranges: readonly MemoryRange[], devices: readonly DeviceRange[]) {
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
    this.ranges = ranges;
    this.ram = ranges.find(({ writable }) => writable) ?? NO_RAM;
    this.isWritten = new Uint8Array(this.ram.size / PAGE);
    this.devices = devices;
  }

  /** To be called before a page of RAM changes, or becomes writable to generated code. */
  willWrite(page: number): void {
    this.onWrite(page);
    this.isWritten[(page - this.ram.base) / PAGE] = 1;
  }
  /** A page of RAM holds zeros again, as before it was ever written. */
  forgetWritten(page: number): void {
    this.isWritten[(page - this.ram.base) / PAGE] = 0;
  }
  /** Whether a page of RAM was ever written; one that never was holds zeros. */
  wasWritten(page: number): boolean {
    return this.isWritten[(page - this.ram.base) / PAGE] === 1;
  }

  /** `undefined`: no RAM or ROM there. */
  rangeAt(address: number): MemoryRange | undefined {
    for (const range of this.ranges) if (address >= range.base && address < range.base + range.size) return range;
    return undefined;
  }
  /** Reads the 64-bit word at an aligned address into {@link low} and {@link high}. @returns false: no RAM or ROM there */
  readDescriptor(address: number): boolean {
    const range = this.rangeAt(address);
    if (!range) return false;
    const index = (range.host + (address - range.base)) / 4;
    this.low = this.words[index];
    this.high = this.words[index + 1];
    return true;
  }
  deviceAt(address: number): DeviceRange | undefined {
    for (const range of this.devices) if (address >= range.base && address < range.base + range.size) return range;
    return undefined;
  }
  /** Bytes from `address` on, as many of `length` as lie in one range of RAM or ROM. Devices are not touched. */
  read(address: number, length: number): Uint8Array {
    const range = this.rangeAt(address);
    if (!range) return new Uint8Array(0);
    const available = Math.min(length, range.base + range.size - address);
    const at = range.host + (address - range.base);
    return this.bytes.slice(at, at + available);
  }
  /** @returns how many bytes could be placed; ROM takes them only with `intoRom` (loading). */
  write(address: number, contents: Uint8Array, intoRom = false): number {
    const range = this.rangeAt(address);
    if (!range || !(range.writable || intoRom)) return 0;
    const count = Math.min(contents.length, range.base + range.size - address);
    this.bytes.set(contents.subarray(0, count), range.host + (address - range.base));
    return count;
  }
}
