import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateExpression } from '../../debug-adapter/evaluate/evaluate.ts';
import type { FrameView } from '../../debug-adapter/evaluate/frame-view.ts';
import {
  createReferences,
  type DisplayedVariable,
  type References,
  setVariable,
  variablesOf,
} from '../../debug-adapter/variables/references.ts';
import { scopesOf } from '../../debug-adapter/variables/scopes.ts';
import { type FakeWorld, frameOf, pseudoRegister, sdeiEvent, types } from '../evaluate/fake.ts';
import { world } from '../evaluate/world.ts';

const little = (...values: bigint[]) => new Uint8Array(BigUint64Array.from(values).buffer);

/** A guest in the handler of event 804, which interrupted `idle` at EL1. */
function inHandler(): FakeWorld {
  const x = Array.from({ length: 18 }, (_, n) => 0x100n + BigInt(n));
  const context = { event: 804, priority: 'critical' as const, pc: 0x4008_0108n, pstate: 0x3c5n, at: 9, x };
  const registered = little(3n);
  const sdei: FakeWorld['sdei'] = {
    pes: [{ pe: 0, masked: false, running: [context] }],
    events: [sdeiEvent(804, { priority: 'critical', entryPoint: 0x4008_0000n, argument: 0x77n }), sdeiEvent(0, { pending: true })],
    pseudoRegisters: () => [
      pseudoRegister(0x6030_0000_0014_0008n, 'KVM_REG_ARM_SDEI_EVENT_REGISTERED', registered),
      pseudoRegister(0x6040_0000_0014_0004n, 'KVM_REG_ARM_SDEI_EVENT_HANDLER_0', little(0x4008_0000n, 7n)),
      pseudoRegister(
        0x6080_0000_0014_000cn,
        'KVM_REG_ARM_SDEI_EVENT_CONTEXT',
        little(0x4008_0108n, 0x3c5n, ...x, ...Array<bigint>(12).fill(0n)),
      ),
    ],
    writePseudoRegister: (_pe, id, bytes) => {
      if (id === 0x6030_0000_0014_0008n) registered.set(bytes);
    },
    writeInterruptedContext(_pe, _level, name, value) {
      if (name === 'pc') context.pc = value;
      else if (name === 'pstate') context.pstate = value;
      else x[Number(name.slice(1))] = value;
    },
  };
  return { ...world(), sdei };
}

function listing(frame: FrameView, references: References, scopeName: string): readonly DisplayedVariable[] {
  const scope = scopesOf(frame, references).find(({ name }) => name === scopeName);
  assert.ok(scope, `no scope ${scopeName}`);
  return variablesOf(references, scope.variablesReference);
}
const childrenOf = (references: References, variables: readonly DisplayedVariable[], name: string) => {
  const variable = variables.find((candidate) => candidate.name === name);
  assert.ok(variable, `no variable ${name}`);
  return variablesOf(references, variable.variablesReference);
};
const lines = (variables: readonly DisplayedVariable[]) => variables.map(({ name, value }) => `${name} = ${value}`);

test('the scopes of a handler frame', () => {
  assert.deepEqual(
    scopesOf(frameOf(inHandler(), { handler: 0 }), createReferences()).map(({ name }) => name),
    ['Locals', 'Registers', 'System registers', 'SDEI event', 'Interrupted context', 'Pseudo registers'],
  );
});
test('code that no handler interrupted has no interrupted context', () => {
  assert.deepEqual(
    scopesOf(frameOf(world()), createReferences()).map(({ name }) => name),
    ['Locals', 'Registers', 'System registers', 'SDEI event', 'Pseudo registers'],
  );
});

test('listing the scopes reads nothing', () => {
  const frame = frameOf(inHandler(), { handler: 0 });
  scopesOf(frame, createReferences());
  assert.deepEqual(frame.target.reads, []);
});
test('a group of system registers is read when it is opened', () => {
  const frame = frameOf(world());
  const references = createReferences();
  const groups = listing(frame, references, 'System registers');
  assert.deepEqual(lines(groups), ['Control = 1 register', 'Identification = 1 register']);
  assert.deepEqual(frame.target.reads, []);
  assert.deepEqual(lines(childrenOf(references, groups, 'Control')), ['SCTLR_EL1 = 0x30d00801']);
  assert.deepEqual(frame.target.reads, ['SCTLR_EL1']);
});

test('an inner variable hides an outer one of its name', () => {
  const locals = listing(frameOf(world()), createReferences(), 'Locals').filter(({ name }) => name === 'shadowed');
  assert.deepEqual(lines(locals), ['shadowed = -7']);
});

test('registers, with PSTATE decoded', () => {
  const references = createReferences();
  const registers = listing(frameOf(world()), references, 'Registers');
  assert.equal(registers.length, 34);
  assert.deepEqual(lines(registers.filter(({ name }) => ['x0', 'x3', 'x30', 'sp', 'pc', 'pstate'].includes(name))), [
    'x0 = 0xffffffff80000001',
    'x3 = 0x3',
    'x30 = 0x1e',
    'sp = 0x41000000',
    'pc = 0x40080000 <handler>',
    'pstate = 0x600003c5 nZCv DAIF EL1h',
  ]);
  const fields = lines(childrenOf(references, registers, 'pstate'));
  for (const field of ['N = 0', 'Z = 1', 'C = 1', 'I = 1 (IRQ masked)', 'EL = 1 (EL1)', 'SP = 1 (SP_ELx)', 'PAN = 0'])
    assert.ok(fields.includes(field), field);
});

test('an outer frame shows what was saved and says what was not', () => {
  const frame = frameOf(world(), {
    live: false,
    level: 2,
    registers: new Map([
      [19, 0x13n],
      [29, 0x4100_0100n],
      [31, 0x4100_0080n],
      [32, 0x4008_0108n],
    ]),
  });
  const registers = lines(listing(frame, createReferences(), 'Registers'));
  for (const line of ['x0 = <not saved>', 'x19 = 0x13', 'x29 = 0x41000100', 'pc = 0x40080108 <idle+8>', 'pstate = <not saved>'])
    assert.ok(registers.includes(line), line);
});

test('the frame that was interrupted has the registers of the saved context', () => {
  const frame = frameOf(inHandler(), { live: false, level: 1, registers: new Map([[19, 0x13n]]), interruptedBy: 0, pc: 0x4008_0108n });
  const references = createReferences();
  const registers = listing(frame, references, 'Registers');
  assert.deepEqual(lines(registers.filter(({ name }) => ['x1', 'x19', 'x20', 'pc', 'pstate'].includes(name))), [
    'x1 = 0x101',
    'x19 = 0x13',
    'x20 = <not saved>',
    'pc = 0x40080108 <idle+8>',
    'pstate = 0x3c5 nzcv DAIF EL1h',
  ]);
});

test('the SDEI event of a handler frame', () => {
  assert.deepEqual(lines(listing(frameOf(inHandler(), { handler: 0 }), createReferences(), 'SDEI event')), [
    'event = 804',
    'priority = critical',
    'type = private',
    'state = enabledRunning',
    'handler = 0x40080000 <handler>',
    'argument = 0x77',
    'interrupted = 0x40080108 <idle+8> at EL1',
    'dispatched after = 9 instructions',
    'masked = false',
    'pending = 0',
  ]);
});
test('the SDEI event scope outside of handlers', () => {
  assert.deepEqual(lines(listing(frameOf(world()), createReferences(), 'SDEI event')), [
    'event = none',
    'masked = false',
    'pending = none',
  ]);
});

test('the interrupted context', () => {
  const context = lines(listing(frameOf(inHandler(), { handler: 0 }), createReferences(), 'Interrupted context'));
  assert.equal(context.length, 20);
  assert.deepEqual(context.slice(0, 4), ['pc = 0x40080108 <idle+8>', 'pstate = 0x3c5 nzcv DAIF EL1h', 'x0 = 0x100', 'x1 = 0x101']);
});

test('a register that cannot be read is not opened', () => {
  const sdei = {
    ...inHandler().sdei,
    pseudoRegisters: () => [{ id: 1n, name: 'KVM_REG_ARM_SDEI_EVENT_RUNNING', bytes: 8, error: 'a critical event runs', writable: true }],
  };
  const registers = listing(frameOf({ ...world(), sdei }), createReferences(), 'Pseudo registers');
  const running = registers.find(({ name }) => name.endsWith('RUNNING'));
  assert.deepEqual([running?.value, running?.variablesReference], ['<a critical event runs>', 0]);
});
test('the pseudo registers and their parts', () => {
  const references = createReferences();
  const registers = listing(frameOf(inHandler(), { handler: 0 }), references, 'Pseudo registers');
  assert.equal(registers.length, 10);
  assert.deepEqual(lines(childrenOf(references, registers, 'KVM_REG_ARM_SDEI_EVENT_REGISTERED')), ['EVENT_0 = 1', 'EVENT_1 = 1']);
  assert.deepEqual(lines(childrenOf(references, registers, 'KVM_REG_ARM_SDEI_EVENT_HANDLER_0')), [
    'entry = 0x40080000 <handler>',
    'argument = 0x7',
  ]);
  assert.equal(registers.find(({ name }) => name.endsWith('PENDING'))?.value, '<This target has no KVM_REG_ARM_SDEI_EVENT_PENDING.>');
});

test('device_irq_level stands before them where the interrupt controller is user space’s', () => {
  const frame = frameOf(inHandler(), { handler: 0 });
  const target = { ...frame.target, pes: [{ ...frame.target.pes[0], deviceIrqLevel: 5 }] };
  const references = createReferences();
  const registers = listing({ ...frame, target }, references, 'Pseudo registers');
  assert.equal(registers.length, 11);
  assert.deepEqual(lines(registers.slice(0, 1)), ['device_irq_level = 0x5']);
  assert.deepEqual(lines(childrenOf(references, registers, 'device_irq_level')), [
    'KVM_ARM_DEV_EL1_VTIMER = 1',
    'KVM_ARM_DEV_EL1_PTIMER = 0',
    'KVM_ARM_DEV_PMU = 1',
  ]);
  assert.equal(evaluateExpression('$device_irq_level.KVM_ARM_DEV_PMU', { ...frame, target }).value, '1');
  assert.equal(evaluateExpression('$device_irq_level', frame).value, '<"irqchip" is "kernel">');
});

/** Every node of a tree, to a depth, with the value its evaluateName gives. */
function walk(frame: FrameView, references: References, variables: readonly DisplayedVariable[], depth: number): string[] {
  return variables.flatMap((variable) => {
    const wrong: string[] = [];
    if (variable.evaluateName !== undefined) {
      const { value, type } = evaluateExpression(variable.evaluateName, frame);
      if (value !== variable.value || type !== variable.type)
        wrong.push(`${variable.evaluateName}: ${value} (${type}) is not ${variable.value} (${variable.type})`);
    }
    if (depth === 0 || variable.variablesReference === 0) return wrong;
    return [...wrong, ...walk(frame, references, variablesOf(references, variable.variablesReference), depth - 1)];
  });
}
test('every evaluateName evaluates to the value it stands beside', () => {
  const frame = frameOf(inHandler(), { handler: 0 });
  const references = createReferences();
  const wrong = scopesOf(frame, references).flatMap(({ variablesReference }) =>
    walk(
      frame,
      references,
      variablesOf(references, variablesReference).filter(
        ({ name }) => !name.startsWith('KVM_REG') || /REGISTERED|HANDLER_0|CONTEXT/.test(name),
      ),
      4,
    ),
  );
  assert.deepEqual(wrong, []);
});

const opened = [
  'list',
  '*p@3',
  '*p@3,x',
  'numbers,x',
  'p + 1',
  'grid',
  '$pstate',
  'head',
  'head,x',
  '&head',
  '&list',
  '*&list',
  '(node_t *)list',
  'list->next',
  '-1 ? list : list',
  'list + 0',
  '&p',
  '&grid[1]',
  'split',
  '"abc"',
  '$sp',
  '$sdei_context',
  'packet',
];
for (const expression of opened) {
  test(`what is inside of ${expression} evaluates to itself`, () => {
    const frame = frameOf(inHandler(), { handler: 0 });
    const references = createReferences();
    const { variablesReference } = evaluateExpression(expression, frame, { references });
    assert.deepEqual(
      variablesReference && walk(frame, references, variablesOf(references, variablesReference), 3),
      variablesReference && [],
    );
  });
}

test('the same path has the same id at the next stop, and ids of the last stop are refused', () => {
  const references = createReferences();
  const ids = () => {
    const locals = listing(frameOf(world()), references, 'Locals');
    return [...locals, ...childrenOf(references, locals, 'list')].map(({ name, variablesReference }) => `${name}:${variablesReference}`);
  };
  const first = ids();
  const list = Number(/^list:(\d+)$/.exec(first.find((id) => id.startsWith('list:')) ?? '')?.[1]);
  references.invalidate();
  assert.throws(() => variablesOf(references, list), {
    message: `Variables reference ${list} belongs to an earlier stop; ask for the scopes again.`,
  });
  assert.deepEqual(ids(), first);
});
test('inline frames of one level have ids of their own', () => {
  const references = createReferences();
  const [inner] = scopesOf(frameOf(world()), references);
  const [outer] = scopesOf(frameOf(world(), { inlineDepth: 1 }), references);
  assert.notEqual(inner.variablesReference, outer.variablesReference);
});

const pages: readonly (readonly [Parameters<typeof variablesOf>[2], readonly string[]])[] = [
  [{}, ['[0]', '[1]', '[2]', '[3]']],
  [{ filter: 'indexed', start: 1, count: 2 }, ['[1]', '[2]']],
  [{ start: 3, count: 5 }, ['[3]']],
  [{ start: 9, count: 1 }, []],
  [{ start: 2, count: 0 }, ['[2]', '[3]']],
  [{ filter: 'named' }, []],
];
for (const [request, names] of pages) {
  test(`numbers ${JSON.stringify(request)} lists ${names.join(' ')}`, () => {
    const references = createReferences();
    const numbers = listing(frameOf(world()), references, 'Locals').find(({ name }) => name === 'numbers');
    assert.equal(numbers?.indexedVariables, 4);
    assert.deepEqual(
      variablesOf(references, numbers.variablesReference, request).map(({ name }) => name),
      names,
    );
  });
}

test('a million elements cost only the page that is asked for', () => {
  const references = createReferences();
  const frame = frameOf(world());
  const { variablesReference, indexedVariables } = evaluateExpression('*p@1000000', frame, { references });
  assert.equal(indexedVariables, 1_000_000);
  assert.deepEqual(lines(variablesOf(references, variablesReference, { start: 999_999, count: 1 })), [
    '[999999] = <cannot read 0x403d0a00>',
  ]);
});

test('hexadecimal is asked for per request', () => {
  const references = createReferences();
  const [locals] = scopesOf(frameOf(world()), references);
  const variables = variablesOf(references, locals.variablesReference, { format: { hex: true } });
  assert.equal(variables.find(({ name }) => name === 'u')?.value, '0xfffffff0');
});

test('pointers and places in memory have memory references', () => {
  const locals = listing(frameOf(world()), createReferences(), 'Locals');
  const references = Object.fromEntries(locals.map(({ name, memoryReference }) => [name, memoryReference]));
  assert.deepEqual(
    [references.p, references.numbers, references.i, references.nothing, references.inRegister],
    ['0x40000104', '0x40000100', '0x40000000', undefined, undefined],
  );
});
test('a function pointer leads to the function, a variable to its declaration', () => {
  const references = createReferences();
  const fn = listing(frameOf(world()), references, 'Locals').find(({ name }) => name === 'fn');
  assert.deepEqual(references.locationOf(fn?.valueLocationReference ?? 0), { path: '/src/handler.c', line: 10 });
  const declared = frameOf({ memory: new Map(), locals: [{ name: 'x', type: { kind: 'void' }, at: 0n, path: '/src/main.c', line: 3 }] });
  const [x] = listing(declared, references, 'Locals');
  assert.deepEqual(references.locationOf(x.declarationLocationReference ?? 0), { path: '/src/main.c', line: 3 });
});

/** [scope, path of names, text typed, value shown afterwards] */
const edits: readonly (readonly [string, readonly string[], string, string])[] = [
  ['Locals', ['i'], '7', '7'],
  ['Locals', ['i'], 'numbers[2] + 1', '31'],
  ['Locals', ['flag'], 'false', 'false'],
  ['Locals', ['c'], "'z'", "122 'z'"],
  ['Locals', ['c'], "98 'a'", "98 'b'"],
  ['Locals', ['s'], 'STOPPED', 'STOPPED'],
  ['Locals', ['m'], 'READ | WRITE', 'READ | WRITE'],
  ['Locals', ['p'], '0x40000108', '0x40000108'],
  ['Locals', ['fn'], '0x40080100 <handler>', '0x40080100 <idle>'],
  ['Locals', ['fn'], 'idle', '0x40080100 <idle>'],
  ['Locals', ['buffer'], '"xyz"', '"xyz"'],
  ['Locals', ['numbers', '[2]'], '-1', '-1'],
  ['Locals', ['list', 'next', 'value'], '12', '12'],
  ['Locals', ['packet', 'wide'], '0xfffff', '1048575'],
  ['Locals', ['packet', 'word'], '0', '0'],
  ['Locals', ['inRegister'], '5', '5'],
  ['Locals', ['d'], '1.25', '1.25'],
  ['Locals', ['d'], '-inf', '-inf'],
  ['Locals', ['ld'], '-0.5', '-0.5'],
  ['Locals', ['ld'], 'i', '5'],
  ['Locals', ['d'], 'nan', 'nan'],
  ['Locals', ['d'], '0x1.8p1', '3'],
  ['Locals', ['d'], '-0X.8P-1f', '-0.25'],
  ['Registers', ['x5'], '0x1234', '0x1234'],
  ['Registers', ['pc'], 'idle', '0x40080100 <idle>'],
  ['Registers', ['pstate', 'EL'], 'EL2', '2 (EL2)'],
  ['Registers', ['pstate'], '0x600003c4 nZCv DAIF EL1t', '0x600003c4 nZCv DAIF EL1t'],
  ['System registers', ['Control', 'SCTLR_EL1'], '0', '0x0'],
  ['System registers', ['Control', 'SCTLR_EL1', 'M'], 'MMU off', '0 (MMU off)'],
  ['System registers', ['Control', 'SCTLR_EL1', 'M'], '0 (MMU on)', '0 (MMU off)'],
  ['Interrupted context', ['x3'], '99', '0x63'],
  ['Interrupted context', ['pc'], 'handler + 4', '0x40080004 <handler+4>'],
  ['Interrupted context', ['pstate', 'I'], '0', '0 (IRQ allowed)'],
  ['Pseudo registers', ['KVM_REG_ARM_SDEI_EVENT_REGISTERED'], '1', '0x1'],
  ['Pseudo registers', ['KVM_REG_ARM_SDEI_EVENT_REGISTERED', 'EVENT_1'], '0', '0'],
];
for (const [scopeName, path, text, shown] of edits) {
  test(`${scopeName} ${path.join(' ')} set to ${text} shows ${shown}, then and when listed again`, () => {
    const frame = frameOf(inHandler(), { handler: 0 });
    const references = createReferences();
    let reference = scopesOf(frame, references).find(({ name }) => name === scopeName)?.variablesReference ?? 0;
    for (const name of path.slice(0, -1))
      reference = variablesOf(references, reference).find((child) => child.name === name)?.variablesReference ?? 0;
    const last = path.at(-1) ?? '';
    assert.equal(setVariable(references, reference, last, text).value, shown);
    assert.equal(variablesOf(references, reference).find(({ name }) => name === last)?.value, shown);
  });
}

/** [scope, name, text, message] */
const refusals: readonly (readonly [string, string, string, string])[] = [
  ['Locals', 'i', 'nobody', "Cannot set 'i' to 'nobody': No variable 'nobody' here."],
  ['Locals', 'i', '', "Cannot set 'i' to '': There is no expression to evaluate."],
  [
    'Locals',
    'text',
    '"abc"',
    "Cannot set 'text' to '\"abc\"': A string is nowhere in the guest: assign an address, or write its characters to an array.",
  ],
  ['Locals', 'j', '1', "No variable 'j' here; did you mean 'i'?"],
  ['Locals', 'gone', '1', "Cannot set 'gone' to '1': 'gone' is optimized out here: there is no place to write it to."],
  ['SDEI event', 'event', '3', "'event' is read-only."],
];
for (const [scopeName, name, text, message] of refusals) {
  test(`${scopeName} ${name} set to ${text || 'nothing'} is refused`, () => {
    const frame = frameOf(inHandler(), { handler: 0 });
    const references = createReferences();
    const scope = scopesOf(frame, references).find((candidate) => candidate.name === scopeName);
    assert.throws(() => setVariable(references, scope?.variablesReference ?? 0, name, text), { message });
  });
}

test('a register of an outer frame cannot be written, one of the interrupted frame can', () => {
  const outer = frameOf(inHandler(), { live: false, level: 2, registers: new Map([[19, 1n]]) });
  assert.throws(() => evaluateExpression('$x19 = 2', outer, { allowAssignment: true }), {
    message: 'x19 of an outer frame cannot be written; select the innermost frame to change the register itself.',
  });
  const interrupted = frameOf(inHandler(), { live: false, level: 1, registers: new Map(), interruptedBy: 0 });
  assert.equal(evaluateExpression('$x2 = 0x55', interrupted, { allowAssignment: true }).value, '0x55');
});

test('assignments are reported once made', () => {
  let made = 0;
  const options = { allowAssignment: true, onAssignment: () => made++ };
  evaluateExpression('i == 5', frameOf(world()), options);
  assert.equal(made, 0);
  evaluateExpression('i <<= 2', frameOf(world()), options);
  assert.equal(made, 1);
});

test('a reference of C++ that is gone is shown as every variable that is', () => {
  const type = { kind: 'pointer', size: 8, to: () => types.int, isReference: true } as const;
  const frame = frameOf({ ...world(), locals: [{ name: 'gone', type, at: { kind: 'optimized-out' } }] });
  const references = createReferences();
  const [locals] = scopesOf(frame, references);
  const [gone] = variablesOf(references, locals.variablesReference);
  assert.deepEqual([gone.value, gone.type], ['<optimized out>', 'int']);
});
