import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Guest, Session } from '../session.ts';
import type { StackLine } from '../stack/frames.ts';
import { canRestart } from '../stack/restart.ts';
import { request } from './request.ts';

export const stackTrace = request('stackTrace', {
  capabilities: { supportsDelayedStackTraceLoading: true },
  arguments: { threadId: 'integer', 'startFrame?': 'count', 'levels?': 'count' },
  run(session, { threadId, startFrame = 0, levels = 0 }) {
    const guest = session.theGuest();
    const lines = guest.stacks.of(session.peOf(threadId));
    const page = lines.slice(startFrame, levels === 0 ? undefined : startFrame + levels);
    return { stackFrames: page.map((line) => stackFrame(session, guest, lines, line)), totalFrames: lines.length };
  },
});

function stackFrame(session: Session, guest: Guest, lines: readonly StackLine[], line: StackLine): Dap.StackFrame {
  if (line.kind === 'label') return { id: line.id, name: line.name, line: 0, column: 0, presentationHint: 'label', canRestart: false };
  const { location, image, view } = line;
  const base = session.client.linesStartAt1 === false ? 1 : 0;
  const columnBase = session.client.columnsStartAt1 === false ? 1 : 0;
  return {
    id: line.id,
    name: line.name,
    line: location === undefined ? 0 : location.line - base,
    column: location === undefined ? 0 : (location.column ?? 1) - columnBase,
    ...(location === undefined ? {} : { source: guest.sources.sourceOf(location.path) }),
    ...(image === undefined ? {} : { moduleId: guest.images.all.indexOf(image) + 1 }),
    instructionPointerReference: `0x${view.pc.toString(16)}`,
    ...(canRestart(lines, line, guest.images) ? {} : { canRestart: false }),
  };
}
