import { type Address, addressFromBigint, bigintFromAddress } from './addresses.ts';
import { createBoundedCache, MOST_ANSWERS } from './bounded-cache.ts';
import { debugSections, supplementOf } from './debug-sections.ts';
import { canonicalBaseName, isBaseName } from './dwarf/base-type-names.ts';
import { type CallFrames, readCallFrames, sizeOfCallFrames } from './dwarf/call-frames.ts';
import { type CompilationUnit, createCompilationUnits, createGuard, declarationOf, once, splitFileOf } from './dwarf/compilation-units.ts';
import * as c from './dwarf/constants.ts';
import { type Entry, hasAttribute, isExternal, nameOf, readNumber, withOrigins } from './dwarf/entries.ts';
import { NotAvailable } from './dwarf/expressions.ts';
import { functionName, withParameters } from './dwarf/function-names.ts';
import { eachInlinedCall, type FunctionEntry, inlinesOtherUnits, type Scope, scopesAt } from './dwarf/functions.ts';
import { hasLocationLists } from './dwarf/location-lists.ts';
import { createNameMeanings } from './dwarf/name-meanings.ts';
import { createNameIndex, typeKey } from './dwarf/names.ts';
import {
  hasScopes,
  isCPlusPlus,
  joined,
  linkageName,
  qualifiedName,
  scopeOf,
  templateParameters,
  variableName,
} from './dwarf/qualified-names.ts';
import { DwarfError, sectionFromBytes } from './dwarf/reader.ts';
import { readSplitSections } from './dwarf/split-units.ts';
import { namesByScope } from './dwarf/scoped-names.ts';
import { createThreadLocals } from './dwarf/thread-locals.ts';
import { createTypeReader, VOID } from './dwarf/types.ts';
import { readUnits, type Unit } from './dwarf/units.ts';
import { createVariableReader } from './dwarf/variables.ts';
import { readElf } from './elf.ts';
import type { FileBytes } from './file-bytes.ts';
import { find } from './find-bytes.ts';
import {
  type FrameContext,
  type FunctionInfo,
  type InlineFrame,
  MANY_UNITS,
  type Program,
  ProgramError,
  type SourceLocation,
  type ScopedName,
  type SplitBytes,
  type UnwoundFrame,
  type Variable,
} from './program.ts';
import { readLinkageName } from './linkage-name.ts';
import { isNamed, lastName, namePath } from './qualified-name.ts';
import { createSourceLines } from './source-lines.ts';
import { type CodeSymbol, codeRegions, createSymbolIndex } from './symbols.ts';
import { symbolVariable } from './symbol-variable.ts';
import { createThreadLocalStorage } from './thread-local-storage.ts';
import type { Type } from './types.ts';
import { builtInTypes } from './built-in-types.ts';
import { type Code, registersOutside, unwindFrame } from './unwind.ts';

const MAXIMUM_WARNINGS = 100;
/** Of a {@link FunctionInfo} without its ranges; its declaration holds most of them. */
const BYTES_OF_INFO = 400;

/**
 * Opens an ELF image. Debug information is read when it is asked for; where it is missing or damaged, answers are `undefined` or empty.
 * @param path for messages
 * @param splitFiles those of {@link Program.splitFiles} that there are, or a package of them
 * @param cache what is worked out of it is kept there
 * @throws ProgramError if the image cannot be loaded
 */
export function openProgram(
  path: string,
  bytes: Uint8Array | FileBytes,
  splitFiles: readonly SplitBytes[] = [],
  cache = createBoundedCache(),
): Program {
  const warnings: string[] = [];
  const warn = (note: string) => {
    if (warnings.length < MAXIMUM_WARNINGS && !warnings.includes(note)) warnings.push(note);
  };
  const guard = createGuard(warn);
  const elf = readElf(path, bytes, warn, 'program', cache);
  const isCode = codeRegions(elf);

  const units = once(() => {
    const supplement = supplementOf(elf);
    if (supplement !== undefined)
      warn(`Names and types that dwz has moved to "${supplement}" are missing: such files are not read. Build it without "dwz -m".`);
    return readUnits(debugSections(elf), warn, splitFiles.flatMap(splitSections), cache);
  });
  const dwarf = once(() => createCompilationUnits(units(), isCode, guard, warn));
  const splitSections = (file: SplitBytes) =>
    guard(`"${file.path}"`, () => {
      try {
        return readSplitSections(readElf(file.path, file.bytes, warn, 'any', cache));
      } catch (error) {
        if (error instanceof ProgramError) throw new DwarfError(error.message);
        throw error;
      }
    }, []);
  const answers = createBoundedCache(MOST_ANSWERS);
  const lines = once(() => createSourceLines(dwarf(), answers));
  const symbols = once(() => createSymbolIndex(elf));
  const threadLocalStorage = once(() => createThreadLocalStorage(elf));
  const threadLocals = once(() => createThreadLocals(threadLocalStorage(), (name) => symbols().named(name).length > 0));
  const names = once(() => createNameIndex(dwarf(), guard, answers, (entry) => threadLocals().isThreadLocal(entry)));
  const keptCallFrames = cache.keep((): CallFrames => {
    const sections = ['.debug_frame', '.eh_frame'].flatMap((name) => {
      const contents = elf.contents(name);
      return contents === undefined ? [] : [sectionFromBytes(name, contents.bytes, contents.address, contents)];
    });
    return readCallFrames(sections, isCode, warn);
  }, sizeOfCallFrames);
  const callFrames = (): CallFrames => keptCallFrames.get(undefined);
  const types = once(() =>
    createTypeReader(
      (declaration, name) =>
        hasScopes(declaration.unit)
          ? scopedType(`::${qualifiedName(declaration)}`, declaration.unit)
          : names().type(typeKey(declaration.tag, name), declaration.unit),
      (read, fallback) => guard('a type', read, fallback),
      cache,
    ),
  );
  /** Units in C++ and the like. Of a program of many units, in C mostly, none is opened just to see that: the linker's names tell. */
  const scopedUnits = once(() => {
    const { list } = dwarf();
    const strings = list.length > MANY_UNITS ? elf.contents('.strtab') : undefined;
    strings?.load?.(0, strings.bytes.length);
    const isOfC = strings !== undefined && ['\0_Z', '\0_R'].every((prefix) => find(strings.bytes, new TextEncoder().encode(prefix), 0) < 0);
    return isOfC ? [] : list.filter(({ unit }) => guard('a unit', () => hasScopes(unit), false));
  });
  const { inline, pathOf, scopedType, variableEntries, ownVariable, ownType } = createNameMeanings(scopedUnits, names, guard, cache);

  const declaredGlobal = (name: string): Variable | undefined =>
    symbolVariable(name, { symbols: symbols(), names: names(), variables: variables(), threadLocals: threadLocalStorage().symbols });

  /** The unit that the code at `pc` was written in; `undefined`: none, or link-time optimization has inlined what was in another. */
  function sourceUnitAt(pc: bigint): Unit | undefined {
    const address = addressFromBigint(pc);
    const function_ = functionEntryAt(address);
    if (function_ === undefined) return undefined;
    const units = scopesByFunction(function_, address).map(([{ entry }]) => (withOrigins(entry).at(-1) ?? entry).unit);
    return units.every((unit) => unit === units[0]) ? units[0] : undefined;
  }
  /** The same, unless link-time optimization has its variables elsewhere. */
  function ownUnitAt(pc: bigint): Unit | undefined {
    const unit = sourceUnitAt(pc);
    return unit === functionEntryAt(addressFromBigint(pc))?.entry.unit ? unit : undefined;
  }
  /** By the scope that they stand in. */
  const scopedNames = once(() =>
    scopedUnits().length === 0 ? new Map<string, ReadonlyMap<string, ScopedName>>() : namesByScope(names().declarations()),
  );
  const surroundings = () => ({
    units: dwarf(),
    types: types(),
    callFrames,
    unwind,
    guard,
    threadLocals: threadLocals(),
    threadLocalStorage: threadLocalStorage(),
  });
  const variables = once(() => createVariableReader(surroundings()));

  const contentsAt = (address: Address, length: number): Uint8Array | undefined => {
    for (const segment of elf.segments) {
      const offset = address - addressFromBigint(segment.virtualAddress);
      if (offset >= 0 && offset < segment.fileSize) return segment.part(offset, Math.min(length, segment.fileSize - offset));
    }
    return undefined;
  };
  const instructionAt = (address: Address): number | undefined => {
    const contents = contentsAt(address, 4);
    return contents?.length === 4 ? new DataView(contents.buffer, contents.byteOffset, 4).getUint32(0, true) : undefined;
  };
  const byCallFrames = <Value>(read: (code: Code) => Value): Value | undefined =>
    guard(
      'a call frame',
      () => {
        try {
          return read({ callFrames: callFrames(), isCode, instructionAt });
        } catch (error) {
          if (error instanceof NotAvailable) return undefined;
          throw error;
        }
      },
      undefined,
    );
  const unwind = (frame: FrameContext): UnwoundFrame | undefined => byCallFrames((code) => unwindFrame(frame, code));

  const functionEntryAt = (pc: Address): FunctionEntry | undefined => dwarf().at(pc)?.functionAt(pc);

  const functionNames = cache.keepOf<Unit, number, string | undefined>((name) => 60 + (name?.length ?? 0));
  const functionNameOf = (entry: Entry): string | undefined => functionNames(entry.unit, entry.offset, () => functionName(entry, types()));

  /** Parameters and result may stand in different ones of the entries that describe it. */
  function typeOfFunction(entry: Entry): Type {
    const type = types().typeFrom(guard('a function', () => withParameters(entry), entry));
    const result = guard('a function', () => withOrigins(entry).find((origin) => hasAttribute(origin, c.DW_AT_type)), undefined);
    return type.kind === 'function' && result !== undefined ? { ...type, returns: () => types().typeOf(result) } : type;
  }

  const infos = cache.keepOf<Unit, number, FunctionInfo>(({ ranges }) => BYTES_OF_INFO + ranges.length * 100);
  const infoOf = (function_: FunctionEntry): FunctionInfo =>
    infos(function_.entry.unit, function_.entry.offset, () => createInfo(function_));
  const createInfo = (function_: FunctionEntry): FunctionInfo => {
    const { entry, low, ranges } = function_;
    return {
      name: guard('a function', () => functionNameOf(entry), undefined) ?? symbolNameAt(low) ?? '?',
      ranges: ranges.map((range) => ({ low: bigintFromAddress(range.low), high: bigintFromAddress(range.high) })),
      declaration: guard('a function', () => declarationOf(entry, dwarf()), undefined),
      type: () => typeOfFunction(entry),
      breakpointAddress: bigintFromAddress(breakpointAddress(function_)),
    };
  };
  const symbolInfo = ({ name, low, high }: CodeSymbol): FunctionInfo => ({
    name: sourceNameOf({ name, address: low }),
    ranges: [{ low: bigintFromAddress(low), high: bigintFromAddress(high) }],
    declaration: lines().locationAt(low),
    breakpointAddress: bigintFromAddress(low),
  });

  /** In C++ the linker's name of something is not the one that it has in the source. */
  const sourceNames = once(() => {
    const variables = names()
      .allVariables()
      .filter(({ unit }) => hasScopes(unit));
    return new Map(variables.map((entry) => [linkageName(entry), joined(scopeOf(entry), variableName(entry) ?? '')]));
  });
  const sourceNameOf = ({ name, address }: { readonly name: string; readonly address: Address }): string =>
    readLinkageName(name, (plain) => {
      const at = plain === name ? address : symbols().codeNamed(plain)[0]?.low;
      const function_ = at === undefined ? undefined : functionEntryAt(at);
      if (function_?.low === at && function_ !== undefined) return guard('a function', () => functionNameOf(function_.entry), undefined);
      return guard('variables', () => sourceNames().get(plain), undefined);
    });

  /** Of what the compiler makes itself debug information tells no name. */
  const symbolNameAt = (at: Address): string | undefined => {
    const symbol = symbols().functionAt(at);
    return symbol && sourceNameOf({ ...symbol, address: symbol.low });
  };

  /**
   * After the prologue, so that parameters can be read; at the entry in optimized code, whose variables are described from there on and
   * whose first statements may be anywhere.
   */
  function breakpointAddress({ entry, low, ranges }: FunctionEntry): Address {
    if (isAssembly(entry.unit)) return low;
    const high = ranges.find((range) => range.low <= low && low < range.high)?.high ?? low;
    const end = lines().prologueEnd(low, high);
    if (end === undefined || (!end.isMarked && guard('a function', () => hasLocationLists(entry.unit), false))) return low;
    return end.address;
  }

  /** The innermost function or inlined call around an address, as a key. */
  const instanceAt = (pc: Address): string => {
    const function_ = functionEntryAt(pc);
    if (function_ === undefined) return `symbol ${symbols().functionAt(pc)?.low ?? pc}`;
    const scope = guard('a function', () => scopesAt(function_, pc), []).findLast(({ isInlined }) => isInlined);
    return `entry ${scope?.entry.offset ?? function_.entry.offset}`;
  };

  /** One address per function or inlined call: where the line is first reached in it, behind the prologue. */
  function breakpointAddresses(statements: readonly Address[]): readonly bigint[] {
    const first = new Map<string, Address>();
    for (const address of statements) {
      const instance = instanceAt(address);
      if (!first.has(instance)) first.set(instance, address);
    }
    const addresses = new Set<Address>();
    for (const [instance, address] of first) {
      const function_ = functionEntryAt(address);
      const isEntry = function_?.low === address && instance === `entry ${function_.entry.offset}`;
      addresses.add(isEntry ? addressFromBigint(infoOf(function_).breakpointAddress) : address);
    }
    return [...addresses].sort((a, b) => a - b).map(bigintFromAddress);
  }

  function functionsNamed(name: string): readonly FunctionInfo[] {
    const found = new Map<bigint, FunctionInfo>();
    const add = (info: FunctionInfo) => found.set(info.breakpointAddress, info);
    for (const code of symbols().codeNamed(name)) {
      const function_ = functionEntryAt(code.low);
      if (function_ === undefined) add(symbolInfo(code));
      else add(function_.low === code.low ? infoOf(function_) : symbolInfo(code));
    }
    const wanted = pathOf(name);
    const meant = new Map<number, boolean>();
    const units = new Set([...names().functions(lastName(wanted)), ...names().functions(name)].map((entry) => dwarf().of(entry)));
    // What C++ calls a template has its arguments in its name.
    for (const unit of scopedUnits()) units.add(unit);
    for (const unit of units) guard('a function', () => addInstances(unit), undefined);
    if (units.size > 0) for (const unit of unitsWithOthers(found.size > 0)) guard('a function', () => addInstances(unit), undefined);
    return [...found.values()];

    /** Link-time optimization inlines functions of one unit into another. Of many units, all are looked into only if nothing has been found. */
    function unitsWithOthers(isFound: boolean): readonly CompilationUnit[] {
      const { list } = dwarf();
      if (list.length > MANY_UNITS) return isFound ? [] : list;
      return list.filter((unit) => !units.has(unit) && guard('a unit', () => inlinesOtherUnits(unit.unit), false));
    }

    /** One function is inlined by many calls. */
    function isMeant(entry: Entry): boolean {
      const known = meant.get(entry.offset) ?? isCalledSo(entry);
      meant.set(entry.offset, known);
      return known;
    }
    function isCalledSo(entry: Entry): boolean {
      const simple = nameOf(entry);
      if (simple === name) return true;
      // Most are not even called so: their scopes and parameters need not be looked at.
      if (simple === undefined || !simple.startsWith(lastName(wanted))) return false;
      return isNamed(wanted, namePath(functionNameOf(entry) ?? ''), inline());
    }

    function addInstances(unit: CompilationUnit | undefined): void {
      for (const function_ of unit?.functions() ?? []) {
        if (isMeant(function_.entry)) add(infoOf(function_));
        eachInlinedCall(function_.entry, isMeant, (ranges, origin) => {
          const low = bigintFromAddress(ranges[0].low);
          if (found.has(low)) return;
          add({
            name: functionNameOf(origin) ?? name,
            ranges: ranges.map((range) => ({ low: bigintFromAddress(range.low), high: bigintFromAddress(range.high) })),
            declaration: declarationOf(origin, dwarf()),
            type: () => typeOfFunction(origin),
            breakpointAddress: low,
          });
        });
      }
    }
  }

  /** Scopes around `pc`, cut into one list per (inlined) function, innermost first. */
  function scopesByFunction(function_: FunctionEntry, pc: Address): readonly (readonly Scope[])[] {
    const result: Scope[][] = [];
    for (const scope of scopesAt(function_, pc)) {
      if (scope.isInlined || result.length === 0) result.unshift([scope]);
      else result[0].push(scope);
    }
    return result;
  }

  function inlineChain(function_: FunctionEntry, pc: Address): readonly InlineFrame[] {
    let location = lines().locationAt(pc);
    return scopesByFunction(function_, pc).map(([scope]) => {
      const frame = {
        name: functionNameOf(scope.entry) ?? (scope.isInlined ? undefined : symbolNameAt(function_.low)) ?? '?',
        inlined: scope.isInlined,
        location,
      };
      location = scope.call && callLocation(scope.call, scope.entry);
      return frame;
    });
  }

  function callLocation(call: NonNullable<Scope['call']>, entry: Entry): SourceLocation | undefined {
    const path = dwarf().of(entry)?.lineHeader()?.files.path(call.file);
    if (path === undefined || call.line === 0) return undefined;
    return call.column === undefined || call.column === 0 ? { path, line: call.line } : { path, line: call.line, column: call.column };
  }

  return {
    path,
    entry: elf.entry,
    segments: elf.segments,
    isPositionIndependent: elf.isPositionIndependent,
    warnings,
    splitFiles: once(() => {
      // Only skeletons need it, and the units of some compilers.
      if (elf.contents('.debug_addr') === undefined) return [];
      const files = units().list.flatMap((unit) => guard('a unit', () => splitFileOf(unit), undefined) ?? []);
      return [...new Map(files.map((file) => [`${file.directory}\0${file.name}`, file])).values()];
    }),
    get hasDebugInformation() {
      return dwarf().list.length > 0;
    },
    get unitCount() {
      return dwarf().list.length;
    },

    sources: () => lines().sources(),
    sourcesNamed: (name) => lines().sourcesNamed(name),
    digestOf: (source) => lines().digestOf(source),
    sourceAt: (pc) => lines().locationAt(addressFromBigint(pc)),
    lineRangeAt: (pc) => lines().lineRangeAt(addressFromBigint(pc)),
    isStatementStart: (pc) => lines().isStatementStart(addressFromBigint(pc)),
    resolveLine(path, line) {
      const source = lines().matchSource(path);
      if (source === undefined) return undefined;
      const statements = lines().statementsOf(source);
      const actual = statements.has(line) ? line : nextLine(statements.keys(), line);
      if (actual === undefined) return undefined;
      return { line: actual, addresses: breakpointAddresses(statements.get(actual) ?? []) };
    },
    linesWithCode(path, first, last) {
      const source = lines().matchSource(path);
      const statements = source === undefined ? [] : lines().statementsOf(source).keys();
      return [...statements].filter((line) => first <= line && line <= last).sort((a, b) => a - b);
    },

    functionAt(pc) {
      const address = addressFromBigint(pc);
      const function_ = functionEntryAt(address);
      if (function_ !== undefined) return infoOf(function_);
      const symbol = symbols().functionAt(address);
      return symbol && symbolInfo(symbol);
    },
    functionsNamed,
    scopeAt(pc, inlineDepth = 0) {
      const address = addressFromBigint(pc);
      const function_ = functionEntryAt(address);
      if (function_ === undefined || !guard('a unit', () => hasScopes(function_.entry.unit), false)) return '';
      return guard('a function', () => scopeOf(scopesByFunction(function_, address)[inlineDepth]?.[0].entry ?? function_.entry), '');
    },
    isCPlusPlusAt(pc) {
      const function_ = functionEntryAt(addressFromBigint(pc));
      return (
        function_ !== undefined && guard('a unit', () => isCPlusPlus((withOrigins(function_.entry).at(-1) ?? function_.entry).unit), false)
      );
    },
    templateArgumentAt(pc, name, inlineDepth = 0) {
      const address = addressFromBigint(pc);
      const function_ = functionEntryAt(address);
      if (function_ === undefined || !guard('a unit', () => hasScopes(function_.entry.unit), false)) return undefined;
      return guard(
        'a template',
        () => {
          const entry = scopesByFunction(function_, address)[inlineDepth]?.[0].entry ?? function_.entry;
          const { parts } = namePath(scopeOf(entry));
          const classes = parts.map((_, index) => scopedType(`::${parts.slice(0, parts.length - index).join('::')}`, entry.unit));
          for (const owner of [...withOrigins(entry), ...classes]) {
            const parameter = owner && templateParameters(owner).find((candidate) => nameOf(candidate) === name);
            if (parameter?.tag === c.DW_TAG_template_type_parameter) return { kind: 'type' as const, type: types().typeOf(parameter) };
            if (parameter) return { kind: 'value' as const, variable: variables().globalFrom(parameter) };
          }
          return undefined;
        },
        undefined,
      );
    },
    inlineChainAt(pc) {
      const address = addressFromBigint(pc);
      const function_ = functionEntryAt(address);
      const chain = function_ && guard('a function', () => inlineChain(function_, address), undefined);
      if (chain !== undefined) return chain;
      const symbol = symbols().functionAt(address);
      return symbol === undefined
        ? []
        : [{ name: sourceNameOf({ ...symbol, address: symbol.low }), inlined: false, location: lines().locationAt(address) }];
    },
    symbolAt(address) {
      const at = addressFromBigint(address);
      const symbol = symbols().at(at);
      return symbol && { name: sourceNameOf(symbol), offset: BigInt(at - symbol.address) };
    },
    contentsAt: (address, length) => contentsAt(addressFromBigint(address), length),
    symbol(name) {
      const symbol = symbols().named(name)[0];
      return symbol && { address: bigintFromAddress(symbol.address), size: symbol.size };
    },
    symbols: once(() =>
      symbols()
        .all()
        .map(({ name, address, size, kind }) => ({ name, address: bigintFromAddress(address), size, kind })),
    ),

    variablesAt(pc, inlineDepth = 0) {
      const address = addressFromBigint(pc);
      const function_ = functionEntryAt(address);
      if (function_ === undefined) return [];
      return guard('a function', () => {
        const scopes = scopesByFunction(function_, address)[inlineDepth];
        return scopes === undefined ? [] : variables().variablesIn(scopes, function_);
      }, []);
    },
    global(name, pc) {
      return guard(
        'a variable',
        () => {
          const own = pc === undefined ? undefined : ownVariable(name, ownUnitAt(pc));
          if (own !== undefined) return variables().globalFrom(own);
          let chosen: Entry | undefined;
          for (const entry of variableEntries(name)) {
            // Of one name in several namespaces or classes none is meant more than the others.
            if (chosen !== undefined && scopeOf(chosen) !== scopeOf(entry)) return undefined;
            if (chosen === undefined || (isExternal(entry) && !isExternal(chosen))) chosen = entry;
            if (isExternal(entry) && scopedUnits().length === 0) break;
          }
          return chosen === undefined ? declaredGlobal(name) : variables().globalFrom(chosen);
        },
        undefined,
      );
    },
    globalsNamed: (name) => guard('variables', () => [...variableEntries(name)].map(variables().globalFrom), []),
    globals: () => guard('variables', () => names().allVariables().map(variables().globalFrom), []),
    namesIn(scope) {
      const wanted = pathOf(scope);
      const isThere = (full: string): boolean => (scope === '' || full === '' ? scope === full : isNamed(wanted, namePath(full), inline()));
      // What a namespace holds that has no name or is inline is found as if it stood around it.
      const isMeant = (full: string): boolean =>
        isThere(full) ||
        isThere(full.replace(/(?:^|::)\(anonymous namespace\)$/, '')) ||
        (inline().has(full) && isThere(full.replace(/(?:^|::)[^:]+$/, '')));
      return guard('names', () => [...scopedNames()].flatMap(([full, names]) => (isMeant(full) ? [...names.values()] : [])), []);
    },
    typeNamed(name, pc) {
      const key = canonicalBaseName(name);
      if (key === 'void') return VOID;
      return guard(
        'a type',
        () => {
          const tagged = /^(?:struct|class|union|enum) (.*)$/.exec(key);
          const unit = pc === undefined ? undefined : sourceUnitAt(pc);
          const plain = key.includes('::') ? undefined : (ownType(key, unit) ?? names().type(key));
          // A typedef of a namespace is only meant where nothing nearer has its name.
          const isNearest = plain !== undefined && scopeOf(plain) === '';
          const entry = isNearest || isBaseName(key) ? plain : (scopedType(tagged?.[1] ?? key, unit) ?? plain);
          return entry === undefined ? builtInTypes.get(key) : types().typeFrom(entry);
        },
        undefined,
      );
    },

    enumerator(name) {
      return guard(
        'an enumeration',
        () => {
          const path = pathOf(name);
          const plain = lastName(path);
          for (const entry of names().enumerationsWith(plain)) {
            const type = types().typeFrom(entry);
            if (type.kind !== 'enum') continue;
            const found = type.enumerators().find((candidate) => candidate.name === plain);
            const scopes = [type.enumeratorScope ?? '', ...(type.isScoped && type.name !== undefined ? [type.name] : [])];
            if (found && scopes.some((scope) => isNamed(path, namePath(joined(scope, plain)), inline())))
              return { type, value: found.value };
          }
          return undefined;
        },
        undefined,
      );
    },

    unwind,
    callerRegisters: (frame) => byCallFrames((code) => registersOutside(frame, code)),
    hasCallFrameInformation: (pc) => callFrames().descriptionAt(addressFromBigint(pc)) !== undefined,
  };
}

function nextLine(lines: Iterable<number>, after: number): number | undefined {
  let next: number | undefined;
  for (const line of lines) if (line > after && (next === undefined || line < next)) next = line;
  return next;
}

const isAssembly = (unit: Unit): boolean => readNumber(unit.root.entry, c.DW_AT_language) === c.DW_LANG_Mips_Assembler;
