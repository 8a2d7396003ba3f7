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
    ) => { disasm(bytes: Uint8Array, address: bigint): readonly CapstoneInstruction[] };
  }
  export default function openCapstone(options: { wasmBinary: Uint8Array; locateFile: (name: string) => string }): Promise<CapstoneModule>;
}
