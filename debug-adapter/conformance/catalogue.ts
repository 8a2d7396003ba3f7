/** The conformance cases of an SDEI dispatcher, by group. `step-language.ts` says how steps read. */

import { group as everyArgument } from './cases/arguments.ts';
import { group as clientAtEl2 } from './cases/client-at-el2.ts';
import { group as completion } from './cases/completion.ts';
import { group as contextAndEntry } from './cases/context-and-entry.ts';
import { group as enableDisable } from './cases/enable-disable.ts';
import { group as further } from './cases/further.ts';
import { group as getInfo } from './cases/get-info.ts';
import { group as hypStub } from './cases/hyp-stub.ts';
import { group as identification } from './cases/identification.ts';
import { group as interruptBinding } from './cases/interrupt-binding.ts';
import { group as linuxClient } from './cases/linux-client.ts';
import { group as mask } from './cases/mask.ts';
import { group as nesting } from './cases/nesting.ts';
import { group as power } from './cases/power.ts';
import { group as profiles } from './cases/profiles.ts';
import { group as register } from './cases/register.ts';
import { group as resets } from './cases/resets.ts';
import { group as routing } from './cases/routing.ts';
import { group as signal } from './cases/signal.ts';
import { group as states } from './cases/states.ts';
import { group as twoPesAndLevels } from './cases/two-pes-and-levels.ts';
import { group as unregisterStatus } from './cases/unregister-status.ts';
import { group as userIrq } from './cases/user-irq.ts';

/**
 * `sources` are the documents and programs whose text or code gives this result: DEN0054 (with an issue letter where it matters), TF-A (its
 * code) and TF-A-run (observed), tf-a-tests, ACS-n (test n of Arm's SDEI compliance suite), KVM and KVM-selftest (series v7), QEMU (RFC v2),
 * Linux; `own` where none decides.
 */
export type ConformanceCase = readonly [id: string, title: string, steps: string, sources: string];

export interface ConformanceGroup {
  /** Letter that begins the ids of its cases. */
  readonly id: string;
  readonly title: string;
  readonly cases: readonly ConformanceCase[];
}

export const conformanceGroups: readonly ConformanceGroup[] = [
  identification,
  register,
  enableDisable,
  unregisterStatus,
  getInfo,
  mask,
  signal,
  contextAndEntry,
  completion,
  interruptBinding,
  routing,
  resets,
  nesting,
  power,
  hypStub,
  userIrq,
  linuxClient,
  profiles,
  states,
  further,
  clientAtEl2,
  everyArgument,
  twoPesAndLevels,
];
