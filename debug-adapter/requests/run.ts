import type { RequestContext } from '../connection.ts';
import type { Session } from '../session.ts';
import { handledMeanwhile, planStep, type StepPlan } from '../target/stepping.ts';
import { request } from './request.ts';

export const continueRequest = request('continue', {
  capabilities: { supportsSingleThreadExecutionRequests: true },
  errorsShown: true,
  arguments: { threadId: 'integer', 'singleThread?': 'boolean' },
  run(session, { threadId, singleThread = false }, context) {
    const { run } = session.theGuest();
    const pe = session.peOf(threadId);
    context.afterResponse(() => run.continue(singleThread ? pe : undefined));
    return { allThreadsContinued: !singleThread };
  },
});

const stepArguments = { threadId: 'integer', 'singleThread?': 'boolean', 'granularity?': 'string' } as const;

interface StepArguments {
  threadId: number;
  singleThread?: boolean;
  granularity?: string;
}

function step(session: Session, kind: StepPlan['kind'], args: StepArguments, context: RequestContext): Record<string, never> {
  const { target, images, launch, run } = session.theGuest();
  const pe = session.peOf(args.threadId);
  const plan: StepPlan = {
    pe,
    kind,
    granularity: args.granularity === 'instruction' ? 'instruction' : 'line',
    onlyPe: args.singleThread ?? false,
  };
  const moves = planStep({ target, images, client: launch.machine.client }, plan);
  const deliveries = target.sdei.deliveries.length;
  context.afterResponse(() =>
    run.start(pe, async (drive) => {
      const ended = await moves(drive);
      const note = kind === 'out' ? undefined : handledMeanwhile(target, pe, deliveries);
      if (note !== undefined) session.event('output', { category: 'console', output: `${note}\n` });
      return ended;
    }),
  );
  return {};
}

export const next = request('next', {
  capabilities: { supportsSteppingGranularity: true },
  errorsShown: true,
  arguments: stepArguments,
  run: (session, args, context) => step(session, 'over', args, context),
});

export const stepIn = request('stepIn', {
  errorsShown: true,
  arguments: stepArguments,
  run: (session, args, context) => step(session, 'in', args, context),
});

export const stepOut = request('stepOut', {
  errorsShown: true,
  arguments: stepArguments,
  run: (session, args, context) => step(session, 'out', args, context),
});

export const pause = request('pause', {
  needs: 'launched',
  arguments: { threadId: 'integer' },
  run(session, { threadId }) {
    // Clients without threads yet ask to pause thread 0.
    session.theGuest().run.pause(threadId === 0 ? 0 : session.peOf(threadId));
    return {};
  },
});
