/** `sdei-debug registers`: KVM's pseudo firmware registers at a moment of a run. */
import { UserError } from '../errors.ts';
import { parseLaunchArguments } from '../launch-arguments.ts';
import { bytesOfText, textOfRegister } from '../pseudo-register-text.ts';
import { deviceIrqLevelText } from '../target/device-irq-level.ts';
import { TargetError } from '../target/target.ts';
import { launchFileOptions } from './asked-launch.ts';
import { askedGuest, guestAt, guestOptions, placeOptions } from './guest-at.ts';
import { launchOptions } from './launch-flags.ts';
import { helpOf, numberOf, type Option, parseOptions, UsageError } from './options.ts';
import { idText, registerNamed } from './pseudo-register-id.ts';
import type { Streams } from './streams.ts';

const ownOptions: readonly Option[] = [
  ...launchFileOptions,
  ...placeOptions,
  { name: 'pe', value: 'N', description: 'Only of this PE.' },
  {
    name: 'write',
    value: 'ID=VALUE',
    repeats: true,
    description: 'Write before listing: id or name; a number, or all bytes in hexadecimal, first byte first. Of PE 0 unless --pe.',
  },
  { name: 'strict', description: 'Refuse to write what KVM takes without a look: unknown bits, states that no call can bring about.' },
  { name: 'read', value: 'ID', repeats: true, description: 'List this register only: id or name.' },
  { name: 'json', description: 'Print one JSON document.' },
  { name: 'help', description: 'Show this.' },
];

const help = () => `sdei-debug registers GUEST.elf [options]
sdei-debug registers --kernel IMAGE [--initrd FILE] [options]

Lists the SDEI pseudo firmware registers as KVM_GET_ONE_REG gives them, at the guest's start or at --at.
Exit status: 0 done; 1 a register cannot be read or written in this state; 2 wrong usage or input.

${helpOf(ownOptions)}

Launch keys (as in launch.json):
${helpOf(guestOptions)}
`;

/** @returns the exit status. @throws UsageError or UserError for status 2 */
export async function registers(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parseOptions('registers', args, [...ownOptions, ...launchOptions]);
  if (parsed.options.has('help')) {
    streams.out(help());
    return 0;
  }
  const launch = parseLaunchArguments(await askedGuest('registers', parsed));
  const onlyPe = numberOf(parsed, 'pe', 0, launch.machine.cpus - 1);
  const { target, images, pe: stoppedPe } = await guestAt(launch, parsed, streams);
  const problems: string[] = [];
  const writes = parsed.options.get('write');
  for (const text of Array.isArray(writes) ? (writes as readonly string[]) : []) {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`Option "--write" is "${text}", expected ID=VALUE.`);
    const pe = onlyPe ?? 0;
    const register = registerNamed('write', name, target.sdei.pseudoRegisters(pe));
    try {
      target.sdei.writePseudoRegister(pe, register.id, bytesOfText(value, register.bytes), parsed.options.has('strict'));
    } catch (error) {
      if (error instanceof UserError) throw new UsageError(`Option "--write": ${error.message}`);
      if (!(error instanceof TargetError)) throw error;
      problems.push(`${idText(register.id)} of PE${pe} cannot be written: ${error.message}`);
    }
  }

  const reads = parsed.options.get('read');
  const wanted = Array.isArray(reads)
    ? new Set((reads as readonly string[]).map((name) => registerNamed('read', name, target.sdei.pseudoRegisters(onlyPe ?? 0)).id))
    : undefined;
  const pes = target.pes.filter(({ index }) => onlyPe === undefined || index === onlyPe);
  const list = pes.map(({ index, deviceIrqLevel }) => ({
    pe: index,
    ...(deviceIrqLevel === undefined ? {} : { deviceIrqLevel: `0x${deviceIrqLevel.toString(16)}` }),
    registers: target.sdei
      .pseudoRegisters(index)
      .filter(({ id }) => wanted?.has(id) ?? true)
      .map(({ id, name, bytes, value, error }) => ({
        id: idText(id),
        name,
        bytes,
        ...(value === undefined ? {} : { value: textOfRegister(value) }),
        ...(error === undefined ? {} : { error }),
      })),
  }));
  const stopped = { pe: stoppedPe, pc: `0x${target.pes[stoppedPe].pc.toString(16)}`, place: images.describe(target.pes[stoppedPe].pc) };
  if (parsed.options.has('json')) {
    streams.out(`${JSON.stringify({ profile: launch.machine.sdei.profile, instructions: target.time, stopped, pes: list, problems })}\n`);
  } else {
    streams.out(`PE${stopped.pe} at ${stopped.place}, after ${target.time} instructions, profile ${launch.machine.sdei.profile}\n`);
    for (const { pe, deviceIrqLevel, registers: rows } of list) {
      streams.out(`PE${pe}\n`);
      if (deviceIrqLevel !== undefined) streams.out(`  device_irq_level    ${deviceIrqLevelText(Number(deviceIrqLevel))}\n`);
      for (const { id, name, value, error } of rows) streams.out(`  ${id}  ${name.padEnd(35)}  ${value ?? `not readable: ${error}`}\n`);
    }
  }
  for (const problem of problems) streams.say(`sdei-debug: ${problem}\n`);
  return problems.length > 0 || list.some(({ registers: rows }) => rows.some(({ error }) => error !== undefined)) ? 1 : 0;
}
