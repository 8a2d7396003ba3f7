import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { TimelineInstant } from '../../debug-adapter/custom-requests.ts';
import { neighbouringDelivery } from '../../extension/neighbouring-delivery.ts';

const instants: readonly TimelineInstant[] = [
  { id: 1, kind: 'console', instruction: 90, text: 'SDEI 1.0' },
  { id: 2, kind: 'delivery', instruction: 100, text: 'Event 0, by the call that is instruction 100' },
  { id: 3, kind: 'stop', instruction: 150, text: 'breakpoint' },
  { id: 4, kind: 'delivery', instruction: 200, text: 'Event 804, between two instructions' },
];
const rows: readonly (readonly [now: number, isAtHandler: boolean, before: number | undefined, behind: number | undefined])[] = [
  [50, false, undefined, 2],
  [100, false, undefined, 2],
  [101, true, undefined, 4],
  [102, false, 2, 4],
  [200, false, 2, 4],
  [200, true, 2, undefined],
  [201, false, 4, undefined],
  [500, false, 4, undefined],
];
for (const [now, isAtHandler, before, behind] of rows)
  it(`at instruction ${now}${isAtHandler ? ', the first of a handler,' : ''} the delivery before is ${before}, the next ${behind}`, () =>
    assert.deepEqual(
      (['before', 'behind'] as const).map((where) => neighbouringDelivery(instants, { now, isAtHandler }, where)?.id),
      [before, behind],
    ));
