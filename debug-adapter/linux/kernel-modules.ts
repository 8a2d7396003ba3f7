/** Modules of a Linux kernel that it loads and frees while it runs. */
import type { Image } from '../images.ts';
import type { Target } from '../target/target.ts';
import type { ImageWatch } from './kernel-watch.ts';
import { behind, type Datum, element, type Memory, member, numberIn, structAt, textAt } from './members.ts';

export interface KernelModule {
  /** As the kernel calls it: `sdei_client` of sdei-client.ko. */
  readonly name: string;
  /** Addresses of the sections that it has loaded, by their names. */
  readonly sections: ReadonlyMap<string, bigint>;
}

/** Before a module's own code is executed, with its `struct module *` in X0 and its sections in sysfs; and before it is freed. */
const LOADED = 'do_init_module';
const FREED = 'free_module';
const MOST_SECTIONS = 256;

/** The name of a file's module: `-` is `_` in it. */
export const moduleNameOf = (fileName: string): string => fileName.replace(/\.ko(\.debug)?$/, '').replaceAll('-', '_');

/** @returns `undefined` where the kernel's debug information or memory does not say */
export function readModule(kernel: Image, address: bigint, memory: Memory): KernelModule | undefined {
  const module = structAt(kernel.program, 'struct module', address);
  const name = textAt(member(module, 'name')?.address, memory);
  const attributes = behind(member(module, 'sect_attrs'), memory);
  if (name === undefined || attributes === undefined) return undefined;
  const sections = new Map<string, bigint>();
  const count = member(attributes, 'nsections');
  const most = count === undefined ? MOST_SECTIONS : Math.min(MOST_SECTIONS, Number(numberIn(count, memory) ?? 0n));
  for (let index = 0; index < most; index++) {
    const one = element(member(attributes, 'attrs'), index);
    const section = readSection(one, memory);
    if (section === undefined) break;
    sections.set(section.name, section.address);
  }
  return { name, sections };
}

/** `struct module_sect_attr`; since Linux 6.14 a `struct bin_attribute` that has the address as its private data, the last one all zero. */
function readSection(one: Datum | undefined, memory: Memory): { readonly name: string; readonly address: bigint } | undefined {
  const name = textAt(numberIn(member(one, 'battr.attr.name') ?? member(one, 'attr.name'), memory), memory);
  const address = numberIn(member(one, 'address') ?? member(one, 'private'), memory);
  return name === undefined || name === '' || address === undefined ? undefined : { name, address };
}

/** @param of the kernel's ELF, wherever it runs */
export function watchModules(
  target: Pick<Target, 'readMemory' | 'readRegister' | 'time'>,
  of: Image,
  told: { loaded(module: KernelModule): Promise<void> | undefined; freed(name: string): Promise<void> | undefined },
): ImageWatch {
  /** A PE that stands at a place comes by it once. */
  let last: { readonly pe: number; readonly pc: bigint; readonly time: number } | undefined;
  const placeOf = (name: string) => of.program.symbol(name)?.address;
  return {
    addresses: () => [LOADED, FREED].flatMap((name) => placeOf(name) ?? []),
    physicalAddresses: () => [],
    learn(pe, pc) {
      const isLoaded = pc === placeOf(LOADED);
      if (!isLoaded && pc !== placeOf(FREED)) return undefined;
      const { time } = target;
      if (last?.pe === pe && last.pc === pc && last.time === time) return undefined;
      last = { pe, pc, time };
      const module = readModule(of, target.readRegister(pe, 'x0'), (address, length) =>
        target.readMemory(address, length, { kind: 'virtual', pe }),
      );
      if (module === undefined) return undefined;
      return isLoaded ? told.loaded(module) : told.freed(module.name);
    },
  };
}
