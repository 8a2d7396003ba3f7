import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { decode, forms } from '../../emulator/a64/decode.ts';
import type { Instruction } from '../../emulator/a64/instruction.ts';
import { type CpuState, type Engine, engines, type Outcome } from './engines.ts';
import { type Execution, executionsOf, initialRegions, loadRecording, type Result } from './oracle/executions.ts';

const directory = new URL('oracle/', import.meta.url);
const recordings = readdirSync(directory)
  .filter((name) => name.endsWith('.json'))
  .map((name) => loadRecording(new URL(name, directory)));

const hex = (value: bigint): string => `0x${value.toString(16)}`;
/** What differs, as text; nothing if both agree. */
function differences(expected: Result, actual: Outcome): string[] {
  if (expected.ending !== actual.ending) return [`ending: ${actual.ending}, QEMU: ${expected.ending}`];
  const flatten = ({ x, sp, pc, nzcv, v, fpsr }: CpuState): [string, bigint][] => [
    ...x.map((value, index): [string, bigint] => [`X${index}`, value]),
    ['SP', sp],
    ['PC', pc],
    ['NZCV', BigInt(nzcv)],
    ['FPSR', BigInt(fpsr >>> 0)],
    ...v.map((value, index): [string, bigint] => [`V${index}`, value]),
  ];
  const wanted = flatten(expected.state);
  const list = flatten(actual.state).flatMap(([name, value], index) =>
    value === wanted[index][1] ? [] : [`${name}: ${hex(value)}, QEMU: ${hex(wanted[index][1])}`],
  );
  const bytes = (written: Outcome['written']): string => written.map(([address, byte]) => `${hex(address)}=${byte}`).join(' ');
  if (bytes(expected.written) !== bytes(actual.written)) list.push(`memory: ${bytes(actual.written)}, QEMU: ${bytes(expected.written)}`);
  return list;
}

function check(engine: Engine, { program, before, after }: Execution): string | undefined {
  const found = differences(after, engine.run(program, before));
  if (found.length === 0) return undefined;
  const words = program.map((word) => `0x${word.toString(16).padStart(8, '0')}`).join(' ');
  const fpcr = before.fpcr ? ` with FPCR ${hex(BigInt(before.fpcr))}` : '';
  return `${words}${fpcr}: ${found.join('; ')}`;
}

for (const create of engines) {
  const engine = create();
  describe(`${engine.name} agrees with qemu-aarch64`, () => {
    for (const recording of recordings) {
      it(recording.group, () => {
        engine.load(initialRegions(recording.kind));
        const disagreements = new Set<string>();
        let count = 0;
        for (const execution of executionsOf(recording)) {
          count++;
          const disagreement = check(engine, execution);
          if (disagreement) disagreements.add(disagreement);
        }
        assert.ok(count > 0, 'the recording holds executions');
        assert.equal(
          disagreements.size,
          0,
          `${disagreements.size} of ${count} disagree, for example\n${[...disagreements].slice(0, 8).join('\n')}`,
        );
      });
    }
  });
}

it('every form that the machine does not execute itself has a recorded execution', () => {
  const executed = new Set<number>();
  for (const recording of recordings) {
    for (const { program, after } of executionsOf(recording)) {
      if (after.ending !== 'executed') continue;
      for (const word of program) {
        const result = decode(word);
        if (result.kind === 'instruction') executed.add(result.formIndex);
      }
    }
  }
  const isOfSystem = ({ flow, within }: Instruction): boolean => flow === 'host' || within === 'System register move';
  const missing = Array.from({ length: forms.count }, (_, index) => index).filter(
    (index) => !isOfSystem(forms.instructionOf(index)) && !executed.has(index),
  );
  assert.deepEqual(
    missing.map((index) => forms.at(index).key),
    [],
  );
});
