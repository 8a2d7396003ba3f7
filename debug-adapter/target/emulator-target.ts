import { now } from './clock.ts';
import {
  type Beginning as KnownBeginning,
  Emulator,
  encodingName,
  type MachineConfiguration,
  type MachineState,
  type Recording as EmulatorRecording,
  RecordingError,
  type StopReason,
} from '../../emulator/emulator.ts';
import { validateSdeiConfiguration } from '../../emulator/sdei/configuration.ts';
import { impossibleSdei } from '../errors.ts';
import { nextTurn } from './next-turn.ts';
import {
  type AddressSpace,
  type PeInfo,
  type RegisterInfo,
  type ResumePlan,
  type SystemRegisterInfo,
  type Target,
  type TargetBreakpoint,
  TargetError,
  type TargetSdei,
  type TargetStop,
  type TargetStopConditions,
  type TargetWatchpoint,
  type TimeTravel,
  isBefore,
} from './target.ts';

export type { MachineConfiguration } from '../../emulator/emulator.ts';
export { reserveMachine } from '../../emulator/emulator.ts';

/** Instructions between two looks at the clock: a few milliseconds at most, also before generated code is warm. */
const SLICE = 500_000;
/** Instructions between two checkpoints: some ten milliseconds of run, which is what going back one instruction takes at most. */
const CHECKPOINT_INTERVAL = 10_000_000;
/** Where stops are passed again and again, the clock is looked at after this many instructions. */
const INSTRUCTIONS_PER_LOOK = 256;
/** What can stop a machine at one place: breakpoints of both kinds, watchpoints, dispatches and completions one after the other. */
const MOST_STOPS_OF_A_MOMENT = 16;
/** The event loop gets its turn at least this often while the machine runs. */
const YIELD_MILLISECONDS = 8;

/** Physical addresses have 48 bits. */
const PHYSICAL_END = 1n << 48n;

/**
 * A {@link Target} over the embedded machine.
 * @param checkpointInterval in instructions
 * @throws UserError for an SDEI configuration that breaks a rule
 */
export function createEmulatorTarget(configuration: MachineConfiguration, checkpointInterval: number = CHECKPOINT_INTERVAL): Target {
  const [problem] = validateSdeiConfiguration(configuration.sdei);
  if (problem !== undefined) throw impossibleSdei(problem);
  const emulator = new Emulator(configuration);
  let breakpoints: readonly TargetBreakpoint[] = [];
  let pauseRequested = false;
  /** Ends waiting for input. */
  let goOn = (): void => {};
  let watched: readonly TargetWatchpoint[] = [];
  let running = false;

  const registers: RegisterInfo[] = emulator.coreRegisters.map(({ name, bits }) => ({ name, bits, writable: true, group: 'Core' }));
  const systemRegisters: SystemRegisterInfo[] = emulator.systemRegisters
    .filter(({ aliasOf }) => aliasOf === undefined)
    .map((row) => ({
      name: row.name,
      bits: 64,
      writable: row.writeLevel !== undefined,
      group: row.group,
      description: row.description,
      get fields() {
        return row.fields;
      },
      get layouts() {
        return row.layouts.length > 0 ? row.layouts : undefined;
      },
      encoding: encodingName(row),
      access: row.readLevel === undefined ? 'WO' : row.writeLevel === undefined ? 'RO' : 'RW',
      level: Number(/_EL(\d)$/.exec(row.name)?.[1] ?? row.readLevel ?? row.writeLevel),
      get writableBits() {
        return row.writeLevel === undefined ? 0n : row.writable;
      },
    }));

  const checkPe = (pe: number): void => {
    if (!(Number.isInteger(pe) && pe >= 0 && pe < configuration.cpus))
      throw new TargetError(
        `PE${pe} does not exist: this machine has ${configuration.cpus} PE${configuration.cpus === 1 ? '' : 's'}, numbered from 0.`,
      );
  };
  const guarded = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw error instanceof TargetError ? error : new TargetError(error instanceof Error ? error.message : String(error));
    }
  };

  /** @throws TargetError where a recording is none of this run */
  function following<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw error instanceof RecordingError ? new TargetError(error.message) : error;
    }
  }
  const run = (budget: number, onlyPe?: number, keepsTime?: boolean): StopReason =>
    following(() => emulator.run(budget, onlyPe, keepsTime));

  const sdei: TargetSdei = {
    get events() {
      return emulator.sdei.events();
    },
    get pes() {
      return emulator.sdei.pes();
    },
    get deliveryCount() {
      return emulator.sdei.deliveryCount();
    },
    get deliveries() {
      return emulator.sdei.deliveries();
    },
    latestDeliveries: (most) => emulator.sdei.deliveries(most),
    trigger(event, pe) {
      const result = emulator.trigger(event, pe);
      goOn();
      return result;
    },
    call(pe, name, event) {
      checkPe(pe);
      const { result = 0n, status } = event === undefined ? emulator.sdeiCall(pe, name) : emulator.sdeiCall(pe, name, BigInt(event));
      return { result, ...(status !== undefined && status !== 'SUCCESS' && { error: status }) };
    },
    pseudoRegisters(pe) {
      checkPe(pe);
      return emulator.kvmRegisters.map(({ id, name, bytes }) => {
        const value = emulator.getKvmRegister(pe, id);
        return { id, name, bytes, writable: true, ...(value instanceof Uint8Array ? { value } : { error: value.message }) };
      });
    },
    writePseudoRegister(pe, id, bytes, strict) {
      checkPe(pe);
      const error = emulator.setKvmRegister(pe, id, bytes, strict);
      if (error) throw new TargetError(`${error.errno}: ${error.message}`);
    },
    writeInterruptedContext(pe, level, name, value) {
      checkPe(pe);
      guarded(() => emulator.editInterruptedContext(pe, level, name as 'pc', value));
    },
  };

  const known = (): NonNullable<typeof emulator.history> => emulator.history as NonNullable<typeof emulator.history>;
  /** Worked out when asked for: whether there is one is asked often. */
  const history: TimeTravel['history'] = {
    get checkpoints() {
      return known().checkpoints;
    },
    get end() {
      return known().to;
    },
    get isTooSmall() {
      return known().isTooSmall;
    },
  };
  const timeTravel: TimeTravel = {
    keepHistory: (memoryBytes, notesBeginning = false) =>
      emulator.keepHistory({ interval: checkpointInterval, memoryBytes, notesBeginning, milliseconds: now }),
    get history() {
      return emulator.keepsHistory ? history : undefined;
    },
    get moment() {
      return emulator.moment;
    },
    get isInPast() {
      return emulator.isInPast;
    },
    get recording() {
      return guarded(() => emulator.recording);
    },
    takeLeft: () => emulator.takeLeft(),
    partingFrom: (recording) => guarded(() => emulator.partingFrom(recording as EmulatorRecording)),
    follow: (recording, isHeard) => guarded(() => emulator.follow(recording as EmulatorRecording, isHeard)),
    contents: () => emulator.contents(),
    noteHere: () => emulator.noteHere(),
    get beginning() {
      const { beginning } = emulator;
      if (beginning === undefined) return undefined;
      const { ram, ...known } = beginning;
      return { at: known.at, known, pages: ram.pages, ram: ram.contents };
    },
    takeOver: ({ known, pages }, ram) => guarded(() => emulator.takeOver(known as KnownBeginning, pages, ram)),
    inputsAt: (instruction) => emulator.firstMomentOf(instruction).inputs,
    async travel(to, breathe) {
      const way = emulator.runningTo(to, breathe === undefined ? Number.POSITIVE_INFINITY : SLICE);
      try {
        while (!guarded(() => way.next()).done) {
          const result = await breathe?.();
          if (result !== undefined) return result;
        }
      } finally {
        way.return();
      }
      return undefined;
    },
    settle() {
      emulator.settle();
      return emulator.currentPe;
    },
    async repeat(until, visit, breathe) {
      // Of one moment several stops are told, but no more than this many.
      for (let standing = 0; isBefore(emulator.moment, until) && standing < MOST_STOPS_OF_A_MOMENT; ) {
        const before = emulator.moment;
        const left = until.instruction - before.instruction;
        if (left <= 0) return undefined;
        const stop = run(Math.min(left, SLICE));
        standing = isBefore(before, emulator.moment) ? 0 : standing + 1;
        if (stop.kind !== 'budget') visit(stop);
        else if (standing > 0) return undefined;
        const result = await breathe();
        if (result !== undefined) return result;
      }
      // What the last instruction did besides.
      for (let stop = emulator.takeStop(); stop !== undefined; stop = emulator.takeStop()) visit(stop);
      return undefined;
    },
    repeatOne: () => void run(1),
    repeatUntilTurnOf: (pe) => following(() => emulator.followUntilTurnOf(pe, SLICE)),
    repeatUntilRetired: (pe, retired) => following(() => emulator.followUntilRetired(pe, retired, SLICE)),
  };

  /** One slice; `undefined`: nothing but the slice is over. */
  function slice(plan: ResumePlan, end: number): TargetStop | undefined {
    const budget = Math.min(SLICE, end - emulator.instructions);
    if (budget <= 0) return { kind: 'budget' };
    const reason = run(budget, plan.onlyPe, plan.keepsTime);
    if (reason.kind !== 'budget') return reason;
    return emulator.instructions >= end ? reason : undefined;
  }

  const nextInput = (): Promise<void> =>
    new Promise((resolve) => {
      goOn = resolve;
    });

  return {
    get pes(): readonly PeInfo[] {
      return emulator.pes;
    },
    get time() {
      return emulator.instructions;
    },
    load: (physicalAddress, bytes) => emulator.load(physicalAddress, bytes),
    loadBy: (physicalAddress, length, fill) => emulator.loadBy(physicalAddress, length, fill),
    ram: emulator.ram,
    start: (entry, x0) => emulator.start(entry, x0),

    readRegister(pe, name) {
      checkPe(pe);
      const value = emulator.readRegister(pe, name);
      if (value === undefined)
        throw new TargetError(
          `There is no register "${name}". Core registers are x0 to x30, sp, pc and pstate; system registers have the Arm ARM's names, such as SCTLR_EL1.`,
        );
      return value;
    },
    writeRegister(pe, name, value) {
      checkPe(pe);
      if (!guarded(() => emulator.writeRegister(pe, name, value))) {
        throw new TargetError(
          `There is no register "${name}". Core registers are x0 to x30, sp, pc and pstate; system registers have the Arm ARM's names, such as SCTLR_EL1.`,
        );
      }
    },
    registerNote(pe, name) {
      checkPe(pe);
      return emulator.registerNote(pe, name);
    },
    coreRegisters: registers,
    systemRegisters,

    readMemory: (address, length, space = currentSpace) =>
      space.kind === 'physical' ? emulator.readPhysical(address, length) : emulator.readVirtual(space.pe ?? 0, address, length, space.el),
    writeMemory: (address, bytes, space = currentSpace) =>
      space.kind === 'physical' ? emulator.writePhysical(address, bytes) : emulator.writeVirtual(space.pe ?? 0, address, bytes, space.el),

    callName: (pe, x0) => emulator.nameOfCall(pe, x0),
    physicalAddress: (pe, address) => emulator.physicalAddress(pe, address),
    memoryRegion(pe, address) {
      checkPe(pe);
      return emulator.memoryRegion(pe, address);
    },
    setBreakpoints(list) {
      // Each run sets them; the machine looks for its code anew when they change.
      if (!areSame(list, breakpoints)) emulator.setBreakpoints(list);
      breakpoints = list;
    },
    setWatchpoints(watchpoints) {
      if (!isSame(watchpoints, watched)) emulator.setWatchpoints(watchpoints);
      watched = watchpoints;
    },
    physicalRanges(address, length, space) {
      if (space.kind === 'virtual') return emulator.physicalRanges(space.pe ?? 0, address, length, space.el);
      return address + BigInt(length) > PHYSICAL_END ? [] : [{ address: Number(address), length }];
    },
    setStopConditions: (conditions: TargetStopConditions) => emulator.setStopConditions(conditions),

    async resume(plan) {
      if (running) throw new TargetError('The guest is running already.');
      running = true;
      pauseRequested = false;
      const { until = [] } = plan;
      if (until.length > 0) emulator.setBreakpoints([...breakpoints, ...until]);
      try {
        const end = emulator.instructions + (plan.maxInstructions ?? Number.POSITIVE_INFINITY);
        for (;;) {
          const turnEnds = now() + YIELD_MILLISECONDS;
          let isWaiting = false;
          for (let looked = emulator.instructions; ; ) {
            const stop = slice(plan, end);
            isWaiting = plan.waitsForInput === true && stop?.kind === 'halted' && stop.why === 'awaits-input';
            if (isWaiting) break;
            if (stop && !(stop.kind !== 'budget' && plan.passes?.(stop))) return stop;
            if (stop && emulator.instructions - looked < INSTRUCTIONS_PER_LOOK) continue;
            if (now() >= turnEnds) break;
            looked = emulator.instructions;
          }
          await (isWaiting ? nextInput() : nextTurn());
          if (pauseRequested) return { kind: 'pause' };
        }
      } finally {
        running = false;
        if (until.length > 0) emulator.setBreakpoints(breakpoints);
      }
    },
    pause() {
      pauseRequested = true;
      goOn();
    },
    step: (pe) => following(() => emulator.step(pe)),
    told: (pe) => emulator.told(pe),
    timeTravel,

    saveState: () => emulator.saveState(),
    restoreState: (state, withSdei) => guarded(() => emulator.restoreState(state as MachineState, withSdei)),
    stateHash: () => emulator.stateHash(),

    takeConsoleOutput: () => emulator.takeConsoleOutput(),
    get consoleLines() {
      return emulator.consoleLines;
    },
    sendConsoleInput(bytes) {
      emulator.sendConsoleInput(bytes);
      goOn();
    },
    endConsoleInput() {
      emulator.endConsoleInput();
      goOn();
    },
    sdei,
  };
}

/** Of plain data. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  const fields = one as Record<string, unknown>;
  const others = other as Record<string, unknown>;
  for (const key in fields) if (!isSame(fields[key], others[key])) return false;
  for (const key in others) if (!(key in fields)) return false;
  return true;
}

const areSame = (one: readonly TargetBreakpoint[], other: readonly TargetBreakpoint[]): boolean =>
  one.length === other.length &&
  one.every(({ address, pe, isPhysical, condition }, index) => {
    const its = other[index];
    return address === its.address && pe === its.pe && isPhysical === its.isPhysical && condition === its.condition;
  });

const currentSpace: AddressSpace = { kind: 'virtual' };
