import type { Host } from '../host.ts';

export interface Disassembler {
  /** Text of each word; a word that no instruction has is `.inst 0x…`. */
  disassemble(address: bigint, words: readonly number[]): Promise<readonly string[]>;
}

type Decode = (address: bigint, word: number) => string;

/** Loads Capstone at the first use. */
export function createDisassembler(host: Host): Disassembler {
  let decoder: Promise<Decode> | undefined;
  return {
    async disassemble(address, words) {
      decoder ??= load(host);
      const decode = await decoder;
      return words.map((word, index) => decode(address + BigInt(index * 4), word));
    },
  };
}

async function load(host: Host): Promise<Decode> {
  const { default: openCapstone } = await import('@alexaltea/capstone-js');
  const capstone = await openCapstone({ wasmBinary: await host.readAsset('capstone.wasm'), locateFile: (name) => name });
  const engine = new capstone.Capstone(capstone.ARCH_ARM64, capstone.MODE_LITTLE_ENDIAN);
  return (address, word) => {
    try {
      const [instruction] = engine.disasm(new Uint8Array(new Uint32Array([word]).buffer), address);
      return instruction.op_str === '' ? instruction.mnemonic : `${instruction.mnemonic}\t${instruction.op_str}`;
    } catch {
      // Capstone throws for a word it cannot decode.
      return `.inst\t0x${word.toString(16).padStart(8, '0')}`;
    }
  };
}
