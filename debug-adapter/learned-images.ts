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

export interface LearnedImages extends ImageWatch {
  /** Modules that the guest has after so many instructions. Absent: nobody looks for any. */
  modulesAt?(instruction: number): readonly KernelModule[];
  /**
   * The guest may be brought to where it has these modules, without executing the way there: their symbols are known now, and until that is
   * settled nothing is learned on the way.
   */
  foresee?(modules: readonly KernelModule[]): Promise<Foreseen>;
}

export interface Foreseen {
  /** @param isThere the guest has been brought there; false: it has none of them yet */
  settle(isThere: boolean): void;
}

/** Without `sources` nobody asks for those of a module. */
type LearningGuest = Pick<LoadedParts, 'target' | 'images' | 'modules' | 'movingKernel'> & Partial<Pick<LoadedParts, 'sources'>>;

export function learnImages({ target, images, movingKernel, ...parts }: LearningGuest, listener: ImageListener): LearnedImages {
  const watches: ImageWatch[] = [];
  let modules: LearnedModules | undefined;
  let isForeseeing = false;
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
    modules = learnModules({ target, images, ...parts }, listener);
    const watch = watchModules(target, kernel, modules);
    watches.push({ ...watch, addresses: () => (isForeseeing ? [] : watch.addresses()) });
  }
  return {
    ...(modules && {
      modulesAt: modules.at,
      async foresee(wanted: readonly KernelModule[]): Promise<Foreseen> {
        isForeseeing = true;
        const { settle } = await (modules as LearnedModules).foresee(wanted);
        return {
          settle(isThere) {
            isForeseeing = false;
            settle(isThere);
          },
        };
      },
    }),
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

type LearnedModules = Parameters<typeof watchModules>[2] & {
  at(instruction: number): readonly KernelModule[];
  foresee(wanted: readonly KernelModule[]): Promise<Foreseen>;
};

function learnModules(
  { target, images, sources, modules }: Pick<LearningGuest, 'target' | 'images' | 'sources' | 'modules'>,
  { host, makers, note, changed }: ImageListener,
): LearnedModules {
  /** As it has come, also of modules without a file. */
  const story: { readonly at: number; readonly name: string; readonly module?: KernelModule }[] = [];
  const present = new Map(images.all.flatMap((image) => (image.module === undefined ? [] : [[image.module, image] as const])));
  const freed = (name: string): undefined => {
    const image = present.get(name);
    if (image === undefined) return;
    present.delete(name);
    images.remove(image);
    sources?.remove(image);
    changed('removed', image);
  };
  /** @param tell of the outcome, in words */
  async function load(module: KernelModule, path: string, tell: ImageListener['note']): Promise<void> {
    const { name } = module;
    freed(name);
    try {
      const image = await loadModule(module, path, host, makers);
      present.set(name, image);
      images.add(image);
      await sources?.add(image);
      tell(moduleFound(name, path));
      changed('new', image);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tell(moduleWithout(name, error.message), 'warning');
    }
  }
  return {
    loaded(module) {
      story.push({ at: target.time, name: module.name, module });
      const path = modules.get(module.name);
      return path === undefined ? undefined : load(module, path, note);
    },
    freed(name) {
      story.push({ at: target.time, name });
      return freed(name);
    },
    at(instruction) {
      const there = new Map<string, KernelModule>();
      for (const { at, name, module } of story) {
        if (at > instruction) break;
        if (module === undefined) there.delete(name);
        else there.set(name, module);
      }
      return [...there.values()];
    },
    async foresee(wanted) {
      const untold: Parameters<typeof note>[] = [];
      const isThereNow = new Set(present.keys());
      for (const module of wanted) {
        const path = modules.get(module.name);
        if (path !== undefined && !isThereNow.has(module.name)) await load(module, path, (...words) => untold.push(words));
      }
      return {
        settle(isThere) {
          for (const name of [...present.keys()]) {
            const isRight = isThere ? wanted.some((module) => module.name === name) : isThereNow.has(name);
            if (!isRight) freed(name);
          }
          if (!isThere) return;
          for (const words of untold) note(...words);
          story.splice(0, story.length, ...wanted.map((module) => ({ at: 0, name: module.name, module })));
        },
      };
    },
  };
}
