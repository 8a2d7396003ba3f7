/** The part of the WebAssembly JavaScript API that the engines use; declared here so that the emulator sees no other host interface. */
declare namespace WebAssembly {
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Table {
    private constructor();
    readonly length: number;
    grow(entries: number): number;
    set(index: number, value: unknown): void;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory | ((...values: never[]) => unknown)>>);
    readonly exports: Record<string, unknown>;
  }
}
