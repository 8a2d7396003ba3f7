import type * as vscode from 'vscode';
import type { VariablePlace } from './launch-file.ts';
import type { LaunchConfiguration, RunningPreparation } from './prepared-boots.ts';

/** What differs between the desktop's extension host (Node) and the browser's. */
export interface Host {
  /** Starts `dist/worker.js`, which speaks DAP by messages. */
  startWorker(context: vscode.ExtensionContext): Promise<DapWorker>;
  /** The first bytes of a file; fewer if it is shorter. */
  readStart(file: vscode.Uri, bytes: number): Promise<Uint8Array>;
  /** `sdei-debug prepare`, with the lowest priority. Absent: nothing is kept here. @param breakpoints places, as its option --break has them */
  prepareBoot?(context: vscode.ExtensionContext, configuration: LaunchConfiguration, breakpoints: readonly string[]): RunningPreparation;
  /** What variables of launch.json are told by, of this computer. Absent: none of it is known here. */
  readonly computer?: Pick<VariablePlace, 'userHome' | 'pathSeparator' | 'environment'> & {
    readonly platform: 'windows' | 'osx' | 'linux';
  };
}

export interface DapWorker {
  postMessage(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The worker has ended or failed; `undefined`: it ended as it should. */
  onEnd(listener: (problem: string | undefined) => void): void;
  terminate(): void;
}
