import { breakpointOf } from '../breakpoints/client-breakpoint.ts';
import { watchedExpression } from '../evaluate/evaluate.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import type { Watched } from '../evaluate/watched.ts';
import type { Session } from '../session.ts';
import { watchedVariable } from '../variables/references.ts';
import { addressFrom } from './address.ts';
import type { Arguments } from './request.ts';
import { request } from './request.ts';

function watchedOf(session: Session, { variablesReference, name, frameId, bytes, asAddress }: Arguments<'dataBreakpointInfo'>): Watched {
  const { images } = session.theGuest();
  if (asAddress === true) {
    const address = addressFrom('name', name);
    return { kind: 'memory', pe: session.lastStop?.pe ?? 0, address, length: bytes ?? 1, label: images.describe(address) };
  }
  if (variablesReference !== undefined) return watchedVariable(session.references, variablesReference, name);
  const watched = watchedExpression(name, frameId === undefined ? session.presentFrame() : session.frame(frameId));
  return watched.kind === 'memory' && bytes !== undefined ? { ...watched, length: bytes } : watched;
}

export const dataBreakpointInfo = request('dataBreakpointInfo', {
  capabilities: { supportsDataBreakpoints: true, supportsDataBreakpointBytes: true },
  arguments: { name: 'string', 'variablesReference?': 'integer', 'frameId?': 'integer', 'bytes?': 'count', 'asAddress?': 'boolean' },
  run(session, args) {
    try {
      const watched = watchedOf(session, args);
      const { images } = session.theGuest();
      const isMemory = watched.kind === 'memory';
      const size = isMemory ? `, ${watched.length} byte${watched.length === 1 ? '' : 's'} at 0x${watched.address.toString(16)}` : '';
      return {
        dataId: session.dataBreakpoints.dataIdOf(watched),
        description: `${watched.label}${size}${session.theGuest().target.pes.length > 1 && !isMemory ? ` of PE${watched.pe}` : ''}`,
        accessTypes: isMemory ? ['write', 'readWrite', 'read'] : ['write'],
        canPersist: !isMemory || images.at(watched.address) !== undefined,
      };
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { dataId: null, description: error.message };
    }
  },
});

export const setDataBreakpoints = request('setDataBreakpoints', {
  needs: 'any',
  arguments: { breakpoints: [{ dataId: 'string', 'accessType?': 'string', 'condition?': 'string', 'hitCondition?': 'string' }] },
  run(session, { breakpoints: wanted }) {
    const breakpoints = session.dataBreakpoints
      .set(
        wanted.map(({ dataId, accessType, condition, hitCondition }) => ({
          dataId,
          ...(accessType === undefined ? {} : { accessType }),
          ...(condition === undefined ? {} : { condition }),
          ...(hitCondition === undefined ? {} : { hitCondition }),
        })),
      )
      .map((state) => breakpointOf(session.client, state));
    session.guest?.run.breakpointsChanged();
    return { breakpoints };
  },
});
