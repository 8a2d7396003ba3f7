import { noHistory, unknownBranch } from '../errors.ts';
import type { Guest } from '../session/guest.ts';
import { quiet } from '../target/reverse.ts';
import { endReport, textOfReport } from '../trace/end-report.ts';
import type { Branch } from '../branches.ts';
import { request } from './request.ts';
import { back } from './time-travel.ts';

/** What is kept of the present future. */
export function presentBranch({ target, bookmarks, timeline }: Guest): Omit<Branch, 'name'> {
  timeline.takeDeliveries();
  return { recording: target.timeTravel.recording, bookmarks: bookmarks.all, timeline: timeline.save() };
}

const names = ({ branches: { current, others } }: Guest): string[] => [current, ...others.map(({ name }) => name)];

export const listBranches = request('sdei/branches', {
  errorsShown: true,
  run(session) {
    const guest = session.theGuest();
    const { history, recording } = guest.target.timeTravel;
    if (history === undefined) throw noHistory();
    const { current, others } = guest.branches;
    const all = [{ name: current, recording }, ...others];
    return { current, branches: all.map(({ name, recording: { end } }) => ({ name, to: end.instruction })) };
  },
});

export const goToBranch = request('sdei/goToBranch', {
  needs: 'control',
  errorsShown: true,
  arguments: { threadId: 'integer', name: 'string' },
  run: (session, { threadId, name }, context) =>
    back(session, threadId, context, (place, pe, guest) => {
      if (name !== guest.branches.current && guest.branches.named(name) === undefined) throw unknownBranch(name, names(guest));
      return async (drive) => {
        const { target, bookmarks, timeline, branches } = guest;
        const { timeTravel } = target;
        quiet(place);
        const entered = name === branches.current ? undefined : branches.enter(name, presentBranch(guest));
        if (entered !== undefined) {
          timeTravel.follow(entered.recording, entered.timeline !== undefined);
          bookmarks.replace(entered.bookmarks);
          if (entered.timeline !== undefined) timeline.restore(entered.timeline);
        }
        const { end } = timeTravel.recording;
        const ended = await timeTravel.repeat(
          end,
          () => {},
          () => drive.breathe(),
        );
        if (ended !== undefined) return ended;
        timeTravel.travel(end);
        return { kind: 'stop', stop: { kind: 'goto', pe } };
      };
    }),
});

export const renameBranch = request('sdei/renameBranch', {
  errorsShown: true,
  arguments: { name: 'string', to: 'string' },
  run(session, { name, to }) {
    const guest = session.theGuest();
    if (!guest.branches.rename(name, to)) throw unknownBranch(names(guest).includes(name) ? to : name, names(guest));
    return {};
  },
});

/** How a branch ends; the guest is where it was afterwards. */
export const branchReport = request('sdei/branchReport', {
  needs: 'control',
  errorsShown: true,
  arguments: { name: 'string' },
  run(session, { name }) {
    const guest = session.theGuest();
    const { target, images, branches, timeline } = guest;
    const { timeTravel } = target;
    if (timeTravel.history === undefined) throw noHistory();
    const other = name === branches.current ? undefined : branches.named(name);
    if (other === undefined && name !== branches.current) throw unknownBranch(name, names(guest));
    const { moment, recording } = timeTravel;
    timeline.takeDeliveries();
    if (other !== undefined) timeTravel.follow(other.recording, true);
    timeTravel.travel(timeTravel.recording.end);
    const instants = other === undefined ? timeline.all : (other.timeline?.instants ?? []);
    const text = textOfReport(
      endReport(
        target,
        images,
        instants.filter(({ kind }) => kind === 'console').map((one) => one.text),
      ),
    );
    if (other !== undefined) timeTravel.follow(recording, true);
    timeTravel.travel(moment);
    guest.stacks.invalidate();
    return { text };
  },
});
