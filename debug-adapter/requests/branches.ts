import { branchBeforeHistory, forgottenBranch, noHistory, unknownBranch } from '../errors.ts';
import type { Guest } from '../session/guest.ts';
import { repeatElsewhere } from '../session/replica.ts';
import { quiet } from '../target/reverse.ts';
import { endReport, textOfReport } from '../trace/end-report.ts';
import type { Branch } from '../branches.ts';
import { isBefore } from '../target/target.ts';
import { request } from './request.ts';
import { back } from './time-travel.ts';

/** What is kept of the present future. */
export function presentBranch({ target, bookmarks, timeline }: Guest): Omit<Branch, 'name'> {
  timeline.takeDeliveries();
  return { recording: target.timeTravel.recording, bookmarks: bookmarks.all, timeline: timeline.save() };
}

const names = ({ branches: { current, others } }: Guest): string[] => [current, ...others.map(({ name }) => name)];

const noBranch = (guest: Guest, name: string): Error =>
  guest.branches.forgotten.includes(name) ? forgottenBranch(name) : unknownBranch(name, names(guest));

export const listBranches = request('sdei/branches', {
  errorsShown: true,
  run(session) {
    const guest = session.theGuest();
    const { history, recording } = guest.target.timeTravel;
    if (history === undefined) throw noHistory();
    const { current, others, forgotten } = guest.branches;
    const all = [{ name: current, recording }, ...others];
    return { current, branches: all.map(({ name, recording: { end } }) => ({ name, to: end.instruction })), forgotten };
  },
});

export const goToBranch = request('sdei/goToBranch', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', name: 'string' },
  run: (session, { threadId, name }, context) =>
    back(session, threadId, context, (place, pe, guest) => {
      const { target, bookmarks, timeline, branches } = guest;
      const { timeTravel } = target;
      const other = branches.named(name);
      if (other === undefined && name !== branches.current) throw noBranch(guest, name);
      const { end } = other?.recording ?? timeTravel.recording;
      const parting = other && timeTravel.partingFrom(other.recording);
      const [from] = timeTravel.history?.checkpoints ?? [];
      if (parting !== undefined && isBefore(parting, from)) throw branchBeforeHistory(name, parting.instruction, from.instruction);
      return {
        title: `Going to branch "${name}"`,
        to: end,
        async moves(drive) {
          quiet(place);
          if (other !== undefined && parting !== undefined) {
            const now = timeTravel.moment;
            const onTheWay = isBefore(parting, now) ? await drive.travel(parting) : undefined;
            if (onTheWay !== undefined) return onTheWay;
            branches.enter(name, presentBranch(guest));
            timeTravel.follow(other.recording, other.timeline !== undefined);
            bookmarks.replace(other.bookmarks);
            if (other.timeline === undefined) timeline.dropAfter(parting);
            else timeline.restore(other.timeline);
          }
          return (await drive.travel(end)) ?? { kind: 'stop', stop: { kind: 'goto', pe } };
        },
      };
    }),
});

export const renameBranch = request('sdei/renameBranch', {
  errorsShown: true,
  arguments: { name: 'string', to: 'string' },
  run(session, { name, to }) {
    const guest = session.theGuest();
    if (!guest.branches.rename(name, to)) throw noBranch(guest, names(guest).includes(name) ? to : name);
    return {};
  },
});

/** How a branch ends, found in a machine of its own: the guest stays where it is. */
export const branchReport = request('sdei/branchReport', {
  isBeside: true,
  errorsShown: true,
  arguments: { name: 'string' },
  async run(session, { name }, { signal }) {
    const guest = session.theGuest();
    const { images, branches } = guest;
    if (guest.target.timeTravel.history === undefined) throw noHistory();
    const recording = name === branches.current ? guest.target.timeTravel.recording : branches.named(name)?.recording;
    if (recording === undefined) throw noBranch(guest, name);
    const { target, console } = await repeatElsewhere(guest, recording, {
      host: guest.host,
      makers: session.makers,
      progress: session.progress,
      title: `Repeating branch "${name}"`,
      signal,
    });
    return { text: textOfReport(endReport(target, images, console)) };
  },
});
