/** How a run ended, as text that two runs can be compared by. */
import type { Images } from '../images.ts';
import { sdeiStatus } from '../sdei-status.ts';
import { where } from '../target/stop-reason.ts';
import type { Target } from '../target/target.ts';

export interface ReportSection {
  readonly title: string;
  readonly lines: readonly string[];
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Of the machine as it stands. @param console lines of the guest's console up to here */
export function endReport(target: Target, images: Images, console: readonly string[]): ReportSection[] {
  const deliveries = target.sdei.deliveries.map(
    ({ event, priority, pe, at, interrupted, ended, endedAt }) =>
      `t=${at} PE${pe} event ${event} (${priority}) interrupted EL${interrupted.el} at ${where(images, interrupted.pc)}: ${
        ended === undefined ? 'its handler runs' : `${ended}, ${(endedAt ?? at) - at} instructions`
      }`,
  );
  const registers = target.pes.flatMap(({ index }) =>
    [...target.coreRegisters, ...target.systemRegisters].map(({ name }) => {
      const value = target.readRegister(index, name);
      const place = images.symbolAt(value) === undefined ? '' : ` <${images.describe(value)}>`;
      return `PE${index} ${name} = ${hex(value)}${place}`;
    }),
  );
  return [
    { title: 'End', lines: [`${target.time} instructions`] },
    { title: 'Deliveries', lines: deliveries },
    { title: 'SDEI', lines: sdeiStatus({ target, images }).split('\n') },
    { title: 'Console', lines: console },
    { title: 'Registers', lines: registers },
  ];
}

export const textOfReport = (sections: readonly ReportSection[]): string =>
  sections.map(({ title, lines }) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`).join('\n');

export interface ReportDifference {
  readonly section: string;
  /** Lines that only one of them has, in order. */
  readonly one: readonly string[];
  readonly other: readonly string[];
}

/** Sections that differ. */
export function differencesOf(one: readonly ReportSection[], other: readonly ReportSection[]): ReportDifference[] {
  return one.flatMap(({ title, lines }, index) => {
    const others = other[index].lines;
    const [here, there] = [onlyIn(lines, others), onlyIn(others, lines)];
    return here.length + there.length === 0 ? [] : [{ section: title, one: here, other: there }];
  });
}
function onlyIn(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
