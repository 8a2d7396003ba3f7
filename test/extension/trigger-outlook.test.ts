import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventState, PeState } from '../../debug-adapter/custom-requests.ts';
import { triggerOutlook } from '../../extension/trigger-outlook.ts';
import { event, pe, running, sdei } from './support/states.ts';

const rows: readonly (readonly [title: string, pe: Partial<PeState>, event: Partial<EventState>, outcome: string, reason: string])[] = [
  ['nothing in the way', {}, {}, 'dispatches', 'Dispatches now on PE0'],
  ['no handler', {}, { state: 'unregistered' }, 'refused', 'No handler is registered'],
  ['leaving handler', {}, { state: 'unregisterPending' }, 'refused', 'The handler is being unregistered'],
  ['pending', {}, { pending: true }, 'pending', 'Already pending: the two become one'],
  ['disabled', {}, { state: 'registered' }, 'pending', 'Stays pending: the event is not enabled'],
  ['its own handler', { running: [running(0)] }, { state: 'enabledRunning' }, 'pending', 'Stays pending: its handler is running'],
  ['masked', { masked: true }, {}, 'pending', 'Stays pending: PE0 is masked'],
  ['off', { power: 'off' }, {}, 'pending', 'Stays pending: PE0 is off'],
  ['normal over normal', { running: [running(806)] }, {}, 'pending', 'Stays pending: PE0 runs the normal event 806'],
  ['critical over normal', { running: [running(806)] }, { priority: 'critical' }, 'dispatches', 'Dispatches now on PE0'],
  [
    'critical over critical',
    { running: [running(804, 'critical')] },
    { priority: 'critical' },
    'pending',
    'Stays pending: PE0 runs the critical event 804',
  ],
  ['normal over critical', { running: [running(804, 'critical')] }, {}, 'pending', 'Stays pending: PE0 runs the critical event 804'],
];

describe('what a trigger will do', () => {
  for (const [title, peChanges, eventChanges, outcome, reason] of rows) {
    it(title, () => {
      const triggered = event(eventChanges);
      assert.deepEqual(triggerOutlook(sdei([pe(peChanges)], [triggered]), triggered, 0), { outcome, reason });
    });
  }
  it('a shared event is judged by the PE that is selected', () => {
    const shared = event({ type: 'shared', number: 805 });
    const state = sdei([pe(), pe({ pe: 1, masked: true })], [shared]);
    assert.equal(triggerOutlook(state, shared, 1).reason, 'Stays pending: PE1 is masked');
    assert.equal(triggerOutlook(state, shared, 0).outcome, 'dispatches');
  });
});
