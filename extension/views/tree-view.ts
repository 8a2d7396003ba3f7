import * as vscode from 'vscode';
import type { SessionState } from '../session-state.ts';
import type { IsOpen } from './pe-nodes.ts';
import type { TreeNode } from './tree-node.ts';

/**
 * The one TreeDataProvider: shows what `build` makes of the session's state, and asks for it only while the view is visible.
 * @param build asks for everything it needs at once, also for what nodes that are open will ask for
 */
export function registerTree(id: string, state: SessionState, build: (isOpen: IsOpen) => Promise<readonly TreeNode[]>): TreeHandle {
  const changed = new vscode.EventEmitter<undefined>();
  let stale = false;
  let shown: readonly TreeNode[] = [];
  /** `shown` was read for the question for the roots that `changed` brings about. */
  let prepared = false;
  let readings = 0;
  /** Nodes that a person has opened or closed. */
  const opened = new Map<string, boolean>();

  const view: vscode.TreeView<TreeNode> = vscode.window.createTreeView<TreeNode>(id, {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: treeItem,
      async getChildren(node) {
        await state.settled();
        if (node !== undefined) return typeof node.children === 'function' ? [...(await node.children())] : [...(node.children ?? [])];
        if (!visible()) {
          stale = true;
          return [];
        }
        if (!prepared) shown = await read();
        prepared = false;
        return [...shown];
      },
    },
    manageCheckboxStateManually: true,
    showCollapseAll: true,
  });

  const read = async (): Promise<readonly TreeNode[]> => {
    try {
      return await build((node, atFirst) => opened.get(node) ?? atFirst);
    } catch (error) {
      return [
        { id: 'error', label: error instanceof Error ? error.message : String(error), icon: { name: 'error', color: 'errorForeground' } },
      ];
    }
  };
  // The workbench forgets the nodes when it is told of a change, and a command that is clicked before it has the new ones gets none:
  // so they are read before, and it is told only of what differs.
  const refresh = async (evenIfSame: boolean) => {
    stale = !view.visible;
    if (stale) return;
    const reading = ++readings;
    const nodes = await read();
    if (reading !== readings || (!evenIfSame && isSame(nodes, shown))) return;
    shown = nodes;
    prepared = true;
    changed.fire(undefined);
  };
  // The workbench may ask for the roots just before it says that the view is visible.
  const visible = () => view.visible;

  const messages = runningMessage(view, state);
  const unsubscribe = [state.onChanged(messages.update), state.onSettled(() => void refresh(false))];
  const visibility = view.onDidChangeVisibility(() => {
    if (view.visible && stale) void refresh(true);
  });
  const openings = vscode.Disposable.from(
    view.onDidExpandElement(({ element }) => opened.set(element.id, true)),
    view.onDidCollapseElement(({ element }) => opened.set(element.id, false)),
  );
  return {
    view,
    roots: () => shown,
    refresh: () => refresh(true),
    dispose() {
      for (const stop of unsubscribe) stop();
      messages.dispose();
      vscode.Disposable.from(visibility, openings, view, changed).dispose();
    },
  };
}

export interface TreeHandle extends vscode.Disposable {
  readonly view: vscode.TreeView<TreeNode>;
  /** What the view shows, for tests. */
  roots(): readonly TreeNode[];
  /** Shows the nodes again though they are the same, as after a click on a checkbox whose edit was refused. */
  refresh(): Promise<void>;
}

/** Whether two trees show the same and act on the same. Children that are read when they are opened may always differ. */
function isSame(one: readonly TreeNode[], other: readonly TreeNode[]): boolean {
  let lazy = false;
  const text = (nodes: readonly TreeNode[]) =>
    JSON.stringify(nodes, (_key, value: unknown) => {
      lazy ||= typeof value === 'function';
      return value;
    });
  return text(one) === text(other) && !lazy;
}

/** Says that what is shown is old, but only if the guest runs for longer than a step takes. */
function runningMessage(view: vscode.TreeView<TreeNode>, state: SessionState): vscode.Disposable & { update(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const clear = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    update() {
      if (state.status === 'running') {
        timer ??= setTimeout(() => {
          view.message = 'Running. This is the state of the last stop.';
        }, 400);
      } else {
        clear();
        view.message = undefined;
      }
    },
    dispose: clear,
  };
}

function treeItem(node: TreeNode): vscode.TreeItem {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const leaf = node.children === undefined || node.children.length === 0;
  const item = new vscode.TreeItem(node.label, typeof node.children !== 'function' && leaf ? None : node.expanded ? Expanded : Collapsed);
  item.id = node.id;
  item.description = node.description;
  item.tooltip = node.tooltip;
  item.contextValue = node.context?.join(' ');
  if (node.command !== undefined) item.command = { command: node.command, title: node.label, arguments: [node] };
  if (node.icon !== undefined)
    item.iconPath = new vscode.ThemeIcon(
      node.icon.name,
      node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color),
    );
  if (node.checked !== undefined) {
    item.checkboxState = node.checked ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked;
  }
  item.accessibilityInformation = { label: [node.label, node.description].filter(Boolean).join(', ') };
  return item;
}
