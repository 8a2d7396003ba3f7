import { EXIT, OFFSET } from '../cpu-state.ts';
import { FunctionBody, ModuleBuilder, type Signature, withBodies } from '../wasm/module.ts';
import { type Flowgraph, analyse, emitStructured, innermostLoops } from './control-flow.ts';
import type { Block, Region, Target } from './region-formation.ts';
import { registersLoadedBy, registersOf, registersWrittenBy, vectorRegistersOf } from './region-formation.ts';
import {
  type Kept,
  REGION_ENTRY,
  REGION_GLOBAL_CALLS,
  REGION_GLOBAL_GENERATION,
  type RegionAccess,
  RegionBuilder,
} from './region-builder.ts';
import type { FlagState } from './region-flags.ts';
import { settleSignature } from './settle-flags.ts';

/** `region(budget, entry)` → budget left; OFFSET.PC and OFFSET.EXIT tell where and why it stopped. `entry` indexes {@link Translation.entries}. */
export const regionSignature: Signature = { parameters: ['i32', 'i32'], results: ['i32'] };

/** What a region's module imports besides the memory, in the order of REGION_IMPORT_HOST and REGION_IMPORT_SETTLE. */
const regionImports = [
  { name: 'hostInstruction', signature: { parameters: ['i32'], results: ['i32'] } },
  { name: 'settle', signature: settleSignature },
] as const;

export interface Translation {
  readonly module: Uint8Array<ArrayBuffer>;
  /** Addresses where the interpreter may enter, by entry number. */
  readonly entries: readonly bigint[];
}

/** More possible targets of an indirect jump than this, and it leaves the region. */
const MAXIMUM_INDIRECT = 12;

interface Graph {
  readonly flow: Flowgraph;
  /** The block that each node is a copy of; node 0 is the dispatcher. */
  readonly blocks: readonly number[];
  /** The node that control coming from elsewhere goes to, by block. */
  readonly nodeOf: readonly number[];
  /**
   * Loops of one block have a second copy for all rounds but the first: what NZCV is made of is the same in each of them. By first copy.
   */
  readonly nextRound: ReadonlyMap<number, number>;
  /** Blocks by dispatch number; the region's entries come first. */
  readonly dispatched: readonly number[];
  /** Edges that go through the dispatcher, as `fromNode * nodes + toNode`. */
  readonly indirectEdges: ReadonlySet<number>;
  /** How many edges lead to each node. */
  readonly edgesTo: readonly number[];
}

const inside = (target: Target): target is number => typeof target === 'number';

function targetsOf({ end }: Block): Target[] {
  switch (end.kind) {
    case 'jump':
      return [end.to];
    case 'branch':
      return [end.taken, end.next];
    case 'indirect':
      return [...end.targets];
    default:
      return [];
  }
}

/** Whether indirect jumps look for their target among the return sites of the region. */
const isChained = ({ returnSites }: Region): boolean => returnSites.length > 0 && returnSites.length <= MAXIMUM_INDIRECT;
const looksForReturn = (region: Region, { end }: Block): boolean => end.kind === 'indirect' && end.mayReturn && isChained(region);

/** The region's graph with a dispatcher in front, through which every edge goes that structured code cannot have. @param doubled blocks that are loops and get a second copy */
function graphOf(region: Region, doubled: ReadonlySet<number> = new Set()): Graph {
  const blocks = [-1, ...region.blocks.keys(), ...doubled];
  const nodeOf = region.blocks.map((_, block) => block + 1);
  const nextRound = new Map([...doubled].map((block, index) => [block + 1, region.blocks.length + 1 + index]));
  const dispatched = [...region.entries];
  if (isChained(region)) for (const site of region.returnSites) if (!dispatched.includes(site)) dispatched.push(site);
  const indirectEdges = new Set<number>();
  for (;;) {
    const successors = blocks.map((block, node) => {
      if (node === 0) return dispatched.map((entry) => nodeOf[entry]);
      // Both ways of a branch may lead to one node: then it is a merge.
      const list = targetsOf(region.blocks[block])
        .filter(inside)
        .map((target) => (target === block ? (nextRound.get(nodeOf[block]) ?? nodeOf[block]) : nodeOf[target]))
        .map((next) => (indirectEdges.has(node * blocks.length + next) ? 0 : next));
      if (looksForReturn(region, region.blocks[block])) list.push(0);
      return list;
    });
    const flow = analyse(successors);
    if (flow.irreducible.size === 0) {
      const isMerge = flow.isMerge.map((merge, node) => merge || (dispatched.length > 1 && dispatched.includes(blocks[node])));
      const edgesTo = blocks.map(() => 0);
      for (const node of flow.order) for (const next of successors[node]) edgesTo[next] += 1;
      return { flow: { ...flow, isMerge }, blocks, nodeOf, nextRound, dispatched, indirectEdges, edgesTo };
    }
    for (const edge of flow.irreducible) {
      indirectEdges.add(edge);
      const block = blocks[edge % blocks.length];
      if (!dispatched.includes(block)) dispatched.push(block);
    }
  }
}

/** Whether NZCV is wanted at the start of each block: something reads it, or may leave, before it is written. */
function flagsLiveIn(region: Region, { flow }: Graph): boolean[] {
  const live = region.blocks.map(() => false);
  for (let changed = true; changed; ) {
    changed = false;
    for (let number = region.blocks.length - 1; number >= 0; number--) {
      if (live[number]) continue;
      const block = region.blocks[number];
      let result: boolean | undefined;
      for (const { effects } of block.instructions) {
        if (effects.readsFlags || effects.mayLeave) result = true;
        else if (effects.writesFlags) result = false;
        if (result !== undefined) break;
      }
      if (result === undefined) {
        const node = number + 1;
        const leaves = block.end.kind === 'indirect' || block.end.kind === 'cold' || targetsOf(block).some((target) => !inside(target));
        const backwards = flow.successors[node].some((next) => flow.rank[next] <= flow.rank[node]);
        result = leaves || backwards || targetsOf(block).some((target) => inside(target) && live[target]);
      }
      if (result) {
        live[number] = true;
        changed = true;
      }
    }
  }
  return live;
}

/** What leaving such loops may cost altogether, in stores. */
const MAXIMUM_KEPT_STORES = 400;

/** Innermost loops, as far as it pays to keep their registers out of the register block, by node. */
function keepingLoops(region: Region, { flow, blocks }: Graph): Map<number, Kept> {
  const loops = new Map<number, Kept>();
  for (const [, nodes] of innermostLoops(flow)) {
    if (nodes.has(0)) continue;
    const instructions = [...nodes].flatMap((node) => region.blocks[blocks[node]].instructions);
    if (instructions.some(({ instruction }) => instruction.flow === 'host')) continue;
    const loop = {
      general: [...registersWrittenBy(instructions)],
      vectors: [...vectorRegistersOf(instructions, true)],
      pointers: registersLoadedBy(instructions),
    };
    const ways = instructions.filter(({ effects }) => effects.mayLeave).length + nodes.size;
    if (ways * (loop.general.length + loop.vectors.length) > MAXIMUM_KEPT_STORES) continue;
    for (const node of nodes) loops.set(node, loop);
  }
  return loops;
}

/** Which number of the register block stands for the mapping of these virtual pages. */
export const generationOffset = (pages: readonly bigint[]): number =>
  pages.every((page) => (page >> 55n) & 1n) ? OFFSET.UPPER_TRANSLATION_GENERATION : OFFSET.TRANSLATION_GENERATION;

/** Equal for equal values. */
const textOf = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));

/** What all regions' modules begin with, by the size of the memory. */
const heads = new Map<number, Uint8Array>();
function regionHead(memoryPages: number): Uint8Array {
  let head = heads.get(memoryPages);
  if (head) return head;
  const module = new ModuleBuilder(memoryPages, regionImports);
  module.exportGlobal();
  module.addGlobal();
  module.addGlobal();
  module.export('region', module.add(new FunctionBody(regionSignature)));
  heads.set(memoryPages, (head = module.head()));
  return head;
}

/** Translates a region into a module with one function, `region`. @param callsToCount when it is entered for this time it leaves with EXIT.REGION_CALLED; 0: never */
export function translateRegion(region: Region, memoryPages: number, access: RegionAccess, callsToCount = 0): Translation {
  const firstGraph = graphOf(region);
  const live = flagsLiveIn(region, firstGraph);
  const loops = region.blocks.flatMap((block, number) => (live[number] && targetsOf(block).includes(number) ? [number] : []));
  const graph = loops.length > 0 ? graphOf(region, new Set(loops)) : firstGraph;
  const { flow, blocks, nodeOf, nextRound, dispatched, indirectEdges, edgesTo } = graph;
  const body = new FunctionBody(regionSignature);
  const builder = new RegionBuilder(
    body,
    registersOf(region),
    vectorRegistersOf(region.blocks.flatMap(({ instructions }) => instructions)),
    access,
  );
  builder.regionBase = region.base;
  const indirect = builder.local('i64', body.local('i64'));
  /** No way from one look at the budget to the next is longer. */
  const need = blocks.reduce((sum, block) => sum + (block < 0 ? 1 : region.blocks[block].instructions.length), 0);

  // Made for these pages, mapped like this?
  const pageDiffers = region.pages
    .map((page) => builder.ne(builder.field64(OFFSET.PC_PAGE), builder.i64(page)))
    .reduce((a, b) => builder.and(a, b));
  const refuse = (exit: number): void => {
    builder.setField32(OFFSET.EXIT, builder.i32(exit));
    builder.emit(builder.budget());
    body.op('return');
  };
  builder.when(builder.or(pageDiffers, builder.binaryLess(builder.budget(), need)), () => refuse(EXIT.REGION_COLD));
  const usesTlb = region.blocks.some(({ instructions }) => instructions.some(({ effects }) => effects.mayLeave));
  const isRemapped = builder.ne(builder.field32(generationOffset(region.pages)), builder.global(REGION_GLOBAL_GENERATION));
  const isOtherBank =
    usesTlb && access.tlb !== undefined ? builder.ne(builder.field32(OFFSET.TLB_READ), builder.i32(access.tlb)) : builder.i32(0);
  builder.when(builder.or(isRemapped, isOtherBank), () => refuse(EXIT.REGION_STALE));
  if (callsToCount > 0) {
    builder.emit(builder.add(builder.global(REGION_GLOBAL_CALLS), builder.i32(1)));
    body.opU32('global.set', REGION_GLOBAL_CALLS);
    builder.when(builder.eq(builder.global(REGION_GLOBAL_CALLS), builder.i32(callsToCount)), () => refuse(EXIT.REGION_CALLED));
  }
  const loopOf = keepingLoops(region, graph);
  builder.loadState(
    usesTlb,
    [...loopOf.values()].some(({ pointers }) => pointers.size > 0),
  );

  /** What NZCV is made of where control comes to a node from one place only. */
  const flagsAt = new Map<number, FlagState>();
  const isNextRound = new Set(nextRound.values());
  const comesFromOnePlace = (node: number): boolean =>
    isNextRound.has(node) || (edgesTo[node] === 1 && !flow.isLoopHeader[node] && !dispatched.includes(blocks[node]));

  /** Control goes to a block or out, from the end of `node`. Registers are written through. */
  const goTo = (node: number, target: Target, edge: (to: number, deeper: number) => void, deeper: number): void => {
    if (!inside(target)) {
      builder.leave(builder.i64(target), EXIT.REGION);
      return;
    }
    const to = target === blocks[node] ? (nextRound.get(nodeOf[target]) ?? nodeOf[target]) : nodeOf[target];
    const throughDispatcher = indirectEdges.has(node * blocks.length + to);
    if (throughDispatcher || flow.rank[to] <= flow.rank[node]) {
      builder.when(builder.binaryLess(builder.budget(), need), () =>
        builder.leave(builder.i64(region.blocks[target].start), EXIT.REGION_COLD),
      );
    }
    if (throughDispatcher || loopOf.get(to) !== loopOf.get(node)) builder.writeKept();
    if (throughDispatcher) {
      if (live[target]) builder.deferFlags();
      body.i32Const(dispatched.indexOf(target));
      body.opU32('local.set', REGION_ENTRY);
      edge(0, deeper);
      return;
    }
    if (!comesFromOnePlace(to)) {
      if (live[target]) builder.deferFlags();
    } else if (!flagsAt.has(to)) flagsAt.set(to, builder.flags);
    else if (textOf(flagsAt.get(to)) !== textOf(builder.flags)) throw new Error('the flags of a loop differ between its rounds');
    edge(to, deeper);
  };

  emitStructured(flow, {
    openLoop: () => body.block('loop'),
    openBlock: () => body.block('block'),
    close: () => body.op('end'),
    branch: (depth) => body.opU32('br', depth),
    node(node, edge, labelOf) {
      if (node === 0) {
        if (dispatched.length === 1) {
          edge(nodeOf[dispatched[0]], 0);
          return;
        }
        body.opU32('local.get', REGION_ENTRY);
        const labels = dispatched.map((block) => labelOf(nodeOf[block]));
        body.brTable(labels.slice(0, -1), labels[labels.length - 1]);
        return;
      }
      const block = region.blocks[blocks[node]];
      const count = block.instructions.length;
      builder.flags = flagsAt.get(node) ?? { kind: 'waiting' };
      builder.kept = loopOf.get(node);
      builder.branchCondition = undefined;
      builder.indirectTarget = undefined;
      builder.assign(builder.budget(), builder.sub(builder.budget(), builder.i32(count)));
      block.instructions.forEach((instruction, index) => {
        builder.begin(instruction, count - index);
        instruction.instruction.execute(builder, instruction.decoded.form);
      });
      const { end } = block;
      const condition = end.kind === 'branch' && builder.branchCondition ? builder.let(builder.branchCondition) : undefined;
      if (end.kind === 'indirect' && builder.indirectTarget) builder.assign(indirect, builder.indirectTarget);
      builder.writeThrough();
      const { flags } = builder;

      switch (end.kind) {
        case 'jump':
          goTo(node, end.to, edge, 0);
          break;
        case 'cold':
          builder.leave(builder.i64(end.pc), EXIT.REGION);
          break;
        case 'branch':
          builder.emit(condition ?? builder.i32(1));
          body.block('if');
          goTo(node, end.taken, edge, 1);
          body.op('else');
          builder.flags = flags;
          builder.kept = loopOf.get(node);
          goTo(node, end.next, edge, 1);
          body.op('end');
          body.op('unreachable');
          break;
        case 'indirect':
          for (const target of end.targets as readonly number[]) {
            builder.emit(builder.eq(indirect, builder.i64(region.blocks[target].start)));
            body.block('if');
            goTo(node, target, edge, 1);
            body.op('end');
            builder.flags = flags;
            builder.kept = loopOf.get(node);
          }
          if (looksForReturn(region, block)) {
            builder.writeKept();
            builder.kept = undefined;
            if (region.returnSites.some((target) => live[target])) builder.deferFlags();
            for (const target of region.returnSites) {
              builder.emit(builder.eq(indirect, builder.i64(region.blocks[target].start)));
              body.block('if');
              builder.when(builder.binaryLess(builder.budget(), need), () => builder.leave(indirect, EXIT.REGION_COLD));
              body.i32Const(dispatched.indexOf(target));
              body.opU32('local.set', REGION_ENTRY);
              edge(0, 1);
              body.op('end');
            }
          }
          builder.leave(indirect, EXIT.REGION);
          break;
      }
    },
  });
  body.op('unreachable');

  return { module: withBodies(regionHead(memoryPages), [body]), entries: region.entries.map((block) => region.blocks[block].start) };
}
