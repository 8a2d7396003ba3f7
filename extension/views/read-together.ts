import type { SdeiState } from '../../debug-adapter/custom-requests.ts';
import type { SessionState } from '../session-state.ts';
import { type IsOpen, shownPes } from './pe-nodes.ts';

/** The state of SDEI, read together with what `of` reads of each PE that is shown; that says itself, when it is asked again, why it cannot. */
export async function readTogether(
  state: SessionState,
  isOpen: IsOpen,
  of: (pe: number) => Promise<unknown>,
): Promise<SdeiState | undefined> {
  const registers = shownPes(state.knownPes, isOpen).map((pe) => of(pe).catch(() => undefined));
  const [sdei] = await Promise.all([state.sdei(), ...registers]);
  return sdei;
}
