import type { Pe } from '../pe.ts';
import type { SdeiDispatcher } from '../sdei/dispatcher.ts';
import type { StopConditions } from '../stop-reason.ts';
import { describeSyndrome } from '../system/describe-syndrome.ts';
import { exceptionClassWord, setsFar } from '../system/exception-classes.ts';
import type { Exception } from '../system/exceptions.ts';
import { stored } from '../system/storage.ts';
import type { Stops } from './stops.ts';

/** Stops at exceptions that handlers of events run into, and at changes of exception level, where somebody asked for them. */
export class ExceptionStops {
  private readonly stops: Stops;
  private readonly sdei: SdeiDispatcher;

  constructor(stops: Stops, sdei: SdeiDispatcher) {
    this.stops = stops;
    this.sdei = sdei;
  }

  get areWanted(): boolean {
    const { exceptionLevel, handlerException } = this.conditions;
    return exceptionLevel === true || handlerException === true;
  }
  private get conditions(): StopConditions {
    return this.stops.conditions;
  }

  /** The PE has taken an exception and is at its vector. @param pc where, at exception level `from` */
  taken(pe: Pe, pc: bigint, from: number, type: Exception['kind'], to: 1 | 2): void {
    const syndrome = type === 'synchronous' || type === 'serror' ? syndromeOf(pe, to) : undefined;
    const what = type === 'synchronous' ? syndrome?.class : type;
    const handler = this.sdei.innermost(pe.index);
    if (this.conditions.handlerException && handler) {
      const { event, depth } = handler;
      this.stops.push({ kind: 'handler-exception', pe: pe.index, pc, event, depth, from, to, type, class: what ?? type, ...syndrome });
    }
    this.changed(pe, pc, from, what ?? type, syndrome?.description);
  }
  /** The PE was at exception level `from` before the instruction at `pc`. */
  changed(pe: Pick<Pe, 'index' | 'state'>, pc: bigint, from: number, how: string, description?: string): void {
    const to = pe.state.exceptionLevel;
    if (!this.conditions.exceptionLevel || from === to) return;
    this.stops.push({ kind: 'exception-level', pe: pe.index, pc, from, to, how, ...(description !== undefined && { description }) });
  }
}

function syndromeOf(pe: Pe, level: 1 | 2) {
  const esr = stored(pe, level === 2 ? 'ESR_EL2' : 'ESR_EL1');
  const ec = Number((esr >> 26n) & 0x3fn);
  return {
    class: exceptionClassWord(ec),
    esr,
    ...(setsFar(ec) && { far: stored(pe, level === 2 ? 'FAR_EL2' : 'FAR_EL1') }),
    description: describeSyndrome(esr),
  };
}
