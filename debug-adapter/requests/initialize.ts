import { request } from './request.ts';

export const initialize = request('initialize', {
  needs: 'any',
  arguments: { 'linesStartAt1?': 'boolean', 'columnsStartAt1?': 'boolean' },
  run(session, args, context) {
    session.client = args;
    context.afterResponse(() => session.event('initialized', undefined));
    return session.capabilities;
  },
});
