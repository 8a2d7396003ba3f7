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

/** Loops that begin at one header, innermost first: the nodes of each. An inner one is part of the next. */
type LoopNest = readonly ReadonlySet<number>[];

/** Loops with a common header are taken apart where one is inside the other: a `continue` costs less than a loop's registers do. */
const MAXIMUM_NEST = 3;

function loopNests({ successors, order, rank, isLoopHeader }: Flowgraph): Map<number, LoopNest> {
  const predecessors: number[][] = successors.map(() => []);
  for (const node of order) for (const next of successors[node]) predecessors[next].push(node);
  const nests = new Map<number, LoopNest>();
  for (const header of order) {
    if (!isLoopHeader[header]) continue;
    const bodies = predecessors[header]
      .filter((latch) => rank[latch] >= rank[header])
      .map((latch) => bodyOf(header, [latch], predecessors))
      .sort((a, b) => a.size - b.size);
    const nest: Set<number>[] = [];
    for (const body of bodies) {
      const inner = nest[nest.length - 1];
      if (inner && (nest.length === MAXIMUM_NEST || body.size === inner.size || ![...inner].every((node) => body.has(node))))
        for (const node of body) inner.add(node);
      else nest.push(new Set(body));
    }
    nests.set(header, nest);
  }
  return nests;
}
/** Loops that have no other loop in them, by header. */
export function innermostLoops(graph: Flowgraph): Map<number, ReadonlySet<number>> {
  const loops = new Map<number, ReadonlySet<number>>();
  for (const [header, [body]] of loopNests(graph)) {
    if ([...body].every((node) => node === header || !graph.isLoopHeader[node])) loops.set(header, body);
  }
  return loops;
}
/** The natural loop of these backward edges' sources. */
function bodyOf(header: number, latches: readonly number[], predecessors: readonly (readonly number[])[]): Set<number> {
  const body = new Set([header]);
  const stack = [...latches];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (body.has(node)) continue;
    body.add(node);
    stack.push(...predecessors[node]);
  }
  return body;
}

/** Where a node's code goes: inside the code of `owner`, behind `level` of the loops that begin there (0: inside all of them). */
interface Place {
  readonly owner: number;
  readonly level: number;
}

/**
 * What is behind a loop must not be written inside it, or WebAssembly's compilers keep its registers for the whole loop: a node belongs to its
 * dominator, or to the header of the outermost loop that is left on the way from there.
 */
function placeOf(node: number, { dominator }: Flowgraph, nests: ReadonlyMap<number, LoopNest>): Place {
  let place: Place = { owner: dominator[node], level: 0 };
  for (let header = dominator[node]; ; header = dominator[header]) {
    const nest = nests.get(header) ?? [];
    const left = nest.filter((body) => body.has(dominator[node]) && !body.has(node)).length;
    if (left > 0) place = { owner: header, level: nest.findLastIndex((body) => body.has(dominator[node]) && !body.has(node)) + 1 };
    if (header === 0 || header < 0) return place;
  }
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
  const nests = loopNests(graph);
  const placed: number[][][] = graph.successors.map((_, node) => [[], ...(nests.get(node) ?? []).map(() => [])]);
  const isBehindLoop = new Set<number>();
  // Latest in the order first.
  for (let index = graph.order.length - 1; index > 0; index--) {
    const node = graph.order[index];
    const { owner, level } = placeOf(node, graph, nests);
    placed[owner][level].push(node);
    if (level > 0) isBehindLoop.add(node);
  }
  const hasLabel = (node: number): boolean => graph.isMerge[node] || isBehindLoop.has(node);

  /** Innermost last: what each open block or loop leads to. */
  const scopes: { kind: 'loop' | 'block'; node: number }[] = [];
  const labelOf = (node: number, deeper: number, kind?: 'loop' | 'block'): number => {
    for (let index = scopes.length - 1; index >= 0; index--) {
      const scope = scopes[index];
      if (scope.node === node && (kind === undefined || scope.kind === kind)) return scopes.length - 1 - index + deeper;
    }
    throw new Error(`node ${node} is not in scope`);
  };

  /** A node with all that is placed there, from the outermost of its loops on. */
  const tree = (node: number, level = placed[node].length - 1): void => {
    within(node, level, placed[node][level].filter(hasLabel));
  };
  /** `behind`: labelled nodes whose code comes after this one's, the last of them in the order outermost. */
  const within = (node: number, level: number, behind: readonly number[]): void => {
    if (behind.length > 0) {
      const [last, ...earlier] = behind;
      emitter.openBlock();
      scopes.push({ kind: 'block', node: last });
      within(node, level, earlier);
      scopes.pop();
      emitter.close();
      tree(last);
      return;
    }
    if (level > 0) {
      emitter.openLoop();
      scopes.push({ kind: 'loop', node });
      tree(node, level - 1);
      scopes.pop();
      emitter.close();
      return;
    }
    const edge = (to: number, deeper: number): void => {
      // Blocks that the emitter opened around the edge are not in `scopes`; they count in `deeper`.
      if (graph.rank[to] <= graph.rank[node]) emitter.branch(labelOf(to, deeper, 'loop'));
      else if (hasLabel(to)) emitter.branch(labelOf(to, deeper, 'block'));
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
