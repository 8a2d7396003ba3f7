declare namespace WebAssembly {
  /** On another thread. */
  function compile(bytes: Uint8Array): Promise<Module>;
}

declare module '@alexaltea/capstone-js' {
  export interface CapstoneInstruction {
    readonly mnemonic: string;
    readonly op_str: string;
  }
  export interface CapstoneModule {
    readonly ARCH_ARM64: number;
    readonly MODE_LITTLE_ENDIAN: number;
    readonly Capstone: new (
      architecture: number,
      mode: number,
    ) => {
      /** Up to the first that it cannot decode. */
      disasm_iter(bytes: Uint8Array, address: bigint, each: (instruction: CapstoneInstruction) => void): number;
    };
  }
  type WebAssemblyImports = ConstructorParameters<typeof WebAssembly.Instance>[1];
  export default function openCapstone(options: {
    instantiateWasm(imports: WebAssemblyImports, done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void): void;
    locateFile: (name: string) => string;
  }): Promise<CapstoneModule>;
}
