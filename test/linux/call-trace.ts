/** The calls that a guest makes upwards, with their results, and the deliveries between them. */
import { describeCall } from '../../debug-adapter/conformance/call-names.ts';
import type { Target, TargetStop } from '../../debug-adapter/target/target.ts';

export interface TracedCall {
  readonly pe: number;
  readonly name: string;
  readonly arguments: readonly bigint[];
  /** Absent: it did not return to its caller (CPU_OFF, COMPLETE). */
  readonly result?: bigint;
}

export const callText = ({ pe, name, arguments: x, result }: TracedCall): string =>
  `PE${pe} ${name}(${x.map((value) => `0x${value.toString(16)}`).join(', ')})${result === undefined ? '' : ` = ${BigInt.asIntN(64, result)}`}`;

/** Runs like `resume`, and tells every conduit call once it is made. */
export async function resumeTraced(target: Target, maxInstructions: number, tell: (call: TracedCall) => void): Promise<TargetStop> {
  const end = target.time + maxInstructions;
  target.setStopConditions({ conduitCall: true });
  for (;;) {
    const stop = await target.resume({ maxInstructions: end - target.time });
    if (stop.kind !== 'conduit-call') return stop;
    const { pe, pc, x0 } = stop;
    const { name, parameters } = describeCall(x0);
    const x = Array.from({ length: parameters }, (_, n) => target.readRegister(pe, `x${n + 1}`));
    const depth = target.sdei.pes[pe].running.length;
    const after = target.step(pe);
    const { running } = target.sdei.pes[pe];
    const interruptedAtOnce = running.length > depth;
    const hasReturned = after?.kind !== 'system-off' && target.pes[pe].power === 'on' && target.pes[pe].pc === pc + 4n;
    const result = interruptedAtOnce ? running[depth].x[0] : hasReturned ? target.readRegister(pe, 'x0') : undefined;
    tell({ pe, name, arguments: x, ...(result === undefined ? {} : { result }) });
    if (after !== undefined) return after;
    if (target.time >= end) return { kind: 'budget' };
  }
}
