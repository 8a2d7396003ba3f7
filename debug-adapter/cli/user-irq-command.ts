/** `sdei-debug user-irq`: what an interrupt controller in user space is told, and whether a KVM_RUN loop may be trusted with it. */
import { readFile } from 'node:fs/promises';
import { parseLaunchArguments } from '../launch-arguments.ts';
import { deviceIrqBits, deviceIrqLevelText } from '../target/device-irq-level.ts';
import type { Target } from '../target/target.ts';
import { launchFileOptions } from './asked-launch.ts';
import { askedGuest, guestOptions } from './guest-at.ts';
import { launchOptions } from './launch-flags.ts';
import { helpOf, numberOf, type Option, parseOptions, UsageError, valueOf } from './options.ts';
import { startGuest } from './started-guest.ts';
import type { Streams } from './streams.ts';
import { checkUserIrqTrace, traceFromJson, type TraceEntry, type UserIrqFinding, userIrqRules } from './user-irq-check.ts';

const options: readonly Option[] = [
  ...launchFileOptions,
  { name: 'check', value: 'TRACE.json', description: 'Instead of a guest: check the trace of another KVM_RUN loop.' },
  { name: 'max-instructions', value: 'N', description: 'End the run after N instructions; default 100000000.' },
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

const help = () => `sdei-debug user-irq GUEST.elf [options]
sdei-debug user-irq --kernel IMAGE [--initrd FILE] [options]
sdei-debug user-irq --check TRACE.json [--json]

Runs a guest with its interrupt controller in user space (KVM_CAP_ARM_USER_IRQ, "irqchip": "user") and lists each exit that a changed
device_irq_level made; or checks the trace of any KVM_RUN loop against the rules:

${Object.entries(userIrqRules)
  .map(([rule, text]) => `  ${rule.padEnd(20)} ${text}`)
  .join('\n')}

A trace is a JSON list of what happened, in order: {"vcpu": 0, "event": "level", "device": "KVM_ARM_DEV_EL1_VTIMER", "level": 1},
{"vcpu": 0, "event": "edge", "device": …} for an edge-triggered device, {"vcpu": 0, "event": "exit", "deviceIrqLevel": 1},
{"vcpu": 0, "event": "line", "intid": 27, "level": 1}, {"vcpu": 0, "event": "enter"}.
Exit status: 0 every rule holds; 1 one is broken; 2 wrong usage or input.

${helpOf(options)}

Launch keys (as in launch.json):
${helpOf(guestOptions)}
`;

interface LevelExit {
  readonly pe: number;
  /** Instructions retired by the machine. */
  readonly at: number;
  readonly before: number;
  readonly deviceIrqLevel: number;
  readonly place: string;
}

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function userIrq(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('user-irq', args, [...options, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(help());
    return 0;
  }
  const file = valueOf(parsed, 'check');
  const isJson = parsed.options.has('json');
  if (file !== undefined) {
    const trace = await readTrace(file);
    const findings = checkUserIrqTrace(trace);
    if (isJson) streams.out(`${JSON.stringify({ entries: trace.length, findings })}\n`);
    else streams.out(`${trace.length} entries: ${verdict(findings)}\n`);
    return findings.length === 0 ? 0 : 1;
  }
  const launch = parseLaunchArguments({ ...(await askedGuest('user-irq', parsed)), irqchip: 'user' });
  const { target, images } = await startGuest(launch, streams);
  const { exits, trace, ended } = await follow(target, (pc) => images.describe(pc), numberOf(parsed, 'max-instructions', 1) ?? 100_000_000);
  const findings = checkUserIrqTrace(trace);
  if (isJson) streams.out(`${JSON.stringify({ exits, findings, ended, instructions: target.time })}\n`);
  else {
    for (const { pe, at, deviceIrqLevel, place } of exits)
      streams.out(`${String(at).padStart(12)}  PE${pe}  device_irq_level ${deviceIrqLevelText(deviceIrqLevel)}, before ${place}\n`);
    streams.out(`${exits.length} exits in ${target.time} instructions (${ended}): ${verdict(findings)}\n`);
  }
  return findings.length === 0 ? 0 : 1;
}

const verdict = (findings: readonly UserIrqFinding[]): string =>
  findings.length === 0
    ? 'every rule holds'
    : `${findings.length} broken${findings.map(({ entry, message }) => `\n  entry ${entry}: ${message}`).join('')}`;

/** Runs to the end, from exit to exit. What the devices' lines are is read from the architecture's registers, not from kvm_run. */
async function follow(
  target: Target,
  describe: (pc: bigint) => string,
  maxInstructions: number,
): Promise<{ exits: LevelExit[]; trace: TraceEntry[]; ended: string }> {
  const exits: LevelExit[] = [];
  const trace: TraceEntry[] = [];
  const lines = target.pes.map(() => 0);
  const given = target.pes.map(() => 0);
  target.setStopConditions({ deviceIrqLevel: true });
  for (;;) {
    const stop = await target.resume({ maxInstructions: maxInstructions - target.time });
    for (const { index: vcpu, power, deviceIrqLevel = 0 } of target.pes) {
      if (power === 'off') continue;
      const levels = linesOf(target, vcpu);
      for (const { name: device, mask } of deviceIrqBits) {
        if ((levels ^ lines[vcpu]) & mask) trace.push({ vcpu, event: 'level', device, level: levels & mask ? 1 : 0 });
      }
      lines[vcpu] = levels;
      if (deviceIrqLevel === given[vcpu]) continue;
      trace.push({ vcpu, event: 'exit', deviceIrqLevel });
      for (const { mask, intid } of deviceIrqBits) {
        if ((deviceIrqLevel ^ given[vcpu]) & mask) trace.push({ vcpu, event: 'line', intid, level: deviceIrqLevel & mask ? 1 : 0 });
      }
      given[vcpu] = deviceIrqLevel;
      trace.push({ vcpu, event: 'enter' });
    }
    if (stop.kind !== 'device-irq-level') return { exits, trace, ended: stop.kind };
    exits.push({ pe: stop.pe, at: target.time, before: stop.before, deviceIrqLevel: stop.level, place: describe(stop.pc) });
  }
}

const ENABLE_AND_ISTATUS = 5n;
const IMASK = 2n;

function linesOf(target: Target, pe: number): number {
  const read = (name: string): bigint => target.readRegister(pe, name);
  const timer = (control: bigint): boolean => (control & ENABLE_AND_ISTATUS) === ENABLE_AND_ISTATUS && (control & IMASK) === 0n;
  const overflows = read('PMOVSSET_EL0') & read('PMCNTENSET_EL0') & read('PMINTENSET_EL1');
  return (timer(read('CNTV_CTL_EL0')) ? 1 : 0) | (timer(read('CNTP_CTL_EL0')) ? 2 : 0) | (read('PMCR_EL0') & 1n && overflows ? 4 : 0);
}

async function readTrace(file: string): Promise<TraceEntry[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`Cannot read "${file}" (--check): ${(error as Error).message}.`);
  }
  try {
    return traceFromJson(text);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`"${file}" (--check) is no trace: ${error.message}.`);
    throw error;
  }
}
