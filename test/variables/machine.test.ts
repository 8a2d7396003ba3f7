import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import type { FrameView } from '../../debug-adapter/evaluate/frame-view.ts';
import { openProgram } from '../../debug-adapter/program/open-program.ts';
import { createEmulatorTarget } from '../../debug-adapter/target/emulator-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { createReferences, type DisplayedVariable, type References, variablesOf } from '../../debug-adapter/variables/references.ts';
import { scopesOf } from '../../debug-adapter/variables/scopes.ts';

const file = new URL('../guests/nested-critical.elf', import.meta.url);
const program = openProgram('nested-critical.elf', new Uint8Array(readFileSync(file)));

/** The guest a number of instructions after its nth dispatch (0: its start), seen from its innermost frame. */
async function frameAfter(dispatches: number, instructions: number): Promise<FrameView> {
  const target = createEmulatorTarget({
    cpus: 1,
    memoryBytes: 16 << 20,
    client: 'EL1',
    conduit: 'hvc',
    sdei: {
      profile: 'spec',
      version: [1, 1],
      bindSlots: { private: 0, shared: 0 },
      events: [
        { number: 804, type: 'private', priority: 'critical' },
        { number: 806, type: 'private', priority: 'normal' },
      ],
      bugCompatible: false,
    },
  });
  for (const { physicalAddress, bytes } of program.segments) target.load(physicalAddress, bytes);
  target.start(program.entry);
  target.setStopConditions({ sdeiDispatch: true });
  for (let n = 0; n < dispatches; n++) assert.equal((await target.resume({ maxInstructions: 1_000_000 })).kind, 'sdei-dispatch');
  await target.resume({ maxInstructions: instructions });
  const depth = target.sdei.pes[0].running.length;
  assert.equal(depth, dispatches);
  const pc = target.readRegister(0, 'pc');
  return {
    target,
    programs: [program],
    pe: 0,
    level: 0,
    pc,
    inlineDepth: 0,
    registers: new Map(),
    live: true,
    ...(depth > 0 ? { handler: depth - 1 } : {}),
  };
}

const stateOf = (target: Target) => ({
  registers: [...target.coreRegisters, ...target.systemRegisters].map(({ name }) => `${name} ${target.readRegister(0, name)}`),
  running: target.sdei.pes.map(({ masked, running }) => `${masked} ${running.map(({ event, pc }) => `${event} ${pc}`)}`),
  time: target.time,
});

function everything(references: References, variables: readonly DisplayedVariable[], depth: number): DisplayedVariable[] {
  return variables.flatMap((variable) =>
    depth === 0 || variable.variablesReference === 0
      ? [variable]
      : [variable, ...everything(references, variablesOf(references, variable.variablesReference), depth - 1)],
  );
}

const stops: readonly (readonly [dispatches: number, instructions: number, where: string])[] = [
  [0, 1, 'at the start'],
  [1, 1, 'entering the normal handler'],
  [1, 300, 'in the normal handler'],
  [2, 1, 'entering the critical handler'],
  [2, 300, 'in the critical handler'],
];
for (const [dispatches, instructions, where] of stops) {
  test(`${where}: all that can be listed evaluates to itself, and looking changes nothing`, async () => {
    const frame = await frameAfter(dispatches, instructions);
    const before = stateOf(frame.target);
    const references = createReferences();
    const listed = scopesOf(frame, references).flatMap(({ variablesReference }) =>
      everything(references, variablesOf(references, variablesReference), 3),
    );
    assert.ok(listed.length > 300);
    for (const { evaluateName, value, type } of listed) {
      if (evaluateName === undefined) continue;
      const result = evaluateExpression(evaluateName, frame);
      assert.deepEqual([evaluateName, result.value, result.type], [evaluateName, value, type]);
    }
    assert.deepEqual(stateOf(frame.target), before);
  });
}
