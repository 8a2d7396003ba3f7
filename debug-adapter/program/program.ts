import type { Type } from './types.ts';

/** Bytes of the guest as seen from the frame being looked at. Returns fewer bytes than asked for where memory ends. */
export type MemoryReader = (address: bigint, length: number) => Uint8Array;

/** DWARF register number (AADWARF64: 0-30 X, 31 SP, 32 PC, 33 ELR_mode, 34 RA_SIGN_STATE, 35-39 thread ID registers, 64-95 V) → value; absent = not known in this frame. */
export type FrameRegisters = ReadonlyMap<number, bigint>;

export interface SourceLocation {
  /** As recorded in the line table, directory joined. */
  readonly path: string;
  readonly line: number;
  /** 1-based; absent = the whole line. */
  readonly column?: number;
}

export interface FunctionInfo {
  readonly name: string;
  /** Half-open range that contains its entry point; functions split into parts list them all. */
  readonly ranges: readonly { readonly low: bigint; readonly high: bigint }[];
  readonly declaration?: SourceLocation;
  /** Parameters and result; absent without debug information. */
  readonly type?: () => Type;
  /** Address to stop at on a function breakpoint: the first statement after the prologue. */
  readonly breakpointAddress: bigint;
}

/** One entry of the inline chain at an address, innermost first; the last one is the real function. */
export interface InlineFrame {
  readonly name: string;
  readonly inlined: boolean;
  /** Where execution is in this frame: for the innermost the address's line, for outer ones the call site. */
  readonly location?: SourceLocation;
}

export interface Variable {
  readonly name: string;
  readonly kind: 'parameter' | 'local' | 'global';
  readonly type: Type;
  /** Lexical nesting, 0 = function level; an inner one hides an outer one of the same name. Negative: of a block that optimization has lost, which hides nothing. */
  readonly depth: number;
  readonly declaration?: SourceLocation;
  /** Its type with the lengths that variable length arrays have in this frame; {@link type} where there are none. */
  typeIn(frame: FrameContext): Type;
  /** Where it lives in this frame. */
  locate(frame: FrameContext): Location;
}

export interface FrameContext {
  readonly registers: FrameRegisters;
  readonly memory: MemoryReader;
  /** Where what holds is looked up: for a frame that waits for a call to return, its return address - 1, since that may belong to the next function, line or scope. */
  readonly pc: bigint;
  /** Canonical frame address of this frame, if known already; computed otherwise. */
  readonly cfa?: bigint;
  /** How far from where it was linked the image is loaded: added to the addresses that locations name. Absent: 0. */
  readonly loadOffset?: bigint;
}

export type Location =
  | { readonly kind: 'memory'; readonly address: bigint }
  | { readonly kind: 'register'; readonly register: number }
  /** DW_OP_stack_value, DW_AT_const_value, DW_OP_implicit_value: has bytes but no place. */
  | { readonly kind: 'value'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] }
  /** DW_OP_implicit_pointer: a pointer that has no value, `offset` bytes into an object that may have no address. */
  | { readonly kind: 'implicit-pointer'; readonly target: () => Location; readonly offset: number }
  | { readonly kind: 'optimized-out' }
  /** It exists, but has no address, or none that can be told. */
  | { readonly kind: 'unplaced'; readonly why: Unplaced };

/** Why a thread-local variable has no address. Registers by the Arm ARM's names. */
export type Unplaced =
  /** The thread pointer is 0, or the target does not tell it. */
  | { readonly kind: 'no-thread'; readonly register: string }
  /** Code finds thread-local variables by more than one register, this one `offset` bytes behind one of them. */
  | { readonly kind: 'several-thread-pointers'; readonly registers: readonly string[]; readonly offset: bigint }
  /** It is one of these symbols. */
  | { readonly kind: 'several-symbols'; readonly symbols: readonly string[] }
  /** A dynamic linker decides. */
  | { readonly kind: 'shared-object' }
  /** A library decides, by the object of this name. */
  | { readonly kind: 'emulated'; readonly control: string };

/** DW_OP_piece, DW_OP_bit_piece: so many bits from bit `skip` of what `location` says, behind those of the pieces before. */
export interface Piece {
  readonly bits: number;
  readonly skip: number;
  readonly location: Location;
}

export interface ScopedName {
  readonly name: string;
  readonly kind: 'scope' | 'type' | 'function' | 'variable' | 'enumerator';
}

/** The caller's state, one call up. `undefined` where the chain ends. */
export interface UnwoundFrame {
  readonly registers: FrameRegisters;
  readonly pc: bigint;
  /** CFA of the frame that was unwound (not of this one). */
  readonly cfa: bigint;
  /** The unwound frame is a signal frame (CIE augmentation `S`): it interrupted its caller, so `pc` is an instruction yet to be executed, not one after a call. */
  readonly interrupted?: boolean;
}

/** Where a line breakpoint really goes. */
export interface ResolvedLine {
  /** The line that has code: the asked-for one, or the next one of the same file that has. */
  readonly line: number;
  readonly addresses: readonly bigint[];
}

/** One image (ELF) with its debug information. Reads lazily; never touches files or the machine. Throws {@link ProgramError} only from {@link openProgram}. */
export type TemplateArgument = { readonly kind: 'type'; readonly type: Type } | { readonly kind: 'value'; readonly variable: Variable };

export interface Program {
  readonly path: string;
  readonly entry: bigint;
  /** PT_LOAD segments, with file bytes; `memorySize` ≥ bytes.length (the rest is zero). */
  readonly segments: readonly {
    readonly physicalAddress: bigint;
    readonly virtualAddress: bigint;
    readonly bytes: Uint8Array;
    readonly memorySize: number;
    readonly flags: number;
  }[];
  /** Linked to run anywhere (ET_DYN). */
  readonly isPositionIndependent: boolean;
  /** Files with debug information that the compiler has left beside the object files (-gsplit-dwarf), and that the program was opened without. */
  splitFiles(): readonly { readonly name: string; readonly directory: string }[];
  readonly hasDebugInformation: boolean;
  /** Compilation units: how much there is to read for questions about all of it. */
  readonly unitCount: number;
  /** Notes on debug information that is damaged and therefore left out; grows as more of it is read. */
  readonly warnings: readonly string[];

  /** Source files that have code, paths as in {@link SourceLocation}. */
  sources(): readonly string[];
  /** Those of {@link sources} whose file name, without folders, is this one in upper or lower case: without a look at the others. */
  sourcesNamed(name: string): readonly string[];
  /** MD5 in hexadecimal of a source as it was compiled; `undefined` where the compiler has not noted it (DWARF 5 §6.2.4.1, DW_LNCT_MD5). */
  digestOf(path: string): string | undefined;
  sourceAt(pc: bigint): SourceLocation | undefined;
  /** [low, high) of the run of line-table rows around `pc` that belong to the same source line: what a line step must leave. */
  lineRangeAt(pc: bigint): { readonly low: bigint; readonly high: bigint } | undefined;
  /** `true` if a line-table row with is_stmt starts exactly here. */
  isStatementStart(pc: bigint): boolean;
  /** `undefined` if neither this line nor a later one of the file has code. */
  resolveLine(path: string, line: number): ResolvedLine | undefined;
  /** Lines of a file that have code, ascending, within [first, last]. */
  linesWithCode(path: string, first: number, last: number): readonly number[];

  functionAt(pc: bigint): FunctionInfo | undefined;
  /** In C++ also by a part of the name: `write`, `Port::write`, `hw::uart::Port::write(int)`. */
  functionsNamed(name: string): readonly FunctionInfo[];
  /** The namespaces and classes that the (inlined) function at `pc` stands in, `hw::uart::Port`; '' in C. */
  scopeAt(pc: bigint, inlineDepth?: number): string;
  /** Whether the code is C++: comparisons are of type `bool` there, and `and`, `not` … are operators. */
  isCPlusPlusAt(pc: bigint): boolean;
  inlineChainAt(pc: bigint): readonly InlineFrame[];
  /** Nearest ELF symbol at or below an address, within its size (or the section when it has none). */
  symbolAt(address: bigint): { readonly name: string; readonly offset: bigint } | undefined;
  symbol(name: string): { readonly address: bigint; readonly size: number } | undefined;
  /** Bytes of the file for an address, as many as it has there up to `length`; `undefined`: none. */
  contentsAt(address: bigint, length: number): Uint8Array | undefined;
  symbols(): readonly {
    readonly name: string;
    readonly address: bigint;
    readonly size: number;
    readonly kind: 'function' | 'object' | 'other';
  }[];

  /** Parameters and locals visible at `pc`, of the innermost inline frame first (`inlineDepth` 0) or an outer one. */
  variablesAt(pc: bigint, inlineDepth?: number): readonly Variable[];
  /** C++: what a parameter of the template means that the function is made of, or the class that it stands in; `undefined`: none is called so. */
  templateArgumentAt(pc: bigint, name: string, inlineDepth?: number): TemplateArgument | undefined;
  /**
   * In C++ with scopes before it or without; `::name` is at file scope. So for types and enumerators.
   * @param pc code whose own file is asked first: what that has of the name is meant, even if optimization has done away with it
   */
  global(name: string, pc?: bigint): Variable | undefined;
  /** All of that name: each file may have a static one. */
  globalsNamed(name: string): readonly Variable[];
  globals(): readonly Variable[];
  /** By name: `hw::uart::Port`, `struct node`, `enum state`, `uint64_t`, `unsigned long`. */
  typeNamed(name: string, pc?: bigint): Type | undefined;
  /** What stands in a namespace or class, or is an enumerator of an enum, by a name as in {@link global}; '': at file scope. Empty in C. */
  namesIn(scope: string): readonly ScopedName[];
  /** An enumerator of any enum type, anonymous ones too: the names that stand for constants in expressions. */
  enumerator(name: string): { readonly type: Type; readonly value: bigint } | undefined;

  /** By CFI; `undefined` when no CFI covers `pc` or the outermost frame is reached (return address undefined). */
  unwind(frame: FrameContext): UnwoundFrame | undefined;
  hasCallFrameInformation(pc: bigint): boolean;
  /**
   * The registers outside of the frame by CFI, as {@link unwind} gives them, but also where the return address is undefined:
   * an SDEI handler's entry point that nobody called still restores X29, X30 and SP. `undefined` when no CFI covers `pc`.
   */
  callerRegisters(frame: FrameContext): FrameRegisters | undefined;
}

/** Programs of more units are asked for what somebody names, never for all there is. */
export const MANY_UNITS = 500;
export const isLarge = (program: Program): boolean => program.unitCount > MANY_UNITS;

/** A file of split debug information: `.dwo`, or a package of them, `.dwp`. */
export interface SplitBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Not an ELF, wrong machine, 32-bit, truncated …: `message` says what is wrong with which value and how to mend it. */
export class ProgramError extends Error {}
