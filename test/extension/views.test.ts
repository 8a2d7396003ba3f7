import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventState, PseudoRegister } from '../../debug-adapter/custom-requests.ts';
import { pseudoRegisterNodes } from '../../extension/views/pseudo-registers.ts';
import { sdeiEventNodes } from '../../extension/views/sdei-events.ts';
import { timelineNodes } from '../../extension/views/timeline.ts';
import type { TreeNode } from '../../extension/views/tree-node.ts';
import { event, pe, register, running, sdei } from './support/states.ts';

/** A tree as text: indented lines of label and description. */
function text(nodes: readonly TreeNode[], depth: number, indent = ''): string[] {
  return nodes.flatMap((node) => [
    `${indent}${[node.label, node.description].filter(Boolean).join(' | ')}`,
    ...(depth > 1 && Array.isArray(node.children) ? text(node.children, depth - 1, `${indent}  `) : []),
  ]);
}

describe('Events', () => {
  it('PEs with their private events, then the shared ones', () => {
    const state = sdei(
      [pe({ running: [running(806), running(804, 'critical')] }), pe({ pe: 1, power: 'off', masked: true })],
      [
        event({ state: 'enabled', pending: true }),
        event({
          number: 804,
          priority: 'critical',
          state: 'enabledRunning',
          delivered: 1,
          handler: { address: '0x40100000', name: 'critical_handler' },
        }),
        event({ number: 806, state: 'registeredRunning', delivered: 3 }),
        event({ pe: 1, state: 'unregistered' }),
        event({ number: 805, type: 'shared', state: 'registered', handler: { address: '0x40100010', name: 'shared_handler' } }),
        event({ number: 807, type: 'shared', state: 'enabledRunning', pe: 0 }),
      ],
    );
    assert.deepEqual(text(sdeiEventNodes(state), 2), [
      'PE0 | EL1 · runs 806 › 804',
      '  Event 0 | enabled · pending',
      '  Event 804 | running · critical · critical_handler · ×1',
      '  Event 806 | running, disabled · ×3',
      'PE1 | off · masked',
      '  Event 0 | not registered',
      'Shared',
      '  Event 805 | disabled · shared_handler',
      '  Event 807 | running · on PE0',
    ]);
  });

  it('device_irq_level of a PE whose interrupt controller is user space’s', () => {
    const state = sdei([pe({ deviceIrqLevel: '0x3 (KVM_ARM_DEV_EL1_VTIMER, KVM_ARM_DEV_EL1_PTIMER)' })], [event()]);
    const expected = 'device_irq_level | 0x3 (EL1_VTIMER, EL1_PTIMER)';
    assert.deepEqual(text(sdeiEventNodes(state), 2), ['PE0 | EL1', `  ${expected}`, '  Event 0 | enabled']);
  });

  it('the details of an event', () => {
    const handler = { address: '0x40100200', name: 'on_event', path: '/guests/first-event.c', line: 34 };
    const [{ children }] = sdeiEventNodes(
      sdei([pe()], [event({ handler, argument: '0x40103000', source: 'interrupt', intid: 27, delivered: 1 })]),
    );
    const [node] = children as readonly TreeNode[];
    assert.deepEqual(text(node.children as readonly TreeNode[], 1), [
      'Handler | on_event · first-event.c:34 · 0x40100200',
      'Argument | 0x40103000',
      'Source | interrupt 27',
      'Delivered | 1 time',
    ]);
    assert.deepEqual(node.location, { path: '/guests/first-event.c', line: 34 });
  });

  const contexts: readonly (readonly [Partial<EventState>, string, string])[] = [
    [{ state: 'unregistered' }, 'event', 'circle-slash'],
    [{ state: 'registered' }, 'event disabled', 'circle-large-outline'],
    [{ state: 'enabled' }, 'event enabled', 'circle-large-filled'],
    [{ state: 'enabled', pending: true }, 'event enabled', 'bell-dot'],
    [{ state: 'registeredRunning' }, 'event disabled', 'debug-stackframe-focused'],
    [{ state: 'enabledRunning' }, 'event enabled', 'debug-stackframe-focused'],
    [{ state: 'unregisterPending' }, 'event', 'debug-stackframe-focused'],
    [{ state: 'enabled', handler: { address: '0x0', path: 'a.c', line: 1 } }, 'event enabled handler', 'circle-large-filled'],
  ];
  for (const [changes, context, icon] of contexts) {
    it(`menus and icon of ${JSON.stringify(changes)}`, () => {
      const [{ children }] = sdeiEventNodes(sdei([pe()], [event(changes)]));
      const [node] = children as readonly TreeNode[];
      assert.equal(node.context?.join(' '), context);
      assert.equal(node.icon?.name, icon);
    });
  }

  it('lines keep their ids from stop to stop, and no two are the same', () => {
    const ids = (state: EventState['state']) => {
      const all: string[] = [];
      const collect = (nodes: readonly TreeNode[]) => {
        for (const node of nodes) {
          all.push(node.id);
          collect((node.children ?? []) as readonly TreeNode[]);
        }
      };
      collect(
        sdeiEventNodes(
          sdei(
            [pe(), pe({ pe: 1 })],
            [event({ state }), event({ pe: 1 }), event({ type: 'shared' }), event({ number: 804, type: 'shared' })],
          ),
        ),
      );
      return all;
    };
    assert.deepEqual(ids('enabled'), ids('enabledRunning'));
    assert.equal(new Set(ids('enabled')).size, ids('enabled').length);
  });
});

describe('Pseudo registers', () => {
  it('device_irq_level stands before them where the interrupt controller is user space’s', async () => {
    const nodes = await pseudoRegisterNodes([pe({ deviceIrqLevel: '0' })], async () => [register()]);
    assert.deepEqual(text(nodes, 1), ['device_irq_level | 0', 'EVENT_REGISTERED | 0x0000000000000001']);
  });

  const rows: readonly (readonly [string, Partial<PseudoRegister>, string[]])[] = [
    [
      'a bitmap',
      {
        bits: [
          { bit: 0, name: 'event 0', set: true },
          { bit: 1, name: 'event 1', set: false },
        ],
      },
      ['EVENT_REGISTERED | 0x1 · event 0', '  event 0 | bit 0', '  event 1 | bit 1'],
    ],
    ['an empty bitmap', { value: '0x0', bits: [{ bit: 0, name: 'event 0', set: false }] }, ['EVENT_REGISTERED | 0x0', '  event 0 | bit 0']],
    [
      'a handler',
      {
        name: 'KVM_REG_ARM_SDEI_EVENT_HANDLER_0',
        bytes: 16,
        value: 'e8021040000000000030104000000000',
        fields: [
          { name: 'entry', value: '0x401002e8', symbol: 'on_event' },
          { name: 'argument', value: '0x40103000' },
        ],
      },
      ['EVENT_HANDLER_0 | on_event, 0x40103000', '  entry | 0x401002e8 <on_event>', '  argument | 0x40103000'],
    ],
    ['a number', { name: 'KVM_REG_ARM_PSCI_VERSION', value: '0x10001' }, ['PSCI_VERSION | 0x10001']],
    [
      'what cannot be read',
      { value: undefined, error: 'KVM_REG_ARM_SDEI_EVENT_REGISTERED has no bit for event 804.' },
      ['EVENT_REGISTERED | has no bit for event 804.'],
    ],
  ];
  for (const [title, changes, expected] of rows) {
    it(title, async () => assert.deepEqual(text(await pseudoRegisterNodes([pe()], async () => [register(changes)]), 2), expected));
  }

  it('only what can be written can be edited', async () => {
    const bits = [{ bit: 0, name: 'event 0', set: true }];
    const of = async (changes: Partial<PseudoRegister>) => (await pseudoRegisterNodes([pe()], async () => [register(changes)]))[0];
    assert.deepEqual((await of({})).context, ['register', 'value', 'writable']);
    assert.deepEqual((await of({ writable: false })).context, ['register', 'value']);
    assert.equal(((await of({ bits })).children as readonly TreeNode[])[0].checked, true);
    assert.equal(((await of({ bits, writable: false })).children as readonly TreeNode[])[0].checked, undefined);
  });

  it('of several PEs are read when their node is opened', async () => {
    const read: number[] = [];
    const nodes = await pseudoRegisterNodes([pe(), pe({ pe: 1, power: 'off' })], async (index) => {
      read.push(index);
      return [register()];
    });
    assert.deepEqual(text(nodes, 2), ['PE0', 'PE1 | off']);
    assert.deepEqual(read, []);
    const { children } = nodes[1];
    assert.ok(typeof children === 'function');
    assert.deepEqual(text(await children(), 1), ['EVENT_REGISTERED | 0x0000000000000001']);
    assert.deepEqual(read, [1]);
  });
});

describe('Timeline', () => {
  it('what has happened, bookmarks, and where the guest stands, in the order of time', () => {
    const nodes = timelineNodes({
      instants: [
        { id: 1, kind: 'console', instruction: 5, text: 'hello' },
        { id: 2, kind: 'delivery', instruction: 1200, text: 'Event 0 (normal) interrupted EL1', pe: 0 },
      ],
      bookmarks: [{ name: 'before', instruction: 900, place: 'main+0x4' }],
      time: { from: 0, now: 1000, to: 2000, isInPast: true },
    });
    assert.deepEqual(text(nodes, 1), [
      'hello | t=5',
      'before | t=900 · main+0x4',
      'The guest stands here, in its past | t=1,000',
      'Event 0 (normal) interrupted EL1 | t=1,200 · PE0',
    ]);
    assert.deepEqual(
      nodes.map(({ command, subject }) => command && subject),
      [{ kind: 'moment', instant: 1 }, { kind: 'moment', bookmark: 'before' }, undefined, { kind: 'moment', instant: 2 }],
    );
  });
});
