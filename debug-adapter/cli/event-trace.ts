/** What events do from one moment of a run to its end, in a form that two runs can be compared by. */
import type { Target, TargetStop } from '../target/target.ts';

export interface TracedRun {
  /** One line per dispatch and completion; times are instructions since the beginning of the trace. */
  readonly events: readonly string[];
  readonly console: string;
  readonly end: TargetStop['kind'];
  /** Since the beginning of the trace. */
  readonly instructions: number;
  /** `PE0 x0 = 0x5`: every register of every PE at the end. */
  readonly registers: readonly string[];
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Runs to the end, or for so many instructions. */
export async function traceToEnd(target: Target, maxInstructions: number): Promise<TracedRun> {
  const begin = target.time;
  const events: string[] = [];
  target.setBreakpoints([]);
  target.setStopConditions({ sdeiDispatch: true, sdeiCompletion: true });
  let stop: TargetStop;
  for (;;) {
    stop = await target.resume({ maxInstructions: maxInstructions - (target.time - begin) });
    const at = `+${target.time - begin} PE${'pe' in stop ? stop.pe : 0}`;
    if (stop.kind === 'sdei-dispatch') {
      events.push(
        `${at} event ${stop.event} (${stop.priority}) dispatched, interrupting EL${stop.interruptedEl} at ${hex(stop.interruptedPc)}`,
      );
    } else if (stop.kind === 'sdei-completion') {
      events.push(`${at} event ${stop.event} ended by ${stop.how === 'complete' ? 'COMPLETE' : 'COMPLETE_AND_RESUME'} to ${hex(stop.pc)}`);
    } else break;
  }
  target.setStopConditions({});
  const names = [...target.coreRegisters, ...target.systemRegisters].map(({ name }) => name);
  return {
    events,
    console: new TextDecoder().decode(target.takeConsoleOutput()),
    end: stop.kind,
    instructions: target.time - begin,
    registers: target.pes.flatMap(({ index }) => names.map((name) => `PE${index} ${name} = ${hex(target.readRegister(index, name))}`)),
  };
}

export interface TraceDifference {
  readonly what: 'event' | 'console' | 'end' | 'instructions' | 'register';
  readonly source: string;
  readonly destination: string;
}

/** The first thing that differs; `undefined`: nothing does. */
export function firstDifference(source: TracedRun, destination: TracedRun): TraceDifference | undefined {
  const lists = [
    ['event', source.events, destination.events],
    ['console', source.console.split('\n'), destination.console.split('\n')],
    ['end', [source.end], [destination.end]],
    ['instructions', [`${source.instructions}`], [`${destination.instructions}`]],
    ['register', source.registers, destination.registers],
  ] as const;
  for (const [what, here, there] of lists) {
    for (let n = 0; n < Math.max(here.length, there.length); n++) {
      if (here[n] !== there[n]) return { what, source: here[n] ?? 'nothing', destination: there[n] ?? 'nothing' };
    }
  }
  return undefined;
}
