import type { FunctionInfo, InlineFrame, Program, SourceLocation } from './program/program.ts';

/** An ELF whose symbols and lines the session knows. */
export interface Image {
  readonly kind: 'guest' | 'hyp-stub' | 'symbols';
  /** As the Modules view shows it. */
  readonly name: string;
  readonly path: string;
  readonly program: Program;
  /** Half-open span of its loaded segments. */
  readonly low: bigint;
  readonly high: bigint;
  /** How far from where it was linked. Absent: 0. */
  readonly offset?: bigint;
}

export function imageOf(kind: Image['kind'], name: string, path: string, program: Program): Image {
  const spans = program.segments.map((segment) => [segment.virtualAddress, segment.virtualAddress + BigInt(segment.memorySize)]);
  const low = spans.reduce((least, [start]) => (start < least ? start : least), spans[0]?.[0] ?? 0n);
  const high = spans.reduce((most, [, end]) => (end > most ? end : most), 0n);
  return { kind, name, path, program, low, high };
}

/** Every image of a session, asked together: the first one that covers the address answers. */
export interface Images {
  readonly all: readonly Image[];
  readonly programs: readonly Program[];
  at(address: bigint): Image | undefined;
  sourceAt(address: bigint): SourceLocation | undefined;
  functionAt(address: bigint): FunctionInfo | undefined;
  lineRangeAt(address: bigint): { readonly low: bigint; readonly high: bigint } | undefined;
  isStatementStart(address: bigint): boolean;
  inlineChainAt(address: bigint): readonly InlineFrame[];
  symbolAt(address: bigint): { readonly name: string; readonly offset: bigint } | undefined;
  symbol(name: string): { readonly address: bigint; readonly size: number } | undefined;
  /** `main+0x8`, or the bare address where no symbol is known. */
  describe(address: bigint): string;
}

export function createImages(all: readonly Image[]): Images {
  const programs = all.map((image) => image.program);
  const at = (address: bigint) => all.find(({ low, high }) => address >= low && address < high);
  const symbolAt = (address: bigint) => at(address)?.program.symbolAt(address);
  return {
    all,
    programs,
    at,
    sourceAt: remembered((address) => at(address)?.program.sourceAt(address)),
    functionAt: remembered((address) => at(address)?.program.functionAt(address)),
    lineRangeAt: remembered((address) => at(address)?.program.lineRangeAt(address)),
    isStatementStart: remembered((address) => at(address)?.program.isStatementStart(address) ?? false),
    inlineChainAt: remembered((address) => at(address)?.program.inlineChainAt(address) ?? []),
    symbolAt,
    symbol(name) {
      for (const program of programs) {
        const found = program.symbol(name);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    describe(address) {
      const symbol = symbolAt(address);
      if (symbol === undefined) return `0x${address.toString(16)}`;
      return symbol.offset === 0n ? symbol.name : `${symbol.name}+0x${symbol.offset.toString(16)}`;
    },
  };
}

const mostRemembered = 4096;

/** What a program says of an address never changes, and stops and steps ask about the same ones again and again. */
function remembered<Answer>(ask: (address: bigint) => Answer): (address: bigint) => Answer {
  const answers = new Map<bigint, Answer>();
  return (address) => {
    const known = answers.get(address);
    if (known !== undefined || answers.has(address)) return known as Answer;
    if (answers.size === mostRemembered) answers.clear();
    const answer = ask(address);
    answers.set(address, answer);
    return answer;
  };
}
