/**
 * The stack at every single instruction that handlers execute, with everything they call, their assembly entry and exit included: above the
 * dispatch it is what calls and returns have made, and below it stays what it was at the handler's first instruction, register by register.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { createImages, type Images } from '../../debug-adapter/images.ts';
import { type StackEntry, stackOf } from '../../debug-adapter/stack/crossings.ts';
import { SP } from '../../debug-adapter/stack/registers.ts';
import { followCalls } from './calls.ts';
import { startedGuest } from './stops.ts';

interface Row {
  readonly guest: string;
  readonly launch: Readonly<Record<string, unknown>>;
  /** Labels and functions of the interrupted code, at each dispatch or resumption. */
  readonly interrupted: readonly (readonly string[])[];
  /** Whose every instruction must have been executed. */
  readonly whole: readonly string[];
  /** Except what follows a refused completion, and SDEI_EVENT_COMPLETE_AND_RESUME where no handler ends so. */
  readonly notExecuted: readonly string[];
}

const rows: readonly Row[] = [
  {
    guest: 'nested-critical',
    launch: {},
    interrupted: [
      ['SDEI event 806 (normal) interrupted EL1h here', 'smccc', 'raise_event', 'main', '_start'],
      [
        'SDEI event 804 (critical) interrupted EL1h here',
        'on_event',
        'sdei_handler_entry',
        'SDEI event 806 (normal) interrupted EL1h here',
        'smccc',
        'raise_event',
        'main',
        '_start',
      ],
    ],
    whole: ['sdei_handler_entry', 'on_event', 'sdei_event_context', 'sdei_event_status'],
    notExecuted: ['sdei_handler_entry+0x24', 'sdei_handler_entry+0x28', 'sdei_handler_entry+0x2c', 'sdei_handler_entry+0x30'],
  },
  {
    guest: '../accuracy/fixtures/own-stack',
    launch: {},
    interrupted: [
      ['SDEI event 806 (normal) interrupted EL1h here', 'smccc', 'main', '_start'],
      [
        'SDEI event 804 (critical) interrupted EL1h here',
        'on_event',
        'sdei_handler_entry',
        'SDEI event 806 (normal) interrupted EL1h here',
        'smccc',
        'main',
        '_start',
      ],
    ],
    whole: ['on_event', 'sdei_event_context', 'sdei_event_status'],
    notExecuted: [],
  },
  {
    guest: 'first-event',
    launch: {},
    interrupted: [
      ['SDEI event 0 (normal) interrupted EL1h here', 'signal_in_the_middle', 'main', '_start'],
      ['SDEI event 0 (normal) interrupted EL1h here', 'signal_in_the_middle', 'main', '_start'],
      ['EL1 exception entered from EL1h here', 'signal_in_the_middle', 'main', '_start'],
    ],
    whole: ['sdei_handler_entry', 'on_event', 'resume_entry', 'on_resume'],
    notExecuted: ['sdei_handler_entry+0x24', 'sdei_handler_entry+0x30'],
  },
  {
    guest: 'el2-client',
    launch: { client: 'EL2' },
    interrupted: [
      ['SDEI event 0 (normal) interrupted EL2h here', 'main', '_start'],
      ['SDEI event 0 (normal) interrupted EL2h here', 'main', '_start'],
      ['EL2 exception entered from EL2h here', 'main', '_start'],
    ],
    whole: ['sdei_handler_entry', 'on_event'],
    notExecuted: ['sdei_handler_entry+0x24', 'sdei_handler_entry+0x30'],
  },
];

const hex = (value: bigint | undefined) => (value === undefined ? '?' : value.toString(16));

function namesAt(images: Images, pc: bigint): readonly string[] {
  const chain = images.inlineChainAt(pc).map(({ name }) => name);
  return chain.length > 0 ? chain : [images.symbolAt(pc)?.name ?? '?'];
}

/** Frames as {@link followCalls} spells them. */
const spellFrames = (images: Images, entries: readonly StackEntry[]): readonly string[] =>
  entries.flatMap((entry) =>
    entry.kind === 'label'
      ? [entry.text]
      : namesAt(images, entry.frame.lookupPc).map((name) => `${name} 0x${hex(entry.frame.registers.get(SP))}`),
  );

/** Everything known of interrupted code. What interrupts it through an exception saves x0 to x17 without saying where. */
const spellState = (entries: readonly StackEntry[]): readonly string[] => {
  const first = entries[0]?.kind === 'label' && entries[0].boundary === 'sdei-dispatch' ? 0 : 18;
  return entries.map((entry) => {
    if (entry.kind === 'label') return entry.text;
    const registers = Array.from({ length: 32 - first }, (_, index) => hex(entry.frame.registers.get(first + index)));
    return [hex(entry.frame.pc), entry.exceptionLevel, ...registers].join(' ');
  });
};

for (const { guest, launch, interrupted, whole, notExecuted } of rows) {
  test(`${guest}: the stack at every instruction of its handlers`, async () => {
    const elf = path.join(import.meta.dirname, '../guests', `${guest}.elf`);
    const { target, images: loaded } = await startedGuest({ elf, launch });
    const images = createImages(loaded);
    const calls = followCalls(target, loaded[0].program);
    const client = launch.client === 'EL2' ? 'EL2' : 'EL1';
    const golden = new Map<number, readonly string[]>();
    const begun: (readonly string[])[] = [];
    const executed = new Set<bigint>();
    do {
      const handler = calls.open.at(-1);
      if (handler !== undefined) {
        const entries = stackOf(target, images, client, 0);
        const label = entries.findIndex(({ kind }) => kind === 'label');
        const below = label < 0 ? [] : entries.slice(label);
        const where = `${images.describe(target.pes[0].pc)}, ${target.time} instructions after the start`;
        if (!golden.has(handler)) {
          golden.set(handler, spellState(below));
          begun.push(spellFrames(images, below).map((line) => line.replace(/ 0x[0-9a-f]+$/, '')));
        }
        assert.deepEqual(spellFrames(images, label < 0 ? entries : entries.slice(0, label)), calls.frames(), where);
        assert.deepEqual(spellState(below), golden.get(handler), where);
        executed.add(target.pes[0].pc);
      }
    } while (calls.step());
    assert.deepEqual(begun, interrupted);
    const missing: string[] = [];
    for (const name of whole) {
      const [info] = loaded[0].program.functionsNamed(name);
      for (const { low, high } of info.ranges)
        for (let address = low; address < high; address += 4n) if (!executed.has(address)) missing.push(images.describe(address));
    }
    assert.deepEqual(missing, notExecuted);
  });
}
