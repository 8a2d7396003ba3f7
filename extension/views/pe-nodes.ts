import type { PeState } from '../../debug-adapter/custom-requests.ts';
import type { TreeNode } from './tree-node.ts';

/** Whether the node with that id is open; the second says what it is at first. */
export type IsOpen = (id: string, atFirst: boolean) => boolean;

const idOf = (pe: number) => `pe${pe}`;
const isOpenAtFirst = (pe: number) => pe === 0;

/** What `of` makes of the only PE, or a node for each PE, which asks `of` when it is opened. */
export async function peNodes(pes: readonly PeState[], of: (pe: PeState) => Promise<readonly TreeNode[]>): Promise<readonly TreeNode[]> {
  if (pes.length === 1) return of(pes[0]);
  return pes.map((pe) => ({
    id: idOf(pe.pe),
    label: pe.name,
    description: pe.power === 'on' ? undefined : pe.power,
    icon: { name: 'chip' },
    expanded: isOpenAtFirst(pe.pe),
    children: () => of(pe),
  }));
}

/** PEs that {@link peNodes} will be asked for, as far as is known before: so that they are read together with the rest. */
export const shownPes = (count: number, isOpen: IsOpen): number[] =>
  Array.from({ length: count }, (_, pe) => pe).filter((pe) => count === 1 || isOpen(idOf(pe), isOpenAtFirst(pe)));
