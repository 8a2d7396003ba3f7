import { request } from './request.ts';

export const launch = request('launch', {
  needs: 'any',
  errorsShown: true,
  arguments: 'object',
  async run(session, args, context) {
    await session.launch(args, context);
    return {};
  },
});

export const attach = request('attach', {
  needs: 'any',
  errorsShown: true,
  arguments: { 'stopOnEntry?': 'boolean', 'gdbServer?': 'count' },
  async run(session, args, context) {
    await session.attach(args, context);
    return {};
  },
});
