/** Trees of the expression language, as expression.pegjs makes them. */

/** significand * base ** exponent */
export interface ExactReal {
  readonly significand: bigint;
  readonly base: 2 | 10;
  readonly exponent: number;
}

export type Expression =
  | { readonly kind: 'integer'; readonly value: bigint; readonly suffix: string; readonly decimal: boolean }
  /** `exact`: what is written, of which `value` is the nearest double. */
  | { readonly kind: 'real'; readonly value: number; readonly exact: ExactReal; readonly suffix: string }
  | { readonly kind: 'character'; readonly value: number; readonly prefix: LiteralPrefix }
  /** `code`: of one character, as an escape says it. */
  | {
      readonly kind: 'string';
      readonly prefix: LiteralPrefix;
      readonly parts: readonly ({ readonly code: number } | { readonly text: string })[];
    }
  /** `name` has template arguments (`pi<double>`) and parameters (`f(int)`) where they say which is meant. `scope` is a source file (`'timer.c'::ticks`), a function (`tick::calls`) or what C++ has of them (`hw::Port::opened`); '': file scope (`::ticks`). */
  | { readonly kind: 'name'; readonly scope?: string; readonly name: string }
  /** `$x0`: registers, system registers, pseudo registers, convenience variables. */
  | { readonly kind: 'machine'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: '*' | '&' | '!' | '~' | '-' | '+'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'conditional'; readonly condition: Expression; readonly then: Expression; readonly otherwise: Expression }
  | { readonly kind: 'comma'; readonly left: Expression; readonly right: Expression }
  /** `operator` absent: plain `=`. */
  | { readonly kind: 'assign'; readonly operator?: BinaryOperator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'postfix-step'; readonly operator: '++' | '--'; readonly operand: Expression }
  /** `isPlain`: C++'s reinterpret_cast, which leaves a pointer as it is. */
  | { readonly kind: 'cast'; readonly type: TypeName; readonly operand: Expression; readonly isPlain?: boolean }
  | { readonly kind: 'sizeof'; readonly operand: Expression }
  | { readonly kind: 'sizeof-type'; readonly type: TypeName }
  | { readonly kind: 'alignof-type'; readonly type: TypeName }
  /** Of an expression, which C has not. */
  | { readonly kind: 'alignof' }
  /** GNU C's and Linux's, which are macros and so not in debug information. `member` is a path of names. */
  | { readonly kind: 'offsetof'; readonly type: TypeName; readonly member: readonly string[] }
  | { readonly kind: 'container-of'; readonly operand: Expression; readonly type: TypeName; readonly member: readonly string[] }
  | { readonly kind: 'index'; readonly operand: Expression; readonly index: Expression }
  | { readonly kind: 'member'; readonly operand: Expression; readonly arrow: boolean; readonly name: string }
  /** C++: `object.*pointer`, `pointer->*pointer`. */
  | { readonly kind: 'member-pointed-at'; readonly operand: Expression; readonly pointer: Expression }
  | { readonly kind: 'call'; readonly operand: Expression }
  | { readonly kind: 'dynamic-cast'; readonly type: TypeName; readonly operand: Expression }
  /** What needs a compiler: `typeid`, `sizeof...`. */
  | { readonly kind: 'unevaluated'; readonly what: string }
  /** `element@count`: an array of `count` values that starts at `element`. */
  | { readonly kind: 'repeat'; readonly element: Expression; readonly count: Expression };

/** `L'x'`, `u"text"` … */
export type LiteralPrefix = '' | 'L' | 'u8' | 'u' | 'U';

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '<<'
  | '>>'
  | '&'
  | '|'
  | '^'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '&&'
  | '||';

export interface TypeName {
  readonly base:
    | { readonly kind: 'base'; readonly words: readonly string[] }
    | { readonly kind: 'tag'; readonly tag: 'struct' | 'union' | 'enum' | 'class'; readonly name: string }
    | { readonly kind: 'typedef'; readonly name: string };
  readonly pointers: number;
  readonly derived: DerivedType;
  /** C++ */
  readonly reference?: '&' | '&&';
}

/** What an abstract declarator makes of the type before it; no lengths: nothing. */
export type DerivedType =
  | { readonly kind: 'array'; readonly lengths: readonly number[] }
  | { readonly kind: 'function'; readonly parameters: readonly TypeName[] }
  /** `(*)` around what is derived: `int (*[outer])[4]`. */
  | { readonly kind: 'pointer-to'; readonly pointers: number; readonly outer: DerivedType; readonly derived: DerivedType };

/** The letter after `expression,`. */
export type FormatLetter = 'x' | 'd' | 'u' | 'o' | 'b' | 'c' | 's' | 'a';

export interface Input {
  readonly expression: Expression;
  readonly format?: FormatLetter;
}
