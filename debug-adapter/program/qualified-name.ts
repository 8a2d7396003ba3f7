/** Names as people write them for breakpoints and in expressions: `write`, `Port::write`, `hw::uart::Port::write(int)`, `Ring<int, 4>::push`. */
import { canonicalArguments, canonicalBaseName } from './dwarf/base-type-names.ts';

/** A name cut at its `::`, with what stands in brackets kept whole. */
export interface NamePath {
  /** From the outside in; template arguments belong to their part. */
  readonly parts: readonly string[];
  /** Types of parameters; absent: the name has none, which means all functions of that name. */
  readonly parameters?: readonly string[];
  /** Begins with `::`: nothing stands around it. */
  readonly isWhole: boolean;
}

const closing: Readonly<Record<string, string>> = { '(': ')', '<': '>', '[': ']' };

/** Cuts at `separator` where no bracket is open. */
function cut(text: string, separator: string): string[] {
  const pieces: string[] = [];
  const open: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    const operator = /^operator\s*(\(\)|->\*?|<=>|<<=?|>>=?|[<>]=?)/.exec(text.slice(at));
    if (operator && !/\w/.test(text[at - 1] ?? '')) at += operator[0].length - 1;
    else if (closing[character] !== undefined) open.push(closing[character]);
    else if (character === open.at(-1)) open.pop();
    else if (open.length === 0 && text.startsWith(separator, at)) {
      pieces.push(text.slice(start, at));
      at += separator.length - 1;
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start)];
}

export function namePath(text: string): NamePath {
  const all = cut(text.trim(), '::').map((part) => part.trim());
  const isWhole = all.length > 1 && all[0] === '';
  const parts = isWhole ? all.slice(1) : all;
  const last = parts.at(-1) ?? '';
  const list = /^((?:operator\s*\(\)|[^()]|\(anonymous [a-z]+\))+?)\s*(\(.*\))\s*(?:const|volatile|&|\s)*$/.exec(last);
  if (list === null || /^operator\s*$/.test(list[1])) return { parts: parts.map(canonical), isWhole };
  const inside = list[2].slice(1, -1).trim();
  const parameters = inside === '' || inside === 'void' ? [] : cut(inside, ',').map(canonicalType);
  return { parts: [...parts.slice(0, -1), list[1]].map(canonical), parameters, isWhole };
}

/** Blanks only where two words would become one. */
const canonical = (text: string): string => {
  const plain = canonicalArguments(text.trim().replaceAll(/\s+/g, ' ')).replaceAll(/ ?([^\w ]) ?/g, '$1');
  // Some compilers write the types of numbers behind them.
  return plain.includes('<') ? plain.replaceAll(/(?<=[<,(-])(\d+)u?l{0,2}(?=[>,])/gi, '$1') : plain;
};

/** `const char *` and `char const*` alike, `unsigned` and `unsigned int` too. */
function canonicalType(text: string): string {
  const [, base = '', rest = ''] = /^([^*&(]*)(.*)$/s.exec(text.trim()) ?? [];
  const words = base.trim().split(/\s+/);
  const qualifiers = ['const', 'volatile'].filter((word) => words.includes(word));
  const plain = words.filter((word) => !['const', 'volatile', 'struct', 'class', 'union', 'enum'].includes(word)).join(' ');
  return canonical([canonicalBaseName(plain), ...qualifiers].join(' ') + rest.replaceAll(/\s+(?=[*&])/g, ''));
}

const withoutTemplateArguments = (part: string): string => (part.startsWith('operator') ? part : part.replace(/<.*>$/s, ''));

/**
 * Whether a name as a person writes it means a function or variable of this full name. Scopes around it may be left out, and within it
 * namespaces that have no name or are inline; template arguments and parameters too.
 * @param inline full names of inline namespaces, as far as they are known
 */
export function isNamed(wanted: NamePath, full: NamePath, inline?: ReadonlySet<string>): boolean {
  const isTransparent = (last: number): boolean =>
    isAlwaysTransparent(full.parts[last]) ||
    (inline !== undefined && inline.size > 0 && inline.has(full.parts.slice(0, last + 1).join('::')));
  if (wanted.parameters !== undefined && full.parameters !== undefined && wanted.parameters.join() !== full.parameters.join()) return false;
  const means = (part: string, actual: string): boolean => part === actual || part === withoutTemplateArguments(actual);
  let at = full.parts.length - 1;
  for (let index = wanted.parts.length - 1; index >= 0; index--, at--) {
    const isLast = index === wanted.parts.length - 1;
    while (!isLast && at >= 0 && !means(wanted.parts[index], full.parts[at]) && isTransparent(at)) at--;
    if (at < 0 || !means(wanted.parts[index], full.parts[at])) return false;
  }
  return !wanted.isWhole || full.parts.slice(0, at + 1).every((_, index) => isTransparent(index));
}

/** C++17 [namespace.unnamed]: its members are found as if they stood around it; so are those of the inline namespaces of C++ libraries. */
const isAlwaysTransparent = (part: string): boolean => part === '(anonymous namespace)' || /^__(\d+|cxx11)$/.test(part);

/** The last part without template arguments: what a declaration of it is called. */
export const lastName = ({ parts }: NamePath): string => withoutTemplateArguments(parts.at(-1) ?? '');
