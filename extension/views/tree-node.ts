import type { PseudoRegister } from '../../debug-adapter/custom-requests.ts';

/** One line of a tree, as plain data. */
export interface TreeNode {
  /** Stable from stop to stop, so that what is expanded stays expanded. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon?: Icon;
  /** Words that the manifest's menus look for (`enabled`, `writable`, …). */
  readonly context?: readonly string[];
  readonly children?: readonly TreeNode[] | (() => Promise<readonly TreeNode[]>);
  readonly expanded?: boolean;
  readonly checked?: boolean;
  /** What commands act on. */
  readonly subject?: Subject;
  readonly location?: { readonly path: string; readonly line: number };
  /** What a click does, with this node. */
  readonly command?: string;
  /** What "Copy Value" copies. */
  readonly value?: string;
}

export interface Icon {
  /** Name of a codicon. */
  readonly name: string;
  /** Id of a theme colour. */
  readonly color?: string;
}

export type Subject =
  | { readonly kind: 'pe'; readonly pe: number }
  | { readonly kind: 'event'; readonly event: number; readonly pe: number }
  /** Of the timeline. */
  | { readonly kind: 'moment'; readonly instant?: number; readonly bookmark?: string }
  | { readonly kind: 'systemRegister'; readonly pe: number; readonly name: string; readonly field?: string }
  | { readonly kind: 'register'; readonly pe: number; readonly register: PseudoRegister; readonly bit?: number; readonly field?: number };
