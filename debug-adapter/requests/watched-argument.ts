import { watchedExpression } from '../evaluate/evaluate.ts';
import type { Watched } from '../evaluate/watched.ts';
import type { Session } from '../session.ts';
import { watchedVariable } from '../variables/references.ts';
import { memoryPlace } from './memory-space.ts';
import type { Arguments } from './request.ts';

/** @throws ExpressionError saying why it cannot be watched */
export function watchedOf(
  session: Session,
  { variablesReference, name, frameId, bytes, asAddress }: Arguments<'dataBreakpointInfo'>,
): Watched {
  const { images } = session.theGuest();
  if (asAddress === true) {
    const { address, space } = memoryPlace(session, 'name', name);
    const length = bytes ?? 1;
    if (space.kind === 'virtual' && space.el === undefined)
      return { kind: 'memory', pe: session.lastStop?.pe ?? 0, address, length, label: images.describe(address) };
    return { kind: 'memory', pe: space.kind === 'virtual' ? (space.pe ?? 0) : 0, address, space, length, label: name.trim() };
  }
  if (variablesReference !== undefined) return watchedVariable(session.references, variablesReference, name);
  const watched = watchedExpression(name, frameId === undefined ? session.presentFrame() : session.frame(frameId));
  return watched.kind === 'memory' && bytes !== undefined ? { ...watched, length: bytes } : watched;
}
