/** What comes to the machine from outside, as data: the only things besides the guest's bytes that a run depends on. */
import { coreRegisterNamed } from './core-registers.ts';
import type { Machine } from './machine.ts';
import { type KvmError, setKvmRegister } from './sdei/kvm-registers.ts';
import type { TriggerResult } from './sdei/sdei-view.ts';
import type { ContextField } from './sdei/views.ts';
import { debuggerWrite, systemRegisterNamed } from './system/system-registers.ts';

/** A moment of a run: {@link Machine.instructions}, {@link Machine.ticks}, and how many inputs have come. */
export interface Moment {
  readonly instruction: number;
  readonly ticks: number;
  readonly inputs: number;
}

/** Of two moments of the same run. */
export function isBefore(one: Moment, other: Moment): boolean {
  if (one.instruction !== other.instruction) return one.instruction < other.instruction;
  return one.ticks < other.ticks || one.inputs < other.inputs;
}
export const isSame = (one: Moment, other: Moment): boolean => !isBefore(one, other) && !isBefore(other, one);

/** Arguments and result of each kind of input. */
interface Inputs {
  /** Bytes typed at the console. */
  consoleInput: [{ bytes: Uint8Array }, void];
  /** Nothing more will be typed, until something is. */
  consoleEnd: [{}, void];
  trigger: [{ event: number; pe: number }, TriggerResult];
  sdeiCall: [{ call: Parameters<Machine['sdeiCall']> }, ReturnType<Machine['sdeiCall']>];
  interruptedContext: [{ pe: number; depth: number; field: ContextField; value: bigint }, void];
  kvmRegister: [{ pe: number; id: bigint; value: Uint8Array; strict: boolean }, KvmError | undefined];
  /** False: there is no such register. */
  register: [{ pe: number; name: string; value: bigint }, boolean];
  /** Bytes at a physical address; how many could be placed. */
  memory: [{ address: number; bytes: Uint8Array }, number];
}
export type InputKind = keyof Inputs;
export type Input<Kind extends InputKind = InputKind> = { [K in Kind]: { readonly kind: K } & Readonly<Inputs[K][0]> }[Kind];
export type InputResult<Kind extends InputKind> = Inputs[Kind][1];

/** From here on only this PE runs; absent: all do. */
export interface Turn {
  readonly kind: 'turn';
  readonly onlyPe?: number;
}

const perform: { readonly [Kind in InputKind]: (machine: Machine, input: Input<Kind>) => InputResult<Kind> } = {
  consoleInput({ uart, semihosting }, { bytes }) {
    uart.receive(bytes);
    semihosting?.inputEnds(false);
  },
  consoleEnd: ({ semihosting }) => semihosting?.inputEnds(true),
  trigger: (machine, { event, pe }) => machine.trigger(event, pe),
  sdeiCall: (machine, { call }) => machine.sdeiCall(...call),
  interruptedContext: (machine, { pe, depth, field, value }) => machine.sdei.editInterruptedContext(pe, depth, field, value),
  kvmRegister(machine, { pe, id, value, strict }) {
    const error = setKvmRegister(machine.sdei, pe, id, value, strict);
    machine.deliverAfterEdit(pe);
    return error;
  },
  register(machine, { pe, name, value }) {
    const core = coreRegisterNamed(name);
    const row = core ? undefined : systemRegisterNamed(name);
    if (core) core.write(machine.pes[pe], value);
    else if (row) debuggerWrite(machine.pes[pe], row, value, machine.services);
    return core !== undefined || row !== undefined;
  },
  memory: (machine, { address, bytes }) => machine.writePhysical(address, bytes),
};

const refusals: { readonly [Kind in InputKind]?: (result: InputResult<Kind>) => boolean } = {
  trigger: ({ accepted }) => !accepted,
  sdeiCall: ({ status = 'SUCCESS' }) => status !== 'SUCCESS',
  kvmRegister: (error) => error !== undefined,
  register: (isDone) => !isDone,
  memory: (placed) => placed === 0,
};
/** It has changed nothing of the guest but what is counted of refusals. */
export const wasRefused = <Kind extends InputKind>(kind: Kind, result: InputResult<Kind>): boolean => refusals[kind]?.(result) ?? false;

/** @throws Error saying why the value is refused */
export const performInput = <Kind extends InputKind>(machine: Machine, input: Input<Kind>): InputResult<Kind> =>
  (perform[input.kind] as (machine: Machine, input: Input<Kind>) => InputResult<Kind>)(machine, input);
