import { assignExpression, completions as completionsOf, evaluateExpression } from '../evaluate/evaluate.ts';
import { unknownLocation } from '../errors.ts';
import type { Session } from '../session.ts';
import { request } from './request.ts';

const frameOf = (session: Session, frameId: number | undefined) =>
  frameId === undefined ? session.presentFrame() : session.frame(frameId);

/** The Debug Console may change the guest; hovering and watching may not. */
export const evaluate = request('evaluate', {
  capabilities: { supportsEvaluateForHovers: true, supportsClipboardContext: true },
  arguments: { expression: 'string', 'frameId?': 'integer', 'context?': 'string', 'format?': 'object' },
  run(session, { expression, frameId, context, format }, { afterResponse }) {
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
  capabilities: { supportsCompletionsRequest: true, completionTriggerCharacters: ['.', '>', '$'] },
  arguments: { text: 'string', column: 'integer', 'frameId?': 'integer', 'line?': 'integer' },
  run(session, { text, column, frameId }) {
    const base = session.client.columnsStartAt1 === false ? 0 : 1;
    const targets = completionsOf(text, column - base, frameOf(session, frameId)).map(({ start, ...item }) => ({
      ...item,
      start: start + base,
    }));
    return { targets };
  },
});

export const locations = request('locations', {
  needs: 'launched',
  arguments: { locationReference: 'integer' },
  run(session, { locationReference }) {
    const location = session.references.locationOf(locationReference);
    if (location === undefined) throw unknownLocation(locationReference);
    const base = session.client.linesStartAt1 === false ? 1 : 0;
    return { source: session.theGuest().sources.sourceOf(location.path), line: location.line - base };
  },
});
