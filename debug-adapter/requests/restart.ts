import { request } from './request.ts';

export const restart = request('restart', {
  capabilities: { supportsRestartRequest: true },
  needs: 'any',
  errorsShown: true,
  arguments: { 'arguments?': 'object' },
  async run(session, args, context) {
    await session.restart(args.arguments, context);
    return {};
  },
});
