/** What takes its time, as clients that report progress show it: from a while after its beginning, with a way to end it. */
import { now } from '../target/clock.ts';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Connection } from '../connection.ts';
import type { Moment } from '../target/target.ts';

export interface LongWork {
  readonly title: string;
  /** Where it is. */
  at(): Moment;
  /** Where it ends; absent: nobody knows. */
  readonly to?: Moment;
  /** A person does not want to wait any longer. */
  cancel(): void;
}

export interface ShownWork {
  /** To be called now and then. */
  tick(): void;
  end(): void;
}

export interface Progress {
  begin(work: LongWork): ShownWork;
  /** A client's `cancel` with a progressId; nothing if that work has ended. */
  cancel(progressId: string): void;
}

/** Milliseconds: what is shorter is not shown, and what is shown changes no more often. */
const PATIENCE = 300;
const INTERVAL = 100;

export function createProgress(client: () => Partial<Dap.InitializeRequestArguments>, event: Connection['event']): Progress {
  const shown = new Map<string, () => void>();
  let lastId = 0;
  return {
    begin({ title, at, to, cancel }) {
      let next = now() + PATIENCE;
      let id: string | undefined;
      /** What it goes over begins where it was at the first look: a journey back begins at a checkpoint. */
      let from: number | undefined;
      return {
        tick() {
          from ??= at().instruction;
          if (now() < next || !client().supportsProgressReporting) return;
          const { instruction } = at();
          next = now() + INTERVAL;
          if (id === undefined) {
            id = `${++lastId}`;
            shown.set(id, cancel);
            event('progressStart', { progressId: id, title, cancellable: true });
          }
          const count = (instructions: number) => instructions.toLocaleString('en');
          event('progressUpdate', {
            progressId: id,
            message: `t=${count(instruction)}${to === undefined ? '' : ` of ${count(to.instruction)}`}`,
            ...(to === undefined ? {} : { percentage: share(instruction - from, to.instruction - from) }),
          });
        },
        end() {
          if (id === undefined) return;
          shown.delete(id);
          event('progressEnd', { progressId: id });
          id = undefined;
        },
      };
    },
    cancel: (progressId) => shown.get(progressId)?.(),
  };
}

const share = (done: number, whole: number): number => Math.max(0, Math.min(100, whole > 0 ? Math.floor((done * 100) / whole) : 100));
