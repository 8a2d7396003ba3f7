/** What is learned of a guest's images while it runs: where a kernel is, and which modules it has. */
import { kernelFound, moduleFound, moduleWithout, UserError } from './errors.ts';
import type { Host } from './host.ts';
import type { Image } from './images.ts';
import { type KernelModule, watchModules } from './linux/kernel-modules.ts';
import { isKernel } from './linux/kernel-symbols.ts';
import { type ImageWatch, watchKernel } from './linux/kernel-watch.ts';
import { loadModule, type Makers } from './load-guest.ts';
import type { LoadedParts } from './session/loaded-parts.ts';
import type { Style } from './styling.ts';

export interface ImageListener {
  readonly host: Host;
  readonly makers: Makers;
  note(text: string, style?: Style): void;
  /** Symbols are elsewhere now, or more or fewer. */
  changed(reason: 'new' | 'changed' | 'removed', image: Image): void;
}

/** Without `sources` nobody asks for those of a module. */
type LearningGuest = Pick<LoadedParts, 'target' | 'images' | 'modules' | 'movingKernel'> & Partial<Pick<LoadedParts, 'sources'>>;

export function learnImages({ target, images, movingKernel, ...parts }: LearningGuest, listener: ImageListener): ImageWatch {
  const watches: ImageWatch[] = [];
  if (movingKernel !== undefined) {
    watches.push(
      watchKernel(target, movingKernel, (image) => {
        listener.note(kernelFound(image.name, image.offset ?? 0n));
        listener.changed('changed', image);
      }),
    );
  }
  const kernel = images.all.find(({ kind, program }) => kind === 'symbols' && isKernel(program));
  if (kernel !== undefined && parts.modules.size > 0) {
    images.mayGrow = true;
    watches.push(watchModules(target, kernel, modulesOf({ images, ...parts }, listener)));
  }
  return {
    addresses: () => watches.flatMap((watch) => watch.addresses()),
    physicalAddresses: () => watches.flatMap((watch) => watch.physicalAddresses()),
    learn(pe, pc) {
      for (const watch of watches) {
        const learning = watch.learn(pe, pc);
        if (learning !== undefined) return learning;
      }
      return undefined;
    },
  };
}

function modulesOf(
  { images, sources, modules }: Pick<LearningGuest, 'images' | 'sources' | 'modules'>,
  { host, makers, note, changed }: ImageListener,
): Parameters<typeof watchModules>[2] {
  const present = new Map(images.all.flatMap((image) => (image.module === undefined ? [] : [[image.module, image] as const])));
  const freed = (name: string): undefined => {
    const image = present.get(name);
    if (image === undefined) return;
    present.delete(name);
    images.remove(image);
    sources?.remove(image);
    changed('removed', image);
  };
  async function load(module: KernelModule, path: string): Promise<void> {
    const { name } = module;
    freed(name);
    try {
      const image = await loadModule(module, path, host, makers);
      present.set(name, image);
      images.add(image);
      await sources?.add(image);
      note(moduleFound(name, path));
      changed('new', image);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      note(moduleWithout(name, error.message), 'warning');
    }
  }
  return {
    loaded(module) {
      const path = modules.get(module.name);
      return path === undefined ? undefined : load(module, path);
    },
    freed,
  };
}
