import type { Type } from './types.ts';

/** Deeper nesting is damaged debug information that refers to itself. */
const MAXIMUM_DEPTH = 64;

/** Bytes of an object; `undefined` for void, functions, incomplete types and arrays of unknown bound. */
export function typeSize(type: Type): number | undefined {
  const underlying = stripTypedefsAndQualifiers(type);
  return 'size' in underlying ? underlying.size : undefined;
}

/** The type that decides representation: behind typedef, const, volatile, restrict and _Atomic. */
export function stripTypedefsAndQualifiers(type: Type): Type {
  let current = type;
  for (let depth = 0; depth < MAXIMUM_DEPTH; depth++) {
    switch (current.kind) {
      case 'typedef':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'atomic':
        current = current.to();
        break;
      default:
        return current;
    }
  }
  return { kind: 'void' };
}

/** The type as C spells it without a declarator's name: `struct node *`, `char [16]`, `int (*)(int)`. */
export const typeName = (type: Type): string => spell(type, '', { parts: 0 });

/** No C type has more parts; damaged debug information can have them without end. */
const MAXIMUM_PARTS = 500;

/** C++: what compilers call the type of `nullptr`, which has no definition. */
export const NULL_POINTER_TYPE = 'decltype(nullptr)';
export const nullPointerType: Type = { kind: 'pointer', size: 8, to: () => ({ kind: 'void' }), isNull: true };

/** `declarator` is what stands where the name would; it is put around or before arrays and parameters as C's grammar asks. */
function spell(type: Type, declarator: string, spelled: { parts: number }): string {
  if (++spelled.parts > MAXIMUM_PARTS) return words('…', declarator);
  const next = (inner: Type, innerDeclarator: string) => spell(inner, innerDeclarator, spelled);
  switch (type.kind) {
    case 'void':
      return words('void', declarator);
    case 'base': {
      const pointer = memberPointer(type);
      return pointer
        ? next(pointer.to, bindsTighter(pointer.to) ? `(${pointer.mark}${declarator})` : pointer.mark + declarator)
        : words(type.name, declarator);
    }
    case 'typedef':
      return words(type.name, declarator);
    case 'struct':
    case 'union':
    case 'class':
    case 'enum':
      return words(taggedName(type), declarator);
    case 'incomplete':
      return words(type.name, declarator);
    case 'pointer': {
      if (type.isNull) return words(NULL_POINTER_TYPE, declarator);
      const to = type.to();
      const pointer = `${pointerMark(type)}${declarator}`;
      return next(to, bindsTighter(to) ? `(${pointer})` : pointer);
    }
    case 'array':
      return next(type.element(), `${declarator}[${type.count ?? ''}]`);
    case 'function': {
      const parameters = type.parameters().map((parameter) => next(parameter, ''));
      if (type.isVariadic?.()) parameters.push('...');
      return next(type.returns(), `${declarator}(${parameters.length === 0 ? 'void' : parameters.join(', ')})`);
    }
    default:
      return qualified(type, declarator, next);
  }
}

/** In C++ the name alone is the type. */
const taggedName = (type: Extract<Type, { kind: 'struct' | 'union' | 'class' | 'enum' }>): string =>
  type.isScoped && type.name !== undefined ? type.name : `${type.kind} ${type.name ?? '{...}'}`;

const pointerMark = ({ isReference, isRvalue }: Extract<Type, { kind: 'pointer' }>): string =>
  isReference ? (isRvalue ? '&&' : '&') : '*';

/** `Vec::*` and what stands around it. */
function memberPointer({ pointsToMember }: Extract<Type, { kind: 'base' }>): { readonly mark: string; readonly to: Type } | undefined {
  if (pointsToMember === undefined) return undefined;
  const owner = stripTypedefsAndQualifiers(pointsToMember.owner());
  return { mark: `${'name' in owner ? (owner.name ?? '?') : '?'}::*`, to: pointsToMember.to() };
}

/**
 * The type as demanglers and gdb write it in the name of a C++ function: without typedefs, qualifiers behind what they qualify, no
 * blank before stars: `char const*`.
 */
export const canonicalTypeName = (type: Type): string => {
  const parameter = stripTypedefsAndQualifiers(type);
  return canonicalSpelling(parameter.kind === 'void' ? type : parameter, '', 0);
};

function canonicalSpelling(type: Type, declarator: string, depth: number): string {
  if (depth > MAXIMUM_DEPTH) return `…${declarator}`;
  const next = (inner: Type, innerDeclarator: string) => canonicalSpelling(inner, innerDeclarator, depth + 1);
  switch (type.kind) {
    case 'typedef':
      // A type that has no other name is linked under this one.
      return isUnnamed(type.to()) ? type.name + declarator : next(type.to(), declarator);
    case 'base': {
      const pointer = memberPointer(type);
      if (pointer === undefined) return type.name + declarator;
      const to = stripTypedefs(pointer.to);
      return next(to, bindsTighter(to) ? ` (${pointer.mark}${declarator})` : ` ${pointer.mark}${declarator}`);
    }
    case 'pointer': {
      if (type.isNull) return NULL_POINTER_TYPE + declarator;
      const to = stripTypedefs(type.to());
      const pointer = `${pointerMark(type)}${declarator}`;
      return bindsTighter(to) ? next(to, ` (${pointer})`) : next(to, pointer);
    }
    case 'array':
      return next(type.element(), `${declarator}${declarator === '' ? '' : ' '}[${type.count ?? ''}]`);
    case 'function':
      return next(
        type.returns(),
        `${declarator}(${[...type.parameters().map(canonicalTypeName), ...(type.isVariadic?.() ? ['...'] : [])].join(', ')})`,
      );
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'atomic':
      return next(type.to(), ` ${canonicalQualifiers[type.kind]}${declarator}`);
    case 'struct':
    case 'union':
    case 'class':
    case 'enum':
      return `${type.isScoped ? (type.name ?? '{...}') : taggedName(type)}${declarator}`;
    case 'void':
      return `void${declarator}`;
    default:
      return type.name + declarator;
  }
}

const canonicalQualifiers = { const: 'const', volatile: 'volatile', restrict: '__restrict', atomic: '_Atomic' } as const;

const isUnnamed = (type: Type): boolean => 'members' in type && type.name === undefined;

function stripTypedefs(type: Type): Type {
  let current = type;
  for (let depth = 0; depth < MAXIMUM_DEPTH && current.kind === 'typedef' && !isUnnamed(current.to()); depth++) current = current.to();
  return current;
}

const qualifierWords = { const: 'const', volatile: 'volatile', restrict: 'restrict', atomic: '_Atomic' } as const;

/** Qualifiers of a pointer stand after its star, those of everything else before its name. */
function qualified(type: Type, declarator: string, next: (inner: Type, declarator: string) => string): string {
  const { qualifiers, to } = behindQualifiers(type);
  // A qualified array is an array of qualified elements: one qualifier in C, though often said of both.
  const repeated = to.kind === 'array' ? elementQualifiers(to) : new Set();
  const spelled = Object.entries(qualifierWords)
    .filter(([kind]) => qualifiers.has(kind) && !repeated.has(kind))
    .map(([, word]) => word)
    .join(' ');
  if (to.kind === 'pointer') return next(to, words(spelled, declarator));
  return words(spelled, next(to, declarator));
}

/** The qualifiers around a type, and the type itself. */
function behindQualifiers(type: Type): { readonly qualifiers: ReadonlySet<string>; readonly to: Type } {
  const qualifiers = new Set<string>();
  let to = type;
  while (to.kind in qualifierWords && 'to' in to && qualifiers.size < MAXIMUM_DEPTH) {
    if (qualifiers.has(to.kind)) break;
    qualifiers.add(to.kind);
    to = to.to();
  }
  return { qualifiers, to };
}

function elementQualifiers(array: Type): ReadonlySet<string> {
  let current = array;
  for (let depth = 0; depth < MAXIMUM_DEPTH && current.kind === 'array'; depth++) {
    const { qualifiers, to } = behindQualifiers(current.element());
    if (qualifiers.size > 0) return qualifiers;
    current = to;
  }
  return new Set();
}

const bindsTighter = (type: Type): boolean => type.kind === 'array' || type.kind === 'function';

const words = (name: string, declarator: string): string =>
  declarator === '' || name === '' ? name + declarator : `${name} ${declarator}`;

/** @param size 8 for data, 16 for functions */
export const memberPointerTo = (
  size: 8 | 16,
  pointsToMember: NonNullable<Extract<Type, { kind: 'base' }>['pointsToMember']>,
): Extract<Type, { kind: 'base' }> => ({ kind: 'base', name: '', size, encoding: 'signed', pointsToMember });
