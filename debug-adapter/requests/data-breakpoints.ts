import { breakpointOf } from '../breakpoints/client-breakpoint.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import { request } from './request.ts';
import { watchedOf } from './watched-argument.ts';

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
