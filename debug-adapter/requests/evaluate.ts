import { assignExpression, completions as completionsOf, evaluateExpression } from '../evaluate/evaluate.ts';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { RequestContext } from '../connection.ts';
import { notStopped, unknownLocation, unknownPlace } from '../errors.ts';
import { instantOfReference } from '../instant-links.ts';
import type { Session } from '../session.ts';
import type { Instant } from '../timeline.ts';
import { consoleSuggestions, consoleWord } from './console-words.ts';
import { request } from './request.ts';
import { goToInstant } from './time-travel.ts';

const frameOf = (session: Session, frameId: number | undefined) =>
  frameId === undefined ? session.presentFrame() : session.frame(frameId);

/** The Debug Console may change the guest; hovering and watching may not. */
export const evaluate = request('evaluate', {
  capabilities: { supportsEvaluateForHovers: true, supportsClipboardContext: true },
  arguments: { expression: 'string', 'frameId?': 'integer', 'context?': 'string', 'format?': 'object' },
  run(session, { expression, frameId, context, format }, request) {
    const said =
      context === 'repl' ? consoleWord(session, expression, { frameId, frame: () => frameOf(session, frameId) }, request) : undefined;
    const answer = (result: string) => ({ result, variablesReference: 0 });
    if (said !== undefined) return typeof said === 'string' ? answer(said) : said.then(answer);
    const { afterResponse } = request;
    let assigned = false;
    const {
      value,
      presentationHint: _,
      ...rest
    } = evaluateExpression(expression, frameOf(session, frameId), {
      references: session.references,
      allowAssignment: context === 'repl',
      onAssignment: () => {
        assigned = true;
      },
      full: context === 'clipboard',
      ...(format === undefined ? {} : { format }),
    });
    if (assigned) afterResponse(() => session.edited());
    return { result: value, ...rest };
  },
});

export const setExpression = request('setExpression', {
  capabilities: { supportsSetExpression: true },
  arguments: { expression: 'string', value: 'string', 'frameId?': 'integer', 'format?': 'object' },
  run(session, { expression, value, frameId, format }, { afterResponse }) {
    const { presentationHint: _, ...assigned } = assignExpression(expression, value, frameOf(session, frameId), {
      references: session.references,
      ...(format === undefined ? {} : { format }),
    });
    afterResponse(() => session.edited());
    return assigned;
  },
});

export const completions = request('completions', {
  capabilities: { supportsCompletionsRequest: true, completionTriggerCharacters: ['.', '>', '$', ':'] },
  arguments: { text: 'string', column: 'integer', 'frameId?': 'integer', 'line?': 'integer' },
  run(session, { text, column, frameId, line }) {
    const base = session.client.columnsStartAt1 === false ? 0 : 1;
    const firstLine = session.client.linesStartAt1 === false ? 0 : 1;
    const lineStart = startOfLine(text, (line ?? firstLine) - firstLine);
    const at = Math.min(lineStart + Math.max(column - base, 0), text.length);
    const typed = text.slice(0, at);
    const targets = completionsOf(text, at, frameOf(session, frameId)).map(({ start, ...item }) => ({
      ...item,
      start: start - lineStart + base,
    }));
    const suggestions = consoleSuggestions(session, typed).map((suggestion) => ({
      ...suggestion,
      type: 'keyword' as const,
      start: base + at - lineStart - suggestion.length,
    }));
    return { targets: [...suggestions, ...targets] };
  },
});

/** @param line from 0; what is beyond the last one is the last one */
function startOfLine(text: string, line: number): number {
  const lines = text.split('\n').slice(0, -1);
  return lines.slice(0, Math.max(line, 0)).reduce((start, { length }) => start + length + 1, 0);
}

/** Where a line of the Debug Console leads: going there is what asking for its location means. */
function goThere(session: Session, instant: Instant, context: RequestContext): { source: Dap.Source; line: number } {
  const { run, images, sources } = session.theGuest();
  if (run.isRunning) throw notStopped();
  goToInstant(session, instant, (session.lastStop?.pe ?? 0) + 1, context);
  const location = instant.pc === undefined ? undefined : images.sourceAt(instant.pc);
  if (location === undefined) throw unknownPlace(instant.text);
  return { source: sources.sourceOf(location.path), line: location.line - (session.client.linesStartAt1 === false ? 1 : 0) };
}

export const locations = request('locations', {
  needs: 'launched',
  arguments: { locationReference: 'reference' },
  run(session, { locationReference }, context) {
    const instant = instantOfReference(locationReference);
    if (instant !== undefined) return goThere(session, session.instant(instant), context);
    const location = session.references.locationOf(locationReference);
    if (location === undefined) throw unknownLocation(locationReference);
    const base = session.client.linesStartAt1 === false ? 1 : 0;
    return { source: session.theGuest().sources.sourceOf(location.path), line: location.line - base };
  },
});
