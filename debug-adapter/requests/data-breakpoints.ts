import { sizeProblem } from '../breakpoints/data-breakpoints.ts';
import { breakpointOf } from '../breakpoints/client-breakpoint.ts';
import { badByteCount } from '../errors.ts';
import { ExpressionError } from '../evaluate/expression-error.ts';
import type { Images } from '../images.ts';
import { conditions } from './breakpoints.ts';
import { request } from './request.ts';
import { watchedOf } from './watched-argument.ts';

export const dataBreakpointInfo = request('dataBreakpointInfo', {
  capabilities: { supportsDataBreakpoints: true, supportsDataBreakpointBytes: true },
  arguments: { name: 'string', 'variablesReference?': 'reference', 'frameId?': 'integer', 'bytes?': 'count', 'asAddress?': 'boolean' },
  run(session, args) {
    try {
      const watched = watchedOf(session, args);
      const { images } = session.theGuest();
      const isMemory = watched.kind === 'memory';
      if (isMemory && watched.length === 0) throw badByteCount();
      const problem = sizeProblem(watched);
      if (problem !== undefined) return { dataId: null, description: problem };
      const size = isMemory ? `, ${watched.length} byte${watched.length === 1 ? '' : 's'} at 0x${watched.address.toString(16)}` : '';
      return {
        dataId: session.dataBreakpoints.dataIdOf(watched),
        description: `${watched.label}${size}${session.theGuest().target.pes.length > 1 && !isMemory ? ` of PE${watched.pe}` : ''}`,
        accessTypes: isMemory ? ['write', 'readWrite', 'read'] : ['write'],
        canPersist: isMemory ? watched.space !== undefined || isStatic(images, watched.address) : watched.label.startsWith('$'),
      };
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { dataId: null, description: error.message };
    }
  },
});

/** Another session finds the same there; on a stack, or in the register that holds a variable at present, it does not. */
function isStatic(images: Images, address: bigint): boolean {
  const symbol = images.symbolAt(address);
  return symbol !== undefined && (images.symbol(symbol.name)?.size ?? 0) > 0;
}

export const setDataBreakpoints = request('setDataBreakpoints', {
  needs: 'any',
  arguments: { breakpoints: [{ dataId: 'string', 'accessType?': 'string', 'condition?': 'string', 'hitCondition?': 'string' }] },
  run(session, { breakpoints: wanted }) {
    const breakpoints = session.dataBreakpoints
      .set(
        wanted.map(({ dataId, accessType, ...more }) => ({
          dataId,
          ...(accessType === undefined ? {} : { accessType }),
          ...conditions(more),
        })),
      )
      .map((state) => breakpointOf(session.client, state));
    session.guest?.run.breakpointsChanged();
    return { breakpoints };
  },
});
