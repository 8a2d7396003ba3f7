import type { FrameContext, FunctionInfo, Program, Variable } from './program.ts';

/** The program as it is where it is loaded, `offset` bytes from where it was linked (a relocated kernel, a payload that was copied). */
export const loadedAt = (program: Program, offset: bigint): Program => (offset === 0n ? program : movable(program, { offset }));

/** A program that is put elsewhere than its segments say, too. */
export const placedAt = (program: Program, offset: bigint): Program =>
  offset === 0n ? program : movable(program, { offset, loadOffset: offset });

/**
 * The same for a place that may still change.
 * @param place `loadOffset`: how far from its physical addresses it is loaded. Absent: 0
 */
export function movable(program: Program, place: { readonly offset: bigint; readonly loadOffset?: bigint }): Program {
  const here = (linked: bigint): bigint => BigInt.asUintN(64, linked + place.offset);
  const linked = (address: bigint): bigint => BigInt.asUintN(64, address - place.offset);
  const span = ({ low, high }: { readonly low: bigint; readonly high: bigint }) => ({ low: here(low), high: here(high) });
  const moved = (info: FunctionInfo): FunctionInfo => ({
    ...info,
    ranges: info.ranges.map(span),
    breakpointAddress: here(info.breakpointAddress),
  });
  const inside = (frame: FrameContext): FrameContext => ({
    registers: frame.registers,
    memory: frame.memory,
    pc: linked(frame.pc),
    loadOffset: place.offset,
    get cfa() {
      return frame.cfa;
    },
  });
  const placed = (variable: Variable): Variable => ({
    ...variable,
    typeIn: (frame) => variable.typeIn(inside(frame)),
    locate: (frame) => variable.locate(inside(frame)),
  });
  let symbols: { readonly offset: bigint; readonly list: ReturnType<Program['symbols']> } | undefined;
  return {
    path: program.path,
    get entry() {
      return here(program.entry);
    },
    segments: program.segments.map((segment) => ({
      physicalAddress: BigInt.asUintN(64, segment.physicalAddress + (place.loadOffset ?? 0n)),
      get virtualAddress() {
        return here(segment.virtualAddress);
      },
      get bytes() {
        return segment.bytes;
      },
      memorySize: segment.memorySize,
      flags: segment.flags,
    })),
    isPositionIndependent: program.isPositionIndependent,
    splitFiles: () => program.splitFiles(),
    get hasDebugInformation() {
      return program.hasDebugInformation;
    },
    get unitCount() {
      return program.unitCount;
    },
    warnings: program.warnings,
    sources: () => program.sources(),
    sourcesNamed: (name) => program.sourcesNamed(name),
    digestOf: (path) => program.digestOf(path),
    sourceAt: (pc) => program.sourceAt(linked(pc)),
    lineRangeAt(pc) {
      const range = program.lineRangeAt(linked(pc));
      return range && span(range);
    },
    isStatementStart: (pc) => program.isStatementStart(linked(pc)),
    resolveLine(path, line) {
      const resolved = program.resolveLine(path, line);
      return resolved && { line: resolved.line, addresses: resolved.addresses.map(here) };
    },
    linesWithCode: (path, first, last) => program.linesWithCode(path, first, last),
    functionAt(pc) {
      const info = program.functionAt(linked(pc));
      return info && moved(info);
    },
    functionsNamed: (name) => program.functionsNamed(name).map(moved),
    scopeAt: (pc, inlineDepth) => program.scopeAt(linked(pc), inlineDepth),
    isCPlusPlusAt: (pc) => program.isCPlusPlusAt(linked(pc)),
    templateArgumentAt(pc, name, inlineDepth) {
      const argument = program.templateArgumentAt(linked(pc), name, inlineDepth);
      return argument?.kind === 'value' ? { kind: 'value', variable: placed(argument.variable) } : argument;
    },
    inlineChainAt: (pc) => program.inlineChainAt(linked(pc)),
    symbolAt: (address) => program.symbolAt(linked(address)),
    symbol(name) {
      const symbol = program.symbol(name);
      return symbol && { ...symbol, address: here(symbol.address) };
    },
    symbols() {
      if (symbols?.offset !== place.offset)
        symbols = { offset: place.offset, list: program.symbols().map((symbol) => ({ ...symbol, address: here(symbol.address) })) };
      return symbols.list;
    },
    contentsAt: (address, length) => program.contentsAt(linked(address), length),
    variablesAt: (pc, inlineDepth) => program.variablesAt(linked(pc), inlineDepth).map(placed),
    global(name, pc) {
      const variable = program.global(name, pc === undefined ? undefined : linked(pc));
      return variable && placed(variable);
    },
    globalsNamed: (name) => program.globalsNamed(name).map(placed),
    globals: () => program.globals().map(placed),
    namesIn: (scope) => program.namesIn(scope),
    typeNamed: (name, pc) => program.typeNamed(name, pc === undefined ? undefined : linked(pc)),
    enumerator: (name) => program.enumerator(name),
    unwind: (frame) => program.unwind(inside(frame)),
    hasCallFrameInformation: (pc) => program.hasCallFrameInformation(linked(pc)),
    callerRegisters: (frame) => program.callerRegisters(inside(frame)),
  };
}
