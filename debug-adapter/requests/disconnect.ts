import { request } from './request.ts';

export const disconnect = request('disconnect', {
  capabilities: { supportTerminateDebuggee: true, supportSuspendDebuggee: true },
  needs: 'any',
  arguments: { 'restart?': 'boolean', 'terminateDebuggee?': 'boolean', 'suspendDebuggee?': 'boolean' },
  async run(session, { terminateDebuggee = true, suspendDebuggee = false }, context) {
    context.afterResponse(session.disconnected);
    await (terminateDebuggee ? session.end() : session.leave(suspendDebuggee));
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
