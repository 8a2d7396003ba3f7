import { request } from './request.ts';

export const disconnect = request('disconnect', {
  needs: 'any',
  async run(session, _args, context) {
    context.afterResponse(session.disconnected);
    await session.end();
    return {};
  },
});

export const terminate = request('terminate', {
  capabilities: { supportsTerminateRequest: true },
  needs: 'any',
  async run(session, _args, context) {
    context.afterResponse(() => session.event('terminated', undefined));
    await session.end();
    return {};
  },
});
