import type { CapstoneModule } from '@alexaltea/capstone-js';
import type { Host } from '../host.ts';

export interface Disassembler {
  /** Begins to compile Capstone, on another thread, if nothing has done so yet. */
  begin(): Promise<void>;
  /** Text of each word; a word that no instruction has is `.inst 0x…`. */
  disassemble(address: bigint, words: readonly number[]): Promise<readonly string[]>;
}

type Capstone = InstanceType<CapstoneModule['Capstone']>;

/** Loads Capstone at the first use. */
export function createDisassembler(host: Host): Disassembler {
  /** In an object: a promise of a promise would be waited for. */
  let compiling: Promise<{ readonly module: Promise<WebAssembly.Module> }> | undefined;
  let opening: Promise<Capstone> | undefined;
  const compile = () => (compiling ??= host.readAsset('capstone.wasm').then((bytes) => ({ module: WebAssembly.compile(bytes) })));
  const open = () => (opening ??= compile().then(({ module }) => openCapstone(module)));
  return {
    async begin() {
      await compile();
    },
    async disassemble(address, words) {
      return texts(await open(), address, Uint32Array.from(words));
    },
  };
}

async function openCapstone(compiling: Promise<WebAssembly.Module>): Promise<Capstone> {
  const [module, { default: load }] = await Promise.all([compiling, import('@alexaltea/capstone-js')]);
  const capstone = await load({
    instantiateWasm(imports, done) {
      done(new WebAssembly.Instance(module, imports), module);
    },
    locateFile: (name) => name,
  });
  return new capstone.Capstone(capstone.ARCH_ARM64, capstone.MODE_LITTLE_ENDIAN);
}

/** In few calls: each of them makes a record of every detail that Capstone could tell. */
function texts(capstone: Capstone, address: bigint, words: Uint32Array): readonly string[] {
  const bytes = new Uint8Array(words.buffer);
  const found: string[] = [];
  while (found.length < words.length) {
    const from = found.length;
    capstone.disasm_iter(bytes.subarray(from * 4), address + BigInt(from * 4), ({ mnemonic, op_str }) => {
      found.push(op_str === '' ? mnemonic : `${mnemonic}\t${op_str}`);
    });
    // Capstone ends before a word that it cannot decode.
    if (found.length < words.length) found.push(`.inst\t0x${words[found.length].toString(16).padStart(8, '0')}`);
  }
  return found;
}
