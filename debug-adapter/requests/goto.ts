import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { peNotRunnable, unknownTarget } from '../errors.ts';
import { request } from './request.ts';
import { lineFromClient, namedSource, sourceShape } from './source-argument.ts';

export const gotoTargets = request('gotoTargets', {
  capabilities: { supportsGotoTargetsRequest: true },
  arguments: { source: sourceShape, line: 'integer', 'column?': 'integer' },
  run(session, { source, line }) {
    const { sources, images, target } = session.theGuest();
    const base = session.client.linesStartAt1 === false ? 1 : 0;
    const here = images.functionAt(target.pes[session.lastStop?.pe ?? 0].pc);
    const asked = lineFromClient(session, line);
    const places = sources.recordedFor(namedSource('gotoTargets', source)).flatMap(({ program, path }) => {
      const resolved = program.resolveLine(path, asked);
      return resolved?.addresses.map((address) => ({ address, line: resolved.line })) ?? [];
    });
    const isHere = (address: bigint) => here?.ranges.some(({ low, high }) => address >= low && address < high) ?? false;
    const targets = places
      .filter(({ address }, index) => places.findIndex((other) => other.address === address) === index)
      .sort((a, b) => Number(isHere(b.address)) - Number(isHere(a.address)))
      .map(
        ({ address, line: there }): Dap.GotoTarget => ({
          id: session.gotoTargets.add(address),
          label: `${images.describe(address)}${isHere(address) ? '' : ' (another function)'}`,
          line: there - base,
          instructionPointerReference: `0x${address.toString(16)}`,
        }),
      );
    return { targets };
  },
});

/** Sets the PC; everything else stays as it is. */
export const goto = request('goto', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', targetId: 'integer' },
  run(session, { threadId, targetId }, context) {
    const { target } = session.theGuest();
    const pe = session.peOf(threadId);
    const address = session.gotoTargets.get(targetId);
    if (address === undefined) throw unknownTarget(targetId);
    if (target.pes[pe].power !== 'on') throw peNotRunnable(pe, target.pes[pe].power);
    target.writeRegister(pe, 'pc', address);
    context.afterResponse(() => session.moved({ kind: 'goto', pe }));
    return {};
  },
});
