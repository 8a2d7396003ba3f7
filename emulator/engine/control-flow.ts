/**
 * Structured control flow out of a graph of basic blocks (N. Ramsey, "Beyond Relooper", ICFP 2022): WebAssembly has only blocks and loops
 * to branch out of and back to. Node 0 is the entry. Knows nothing of A64.
 */

export interface Flowgraph {
  readonly successors: readonly (readonly number[])[];
  /** Nodes reached in reverse postorder; the rank of a node is its position there. */
  readonly order: readonly number[];
  readonly rank: readonly number[];
  readonly dominator: readonly number[];
  /** Children in the dominator tree, latest in the order first. */
  readonly children: readonly (readonly number[])[];
  /** More than one forward edge leads here. */
  readonly isMerge: readonly boolean[];
  readonly isLoopHeader: readonly boolean[];
  /** Edges, as `from * nodes + to`, that go back to a node which does not dominate their source. */
  readonly irreducible: ReadonlySet<number>;
}

export function analyse(successors: readonly (readonly number[])[]): Flowgraph {
  const nodes = successors.length;
  const order = reversePostorder(successors);
  const rank = new Array<number>(nodes).fill(-1);
  order.forEach((node, index) => {
    rank[node] = index;
  });
  const predecessors: number[][] = successors.map(() => []);
  for (const node of order) for (const next of successors[node]) predecessors[next].push(node);
  const dominator = dominators(order, rank, predecessors);
  const dominates = (a: number, b: number): boolean => {
    let node = b;
    while (rank[node] > rank[a]) node = dominator[node];
    return node === a;
  };

  const children: number[][] = successors.map(() => []);
  for (let index = order.length - 1; index > 0; index--) children[dominator[order[index]]].push(order[index]);

  const isLoopHeader = new Array<boolean>(nodes).fill(false);
  const forward = new Array<number>(nodes).fill(0);
  const irreducible = new Set<number>();
  for (const node of order) {
    for (const next of successors[node]) {
      if (rank[next] > rank[node]) forward[next] += 1;
      else if (dominates(next, node)) isLoopHeader[next] = true;
      else irreducible.add(node * nodes + next);
    }
  }
  return { successors, order, rank, dominator, children, isMerge: forward.map((count) => count > 1), isLoopHeader, irreducible };
}

function reversePostorder(successors: readonly (readonly number[])[]): number[] {
  const visited = new Set<number>([0]);
  const postorder: number[] = [];
  const stack: { node: number; next: number }[] = [{ node: 0, next: 0 }];
  while (stack.length) {
    const top = stack[stack.length - 1];
    const successor = successors[top.node][top.next++];
    if (successor === undefined) {
      postorder.push(top.node);
      stack.pop();
    } else if (!visited.has(successor)) {
      visited.add(successor);
      stack.push({ node: successor, next: 0 });
    }
  }
  return postorder.reverse();
}

/** Immediate dominators (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm"). */
function dominators(order: readonly number[], rank: readonly number[], predecessors: readonly (readonly number[])[]): number[] {
  const dominator = new Array<number>(rank.length).fill(-1);
  dominator[0] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of order.slice(1)) {
      let common = -1;
      for (const predecessor of predecessors[node]) {
        if (dominator[predecessor] < 0) continue;
        if (common < 0) {
          common = predecessor;
          continue;
        }
        let a = predecessor;
        while (a !== common) {
          while (rank[a] > rank[common]) a = dominator[a];
          while (rank[common] > rank[a]) common = dominator[common];
        }
      }
      if (dominator[node] !== common) {
        dominator[node] = common;
        changed = true;
      }
    }
  }
  return dominator;
}

/** What emission does with a node: its own code, and how it leaves. Labels are WebAssembly label depths, counted at the call. */
export interface StructuredEmitter {
  openLoop(): void;
  openBlock(): void;
  close(): void;
  /**
   * Emits a node's code and its leaving, in which each edge to `to` is made by calling `edge(to)` in the place where control goes there
   * (inside `deeper` further blocks). `edge` never falls through. `labelOf`: of a merge node or loop header, for br_table.
   */
  node(node: number, edge: (to: number, deeper: number) => void, labelOf: (to: number) => number): void;
  /** `br` to a label. */
  branch(depth: number): void;
}

/** Emits the whole graph. Graphs with {@link Flowgraph.irreducible} edges must have been changed before: every backward edge goes to a dominator. */
export function emitStructured(graph: Flowgraph, emitter: StructuredEmitter): void {
  /** Innermost last: what each open block or loop leads to. */
  const scopes: { kind: 'loop' | 'block'; node: number }[] = [];
  const labelOf = (node: number, deeper: number, kind?: 'loop' | 'block'): number => {
    for (let index = scopes.length - 1; index >= 0; index--) {
      const scope = scopes[index];
      if (scope.node === node && (kind === undefined || scope.kind === kind)) return scopes.length - 1 - index + deeper;
    }
    throw new Error(`node ${node} is not in scope`);
  };

  const tree = (node: number): void => {
    const isLoop = graph.isLoopHeader[node];
    if (isLoop) {
      emitter.openLoop();
      scopes.push({ kind: 'loop', node });
    }
    within(
      node,
      graph.children[node].filter((child) => graph.isMerge[child]),
    );
    if (isLoop) {
      scopes.pop();
      emitter.close();
    }
  };
  /** `merges`: dominated merge nodes, the last of them in the order outermost. */
  const within = (node: number, merges: readonly number[]): void => {
    if (merges.length > 0) {
      const [last, ...earlier] = merges;
      emitter.openBlock();
      scopes.push({ kind: 'block', node: last });
      within(node, earlier);
      scopes.pop();
      emitter.close();
      tree(last);
      return;
    }
    const edge = (to: number, deeper: number): void => {
      // Blocks that the emitter opened around the edge are not in `scopes`; they count in `deeper`.
      if (graph.rank[to] <= graph.rank[node]) emitter.branch(labelOf(to, deeper, 'loop'));
      else if (graph.isMerge[to]) emitter.branch(labelOf(to, deeper, 'block'));
      else {
        for (let n = 0; n < deeper; n++) scopes.push({ kind: 'block', node: -1 });
        tree(to);
        for (let n = 0; n < deeper; n++) scopes.pop();
      }
    };
    emitter.node(node, edge, (to) => labelOf(to, 0));
  };
  tree(0);
}
