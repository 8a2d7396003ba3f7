import { baseName } from './paths.ts';
import { movable } from './program/loaded-at.ts';
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
  /** Of a relocatable object: where its sections are. */
  readonly sections?: ReadonlyMap<string, bigint>;
  /** A kernel has loaded it, and calls it so. */
  readonly module?: string;
  /** Whether something of it is there. Absent: everything within its span is its own. */
  covers?(address: bigint): boolean;
  /** Puts it elsewhere. Absent: its place is known from the start. */
  move?(offset: bigint): void;
}

export function imageOf(kind: Image['kind'], name: string, path: string, program: Program): Image {
  const spans = program.segments.map((segment) => [segment.virtualAddress, segment.virtualAddress + BigInt(segment.memorySize)]);
  const low = spans.reduce((least, [start]) => (start < least ? start : least), spans[0]?.[0] ?? 0n);
  const high = spans.reduce((most, [, end]) => (end > most ? end : most), 0n);
  return { kind, name, path, program, low, high };
}

/** An image that is found to run elsewhere than it was linked, once it does. */
export function movableImage(kind: Image['kind'], name: string, path: string, program: Program): Image {
  const place = { offset: 0n };
  const { low, high, ...linked } = imageOf(kind, name, path, program);
  const here = (address: bigint) => BigInt.asUintN(64, address + place.offset);
  return {
    ...linked,
    program: movable(program, place),
    get low() {
      return here(low);
    },
    get high() {
      return here(high);
    },
    get offset() {
      return place.offset;
    },
    move(offset) {
      place.offset = offset;
    },
  };
}

/** A relocatable object, whose sections are here and there, with others' between them. */
export function objectImage(path: string, program: Program, sections: ReadonlyMap<string, bigint>): Image {
  const spans = program.segments.map(({ virtualAddress, memorySize }) => [virtualAddress, virtualAddress + BigInt(memorySize)] as const);
  return {
    ...imageOf('symbols', baseName(path), path, program),
    sections,
    covers: (address) => spans.some(([low, high]) => address >= low && address < high),
  };
}

/** Every image of a session, asked together: of those that cover the address, the first one that knows most of it answers. */
export interface Images {
  readonly all: readonly Image[];
  readonly programs: readonly Program[];
  /** More may come while the guest runs: what is not found now may be found then. */
  mayGrow: boolean;
  /** A number that no other image of the session has or will have. */
  idOf(image: Image): number;
  add(image: Image): void;
  remove(image: Image): void;
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

export function createImages(initial: readonly Image[]): Images {
  const all: Image[] = [];
  const programs: Program[] = [];
  const ids = new Map<Image, number>();
  let movable: Image[] = [];
  const forgets: (() => void)[] = [];
  const forget = (): void => {
    for (const one of forgets) one();
  };
  const add = (image: Image): void => {
    ids.set(image, ids.size + 1);
    all.push(image);
    programs.push(image.program);
    if (image.move !== undefined) movable.push(image);
    forget();
  };
  for (const image of initial) add(image);
  // Of modules the last: memory of those before it may have been given back, as that of their initialization is.
  const at = (address: bigint) => all.findLast((image) => image.covers?.(address)) ?? knowingBest(address);
  /** A program that was stripped of what it says of its code may be there again in `symbols`, with all of it. */
  function knowingBest(address: bigint): Image | undefined {
    const isThere = (image: Image): boolean => image.covers === undefined && address >= image.low && address < image.high;
    const first = all.findIndex(isThere);
    if (first < 0 || !all.some((image, index) => index > first && isThere(image))) return all[first];
    const there = all.filter(isThere);
    return there.find(({ program }) => program.sourceAt(address)) ?? there.find(({ program }) => program.symbolAt(address)) ?? there[0];
  }
  const symbolAt = (address: bigint) => at(address)?.program.symbolAt(address);
  /** Where those that may move were when the answers were given. */
  let places: readonly (bigint | undefined)[] = [];
  function remembered<Answer>(ask: (address: bigint) => Answer): (address: bigint) => Answer {
    const answers = rememberedAnswers(ask);
    forgets.push(answers.forget);
    return (address) => {
      if (movable.some(({ offset }, index) => offset !== places[index])) {
        places = movable.map(({ offset }) => offset);
        forget();
      }
      return answers.of(address);
    };
  }
  return {
    all,
    programs,
    mayGrow: false,
    idOf: (image) => ids.get(image) ?? 0,
    add,
    remove(image) {
      const index = all.indexOf(image);
      if (index < 0) return;
      all.splice(index, 1);
      programs.splice(index, 1);
      movable = movable.filter((one) => one !== image);
      // Another one may come to the same place.
      forget();
    },
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

/** While images stay where they are, what is known of an address never changes, and stops and steps ask about the same ones again and again. */
function rememberedAnswers<Answer>(ask: (address: bigint) => Answer): { of(address: bigint): Answer; forget(): void } {
  const answers = new Map<bigint, Answer>();
  return {
    of(address) {
      const known = answers.get(address);
      if (known !== undefined || answers.has(address)) return known as Answer;
      if (answers.size === mostRemembered) answers.clear();
      const answer = ask(address);
      answers.set(address, answer);
      return answer;
    },
    forget: () => answers.clear(),
  };
}
