/**
 * `$name` for SDEI state: convenience variables, the interrupted context, and KVM's pseudo firmware registers.
 *
 * | Name | Value |
 * |---|---|
 * | `$sdei_event` | number of the event whose handler this frame belongs to, else of the innermost running handler, else -1 |
 * | `$sdei_handler`, `$sdei_argument` | entry point and argument that were registered for that event |
 * | `$sdei_depth` | how many handlers run on the PE: 0, 1, or 2 (a critical one over a normal one) |
 * | `$sdei_masked` | 1 while the PE is masked; writing does what SDEI_PE_MASK and SDEI_PE_UNMASK do |
 * | `$sdei_pending` | lowest number of an event pending for the PE, else -1 |
 * | `$sdei_context` | what that handler interrupted: `.x0` … `.x17`, `.pc`, `.pstate` |
 * | `$device_irq_level` | what kvm_run tells user space of the PE's timers and PMU (`"irqchip": "user"`), with its three bits |
 * | `$pe`, `$el`, `$time` | PE index, exception level of the frame, instructions retired by the machine |
 * | `$_thread`, `$_gthread` | gdb's words for the number of the thread, which counts PEs from 1 |
 * | `$KVM_REG_ARM_SDEI_…` | the pseudo firmware registers, with their bits and members; `$sdei_event_pending` for `$KVM_REG_ARM_SDEI_EVENT_PENDING` |
 */
import { deviceIrqBits } from '../target/device-irq-level.ts';
import type { TargetInterruptedContext, TargetPseudoRegister, TargetSdeiEvent } from '../target/target.ts';
import { boolType, intType, pointerTo, unsignedLongType, voidType } from './c-types.ts';
import { type Cell, withFields } from './cell.ts';
import { ExpressionError } from './expression-error.ts';
import { codePointerType, pstateCell } from './machine-cells.ts';
import { attempt, bytesOf, integerFrom, ValueUnavailable, writeInterruptedContext } from './place.ts';
import { pstateFields, pstateText } from './pstate.ts';
import type { Scene } from './scene.ts';

const runningOf = ({ frame }: Scene) => frame.target.sdei.pes[frame.pe]?.running ?? [];

/** Index of the handler that SDEI values of this frame are about; `undefined` when none runs. */
export function handlerLevel(scene: Scene): number | undefined {
  const depth = runningOf(scene).length;
  return scene.frame.handler ?? scene.frame.interruptedBy ?? (depth > 0 ? depth - 1 : undefined);
}

function contextOf(scene: Scene): { level: number; context: TargetInterruptedContext } {
  const level = handlerLevel(scene);
  const context = level === undefined ? undefined : runningOf(scene)[level];
  if (level === undefined || !context)
    throw new ValueUnavailable('<no handler runs>', `No event handler runs on PE${scene.frame.pe}: nothing is interrupted.`);
  return { level, context };
}

export const eventCell: Cell = {
  name: 'sdei_event',
  type: intType,
  bits: 32,
  decimal: true,
  readOnly: '$sdei_event is read-only; trigger an event to run its handler.',
  read(scene) {
    const level = handlerLevel(scene);
    return BigInt((level === undefined ? undefined : runningOf(scene)[level]?.event) ?? -1);
  },
};

/** The handler that SDEI values of this frame are about, and its event; `undefined` when none runs. */
export function runningHandler(scene: Scene): { readonly context: TargetInterruptedContext; readonly event?: TargetSdeiEvent } | undefined {
  const level = handlerLevel(scene);
  const context = level === undefined ? undefined : runningOf(scene)[level];
  if (!context) return undefined;
  const same = scene.frame.target.sdei.events.filter(({ number }) => number === context.event);
  return { context, event: same.find(({ pe }) => pe === scene.frame.pe) ?? same.find(({ type }) => type === 'shared') ?? same[0] };
}

function registrationCell(name: string, type: Cell['type'], read: (event: TargetSdeiEvent) => bigint | undefined): Cell {
  return {
    name,
    type,
    bits: 64,
    readOnly: `$${name} is read-only: SDEI_EVENT_REGISTER sets it.`,
    read(scene) {
      const { event } = runningHandler(scene) ?? {};
      const value = event && read(event);
      if (value !== undefined) return value;
      if (event) throw new ValueUnavailable('<not registered>', `Event ${event.number} is not registered any more.`);
      throw new ValueUnavailable('<no handler runs>', `No event handler runs on PE${scene.frame.pe}.`);
    },
  };
}

export const handlerCell = registrationCell('sdei_handler', codePointerType, ({ entryPoint }) => entryPoint);
export const argumentCell = registrationCell('sdei_argument', pointerTo(voidType), ({ argument }) => argument);

export const maskedCell: Cell = {
  name: 'sdei_masked',
  type: boolType,
  bits: 1,
  decimal: true,
  read: ({ frame }) => (frame.target.sdei.pes[frame.pe]?.masked ? 1n : 0n),
  write({ frame }, value) {
    const call = value ? 'SDEI_PE_MASK' : 'SDEI_PE_UNMASK';
    const { error } = attempt(() => frame.target.sdei.call(frame.pe, call));
    if (error) throw new ExpressionError(`${call} on PE${frame.pe} answers ${error}.`);
  },
};

/** Events pending for the PE: its private ones and the shared ones, ascending. */
export function pendingEvents({ frame }: Scene): number[] {
  const { events } = frame.target.sdei;
  const mine = events.filter((event) => event.pending && (event.type === 'shared' || event.pe === undefined || event.pe === frame.pe));
  return mine.map(({ number }) => number).sort((a, b) => a - b);
}

export const pendingCell: Cell = {
  name: 'sdei_pending',
  type: intType,
  bits: 32,
  decimal: true,
  read: (scene) => BigInt(pendingEvents(scene)[0] ?? -1),
};

const convenienceCells: readonly Cell[] = [
  eventCell,
  handlerCell,
  argumentCell,
  maskedCell,
  { name: 'sdei_depth', type: intType, bits: 32, decimal: true, read: (scene) => BigInt(runningOf(scene).length) },
  pendingCell,
  { name: 'pe', type: intType, bits: 32, decimal: true, read: ({ frame }) => BigInt(frame.pe) },
  ...['_thread', '_gthread'].map((name) => ({
    name,
    type: intType,
    bits: 32,
    decimal: true,
    read: ({ frame }: Scene) => BigInt(frame.pe + 1),
  })),
  { name: 'el', type: intType, bits: 32, decimal: true, read: (scene) => ((pstateCell.read?.(scene) ?? 0n) >> 2n) & 3n },
  { name: 'time', type: unsignedLongType, bits: 64, decimal: true, read: ({ frame }) => BigInt(frame.target.time) },
];

function contextPart(name: string, type: Cell['type'], read: (context: TargetInterruptedContext) => bigint): Cell {
  return {
    name: `sdei_context.${name}`,
    type,
    bits: 64,
    read: (scene) => read(contextOf(scene).context),
    write: (scene, value) => writeInterruptedContext(scene, contextOf(scene).level, name, value),
  };
}

export const contextCell: Cell = {
  name: 'sdei_context',
  type: { kind: 'struct', name: 'sdei_context', size: 160, members: () => [] },
  bits: 160 * 8,
  parts: [
    contextPart('pc', codePointerType, ({ pc }) => pc),
    withFields({ ...contextPart('pstate', unsignedLongType, ({ pstate }) => pstate), describe: pstateText }, pstateFields),
    ...Array.from({ length: 18 }, (_, n) => contextPart(`x${n}`, unsignedLongType, ({ x }) => x[n])),
  ],
};

const layouts: Readonly<Record<string, 'bitmap' | 'handler' | 'context' | 'state'>> = {
  HANDLER_0: 'handler',
  HANDLER_1: 'handler',
  HANDLER_2: 'handler',
  HANDLER_3: 'handler',
  REGISTERED: 'bitmap',
  ENABLED: 'bitmap',
  RUNNING: 'bitmap',
  PENDING: 'bitmap',
  CONTEXT: 'context',
};

function pseudoRegister({ frame }: Scene, name: string): TargetPseudoRegister {
  const register = frame.target.sdei.pseudoRegisters(frame.pe).find((candidate) => candidate.name === name);
  if (!register) throw new ExpressionError(`This target has no ${name}.`);
  return register;
}

function pseudoBytes(scene: Scene, name: string): Uint8Array {
  const { value, error } = pseudoRegister(scene, name);
  if (!value) throw new ValueUnavailable(`<${error ?? 'not readable'}>`, `${name} cannot be read: ${error ?? 'no reason given'}.`);
  return value;
}

/** `size` bytes at `offset` of a pseudo register. KVM transfers registers whole, so a part is written with the rest as it is. */
function pseudoPart(register: string, part: string | undefined, offset: number, size: number, type: Cell['type']): Cell {
  return {
    name: part ? `${register}.${part}` : register,
    ...(part ? { within: { cell: register, lsb: offset * 8 } } : {}),
    type,
    bits: size * 8,
    read: (scene) => integerFrom(pseudoBytes(scene, register).slice(offset, offset + size)),
    write(scene, value) {
      const { id } = pseudoRegister(scene, register);
      const bytes = pseudoBytes(scene, register).slice();
      bytes.set(bytesOf(value, size), offset);
      attempt(() => scene.frame.target.sdei.writePseudoRegister(scene.frame.pe, id, bytes));
    },
  };
}

function pseudoCell(shortName: string): Cell {
  const name = `KVM_REG_ARM_SDEI_${shortName === 'PE_STATE' ? shortName : `EVENT_${shortName}`}`;
  const whole = pseudoPart(name, undefined, 0, 8, unsignedLongType);
  const bit = (label: string, at: number, values?: Record<number, string>) => ({ name: label, msb: at, lsb: at, values });
  switch (layouts[shortName]) {
    case 'bitmap':
      return withFields(whole, [bit('EVENT_0', 0), bit('EVENT_1', 1)]);
    case 'handler':
      return {
        name,
        type: { kind: 'struct', name: 'sdei_event_handler', size: 16, members: () => [] },
        bits: 128,
        parts: [pseudoPart(name, 'entry', 0, 8, codePointerType), pseudoPart(name, 'argument', 8, 8, unsignedLongType)],
      };
    case 'context': {
      const parts: Cell[] = [pseudoPart(name, 'pc', 0, 8, codePointerType)];
      parts.push(withFields({ ...pseudoPart(name, 'pstate', 8, 8, unsignedLongType), describe: pstateText }, pstateFields));
      for (let n = 0; n < 18; n++) parts.push(pseudoPart(name, `x${n}`, 16 + 8 * n, 8, unsignedLongType));
      return { name, type: { kind: 'struct', name: 'sdei_event_context', size: 256, members: () => [] }, bits: 2048, parts };
    }
    default:
      return withFields(whole, [bit('MASKED', 0, { 0: 'unmasked', 1: 'masked' })]);
  }
}

/** KVM's ten, in id order. */
export const pseudoCells: readonly Cell[] = [...Object.keys(layouts), 'PE_STATE'].map(pseudoCell);

/** Of kvm_run, with a user interrupt controller. */
export const deviceIrqLevelCell: Cell = withFields(
  {
    name: 'device_irq_level',
    type: unsignedLongType,
    bits: 64,
    readOnly: '$device_irq_level is read-only: it follows the timers and the PMU of the PE.',
    read({ frame }) {
      const level = frame.target.pes[frame.pe]?.deviceIrqLevel;
      if (level === undefined)
        throw new ValueUnavailable('<"irqchip" is "kernel">', 'There is no device_irq_level: launch with "irqchip": "user".');
      return BigInt(level);
    },
  },
  deviceIrqBits.map(({ name, mask }) => ({ name, msb: Math.log2(mask), lsb: Math.log2(mask) })),
);

const PREFIX = 'kvm_reg_arm_sdei_';

/** Lower-case name → cell. Pseudo registers also by the names that gdb has for them: `sdei_event_pending`. */
export const sdeiCells: ReadonlyMap<string, Cell> = new Map(
  [...convenienceCells, contextCell, deviceIrqLevelCell, ...pseudoCells].flatMap((cell): [string, Cell][] => {
    const name = cell.name.toLowerCase();
    const names = name.startsWith(PREFIX) ? [name, `sdei_${name.slice(PREFIX.length)}`] : [name];
    return names.map((one) => [one, cell]);
  }),
);
