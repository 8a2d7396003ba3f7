import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Wanted } from '../breakpoints/breakpoints.ts';
import { breakpointOf } from '../breakpoints/client-breakpoint.ts';
import { exceptionFilters } from '../breakpoints/exception-filters.ts';
import { breakpointModes } from '../breakpoints/modes.ts';
import { UserError } from '../errors.ts';
import type { Session } from '../session.ts';
import { pathKey } from '../paths.ts';
import { addressFrom } from './address.ts';
import { request } from './request.ts';
import { lineFromClient, namedSource, sourceShape } from './source-argument.ts';

/** Clients that always fill in every field write nothing for none. */
export const conditions = ({
  condition,
  hitCondition,
  logMessage,
  mode,
}: {
  condition?: string;
  hitCondition?: string;
  logMessage?: string;
  mode?: string;
}) => ({
  ...(isBlank(condition) ? {} : { condition }),
  ...(isBlank(hitCondition) ? {} : { hitCondition }),
  ...(isBlank(logMessage) ? {} : { logMessage }),
  ...(isBlank(mode) ? {} : { mode }),
});
const isBlank = (text: string | undefined): boolean => text === undefined || text.trim() === '';

function set(session: Session, group: string, wanted: readonly Wanted[]): { breakpoints: Dap.Breakpoint[] } {
  const breakpoints = session.breakpoints.set(group, wanted).map((state) => breakpointOf(session.client, state));
  session.guest?.run.breakpointsChanged();
  return { breakpoints };
}

/** Breakpoints of one source replace each other, however its path is written. */
const groupOf = ({ sourceReference, path, name }: Dap.Source): string =>
  sourceReference ? `source ${sourceReference}` : path ? `source:${pathKey(path)}` : `source named ${name}`;

export const setBreakpoints = request('setBreakpoints', {
  capabilities: { supportsConditionalBreakpoints: true, supportsHitConditionalBreakpoints: true, supportsLogPoints: true },
  needs: 'any',
  arguments: {
    source: sourceShape,
    'breakpoints?': [
      {
        line: 'integer',
        'column?': 'integer',
        'condition?': 'string',
        'hitCondition?': 'string',
        'logMessage?': 'string',
        'mode?': 'string',
      },
    ],
    'lines?': ['integer'],
  },
  run(session, { source, breakpoints, lines }) {
    const key = groupOf(namedSource('setBreakpoints', source));
    const list: Dap.SourceBreakpoint[] = breakpoints ?? lines?.map((line) => ({ line })) ?? [];
    const wanted = list.map((one): Wanted => {
      const line = unlessWrong(() => lineFromClient(session, one.line));
      return { sort: 'source', source, line, ...conditions(one) };
    });
    return set(session, key, wanted);
  },
});

export const setFunctionBreakpoints = request('setFunctionBreakpoints', {
  capabilities: { supportsFunctionBreakpoints: true },
  needs: 'any',
  arguments: { breakpoints: [{ name: 'string', 'condition?': 'string', 'hitCondition?': 'string' }] },
  run: (session, { breakpoints }) =>
    set(
      session,
      'function',
      breakpoints.map((one): Wanted => ({ sort: 'function', name: one.name.trim(), ...conditions(one) })),
    ),
});

export const setInstructionBreakpoints = request('setInstructionBreakpoints', {
  capabilities: { supportsInstructionBreakpoints: true, breakpointModes: [...breakpointModes] },
  needs: 'any',
  arguments: {
    breakpoints: [
      { instructionReference: 'string', 'offset?': 'integer', 'condition?': 'string', 'hitCondition?': 'string', 'mode?': 'string' },
    ],
  },
  run: (session, { breakpoints }) =>
    set(
      session,
      'instruction',
      breakpoints.map((one): Wanted => {
        const address = unlessWrong(() => addressFrom('instructionReference', one.instructionReference, one.offset));
        return { sort: 'instruction', address, ...conditions(one) };
      }),
    ),
});

/** One wrong place does not keep the client from setting the others. */
function unlessWrong<Place>(place: () => Place): Place | { readonly problem: string } {
  try {
    return place();
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  }
}

export const setExceptionBreakpoints = request('setExceptionBreakpoints', {
  capabilities: { exceptionBreakpointFilters: [...exceptionFilters], supportsExceptionFilterOptions: true },
  needs: 'any',
  arguments: { filters: ['string'], 'filterOptions?': [{ filterId: 'string', 'condition?': 'string' }] },
  run(session, args) {
    const breakpoints = session.exceptions.set(args);
    session.guest?.run.breakpointsChanged();
    return { breakpoints };
  },
});

export const breakpointLocations = request('breakpointLocations', {
  capabilities: { supportsBreakpointLocationsRequest: true },
  needs: 'launched',
  arguments: { source: sourceShape, line: 'integer', 'endLine?': 'integer' },
  run(session, { source, line, endLine = line }) {
    const base = session.client.linesStartAt1 === false ? 1 : 0;
    const lines = session
      .theGuest()
      .sources.recordedFor(namedSource('breakpointLocations', source))
      .flatMap(({ program, path }) => program.linesWithCode(path, line + base, endLine + base));
    return { breakpoints: [...new Set(lines)].sort((a, b) => a - b).map((one) => ({ line: one - base })) };
  },
});
