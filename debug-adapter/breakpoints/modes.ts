import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

interface Mode extends Dap.BreakpointMode {
  readonly appliesTo: Dap.BreakpointModeApplicability[];
  /** The PE must be at this exception level. Absent: any. */
  readonly exceptionLevel?: number;
}

const atLevel = (exceptionLevel: number, who: string): Mode => ({
  mode: `EL${exceptionLevel}`,
  label: `Only at EL${exceptionLevel}`,
  description: `Stops only where the PE is at EL${exceptionLevel} (${who}).`,
  appliesTo: ['source', 'instruction'],
  exceptionLevel,
});

const modes: readonly Mode[] = [
  {
    mode: 'virtual',
    label: 'Virtual address',
    description: 'Stops at the virtual address, at any exception level. This is how breakpoints are without a mode.',
    appliesTo: ['source', 'instruction'],
  },
  atLevel(0, 'applications'),
  atLevel(1, 'an operating system'),
  atLevel(2, 'a hypervisor, or the hyp-stub'),
  {
    mode: 'physical',
    label: 'Physical address',
    description: 'Stops at the physical address, by whatever virtual address the PE has come there.',
    appliesTo: ['instruction'],
  },
];

export const breakpointModes: readonly Dap.BreakpointMode[] = modes.map(({ exceptionLevel: _, ...mode }) => mode);

export const modeNamed = (name: string): Mode | undefined => modes.find(({ mode }) => mode === name);
