import type { CustomRequests, TimelineInstant } from '../../debug-adapter/custom-requests.ts';
import type { Icon, TreeNode } from './tree-node.ts';

export type Timeline = CustomRequests['sdei/timeline'][1];

const icons: Readonly<Record<TimelineInstant['kind'], Icon>> = {
  console: { name: 'terminal' },
  log: { name: 'debug-breakpoint-log' },
  delivery: { name: 'zap' },
  stop: { name: 'debug-pause' },
};

const at = (instruction: number) => `t=${instruction.toLocaleString('en')}`;

/** What has happened, in the order of time; a click goes there. Between them bookmarks, and where the guest stands. */
export function timelineNodes({ instants, bookmarks, time }: Timeline): TreeNode[] {
  const happened = instants.map(({ id, kind, text, pe, instruction }) => ({
    instruction,
    node: {
      id: `instant/${id}`,
      label: text,
      description: [at(instruction), pe === undefined ? undefined : `PE${pe}`].filter((word) => word !== undefined).join(' · '),
      tooltip: `${text}\nSelect to go there.`,
      icon: icons[kind],
      context: ['value'],
      value: text,
      command: 'sdei.goToInstant',
      subject: { kind: 'moment', instant: id } as const,
    },
  }));
  const named = bookmarks.map(({ name, instruction, place }) => ({
    instruction,
    node: {
      id: `bookmark/${name}`,
      label: name,
      description: [at(instruction), place].join(' · '),
      tooltip: `Bookmark "${name}" at ${place}\nSelect to go there.`,
      icon: { name: 'bookmark', color: 'charts.blue' },
      context: ['value', 'bookmark'],
      value: name,
      command: 'sdei.goToInstant',
      subject: { kind: 'moment', bookmark: name } as const,
    },
  }));
  const all: { instruction: number; node: TreeNode }[] = [...happened, ...named];
  if (time !== undefined) {
    const node: TreeNode = {
      id: 'now',
      label: time.isInPast ? 'The guest stands here, in its past' : 'The guest stands here',
      description: at(time.now),
      icon: { name: 'debug-stackframe', color: 'debugIcon.continueForeground' },
    };
    all.push({ instruction: time.now, node });
  }
  return all.sort((one, other) => one.instruction - other.instruction).map(({ node }) => node);
}
