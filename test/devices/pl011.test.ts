import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pl011 } from '../../emulator/devices/pl011.ts';

const DR = 0x000;
const FR = 0x018;
const LCR_H = 0x02c;
const IFLS = 0x034;
const IMSC = 0x038;
const RIS = 0x03c;
const MIS = 0x040;
const ICR = 0x044;
const FEN = 0x10n;
const [RXI, TXI, RTI] = [0x10n, 0x20n, 0x40n];
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (uart: Pl011): string => String.fromCharCode(...uart.takeOutput());

test('what is written to UARTDR is out at once, without being enabled', () => {
  const uart = new Pl011();
  uart.write(DR, 1, 0x48n);
  uart.write(DR, 4, 0x1_69n);
  assert.equal(text(uart), 'Hi');
  assert.equal(text(uart), '');
});

test('registers after reset, and the bits they keep', () => {
  for (const [offset, reset, kept] of [
    [0x004, 0n, 0n],
    [FR, 0x90n, 0x90n],
    [0x020, 0n, 0xffn],
    [0x024, 0n, 0xffffn],
    [0x028, 0n, 0x3fn],
    [LCR_H, 0n, 0xffn],
    [0x030, 0x300n, 0xffffn],
    [IFLS, 0x12n, 0x3fn],
    [IMSC, 0n, 0x7ffn],
    [RIS, 0n, 0n],
    [MIS, 0n, 0n],
  ] as const) {
    const uart = new Pl011();
    assert.equal(uart.read(offset, 4), reset, `offset ${offset.toString(16)}`);
    uart.write(offset, 4, 0xffff_ffffn);
    assert.equal(uart.read(offset, 4), kept, `offset ${offset.toString(16)}`);
  }
});

test('the identification registers are those of a PL011', () => {
  const uart = new Pl011();
  const read = [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0, 0xff4, 0xff8, 0xffc].map((offset) => Number(uart.read(offset, 4)));
  assert.deepEqual(read, [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]);
});

test('input is read in order and then the FIFO is empty', () => {
  const uart = new Pl011();
  uart.write(LCR_H, 4, FEN);
  uart.receive(bytes('ab'));
  assert.equal(uart.read(FR, 4), 0x80n);
  assert.deepEqual([uart.read(DR, 4), uart.read(DR, 4)], [0x61n, 0x62n]);
  assert.equal(uart.read(FR, 4), 0x90n);
  assert.equal(uart.read(DR, 4), 0n);
});

test('without FIFOs one byte fills the receiver, and the rest waits', () => {
  const uart = new Pl011();
  uart.receive(bytes('xyz'));
  assert.equal(uart.read(FR, 4), 0xc0n);
  assert.deepEqual(
    [0, 1, 2].map(() => uart.read(DR, 4)),
    [0x78n, 0x79n, 0x7an],
  );
});

test('a full FIFO loses nothing', () => {
  const uart = new Pl011();
  uart.write(LCR_H, 4, FEN);
  const input = 'abcdefghijklmnopqrstuvwxyz';
  uart.receive(bytes(input));
  assert.equal(uart.read(FR, 4) & 0x40n, 0x40n);
  const output = Array.from(input, () => String.fromCharCode(Number(uart.read(DR, 4)))).join('');
  assert.equal(output, input);
});

test('the receive interrupt follows the level of UARTIFLS, the timeout interrupt any input', () => {
  const uart = new Pl011();
  uart.write(LCR_H, 4, FEN);
  uart.write(IFLS, 4, 0n); // 1/8 full: two bytes.
  uart.receive(bytes('a'));
  assert.equal(uart.read(RIS, 4), RTI);
  uart.receive(bytes('b'));
  assert.equal(uart.read(RIS, 4), RXI | RTI);
  uart.read(DR, 4);
  assert.equal(uart.read(RIS, 4), RTI);
  uart.read(DR, 4);
  assert.equal(uart.read(RIS, 4), 0n);
});

test('the interrupt line is the masked status; UARTICR clears', () => {
  const uart = new Pl011();
  uart.write(DR, 4, 0x41n);
  assert.equal(uart.interruptLevel, false);
  uart.write(IMSC, 4, TXI);
  assert.equal(uart.interruptLevel, true);
  assert.equal(uart.read(MIS, 4), TXI);
  uart.write(ICR, 4, TXI);
  assert.equal(uart.interruptLevel, false);
});

test('a byte read of a word register sees that byte', () => {
  const uart = new Pl011();
  uart.write(0x024, 4, 0x1234n);
  assert.deepEqual([uart.read(0x024, 1), uart.read(0x025, 1), uart.read(0x024, 2)], [0x34n, 0x12n, 0x1234n]);
});

test('what is not there is refused by name and offset', () => {
  const uart = new Pl011();
  assert.throws(() => uart.read(0x080, 4), { message: 'PL011 offset 0x0080 is reserved' });
  assert.throws(() => uart.write(0xfe0, 4, 0n), { message: 'PL011 register UARTPeriphID or UARTPCellID (offset 0x0fe0) is read-only' });
  assert.throws(() => uart.write(0x048, 4, 1n), {
    message: 'PL011 register UARTDMACR, enabling DMA (offset 0x0048) is not implemented yet',
  });
});

test('a restored UART goes on as the saved one', () => {
  const uart = new Pl011();
  uart.write(LCR_H, 4, FEN);
  uart.write(IMSC, 4, 0x7ffn);
  uart.receive(bytes('abcdefghijklmnopqrst'));
  uart.read(DR, 4);
  const state = structuredClone(uart.snapshotState());
  const copy = new Pl011();
  copy.restoreState(state);
  assert.equal(copy.interruptLevel, true);
  for (let n = 0; n < 19; n++) assert.equal(copy.read(DR, 4), uart.read(DR, 4));
  assert.deepEqual(copy.snapshotState(), uart.snapshotState());
});

const CR = 0x030;
const [ENABLED, DISABLED] = [0x301n, 0x300n];
/** What a guest reads until nothing is left, at most so many. */
function drain(uart: Pl011, most: number): string {
  let read = '';
  for (let count = 0; count < most && (uart.read(FR, 4) & 0x10n) === 0n; count++) read += String.fromCharCode(Number(uart.read(DR, 4)));
  return read;
}

test('what is typed ahead outlives a driver that empties the receiver before it listens', () => {
  const uart = new Pl011();
  uart.receive(bytes('echo typed ahead, longer than any FIFO; more\n'));
  // As Linux's driver starts up: FIFOs on, interrupts unmasked for a moment, the receiver on, emptied, and listened to.
  uart.write(LCR_H, 4, FEN);
  uart.write(IMSC, 4, RXI | RTI);
  uart.write(CR, 4, ENABLED);
  uart.write(ICR, 4, RTI | RXI);
  assert.equal(drain(uart, 32).length, 32);
  uart.write(IMSC, 4, RXI | RTI);
  assert.equal(uart.read(MIS, 4), RXI | RTI);
  assert.equal(drain(uart, 1000), 'echo typed ahead, longer than any FIFO; more\n');
});

test('what a guest reads by asking, and does something with, is read once', () => {
  const uart = new Pl011();
  uart.write(CR, 4, ENABLED);
  uart.receive(bytes('key'));
  assert.equal(drain(uart, 1), 'k');
  uart.write(DR, 1, 0x6bn);
  uart.write(IMSC, 4, RXI);
  assert.equal(drain(uart, 10), 'ey');
  uart.write(CR, 4, DISABLED);
  uart.receive(bytes('more'));
  assert.equal(drain(uart, 2), 'mo');
  uart.write(IMSC, 4, RXI);
  assert.equal(drain(uart, 10), 're');
});

test('turning the FIFOs on loses no byte, and a saved state knows what has been emptied', () => {
  const uart = new Pl011();
  uart.receive(bytes('abc'));
  uart.write(LCR_H, 4, FEN);
  uart.write(CR, 4, ENABLED);
  assert.equal(drain(uart, 2), 'ab');
  const other = new Pl011();
  other.restoreState(uart.snapshotState());
  other.write(IMSC, 4, RTI);
  assert.equal(drain(other, 10), 'abc');
});

test('a megabyte that is typed at once is read byte by byte, and a saved state has what is left of it', () => {
  const typed = Uint8Array.from({ length: 1 << 20 }, (_, n) => (n * 7) & 0xff);
  let uart = new Pl011();
  uart.receive(typed);
  assert.equal(uart.typed, typed.length);
  for (const [n, byte] of typed.entries()) {
    if (n === 300_000) {
      const state = uart.snapshotState();
      assert.equal(uart.takeTyped(5).length, 5);
      uart = new Pl011();
      uart.restoreState(state);
      assert.equal(uart.typed, typed.length - n);
    }
    const [read] = n % 2 === 0 ? uart.takeTyped(1) : [Number(uart.read(DR, 1))];
    if (read !== byte) assert.equal(read, byte, `byte ${n}`);
  }
  assert.equal(uart.typed, 0);
});
