import { unknownTarget } from '../errors.ts';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { RequestContext } from '../connection.ts';
import type { Session } from '../session.ts';
import type { Enters } from '../target/run-control.ts';
import { type StepInto, stepInTargetsAt } from '../target/step-in-targets.ts';
import { type Handled, handledMeanwhile, planStep, type StepPlan } from '../target/stepping.ts';
import { request } from './request.ts';

export const continueRequest = request('continue', {
  needs: 'control',
  capabilities: { supportsSingleThreadExecutionRequests: true },
  errorsShown: true,
  arguments: { threadId: 'integer', 'singleThread?': 'boolean' },
  run(session, { threadId, singleThread = false }, context) {
    const { run, target } = session.theGuest();
    const pe = session.peOf(threadId);
    context.afterResponse(() => run.continue(singleThread ? pe : undefined));
    // What is on record happens again, whoever was to go on alone.
    return { allThreadsContinued: !singleThread || target.timeTravel.isInPast };
  },
});

const stepArguments = { threadId: 'integer', 'singleThread?': 'boolean', 'granularity?': 'granularity' } as const;

interface StepArguments {
  threadId: number;
  singleThread?: boolean;
  granularity?: string;
  targetId?: number;
}

function step(session: Session, kind: StepPlan['kind'], args: StepArguments, context: RequestContext): Record<string, never> {
  const { target, images, launch, run } = session.theGuest();
  const pe = session.peOf(args.threadId);
  const into = args.targetId === undefined ? undefined : session.stepInTargets.get(args.targetId);
  if (args.targetId !== undefined && into === undefined) throw unknownTarget(args.targetId);
  const plan: StepPlan = {
    pe,
    kind,
    granularity: args.granularity === 'instruction' && into === undefined ? 'instruction' : 'line',
    onlyPe: args.singleThread ?? false,
    ...(into === undefined ? {} : { into }),
  };
  const moves = planStep({ target, images, client: launch.machine.client }, plan);
  const deliveries = target.sdei.deliveryCount;
  context.afterResponse(() =>
    run.start(
      pe,
      async (drive) => {
        const ended = await moves(drive);
        const handled = handledMeanwhile(target, pe, deliveries);
        if (handled !== undefined) tellHandled(session, handled);
        return ended;
      },
      entersFor(session, pe, into),
    ),
  );
  return {};
}

/** With a link to the first of them. */
function tellHandled(session: Session, { text, first: { at, pe } }: Handled): void {
  const { timeline } = session.theGuest();
  timeline.takeDeliveries();
  const instant = timeline.all.find((one) => one.kind === 'delivery' && one.moment.instruction === at && one.pe === pe);
  if (instant === undefined) session.note(text);
  else session.noteOf(instant, text);
}

function entersFor(session: Session, pe: number, into: StepInto | undefined): { enters?: Enters } {
  if (session.stepIntoHandlers) return { enters: (dispatch) => dispatch.pe === pe };
  return into?.kind === 'event' ? { enters: (dispatch) => dispatch.event === into.event } : {};
}

export const setStepIntoHandlers = request('sdei/setStepIntoHandlers', {
  needs: 'any',
  arguments: { enabled: 'boolean' },
  run(session, { enabled }) {
    session.stepIntoHandlers = enabled;
    return {};
  },
});

export const next = request('next', {
  needs: 'control',
  capabilities: { supportsSteppingGranularity: true },
  errorsShown: true,
  arguments: stepArguments,
  run: (session, args, context) => step(session, 'over', args, context),
});

export const stepIn = request('stepIn', {
  needs: 'control',
  errorsShown: true,
  arguments: { ...stepArguments, 'targetId?': 'integer' },
  run: (session, args, context) => step(session, 'in', args, context),
});

export const stepInTargets = request('stepInTargets', {
  capabilities: { supportsStepInTargetsRequest: true },
  arguments: { frameId: 'integer' },
  run(session, { frameId }) {
    const { target, images } = session.theGuest();
    const { pe, level } = session.frame(frameId);
    if (level > 0) return { targets: [] };
    const base = session.client.linesStartAt1 === false ? 1 : 0;
    const columnBase = session.client.columnsStartAt1 === false ? 1 : 0;
    const targets = stepInTargetsAt(target, images, pe).map(({ into, label, address }): Dap.StepInTarget => {
      const place = address === undefined ? undefined : images.sourceAt(address);
      return {
        id: session.stepInTargets.add(into),
        label,
        ...(place === undefined ? {} : { line: place.line - base }),
        ...(place?.column === undefined ? {} : { column: place.column - columnBase }),
      };
    });
    return { targets };
  },
});

export const stepOut = request('stepOut', {
  needs: 'control',
  errorsShown: true,
  arguments: stepArguments,
  run: (session, args, context) => step(session, 'out', args, context),
});

export const pause = request('pause', {
  needs: 'launched',
  arguments: { threadId: 'integer' },
  run(session, { threadId }, context) {
    // Clients without threads yet ask to pause thread 0.
    const pe = threadId === 0 ? 0 : session.peOf(threadId);
    session.theGuest().run.pause(pe);
    context.afterResponse(() => session.paused(pe));
    return {};
  },
});
