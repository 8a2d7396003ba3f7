import type { RequestContext } from '../connection.ts';
import type { ViewAnswer, ViewPart, ViewRequest } from '../custom-requests.ts';
import { internalFault, StateError, unknownViewPart, UserError } from '../errors.ts';
import type { Session } from '../session.ts';
import { checkedArguments, type Command, request, type RequestHandler, userErrors } from './request.ts';
import { sdeiPseudoRegisters, sdeiState } from './sdei.ts';
import { systemRegisters, systemRegisterTable } from './system-registers.ts';
import { timeline } from './time-travel.ts';

const parts = {
  'sdei/state': sdeiState,
  'sdei/timeline': timeline,
  'sdei/pseudoRegisters': sdeiPseudoRegisters,
  'sdei/systemRegisterTable': systemRegisterTable,
  'sdei/systemRegisters': systemRegisters,
} satisfies { [Name in ViewRequest]: RequestHandler<Name> };

/** A part that cannot be read spoils no other. */
export const views = request('sdei/views', {
  arguments: { parts: [{ request: 'string', 'arguments?': 'object' }] },
  async run(session, { parts: asked }, context) {
    const answers: ViewAnswer[] = [];
    for (const part of asked) answers.push(await answerTo(part, session, context));
    return { answers };
  },
});

async function answerTo({ request: name, arguments: args }: ViewPart, session: Session, context: RequestContext): Promise<ViewAnswer> {
  try {
    if (!Object.hasOwn(parts, name)) throw unknownViewPart(name, Object.keys(parts));
    const handler = parts[name] as unknown as RequestHandler<Command>;
    const body = await userErrors(() => handler.run(session, checkedArguments(handler, args) as never, context));
    return { body } as ViewAnswer;
  } catch (error) {
    const isTold = error instanceof UserError || error instanceof StateError;
    return { error: (isTold ? error : internalFault(name, error)).message };
  }
}
