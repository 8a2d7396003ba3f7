/**
 * A second, independent reading of DEN0054 and of what the known dispatchers do differently, in the plainest form: flags and one long
 * `switch`. Two PEs, a client at EL1 or EL2, an interrupt controller of six interrupts, PSCI. It imports nothing, so it shares nothing with
 * the dispatcher; machine-against-model.ts compares the two.
 */

export type Profile = 'spec' | 'tfa' | 'kvm' | 'qemu';
export type Client = 'EL1' | 'EL2';

interface Instance {
  registered: boolean;
  enabled: boolean;
  running: boolean;
  pending: boolean;
  entry: bigint;
  argument: bigint;
  /** Affinity in RM_PE; `undefined`: RM_ANY. */
  target: bigint | undefined;
  /** PE that registered it. */
  by: number;
}
interface Event {
  shared: boolean;
  critical: boolean;
  /** Of SDEI_INTERRUPT_BIND. */
  slot: boolean;
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
  power: 'on' | 'off' | 'suspended';
  waiting: boolean;
  masked: boolean;
  stack: Saved[];
  x: bigint[];
  pc: bigint;
  pstate: bigint;
  elr: bigint;
  spsr: bigint;
}
interface Interrupt {
  active: boolean;
  latched: boolean;
  line: boolean;
}

const [SUCCESS, NOT_SUPPORTED, INVALID, DENIED, PENDING, FULL] = [0n, -1n, -2n, -3n, -5n, -10n];
/** Private and shared each. */
export const SLOTS = 2;
/** INTIDs below this exist. */
const INTERRUPTS = 288;
/** Level-sensitive. */
const LEVEL = [22, 41];
/** Raises event 809. */
const PLATFORM_INTERRUPT = 43;

const blank = (): Instance => ({
  registered: false,
  enabled: false,
  running: false,
  pending: false,
  entry: 0n,
  argument: 0n,
  target: undefined,
  by: 0,
});
const newEvent = (shared: boolean, critical: boolean, slot = false, intid?: number): Event => ({
  shared,
  critical,
  slot,
  intid,
  instances: shared ? [blank()] : [blank(), blank()],
});

function firstEvents(profile: Profile): [number, Event][] {
  const zero: [number, Event] = [0, newEvent(false, false)];
  if (profile === 'kvm') return [zero, [1, newEvent(false, false)]];
  const permanent: [number, Event][] =
    profile === 'tfa'
      ? [0, 1].flatMap((n): [number, Event][] => [
          [1000 + n, newEvent(false, false, true)],
          [2000 + n, newEvent(true, false, true)],
        ])
      : [];
  return [
    zero,
    [804, newEvent(false, true)],
    [806, newEvent(false, false)],
    [807, newEvent(true, false)],
    [808, newEvent(true, true)],
    [809, newEvent(true, false, false, PLATFORM_INTERRUPT)],
    ...permanent,
  ];
}

export interface Setting {
  profile: Profile;
  client: Client;
  /** SCTLR_ELc.SPAN; with a client at EL2 HCR_EL2.E2H and TGE are set. */
  span: boolean;
}

export type Model = ReturnType<typeof createModel>;

export function createModel({ profile, client, span }: Setting) {
  const spec = profile === 'spec';
  const tfa = profile === 'tfa';
  const kvm = profile === 'kvm';
  const qemu = profile === 'qemu';
  const mode = client === 'EL2' ? 0x3c9n : 0x3c5n;

  const events = new Map<number, Event>(firstEvents(profile));
  const pes: ModelPe[] = [0, 1].map(() => ({
    power: 'on',
    waiting: false,
    masked: true,
    stack: [],
    x: new Array<bigint>(31).fill(0n),
    pc: 0n,
    pstate: mode,
    elr: 0n,
    spsr: 0n,
  }));
  const interrupts = new Map<string, Interrupt>();
  const irq = (intid: number, pe: number): Interrupt => {
    const key = intid < 32 ? `${intid}@${pe}` : `${intid}`;
    let found = interrupts.get(key);
    if (!found) interrupts.set(key, (found = { active: false, latched: false, line: false }));
    return found;
  };
  const lineIsUp = (intid: number, pe: number): boolean => LEVEL.includes(intid) && irq(intid, pe).line;
  const instance = (e: Event, pe: number): Instance => e.instances[e.shared ? 0 : pe];

  function deliverable(e: Event, pe: number): boolean {
    const i = instance(e, pe);
    const { power, masked, stack } = pes[pe];
    if (power !== 'on' || masked || !i.pending || !i.registered || !i.enabled || i.running) return false;
    if (e.shared && i.target !== undefined && i.target !== BigInt(pe)) return false;
    if (e.shared && i.target === undefined && qemu && i.by !== pe) return false;
    return e.critical ? stack.every((saved) => !saved.critical) : stack.length === 0;
  }

  function entryPstate(old: bigint): bigint {
    if (kvm || qemu) return (old & ~0x1fn) | mode;
    const kept = old & 0xf040_0000n;
    return (span ? kept : kept | 0x40_0000n) | mode;
  }

  function deliver(number: number, e: Event, pe: number): void {
    const i = instance(e, pe);
    const p = pes[pe];
    p.stack.push({ event: number, critical: e.critical, x: p.x.slice(0, 18), pc: p.pc, pstate: p.pstate });
    i.pending = false;
    i.running = true;
    if (e.intid !== undefined) irq(e.intid, pe).active = true;
    if (kvm) p.x.fill(0n, 4, 18);
    [p.x[0], p.x[1], p.x[2], p.x[3]] = [BigInt(number), i.argument, p.pc, p.pstate];
    p.pc = i.entry;
    p.pstate = entryPstate(p.pstate);
    p.waiting = false;
  }

  /** Between two instructions: `first` is the PE where something happened. */
  function poll(first: number): void {
    for (const pe of first === 0 ? [0, 1] : [1, 0]) {
      for (;;) {
        const ready = [...events].filter(([, e]) => deliverable(e, pe));
        if (ready.length === 0) break;
        ready.sort(([a, x], [b, y]) => Number(y.critical) - Number(x.critical) || Number(x.shared) - Number(y.shared) || a - b);
        deliver(...ready[0], pe);
      }
    }
  }

  function raise(e: Event, pe: number): void {
    if (instance(e, pe).registered) instance(e, pe).pending = true;
  }

  function unregister(i: Instance): void {
    i.registered = false;
    i.enabled = false;
    if (!kvm) i.pending = false;
  }

  function end(saved: Saved, pe: number): void {
    const e = events.get(saved.event);
    if (!e) return;
    instance(e, pe).running = false;
    if (e.intid === undefined) return;
    irq(e.intid, pe).active = false;
    if (lineIsUp(e.intid, pe)) raise(e, pe);
  }

  const affinity = (value: bigint): number | undefined => {
    const seen = tfa ? value & ~0xff00_0000n : value;
    return seen === 0n || seen === 1n ? Number(seen) : undefined;
  };
  const aligned = (address: bigint): boolean => address % 4n === 0n;

  function register(pe: number, e: Event | undefined, [, entry, argument, flags, aff]: bigint[]): bigint {
    const i = e && instance(e, pe);
    const isToPe = (flags & 1n) === 1n;
    if (tfa && (entry === 0n || flags > 1n || (flags === 1n && affinity(aff) === undefined))) return INVALID;
    if (!e || !i) return INVALID;
    if (spec && (!aligned(entry) || flags > 1n || (e.shared && isToPe && affinity(aff) === undefined))) return INVALID;
    if (kvm && flags > 1n) return INVALID;
    if (i.registered || i.running) return DENIED;
    if (tfa && e.slot && e.intid === undefined) return DENIED;
    if (tfa && e.intid !== undefined && irq(e.intid, pe).active) return DENIED;
    if (qemu && e.shared && isToPe && affinity(aff) === undefined) return INVALID;
    const target = e.shared && isToPe ? BigInt(affinity(aff) ?? 0) : undefined;
    Object.assign(i, { registered: true, enabled: false, entry, argument, target, by: pe });
    if (!kvm) i.pending = false;
    if (e.intid !== undefined) {
      if (e.slot) irq(e.intid, pe).latched = false;
      if (lineIsUp(e.intid, pe)) raise(e, pe);
    }
    return SUCCESS;
  }

  function bind(pe: number, intid: number): bigint {
    const ppi = (intid >= 16 && intid < 32) || (intid >= 1056 && intid < 1120);
    const spi = (intid >= 32 && intid < 1020) || (intid >= 4096 && intid < 5120);
    if (kvm) return NOT_SUPPORTED;
    if (!ppi && !spi) return INVALID;
    const bound = [...events].find(([, other]) => other.intid === intid);
    if (bound) return bound[1].slot || qemu ? BigInt(bound[0]) : INVALID;
    if (qemu && intid >= INTERRUPTS) return INVALID;
    const numbers = { spec: [0x4000_0001, 0x4000_1000], tfa: [1000, 2000], qemu: [0x4000_0001, 0x4000_0010] }[profile];
    const slots = [0, 1].map((n) => numbers[ppi ? 0 : 1] + n);
    const free = slots.find((slot) => events.get(slot)?.intid === undefined);
    if (free === undefined) return FULL;
    if (intid >= INTERRUPTS) return tfa ? DENIED : INVALID;
    if (spec && (irq(intid, pe).active || irq(intid, pe).latched || lineIsUp(intid, pe))) return DENIED;
    const slot = events.get(free);
    if (slot) slot.intid = intid;
    else events.set(free, newEvent(!ppi, false, true, intid));
    return BigInt(free);
  }

  function release(number: number, e: Event): void {
    if (tfa) e.intid = undefined;
    else events.delete(number);
  }

  function sharedReset(pe: number): bigint {
    const all = [...events];
    const shared = all.filter(([, e]) => e.shared);
    const slots = all.filter(([, e]) => e.slot && e.intid !== undefined);
    const isUsed = (e: Event): boolean => e.instances.some((i) => i.registered || i.running);
    if (kvm) return SUCCESS;
    const isRunning = shared.some(([, e]) => e.instances[0].running);
    if (spec && (isRunning || slots.some(([, e]) => !e.shared && isUsed(e)))) return DENIED;
    for (const [, e] of shared) unregister(e.instances[0]);
    if (isRunning) return DENIED;
    let result = SUCCESS;
    for (const [number, e] of slots) {
      if (isUsed(e) || (tfa && irq(e.intid as number, pe).active)) result = DENIED;
      else release(number, e);
    }
    return result;
  }

  /** @returns X0; `ND` when the call does not return, `SAME` when it leaves X0 alone */
  function sdeiCall(pe: number, name: string, a: bigint[]): bigint | 'ND' | 'SAME' {
    const p = pes[pe];
    const number = Number(BigInt.asIntN(32, a[0] ?? 0n));
    const low = Number(BigInt.asUintN(32, a[0] ?? 0n));
    const e = events.get(number);
    const i = e && instance(e, pe);
    switch (name) {
      case 'SDEI_VERSION':
        return kvm ? 0x0001_0001_564b_caa9n : 1n << 48n;
      case 'SDEI_EVENT_REGISTER':
        return register(pe, e, a);
      case 'SDEI_EVENT_ENABLE':
      case 'SDEI_EVENT_DISABLE':
        if (!i) return INVALID;
        if (!i.registered) return qemu ? (i.running ? SUCCESS : INVALID) : DENIED;
        i.enabled = name === 'SDEI_EVENT_ENABLE';
        return SUCCESS;
      case 'SDEI_EVENT_CONTEXT': {
        const saved = p.stack.at(-1);
        if (kvm && !saved) return DENIED;
        if (low > 17) return INVALID;
        return saved ? saved.x[low] : DENIED;
      }
      case 'SDEI_EVENT_COMPLETE':
      case 'SDEI_EVENT_COMPLETE_AND_RESUME': {
        const resume = name === 'SDEI_EVENT_COMPLETE_AND_RESUME';
        if (spec && resume && !aligned(a[0])) return INVALID;
        const saved = p.stack.pop();
        if (!saved) return kvm ? 'SAME' : DENIED;
        p.x.splice(0, 18, ...saved.x);
        [p.pc, p.pstate] = [saved.pc, saved.pstate];
        if (resume) {
          [p.elr, p.spsr, p.pc] = [saved.pc, saved.pstate, a[0]];
          p.pstate = kvm || qemu ? (saved.pstate & ~0x1fn) | mode : mode;
        }
        end(saved, pe);
        return 'ND';
      }
      case 'SDEI_EVENT_UNREGISTER':
        if (!i) return INVALID;
        if (!i.registered) return i.running ? PENDING : DENIED;
        unregister(i);
        return i.running ? PENDING : SUCCESS;
      case 'SDEI_EVENT_STATUS':
        return i ? BigInt(Number(i.registered) + 2 * Number(i.enabled) + 4 * Number(i.running)) : INVALID;
      case 'SDEI_EVENT_GET_INFO': {
        const info = Number(BigInt.asUintN(32, a[1]));
        if (!e || !i || info > 4) return INVALID;
        if (info >= 3 && !e.shared) return INVALID;
        if (info >= 3 && !i.registered) return DENIED;
        if (info === 4) return i.target ?? INVALID;
        return BigInt([e.shared, number !== 0, e.critical, i.target !== undefined][info]);
      }
      case 'SDEI_EVENT_ROUTING_SET':
        if (kvm) return NOT_SUPPORTED;
        if (a[1] > 1n || (a[1] === 1n && affinity(a[2]) === undefined)) return INVALID;
        if (!e || !i || !e.shared || (tfa && e.slot && e.intid === undefined)) return INVALID;
        if (!i.registered || i.enabled || i.running || (qemu && i.pending)) return DENIED;
        i.target = a[1] === 1n ? BigInt(affinity(a[2]) ?? 0) : undefined;
        return SUCCESS;
      case 'SDEI_PE_MASK': {
        const changed = !p.masked;
        p.masked = true;
        return BigInt(changed && !kvm);
      }
      case 'SDEI_PE_UNMASK':
        p.masked = false;
        return SUCCESS;
      case 'SDEI_INTERRUPT_BIND':
        return bind(pe, low);
      case 'SDEI_INTERRUPT_RELEASE':
        if (kvm) return NOT_SUPPORTED;
        if (!e || !e.slot) return INVALID;
        if (e.instances.some((other) => other.registered || other.running)) return DENIED;
        if (tfa && e.intid === undefined) return INVALID;
        if (tfa && irq(e.intid as number, pe).active) return DENIED;
        release(number, e);
        return SUCCESS;
      case 'SDEI_EVENT_SIGNAL': {
        const target = affinity(a[1]);
        if (number !== 0 || !e || target === undefined) return INVALID;
        const there = e.instances[target];
        if (!spec && !there.registered) return INVALID;
        if (tfa && (pes[target].masked || !there.enabled)) return INVALID;
        raise(e, target);
        return SUCCESS;
      }
      case 'SDEI_FEATURES':
        if (kvm && low < 2) return 0n;
        return low === 0 ? BigInt(SLOTS * 65536 + SLOTS) : INVALID;
      case 'SDEI_PRIVATE_RESET': {
        const mine = [...events.values()].filter((other) => !other.shared).map((other) => other.instances[pe]);
        const isRunning = mine.some((other) => other.running);
        if (spec && isRunning) return DENIED;
        mine.forEach(unregister);
        return isRunning && !kvm ? DENIED : SUCCESS;
      }
      case 'SDEI_SHARED_RESET':
        return sharedReset(pe);
      default:
        throw new Error(`The model has no ${name}.`);
    }
  }

  function startAnew(pe: number, pc: bigint, x0: bigint): void {
    Object.assign(pes[pe], { power: 'on', waiting: false, masked: true, pc, pstate: mode, elr: 0n, spsr: 0n });
    pes[pe].x = [x0, ...new Array<bigint>(30).fill(0n)];
  }

  return {
    pes,
    events,
    interrupt: irq,
    poll,
    sdeiCall(pe: number, name: string, args: bigint[]): void {
      const result = sdeiCall(pe, name, args);
      if (typeof result === 'bigint') pes[pe].x[0] = BigInt.asUintN(64, result);
    },
    /** From outside the guest. Event 0 as SDEI_EVENT_SIGNAL to that PE would. */
    trigger(number: number, pe: number): void {
      const e = events.get(number);
      if (!e) return;
      const refuses = tfa && number === 0 && (pes[pe].masked || !e.instances[pe].enabled);
      if (!refuses) raise(e, pe);
    },
    /** A write of ISPENDR. */
    setPending(intid: number, pe: number): void {
      const e = [...events.values()].find((other) => other.intid === intid);
      const isTaken = e && (!e.slot || instance(e, pe).registered || instance(e, pe).running);
      if (e && isTaken) raise(e, pe);
      else irq(intid, pe).latched = true;
    },
    setLine(intid: number, level: boolean, pe: number): void {
      const i = irq(intid, pe);
      if (i.line === level) return;
      i.line = level;
      const e = [...events.values()].find((other) => other.intid === intid);
      const isTaken = e && (!e.slot || instance(e, pe).registered || instance(e, pe).running);
      if (!e || !isTaken) i.latched ||= level && !LEVEL.includes(intid);
      else if (level) raise(e, pe);
      else if (LEVEL.includes(intid)) instance(e, pe).pending = false;
    },
    cpuOff(pe: number): void {
      pes[pe].power = 'off';
      if (tfa) return;
      for (let saved = pes[pe].stack.pop(); saved; saved = pes[pe].stack.pop()) end(saved, pe);
    },
    cpuOn(caller: number, target: bigint, entry: bigint, x0: bigint): void {
      const answer = (result: bigint): void => {
        pes[caller].x[0] = BigInt.asUintN(64, result);
      };
      const pe = Number(target);
      if (target > 1n) return answer(-2n);
      if (pes[pe].power !== 'off') return answer(-4n);
      if (!aligned(entry)) return answer(-9n);
      for (const e of events.values()) {
        if (e.shared) continue;
        unregister(e.instances[pe]);
        e.instances[pe].running = false;
        e.instances[pe].pending = false;
      }
      startAnew(pe, entry, x0);
      return answer(SUCCESS);
    },
    /** The interrupt came that a PE in power-down suspend waits for. */
    wakeUp: startAnew,
  };
}
