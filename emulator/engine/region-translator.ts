import { EXIT, OFFSET } from '../cpu-state.ts';
import { FunctionBody, ModuleBuilder, type Signature } from '../wasm/module.ts';
import { type Flowgraph, analyse, emitStructured } from './control-flow.ts';
import type { Block, Region, Target } from './region-formation.ts';
import { registersOf } from './region-formation.ts';
import { REGION_ENTRY, RegionBuilder } from './region-builder.ts';

/** `region(budget, entry)` → budget left; OFFSET.PC and OFFSET.EXIT tell where and why it stopped. `entry` indexes {@link Translation.entries}. */
export const regionSignature: Signature = { parameters: ['i32', 'i32'], results: ['i32'] };

/** What a region's module imports besides the memory. */
const regionImport = { name: 'hostInstruction', signature: { parameters: ['i32'], results: ['i32'] } } as const;

export interface Translation {
  readonly module: Uint8Array<ArrayBuffer>;
  /** Addresses where the interpreter may enter, by entry number. */
  readonly entries: readonly bigint[];
}

/** More possible targets of an indirect jump than this, and it leaves the region. */
const MAXIMUM_INDIRECT = 12;

/** Block numbers are node numbers minus one; node 0 dispatches to them. */
const nodeOf = (block: number): number => block + 1;

interface Graph {
  readonly flow: Flowgraph;
  /** Blocks by dispatch number; the region's entries come first. */
  readonly dispatched: readonly number[];
  /** Edges that go through the dispatcher, as `fromNode * nodes + toNode`. */
  readonly indirectEdges: ReadonlySet<number>;
}

const inside = (target: Target): target is number => typeof target === 'number';

function targetsOf({ end }: Block): Target[] {
  switch (end.kind) {
    case 'jump':
      return [end.to];
    case 'branch':
      return [end.taken, end.next];
    default:
      return [];
  }
}

/** Whether indirect jumps look for their target in the region. */
const isChained = ({ returnSites }: Region): boolean => returnSites.length > 0 && returnSites.length <= MAXIMUM_INDIRECT;

/** The region's graph with a dispatcher in front, through which every edge goes that structured code cannot have. */
function graphOf(region: Region): Graph {
  const nodes = region.blocks.length + 1;
  const dispatched = [...region.entries];
  if (isChained(region)) for (const site of region.returnSites) if (!dispatched.includes(site)) dispatched.push(site);
  const indirectEdges = new Set<number>();
  for (;;) {
    const successors: number[][] = [dispatched.map(nodeOf)];
    region.blocks.forEach((block, number) => {
      // Both ways of a branch may lead to one node: then it is a merge.
      const list = targetsOf(block)
        .filter(inside)
        .map((target) => (indirectEdges.has(nodeOf(number) * nodes + nodeOf(target)) ? 0 : nodeOf(target)));
      if (block.end.kind === 'indirect' && isChained(region)) list.push(0);
      successors.push(list);
    });
    const flow = analyse(successors);
    if (flow.irreducible.size === 0) {
      const isMerge = flow.isMerge.map((merge, node) => merge || (dispatched.length > 1 && dispatched.includes(node - 1)));
      return { flow: { ...flow, isMerge }, dispatched, indirectEdges };
    }
    for (const edge of flow.irreducible) {
      indirectEdges.add(edge);
      const block = (edge % nodes) - 1;
      if (!dispatched.includes(block)) dispatched.push(block);
    }
  }
}

/** Whether NZCV must be in memory at the start of each block: something reads it, or may leave, before it is written. */
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
        const node = nodeOf(number);
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

/** Which number of the register block stands for the mapping of these virtual pages. */
export const generationOffset = (pages: readonly bigint[]): number =>
  pages.every((page) => (page >> 55n) & 1n) ? OFFSET.UPPER_TRANSLATION_GENERATION : OFFSET.TRANSLATION_GENERATION;

/** Translates a region into a module with one function, `region`. */
export function translateRegion(region: Region, memoryPages: number): Translation {
  const graph = graphOf(region);
  const live = flagsLiveIn(region, graph);
  const nodes = region.blocks.length + 1;
  const body = new FunctionBody(regionSignature);
  const builder = new RegionBuilder(body, registersOf(region));
  const indirect = builder.local('i64', body.local('i64'));
  const { flow, dispatched, indirectEdges } = graph;
  /** No way from one look at the budget to the next is longer. */
  const need = region.length + 1;

  // Made for these pages, mapped like this?
  const pageDiffers = region.pages
    .map((page) => builder.ne(builder.field64(OFFSET.PC_PAGE), builder.i64(page)))
    .reduce((a, b) => builder.and(a, b));
  const generation = { type: 'i32', op: 'global.get', operands: [], immediate: 0 } as const;
  const refuse = (exit: number): void => {
    builder.setField32(OFFSET.EXIT, builder.i32(exit));
    builder.emit(builder.budget());
    body.op('return');
  };
  builder.when(builder.or(pageDiffers, builder.binaryLess(builder.budget(), need)), () => refuse(EXIT.REGION_COLD));
  builder.when(builder.ne(builder.field32(generationOffset(region.pages)), generation), () => refuse(EXIT.REGION_STALE));
  builder.loadState(region.blocks.some(({ instructions }) => instructions.some(({ effects }) => effects.mayLeave)));

  const addressOf = (target: Target): bigint => (inside(target) ? region.blocks[target].start : target);

  /** Control goes to a block or out, from the end of `node`. Registers are written through. */
  const goTo = (node: number, target: Target, edge: (to: number, deeper: number) => void, deeper: number): void => {
    if (!inside(target)) {
      builder.leave(builder.i64(target), EXIT.REGION);
      return;
    }
    const to = nodeOf(target);
    const throughDispatcher = indirectEdges.has(node * nodes + to);
    if (throughDispatcher || flow.rank[to] <= flow.rank[node]) {
      builder.when(builder.binaryLess(builder.budget(), need), () => builder.leave(builder.i64(addressOf(target)), EXIT.REGION_COLD));
    }
    if (throughDispatcher) {
      body.i32Const(dispatched.indexOf(target));
      body.opU32('local.set', REGION_ENTRY);
      edge(0, deeper);
    } else edge(to, deeper);
  };

  emitStructured(flow, {
    openLoop: () => body.block('loop'),
    openBlock: () => body.block('block'),
    close: () => body.op('end'),
    branch: (depth) => body.opU32('br', depth),
    node(node, edge, labelOf) {
      if (node === 0) {
        if (dispatched.length === 1) {
          edge(nodeOf(dispatched[0]), 0);
          return;
        }
        body.opU32('local.get', REGION_ENTRY);
        const labels = dispatched.map((block) => labelOf(nodeOf(block)));
        body.brTable(labels.slice(0, -1), labels[labels.length - 1]);
        return;
      }
      const block = region.blocks[node - 1];
      const count = block.instructions.length;
      builder.flags = { kind: 'memory' };
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
      const next = end.kind === 'indirect' && isChained(region) ? region.returnSites : targetsOf(block).filter(inside);
      if (next.some((target) => live[target])) builder.materializeFlags();
      const flags = builder.flags;

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
          goTo(node, end.next, edge, 1);
          body.op('end');
          body.op('unreachable');
          break;
        case 'indirect':
          if (isChained(region)) {
            for (const target of region.returnSites) {
              builder.emit(builder.eq(indirect, builder.i64(region.blocks[target].start)));
              body.block('if');
              builder.when(builder.binaryLess(builder.budget(), need), () => builder.leave(indirect, EXIT.REGION_COLD));
              builder.flags = flags;
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

  const module = new ModuleBuilder(memoryPages, [regionImport]);
  module.exportGlobal();
  module.export('region', module.add(body));
  return { module: module.encode(), entries: region.entries.map((block) => region.blocks[block].start) };
}
