/** Which boots are executed before a session wants them: those of kernels that this window has debugged and that are built again. */

/** Launch arguments as a session had them. */
export type LaunchConfiguration = Readonly<Record<string, unknown>>;

export interface RunningPreparation {
  /** Never rejects: what is wrong with the guest the next session says. */
  readonly done: Promise<void>;
  cancel(): void;
}

export interface RebuiltKernels {
  /** A session begins: it executes the boot itself, or finds it kept. */
  started(configuration: LaunchConfiguration): void;
  dispose(): void;
}

interface Place {
  /** @returns what ends watching */
  watch(file: string, changed: () => void): () => void;
  prepare(configuration: LaunchConfiguration): RunningPreparation;
  /** @returns what takes it back */
  after(milliseconds: number, action: () => void): () => void;
}

/** A linker writes for a while. */
const QUIET_MILLISECONDS = 2000;

/** The files that a configuration's boot depends on, the kernel first; absent: nothing is kept of it. */
export function bootFiles({ request, kernel, initrd, bootCache, stopOnEntry }: LaunchConfiguration): readonly string[] | undefined {
  if (request !== 'launch' || typeof kernel !== 'string' || bootCache === false || stopOnEntry === true) return undefined;
  return typeof initrd === 'string' ? [kernel, initrd] : [kernel];
}

export function createRebuiltKernels({ watch, prepare, after }: Place): RebuiltKernels {
  /** By the path of the kernel: what ends watching, waiting and preparing. */
  const kernels = new Map<string, () => void>();
  let last = Promise.resolve();

  function follow(files: readonly string[], configuration: LaunchConfiguration): () => void {
    let forget = (): void => {};
    let isOver = false;
    const changed = (): void => {
      forget();
      const takeBack = after(QUIET_MILLISECONDS, () => {
        let isWanted = true;
        let cancel = (): void => {};
        forget = () => {
          isWanted = false;
          cancel();
        };
        // One after the other: the person's own programs run as well.
        last = last.then(async () => {
          if (!isWanted || isOver) return;
          const running = prepare(configuration);
          cancel = running.cancel;
          await running.done;
          cancel = () => {};
        });
      });
      forget = takeBack;
    };
    const watches = files.map((file) => watch(file, changed));
    return () => {
      isOver = true;
      forget();
      for (const end of watches) end();
    };
  }

  return {
    started(configuration) {
      const files = bootFiles(configuration);
      if (files === undefined) return;
      kernels.get(files[0])?.();
      kernels.set(files[0], follow(files, configuration));
    },
    dispose() {
      for (const end of kernels.values()) end();
      kernels.clear();
    },
  };
}
