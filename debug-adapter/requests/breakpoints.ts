import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Wanted } from '../breakpoints/breakpoints.ts';
import { breakpointOf } from '../breakpoints/client-breakpoint.ts';
import { exceptionFilters } from '../breakpoints/exception-filters.ts';
import { breakpointModes } from '../breakpoints/modes.ts';
import { UserError } from '../errors.ts';
import type { Session } from '../session.ts';
import { addressFrom } from './address.ts';
import { request } from './request.ts';

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

export const setBreakpoints = request('setBreakpoints', {
  capabilities: { supportsConditionalBreakpoints: true, supportsHitConditionalBreakpoints: true, supportsLogPoints: true },
  needs: 'any',
  arguments: {
    source: { 'path?': 'string', 'name?': 'string', 'sourceReference?': 'reference' },
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
    const base = session.client.linesStartAt1 === false ? 1 : 0;
    const list: Dap.SourceBreakpoint[] = breakpoints ?? lines?.map((line) => ({ line })) ?? [];
    const wanted = list.map((one): Wanted => ({ sort: 'source', source, line: one.line + base, ...conditions(one) }));
    return set(session, `source:${source.sourceReference || source.path || source.name}`, wanted);
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

/** One wrong address does not keep the client from setting the others. */
function unlessWrong(address: () => bigint): bigint | { readonly problem: string } {
  try {
    return address();
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
  arguments: { source: { 'path?': 'string', 'name?': 'string', 'sourceReference?': 'reference' }, line: 'integer', 'endLine?': 'integer' },
  run(session, { source, line, endLine = line }) {
    const base = session.client.linesStartAt1 === false ? 1 : 0;
    const lines = session
      .theGuest()
      .sources.recordedFor(source)
      .flatMap(({ program, path }) => program.linesWithCode(path, line + base, endLine + base));
    return { breakpoints: [...new Set(lines)].sort((a, b) => a - b).map((one) => ({ line: one - base })) };
  },
});
