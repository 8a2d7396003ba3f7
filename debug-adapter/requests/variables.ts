import { scopesOf } from '../variables/scopes.ts';
import { setVariable as assignVariable, variablesOf } from '../variables/references.ts';
import type { DisplayedValue, DisplayedVariable } from '../variables/references.ts';
import { notStopped } from '../errors.ts';
import { instantOfReference, linkOf } from '../instant-links.ts';
import { request } from './request.ts';

export const scopes = request('scopes', {
  arguments: { frameId: 'integer' },
  // A client shows an error, and forgets an empty list with the frame: a step was quicker than its question.
  run: (session, { frameId }) =>
    session.isOfEarlierStop(frameId) ? { scopes: [] } : { scopes: scopesOf(session.frame(frameId), session.references) },
});

const mutable = <Value extends DisplayedValue | DisplayedVariable>({ presentationHint, ...rest }: Value) => ({
  ...rest,
  ...(presentationHint === undefined
    ? {}
    : { presentationHint: { ...presentationHint, attributes: [...(presentationHint.attributes ?? [])] } }),
});

export const variables = request('variables', {
  capabilities: { supportsValueFormattingOptions: true },
  arguments: { variablesReference: 'reference', 'filter?': 'string', 'start?': 'count', 'count?': 'count', 'format?': 'object' },
  needs: 'launched',
  run(session, { variablesReference, ...options }) {
    const instant = instantOfReference(variablesReference);
    if (instant !== undefined) return { variables: [mutable(linkOf(session.instant(instant)))] };
    if (session.theGuest().run.isRunning) throw notStopped();
    if (session.references.isOfEarlierStop(variablesReference)) return { variables: [] };
    return { variables: variablesOf(session.references, variablesReference, options).map(mutable) };
  },
});

export const setVariable = request('setVariable', {
  capabilities: { supportsSetVariable: true },
  arguments: { variablesReference: 'reference', name: 'string', value: 'string', 'format?': 'object' },
  run(session, args, context) {
    const value = assignVariable(session.references, args.variablesReference, args.name, args.value, args.format);
    context.afterResponse(() => session.edited());
    return mutable(value);
  },
});
