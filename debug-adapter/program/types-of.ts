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
export const typeName = (type: Type): string => spell(type, '', 0).trimEnd();

/** `declarator` is what stands where the name would; it is put around or before arrays and parameters as C's grammar asks. */
function spell(type: Type, declarator: string, depth: number): string {
  if (depth > MAXIMUM_DEPTH) return `…${declarator}`;
  const next = (inner: Type, innerDeclarator: string) => spell(inner, innerDeclarator, depth + 1);
  switch (type.kind) {
    case 'void':
      return words('void', declarator);
    case 'base':
    case 'typedef':
      return words(type.name, declarator);
    case 'struct':
    case 'union':
    case 'class':
    case 'enum':
      return words(`${type.kind} ${type.name ?? '{…}'}`, declarator);
    case 'incomplete':
      return words(type.name, declarator);
    case 'pointer': {
      const to = type.to();
      const pointer = `*${declarator}`;
      return next(to, bindsTighter(to) ? `(${pointer})` : pointer);
    }
    case 'array':
      return next(type.element(), `${declarator}[${type.count ?? ''}]`);
    case 'function': {
      const parameters = type.parameters().map((parameter) => spell(parameter, '', depth + 1).trimEnd());
      return next(type.returns(), `${declarator}(${parameters.length === 0 ? 'void' : parameters.join(', ')})`);
    }
    default:
      return qualified(type, qualifierWords[type.kind], declarator, next);
  }
}

const qualifierWords = { const: 'const', volatile: 'volatile', restrict: 'restrict', atomic: '_Atomic' } as const;

/** A qualified pointer has its qualifier after the star, everything else before its name. */
function qualified(
  type: Type & { to: () => Type },
  word: string,
  declarator: string,
  next: (inner: Type, declarator: string) => string,
): string {
  const to = type.to();
  // A qualified array and its qualified element are one qualifier in C.
  if (hasQualifiedElement(to, type.kind)) return next(to, declarator);
  if (behindQualifiers(to).kind === 'pointer')
    return next(to, declarator === '' ? ` ${word}` : ` ${word} ${declarator.trimStart()}`).replace('* ', '*');
  return `${word} ${next(to, declarator)}`;
}

function hasQualifiedElement(type: Type, kind: Type['kind']): boolean {
  let current = behindQualifiers(type);
  for (let depth = 0; depth < MAXIMUM_DEPTH && current.kind === 'array'; depth++) {
    current = current.element();
    for (let qualifiers = 0; qualifiers < MAXIMUM_DEPTH && current.kind in qualifierWords && 'to' in current; qualifiers++) {
      if (current.kind === kind) return true;
      current = current.to();
    }
  }
  return false;
}

function behindQualifiers(type: Type): Type {
  let current = type;
  for (let depth = 0; depth < MAXIMUM_DEPTH && current.kind in qualifierWords && 'to' in current; depth++) current = current.to();
  return current;
}

const bindsTighter = (type: Type): boolean => type.kind === 'array' || type.kind === 'function';

const words = (name: string, declarator: string): string => (declarator === '' ? name : `${name} ${declarator.trimStart()}`);
