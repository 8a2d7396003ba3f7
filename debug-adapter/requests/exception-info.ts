import { nothingToExplain } from '../errors.ts';
import { wordsOf } from '../target/stop-reason.ts';
import { request } from './request.ts';

export const exceptionInfo = request('exceptionInfo', {
  capabilities: { supportsExceptionInfoRequest: true },
  arguments: { threadId: 'integer' },
  run(session, { threadId }) {
    const { images } = session.theGuest();
    const pe = session.peOf(threadId);
    const stop = session.lastStop;
    if (stop?.kind === 'fault') return { exceptionId: stop.id, description: stop.text, breakMode: 'always' };
    if (stop?.kind !== 'machine' || stop.pe !== pe) throw nothingToExplain();
    const { id, text } = wordsOf(stop.stop, images);
    return { exceptionId: id, description: text, breakMode: 'always' };
  },
});
