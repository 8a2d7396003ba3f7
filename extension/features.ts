import type * as vscode from 'vscode';
import { registerAdapterFactory } from './adapter-factory.ts';
import { registerBootPreparation } from './boot-preparation.ts';
import { registerBranches } from './branches.ts';
import { registerCommands } from './commands.ts';
import { registerConsoleTerminal } from './console-terminal.ts';
import { registerDebugConfiguration } from './debug-configuration.ts';
import { registerFirstLook } from './first-look.ts';
import type { Host } from './host.ts';
import { registerInlineValues } from './inline-values.ts';
import { registerLaunchSettings } from './launch-settings.ts';
import { registerSampleWorkspace } from './sample-workspace.ts';
import { type SessionState, createSessionState } from './session-state.ts';
import { registerSessionTracking } from './session-tracking.ts';
import { registerSystemRegisters } from './system-registers.ts';
import { registerTimeTravel } from './time-travel.ts';
import { registerTraces } from './traces.ts';
import { pseudoRegisterNodes } from './views/pseudo-registers.ts';
import { readTogether } from './views/read-together.ts';
import { sdeiEventNodes } from './views/sdei-events.ts';
import { timelineNodes } from './views/timeline.ts';
import { createWorkers } from './workers.ts';
import type { TreeNode } from './views/tree-node.ts';
import { registerTree } from './views/tree-view.ts';

/** Everything the extension does, one line each. The same in both hosts. */
export function registerFeatures(context: vscode.ExtensionContext, host: Host): Extension {
  const state = createSessionState();
  const workers = createWorkers(() => host.startWorker(context));
  const events = registerTree('sdei.events', state, async () => {
    const sdei = await state.sdei();
    return sdei === undefined ? [] : sdeiEventNodes(sdei);
  });
  const pseudoRegisters = registerTree('sdei.pseudoRegisters', state, async (isOpen) => {
    const sdei = await readTogether(state, isOpen, (pe) => state.pseudoRegisters(pe));
    return sdei === undefined ? [] : pseudoRegisterNodes(sdei.pes, (pe) => state.pseudoRegisters(pe));
  });
  const systemRegisters = registerSystemRegisters(state, context.workspaceState);
  const timeline = registerTree('sdei.timeline', state, async () => {
    const happened = await state.timeline();
    return happened === undefined ? [] : timelineNodes(happened);
  });
  const bootPreparation = registerBootPreparation(context, host);
  context.subscriptions.push(
    events,
    pseudoRegisters,
    systemRegisters,
    timeline,
    workers,
    registerDebugConfiguration(host, workers),
    registerAdapterFactory(workers, bootPreparation.settled),
    registerSessionTracking(state),
    registerConsoleTerminal(),
    registerCommands(state, pseudoRegisters),
    registerTimeTravel(state),
    registerInlineValues(context),
    registerLaunchSettings(),
    bootPreparation,
    registerTraces(state),
    registerBranches(state),
    registerSampleWorkspace(context),
    registerFirstLook(context, state),
  );
  return {
    state,
    shown: {
      'sdei.events': events.roots,
      'sdei.pseudoRegisters': pseudoRegisters.roots,
      'sdei.systemRegisters': systemRegisters.roots,
      'sdei.timeline': timeline.roots,
    },
  };
}

/** What `activate` returns: for tests, which compare data instead of pixels. */
export interface Extension {
  readonly state: SessionState;
  /** The nodes that each view shows. */
  readonly shown: Readonly<Record<string, () => readonly TreeNode[]>>;
}
