import { labelFrame } from '../errors.ts';
import { restartedRegisters } from '../stack/restart.ts';
import { request } from './request.ts';

/** Back to the first instruction of a frame's function, with its caller's registers and its parameters as they are now. */
export const restartFrame = request('restartFrame', {
  needs: 'control',
  capabilities: { supportsRestartFrame: true },
  errorsShown: true,
  arguments: { frameId: 'integer' },
  run(session, { frameId }, context) {
    const { target, images, stacks } = session.theGuest();
    const view = session.frame(frameId);
    const line = stacks.line(frameId);
    if (line?.kind !== 'frame') throw labelFrame();
    const { registers, unknown } = restartedRegisters(target, images, stacks.of(view.pe), line);
    for (const [name, value] of registers) target.writeRegister(view.pe, name, value);
    context.afterResponse(() => {
      if (unknown.length > 0) {
        const are = unknown.length === 1 ? 'is' : 'are';
        session.note(`${line.name} restarted; what ${unknown.join(', ')} had been when it was called ${are} not known any more.`);
      }
      session.moved({ kind: 'restart', pe: view.pe });
    });
    return {};
  },
});
