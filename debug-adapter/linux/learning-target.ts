/** For whoever resumes a guest itself, without a run control: its images are followed meanwhile. */
import type { Target, TargetBreakpoint, TargetStop } from '../target/target.ts';
import type { ImageWatch } from './kernel-watch.ts';

export interface LearningTarget extends Target {
  /** Sets breakpoints as `resume` does, where places are learned and where they are wanted. */
  arm(): void;
}

/**
 * The same target, but where its guest comes by a place of `watch` that is learned, and no stop unless it is one of the breakpoints that
 * were set. Those may be set again while it is.
 */
export function learningTarget(target: Target, watch: ImageWatch): LearningTarget {
  let own: readonly TargetBreakpoint[] = [];
  const isOwn = (pe: number, pc: bigint): boolean =>
    own.some(
      ({ address, pe: only = pe, isPhysical }) => only === pe && address === (isPhysical === true ? target.physicalAddress(pe, pc) : pc),
    );
  const arm = (): void =>
    target.setBreakpoints([
      ...own,
      ...watch.addresses().map((address) => ({ address })),
      ...watch.physicalAddresses().map((address) => ({ address, isPhysical: true })),
    ]);
  const resume: Target['resume'] = async (plan) => {
    const end = target.time + (plan.maxInstructions ?? Number.POSITIVE_INFINITY);
    for (;;) {
      arm();
      let learning: Promise<void> | undefined;
      const passes = (stop: TargetStop): boolean => {
        if (stop.kind === 'breakpoint') {
          learning = watch.learn(stop.pe, stop.pc);
          if (learning !== undefined) return false;
          const isUntil = plan.until?.some(({ address, pe = stop.pe }) => address === stop.pc && pe === stop.pe) ?? false;
          if (!isUntil && !isOwn(stop.pe, stop.pc)) return true;
        }
        return plan.passes?.(stop) ?? false;
      };
      const left = plan.maxInstructions === undefined ? {} : { maxInstructions: end - target.time };
      const stop = await target.resume({ ...plan, ...left, passes });
      if (learning === undefined) return stop;
      await learning;
      if (stop.kind === 'breakpoint' && isOwn(stop.pe, stop.pc) && plan.passes?.(stop) !== true) return stop;
    }
  };
  return Object.create(target, {
    setBreakpoints: {
      value(breakpoints: readonly TargetBreakpoint[]) {
        own = breakpoints;
      },
    },
    resume: { value: resume },
    arm: { value: arm },
  }) as LearningTarget;
}
