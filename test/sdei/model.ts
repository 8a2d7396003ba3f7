/**
 * A second, independent reading of DEN0054 (profile `spec`, two PEs, client at EL1), in the plainest form: flags and one long `switch`.
 * It shares no code with the dispatcher; random.test.ts compares the two.
 */

interface Instance {
  registered: boolean;
  enabled: boolean;
  running: boolean;
  pending: boolean;
  entry: bigint;
  argument: bigint;
  /** Affinity in RM_PE; `undefined`: RM_ANY. */
  target: bigint | undefined;
}
interface Event {
  shared: boolean;
  critical: boolean;
  intid?: number;
  instances: Instance[];
}
interface Saved {
  event: number;
  critical: boolean;
  x: bigint[];
  pc: bigint;
  pstate: bigint;
}
export interface ModelPe {
  on: boolean;
  masked: boolean;
  stack: Saved[];
  x: bigint[];
  pc: bigint;
  pstate: bigint;
  elr: bigint;
  spsr: bigint;
}

const [SUCCESS, INVALID, DENIED, PENDING, FULL] = [0n, -2n, -3n, -5n, -10n];
const SLOTS = 2;

const blank = (): Instance => ({
  registered: false,
  enabled: false,
  running: false,
  pending: false,
  entry: 0n,
  argument: 0n,
  target: undefined,
});
const event = (shared: boolean, critical: boolean, intid?: number): Event => ({
  shared,
  critical,
  intid,
  instances: shared ? [blank()] : [blank(), blank()],
});

export function createModel() {
  const events = new Map<number, Event>([
    [0, event(false, false)],
    [804, event(false, true)],
    [806, event(false, false)],
    [807, event(true, false)],
    [808, event(true, true)],
  ]);
  const pes: ModelPe[] = [0, 1].map(() => ({
    on: true,
    masked: true,
    stack: [],
    x: new Array<bigint>(31).fill(0n),
    pc: 0x4008_0000n,
    pstate: 5n,
    elr: 0n,
    spsr: 0n,
  }));
  const instance = (e: Event, pe: number): Instance => e.instances[e.shared ? 0 : pe];

  function deliverable(e: Event, pe: number): boolean {
    const i = instance(e, pe);
    const { on, masked, stack } = pes[pe];
    if (!on || masked || !i.pending || !i.registered || !i.enabled || i.running) return false;
    if (e.shared && i.target !== undefined && i.target !== BigInt(pe)) return false;
    return e.critical ? stack.every((saved) => !saved.critical) : stack.length === 0;
  }

  function poll(first: number): void {
    for (const pe of first === 0 ? [0, 1] : [1, 0]) {
      for (;;) {
        const ready = [...events].filter(([, e]) => deliverable(e, pe));
        if (ready.length === 0) break;
        ready.sort(([a, x], [b, y]) => Number(y.critical) - Number(x.critical) || Number(x.shared) - Number(y.shared) || a - b);
        const [number, e] = ready[0];
        const i = instance(e, pe);
        const p = pes[pe];
        p.stack.push({ event: number, critical: e.critical, x: p.x.slice(0, 18), pc: p.pc, pstate: p.pstate });
        i.pending = false;
        i.running = true;
        [p.x[0], p.x[1], p.x[2], p.x[3]] = [BigInt(number), i.argument, p.pc, p.pstate];
        p.pc = i.entry;
        p.pstate = (p.pstate & 0xf000_0000n) | 0x3c5n;
      }
    }
  }

  function raise(number: number, pe: number): void {
    const e = events.get(number);
    if (e && instance(e, pe).registered) instance(e, pe).pending = true;
  }

  function unregister(i: Instance): void {
    i.registered = i.enabled = i.pending = false;
  }

  /** @returns X0, or `ND` when the call does not return */
  function call(pe: number, name: string, a: bigint[]): bigint | 'ND' {
    const p = pes[pe];
    const number = Number(a[0]);
    const e = events.get(number);
    const i = e && instance(e, pe);
    const affinity = (value: bigint): boolean => value === 0n || value === 1n;
    switch (name) {
      case 'SDEI_VERSION':
        return 1n << 48n;
      case 'SDEI_EVENT_REGISTER':
        if (!e || !i || a[1] % 4n !== 0n || a[3] > 1n) return INVALID;
        if (e.shared && a[3] === 1n && !affinity(a[4])) return INVALID;
        if (i.registered || i.running) return DENIED;
        Object.assign(i, blank(), { registered: true, entry: a[1], argument: a[2], target: e.shared && a[3] === 1n ? a[4] : undefined });
        return SUCCESS;
      case 'SDEI_EVENT_ENABLE':
      case 'SDEI_EVENT_DISABLE':
        if (!i) return INVALID;
        if (!i.registered) return DENIED;
        i.enabled = name === 'SDEI_EVENT_ENABLE';
        return SUCCESS;
      case 'SDEI_EVENT_CONTEXT':
        if (a[0] > 17n) return INVALID;
        return p.stack.length === 0 ? DENIED : p.stack[p.stack.length - 1].x[number];
      case 'SDEI_EVENT_COMPLETE':
      case 'SDEI_EVENT_COMPLETE_AND_RESUME': {
        const resume = name === 'SDEI_EVENT_COMPLETE_AND_RESUME';
        if (resume && a[0] % 4n !== 0n) return INVALID;
        const saved = p.stack.pop();
        if (!saved) return DENIED;
        const ended = events.get(saved.event);
        if (ended) instance(ended, pe).running = false;
        p.x.splice(0, 18, ...saved.x);
        if (resume) [p.elr, p.spsr, p.pc, p.pstate] = [saved.pc, saved.pstate, a[0], 0x3c5n];
        else [p.pc, p.pstate] = [saved.pc, saved.pstate];
        return 'ND';
      }
      case 'SDEI_EVENT_UNREGISTER': {
        if (!i) return INVALID;
        if (!i.registered) return i.running ? PENDING : DENIED;
        unregister(i);
        return i.running ? PENDING : SUCCESS;
      }
      case 'SDEI_EVENT_STATUS':
        return i ? BigInt(Number(i.registered) + 2 * Number(i.enabled) + 4 * Number(i.running)) : INVALID;
      case 'SDEI_EVENT_GET_INFO': {
        if (!e || !i || a[1] > 4n) return INVALID;
        if (a[1] >= 3n) {
          if (!e.shared) return INVALID;
          if (!i.registered) return DENIED;
          if (a[1] === 4n) return i.target ?? INVALID;
        }
        return BigInt([e.shared, number !== 0, e.critical, i.target !== undefined][Number(a[1])]);
      }
      case 'SDEI_EVENT_ROUTING_SET':
        if (!e || !i || !e.shared || a[1] > 1n || (a[1] === 1n && !affinity(a[2]))) return INVALID;
        if (!i.registered || i.enabled || i.running) return DENIED;
        i.target = a[1] === 1n ? a[2] : undefined;
        return SUCCESS;
      case 'SDEI_PE_MASK': {
        const changed = !p.masked;
        p.masked = true;
        return BigInt(changed);
      }
      case 'SDEI_PE_UNMASK':
        p.masked = false;
        return SUCCESS;
      case 'SDEI_INTERRUPT_BIND': {
        const ppi = number >= 16 && number < 32;
        if (!ppi && !(number >= 32 && number < 1020)) return INVALID;
        const bound = [...events].find(([, other]) => other.intid === number);
        if (bound) return BigInt(bound[0]);
        const base = ppi ? 0x4000_0001 : 0x4000_1000;
        for (let slot = base; slot < base + SLOTS; slot++) {
          if (events.has(slot)) continue;
          if (number === 29) return INVALID;
          events.set(slot, event(!ppi, false, number));
          return BigInt(slot);
        }
        return FULL;
      }
      case 'SDEI_INTERRUPT_RELEASE':
        if (!e || e.intid === undefined) return INVALID;
        if (e.instances.some((other) => other.registered || other.running)) return DENIED;
        events.delete(number);
        return SUCCESS;
      case 'SDEI_EVENT_SIGNAL':
        if (a[0] !== 0n || !affinity(a[1])) return INVALID;
        raise(0, Number(a[1]));
        return SUCCESS;
      case 'SDEI_FEATURES':
        return a[0] === 0n ? BigInt(SLOTS * 65536 + SLOTS) : INVALID;
      case 'SDEI_PRIVATE_RESET': {
        const mine = [...events.values()].filter((other) => !other.shared).map((other) => other.instances[pe]);
        if (mine.some((other) => other.running)) return DENIED;
        mine.forEach(unregister);
        return SUCCESS;
      }
      case 'SDEI_SHARED_RESET': {
        const all = [...events.values()];
        if (all.some((other) => other.shared && other.instances[0].running)) return DENIED;
        if (all.some((other) => !other.shared && other.intid !== undefined && other.instances.some((one) => one.registered || one.running)))
          return DENIED;
        for (const [key, other] of events) {
          if (other.shared) unregister(other.instances[0]);
          if (other.intid !== undefined) events.delete(key);
        }
        return SUCCESS;
      }
      default:
        throw new Error(`The model has no ${name}.`);
    }
  }

  return {
    pes,
    events,
    poll,
    raise,
    call(pe: number, name: string, args: bigint[]): bigint | 'ND' {
      const result = call(pe, name, args);
      if (result !== 'ND') pes[pe].x[0] = BigInt.asUintN(64, result);
      return result;
    },
    interrupt(intid: number, pe: number): void {
      for (const [number, e] of events) if (e.intid === intid) raise(number, pe);
    },
    switchOff(pe: number): void {
      pes[pe].on = false;
      for (const saved of pes[pe].stack.splice(0)) {
        const e = events.get(saved.event);
        if (e) instance(e, pe).running = false;
      }
    },
    switchOn(pe: number): void {
      pes[pe].on = true;
      pes[pe].masked = true;
      for (const e of events.values()) if (!e.shared) unregister(e.instances[pe]);
    },
    suspendAndWake(pe: number): void {
      pes[pe].masked = true;
    },
  };
}
