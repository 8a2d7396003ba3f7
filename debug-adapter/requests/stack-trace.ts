import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Guest } from '../session/guest.ts';
import type { Session } from '../session.ts';
import type { FrameLine, StackLine } from '../stack/frames.ts';
import { frameName } from '../stack/frame-name.ts';
import { canRestart } from '../stack/restart.ts';
import { request } from './request.ts';

export const stackTrace = request('stackTrace', {
  capabilities: { supportsDelayedStackTraceLoading: true },
  arguments: { threadId: 'integer', 'startFrame?': 'count', 'levels?': 'count', 'format?': 'object' },
  run(session, { threadId, startFrame = 0, levels = 0, format }) {
    const guest = session.theGuest();
    const pe = session.peOf(threadId);
    if (startFrame === 0 && levels === 1 && format === undefined && !guest.stacks.isKnown(pe))
      return { stackFrames: [topFrame(session, guest, pe)] };
    const lines = guest.stacks.of(pe);
    if (startFrame === 0) opened(guest, lines[0]);
    const page = lines.slice(startFrame, levels === 0 ? undefined : startFrame + levels);
    return {
      stackFrames: page.map((line) => stackFrame(session, guest, lines, format === undefined ? line : named(session, line, format))),
      totalFrames: lines.length,
    };
  },
});

function named(session: Session, line: StackLine, format: Dap.StackFrameFormat): StackLine {
  return line.kind === 'label' ? line : { ...line, name: frameName(line, format, session.client.linesStartAt1 === false ? 1 : 0) };
}

/** Without the number of frames: that takes unwinding all of them, and after a step a client wants to know where it stands. */
function topFrame(session: Session, guest: Guest, pe: number): Dap.StackFrame {
  const line = guest.stacks.top(pe);
  opened(guest, line);
  return codeFrame(session, guest, line, line.pc, !line.isInlined && guest.images.functionAt(line.pc) !== undefined);
}

/** An editor shows where the guest stands. */
function opened({ sources }: Guest, top: Pick<FrameLine, 'location'> | StackLine | undefined): void {
  if (top !== undefined && 'location' in top && top.location !== undefined) sources.opened(top.location.path);
}

function stackFrame(session: Session, guest: Guest, lines: readonly StackLine[], line: StackLine): Dap.StackFrame {
  if (line.kind === 'label') return { id: line.id, name: line.name, line: 0, column: 0, presentationHint: 'label', canRestart: false };
  return codeFrame(session, guest, line, line.view.pc, canRestart(lines, line, guest.images));
}

function codeFrame(session: Session, guest: Guest, line: Omit<FrameLine, 'view'>, pc: bigint, isRestartable: boolean): Dap.StackFrame {
  const { location, image } = line;
  const base = session.client.linesStartAt1 === false ? 1 : 0;
  const columnBase = session.client.columnsStartAt1 === false ? 1 : 0;
  return {
    id: line.id,
    name: line.name,
    line: location === undefined ? 0 : location.line - base,
    column: location === undefined ? 0 : (location.column ?? 1) - columnBase,
    ...(location === undefined ? {} : { source: guest.sources.sourceOf(location.path) }),
    ...(image === undefined ? {} : { moduleId: guest.images.idOf(image) }),
    instructionPointerReference: `0x${pc.toString(16)}`,
    ...(isRestartable ? {} : { canRestart: false }),
  };
}
