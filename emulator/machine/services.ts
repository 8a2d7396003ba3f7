import { interruptController } from '../devices/gic-cpu-interface.ts';
import type { Gic } from '../devices/gic.ts';
import type { MemoryAccess } from '../engine/memory-access.ts';
import type { Tlb } from '../engine/tlb.ts';
import type { MachineConfiguration } from '../machine-configuration.ts';
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import type { Pe } from '../pe.ts';
import type { Semihosting } from '../semihosting/semihosting.ts';
import type { InterruptController, SystemServices, TlbInvalidation } from '../system/services.ts';
import { dataAbort } from '../system/syndromes.ts';
import type { CallsUpwards } from './calls-upwards.ts';
import type { InterruptLines } from './interrupt-lines.ts';
import type { Stops } from './stops.ts';
import type { Turns } from './turns.ts';

interface ServiceParts {
  readonly configuration: Pick<MachineConfiguration, 'client' | 'conduit'>;
  readonly pes: readonly Pe[];
  readonly memory: PhysicalMemory;
  readonly access: MemoryAccess;
  readonly tlb: Tlb;
  readonly gic: Gic;
  readonly turns: Turns;
  readonly lines: InterruptLines;
  readonly calls: CallsUpwards;
  readonly stops: Stops;
  /** Absent: off. */
  readonly semihosting: Semihosting | undefined;
}

/** A class, since an accessor in an object literal makes the whole object slow. */
class Timed {
  private readonly turns: Turns;

  constructor(turns: Turns) {
    this.turns = turns;
  }
  get time(): number {
    return this.turns.clock;
  }
}

/** What system registers and instructions need, from the machine's parts. */
export function systemServices(parts: ServiceParts): SystemServices {
  const { configuration, pes, memory, access, tlb, gic, turns, lines, calls, stops, semihosting } = parts;
  const services: Omit<SystemServices, 'time'> = {
    retired: (pe) => turns.progress(pe).retired,
    descriptors: memory,
    client: configuration.client,
    conduit: configuration.conduit,
    conduitCall: (pe) => calls.conduitCall(pe),
    semihostingCall(pe) {
      if (semihosting) return semihosting.call(pe);
      stops.tellSemihostingOff(pe);
      return 'off';
    },
    noteReadable: (high, low) => access.noteReadable(high, low),
    zeroBlock: (_pe, address, bytes) => {
      const fault = access.zeroBlock(address, bytes);
      return fault && dataAbort({ ...fault, faultStatus: fault.status });
    },
    // Writes to predecoded code are seen as they happen.
    invalidateInstructions: () => {},
    invalidateTranslations: (pe, what) => invalidate(tlb, what, what.innerShareable ? undefined : pe.index),
    sendEvent: () => {
      for (const pe of pes) {
        pe.eventRegister = true;
        if (pe.waiting === 'wfe') pe.waiting = undefined;
      }
    },
    wakeupPending: (pe) => {
      lines.update(turns.clock);
      return lines.wake(pe);
    },
    outputsChanged: () => {
      lines.haveChanged = true;
    },
    interruptController: noticing(interruptController(gic), () => {
      lines.haveChanged = true;
    }),
    interruptLines: (pe) => lines.of(pe),
  };
  return Object.assign(new Timed(turns), services);
}

/** TLBI. @param pe absent: of all */
function invalidate(tlb: Tlb, { scope, operand }: TlbInvalidation, pe: number | undefined): void {
  switch (scope) {
    case 'address':
      tlb.flushPage(operand, pe);
      return;
    case 'asid':
      tlb.flushLocal(pe);
      return;
    default:
      tlb.flush(pe);
  }
}

/** An interrupt controller whose writes and acknowledgements are noticed. */
const noticing = (controller: InterruptController, changed: () => void): InterruptController => ({
  readRegister: (pe, register) => controller.readRegister(pe, register),
  writeRegister(pe, register, value) {
    controller.writeRegister(pe, register, value);
    changed();
  },
  acknowledge(pe, group) {
    changed();
    return controller.acknowledge(pe, group);
  },
});
