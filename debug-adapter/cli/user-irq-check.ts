/**
 * Whether a KVM_RUN loop keeps what KVM_CAP_ARM_USER_IRQ promises and asks for. A trace is what happened, in order; a device named in an
 * `edge` entry is edge-triggered from there on, every other follows its line.
 */
import { deviceIrqBits } from '../target/device-irq-level.ts';

export type DeviceName = (typeof deviceIrqBits)[number]['name'];

export type TraceEntry = { readonly vcpu: number } & (
  | { readonly event: 'level'; readonly device: DeviceName; readonly level: 0 | 1 }
  | { readonly event: 'edge'; readonly device: DeviceName }
  /** KVM_RUN returns; `deviceIrqLevel` is what kvm_run says then. */
  | { readonly event: 'exit'; readonly deviceIrqLevel: number }
  /** User space gives a level to its interrupt controller; for an edge-triggered device level 1 is a pulse. */
  | { readonly event: 'line'; readonly intid: number; readonly level: 0 | 1 }
  /** The guest runs on. */
  | { readonly event: 'enter' }
);

export const userIrqRules = {
  'exit-before-run': 'after a changed level there is an exit before the guest runs on',
  'level-in-every-exit': 'every exit tells the levels as they are',
  'edge-once': 'an edge sets its bit in one exit, and in one only',
  forwarded: 'user space gives every changed level to its interrupt controller before the guest runs on',
} as const;
export type UserIrqRule = keyof typeof userIrqRules;

export interface UserIrqFinding {
  /** Index of the entry that breaks the rule. */
  readonly entry: number;
  readonly vcpu: number;
  readonly rule: UserIrqRule;
  readonly message: string;
}

interface Vcpu {
  /** Lines of level-triggered devices. */
  level: number;
  /** Edges that no exit has told yet. */
  edges: number;
  /** kvm_run's field, as of the last exit. */
  told: number;
  /** What the interrupt controller was given. */
  given: number;
  /** Edges told, not given yet. */
  owed: number;
}

/** @returns one finding for each rule broken, each time; empty: the loop is right */
export function checkUserIrqTrace(trace: readonly TraceEntry[]): UserIrqFinding[] {
  const findings: UserIrqFinding[] = [];
  const vcpus = new Map<number, Vcpu>();
  let edgeTriggered = 0;
  trace.forEach((entry, index) => {
    const vcpu = vcpus.get(entry.vcpu) ?? { level: 0, edges: 0, told: 0, given: 0, owed: 0 };
    vcpus.set(entry.vcpu, vcpu);
    const broken = (rule: UserIrqRule, message: string): void => {
      findings.push({ entry: index, vcpu: entry.vcpu, rule, message: `${message}: ${userIrqRules[rule]}` });
    };
    switch (entry.event) {
      case 'level':
        vcpu.level = entry.level ? vcpu.level | maskOf(entry.device) : vcpu.level & ~maskOf(entry.device);
        return;
      case 'edge':
        edgeTriggered |= maskOf(entry.device);
        vcpu.edges |= maskOf(entry.device);
        return;
      case 'exit': {
        for (const { name, mask } of deviceIrqBits) {
          const isTold = (entry.deviceIrqLevel & mask) !== 0;
          if (edgeTriggered & mask) {
            const isDue = (vcpu.edges & mask) !== 0;
            if (isTold && !isDue) broken('edge-once', `The exit of vCPU ${entry.vcpu} sets ${name} without a new edge`);
            if (!isTold && isDue) broken('edge-once', `The exit of vCPU ${entry.vcpu} does not set ${name}, which had an edge`);
          } else if (isTold !== ((vcpu.level & mask) !== 0)) {
            broken(
              'level-in-every-exit',
              `The exit of vCPU ${entry.vcpu} tells that ${name} is ${isTold ? 'high' : 'low'}, and it is ${isTold ? 'low' : 'high'}`,
            );
          }
        }
        vcpu.told = entry.deviceIrqLevel & ~edgeTriggered;
        vcpu.owed |= entry.deviceIrqLevel & edgeTriggered;
        vcpu.edges = 0;
        return;
      }
      case 'line': {
        const mask = deviceIrqBits.find(({ intid }) => intid === entry.intid)?.mask ?? 0;
        vcpu.given = entry.level ? vcpu.given | mask : vcpu.given & ~mask;
        if (entry.level) vcpu.owed &= ~mask;
        return;
      }
      case 'enter':
        for (const { name, mask, intid } of deviceIrqBits) {
          const isEdge = (edgeTriggered & mask) !== 0;
          if (isEdge ? vcpu.edges & mask : (vcpu.level ^ vcpu.told) & mask) {
            broken(
              'exit-before-run',
              `vCPU ${entry.vcpu} runs on although ${name} ${isEdge ? 'had an edge' : 'changed'} and no exit told it`,
            );
          }
          if (isEdge ? vcpu.owed & mask : (vcpu.told ^ vcpu.given) & mask) {
            const what = isEdge ? `the edge of ${name}` : `that ${name} is ${vcpu.told & mask ? 'high' : 'low'}`;
            broken('forwarded', `vCPU ${entry.vcpu} is run again, and INTID ${intid} was not told ${what}`);
          }
        }
    }
  });
  return findings;
}

const maskOf = (device: DeviceName): number => deviceIrqBits.find(({ name }) => name === device)?.mask ?? 0;

/** @throws RangeError naming the entry, what is wrong with it, and the mend */
export function traceFromJson(text: string): TraceEntry[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new RangeError(`it is no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(list)) throw new RangeError('it is no list of entries such as {"vcpu": 0, "event": "exit", "deviceIrqLevel": 1}');
  return list.map((entry: unknown, index) => {
    const problem = problemOf(entry as Record<string, unknown>);
    if (problem !== undefined) throw new RangeError(`entry ${index} (${JSON.stringify(entry)}): ${problem}`);
    return entry as TraceEntry;
  });
}

function problemOf(entry: Record<string, unknown> | null): string | undefined {
  if (typeof entry !== 'object' || entry === null) return 'an entry is an object';
  const { vcpu, event, device, level, deviceIrqLevel, intid } = entry;
  if (!isCount(vcpu)) return '"vcpu" is the number of a vCPU, from 0';
  const names = deviceIrqBits.map(({ name }) => name);
  if ((event === 'level' || event === 'edge') && !(names as unknown[]).includes(device)) return `"device" is one of ${names.join(', ')}`;
  if ((event === 'level' || event === 'line') && level !== 0 && level !== 1) return '"level" is 0 or 1';
  if (event === 'exit' && !isCount(deviceIrqLevel)) return '"deviceIrqLevel" is the number in kvm_run';
  if (event === 'line' && !isCount(intid)) return '"intid" is the number of an interrupt';
  return ['level', 'edge', 'exit', 'line', 'enter'].includes(event as string) ? undefined : '"event" is level, edge, exit, line or enter';
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
