import * as vscode from 'vscode';
import type { SessionState } from '../session-state.ts';
import type { TreeNode } from './tree-node.ts';

/** The one TreeDataProvider: shows what `build` makes of the session's state, and asks for it only while the view is visible. */
export function registerTree(id: string, state: SessionState, build: (state: SessionState) => Promise<readonly TreeNode[]>): TreeHandle {
  const refresh = new vscode.EventEmitter<undefined>();
  let stale = false;
  let shown: readonly TreeNode[] = [];

  const view: vscode.TreeView<TreeNode> = vscode.window.createTreeView<TreeNode>(id, {
    treeDataProvider: {
      onDidChangeTreeData: refresh.event,
      getTreeItem: treeItem,
      async getChildren(node) {
        if (node !== undefined) return typeof node.children === 'function' ? [...(await node.children())] : [...(node.children ?? [])];
        if (!visible()) {
          stale = true;
          return [];
        }
        try {
          shown = await build(state);
        } catch (error) {
          shown = [
            {
              id: 'error',
              label: error instanceof Error ? error.message : String(error),
              icon: { name: 'error', color: 'errorForeground' },
            },
          ];
        }
        return [...shown];
      },
    },
    manageCheckboxStateManually: true,
    showCollapseAll: true,
  });
  // The workbench may ask for the roots just before it says that the view is visible.
  const visible = () => view.visible;

  const messages = runningMessage(view, state);
  let scheduled: ReturnType<typeof setTimeout> | undefined;
  // Changes come in bursts (an edit is announced as several DAP events): one refresh for each.
  const update = () => {
    messages.update();
    scheduled ??= setTimeout(() => {
      scheduled = undefined;
      if (view.visible) refresh.fire(undefined);
      else stale = true;
    }, 10);
  };
  const unsubscribe = state.onChanged(update);
  const visibility = view.onDidChangeVisibility(() => {
    if (view.visible && stale) {
      stale = false;
      refresh.fire(undefined);
    }
  });
  return {
    view,
    roots: () => shown,
    dispose() {
      unsubscribe();
      clearTimeout(scheduled);
      messages.dispose();
      vscode.Disposable.from(visibility, view, refresh).dispose();
    },
  };
}

export interface TreeHandle extends vscode.Disposable {
  readonly view: vscode.TreeView<TreeNode>;
  /** What the view shows, for tests. */
  roots(): readonly TreeNode[];
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
