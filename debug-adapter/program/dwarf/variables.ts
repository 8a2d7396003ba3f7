import { type Address, addressFromBigint, type AddressRange, bigintFromAddress } from '../addresses.ts';
import { type FrameContext, type FrameRegisters, type Location, MANY_UNITS, type UnwoundFrame, type Variable } from '../program.ts';
import type { ThreadLocalSymbol } from '../symbol-table.ts';
import type { ThreadLocalStorage } from '../thread-local-storage.ts';
import { typeSize } from '../types-of.ts';
import type { Type } from '../types.ts';
import { computeCfa } from '../unwind.ts';
import type { CallFrames } from './call-frames.ts';
import { callSiteAt, type PassedParameter } from './call-sites.ts';
import { type CompilationUnits, declarationOf, type Guard, once } from './compilation-units.ts';
import * as c from './constants.ts';
import {
  children,
  type Entry,
  type Expression,
  hasAttribute,
  inherited,
  isExternal,
  nameOf,
  readConstant,
  readExpression,
  readFlag,
  readReference,
  readString,
  walk,
  withOrigins,
  withPacks,
} from './entries.ts';
import {
  bigintFromBytes,
  bytesFromBigint,
  evaluateLocation,
  evaluateValue,
  type ExpressionContext,
  locationOfLost,
  NotAvailable,
  readMemory,
  registerNamedBy,
} from './expressions.ts';
import { type FunctionEntry, placesOtherUnits, type Scope } from './functions.ts';
import { expressionAt, readLocationAttribute } from './location-lists.ts';
import { linkageName, variableName } from './qualified-names.ts';
import { rangesOf } from './ranges.ts';
import { Reader } from './reader.ts';
import type { ThreadLocals } from './thread-locals.ts';
import type { TypeReader } from './types.ts';

export interface VariableReader {
  /** Of the scopes of one (inlined) function, from the outside in. */
  variablesIn(scopes: readonly Scope[], function_: FunctionEntry): readonly Variable[];
  globalFrom(entry: Entry): Variable;
  /** One that is declared only, and that the linker has placed. */
  globalAt(entry: Entry, address: Address): Variable;
  /** One that is declared only, or (without `entry`) not even that, and that each thread has its own of. */
  threadLocalFrom(entry: Entry | undefined, symbol: ThreadLocalSymbol): Variable;
}

export interface VariableSurroundings {
  readonly units: CompilationUnits;
  readonly types: TypeReader;
  readonly callFrames: () => CallFrames;
  readonly unwind: (frame: FrameContext) => UnwoundFrame | undefined;
  readonly guard: Guard;
  readonly threadLocals: ThreadLocals;
  readonly threadLocalStorage: ThreadLocalStorage;
}

export function createVariableReader({
  units,
  types,
  callFrames,
  unwind,
  guard,
  threadLocals,
  threadLocalStorage,
}: VariableSurroundings): VariableReader {
  const typeOf = (entry: Entry): Type => types.typeOf(withOrigins(entry).find((origin) => hasAttribute(origin, c.DW_AT_type)) ?? entry);

  const variableFrom = (
    entry: Entry,
    kind: Variable['kind'],
    depth: number,
    function_: FunctionEntry | undefined,
    code: readonly AddressRange[] | undefined,
  ): Variable => {
    const type = guard('a variable', () => typeOf(entry), { kind: 'void' });
    return {
      name: (kind === 'global' ? variableName(entry) : nameOf(entry)) ?? '',
      kind,
      type,
      depth,
      declaration: declarationOf(entry, units),
      typeIn: (frame) => types.inFrame(type, (subrange, attribute) => boundIn(subrange, attribute, function_, frame)),
      locate: (frame) => guard('a variable', () => locate(entry, type, function_, frame, code), { kind: 'optimized-out' }),
    };
  };

  /** @param code of the function, or of a call of it that is inlined */
  function locate(
    entry: Entry,
    type: Type,
    function_: FunctionEntry | undefined,
    frame: FrameContext,
    code: readonly AddressRange[] | undefined = function_?.ranges,
  ): Location {
    const value = inherited(entry, (origin) => constantBytes(origin, type));
    if (value !== undefined) return { kind: 'value', bytes: value };
    const location = inherited(entry, (origin) => readLocationAttribute(origin, c.DW_AT_location)) ?? placedElsewhere(entry);
    if (location === undefined) return placeOfUndescribed(entry, type, function_, code, frame);
    const expression = expressionAt(location, addressFromBigint(frame.pc));
    if (expression === undefined) return { kind: 'optimized-out' };
    return trimmed(
      whereAvailable(() => evaluateLocation(expression, contextOf(frame, function_))),
      type,
    );
  }

  /** Thread-local, or gone. @param code where a variable of a function is around */
  function placeOfUndescribed(
    entry: Entry,
    type: Type,
    function_: FunctionEntry | undefined,
    code: readonly AddressRange[] | undefined,
    frame: FrameContext,
  ): Location {
    const [symbol, ...others] = threadLocals.symbolsOf(entry, typeSize(type), code && { ranges: code, frame });
    if (others.length > 0)
      return { kind: 'unplaced', why: { kind: 'several-symbols', symbols: [symbol, ...others].map(({ name }) => name) } };
    if (symbol !== undefined) return whereAvailable(() => threadLocalAt(BigInt(symbol.offset), frame, function_));
    const control = threadLocals.emulatedBy(entry, function_);
    return locationOfLost(control === undefined ? undefined : { kind: 'emulated', control });
  }
  const threadLocalAt = (offset: bigint, frame: FrameContext, function_: FunctionEntry | undefined): Location => ({
    kind: 'memory',
    address: threadLocalStorage.addressOf(offset, frame, rangesAround(frame, function_)),
  });
  /** Of what the frame executes, whatever function the variable is of. */
  const rangesAround = ({ pc }: FrameContext, function_: FunctionEntry | undefined): readonly AddressRange[] =>
    function_?.ranges ?? units.at(addressFromBigint(pc))?.functionAt(addressFromBigint(pc))?.ranges ?? [];

  /** Link-time optimization tells where static variables of functions are in a copy of the function that has no code. */
  const placed = once(() => {
    const found = new Map<number, Entry>();
    for (const { unit } of units.list.length > MANY_UNITS ? [] : units.list)
      guard(
        'variables',
        () => {
          if (!placesOtherUnits(unit)) return;
          for (const copy of children(unit.root.entry)) {
            if (copy.tag !== c.DW_TAG_subprogram || rangesOf(copy).length > 0) continue;
            const note = (entry: Entry): void => {
              const original = readReference(entry, c.DW_AT_abstract_origin);
              if (original !== undefined && hasAttribute(entry, c.DW_AT_location)) found.set(original.offset, entry);
            };
            walk(copy, note, isVariable);
          }
        },
        undefined,
      );
    return found;
  });
  function placedElsewhere(entry: Entry): ReturnType<typeof readLocationAttribute> {
    for (const { offset } of withOrigins(entry)) {
      const elsewhere = placed().get(offset);
      if (elsewhere !== undefined) return readLocationAttribute(elsewhere, c.DW_AT_location);
    }
    return undefined;
  }

  /** §5.13: an expression, or a variable that holds it. */
  function boundIn(subrange: Entry, attribute: number, function_: FunctionEntry | undefined, frame: FrameContext): bigint | undefined {
    const constant = readConstant(subrange, attribute);
    if (constant !== undefined) return BigInt.asIntN(64, constant.value);
    const variable = readReference(subrange, attribute);
    if (variable !== undefined) return integerAt(locate(variable, typeOf(variable), function_, frame), typeOf(variable), frame);
    const expression = readExpression(subrange, attribute);
    if (expression === undefined) return undefined;
    return unlessGone(() => BigInt.asIntN(64, evaluateValue(expression, contextOf(frame, function_))));
  }

  function contextOf(frame: FrameContext, function_: FunctionEntry | undefined): ExpressionContext {
    const context: ExpressionContext = {
      registers: frame.registers,
      memory: frame.memory,
      ...(frame.loadOffset === undefined ? {} : { loadOffset: frame.loadOffset }),
      cfa: () => frame.cfa ?? computeCfa(frame, callFrames()),
      frameBase() {
        const attribute = function_ && readLocationAttribute(function_.entry, c.DW_AT_frame_base);
        const expression = attribute && expressionAt(attribute, addressFromBigint(frame.pc));
        if (expression === undefined) throw new NotAvailable();
        return evaluateValue(expression, { ...context, frameBase: notAvailable });
      },
      entryValue(expression) {
        if (function_ !== undefined && addressFromBigint(frame.pc) === function_.low) return evaluateValue(expression, context);
        return passed(({ location }) => location !== undefined && areEqual(location, expression), frame, function_);
      },
      passedValue(entry) {
        const offsets = new Set(withOrigins(entry).map(({ offset }) => offset));
        const isIt = (parameter: Entry) => withOrigins(parameter).some(({ offset }) => offsets.has(offset));
        return passed(({ parameter }) => parameter !== undefined && isIt(parameter), frame, function_);
      },
      located(find) {
        const read = (): Location => {
          const entry = find();
          return locate(entry, typeOf(entry), function_, frame);
        };
        return guard('an object', read, { kind: 'optimized-out' });
      },
      threadLocal: (offset) => threadLocalStorage.addressOf(offset, frame, rangesAround(frame, function_)),
    };
    return context;
  }

  /** §2.5.1.7: what the caller passed, by the description of its call. Only where it is sure that this call entered this function. */
  function passed(isIt: (parameter: PassedParameter) => boolean, frame: FrameContext, function_: FunctionEntry | undefined): bigint {
    const unwound = unwind(frame);
    const caller = unwound && { ...unwound, pc: unwound.pc - (frame.loadOffset ?? 0n) };
    const returnAddress = caller && addressFromBigint(caller.pc);
    const callerFunction = returnAddress === undefined ? undefined : units.at(returnAddress - 1)?.functionAt(returnAddress - 1);
    if (caller === undefined || returnAddress === undefined || callerFunction === undefined || function_ === undefined)
      throw new NotAvailable();
    const call = callSiteAt(callerFunction.entry, returnAddress);
    const callerFrame: FrameContext = {
      registers: withKept(frame.registers, caller.registers),
      memory: frame.memory,
      pc: caller.interrupted ? caller.pc : caller.pc - 1n,
      ...(frame.loadOffset === undefined ? {} : { loadOffset: frame.loadOffset }),
    };
    const callerContext = contextOf(callerFrame, callerFunction);
    if (call === undefined) throw new NotAvailable();
    const isThisFunction =
      call.origin === undefined
        ? call.target !== undefined &&
          evaluateValue(call.target, callerContext) - (frame.loadOffset ?? 0n) === bigintFromAddress(function_.low)
        : isSameFunction(call.origin, function_.entry);
    const parameter = isThisFunction ? call.parameters.find(isIt) : undefined;
    if (parameter === undefined) throw new NotAvailable();
    return evaluateValue(parameter.value, callerContext);
  }

  const globalFrom = (entry: Entry): Variable => variableFrom(entry, 'global', 0, undefined, undefined);

  return {
    variablesIn(scopes, function_) {
      const [around] = scopes;
      const code = around?.isInlined ? rangesOf(around.entry) : function_.ranges;
      return scopes
        .flatMap(({ entry }, depth) =>
          numbered(variableEntries(entry), ({ child, isOfLostBlock }) =>
            variableFrom(child, kindOf(child), isOfLostBlock ? LOST_BLOCK : depth, function_, code),
          ),
        )
        .filter(({ name }) => name !== '');
    },
    globalFrom,
    globalAt(entry, address) {
      const linked = bigintFromAddress(address);
      return {
        ...globalFrom(entry),
        locate: ({ loadOffset = 0n }) => ({ kind: 'memory', address: BigInt.asUintN(64, linked + loadOffset) }),
      };
    },
    threadLocalFrom(entry, symbol) {
      const type = unsignedOfSize(symbol.size);
      const plain: Omit<Variable, 'locate'> = { name: symbol.name, kind: 'global', type, depth: 0, typeIn: () => type };
      return {
        ...(entry === undefined ? plain : globalFrom(entry)),
        locate: (frame) => whereAvailable(() => threadLocalAt(BigInt(symbol.offset), frame, undefined)),
      };
    },
  };
}

/** What there is to say of data that nobody describes: an integer of its size. */
function unsignedOfSize(size: number): Type {
  const name = { 1: 'unsigned char', 2: 'unsigned short', 4: 'unsigned int', 8: 'unsigned long' }[size];
  return name === undefined ? { kind: 'void' } : { kind: 'base', name, size, encoding: size === 1 ? 'unsigned-char' : 'unsigned' };
}

/** A call's description names only registers that the called function leaves alone, X0-X17 too where the compiler knows (gcc -fipa-ra). */
function withKept(inside: FrameRegisters, outside: FrameRegisters): FrameRegisters {
  const registers = new Map(outside);
  for (let register = 0; register < 18; register++) {
    const value = registers.has(register) ? undefined : inside.get(register);
    if (value !== undefined) registers.set(register, value);
  }
  return registers;
}

const notAvailable = (): never => {
  throw new NotAvailable();
};

const isVariable = ({ tag }: Pick<Entry, 'tag'>): boolean => tag === c.DW_TAG_formal_parameter || tag === c.DW_TAG_variable;

const kindOf = ({ tag }: Entry): Variable['kind'] => (tag === c.DW_TAG_formal_parameter ? 'parameter' : 'local');

interface Declared {
  readonly child: Entry;
  readonly isOfLostBlock: boolean;
  /** C++: gcc has it inside an entry for a parameter pack. */
  readonly isOfPack: boolean;
}

/** A depth below that of the function: nobody knows where such a block was, so nothing that is known to be around may be hidden by it. */
const LOST_BLOCK = -1;

/**
 * Parameters and variables that a scope declares, in the order of the source. A copy of an inlined or specialized function leaves out
 * those that it has no use for; they are taken from the original, to be shown as optimized out.
 */
function variableEntries(scope: Entry): readonly Declared[] {
  const own = [...withPacks(scope)].flatMap((found): readonly Declared[] => {
    const { child } = found;
    if (isVariable(child)) return readFlag(child, c.DW_AT_declaration) ? [] : [{ ...found, isOfLostBlock: false }];
    // Its code is gone, and with it the place where it would be around.
    const isLost = child.tag === c.DW_TAG_lexical_block && rangesOf(child).length === 0;
    return isLost ? variableEntries(child).map((inside) => ({ ...inside, isOfLostBlock: true })) : [];
  });
  const original = readReference(scope, c.DW_AT_abstract_origin);
  if (original === undefined) return own;
  const present = new Set<number>();
  const note = (entry: Entry): void => {
    // What a block of its own has lost is told where that is.
    if (entry.offset !== scope.offset) for (const { offset } of withOrigins(entry)) present.add(offset);
  };
  walk(scope, note, (abbreviation) => isVariable(abbreviation) || abbreviation.tag === c.DW_TAG_lexical_block);
  const missing = declaredIn(original, false, present).filter(({ child }) => !readFlag(child, c.DW_AT_declaration));
  const declaredAt = ({ child }: Declared): number => withOrigins(child).at(-1)?.offset ?? child.offset;
  return [...own, ...missing].sort((a, b) => declaredAt(a) - declaredAt(b));
}

/** Variables of a scope and of the blocks inside of it, but for those that are `present`: a copy may have lost a block altogether. */
const declaredIn = (scope: Entry, isOfLostBlock: boolean, present: ReadonlySet<number>): readonly Declared[] =>
  [...withPacks(scope)]
    .filter(({ child }) => !present.has(child.offset))
    .flatMap((found) => {
      const { child } = found;
      if (isVariable(child)) return [{ ...found, isOfLostBlock }];
      return child.tag === c.DW_TAG_lexical_block ? declaredIn(child, true, present) : [];
    });

/**
 * Parameters of a pack have one name, or (of gcc) none: they are numbered as compilers number them, `args#0`, `args#1`.
 * @param declared those of one scope
 */
function numbered(declared: readonly Declared[], read: (declared: Declared) => Variable): readonly Variable[] {
  const counts = new Map<string, number>();
  const variables = declared.map(read);
  for (const { kind, name } of variables) if (kind === 'parameter') counts.set(name, (counts.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return variables.map((variable, index) => {
    const { kind, name } = variable;
    const isOfPack = kind === 'parameter' && (name === '' ? declared[index].isOfPack : (counts.get(name) ?? 0) > 1);
    if (!isOfPack) return variable;
    const number = seen.get(name) ?? 0;
    seen.set(name, number + 1);
    return { ...variable, name: `${name === '' ? UNNAMED_PACK : name}#${number}` };
  });
}
const UNNAMED_PACK = 'pack';

function whereAvailable(locate: () => Location): Location {
  try {
    return locate();
  } catch (error) {
    if (error instanceof NotAvailable) return locationOfLost(error.why);
    throw error;
  }
}

function unlessGone<Value>(compute: () => Value): Value | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof NotAvailable) return undefined;
    throw error;
  }
}

/** Signed, as the compilers' own variables for lengths are. */
function integerAt(location: Location, type: Type, { memory, registers }: FrameContext): bigint | undefined {
  const size = typeSize(type) ?? 8;
  const value = (): bigint | undefined => {
    if (location.kind === 'value') return bigintFromBytes(location.bytes);
    if (location.kind === 'register') return registers.get(location.register);
    return location.kind === 'memory' ? bigintFromBytes(readMemory(memory, location.address, size)) : undefined;
  };
  const found = unlessGone(value);
  return found === undefined ? undefined : BigInt.asIntN(size * 8, found);
}

/**
 * A computed value has the width of the computation, 64 bits mostly; the variable is the low part of it. One piece is all of the variable
 * if it is as large.
 */
function trimmed(described: Location, type: Type): Location {
  const size = typeSize(type);
  const [piece] = described.kind === 'pieces' && described.pieces.length === 1 ? described.pieces : [];
  const isWhole = piece !== undefined && piece.skip === 0 && piece.bits >= (size ?? Infinity) * 8;
  const location = isWhole ? piece.location : described;
  if (location.kind !== 'value' || size === undefined || location.bytes.length <= size) return location;
  return { kind: 'value', bytes: location.bytes.subarray(0, size) };
}

/** DW_AT_const_value as it would stand in memory. */
function constantBytes(entry: Entry, type: Type): Uint8Array | undefined {
  if (!hasAttribute(entry, c.DW_AT_const_value)) return undefined;
  const size = typeSize(type) ?? 8;
  const constant = readConstant(entry, c.DW_AT_const_value);
  if (constant !== undefined) return bytesFromBigint(constant.value, Math.min(size, 16));
  const block = readExpression(entry, c.DW_AT_const_value);
  if (block !== undefined) return new Reader(block.section, block.offset).bytes(block.length);
  const text = readString(entry, c.DW_AT_const_value);
  return text === undefined ? undefined : new TextEncoder().encode(`${text}\0`);
}

function isSameFunction(origin: Entry, function_: Entry): boolean {
  const called = new Set(withOrigins(origin).map(({ offset }) => offset));
  if (withOrigins(function_).some(({ offset }) => called.has(offset))) return true;
  // A declaration in another unit is the same function if both are visible to the linker, by the name that it knows.
  return isExternal(origin) && isExternal(function_) && linkerNameOf(origin) === linkerNameOf(function_);
}

const linkerNameOf = (entry: Entry): string | undefined => linkageName(entry) ?? nameOf(entry);

/** The same register, or the same expression. */
function areEqual(a: Expression, b: Expression): boolean {
  const register = registerNamedBy(a);
  if (register !== undefined) return register === registerNamedBy(b);
  const bytesOf = ({ section, offset, length }: Expression) => new Reader(section, offset).bytes(length);
  const [left, right] = [bytesOf(a), bytesOf(b)];
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
