import { watchedExpression } from '../evaluate/evaluate.ts';
import type { Watched } from '../evaluate/watched.ts';
import type { Session } from '../session.ts';
import { watchedVariable } from '../variables/references.ts';
import { addressFrom } from './address.ts';
import type { Arguments } from './request.ts';

/** @throws ExpressionError saying why it cannot be watched */
export function watchedOf(
  session: Session,
  { variablesReference, name, frameId, bytes, asAddress }: Arguments<'dataBreakpointInfo'>,
): Watched {
  const { images } = session.theGuest();
  if (asAddress === true) {
    const address = addressFrom('name', name);
    return { kind: 'memory', pe: session.lastStop?.pe ?? 0, address, length: bytes ?? 1, label: images.describe(address) };
  }
  if (variablesReference !== undefined) return watchedVariable(session.references, variablesReference, name);
  const watched = watchedExpression(name, frameId === undefined ? session.presentFrame() : session.frame(frameId));
  return watched.kind === 'memory' && bytes !== undefined ? { ...watched, length: bytes } : watched;
}
