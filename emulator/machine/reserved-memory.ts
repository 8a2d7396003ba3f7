/**
 * The memory of the next machine, made while nobody waits for it: asking for so much makes V8 look through its whole heap. It takes no RAM
 * before it is written to.
 */
let reserved: WebAssembly.Memory | undefined;

const PAGE = 0x1_0000;

/** @param pages of 64 KiB */
export function reserveMemory(pages: number): void {
  reserved = new WebAssembly.Memory({ initial: pages });
}

/** Empty memory for a machine: what was reserved, if it is as large. Of another size it is given back. */
export function takeMemory(pages: number): WebAssembly.Memory {
  const found = reserved;
  reserved = undefined;
  return found?.buffer.byteLength === pages * PAGE ? found : new WebAssembly.Memory({ initial: pages });
}
