import type { DapWorker } from './host.ts';

/** Workers for sessions. At most one is kept ready: starting one takes longer than a launch. */
export interface Workers {
  /** A session is likely to begin soon. */
  prepare(): void;
  take(): Promise<DapWorker>;
  /** Ends the one that nobody has taken; no other is kept from now on. */
  dispose(): void;
}

export function createWorkers(start: () => Promise<DapWorker>): Workers {
  let spare: Promise<DapWorker> | undefined;
  let isDisposed = false;
  return {
    prepare() {
      if (spare !== undefined || isDisposed) return;
      const started = start();
      const forget = () => {
        if (spare === started) spare = undefined;
      };
      spare = started;
      // Why it does not start is told to the session that wants one.
      started.then((worker) => worker.onEnd(forget), forget);
    },
    async take() {
      const taken = spare;
      spare = undefined;
      return (await taken?.catch(() => undefined)) ?? start();
    },
    dispose() {
      isDisposed = true;
      // One that does not start has no end.
      void spare?.then(
        (worker) => worker.terminate(),
        () => undefined,
      );
      spare = undefined;
    },
  };
}
