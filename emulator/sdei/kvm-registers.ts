/**
 * KVM's SDEI pseudo firmware registers (series "Support SDEI Virtualization" v7): one row each, per vCPU.
 *
 * They have places for the private normal events 0 and 1 and for one interrupted context. State beyond that (critical, shared and other
 * events, nested handlers) is an EINVAL that says what does not fit, never a silent zero.
 *
 * Values are little endian. Any order of writing works; what belongs together takes effect when it is complete: handlers, registered,
 * enabled, running, context, pending, and the PE state last, so that nothing is delivered half-way. The machine calls `deliverPending`
 * after a write.
 */

import { allowDelivery, discardPending, recordEnd } from './delivery.ts';
import type { SdeiDispatcher } from './dispatcher.ts';
import { type DispatcherCore, type EventInstance, type SdeiEvent, findEvent, instanceOn } from './dispatcher-state.ts';
import { statusBits } from './handler-state.ts';
import { SAVED_REGISTERS, contextFrom, valuesOf } from './saved-context.ts';
import type { HandlerState } from './sdei-view.ts';

/** `ENOENT`: no such register. `EINVAL`: the state or value has no place. `EPERM`: the vCPU has no SDEI. */
export interface KvmError {
  readonly errno: 'ENOENT' | 'EINVAL' | 'EPERM';
  readonly message: string;
}

export interface KvmRegisterInfo {
  readonly id: bigint;
  readonly name: string;
  readonly bytes: number;
}

/** One vCPU's view of the dispatcher. */
interface Vcpu {
  readonly core: DispatcherCore;
  readonly pe: number;
  /** Refuse what KVM takes without a look: unknown bits, states that no call can bring about. */
  readonly strict: boolean;
}

interface KvmRegister extends KvmRegisterInfo {
  get(vcpu: Vcpu): Uint8Array | KvmError;
  set(vcpu: Vcpu, value: DataView): KvmError | undefined;
}

const REGISTERED = 1;
const ENABLED = 2;
const RUNNING = 4;
const EVENTS = [0, 1];

const invalid = (message: string): KvmError => ({ errno: 'EINVAL', message });

function bytesOf(size: number, ...values: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  values.forEach((value, n) => view.setBigUint64(8 * n, BigInt.asUintN(64, value), true));
  return new Uint8Array(view.buffer);
}

/** Event 0 or 1 on that vCPU, if the dispatcher has it as KVM does: private and normal. */
function instanceOf({ core, pe }: Vcpu, number: number): EventInstance | undefined {
  const event = findEvent(core, number);
  return event && fits(event) ? instanceOn(event, pe) : undefined;
}

function fits({ number, type, priority }: SdeiEvent): boolean {
  return EVENTS.includes(number) && type === 'private' && priority === 'normal';
}

/** Status bits of the handler, with an enabled bit that still waits for its registered bit. */
function bitsOf({ state, strayEnabled }: EventInstance): number {
  return statusBits[state] | (strayEnabled ? ENABLED : 0);
}

const statesByBits = new Map(Object.entries(statusBits).map(([state, bits]) => [bits, state as HandlerState]));

function setBits(instance: EventInstance, bits: number): void {
  const state = statesByBits.get(bits);
  instance.strayEnabled = state === undefined;
  instance.state = state ?? statesByBits.get(bits & ~ENABLED) ?? 'unregistered';
}

function handlerRegister(number: number, id: bigint): KvmRegister {
  const name = `KVM_REG_ARM_SDEI_EVENT_HANDLER_${number}`;
  const size = 16;
  if (!EVENTS.includes(number)) return { id, name, bytes: size, get: () => bytesOf(size), set: () => undefined };
  return {
    id,
    name,
    bytes: size,
    get(vcpu) {
      const instance = instanceOf(vcpu, number);
      if (instance?.relative)
        return invalid(`Event ${number} has a relative entry point (SDEI 1.1), which ${name} cannot tell from an address.`);
      return bytesOf(size, instance?.entryPoint ?? 0n, instance?.argument ?? 0n);
    },
    set(vcpu, value) {
      const [entryPoint, argument] = [value.getBigUint64(0, true), value.getBigUint64(8, true)];
      const instance = instanceOf(vcpu, number);
      if (!instance) return entryPoint === 0n && argument === 0n ? undefined : missingEvent(vcpu, number, name);
      instance.entryPoint = entryPoint;
      instance.argument = argument;
      instance.relative = false;
      return undefined;
    },
  };
}

function missingEvent({ core }: Vcpu, number: number, name: string): KvmError {
  const event = findEvent(core, number);
  const why = event
    ? `is ${event.type} and ${event.priority} here, not private and normal`
    : `does not exist in profile ${core.configuration.profile}`;
  return invalid(
    `${name}: event ${number} ${why}. Use profile kvm, or declare a private normal event ${number} under "events" of the launch key "sdei".`,
  );
}

/** A bitmap with a bit per event. */
interface Bitmap {
  readonly name: string;
  readonly word: string;
  isSet(instance: EventInstance, pe: number): boolean;
  set(vcpu: Vcpu, bits: ReadonlyMap<number, boolean>): KvmError | undefined;
}

function bitmapRegister(id: bigint, bitmap: Bitmap): KvmRegister {
  return {
    id,
    name: bitmap.name,
    bytes: 8,
    get(vcpu) {
      for (const event of vcpu.core.state.events) {
        if (!fits(event) && bitmap.isSet(instanceOn(event, vcpu.pe), vcpu.pe)) {
          return invalid(
            `${bitmap.name} has bits for the private normal events 0 and 1 only, and the ${event.type} ${event.priority} event ${event.number} is ${bitmap.word}.`,
          );
        }
      }
      const set = EVENTS.filter((number) => {
        const instance = instanceOf(vcpu, number);
        return instance && bitmap.isSet(instance, vcpu.pe);
      });
      return bytesOf(8, BigInt(set.reduce((bits, number) => bits | (1 << number), 0)));
    },
    set(vcpu, value) {
      const bits = value.getBigUint64(0, true);
      if (vcpu.strict && bits > 3n) return invalid(`${bitmap.name} 0x${bits.toString(16)} has bits beyond events 0 and 1.`);
      const wanted = new Map<number, boolean>();
      for (const number of EVENTS) {
        const set = ((bits >> BigInt(number)) & 1n) !== 0n;
        if (instanceOf(vcpu, number)) wanted.set(number, set);
        else if (set) return missingEvent(vcpu, number, bitmap.name);
      }
      return bitmap.set(vcpu, wanted);
    },
  };
}

function statusBitmap(name: string, word: string, bit: number): Bitmap {
  return {
    name,
    word,
    isSet: (instance) => (bitsOf(instance) & bit) !== 0,
    set(vcpu, wanted) {
      const changes = [...wanted].map(([number, set]) => {
        const instance = instanceOf(vcpu, number);
        const bits = instance ? (set ? bitsOf(instance) | bit : bitsOf(instance) & ~bit) : 0;
        return { number, instance, bits };
      });
      const illegal = vcpu.strict && changes.find(({ bits }) => !statesByBits.has(bits));
      if (illegal) return invalid(`${name}: event ${illegal.number} would be enabled but not registered, which no handler can be.`);
      for (const { instance, bits } of changes) if (instance) setBits(instance, bits);
      return undefined;
    },
  };
}

const running = statusBitmap('KVM_REG_ARM_SDEI_EVENT_RUNNING', 'running', RUNNING);

/** The context that the registers show for this vCPU, unless other events or nested handlers are in the way. */
function foreignHandler({ core, pe }: Vcpu, name: string): KvmError | undefined {
  const foreign = core.state.pes[pe].running.find((handler) => !EVENTS.includes(handler.event) || handler.priority !== 'normal');
  if (!foreign) return undefined;
  const { event, priority } = foreign;
  return invalid(
    `${name} has no place for the ${priority} handler of event ${event} that PE${pe} runs: only handlers of events 0 and 1 fit.`,
  );
}

const runningWithContext: Bitmap = {
  ...running,
  isSet: (instance, pe) => running.isSet(instance, pe) && (instance.runningOn ?? pe) === pe,
  set(vcpu, wanted) {
    const { core, pe, strict } = vcpu;
    const foreign = foreignHandler(vcpu, running.name);
    if (foreign) return foreign;
    const now = [...wanted].filter(([, set]) => set).map(([number]) => number);
    if (strict && now.length > 1) return invalid(`${running.name}: events 0 and 1 are both normal, so only one of them can run on a PE.`);
    const problem = running.set(vcpu, wanted);
    if (problem) return problem;
    const state = core.state.pes[pe];
    const context = state.running.at(-1)?.context ?? state.idleContext;
    state.idleContext = context.slice();
    for (const number of wanted.keys()) {
      const instance = instanceOf(vcpu, number);
      if (instance) instance.runningOn = now.includes(number) ? pe : undefined;
    }
    for (const handler of state.running) if (!now.includes(handler.event)) recordEnd(core, handler, 'reset');
    state.running = now.map((event) => {
      const kept = state.running.find((handler) => handler.event === event);
      return kept ?? { event, priority: 'normal', at: core.host.time, context: context.slice(), delivery: -1 };
    });
    return undefined;
  },
};

const pending: Bitmap = {
  name: 'KVM_REG_ARM_SDEI_EVENT_PENDING',
  word: 'pending',
  isSet: (instance) => instance.pending,
  set(vcpu, wanted) {
    const unregistered = [...wanted].find(([number, set]) => set && instanceOf(vcpu, number)?.state === 'unregistered');
    if (vcpu.strict && unregistered) return invalid(`${pending.name}: event ${unregistered[0]} has no handler, so it cannot be pending.`);
    for (const [number, set] of wanted) {
      const instance = instanceOf(vcpu, number);
      if (!instance || instance.pending === set) continue;
      if (!set) {
        discardPending(instance);
        continue;
      }
      instance.pending = true;
      instance.counts.triggered++;
      allowDelivery(vcpu.core, vcpu.pe);
    }
    return undefined;
  },
};

const CONTEXT_BYTES = 256;
const contextRegister: KvmRegister = {
  id: 0x6080_0000_0014_000cn,
  name: 'KVM_REG_ARM_SDEI_EVENT_CONTEXT',
  bytes: CONTEXT_BYTES,
  get(vcpu) {
    const foreign = foreignHandler(vcpu, this.name);
    if (foreign) return foreign;
    const state = vcpu.core.state.pes[vcpu.pe];
    const { pc, pstate, x } = valuesOf(state.running.at(-1)?.context ?? state.idleContext);
    return bytesOf(CONTEXT_BYTES, pc, pstate, ...x);
  },
  set(vcpu, value) {
    const foreign = foreignHandler(vcpu, this.name);
    if (foreign) return foreign;
    const word = (n: number): bigint => value.getBigUint64(8 * n, true);
    const x = Array.from({ length: SAVED_REGISTERS }, (_, n) => word(2 + n));
    const saved = contextFrom({ pc: word(0), pstate: word(1), x });
    const state = vcpu.core.state.pes[vcpu.pe];
    state.idleContext = saved;
    state.running = state.running.map((handler) => ({ ...handler, context: saved.slice() }));
    return undefined;
  },
};

const peStateRegister: KvmRegister = {
  id: 0x6030_0000_0014_000dn,
  name: 'KVM_REG_ARM_SDEI_PE_STATE',
  bytes: 8,
  get: ({ core, pe }) => bytesOf(8, core.state.pes[pe].masked ? 1n : 0n),
  set({ core, pe, strict }, value) {
    const state = value.getBigUint64(0, true);
    if (strict && state > 1n) return invalid(`${this.name} is 0 (unmasked) or 1 (masked), not 0x${state.toString(16)}.`);
    core.state.pes[pe].masked = state !== 0n;
    if (state === 0n) allowDelivery(core, pe);
    return undefined;
  },
};

const registers: readonly KvmRegister[] = [
  handlerRegister(0, 0x6040_0000_0014_0004n),
  handlerRegister(1, 0x6040_0000_0014_0005n),
  handlerRegister(2, 0x6040_0000_0014_0006n),
  handlerRegister(3, 0x6040_0000_0014_0007n),
  bitmapRegister(0x6030_0000_0014_0008n, statusBitmap('KVM_REG_ARM_SDEI_EVENT_REGISTERED', 'registered', REGISTERED)),
  bitmapRegister(0x6030_0000_0014_0009n, statusBitmap('KVM_REG_ARM_SDEI_EVENT_ENABLED', 'enabled', ENABLED)),
  bitmapRegister(0x6030_0000_0014_000an, runningWithContext),
  bitmapRegister(0x6030_0000_0014_000bn, pending),
  contextRegister,
  peStateRegister,
];

const STD_BMAP_SDEI = 2n;
/** Not one of the ten: the bitmap of standard services that the guest may use. */
const standardServices: KvmRegister = {
  id: 0x6030_0000_0016_0000n,
  name: 'KVM_REG_ARM_STD_BMAP',
  bytes: 8,
  get: ({ core }) => bytesOf(8, core.state.available ? STD_BMAP_SDEI : 0n),
  set({ core }, value) {
    const bits = value.getBigUint64(0, true);
    if ((bits & ~STD_BMAP_SDEI) !== 0n)
      return invalid(`${this.name} 0x${bits.toString(16)} has services that this machine does not offer: only bit 1 (SDEI) can be set.`);
    core.state.available = bits !== 0n;
    return undefined;
  },
};

/** What KVM_GET_REG_LIST says of SDEI: ten registers, by id. */
export const kvmRegisters: readonly KvmRegisterInfo[] = registers.map(({ id, name, bytes }) => ({ id, name, bytes }));

function locate(
  dispatcher: SdeiDispatcher | undefined,
  pe: number,
  id: bigint,
  strict: boolean,
): { register: KvmRegister; vcpu: Vcpu } | KvmError {
  const register = [...registers, standardServices].find((candidate) => candidate.id === id);
  if (!register)
    return { errno: 'ENOENT', message: `No SDEI pseudo register has id 0x${id.toString(16)}: the ten ids end in 0004 to 000d.` };
  if (!dispatcher) return { errno: 'EPERM', message: `${register.name}: the vCPU was made without SDEI.` };
  if (!dispatcher.core.host.pes[pe]) return invalid(`${register.name}: there is no PE${pe}.`);
  return { register, vcpu: { core: dispatcher.core, pe, strict } };
}

/** KVM_GET_ONE_REG. @param dispatcher absent: a vCPU without SDEI */
export function getKvmRegister(dispatcher: SdeiDispatcher | undefined, pe: number, id: bigint): Uint8Array | KvmError {
  const located = locate(dispatcher, pe, id, false);
  return 'errno' in located ? located : located.register.get(located.vcpu);
}

/**
 * KVM_SET_ONE_REG. Nothing changes if it fails.
 * @param strict refuse what KVM takes without a look: bits without meaning, and states that no call can bring about
 * @returns `undefined` on success
 */
export function setKvmRegister(
  dispatcher: SdeiDispatcher | undefined,
  pe: number,
  id: bigint,
  value: Uint8Array,
  strict = false,
): KvmError | undefined {
  const located = locate(dispatcher, pe, id, strict);
  if ('errno' in located) return located;
  const { register, vcpu } = located;
  if (value.length !== register.bytes) return invalid(`${register.name} takes ${register.bytes} bytes, not ${value.length}.`);
  return register.set(vcpu, new DataView(value.buffer, value.byteOffset, value.byteLength));
}
