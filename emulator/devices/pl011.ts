import { type Device, readOnlyRegister, unimplementedRegister } from './device.ts';
import { type PrimeCellIdentification, identificationByte } from './primecell.ts';

/** Register offsets. */
const REGISTER: Readonly<Record<number, string>> = {
  0x000: 'UARTDR',
  0x004: 'UARTRSR',
  0x018: 'UARTFR',
  0x020: 'UARTILPR',
  0x024: 'UARTIBRD',
  0x028: 'UARTFBRD',
  0x02c: 'UARTLCR_H',
  0x030: 'UARTCR',
  0x034: 'UARTIFLS',
  0x038: 'UARTIMSC',
  0x03c: 'UARTRIS',
  0x040: 'UARTMIS',
  0x044: 'UARTICR',
  0x048: 'UARTDMACR',
};
/** Registers that only hold what is written, with the bits that exist. */
const STORED: Readonly<Record<string, number>> = {
  UARTILPR: 0xff,
  UARTIBRD: 0xffff,
  UARTFBRD: 0x3f,
  UARTLCR_H: 0xff,
  UARTCR: 0xffff,
  UARTIFLS: 0x3f,
  UARTIMSC: 0x7ff,
};
const RESET: Readonly<Record<string, number>> = { UARTCR: 0x300, UARTIFLS: 0x12 };

const FLAG = { RXFE: 1 << 4, TXFF: 1 << 5, RXFF: 1 << 6, TXFE: 1 << 7 } as const;
const INTERRUPT = { RX: 1 << 4, TX: 1 << 5, RT: 1 << 6 } as const;
const LCR_H_FEN = 1 << 4;
/** UARTEN and RXE. */
const CR_RECEIVES = 0x201;
const FIFO_DEPTH = 16;
/** They are not worth a copy of those that are left. */
const FEW_GONE = 4096;
const IDENTIFICATION: PrimeCellIdentification = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

const LINE_FEED = 10;

/** Of a line's first byte: its place, and the instructions that had retired before the one that wrote it. */
export interface LineBegin {
  readonly offset: number;
  readonly instruction: number;
}

/** Bytes sent, and where lines begin in them. */
export interface Transcript {
  readonly bytes: Uint8Array;
  readonly lines: readonly LineBegin[];
}

interface Pl011State {
  readonly registers: Readonly<Record<string, number>>;
  readonly receiveFifo: readonly number[];
  readonly waiting: readonly number[];
  readonly rawInterrupts: number;
  readonly drained: readonly number[] | undefined;
}

const newSent = (): { readonly bytes: number[]; readonly lines: LineBegin[] } => ({ bytes: [], lines: [] });

/**
 * PrimeCell UART (PL011, DDI 0183). A byte written is out at once, enabled or not and at any baud rate, as on QEMU's board.
 */
export class Pl011 implements Device {
  readonly name = 'PL011';
  readonly size = 0x1000;
  /** Bytes sent since the host took them last; not part of the guest's state. */
  private output = newSent();
  /** Absent: nobody wants to have it all. */
  private all: ReturnType<typeof newSent> | undefined;
  private isLineOver = true;
  private readonly time: () => number;
  private receiveFifo: number[] = [];
  /** Input that found the FIFO full: a terminal waits, nothing is lost. */
  private waiting: number[] = [];
  /** How many of {@link waiting} have been taken: removing each from a long list would take as long as the list is. */
  private gone = 0;
  private rawInterrupts = 0;
  /** Bytes that were read since the receiver was enabled, by nothing but reads; undefined: since something else was done. */
  private drained: number[] | undefined;
  private readonly registers: Record<string, number> = {};

  /** @param time instructions that have retired */
  constructor(time: () => number = () => 0) {
    this.time = time;
    this.reset();
  }
  /** Power-on state. */
  reset(): void {
    for (const name of Object.keys(STORED)) this.registers[name] = RESET[name] ?? 0;
    this.receiveFifo = [];
    this.setWaiting([]);
    this.rawInterrupts = 0;
    this.drained = undefined;
  }

  /** What the guest has sent since the last call. */
  takeOutput(): Uint8Array {
    const bytes = Uint8Array.from(this.output.bytes);
    this.output = newSent();
    return bytes;
  }
  get hasOutput(): boolean {
    return this.output.bytes.length > 0;
  }
  /** Nobody wants to have it. */
  dropOutput(): void {
    if (this.hasOutput) this.output = newSent();
  }
  /** Where lines begin in what {@link takeOutput} will give. */
  get lineBegins(): readonly LineBegin[] {
    return this.output.lines;
  }
  /** From now on everything is kept for {@link transcript}, besides what is taken; or it is not any more. */
  keepTranscript(isWanted: boolean): void {
    this.all = isWanted ? newSent() : undefined;
  }
  /** What was sent since {@link keepTranscript}. */
  get transcript(): Transcript {
    const { bytes, lines } = this.all ?? newSent();
    return { bytes: Uint8Array.from(bytes), lines: [...lines] };
  }
  get transcriptLength(): number {
    return this.all?.bytes.length ?? 0;
  }
  /** Sends what {@link transcript} does not have yet of a longer one, as at the times that its lines say. */
  repeat({ bytes, lines }: Transcript): void {
    const times = new Map(lines.map(({ offset, instruction }) => [offset, instruction]));
    for (let offset = this.transcriptLength; offset < bytes.length; offset++) this.send(bytes[offset], times.get(offset));
  }
  /** Bytes on the same terminal that somebody else than this device writes. */
  print(bytes: Uint8Array): void {
    for (const byte of bytes) this.send(byte);
  }
  /** How many bytes were typed that nobody has read. */
  get typed(): number {
    return this.receiveFifo.length + this.waiting.length - this.gone;
  }
  /** Typed bytes for somebody else than this device's driver. */
  takeTyped(most: number): Uint8Array {
    return Uint8Array.from({ length: Math.min(most, this.typed) }, () => this.takeByte() as number);
  }
  /** Bytes typed at the host's side. They become readable as the FIFO has room. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.waiting.push(byte);
    this.fillFifo();
  }
  /** Level of UARTINTR, the combined interrupt. */
  get interruptLevel(): boolean {
    return (this.rawInterrupts & this.registers.UARTIMSC) !== 0;
  }

  read(offset: number, size: number): bigint {
    // AMBA peripherals are word-wide; a narrower access sees its bytes of the word.
    const word = this.readWord(offset & ~3);
    const shifted = word >> BigInt(8 * (offset & 3));
    return BigInt.asUintN(Math.min(size, 4) * 8, shifted);
  }
  private readWord(offset: number): bigint {
    const name = REGISTER[offset];
    switch (name) {
      case undefined: {
        const identification = identificationByte(IDENTIFICATION, offset);
        if (identification === undefined) throw unimplementedRegister(this.name, undefined, offset);
        return identification;
      }
      case 'UARTDR':
        return BigInt(this.readData());
      case 'UARTRSR':
        return 0n;
      case 'UARTFR':
        return BigInt(this.flags());
      case 'UARTRIS':
        return BigInt(this.rawInterrupts);
      case 'UARTMIS':
        return BigInt(this.rawInterrupts & this.registers.UARTIMSC);
      case 'UARTICR':
      case 'UARTDMACR':
        return 0n;
      default:
        return BigInt(this.registers[name]);
    }
  }

  /** A byte that is sent raises UARTTXINTR: nothing new where it is up already, or masked. */
  isQuiet(offset: number): boolean {
    return REGISTER[offset] === 'UARTDR' && (this.interruptLevel || (this.registers.UARTIMSC & INTERRUPT.TX) === 0);
  }
  write(offset: number, _size: number, value: bigint): void {
    const name = REGISTER[offset];
    const word = Number(value & 0xffff_ffffn);
    if (name !== 'UARTICR' && name !== 'UARTIMSC') this.drained = undefined;
    switch (name) {
      case undefined:
        if (identificationByte(IDENTIFICATION, offset) !== undefined)
          throw readOnlyRegister(this.name, 'UARTPeriphID or UARTPCellID', offset);
        throw unimplementedRegister(this.name, undefined, offset);
      case 'UARTDR':
        this.send(word & 0xff);
        this.rawInterrupts |= INTERRUPT.TX;
        return;
      case 'UARTRSR': // UARTECR: clears errors, of which there are none.
      case 'UARTFR':
      case 'UARTRIS':
      case 'UARTMIS':
        return;
      case 'UARTICR':
        this.rawInterrupts &= ~word;
        return;
      case 'UARTDMACR':
        if (word & 3) throw unimplementedRegister(this.name, 'UARTDMACR, enabling DMA', offset);
        return;
      case 'UARTLCR_H': {
        const isOther = ((word ^ this.registers.UARTLCR_H) & LCR_H_FEN) !== 0;
        this.registers.UARTLCR_H = word & STORED.UARTLCR_H;
        // The FIFO is emptied; a terminal's bytes are sent again.
        if (isOther) this.sendAgain([]);
        else this.fillFifo();
        return;
      }
      case 'UARTIFLS':
        this.registers.UARTIFLS = word & STORED.UARTIFLS;
        this.raiseReceive();
        return;
      case 'UARTCR':
        this.registers.UARTCR = word & STORED.UARTCR;
        if ((word & CR_RECEIVES) === CR_RECEIVES) this.drained = [];
        return;
      case 'UARTIMSC':
        this.registers.UARTIMSC = word & STORED.UARTIMSC;
        if (word & (INTERRUPT.RX | INTERRUPT.RT) && this.drained !== undefined) this.sendAgain(this.drained);
        this.drained = undefined;
        return;
      default:
        this.registers[name] = word & STORED[name];
    }
  }

  private send(byte: number, instruction: number = this.time()): void {
    for (const sent of this.all === undefined ? [this.output] : [this.output, this.all]) {
      if (this.isLineOver) sent.lines.push({ offset: sent.bytes.length, instruction });
      sent.bytes.push(byte);
    }
    this.isLineOver = byte === LINE_FEED;
  }
  /**
   * A driver that starts up throws away what the receiver holds before it listens. Nobody has seen that: a terminal keeps what is typed ahead
   * until somebody does.
   */
  private sendAgain(drained: readonly number[]): void {
    this.setWaiting([...drained, ...this.receiveFifo, ...this.stillWaiting]);
    this.receiveFifo = [];
    this.fillFifo();
  }
  private get depth(): number {
    return this.registers.UARTLCR_H & LCR_H_FEN ? FIFO_DEPTH : 1;
  }
  /** Bytes that raise UARTRXINTR (UARTIFLS.RXIFLSEL), 1 without FIFOs. */
  private get receiveTrigger(): number {
    if (this.depth === 1) return 1;
    return [2, 4, 8, 12, 14][(this.registers.UARTIFLS >> 3) & 7] ?? 14;
  }
  private flags(): number {
    return FLAG.TXFE | (this.receiveFifo.length === 0 ? FLAG.RXFE : 0) | (this.receiveFifo.length >= this.depth ? FLAG.RXFF : 0);
  }
  private fillFifo(): void {
    while (this.gone < this.waiting.length && this.receiveFifo.length < this.depth) this.receiveFifo.push(this.waiting[this.gone++]);
    if (this.gone >= FEW_GONE && this.gone * 2 >= this.waiting.length) this.setWaiting(this.stillWaiting);
    this.raiseReceive();
  }
  private get stillWaiting(): number[] {
    return this.waiting.slice(this.gone);
  }
  private setWaiting(bytes: readonly number[]): void {
    this.waiting = [...bytes];
    this.gone = 0;
  }
  /** The receive timeout is immediate: whatever is left in the FIFO interrupts. */
  private raiseReceive(): void {
    if (this.receiveFifo.length >= this.receiveTrigger) this.rawInterrupts |= INTERRUPT.RX;
    if (this.receiveFifo.length > 0) this.rawInterrupts |= INTERRUPT.RT;
  }
  private readData(): number {
    const byte = this.takeByte();
    if (byte !== undefined) this.drained?.push(byte);
    return byte ?? 0;
  }
  private takeByte(): number | undefined {
    const byte = this.receiveFifo.shift();
    if (this.receiveFifo.length < this.receiveTrigger) this.rawInterrupts &= ~INTERRUPT.RX;
    if (this.receiveFifo.length === 0) this.rawInterrupts &= ~INTERRUPT.RT;
    this.fillFifo();
    return byte;
  }

  snapshotState(): Pl011State {
    return {
      registers: { ...this.registers },
      receiveFifo: [...this.receiveFifo],
      waiting: this.stillWaiting,
      rawInterrupts: this.rawInterrupts,
      drained: this.drained && [...this.drained],
    };
  }
  restoreState(state: unknown): void {
    const { registers, receiveFifo, waiting, rawInterrupts, drained } = state as Pl011State;
    Object.assign(this.registers, registers);
    this.receiveFifo = [...receiveFifo];
    this.setWaiting(waiting);
    this.rawInterrupts = rawInterrupts;
    this.drained = drained && [...drained];
    this.output = newSent();
  }
}
