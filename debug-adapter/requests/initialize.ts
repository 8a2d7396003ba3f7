import { request } from './request.ts';

export const initialize = request('initialize', {
  capabilities: { supportsANSIStyling: true },
  needs: 'any',
  arguments: { 'linesStartAt1?': 'boolean', 'columnsStartAt1?': 'boolean', 'supportsANSIStyling?': 'boolean' },
  run(session, args, context) {
    session.client = args;
    context.afterResponse(() => session.event('initialized', undefined));
    return session.capabilities;
  },
});
