import { type Device, readOnlyRegister, unimplementedRegister } from './device.ts';
import { type PrimeCellIdentification, identificationByte } from './primecell.ts';

const REGISTER: Readonly<Record<number, string>> = {
  0x000: 'RTCDR',
  0x004: 'RTCMR',
  0x008: 'RTCLR',
  0x00c: 'RTCCR',
  0x010: 'RTCIMSC',
  0x014: 'RTCRIS',
  0x018: 'RTCMIS',
  0x01c: 'RTCICR',
};
const IDENTIFICATION: PrimeCellIdentification = [0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

/** Seconds since 1970 at machine time 0: 2026-01-01T00:00:00Z, whatever the host's clock says, so that runs repeat. */
export const EPOCH_SECONDS = 1_767_225_600;
const NANOSECONDS = 1_000_000_000;

interface Pl031State {
  readonly offset: number;
  readonly load: number;
  readonly match: number;
  readonly mask: number;
  readonly matchedFrom: number;
  readonly cleared: boolean;
}

/** PrimeCell real-time clock (PL031, DDI 0224), counting seconds of machine time. */
export class Pl031 implements Device {
  readonly name = 'PL031';
  readonly size = 0x1000;
  /** Machine time in nanoseconds. */
  private readonly now: () => number;
  /** Added to the seconds of machine time. */
  private offset = EPOCH_SECONDS;
  private load = 0;
  private match = 0;
  private mask = 0;
  /** RTCDR when the match was armed: the interrupt rises when counting reaches RTCMR from there. */
  private matchedFrom = EPOCH_SECONDS;
  private cleared = true;

  /** @param now machine time in nanoseconds */
  constructor(now: () => number) {
    this.now = now;
  }
  /** RTCDR */
  get seconds(): number {
    return (Math.floor(this.now() / NANOSECONDS) + this.offset) >>> 0;
  }
  /** RTCRIS: counting has reached RTCMR since that or RTCLR was written. */
  private get raw(): boolean {
    return !this.cleared && this.seconds >= this.match && this.matchedFrom <= this.match;
  }
  /** Level of RTCINTR. */
  get interruptLevel(): boolean {
    return this.raw && this.mask !== 0;
  }
  /** Machine time at which the interrupt may rise; Infinity if it is not armed. */
  get nextDeadline(): number {
    if (this.cleared || this.mask === 0 || this.seconds >= this.match) return Number.POSITIVE_INFINITY;
    return (this.match - this.offset) * NANOSECONDS;
  }

  read(offset: number, size: number): bigint {
    const shifted = this.readWord(offset & ~3) >> BigInt(8 * (offset & 3));
    return BigInt.asUintN(Math.min(size, 4) * 8, shifted);
  }
  private readWord(offset: number): bigint {
    switch (REGISTER[offset]) {
      case 'RTCDR':
        return BigInt(this.seconds);
      case 'RTCMR':
        return BigInt(this.match);
      case 'RTCLR':
        return BigInt(this.load);
      case 'RTCCR':
        return 1n;
      case 'RTCIMSC':
        return BigInt(this.mask);
      case 'RTCRIS':
        return this.raw ? 1n : 0n;
      case 'RTCMIS':
        return this.interruptLevel ? 1n : 0n;
      case 'RTCICR':
        return 0n;
      default: {
        const identification = identificationByte(IDENTIFICATION, offset);
        if (identification === undefined) throw unimplementedRegister(this.name, undefined, offset);
        return identification;
      }
    }
  }
  write(offset: number, _size: number, value: bigint): void {
    const word = Number(value & 0xffff_ffffn);
    const name = REGISTER[offset];
    switch (name) {
      case 'RTCMR':
        this.match = word;
        this.matchedFrom = this.seconds;
        this.cleared = false;
        return;
      case 'RTCLR':
        this.load = word;
        this.offset = word - Math.floor(this.now() / NANOSECONDS);
        this.matchedFrom = word;
        this.cleared = false;
        return;
      case 'RTCCR': // Runs from power-on, and cannot be stopped.
        return;
      case 'RTCIMSC':
        this.mask = word & 1;
        return;
      case 'RTCICR':
        if (word & 1) this.cleared = this.cleared || this.raw;
        return;
      default:
        if (name !== undefined || identificationByte(IDENTIFICATION, offset) !== undefined)
          throw readOnlyRegister(this.name, name ?? 'RTCPeriphID or RTCPCellID', offset);
        throw unimplementedRegister(this.name, undefined, offset);
    }
  }

  snapshotState(): Pl031State {
    return {
      offset: this.offset,
      load: this.load,
      match: this.match,
      mask: this.mask,
      matchedFrom: this.matchedFrom,
      cleared: this.cleared,
    };
  }
  restoreState(state: unknown): void {
    ({
      offset: this.offset,
      load: this.load,
      match: this.match,
      mask: this.mask,
      matchedFrom: this.matchedFrom,
      cleared: this.cleared,
    } = state as Pl031State);
  }
}
