import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VectorBuilder } from '../../emulator/engine/vector-builder.ts';
import { InterpreterEngine } from './interpreter-engine.ts';
import { executionsOf, initialRegions, loadRecording } from './oracle/executions.ts';

// Before any engine is built: hosts without relaxed SIMD, or whose relaxed_madd rounds twice.
Object.defineProperty(VectorBuilder.prototype, 'fuses', { get: () => false });

const hex = (value: bigint): string => value.toString(16);

describe('where the host has no fused multiply-add, generated code agrees with qemu-aarch64', () => {
  for (const group of ['float-data-processing', 'simd-three-same', 'simd-indexed']) {
    it(group, () => {
      const engine = new InterpreterEngine('fast');
      const recording = loadRecording(new URL(`oracle/${group}.json`, import.meta.url));
      engine.load(initialRegions(recording.kind));
      let count = 0;
      for (const { program, before, after } of executionsOf(recording)) {
        if (after.ending !== 'executed') continue;
        count++;
        const { state } = engine.run(program, before);
        assert.deepEqual(
          [state.v.map(hex), state.nzcv, state.fpsr >>> 0],
          [after.state.v.map(hex), after.state.nzcv, after.state.fpsr >>> 0],
          `0x${program[0].toString(16)} with FPCR 0x${before.fpcr.toString(16)}`,
        );
      }
      assert.ok(count > 1000, `${count} executions`);
    });
  }
});
