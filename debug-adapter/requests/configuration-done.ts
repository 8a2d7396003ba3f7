import { request } from './request.ts';

export const configurationDone = request('configurationDone', {
  capabilities: { supportsConfigurationDoneRequest: true },
  needs: 'any',
  run(session, _args, context) {
    session.configured(context);
    return {};
  },
});
